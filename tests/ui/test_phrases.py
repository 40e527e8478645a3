# SPDX-License-Identifier: GPL-3.0-or-later
"""Phrases are put in as they are typed, and a person keeps their own on a page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from observer_app.ui.assess.phrase_list import PhraseList
from observer_app.ui.widgets.buttons import KeyButton
from tests.pages.assess import LivePage, SignInPage, TodayPage
from tests.pages.driving import Driver, Key
from tests.simulators.desk import PASSPHRASE, Desk

Live = Callable[..., LivePage]
Open = Callable[..., Driver]
OWN = (("lis", "Lets the family finish."),)


def test_letters_become_the_phrase_as_they_are_typed(go_live: Live, desk: Desk) -> None:
    desk.assess.own_phrases = OWN
    live = go_live(desk)
    line = live.screen.notes.editor.line
    live.driver.press(Key.Key_N)
    QTest.keyClicks(line, ".so ")
    assert line.toPlainText() == "States openly why they are there. "
    QTest.keyClicks(line, "Then .mis ")
    assert line.toPlainText().endswith("Then Misses a cue: "), "the space belongs to the phrase already"
    QTest.keyClicks(line, "door, .lis, he says so  twice .sum")
    assert "Lets the family finish., he says so  twice .sum" in line.toPlainText()
    live.driver.press(Key.Key_Return)
    live.driver.wait(lambda: not live.screen.notes.editor.writing)
    assert live.screen.view.notes[0].text.endswith("twice Sums up and checks it is right.")


def test_own_phrases_are_kept_and_known_to_the_next_note(open_window: Open, desk: Desk) -> None:
    desk.assess.own_phrases = OWN
    driver = open_window(desk)
    SignInPage(driver).sign_in(PASSPHRASE)
    driver.window.show_page("phrases")
    page = driver.window.front
    assert page is not None and driver.sees("States openly why they are there.") and driver.sees(".so")
    assert [(x.keys.text(), x.text.text()) for x in page.lines] == [("lis", "Lets the family finish."), ("", "")]
    driver.type("eye")
    driver.press(Key.Key_Tab)
    driver.type("Keeps eye contact.")
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("Your next note knows them"))
    assert desk.assess.own_phrases == (("lis", "Lets the family finish."), ("eye", "Keeps eye contact."))
    page.lines[0].holder.findChildren(type(page.add))[-1].click()
    page.go.click()
    driver.wait(lambda: desk.assess.own_phrases == (("eye", "Keeps eye contact."),))
    driver.window.show_page("today")
    live = TodayPage(driver).open().confirm().start()
    driver.press(Key.Key_N)
    QTest.keyClicks(live.screen.notes.editor.line, ".eye ")
    assert live.screen.notes.editor.line.toPlainText() == "Keeps eye contact. "


def test_what_cannot_be_kept_says_why_and_stays_typed(open_window: Open, desk: Desk) -> None:
    desk.assess.own_phrases = OWN
    driver = open_window(desk)
    SignInPage(driver).sign_in(PASSPHRASE)
    driver.window.show_page("phrases")
    page = driver.window.front
    assert page is not None
    driver.type("lis")
    driver.press(Key.Key_Tab)
    driver.type("Another.")
    page.go.click()
    driver.wait(lambda: driver.sees("stands for two phrases"))
    assert page.lines[-1].text.text() == "Another." and len(desk.assess.own_phrases) == 1


def in_sight(phrases: PhraseList) -> int:
    """How many of the list's phrases are to be seen whole."""
    high = phrases.viewport().height()
    places = [phrases.visualRect(phrases.model().index(n, 0)) for n in range(phrases.model().rowCount())]
    return sum(place.isValid() and place.top() >= 0 and place.bottom() <= high for place in places)


@pytest.mark.parametrize(("factor", "least"), [(1.0, 8), (2.0, 4)])
def test_the_list_shows_many_and_the_note_and_the_scale_stay_in_sight(
    go_live: Live, desk: Desk, factor: float, least: int
) -> None:
    live = go_live(desk, factor=factor)
    editor, scale = live.screen.notes.editor, live.screen.rubric.rows[0].scale
    live.driver.press(Key.Key_N)
    live.driver.type("Looks at the door.")
    live.driver.wait(editor.line.isVisible)
    stood = scale.mapTo(live.screen, scale.rect().topLeft()), editor.mapTo(live.screen, editor.rect().topLeft())
    live.driver.press(Key.Key_F2)
    live.driver.wait(lambda: in_sight(editor.phrases) >= least)
    assert editor.line.isVisible() and scale.isVisible() and live.screen.timeline.isVisible() == (factor < 2)
    assert stood == (
        scale.mapTo(live.screen, scale.rect().topLeft()), editor.mapTo(live.screen, editor.rect().topLeft())
    ), "what one looks at does not move"  # fmt: skip
    live.driver.press(Key.Key_Escape)
    live.driver.wait(lambda: not editor.phrases.isVisible())
    assert editor.writing and live.driver.focus() is editor.line
    assert live.screen.timeline.isVisible() and live.screen.bar.isVisible()


def test_letters_choose_in_the_list_and_its_keys_say_what_they_do(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    editor = live.screen.notes.editor
    live.driver.press(Key.Key_N)
    assert [key.text() for key in editor.findChildren(KeyButton)] == ["keep", "drop", "phrases"]
    live.driver.press(Key.Key_F2)
    assert [key.text() for key in editor.findChildren(KeyButton) if key.isVisible()] == ["put in", "back"]
    QTest.keyClicks(editor.phrases, "su")
    live.driver.press(Key.Key_Return)
    assert editor.line.toPlainText() == "Sums up and checks it is right." and editor.writing
    live.driver.press(Key.Key_F2)
    QTest.keyClicks(editor.phrases, "sum")
    QTest.keyClicks(editor.phrases, "w")  # begins none with what was typed before it
    QTest.mouseClick(editor.findChildren(KeyButton)[0], Qt.MouseButton.LeftButton)
    assert editor.line.toPlainText().endswith("right. Brings it back to the child by name.")
    live.driver.press(Key.Key_F2)
    QTest.mouseClick(editor.findChildren(KeyButton)[1], Qt.MouseButton.LeftButton)
    assert editor.writing and not editor.choosing, "back to the note, which is not dropped"
