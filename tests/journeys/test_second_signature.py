# SPDX-License-Identifier: GPL-3.0-or-later
"""A correction waits; the manager signs one and refuses one, by keys; the assessor reads both on My records."""

from __future__ import annotations

from datetime import datetime

import pytest

from observer_app.ui.assess.records_page import RecordsPage
from observer_app.ui.corrections import CorrectionsPage
from tests.pages.driving import Driver, Key
from tests.pages.real_window import OpenMachine
from tests.pages.sample_machine import ASSESSOR, MANAGER, RAW_ID, Machine
from tests.pages.signing_in import go_to, sign_in_as

pytestmark = pytest.mark.slow


@pytest.fixture
def signed(machine: Machine) -> Machine:
    """One signed interview."""
    session = machine.sign_in(MANAGER)
    try:
        roster = session.store.sittings.roster(datetime.now().date().isoformat())
        assert roster is not None
    finally:
        session.lock()
    machine.record_a_sitting(roster.sittings[0].id, seconds=2)
    return machine


def correct(machine: Machine, place: int, value: int, reason: str) -> None:
    """The assessor's correction of one mark."""
    session = machine.sign_in(ASSESSOR)
    try:
        review = session.assess.review(session.assess.records()[0].sitting)
        criterion = review.view().rows[place].criterion
        review.amend({criterion: value}, reason, ASSESSOR.passphrase).result(30)
    finally:
        session.lock()


def the_corrections(driver: Driver) -> CorrectionsPage:
    """From the board, by Tab and Enter."""
    driver.wait(lambda: driver.sees("1 correction waits for your second signature."))
    driver.tab_to("Look at them")
    driver.press(Key.Key_Return)
    page = driver.window.front
    assert isinstance(page, CorrectionsPage)
    driver.wait(lambda: len(page.shown) == 1 and page.table.hasFocus())
    assert not [text for text in driver.texts() if RAW_ID.search(text)]
    return page


def leave(driver: Driver) -> None:
    driver.window.menu().actions()[0].trigger()  # Lock


def test_one_is_signed_and_one_refused_by_keys(open_machine: OpenMachine, signed: Machine) -> None:
    correct(signed, 0, 7, "I had pressed the wrong row.")
    driver = open_machine(signed)
    sign_in_as(driver, MANAGER)
    page = the_corrections(driver)
    assert driver.sees("I had pressed the wrong row.") and driver.sees("It becomes 7")
    driver.press(Key.Key_Return)
    driver.type(MANAGER.passphrase)
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("is signed and counts.") and not page.shown)
    leave(driver)
    correct(signed, 1, 7, "Better than I thought.")
    sign_in_as(driver, MANAGER)
    page = the_corrections(driver)
    driver.press(Key.Key_Return)
    driver.type(MANAGER.passphrase)
    driver.tab_to("Why you do not sign it")
    driver.type("The recording does not show it.")
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("is refused.") and not page.shown)
    leave(driver)
    _read_by_the_assessor(driver)


def _read_by_the_assessor(driver: Driver) -> None:
    sign_in_as(driver, ASSESSOR)
    go_to(driver, "My records")
    mine = driver.window.front
    assert isinstance(mine, RecordsPage)
    driver.wait(lambda: bool(mine.cards))
    assert not mine.cards[0].waiting
    mine.table.setFocus()
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.page == "review")
    driver.wait(lambda: driver.sees("Signed a second time by Sample Manager"))
    assert driver.sees("Refused by Sample Manager: The recording does not show it")
