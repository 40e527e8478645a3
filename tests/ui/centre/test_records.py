# SPDX-License-Identifier: GPL-3.0-or-later
"""The manager's Records page: taking back and erasing by keys, each with its reason, the final ones confirmed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

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


def test_who_signed_what_a_record_was_rated_by_is_said_beside_it(manager: Manager) -> None:
    driver, page, _ = opened(manager)
    choose(driver, page, 1)
    assert driver.sees("The framework and the scenario it was rated by are signed by the programme.")
    choose(driver, page, 3)
    assert driver.sees("are not signed by anybody.") and not driver.sees("signed by the programme")


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


# ---- giving out ----


def giving(driver: Driver, page: RecordsPage, number: int = 1) -> None:
    choose(driver, page, number)
    driver.tab_to("Take the record back")
    driver.press(Key.Key_Down, Key.Key_Down, Key.Key_Down, Key.Key_Space)
    assert page.panel.what == "give"


def start(driver: Driver, page: RecordsPage) -> None:
    giving(driver, page)
    driver.wait(lambda: driver.sees("The recording is 37:30 long."))


def write_down(driver: Driver, *, file: str, passphrase: str = PASSPHRASE) -> None:
    page = driver.window.front
    page.panel.giving.give.file.clear()  # type: ignore[union-attr]
    fill(driver, ("Reason: who asked", "The candidate appealed"), ("File", file), ("Your passphrase", passphrase))
    driver.press(Key.Key_Return)


def test_a_clip_is_given_out_from_when_to_when(manager: Manager) -> None:
    driver, page, desk = opened(manager)
    start(driver, page)
    assert not driver.sees("Sign and take it back") and not driver.sees("The candidate may read it")
    fill(driver, ("From", "12:31"), ("To", "12:58.250"))
    write_down(driver, file="a.mp4", passphrase="not mine")
    driver.wait(lambda: driver.sees("That passphrase is not yours"))
    assert not desk.given and page.panel.giving.start.text() == "12:31"
    page.panel.giving.give.passphrase.clear()
    fill(driver, ("Your passphrase", PASSPHRASE))
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("It is there: a.mp4. That it was given out is on record."))
    assert desk.given == [(f"{1:064x}", "clip", 751_000, 778_250, "appeal", "The candidate appealed", "a.mp4")]
    assert driver.sees("Given out before") and driver.sees("751 s for appeal")
    assert not page.panel.giving.start.text() and not page.panel.giving.give.passphrase.text()
    assert not desk.asked


def test_the_assessors_clips_are_taken_by_a_press_and_marks_need_no_time(manager: Manager) -> None:
    driver, page, desk = opened(manager)
    start(driver, page)
    driver.tab_to("Take the assessor’s clip 22:00 to 22:15")
    driver.press(Key.Key_Space)
    write_down(driver, file="b.mp4")
    driver.wait(lambda: driver.sees("It is there: b.mp4."))
    driver.tab_to("A clip")
    driver.press(Key.Key_Right)
    assert page.panel.giving.what.choice == "marks" and not driver.sees("From, minutes")
    write_down(driver, file="c")
    driver.wait(lambda: driver.sees("It is there: c."))
    assert [row[1:4] for row in desk.given] == [("clip", 1_320_000, 1_335_000), ("marks", 0, 0)]


def test_a_time_that_is_none_is_said_and_nothing_is_given_out(manager: Manager) -> None:
    driver, page, desk = opened(manager)
    start(driver, page)
    fields = page.panel.giving
    write_down(driver, file="a.mp4")
    for begin, end, words in (
        ("", "", "– is no time"), ("12:75", "13:00", "12:75 is no time"), ("13:00", "x", "x is no time"),
        ("13:00", "12:00", "from one moment to a later one"), ("40:00", "41:00", "The recording ends at 37:30"),
    ):  # fmt: skip
        fields.start.setText(begin)
        fields.end.setText(end)
        fields.give.go.click()
        assert words in fields.give.line.words and fields.give.go.ready
    assert not desk.given


def test_training_is_offered_only_where_the_candidate_agreed(manager: Manager) -> None:
    driver, page, desk = opened(manager)
    start(driver, page)
    assert driver.sees("has not agreed") and not driver.sees("Training")
    desk.training_ok = True
    choose(driver, page, 2)
    choose(driver, page, 1)
    driver.wait(lambda: driver.sees("Training"))
    assert not driver.sees("has not agreed")


def test_what_cannot_be_given_out_says_why(manager: Manager) -> None:
    driver, page, desk = opened(manager)
    desk.elsewhere.add(f"{1:064x}")
    giving(driver, page)
    driver.wait(lambda: driver.sees("The recording is not on this machine."))
    assert not page.panel.giving.give.isVisible()
    for number, words in ((2, "That was erased already."), (3, "It has no recording.")):
        choose(driver, page, number)
        assert driver.sees(words) and not page.panel.giving.isVisible() and not page.panel.go.isVisible()


def test_what_was_typed_to_give_out_is_not_kept_for_another_record(manager: Manager) -> None:
    driver, page, desk = opened(manager)
    desk.rows[2] = replace(desk.rows[2], recorded=True)
    page.refresh()
    driver.wait(lambda: page.records[2].recorded)
    start(driver, page)
    fill(driver, ("From", "12:31"), ("Reason: who", "x"), ("Your passphrase", PASSPHRASE))
    choose(driver, page, 3)
    driver.wait(lambda: page.panel.giving.give.isVisible())
    assert driver.focus() is page.table, "who goes through the list stays in it"
    fields = page.panel.giving
    assert not (fields.start.text() or fields.give.reason.text() or fields.give.passphrase.text())
    fields.give.passphrase.setText(PASSPHRASE)
    driver.window.show_page("centre.board")
    assert not fields.give.passphrase.text()
