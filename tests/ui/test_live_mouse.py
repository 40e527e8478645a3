# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a key does, the mouse does too."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from observer_app.domain.events import Kind
from observer_app.ui.widgets.buttons import KeyButton
from observer_app.workflows.views import RowState
from tests.pages.assess import LivePage, TodayPage
from tests.pages.driving import Key
from tests.simulators.desk import Desk

Live = Callable[..., LivePage]
_LEFT = Qt.MouseButton.LeftButton


def click(widget: QWidget, at: QPoint | None = None) -> None:
    QTest.mouseClick(widget, _LEFT, Qt.KeyboardModifier.NoModifier, at or widget.rect().center())


def last(desk: Desk) -> tuple[str, dict[str, object]]:
    return desk.live.events[-1].kind, dict(desk.live.events[-1].body)


def on_keys_page(live: LivePage, word: str) -> None:
    """Presses a button of the page of keys."""
    click(live.screen.bar.buttons["keys"])
    live.driver.wait(lambda: bool(live.screen.keys_table.isVisible()))
    click(live.screen.keys_table.buttons[word])


def note_at(live: LivePage, place: int) -> None:
    """Clicks the note at a place of the list."""
    notes = live.screen.notes.list
    live.driver.wait(lambda: bool(notes.visualRect(notes.model().index(place, 0)).isValid()))
    click(notes.viewport(), notes.visualRect(notes.model().index(place, 0)).center())


def test_rows_cells_and_the_bar(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    second = live.screen.rubric.rows[1]
    click(second, QPoint(120, second.height() // 2))
    assert live.screen.rubric.current == 1
    click(second.scale, QPoint(46 * 4 + 20, second.scale.height() // 2))
    assert live.row(2).value == 5
    bar = live.screen.bar.buttons
    click(bar["undo"])
    assert last(desk)[0] == Kind.UNDONE
    click(bar["redo"])
    click(bar["flag"])
    assert last(desk)[0] == Kind.FLAGGED
    click(bar["clip"])
    click(bar["clip"])
    assert last(desk)[0] == Kind.CLIP_CLOSED


def test_taking_back_pausing_and_going_on(go_live: Live, desk: Desk) -> None:
    live = go_live(desk).rate(5)
    on_keys_page(live, "withdraw")
    assert live.state(1) is RowState.WITHDRAWN
    on_keys_page(live, "pause")
    live.driver.type("Fire bell")
    live.driver.press(Key.Key_Return)
    assert live.screen.view.paused
    click(live.screen.strip.go_on)
    assert not live.screen.view.paused


def test_abandoning_needs_no_pause_first(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    on_keys_page(live, "abandon")
    live.driver.type("The candidate felt ill")
    live.driver.press(Key.Key_Return)
    TodayPage(live.driver)
    assert last(desk)[0] == Kind.ABANDONED and desk.live.texts["abandon"] == "The candidate felt ill"


def test_a_note_is_written_moved_changed_and_taken_out(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    editor = live.screen.notes.editor
    for words in ("Looks away", "Asks again"):
        click(live.screen.bar.buttons["note"])
        live.driver.type(words)
        keep, drop, phrases = (b for b in editor.findChildren(KeyButton))
        click(keep)
    assert [n.text for n in live.screen.view.notes] == ["Looks away", "Asks again"] and drop and phrases
    panel = live.screen.notes
    assert not panel.tie_button.isVisible(), "nothing is offered until a note is chosen"
    live.down(2)
    note_at(live, 0)
    assert panel.tie_button.isVisible() and panel.tie_button.text().endswith("3")
    chosen = panel.list.note
    click(panel.tie_button)
    assert last(desk)[0] == Kind.NOTE_MOVED and last(desk)[1]["note"] == chosen.id
    assert live.screen.view.rows[2].criterion == last(desk)[1]["criterion"]
    note_at(live, 0)
    click(panel.change_button)
    live.driver.type(" twice")
    live.driver.press(Key.Key_Return)
    assert last(desk)[0] == Kind.NOTE_CHANGED
    note_at(live, 1)
    click(panel.remove_button)
    assert last(desk)[0] == Kind.NOTE_REMOVED and len(live.screen.view.notes) == 1


def test_phrases_and_dropping(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    editor = live.screen.notes.editor
    click(live.screen.bar.buttons["note"])
    _, drop, phrases = editor.findChildren(KeyButton)
    click(phrases)
    live.driver.wait(lambda: bool(editor.phrases.isVisible()))
    click(editor.phrases.viewport(), editor.phrases.visualRect(editor.phrases.model().index(1, 0)).center())
    assert editor.line.toPlainText() == desk.framework.snippets[1][1]
    click(drop)
    assert not editor.writing and last(desk)[0] == Kind.PHASE_STARTED


def test_another_note_is_not_opened_over_one_being_written(go_live: Live, desk: Desk) -> None:
    live = go_live(desk).note("Looks away")
    live.driver.press(Key.Key_N)
    live.driver.type("Half a sent")
    note_at(live, 0)
    click(live.screen.notes.change_button)
    assert live.screen.notes.editor.line.toPlainText() == "Half a sent"
