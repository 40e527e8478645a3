# SPDX-License-Identifier: GPL-3.0-or-later
"""The manager's Records page: taking back and erasing by keys, each with its reason, the final ones confirmed."""

from __future__ import annotations

from collections.abc import Callable

from observer_app.ui.centre.records_page import RecordsPage
from tests.pages.driving import Driver, Key
from tests.simulators.desk_centre import PASSPHRASE, DeskRecords

Manager = Callable[..., Driver]
WHY = "The wrong candidate sat down"


def opened(manager: Manager) -> tuple[Driver, RecordsPage, DeskRecords]:
    driver = manager()
    driver.window.show_page("centre.records")
    page = driver.window.front
    assert isinstance(page, RecordsPage) and driver.window.session is not None
    driver.wait(lambda: len(page.records) == 3)
    desk = driver.window.session.records
    assert isinstance(desk, DeskRecords)
    return driver, page, desk


def choose(driver: Driver, page: RecordsPage, number: int) -> None:
    page.table.setFocus()
    driver.press(Key.Key_Home, *[Key.Key_Down] * (number - 1))
    driver.wait(lambda: page.panel.record is not None and page.panel.record.record == f"{number:064x}")


def fill(driver: Driver, *fields: tuple[str, str]) -> None:
    for name, words in fields:
        driver.tab_to(name)
        driver.type(words)


def test_a_record_is_taken_back_with_a_reason(manager: Manager) -> None:
    driver, page, desk = opened(manager)
    choose(driver, page, 1)
    assert driver.sees("It counts.") and not driver.sees("Type the candidate’s ID")
    driver.tab_to("Your passphrase")
    driver.press(Key.Key_Return)
    assert driver.sees("Say in a few words why.") and driver.focus() is page.panel.reason
    driver.type(WHY)
    fill(driver, ("Your passphrase", "not mine"))
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("That passphrase is not yours"))
    assert not desk.asked and page.panel.reason.toPlainText() == WHY
    driver.type(PASSPHRASE)
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees(f"It does not count: {WHY}"))
    assert desk.asked == [("void", f"{1:064x}", WHY)] and driver.sees("does not count any more")
    assert not page.panel.go.ready and not page.panel.passphrase.text()


def test_erasing_asks_for_the_candidates_id(manager: Manager) -> None:
    driver, page, desk = opened(manager)
    choose(driver, page, 1)
    driver.tab_to("Take the record back")
    driver.press(Key.Key_Down, Key.Key_Down, Key.Key_Space)
    assert driver.sees("The marks stay") and driver.sees("Type the candidate’s ID, S-0001")
    fill(driver, ("Reason", "She asked for it"), ("Type the candidate", "S-0002"), ("Your passphrase", PASSPHRASE))
    driver.press(Key.Key_Return)
    assert driver.sees("exactly as it stands here: S-0001") and not desk.asked
    assert driver.focus() is page.panel.confirm
    page.panel.confirm.clear()
    driver.type("S-0001")
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("Notes and recording are erased here."))
    driver.wait(lambda: "Notes and recording erased" in str(page.table.model().index(0, 3).data()))
    assert desk.asked == [("notes", f"{1:064x}", "She asked for it")]


def test_what_was_typed_for_one_record_is_not_kept_for_another(manager: Manager) -> None:
    driver, page, _ = opened(manager)
    choose(driver, page, 1)
    fill(driver, ("Reason", WHY), ("Your passphrase", PASSPHRASE))
    choose(driver, page, 3)
    assert not page.panel.reason.toPlainText() and not page.panel.passphrase.text()


def test_what_is_done_already_cannot_be_asked_for(manager: Manager) -> None:
    driver, page, desk = opened(manager)
    choose(driver, page, 2)
    assert driver.sees("It does not count: The camera stood in the wrong room") and not page.panel.go.ready
    page.panel.submit()
    assert driver.sees("It was taken back already.") and not desk.asked
    driver.tab_to("Take the record back")
    driver.press(Key.Key_Down, Key.Key_Space)
    assert driver.sees("That was erased already.")
    choose(driver, page, 3)
    assert driver.sees("It has no recording.")


def test_a_record_is_found_by_name_or_id(manager: Manager) -> None:
    driver, page, _ = opened(manager)
    page.search.setFocus()
    driver.type("s-0003")
    model = page.table.model()
    assert model.rowCount() == 1 and "Sample Candidate 03" in str(model.index(0, 0).data())
    page.search.clear()
    driver.type("nobody")
    assert driver.sees("No record fits what you look for.") and driver.sees("Choose a record.")
