# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes: the open line, tied to the moment of its key and to the current row, phrases, and what was written so far."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QStackedWidget, QWidget

from observer_app.domain.moment import Moment
from observer_app.ui.assess.note_list import NoteList
from observer_app.ui.assess.phrase_field import PhraseField
from observer_app.ui.assess.phrase_list import PhraseList
from observer_app.ui.strings import clock_words, counted, say
from observer_app.ui.theme import RADIUS_PANEL, Theme
from observer_app.ui.widgets.buttons import Button, KeyButton, KeyCap
from observer_app.ui.widgets.fields import OpenedByKey
from observer_app.ui.widgets.marks import Tag
from observer_app.ui.widgets.panel import Panel, column, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.views import LiveView, NoteView

__all__ = ["NoteEditor", "NotesPanel", "OpenNote"]


@dataclass(frozen=True, slots=True)
class OpenNote:
    """A note being written: when its key was pressed, the row it is tied to; `note` when an old one is changed."""

    began: Moment | None
    at_ms: int
    criterion: str
    where: str
    note: str = ""


class _Line(OpenedByKey, PhraseField):
    """The text itself; F2 asks for the list of phrases.

    Nothing can be pasted in: evidence is what was seen.
    """

    phrases = Signal()

    def __init__(self) -> None:
        super().__init__(say("live.note"), lines=3)
        self.setProperty("bare", True)

    def canInsertFromMimeData(self, source: object) -> bool:
        return False

    def insertFromMimeData(self, source: object) -> None:
        return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.still_held(event):
            return
        if event.key() == Qt.Key.Key_F2:
            self.phrases.emit()
            return
        if event.key() in (Qt.Key.Key_Z, Qt.Key.Key_Y) and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        super().keyPressEvent(event)


class NoteEditor(Panel):
    """Always the same size; asleep it says which key opens it. `kept(text)`, `dropped`, `changed(text)`.

    Its `phrases` stand where whoever holds this puts them, and are to be seen while `choosing`; `turned` says that
    changed.
    """

    kept = Signal(str)
    dropped = Signal()
    changed = Signal(str)
    turned = Signal()

    def __init__(self) -> None:
        super().__init__("surface", "all", edge="line", radius=RADIUS_PANEL)
        self.open_note: OpenNote | None = None
        self.line, self.phrases = _Line(), PhraseList()
        self.choosing = False
        self._time, self._where = (Tag("", icon="clock", ground="tint", weight=600), Tag("", ground="tint", weight=600))
        self._narrow = False
        self._stack = QStackedWidget()
        self._stack.addWidget(self._asleep())
        self._stack.addWidget(self._awake())
        column(self._stack, margins=(13, 12, 13, 12), into=self)
        self.line.kept.connect(self._keep)
        self.line.dropped.connect(self.dropped)
        self.line.phrases.connect(self._show_phrases)
        self.line.textChanged.connect(self._typed)
        self.phrases.chosen.connect(self._put_in)
        self.phrases.left.connect(self._back_to_line)
        self._sized()

    def _asleep(self) -> QWidget:
        box = QWidget()
        words = Text(say("live.note_none"), tone="soft", wrap=True)
        column(row(Text(say("live.press"), tone="soft"), KeyCap("N"), None, gap=8), 4, words, None, into=box)
        return box

    def _awake(self) -> QWidget:
        box = QWidget()
        self._keys = QWidget()
        self._enter, self._esc = KeyButton("Enter", say("live.keep")), KeyButton("Esc", say("live.drop"))
        self._f2 = KeyButton("F2", say("live.phrases"))
        self._enter.clicked.connect(self._press_enter)
        self._esc.clicked.connect(lambda: self._back_to_line() if self.choosing else self.dropped.emit())
        self._f2.clicked.connect(self._show_phrases)
        row(self._enter, 8, self._esc, None, self._f2, gap=0, into=self._keys)
        chips = row(self._time, self._where, None, gap=8)
        column(chips, 8, self.line, 8, self._keys, into=box)
        return box

    def _press_enter(self) -> None:
        if self.choosing:
            self.phrases.put_in()
        else:
            self._keep(self.line.toPlainText().strip())

    def _sized(self) -> None:
        theme = Theme.current
        rows = 1 if self._narrow else 2
        self.setFixedHeight(rows * theme.size(24) + 8 * rows + self.line.height() + 24)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._sized()

    def set_narrow(self, narrow: bool) -> None:
        """One line of text, without the reminder of its keys, where text is large."""
        if narrow != self._narrow:
            self._narrow = narrow
            self._keys.setVisible(not narrow)
            self.line.set_lines(1 if narrow else 3)
            self._sized()

    @property
    def writing(self) -> bool:
        """Whether a note is open."""
        return self.open_note is not None

    def begin(self, note: OpenNote, text: str = "") -> None:
        """Opens the line; letters are typed from now on."""
        self.open_note = None
        self.line.setPlainText(text)
        self.line.opening = True
        self.open_note = note
        self._time.set_text(clock_words(note.at_ms))
        self._where.set_text(note.where)
        self.line.setAccessibleName(say("live.note_text", time=clock_words(note.at_ms)))
        self._stack.setCurrentIndex(1)
        self._back_to_line()
        self.set_edge("accent", 3)
        self.line.moveCursor(self.line.textCursor().MoveOperation.End)

    def end(self) -> None:
        """Back to sleep."""
        self.open_note = None
        self._turn(False)
        self.line.setPlainText("")
        self._stack.setCurrentIndex(0)
        self.set_edge("line", 1)

    def _typed(self) -> None:
        if self.open_note is not None:
            self.changed.emit(self.line.toPlainText())

    def _keep(self, text: str) -> None:
        if self.open_note is None:
            return
        if text:
            self.kept.emit(text)
        else:
            self.dropped.emit()

    def _show_phrases(self) -> None:
        if self.phrases.model().rowCount():
            self._turn(True)
            self.phrases.begin()

    def _turn(self, choosing: bool) -> None:
        """To the phrases, or back; the keys say what they do now."""
        if choosing != self.choosing:
            self.choosing = choosing
            self._enter.set_words(say("live.put_in" if choosing else "live.keep"))
            self._esc.set_words(say("live.back" if choosing else "live.drop"))
            self._f2.setVisible(not choosing)
            self.turned.emit()

    def _put_in(self, text: str) -> None:
        cursor = self.line.textCursor()
        before = self.line.toPlainText()[: cursor.selectionStart()]
        self.line.insertPlainText(f" {text}" if before and not before[-1].isspace() else text)
        self._back_to_line()

    def _back_to_line(self) -> None:
        self._turn(False)
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)


