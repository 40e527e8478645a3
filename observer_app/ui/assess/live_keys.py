# SPDX-License-Identifier: GPL-3.0-or-later
"""What keys and buttons do on the Live screen. Each press becomes one call on the port, with the moment of the key."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from observer_app.domain.moment import Moment
from observer_app.errors import ObserverError
from observer_app.ui.assess.actions import ActionBar, KeysOverlay
from observer_app.ui.assess.notes import NotesPanel, OpenNote
from observer_app.ui.assess.rubric import Rubric
from observer_app.ui.assess.steps import DoneStep, IdentityStep, StartStep
from observer_app.ui.assess.strip import Strip
from observer_app.ui.page import ShellPort
from observer_app.ui.strings import minutes_words, say
from observer_app.ui.tasks import watch
from observer_app.workflows.ports import LivePort
from observer_app.workflows.views import LiveView, NoteView

__all__ = ["LiveKeys"]

_DRAFT_MS = 250
_Write = Callable[[], "Future[None]"]


class KeyedPage(Protocol):
    """The Live screen as its keys see it: the parts they listen to, what is in front, and what they may ask of it."""

    port: LivePort
    shell: ShellPort
    rubric: Rubric
    bar: ActionBar
    identity: IdentityStep
    start: StartStep
    done: DoneStep
    keys_table: KeysOverlay
    strip: Strip
    notes: NotesPanel
    overlay: bool
    list_shown: bool
    rows_after: bool

    @property
    def widget(self) -> QWidget: ...
    @property
    def view(self) -> LiveView: ...
    @property
    def rating(self) -> bool: ...
    def at_ms(self, moment: Moment) -> int: ...
    def refresh(self) -> None: ...
    def failed(self, error: ObserverError) -> None: ...
    def render_actions(self) -> None: ...
    def take_focus(self) -> None: ...
    def leave(self) -> None: ...
    def to_review(self) -> None: ...


class LiveKeys:
    """`press(event)` says whether the key meant something."""

    def __init__(self, page: KeyedPage) -> None:
        self._page, self._port = page, page.port
        self._last = page.shell.keys.pressed()
        self._draft = QTimer(page.widget)
        self._draft.setSingleShot(True)
        self._draft.setInterval(_DRAFT_MS)
        self._draft.timeout.connect(self.flush_draft)
        key = Qt.Key
        self._plain: dict[int, Callable[[Moment], None]] = {
            key.Key_N: self.note, key.Key_F: self.flag, key.Key_P: self.pause, key.Key_BracketLeft: self.open_clip,
            key.Key_BracketRight: self.close_clip, key.Key_Backspace: self.withdraw,
        }  # fmt: skip
        self._connect()

    def _connect(self) -> None:
        page = self._page
        page.rubric.rated.connect(lambda criterion, value: self.rate(criterion, value, self._now()))
        page.rubric.moved.connect(lambda _: page.render_actions())
        page.bar.pressed.connect(self.button)
        page.identity.confirmed.connect(lambda: self._do(lambda: self._port.confirm_identity(self._now())))
        page.identity.refused.connect(self.wrong_candidate)
        page.start.started.connect(lambda: self._do(lambda: self._port.next_phase(self._now())))
        page.done.review.connect(page.to_review)
        page.done.rows.connect(self._show_rows)
        page.keys_table.closed.connect(self.toggle_keys)
        page.keys_table.left.connect(page.leave)
        page.strip.go_on.clicked.connect(lambda: self.pause(self._now()))
        page.strip.leave.clicked.connect(page.leave)
        page.strip.abandon.clicked.connect(self.abandon)
        editor, notes = page.notes.editor, page.notes.list
        editor.kept.connect(self._keep_note)
        editor.dropped.connect(self._drop_note)
        editor.changed.connect(lambda _: self._draft.start())
        notes.change.connect(self._change_note)
        notes.remove.connect(lambda note: self._do(lambda: self._port.remove_note(note.id, self._now())))
        notes.tie.connect(self._tie_note)
        notes.left.connect(self._leave_list)

    def _now(self) -> Moment:
        return self._page.shell.keys.pressed()

    def _do(self, write: _Write) -> None:
        """Calls the port, shows at once what stands, and again when the disk has confirmed."""
        page = self._page
        try:
            saved = write()
        except ObserverError as error:
            page.failed(error)
            return
        page.refresh()
        watch(saved, page.widget).then(lambda _: self._confirmed()).or_else(page.failed)

    def _confirmed(self) -> None:
        self._page.strip.set_failure("")
        self._page.refresh()

    # ---- keys ----

    def press(self, event: QKeyEvent) -> bool:
        """A key that no text field wanted."""
        if event.isAutoRepeat():
            return True
        page, key = self._page, event.key()
        at = page.shell.keys.moment(event)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key == Qt.Key.Key_F1 or (key == Qt.Key.Key_Escape and page.overlay):
            self.toggle_keys()
        elif key == Qt.Key.Key_Escape and page.strip.asking:
            page.strip.cancel()
        elif not page.rating or page.strip.asking:
            return False
        elif control:
            return self._control(key, at)
        elif page.notes.editor.writing:
            return False
        else:
            return self._one_key(event, at)
        return True

    def _control(self, key: int, at: Moment) -> bool:
        view = self._page.view
        if key == Qt.Key.Key_Z and view.can_undo:
            self._do(lambda: self._port.undo(at))
        elif key == Qt.Key.Key_Y and view.can_redo:
            self._do(lambda: self._port.redo(at))
        return key in (Qt.Key.Key_Z, Qt.Key.Key_Y)

    def _one_key(self, event: QKeyEvent, at: Moment) -> bool:
        page, key = self._page, event.key()
        row = page.rubric.view
        if event.text().isdigit() and row is not None and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            value = int(event.text())
            if value in [v for v, _ in row.scale]:
                self.rate(row.criterion, value, at)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            page.rubric.step(-1 if key == Qt.Key.Key_Up else 1)
            page.widget.setFocus(Qt.FocusReason.OtherFocusReason)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            page.rubric.rows[page.rubric.current].scale.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif key == Qt.Key.Key_F3:
            self._show_list()
        elif key == Qt.Key.Key_N and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._begin_note(at, "")
        elif key in self._plain:
            self._plain[key](at)
        else:
            return False
        return True

    def button(self, word: str) -> None:
        """A button of the action bar; the focus goes back to where keys rate."""
        at, page = self._now(), self._page
        page.widget.setFocus(Qt.FocusReason.OtherFocusReason)
        if word == "clip":
            (self.close_clip if page.view.clip_open else self.open_clip)(at)
        elif word == "keys":
            self.toggle_keys()
        elif word == "list":
            self._show_list()
        elif word == "next":
            self.next_phase()
        elif word in ("undo", "redo"):
            self._control(Qt.Key.Key_Z if word == "undo" else Qt.Key.Key_Y, at)
        else:
            {"note": self.note, "flag": self.flag}[word](at)

    # ---- rating ----

    def rate(self, criterion: str, value: int, at: Moment) -> None:
        """Rates; the workflow knows a second press of the same key for what it is."""
        if self._page.rating:
            self._do(lambda: self._port.rate(criterion, value, at))

    def withdraw(self, at: Moment) -> None:
        """Takes the current row's rating back."""
        row = self._page.rubric.view
        if row is not None and row.value is not None and row.criterion:
            self._do(lambda: self._port.withdraw(row.criterion, at))

    def flag(self, at: Moment) -> None:
        """Flags the moment, on the current row."""
        self._do(lambda: self._port.flag(self._page.rubric.criterion, at))

    def open_clip(self, at: Moment) -> None:
        """`[`"""
        if not self._page.view.clip_open:
            self._do(lambda: self._port.open_clip(at))

    def close_clip(self, at: Moment) -> None:
        """`]`"""
        if self._page.view.clip_open:
            self._do(lambda: self._port.close_clip(at))

    # ---- notes ----

    def note(self, at: Moment) -> None:
        """Opens the line at this moment, tied to the current row."""
        self._begin_note(at, self._page.rubric.criterion)

    def _begin_note(self, at: Moment, criterion: str, text: str = "") -> None:
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
        self._begin_note(began, criterion, text)

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
            self._do(lambda: self._port.write_note(text, note.criterion, began, self._now()))

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
        if page.rating or page.list_shown:
            self._leave_list()
            page.notes.editor.begin(page.notes.reopen(note, page.view), note.text)
            page.render_actions()
            page.notes.editor.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tie_note(self, note: NoteView, number: int) -> None:
        row = next((one for one in self._page.view.rows if one.number == number and one.criterion), None)
        if row is not None or number == 0:
            self._do(lambda: self._port.move_note(note.id, row.criterion if row else "", self._now()))

    def _show_list(self) -> None:
        page = self._page
        page.list_shown = not page.list_shown
        page.refresh()
        page.notes.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _leave_list(self) -> None:
        self._page.list_shown = False
        self._page.refresh()
        self._page.widget.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- phases ----

    def next_phase(self) -> None:
        """Ends the phase; asks first when time is left."""
        page = self._page
        view = page.view
        if view.phases and all(phase.state == "done" for phase in view.phases):
            page.to_review()
        elif view.phase is not None and view.remaining_s > 0:
            words = say("live.end_early", left=minutes_words(view.remaining_s))
            page.strip.offer(words, view.next_action, say("live.end_no"), lambda _: self._next(), self._back)
            page.render_actions()
        else:
            self._next()

    def _next(self) -> None:
        self._do(lambda: self._port.next_phase(self._now()))
        self._back()

    def pause(self, at: Moment) -> None:
        """Pauses with a reason, or goes on."""
        view = self._page.view
        if view.paused:
            self._do(lambda: self._port.resume(at))
            self._back()
        elif view.phase is not None:
            self._ask(say("live.pause_why"), lambda reason: self._do(lambda: self._port.pause(reason, at)))

    def abandon(self) -> None:
        """Ends the observation for good, with a reason."""
        self._ask(say("live.abandon_why"), lambda reason: self._gone(lambda: self._port.abandon(reason, self._now())))

    def wrong_candidate(self) -> None:
        """Someone else is there: with a reason, back to Today."""
        self._ask(say("live.identity_why"),
                  lambda reason: self._gone(lambda: self._port.wrong_candidate(reason, self._now())))  # fmt: skip

    def _gone(self, write: _Write) -> None:
        try:
            saved = write()
        except ObserverError as error:
            self._page.failed(error)
            return
        watch(saved, self._page.widget).then(lambda _: self._page.leave()).or_else(self._page.failed)

    def _ask(self, question: str, answered: Callable[[str], None]) -> None:
        def taken(reason: str) -> None:
            answered(reason)
            self._back()

        self._page.strip.ask(question, taken, self._back)
        self._page.render_actions()

    def _back(self) -> None:
        self._page.render_actions()
        self._page.take_focus()

    # ---- what is in front ----

    def toggle_keys(self) -> None:
        """F1."""
        if self._page.notes.editor.writing or self._page.strip.asking:
            return
        self._page.overlay = not self._page.overlay
        self._page.refresh()

    def _show_rows(self) -> None:
        self._page.rows_after = True
        self._page.refresh()
