# SPDX-License-Identifier: GPL-3.0-or-later
"""Today: what the list says, what the checks say, and what Enter does."""

from __future__ import annotations

from collections.abc import Callable

from observer_app.domain.record import RecordState
from tests.pages.assess import LivePage, ReviewPage, SignInPage, TodayPage
from tests.pages.driving import Driver, Key
from tests.simulators.desk import PASSPHRASE, Desk, DeskSession

Open = Callable[..., Driver]


def today(open_window: Open, desk: Desk, **look: object) -> tuple[Driver, TodayPage]:
    driver = open_window(desk, **look)
    return driver, SignInPage(driver).sign_in(PASSPHRASE)


def test_the_next_sitting_has_the_focus_and_enter_opens_it(open_window: Open, desk: Desk) -> None:
    driver, page = today(open_window, desk)
    assert driver.focus().accessibleName() == "Open: Sample Candidate 07"
    driver.wait(lambda: driver.sees("Arrived 10:58") and driver.sees("Extra time 25 %"))
    page.open()
    assert desk.assess.opened == ["sit-7"]


def test_a_check_that_needs_you_is_passed_over_only_with_a_reason(open_window: Open, desk: Desk) -> None:
    desk.assess.quiet = True
    driver, page = today(open_window, desk)
    driver.wait(lambda: bool(page.screen.checks))
    assert driver.sees("What to do: Move the microphone") and driver.sees("5 of 6 ready")
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("Sound is quiet.") and driver.sees("Why do you start all the same?"))
    driver.press(Key.Key_Return)
    assert desk.assess.opened == [] and desk.assess.overridden == [], "no reason, no start"
    driver.press(Key.Key_Escape)
    driver.wait(lambda: driver.focus().accessibleName() == "Open: Sample Candidate 07")
    assert not driver.sees("Why do you start")
    driver.press(Key.Key_Return)
    driver.type("He speaks softly, I sit near")
    driver.press(Key.Key_Return)
    LivePage(driver)
    assert desk.assess.overridden == [("sound", "Opened although: Sound is quiet. He speaks softly, I sit near")]


def test_check_again_looks_anew(open_window: Open, desk: Desk) -> None:
    desk.assess.quiet = True
    driver, _ = today(open_window, desk)
    driver.wait(lambda: driver.sees("5 of 6 ready"))
    desk.assess.quiet = False
    driver.tab_to("Check again")
    driver.press(Key.Key_Space)
    driver.wait(lambda: driver.sees("6 of 6 ready") and driver.sees("Everything is ready."))


def test_the_time_central_told_meanwhile_is_seen_without_checking_again(open_window: Open, desk: Desk) -> None:
    desk.assess.compared = False
    driver, page = today(open_window, desk)
    driver.wait(lambda: driver.sees("Clock not compared") and driver.sees("6 of 6 ready"))
    desk.assess.compared = True
    session, sender = driver.window.session, driver.window._sender
    assert isinstance(session, DeskSession) and sender is not None
    session.send.answer = "Everything is sent."
    sender.now()  # the first exchange
    driver.wait(lambda: driver.sees("Clock agrees"))
    assert page.screen.checks[4].title == "Clock agrees"


def test_a_signed_sitting_opens_to_be_read(open_window: Open, desk: Desk) -> None:
    desk.live.record_state = RecordState.SIGNED
    driver, page = today(open_window, desk)
    row = next(r for r in page.screen.rows if r.card.sitting == "sit-7")
    assert row.button is None and row.opens
    row.setFocus()
    driver.wait(row.hasFocus)
    driver.press(Key.Key_Return)
    assert ReviewPage(driver).screen.signed


def test_a_sitting_that_cannot_be_opened_is_no_button(open_window: Open, desk: Desk) -> None:
    _, page = today(open_window, desk)
    later = next(r for r in page.screen.rows if r.card.sitting == "sit-11")
    later.click()
    assert desk.assess.opened == [] and not later.opens


def test_what_was_running_when_the_program_stopped_is_in_front_again(open_window: Open, desk: Desk) -> None:
    desk.assess.was_running = "sit-7"
    driver = open_window(desk)
    driver.type(PASSPHRASE)
    driver.press(Key.Key_Return)
    LivePage(driver)
    assert desk.assess.opened == ["sit-7"]
