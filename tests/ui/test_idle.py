# SPDX-License-Identifier: GPL-3.0-or-later
"""The window locks itself when nobody is there, never over somebody who is watching, and never ends a recording."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.pages.assess import LivePage, SignInPage
from tests.pages.driving import Driver
from tests.simulators.desk import PASSPHRASE, Desk

Open = Callable[..., Driver]
Live = Callable[..., LivePage]


def test_after_its_time_nobody_is_signed_in(open_window: Open, desk: Desk) -> None:
    desk.lock_after_s = 1
    driver = open_window(desk)
    SignInPage(driver).sign_in(PASSPHRASE)
    SignInPage(driver)
    assert desk.locked and driver.window.session is None
    assert driver.sees("nobody was at the keyboard") and not driver.sees("Sample Candidate")
    assert not driver.window.idle._timer.isActive(), "nobody is signed in: nothing to lock"


def test_a_key_or_the_mouse_begins_the_time_anew(open_window: Open, desk: Desk) -> None:
    driver = open_window(desk)
    SignInPage(driver).sign_in(PASSPHRASE)
    window = driver.window
    timer, handle = window.idle._timer, window.windowHandle()
    for sign in (lambda: QTest.keyClick(handle, Qt.Key.Key_Shift),
                 lambda: QTest.mouseClick(handle, Qt.MouseButton.RightButton)):  # fmt: skip
        timer.start(5_000)  # little is left of its time
        sign()
        driver.wait(lambda: timer.remainingTime() > 590_000)


def test_an_interview_within_its_time_is_not_locked_over(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    window = live.driver.window
    live.driver.press(Qt.Key.Key_N)
    live.driver.type("Half a sentence")
    window.idle.passed()
    assert window.front is live.screen and not desk.locked, "the assessor's eyes are on the people"
    recording = desk.live.recording
    desk.clock.advance(live.screen.view.remaining_s + 1)
    live.screen.refresh()
    window.idle.passed()
    SignInPage(live.driver)
    assert desk.locked and desk.live.closed == 1
    assert desk.live.recording == recording == ("recording", "Recording"), "a recording goes on"
    assert desk.live.kept_draft is not None and desk.live.kept_draft[0] == "Half a sentence"


def test_whoever_unlocks_types_only_the_passphrase(open_window: Open, desk: Desk) -> None:
    driver = open_window(desk)
    page = SignInPage(driver)
    driver.press(Qt.Key.Key_Down)
    page.sign_in(PASSPHRASE)
    driver.window.idle.passed()
    again = SignInPage(driver).screen.cards
    assert [card.isChecked() for card in again] == [False, True, False]


def test_a_pause_that_nobody_ends_is_locked(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    live.driver.press(Qt.Key.Key_P)
    live.driver.type("Fire bell")
    live.driver.press(Qt.Key.Key_Return)
    live.driver.wait(lambda: live.screen.view.paused)
    live.driver.window.idle.passed()
    SignInPage(live.driver)
    assert desk.live.recording[0] == "recording"


def test_the_time_is_chosen_on_the_room_page(open_window: Open, desk: Desk) -> None:
    driver = open_window(desk)
    SignInPage(driver).sign_in(PASSPHRASE)
    driver.window.show_page("room")
    page = driver.window.front
    assert page is not None
    driver.wait(lambda: page.lock.choice == "10")
    page.lock.setCurrentIndex(3)
    page.go.click()
    driver.wait(lambda: driver.window.session.room.lock_min == 30)  # type: ignore[union-attr]
