# SPDX-License-Identifier: GPL-3.0-or-later
"""A practice run in the window: offered on Today, marked on every page, gone afterwards, never in the day's way."""

from __future__ import annotations

from collections.abc import Callable

from observer_app.ui.strings import say
from tests.pages.assess import LivePage, ReviewPage, SignInPage, TodayPage
from tests.pages.driving import Driver, Key
from tests.simulators.desk import PASSPHRASE, Desk

Open = Callable[..., Driver]


def mark(driver: Driver) -> str:
    """The top bar's dashed tag."""
    return str(driver.window._bar._sample.accessibleName())


def practise(open_window: Open, desk: Desk) -> tuple[Driver, LivePage]:
    driver = open_window(desk)
    today = SignInPage(driver).sign_in(PASSPHRASE)
    today.screen.practice.button.click()
    driver.wait(lambda: driver.window.front is not None and driver.window.front.key == "live")
    return driver, LivePage(driver)


def test_a_practice_is_marked_and_leaves_the_real_day_alone(open_window: Open, desk: Desk) -> None:
    driver, live = practise(open_window, desk)
    assert mark(driver) == say("practice.mark")
    live.confirm().start().rate(4)
    assert desk.assess.opened == [] and desk.live.events == []
    assert desk.practices[0].desk.live.events[-1].body["value"] == 4
    driver.press(Key.Key_F1)
    live.screen.keys_table.leave_button.click()
    TodayPage(driver)
    assert mark(driver) == say("app.sample") and driver.sees(say("practice.over"))
    driver.wait(lambda: desk.practices[0].closed == 1)


def test_review_is_practised_too(open_window: Open, desk: Desk) -> None:
    driver, live = practise(open_window, desk)
    live.screen.to_review()
    review = ReviewPage(driver)
    assert mark(driver) == say("practice.mark")
    driver.window.show_page("today")
    assert mark(driver) == say("app.sample"), "Today is the real day"
    driver.window.show_page(review.screen.key)
    assert mark(driver) == say("practice.mark")


def test_opening_a_candidate_ends_it(open_window: Open, desk: Desk) -> None:
    driver, live = practise(open_window, desk)
    live.screen.to_review()
    ReviewPage(driver)
    driver.window.show_page("today")
    TodayPage(driver).open()
    assert desk.assess.opened == ["sit-7"] and mark(driver) == say("app.sample")
    driver.wait(lambda: desk.practices[0].closed == 1)
    assert not driver.window.has_page("review")
