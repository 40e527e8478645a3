# SPDX-License-Identifier: GPL-3.0-or-later
"""The second signature at one's own machine, by keys: how many wait, the marks before and after, signing, refusing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from observer_app.ui.corrections import CorrectionsPage
from tests.pages.driving import Driver, Key
from tests.simulators.desk import PASSPHRASE, DeskSecond, sample_correction
from tests.simulators.desk_centre import DeskCentre, ManagerDesk
from tests.ui.audit import EVERY_LOOK, LOOKS, faults_of


@pytest.fixture
def second() -> DeskSecond:
    return DeskSecond([sample_correction(4), sample_correction(7, "")])


Go = Callable[..., Driver]


@pytest.fixture
def at_the_board(open_window: Go, second: DeskSecond) -> Go:
    def go(**look: object) -> Driver:
        desk = ManagerDesk(centre=DeskCentre())
        desk.second = second
        driver = open_window(desk, **look)
        driver.window.sign_in(desk)  # type: ignore[arg-type]
        return driver

    return go


def page_of(driver: Driver) -> CorrectionsPage:
    """From the board by Tab and Enter."""
    driver.wait(lambda: driver.sees("2 corrections wait for your second signature."))
    driver.tab_to("Look at them")
    driver.press(Key.Key_Return)
    page = driver.window.front
    assert isinstance(page, CorrectionsPage)
    driver.wait(lambda: len(page.shown) == 2 and page.table.hasFocus())
    return page


def test_signed_by_keys_with_the_marks_and_the_reason_in_sight(at_the_board: Go, second: DeskSecond) -> None:
    driver = at_the_board()
    page = page_of(driver)
    for words in ("It was 3, Needs development. It becomes 4, Satisfactory.", "It was not rated. It becomes 5, Good.",
                  "I had pressed the wrong row, as the recording", "Corrected by Sample Assessor A"):  # fmt: skip
        assert driver.sees(words), words
    driver.press(Key.Key_Return, Key.Key_Return)
    assert driver.sees("Type your passphrase first") and not second.signed
    driver.type("not the passphrase")
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("That is not your passphrase."))
    assert not second.signed
    driver.type(PASSPHRASE)  # what was typed before is selected
    driver.press(Key.Key_Return)
    driver.wait(lambda: second.signed == ["c4"])
    driver.wait(lambda: driver.sees("The correction of Sample Candidate 04 is signed and counts."))
    driver.wait(lambda: len(page.shown) == 1 and page.table.hasFocus())
    assert driver.sees("The reason has not arrived on this machine yet.") and not page.answer.passphrase.text()


def test_refused_by_keys_only_with_a_reason(at_the_board: Go, second: DeskSecond) -> None:
    driver = at_the_board()
    page = page_of(driver)
    driver.press(Key.Key_Down, Key.Key_Return)
    driver.type(PASSPHRASE)
    driver.tab_to("Refuse")
    driver.press(Key.Key_Space)
    assert driver.sees("Say why you do not sign it.") and not second.refused
    assert page.answer.reason.hasFocus()
    driver.type("The recording shows a 3.")
    driver.press(Key.Key_Return)
    driver.wait(lambda: second.refused == [("c7", "The recording shows a 3.")])
    driver.wait(lambda: driver.sees("is refused. The marks stay as they were."))
    driver.tab_to("Back")
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("1 correction waits for your second signature."))


def test_nothing_is_said_while_nothing_waits(at_the_board: Go, second: DeskSecond) -> None:
    second.corrections = []
    driver = at_the_board()
    driver.wait(lambda: driver.window.front is not None)
    assert not driver.sees("second signature")


@pytest.mark.parametrize("look", EVERY_LOOK)
def test_every_control_has_a_name_and_nothing_is_cut(at_the_board: Go, look: str) -> None:
    driver = at_the_board(**LOOKS[look])
    driver.wait(lambda: driver.sees("2 corrections wait"))
    found = faults_of(driver.window, "board")
    page_of(driver)
    driver.texts()
    found += faults_of(driver.window, "corrections")
    assert not found, "\n".join(found)
