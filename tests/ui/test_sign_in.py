# SPDX-License-Identifier: GPL-3.0-or-later
"""First run and signing in, by keys and by what stands on the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt

from observer_app.domain.roles import Role
from observer_app.errors import Unreachable
from observer_app.ui.first_run import FirstRunPage
from tests.pages.assess import SignInPage, TodayPage
from tests.pages.driving import Driver, Key
from tests.simulators.desk import PASSPHRASE, Desk

Open = Callable[..., Driver]


def test_six_actions_to_the_first_ticked_rating_by_what_is_on_screen(open_window: Open, desk: Desk) -> None:
    driver = open_window(desk)
    page = SignInPage(driver)
    passphrase = page.hint()
    assert driver.window.isVisible() and passphrase in page.screen.cards[0].accessibleName()
    live = page.sign_in(passphrase).open().confirm().start().rate(4)
    driver.wait(lambda: live.row(1).value == 4 and live.state(1) == "saved")
    assert driver.actions <= 6


def test_at_200_percent_the_passphrase_is_in_sight_where_its_keys_go(open_window: Open, desk: Desk) -> None:
    driver = open_window(desk, factor=2.0)
    for _ in range(2):  # at the start, and when the window has locked itself, with its line above
        page = SignInPage(driver).screen
        for part in (page.passphrase, page.go):
            driver.wait(lambda part=part: not part.visibleRegion().isEmpty())
            seen = part.visibleRegion().boundingRect()
            assert seen.height() >= part.height() - 2, f"{part.accessibleName()} is cut off"
        if driver.window.session is None and not driver.sees("Locked"):
            driver.type(PASSPHRASE)
            driver.press(Key.Key_Return)
            TodayPage(driver)
            driver.window.idle.passed()


def test_a_wrong_passphrase_is_said_in_place(open_window: Open, desk: Desk) -> None:
    driver = open_window(desk)
    page = SignInPage(driver)
    words = page.try_wrong("maple kettle")
    assert "Sample Assessor A" in words and "type it again" in words
    assert driver.focus() is page.screen.passphrase
    driver.press(Key.Key_Delete)
    assert isinstance(page.sign_in(PASSPHRASE), TodayPage)


def test_nothing_typed_is_said_too(open_window: Open, desk: Desk) -> None:
    driver = open_window(desk)
    page = SignInPage(driver)
    driver.press(Key.Key_Return)
    assert "passphrase" in page.screen.trouble.text()


def test_arrow_keys_choose_the_person(open_window: Open, desk: Desk) -> None:
    driver = open_window(desk)
    page = SignInPage(driver)
    driver.press(Key.Key_Down)
    assert page.screen.passphrase.accessibleName() == "Passphrase of Sample Manager"
    driver.press(Key.Key_Up)
    page.sign_in(PASSPHRASE)


def test_lock_leaves_nothing_of_the_person(open_window: Open, desk: Desk) -> None:
    driver = open_window(desk)
    SignInPage(driver).sign_in(PASSPHRASE)
    driver.window.menu().actions()[0].trigger()
    page = SignInPage(driver)
    assert desk.locked and page.screen.passphrase.text() == ""
    driver.wait(lambda: desk.forgotten == 1)
    assert not driver.sees("Sample Candidate")


def test_a_person_of_two_roles_chooses_the_workspace(open_window: Open) -> None:
    desk = Desk(roles=frozenset({Role.ASSESSOR, Role.KEY_OFFICER}))
    driver = open_window(desk)
    SignInPage(driver).sign_in(PASSPHRASE)
    assert not driver.sees("Centre manager")  # one workspace: no chooser


def test_first_run_offers_a_sample_day_with_enter(open_window: Open) -> None:
    desk = Desk(enrolled=False)
    driver = open_window(desk)
    assert driver.sees("Try with a sample day")
    driver.press(Key.Key_Return)
    SignInPage(driver)
    assert desk.enrol.asked == [("sample", ())]


def first_run(driver: Driver) -> FirstRunPage:
    page = driver.window.front
    assert isinstance(page, FirstRunPage)
    return page


def fill(driver: Driver, form: Any, values: dict[str, str]) -> None:
    for name, text in values.items():
        form.fields[name].setFocus(Qt.FocusReason.TabFocusReason)
        driver.type(text)


def test_a_new_centre_is_set_up_in_place(open_window: Open) -> None:
    desk = Desk(enrolled=False)
    driver = open_window(desk)
    page = first_run(driver)
    driver.tab_to("Set up a new centre")
    driver.press(Key.Key_Space)
    fill(driver, page.new_centre, {"programme": "P", "centre_name": "North", "device": "Room 1", "person": "Kim Lee",
                                   "handle": "kim", "passphrase": "one two", "again": "one three"})  # fmt: skip
    driver.press(Key.Key_Return)
    assert driver.sees("not the same")
    page.new_centre.fields["again"].clear()
    fill(driver, page.new_centre, {"again": "one two"})
    driver.press(Key.Key_Return)
    SignInPage(driver)
    assert desk.enrol.asked == [("centre", ("P", "North", "Room 1", "kim", "Kim Lee", "one two"))]


def test_a_code_that_cannot_be_redeemed_says_why(open_window: Open) -> None:
    desk = Desk(enrolled=False)
    desk.enrol.refusal = Unreachable("The centre does not answer.", advice="Look at the network, then try again.")
    driver = open_window(desk)
    page = first_run(driver)
    driver.tab_to("I have a code")
    driver.press(Key.Key_Space)
    driver.press(Key.Key_Return)
    assert driver.sees("Fill in: The two codes")
    fill(driver, page.with_code, {"enrol_code": "1234", "central": "http://127.0.0.1:1", "person": "Kim",
                                  "handle": "kim", "passphrase": "a b", "again": "a b"})  # fmt: skip
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("Look at the network"))
