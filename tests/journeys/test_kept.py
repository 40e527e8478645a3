# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept, lost and taken back, by keys in the real window: passphrase, recovery sheet, stick, signed records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtTest import QTest

from observer_app.bootstrap.sample_people import SamplePerson
from observer_app.errors import WrongPassphrase
from observer_app.trust.verify import verify_paths
from observer_app.ui.backup_page import BackupPage
from observer_app.ui.centre.records_page import RecordsPage
from observer_app.ui.first_run import FirstRunPage
from observer_app.ui.own_page import OwnPage
from tests.pages.assess import SignInPage, TodayPage
from tests.pages.driving import Driver, Key
from tests.pages.real_window import OpenMachine
from tests.pages.sample_machine import ASSESSOR, MANAGER, RAW_ID, Machine
from tests.pages.signing_in import go_to, sign_in_as

NEW = "other words that are mine"
WHY = "The wrong candidate sat down"


def from_the_menu(driver: Driver, words: str, kind: type[Any]) -> Any:
    """The person's menu, as it is built, and what it opens."""
    next(a for a in driver.window.menu().actions() if a.text() == words).trigger()
    driver.wait(lambda: isinstance(driver.window.front, kind))
    return driver.window.front


def fill(driver: Driver, *fields: tuple[str, str]) -> None:
    for name, words in fields:
        driver.tab_to(name)
        driver.type(words)


def own_sheet(driver: Driver) -> str:
    """Makes a sheet; the code as it stands on the screen."""
    page = from_the_menu(driver, "Passphrase and recovery sheet", OwnPage)
    fill(driver, ("Your passphrase", ASSESSOR.passphrase))
    driver.press(Key.Key_Return)
    driver.wait(lambda: page.sheet is not None)
    return str(page.code.text())


@pytest.mark.slow  # passphrases are stretched as for real, five times
def test_a_forgotten_passphrase_and_the_way_back(open_machine: OpenMachine, machine: Machine) -> None:
    driver = open_machine(machine)
    sign_in_as(driver, ASSESSOR)
    code = own_sheet(driver)
    driver.window.lock()
    assert not driver.sees(code)
    driver.tab_to("Passphrase forgotten")
    driver.press(Key.Key_Space)
    fill(driver, ("Code", code.replace("-", " ").lower()[:-1]), ("A new passphrase", NEW), ("The new", NEW))
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("Type it from the newest sheet"))
    driver.type(code.replace("-", " ").lower())
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.page == "sign-in" and driver.sees("Sign in with it."))
    with pytest.raises(WrongPassphrase):
        machine.sign_in(ASSESSOR)
    driver.type(NEW)
    driver.press(Key.Key_Return)
    TodayPage(driver)
    driver.window.lock()
    cards = [card.accessibleName() for card in SignInPage(driver).screen.cards]
    assert cards[0] == "Sample Assessor A. Assessor", "a changed passphrase is not known, so the old one is not told"
    assert MANAGER.passphrase in " ".join(cards)


def test_a_passphrase_changed_by_its_owner(open_machine: OpenMachine, machine: Machine) -> None:
    driver = open_machine(machine)
    sign_in_as(driver, ASSESSOR)
    page = from_the_menu(driver, "Passphrase and recovery sheet", OwnPage)
    fill(driver, ("The passphrase you have", ASSESSOR.passphrase), ("A new", NEW), ("The new passphrase", NEW))
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("counts from now on"))
    page.back.setFocus()
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.page == "today")
    changed = SamplePerson(ASSESSOR.person, ASSESSOR.name, ASSESSOR.role, NEW)
    driver.window.lock()
    machine.sign_in(changed).lock()


def on_the_records_page(driver: Driver) -> RecordsPage:
    go_to(driver, "Records")
    page = driver.window.front
    assert isinstance(page, RecordsPage)
    driver.wait(lambda: page.panel.record is not None)
    assert not [text for text in driver.texts() if RAW_ID.search(text)]
    return page


@pytest.mark.slow
def test_a_record_is_taken_back_and_its_notes_erased(open_machine: OpenMachine, machine: Machine) -> None:
    session = machine.sign_in(ASSESSOR)
    sitting = session.assess.today(session.clock.now()).sittings[0]
    session.lock()
    record = machine.record_a_sitting(sitting.sitting)
    driver = open_machine(machine)
    sign_in_as(driver, MANAGER)
    page = on_the_records_page(driver)
    fill(driver, ("Reason", WHY), ("Your passphrase", MANAGER.passphrase))
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees(f"It does not count: {WHY}"))
    driver.tab_to("Take the record back")
    driver.press(Key.Key_Down, Key.Key_Down, Key.Key_Space)
    fill(driver, ("Reason", "She asked for it"), ("Type the candidate", sitting.candidate.id),
         ("Your passphrase", MANAGER.passphrase))  # fmt: skip
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("Notes and recording are erased here."))
    driver.wait(lambda: page.records[0].notes_erased)
    assert page.records[0].void == WHY
    driver.window.lock()
    session = machine.sign_in(MANAGER)
    opened = session.reader.open(record)
    session.lock()
    assert opened.void == WHY and opened.ratings and not any(words for _, words, _ in opened.notes())
    assert not list(machine.vault.rglob("*.obsv"))


def restore_on(driver: Driver, stick: Path, passphrase: str) -> None:
    page = driver.window.front
    assert isinstance(page, FirstRunPage)
    if not page.from_stick.isVisible():
        driver.tab_to("This machine replaces another")
        driver.press(Key.Key_Space)
    for name, words in (("stick", str(stick)), ("restore_handle", ASSESSOR.name), ("restore_passphrase", passphrase)):
        page.from_stick.fields[name].clear()
        page.from_stick.fields[name].setFocus()
        driver.type(words)
    QTest.keyClick(page.from_stick.fields["restore_passphrase"], Key.Key_Return)


@pytest.mark.slow
def test_a_machine_onto_a_stick_and_another_from_it(
    open_machine: OpenMachine, machine: Machine, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    driver = open_machine(machine)
    sign_in_as(driver, ASSESSOR)
    page = from_the_menu(driver, "Back up to a stick", BackupPage)
    driver.type(str(stick))
    driver.press(Key.Key_Return)
    driver.wait(lambda: "Backed up:" in page.line.words)
    (folder,) = stick.iterdir()
    assert verify_paths([folder]).exit_code == 0
    driver.window.close()
    new = open_machine(Machine(tmp_path / "new"))
    restore_on(new, stick, "not the words of then")
    new.wait(lambda: new.sees("The passphrase is not right"))
    assert not (tmp_path / "new").exists(), "nothing was taken"
    restore_on(new, stick, ASSESSOR.passphrase)
    new.wait(lambda: new.page == "sign-in" and new.sees("Connect this machine once"))
    SignInPage(new).sign_in(ASSESSOR.passphrase)