class NotesPanel(Panel):
    """The right column: heading, the open line, the list; below it what the mouse can do with the chosen note.

    `change(NoteView)`, `remove(NoteView)`, `tie(NoteView, number)`, `tie_here(NoteView)` to the current row.
    """

    change = Signal(object)
    remove = Signal(object)
    tie = Signal(object, int)
    tie_here = Signal(object)

    def __init__(self) -> None:
        super().__init__("surface", "l")
        self.editor, self.list = NoteEditor(), NoteList()
        self.change_button = Button(say("live.note_change"), high=32, weight=500, tight=True)
        self.tie_button = Button("", high=32, weight=500, tight=True)
        self.remove_button = Button(say("live.note_out"), high=32, weight=500, tight=True)
        self._bar = QWidget()
        row(self.change_button, self.tie_button, self.remove_button, None, gap=4, margins=(8, 4, 0, 8), into=self._bar)
        self._bar.hide()
        self._connect()
        self._count = Text(tone="soft")
        head = QWidget()
        head.setFixedHeight(48)
        row(Text(say("live.notes"), "lead"), None, self._count, margins=(8, 0, 8, 0), into=head)
        self._head = head
        self._line_place = QWidget()
        self._line_box = column(margins=(8, 0, 8, 0), into=self._line_place)
        # Lists stand a little further out than the words in them, so that ring and tint are clear of these.
        self._box = column(head, self._line_place, margins=(8, 0, 4, 0), into=self)
        self.take_back()

    def _connect(self) -> None:
        self.list.change.connect(self.change)
        self.list.remove.connect(self.remove)
        self.list.tie.connect(self.tie)
        self.list.picked.connect(lambda note: self._bar.setVisible(note is not None))
        self.editor.turned.connect(self._turned)
        for button, signal in (
            (self.change_button, self.change), (self.tie_button, self.tie_here), (self.remove_button, self.remove)
        ):  # fmt: skip
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, signal=signal: self._pressed(signal))

    def _pressed(self, signal: SignalInstance) -> None:
        note = self.list.note
        if note is not None:
            signal.emit(note)

    def take_back(self) -> None:
        """Line and list stand in this column (again), the phrases in the list's place."""
        self._line_box.addWidget(self.editor)
        self._box.addWidget(self.list, 1)
        self._box.addWidget(self.editor.phrases, 1)
        self._box.addWidget(self._bar)
        self._given = False
        self._turned()

    def give_list(self, box: QBoxLayout) -> None:
        """List and bar stand elsewhere, where text is large."""
        box.addWidget(self.list)
        box.addWidget(self._bar)
        self._given = True
        self._turned()

    def _turned(self) -> None:
        """The phrases come and go."""
        choosing = self.editor.choosing
        self.editor.phrases.setVisible(choosing)
        self.list.setVisible(self._given or not choosing)
        self._bar.setVisible(self.list.by_mouse and self.list.note is not None and (self._given or not choosing))

    def set_row(self, number: int) -> None:
        """The current row, to which a note can be moved; 0 for the whole."""
        self.tie_button.setText(say("live.note_tie", number=number) if number else say("live.note_tie_whole"))

    def render_view(self, view: LiveView) -> None:
        """The notes so far, newest first, and the phrases."""
        self.list.render_notes(view.notes[::-1])
        self.editor.phrases.render_phrases(view.snippets)
        self.editor.line.known = view.snippets
        self._count.setText(counted("live.notes_saved", sum(note.saved for note in view.notes)))

    def where(self, view: LiveView, criterion: str) -> str:
        """What a note is tied to, in words."""
        for one in view.rows:
            if one.criterion == criterion and criterion:
                return f"{one.number}  {one.title}"
        return say("live.whole")

    def reopen(self, note: NoteView, view: LiveView) -> OpenNote:
        """An old note to be changed."""
        return OpenNote(None, note.at_ms, note.criterion, self.where(view, note.criterion), note.id)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._head.setFixedHeight(max(48, Theme.current.size(36) + 12))
