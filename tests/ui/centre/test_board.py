# SPDX-License-Identifier: GPL-3.0-or-later
"""The day board: where everyone stands, what needs the manager, and what they do about it, by keys alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from observer_app.errors import DiskFull
from observer_app.ui.centre.board_rows import Standing, standing
from observer_app.ui.centre.day import Day
from observer_app.ui.centre.foot import actions_for
from tests.pages.board import BoardPage
from tests.pages.driving import Driver, Key
from tests.simulators.desk_centre import DAY, PASSPHRASE, DeskCentre

Manager = Callable[..., Driver]


def test_every_sitting_has_its_row_and_its_place_in_words(manager: Manager) -> None:
    board = BoardPage(manager())
    assert len(board.rows()) == 14
    spoken = board.spoken("Sample Candidate 03")
    assert spoken[1] == "Sample Candidate 03, S-0003"
    assert spoken[5:9] == [
        "Arrived: passed 08:55",
        "In progress: passed 09:14",
        "Signed: here now, 10:06",
        "Sent: not yet",
    ]
    assert spoken[10] == "Needs you: Not sent, 1 h 42 min"
    assert board.spoken("Sample Candidate 06")[4] == "Expected: here now, Absent"


@pytest.mark.parametrize(("wide", "high"), [(1280, 40), (1920, 48)])
def test_rows_are_taller_on_a_large_screen(manager: Manager, wide: int, high: int) -> None:
    driver = manager()
    board = BoardPage(driver)
    driver.window.resize(wide, 1080)
    driver.wait(lambda: bool(board.screen.table.rowHeight(3) == high))


def test_the_counts_are_the_whole_days_under_every_filter(manager: Manager) -> None:
    board = BoardPage(manager())
    counts = board.screen.table._heading._counts
    assert counts == ("", "", "", "", "14", "9 of 14", "7 of 14", "5 of 14", "4 of 14", "3 of 14", "4 need you")
    board.screen.search.setText("07")
    assert board.rows() == ["Sample Candidate 07"] and board.screen.table._heading._counts == counts


def test_rooms_those_that_need_you_and_search_narrow_the_rows(manager: Manager) -> None:
    board = BoardPage(manager())
    board.driver.tab_to("All rooms")
    board.driver.press(Key.Key_Right, Key.Key_Right)
    assert board.rows() == [f"Sample Candidate {n:02d}" for n in (2, 4, 7, 9, 12)]
    board.driver.press(Key.Key_Left, Key.Key_Left)
    board.driver.tab_to("All 14")
    board.driver.press(Key.Key_Right)
    assert board.rows() == [f"Sample Candidate {n:02d}" for n in (3, 6, 7, 12)]
    board.driver.tab_to("Search")
    board.driver.type("s-0006")
    assert board.rows() == ["Sample Candidate 06"]
    board.screen.search.setText("nobody")
    assert board.rows() == [] and board.driver.sees("No sitting fits")


@pytest.mark.parametrize(
    ("candidate", "offered"),
    [
        ("Sample Candidate 01", ["Open"]),
        ("Sample Candidate 03", ["Open", "Give reason"]),
        ("Sample Candidate 06", ["Open", "Give reason", "Arrived after all", "Late", "Swap"]),
        ("Sample Candidate 08", ["Open", "Abandoned"]),
        ("Sample Candidate 11", ["Open", "Absent", "Late", "Swap"]),
    ],
)
def test_only_what_can_be_done_is_offered(manager: Manager, candidate: str, offered: list[str]) -> None:
    assert BoardPage(manager()).choose(candidate).actions() == offered


def test_late_is_written_with_minutes_and_reason(manager: Manager, centre: DeskCentre) -> None:
    board = BoardPage(manager()).choose("Sample Candidate 11").act("Late")
    board.driver.type("25")
    board.fill("Reason", "Train cancelled").write()
    board.driver.wait(lambda: board.foot_says() == "Written down.")
    assert centre.asked == [("late", "sit-11", 25, "Train cancelled")]


@pytest.mark.parametrize("typed", ["", "soon", "0", "-5", "601", "９", "1e2"])
def test_minutes_that_are_none_are_refused_in_words(manager: Manager, centre: DeskCentre, typed: str) -> None:
    board = BoardPage(manager()).choose("Sample Candidate 11").act("Late")
    board.screen.foot.form.minutes.setText(typed)
    board.fill("Reason", "Train").write()
    assert "whole number" in board.foot_says() and centre.asked == []


def test_a_reason_is_never_left_out(manager: Manager, centre: DeskCentre) -> None:
    board = BoardPage(manager()).choose("Sample Candidate 06").act("Give reason").write()
    assert board.foot_says() == "Say in a few words why." and centre.asked == []
    board.driver.type("Ill, phoned at 08:10")
    board.write()
    board.driver.wait(lambda: centre.asked == [("explain", "sit-6", "Ill, phoned at 08:10")])
    assert board.spoken("Sample Candidate 06")[10] == "Explained"


def test_who_does_not_come_may_be_marked_absent_before_the_reason_is_known(
    manager: Manager, centre: DeskCentre
) -> None:
    board = BoardPage(manager()).choose("Sample Candidate 11").act("Absent").write()
    board.driver.wait(lambda: board.foot_says() == "Written down.")
    assert centre.asked == [("absent", "sit-11", "")]
    assert board.spoken("Sample Candidate 11")[4] == "Expected: here now, Absent"


@pytest.mark.parametrize(("days", "chosen"), [
    (("2020-01-02", "2020-01-01"), "2020-01-02"), (("2020-01-01", "2020-01-02"), "2020-01-02"), ((), ""),
])  # fmt: skip
def test_the_day_shown_first_is_nearest_to_today(centre: DeskCentre, days: tuple[str, ...], chosen: str) -> None:
    centre.days = lambda: days  # type: ignore[method-assign]
    assert Day(centre).iso == chosen  # type: ignore[arg-type]


def test_a_swap_names_another_assessor_or_room(manager: Manager, centre: DeskCentre) -> None:
    board = BoardPage(manager()).choose("Sample Candidate 11").act("Swap")
    board.fill("Reason", "Assessor A is ill").write()
    assert "another assessor" in board.foot_says()
    board.driver.tab_to("Assessor")
    board.driver.press(Key.Key_Down)
    board.driver.tab_to("Reason")
    board.write()
    board.driver.wait(lambda: centre.asked == [("swap", "sit-11", "as-b", "", "Assessor A is ill")])
    assert board.spoken("Sample Candidate 11")[3] == "Assessor B"


def test_nothing_is_said_to_be_written_before_it_is(manager: Manager, centre: DeskCentre) -> None:
    board = BoardPage(manager()).choose("Sample Candidate 11").act("Absent")
    centre.disk.held = []
    board.driver.type("Phoned")
    board.write()
    assert board.foot_says() == "" and board.driver.sees("Writing it down")
    held, centre.disk.held = centre.disk.held, None
    held[0].set_result(None)
    board.driver.wait(lambda: board.foot_says() == "Written down.")


def test_what_could_not_be_written_keeps_its_form_and_says_why(manager: Manager, centre: DeskCentre) -> None:
    board = BoardPage(manager()).choose("Sample Candidate 11").act("Absent")
    centre.refuse(DiskFull("The disk is full.", advice="Free some space and try again."))
    board.driver.type("Phoned")
    board.write()
    board.driver.wait(lambda: "disk is full" in board.foot_says())
    assert board.screen.foot.form.why.text() == "Phoned"
    board.write()
    board.driver.wait(lambda: board.foot_says() == "Written down.")


def test_escape_drops_the_form(manager: Manager, centre: DeskCentre) -> None:
    board = BoardPage(manager()).choose("Sample Candidate 11").act("Absent")
    board.driver.type("x")
    board.driver.press(Key.Key_Escape)
    assert board.screen.foot.form is None and centre.asked == []
    assert board.driver.focus().accessibleName() == "Absent"


def test_a_refresh_leaves_the_chosen_row_and_a_half_filled_form(manager: Manager, centre: DeskCentre) -> None:
    board = BoardPage(manager()).choose("Sample Candidate 11").act("Absent")
    board.driver.type("half")
    centre.explain("sit-3", "Cable out", centre.clock.now())
    board.screen.look()
    assert board.screen.foot.form.why.text() == "half"
    assert board.screen.table.current_key == "sit-11"


def test_the_day_closes_only_when_nothing_is_unexplained(manager: Manager, centre: DeskCentre) -> None:
    board = BoardPage(manager()).reconcile()
    assert board.close_day(PASSPHRASE).startswith("First: Sample Candidate 03")
    panel = board.screen.reconcile
    for sitting in ("sit-3", "sit-6", "sit-7", "sit-12"):
        panel.waiting[sitting].why.setFocus()
        board.driver.type("Explained by phone")
        board.driver.press(Key.Key_Return)
        board.driver.wait(lambda sitting=sitting: sitting not in panel.waiting)  # type: ignore[misc]
    assert board.close_day("") == "Type your passphrase."
    assert board.close_day("not mine").startswith("That passphrase is not yours")
    assert not centre.closed
    assert board.close_day(PASSPHRASE) == "The day is closed and signed."
    assert centre.closed and "MainThread" not in centre.threads


def test_without_any_day_the_board_says_where_to_begin(manager: Manager, centre: DeskCentre) -> None:
    centre.sittings.clear()
    board = BoardPage(manager())
    assert board.driver.sees("Open Import and choose the day’s file")


def test_the_model_keeps_qts_rules(qtmodeltester: Any, manager: Manager, centre: DeskCentre) -> None:
    board = BoardPage(manager())
    qtmodeltester.check(board.screen.table.model(), force_py=True)
    centre.absent("sit-11", "Phoned", centre.clock.now())
    board.screen.look()
    board.screen.search.setText("1")
    board.screen.search.setText("")


def test_data_is_a_look_up(manager: Manager, centre: DeskCentre) -> None:
    board = BoardPage(manager())
    asked = len(centre.asked)
    board.screen.table.grab()
    assert len(centre.asked) == asked


def test_large_text_makes_two_lines_and_enter_shows_the_past(manager: Manager) -> None:
    board = BoardPage(manager(factor=2.0))
    table = board.screen.table
    assert table.narrow and table.horizontalHeader().isHidden()
    high = table.rowHeight(0)
    board.choose("Sample Candidate 01")
    board.driver.press(Key.Key_Return)
    assert table.rowHeight(0) > high and board.driver.page == "centre.board"


def test_enter_opens_the_candidate_at_the_door(manager: Manager) -> None:
    board = BoardPage(manager()).choose("Sample Candidate 11")
    board.driver.press(Key.Key_Return)
    assert board.driver.page == "centre.check_in" and board.driver.sees("Registration SW-SAMPLE-11")


def test_where_a_sitting_stands(centre: DeskCentre) -> None:
    rows = {row.sitting: row for row in centre.board(DAY, centre.clock.now()).rows}
    found = {key: standing(row) for key, row in rows.items()}
    assert found["sit-1"] is Standing.SIGNED and found["sit-7"] is Standing.IN_PROGRESS
    assert found["sit-9"] is Standing.ARRIVED and found["sit-6"] is Standing.ABSENT and found["sit-11"] is Standing.DUE
    assert actions_for(rows["sit-12"])[1] == "reason"
