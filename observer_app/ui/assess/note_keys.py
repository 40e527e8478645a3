# SPDX-License-Identifier: GPL-3.0-or-later
"""What keys and buttons do with notes: the open line, its draft, and the list of those written."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from PySide6.QtCore import Qt, QTimer

from observer_app.domain.moment import Moment
from observer_app.ui.assess.keyed_page import KeyedPage
from observer_app.ui.assess.notes import OpenNote
from observer_app.workflows.views import NoteView

__all__ = ["NoteKeys"]

_DRAFT_MS = 250
_Write = Callable[[], "Future[None]"]


class _Do(Protocol):
    def __call__(self, write: _Write, lost: Callable[[], None] = ...) -> None: ...


class NoteKeys:
    """`do(write, lost)` calls the port and shows what became of it; `lost()` when the disk did not take it."""

    def __init__(self, page: KeyedPage, do: _Do) -> None:
        self._page, self._port, self._do = page, page.port, do
        self._draft = QTimer(page.widget)
        self._draft.setSingleShot(True)
        self._draft.setInterval(_DRAFT_MS)
        self._draft.timeout.connect(self.flush_draft)
        editor, notes, panel = page.notes.editor, page.notes.list, page.notes
        editor.kept.connect(self._keep_note)
        editor.dropped.connect(self._drop_note)
        editor.changed.connect(lambda _: self._draft.start())
        panel.change.connect(self._change_note)
        panel.remove.connect(lambda note: self._do(lambda: self._port.remove_note(note.id, self._now())))
        panel.tie.connect(self._tie_note)
        panel.tie_here.connect(lambda note: self._move(note, page.rubric.criterion))
        notes.left.connect(self._leave_list)

    def _now(self) -> Moment:
        return self._page.shell.keys.pressed()

    def note(self, at: Moment) -> None:
        """Opens the line at this moment, tied to the current row."""
        self.begin(at, self._page.rubric.criterion)

    def begin(self, at: Moment, criterion: str, text: str = "") -> None:
        """Opens the line at this moment, tied to a row or ("") to none."""
        page = self._page
        if page.notes.editor.writing:
            return
        where = page.notes.where(page.view, criterion)
        page.notes.editor.begin(OpenNote(at, page.at_ms(at), criterion, where), text)
        page.render_actions()
        page.notes.editor.line.setFocus(Qt.FocusReason.OtherFocusReason)
        page.refresh()

    def reopen_draft(self, text: str, criterion: str, began: Moment) -> None:
        """What was half written when the screen was last left."""
        self.begin(began, criterion, text)

    def flush_draft(self) -> None:
        """Keeps the half-written note now."""
        self._draft.stop()
        editor = self._page.notes.editor
        note = editor.open_note
        if note is not None and note.began is not None:
            self._port.keep_draft(editor.line.toPlainText(), note.criterion, note.began)

    def _keep_note(self, text: str) -> None:
        note = self._page.notes.editor.open_note
        if note is None:
            return
        self._close_note()
        began = note.began
        if began is None:
            self._do(lambda: self._port.change_note(note.note, text, self._now()))
        else:
            write = self._port.write_note
            again = self.begin
            self._do(
                lambda: write(text, note.criterion, began, self._now()), lambda: again(began, note.criterion, text)
            )

    def _drop_note(self) -> None:
        self._close_note()
        self._port.keep_draft("", "", None)
        self._page.refresh()

    def _close_note(self) -> None:
        self._draft.stop()
        self._page.notes.editor.end()
        self._page.render_actions()
        self._page.take_focus()

    def _change_note(self, note: NoteView) -> None:
        page = self._page
        if (page.rating or page.list_shown) and not page.notes.editor.writing:
            self._leave_list()
            page.notes.editor.begin(page.notes.reopen(note, page.view), note.text)
            page.render_actions()
            page.notes.editor.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tie_note(self, note: NoteView, number: int) -> None:
        row = next((one for one in self._page.view.rows if one.number == number and one.criterion), None)
        if row is not None or number == 0:
            self._move(note, row.criterion if row else "")

    def _move(self, note: NoteView, criterion: str) -> None:
        self._do(lambda: self._port.move_note(note.id, criterion, self._now()))

    def show_list(self) -> None:
        """To the list and back."""
        page = self._page
        page.list_shown = not page.list_shown
        page.refresh()
        page.notes.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _leave_list(self) -> None:
        self._page.list_shown = False
        self._page.refresh()
        self._page.widget.setFocus(Qt.FocusReason.OtherFocusReason)
