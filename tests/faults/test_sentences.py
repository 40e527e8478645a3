# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong on an ordinary day, on a real machine in the real window: a sentence a centre manager understands
and what to do about it, and nothing lost by it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu

from observer_app.bootstrap.session import Session
from observer_app.domain.events import Kind
from observer_app.shipped import shipped
from observer_app.workflows.recording import CameraSettings
from observer_app.workflows.views import RowState
from tests.journeys.test_assessor import all_saved, fill_in, next_phase, sign, start_interview
from tests.pages.assess import LivePage, SignInPage, TodayPage
from tests.pages.board import ImportPage
from tests.pages.driving import Driver, Key
from tests.pages.real_window import OpenMachine
from tests.pages.sample_machine import ASSESSOR, MANAGER, Machine, plain
from tests.pages.signing_in import go_to, sign_in_as
from tests.servers.bad_central import BadCentral

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_bad_file_of_the_day(open_machine: OpenMachine, machine: Machine, tmp_path: Path) -> None:
    days_before = _days(machine)
    driver = open_machine(machine)
    sign_in_as(driver, MANAGER)
    go_to(driver, "Import")
    page = ImportPage(driver)
    hostile = {
        "film.csv": b"\0\1\2\3" * 99,
        "old.csv": "date,session,start,room\n24/11/2026,1,9.10,Caf\u00e9".encode("cp1252"),
        "short.csv": b"date,session\n2026-11-24,1",
        "broken.xlsx": b"PK\3\4 and then nothing of a spreadsheet",
        "empty.csv": b"",
    }
    for name, data in hostile.items():
        (tmp_path / name).write_bytes(data)
        words = page.look_at(tmp_path / name)
        assert plain(words) and name in words, words
    driver.window.close()
    assert _days(machine) == days_before


def _days(machine: Machine) -> tuple[str, ...]:
    session = machine.sign_in(MANAGER)
    try:
        return tuple(session.centre.days())
    finally:
        session.lock()


def test_a_bad_pack(open_machine: OpenMachine, machine: Machine, tmp_path: Path) -> None:
    """A booking on a scenario of the centre's own, whose file is then spoilt by hand."""
    file = machine.vault / "packs" / "scenarios" / "our-visit.yaml"
    file.parent.mkdir(parents=True)
    words = (shipped("resources") / "scenarios" / "first-home-visit.yaml").read_text(encoding="utf-8")
    words = words.replace("id: first-home-visit", "id: our-visit").replace(
        "title: First home visit", "title: Our visit"
    )
    file.write_text(words, encoding="utf-8")
    book_one(machine, "Our visit", tmp_path / "day.csv")
    spoilt = words.replace("minutes: 30,", "minutes: thirty,", 1)
    line = next(n for n, row in enumerate(spoilt.splitlines(), 1) if "thirty" in row)
    file.write_text(spoilt, encoding="utf-8")
    driver = open_machine(machine)
    sign_in_as(driver, MANAGER)
    assert driver.sees("not offered. Import says which")
    go_to(driver, "Import")
    (said,) = [text for text in driver.texts() if "our-visit.yaml" in text]
    assert plain(said) and f"our-visit.yaml, line {line}" in said and "whole number" in said
    driver.window.lock()
    sign_in_as(driver, ASSESSOR)
    (row,) = TodayPage(driver).screen.rows
    assert row.card.status == "Cannot be opened" and not row.opens
    assert driver.sees(f"our-visit.yaml, line {line}") and driver.sees("Ask the centre manager")
    file.write_text(words, encoding="utf-8")  # mended: the next sign-in has it again
    driver.window.lock()
    live = SignInPage(driver).sign_in(ASSESSOR.passphrase).open().confirm().start()
    assert live.screen.view.scenario.title == "Our visit"


def book_one(machine: Machine, scenario: str, file: Path) -> None:
    """Today's list, anew: one candidate of Assessor A on this scenario."""
    now = datetime.now()
    row = f"{now:%Y-%m-%d},1,{now:%H:%M},Room 1,S-0099,Sample Candidate 99,SW-SAMPLE-99,{scenario},{ASSESSOR.name},yes"
    heads = "date,session,start,room,candidate_id,candidate_name,registration,scenario,assessor,consent"
    file.write_text(f"{heads}\n{row}\n", encoding="utf-8")
    session = machine.sign_in(MANAGER)
    try:
        session.centre.take_in(file, MANAGER.passphrase).result()
    finally:
        session.lock()


def test_a_wrong_passphrase(open_machine: OpenMachine, machine: Machine) -> None:
    driver = open_machine(machine)
    page = SignInPage(driver)
    for wrong in ("sample oak river", "SAMPLE OAK RIVER LAMP", "x" * 500):
        words = page.try_wrong(wrong)
        assert plain(words) and ASSESSOR.name in words, words
        driver.focus().selectAll()
    assert page.sign_in(ASSESSOR.passphrase).screen


def test_a_missing_camera(open_machine: OpenMachine, machine: Machine) -> None:
    machine.camera(CameraSettings(str(machine.vault / "not-there.mp4"), width=320, height=180))
    driver = open_machine(machine)
    live = into_live_without_a_camera(driver)
    next_phase(live, "Simulation")
    driver.wait(lambda: live.screen.view.recording == "lost")
    words = f"{live.screen.view.trouble} {live.screen.view.recording_words}"
    assert plain(words) and "Scoring goes on" in words and "not-there.mp4" in words
    live.rate(5).down().rate(4)
    driver.wait(lambda: live.state(1) is RowState.SAVED and live.state(2) is RowState.SAVED)
    driver.wait(lambda: "gap" in {mark.kind for mark in live.screen.view.marks})


