# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody who has never seen it: from the first screen of a sample day to the first ticked rating."""

from __future__ import annotations

from observer_app.ui.widgets.buttons import KeyCap
from observer_app.workflows.views import RowState
from tests.pages.assess import LivePage, SignInPage
from tests.pages.driving import Driver, Key
from tests.pages.real_window import OpenMachine
from tests.pages.sample_machine import Machine

_MOST_ACTIONS = 6


def _caps(driver: Driver) -> set[str]:
    """The keys drawn on the screen."""
    return {cap._text for cap in driver.window.findChildren(KeyCap) if cap.isVisible()}


def _enter_on(driver: Driver, words: str) -> None:
    """Enter on the button that waits for it, once its words are to be read there."""
    driver.wait(lambda: words in driver.focus().accessibleName() and driver.focus().isVisible())
    assert driver.sees(words)
    driver.press(Key.Key_Return)


def test_six_actions_to_the_first_rating(open_machine: OpenMachine, machine: Machine) -> None:
    driver = open_machine(machine)
    page = SignInPage(driver)
    assert driver.sees("Passphrase of Sample Assessor A")
    page.sign_in(page.hint())  # two: the words, and Enter
    _enter_on(driver, "Open")
    _enter_on(driver, "Yes, this is the person")
    assert driver.sees("Press the button, or Enter")
    _enter_on(driver, "Start")
    live = LivePage(driver)
    driver.wait(lambda: live.screen.rating)
    assert "1 to 7" in _caps(driver) and driver.sees("rate")
    live.rate(4)
    driver.wait(lambda: live.state(1) is RowState.SAVED)
    assert live.row(1).value == 4
    assert driver.actions <= _MOST_ACTIONS
