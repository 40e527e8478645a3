# SPDX-License-Identifier: GPL-3.0-or-later
"""A centre manager's day by keys: the day's file, the door, the board, the end of the day, what is given out."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from observer_app.bootstrap.machine_files import library_for
from observer_app.bootstrap.sample_people import sample_file, sample_sittings
from observer_app.trust.verify import verify_paths
from tests.pages.board import BoardPage, CheckInPage, ExportsPage, ImportPage
from tests.pages.driving import Driver, Key
from tests.pages.real_window import OpenMachine
from tests.pages.sample_machine import MANAGER, RAW_ID, Machine, make_machine
from tests.pages.signing_in import go_to, sign_in_as


@pytest.fixture
def yesterdays(tmp_path: Path) -> Machine:
    """A machine whose last bookings are yesterday's: today's file has not been brought in."""
    machine = make_machine(tmp_path, datetime.now() - timedelta(days=1))
    machine.connect()
    return machine


def todays_file(machine: Machine, folder: Path, *, spoilt: bool = False) -> Path:
    library = library_for(machine.vault, sample=True)
    scenarios = [library.scenarios["first-home-visit"]]
    words = sample_file(sample_sittings(datetime.now(), scenarios, 2), dict(library.scenarios))
    if spoilt:
        words = words.replace("Sample Assessor B", "Somebody Else")
    path = folder / ("spoilt.csv" if spoilt else "today.csv")
    path.write_text(words, encoding="utf-8")
    return path


def take_the_day_in(driver: Driver, machine: Machine, folder: Path) -> None:
    go_to(driver, "Import")
    page = ImportPage(driver)
    assert page.look_at(todays_file(machine, folder, spoilt=True)).startswith("1 row cannot be taken in")
    ((line, column, reason, advice),) = page.faults()
    assert (line, column) == ("3", "assessor") and "Somebody Else" in reason and advice
    assert page.look_at(todays_file(machine, folder)).startswith("2 sittings")
    assert "is taken in" in page.take_in(MANAGER.passphrase)


def at_the_door(driver: Driver) -> None:
    go_to(driver, "Check-in")
    page = CheckInPage(driver).find("Sample Candidate 01").tick_identity().consent(True)
    page.arrived()
    driver.wait(lambda: page.says() == "Sample Candidate 01 has arrived.")


def who_did_not_come(driver: Driver) -> None:
    go_to(driver, "Day board")
    board = BoardPage(driver).choose("Sample Candidate 02").act("Absent")
    driver.type("Rang in ill at eight")
    board.write()
    driver.wait(lambda: board.foot_says() == "Written down.")


def close_the_day(driver: Driver) -> None:
    board = BoardPage(driver)
    driver.wait(lambda: any("Acknowledged" in cell for cell in board.spoken("Sample Candidate 01")))
    board.reconcile()
    panel = board.screen.reconcile
    for sitting in list(panel.waiting):
        driver.wait(panel.waiting[sitting].why.hasFocus)
        driver.type("Seen and accounted for")
        driver.press(Key.Key_Return)
        driver.wait(lambda sitting=sitting: sitting not in panel.waiting)  # type: ignore[misc]
    assert board.close_day("not the passphrase").startswith("That passphrase is not yours")
    assert board.close_day(MANAGER.passphrase) == "The day is closed and signed."


def give_out(driver: Driver, folder: Path) -> None:
    go_to(driver, "Exports")
    page = ExportsPage(driver)
    page.start(str(folder))
    driver.wait(lambda: bool(page.says()))
    assert not [text for text in driver.texts() if RAW_ID.search(text)]
    reports = list(folder.rglob("*.pdf"))
    assert len(reports) >= 2 and list(folder.rglob("*.csv"))
    (bundle,) = folder.rglob("*.zip")
    for path in (bundle, folder):
        report = verify_paths([path])
        assert report.exit_code == 0, report.lines()


@pytest.mark.slow
def test_from_the_days_file_to_the_bundle(open_machine: OpenMachine, yesterdays: Machine, tmp_path: Path) -> None:
    driver = open_machine(yesterdays)
    sign_in_as(driver, MANAGER)
    take_the_day_in(driver, yesterdays, tmp_path)
    at_the_door(driver)
    who_did_not_come(driver)
    driver.window.lock()
    yesterdays.record_a_sitting(_first_sitting(yesterdays))
    sign_in_as(driver, MANAGER)
    close_the_day(driver)
    give_out(driver, tmp_path / "given-out")
    driver.window.close()
    yesterdays.stop()


def _first_sitting(machine: Machine) -> str:
    session = machine.sign_in(MANAGER)
    try:
        roster = session.store.sittings.roster(datetime.now().date().isoformat())
        assert roster is not None
        return next(s.id for s in roster.sittings if s.candidate.name == "Sample Candidate 01")
    finally:
        session.lock()