def into_live_without_a_camera(driver: Driver) -> LivePage:
    """Today says which check needs somebody and what to do; going on all the same takes a reason."""
    today = SignInPage(driver).sign_in(ASSESSOR.passphrase)
    driver.wait(lambda: any("not-there.mp4" in text for text in driver.texts()))
    said = [text for text in driver.texts() if "not-there.mp4" in text]
    assert all(plain(text) for text in said)
    today.driver.press(Key.Key_Return)
    driver.wait(lambda: driver.page == "live" or "why" in driver.focus().accessibleName().lower())
    if driver.page != "live":
        driver.type("The camera is being brought")
        driver.press(Key.Key_Return)
    return LivePage(driver).confirm().start()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # a menu without a screen
def test_an_unreachable_central(open_machine: OpenMachine, machine: Machine) -> None:
    """Signed while a hotel's page answers, sent for while nothing is there and while something is silent; by itself it
    goes out once the store is back."""
    bad = BadCentral("a sign-in page")
    machine.central_url, port = bad.url, bad.port
    driver = open_machine(machine)
    driver.wait(lambda: bad.calls == 0)
    live = start_interview(driver, recorded=False)
    for title in ("Reflection", "Writing", ""):
        next_phase(live, title)
    review = live.to_review()
    fill_in(review)
    sign(review, ASSESSOR.passphrase)
    driver.wait(lambda: review.screen.signed)
    driver.wait(lambda: bad.calls > 1)
    assert driver.sees("It is sent when there is a connection.") and not driver.sees("Acknowledged")
    driver.window.show_page("today")
    asked_to_send(driver, "not a central store")
    bad.stop()
    asked_to_send(driver, "does not answer")
    with BadCentral("silence", port):
        asked_to_send(driver, "does not answer")
    kept = "Not connected. Kept to be sent later: 1 result, 1 day’s list and 1 recording."
    driver.wait(lambda: driver.sees("Not connected."))
    shown = next(
        w for w in driver.window.findChildren(QLabel) if w.text().startswith("Not connected.") and w.isVisible()
    )
    assert kept in (shown.text(), shown.toolTip())  # where the bar is too short for all, its tool tip has the whole
    assert driver.sees("Waiting to be sent") and not driver.sees("Acknowledged")
    machine.connect(port)
    driver.wait(lambda: driver.sees("Acknowledged"))
    driver.wait(lambda: driver.sees("Up to date at"))
    assert cast(Session, driver.window.session).send.waiting() == (0, 0)


def asked_to_send(driver: Driver, expected: str) -> None:
    """By keys from the person's menu; the line under the bar says how it went. What it said before is wiped first: an
    answer that is there at once leaves no time to see that it was asked for."""
    driver.window.say("")
    driver.tab_to("Signed in:")
    driver.press(Key.Key_Return)
    driver.wait(lambda: QApplication.activePopupWidget() is not None)
    menu = cast(QMenu, QApplication.activePopupWidget())
    while menu.activeAction() is None or menu.activeAction().text() != "Send and fetch now":
        QTest.keyClick(menu, Key.Key_Down)
    QTest.keyClick(menu, Key.Key_Return)
    driver.wait(lambda: driver.sees("is kept and will be sent later"))
    assert not driver.sees("Sending and fetching")
    (said,) = [text for text in driver.texts() if "is kept and will be sent later" in text]
    assert plain(said) and expected in said


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of its own, large enough for a machine."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk(small_disk: Path, machine_once: Machine, open_machine: OpenMachine) -> None:
    machine = machine_once.copy(small_disk / "machine")
    driver = open_machine(machine)
    live = start_interview(driver)
    live.rate(5).down().rate(4).down()
    driver.wait(lambda: all_saved(live) and live.row(2).value == 4)
    filler = small_disk / "somebody-elses-films"
    rate_until_refused(live, filler)
    assert plain(live.strip()) and "disk" in live.strip().lower(), live.strip()
    filler.unlink()
    live.rate(6)
    driver.wait(lambda: live.row(3).value == 6 and live.state(3) is RowState.SAVED)
    assert [live.row(n).value for n in (1, 2)] == [5, 4]
    observation = live.screen.view.observation
    driver.window.lock()
    session = machine.sign_in(ASSESSOR)
    try:
        assert session.vault.check() == []
        kept = [e.body["value"] for e in session.vault.events(observation) if e.kind == Kind.RATED]
    finally:
        session.lock()
    assert kept[:2] == [5, 4] and kept[-1] == 6


def rate_until_refused(live: LivePage, filler: Path) -> None:
    """Somebody takes every byte, again and again, also what the stores had in reserve for ratings."""
    for number in range(200):
        fill(filler)
        value = 2 + number % 4
        live.rate(value)
        live.driver.wait(lambda: live.state(3) is not RowState.SAVING)
        if live.state(3) is RowState.NOT_SAVED:
            return
        assert live.row(3).value == value and live.state(3) is RowState.SAVED
    raise AssertionError("a full disk refused nothing")


def fill(path: Path) -> None:
    """To the last byte."""
    with path.open("ab", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(b"x" * size)
            except OSError:
                size //= 2
