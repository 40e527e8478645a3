# SPDX-License-Identifier: GPL-3.0-or-later
"""What keys and buttons do on the Live screen. Each press becomes one call on the port, with the moment of the key."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from observer_app.domain.moment import Moment
from observer_app.errors import ObserverError
from observer_app.ui.assess.keyed_page import KeyedPage
from observer_app.ui.assess.note_keys import NoteKeys
from observer_app.ui.strings import minutes_words, say
from observer_app.ui.tasks import watch

__all__ = ["LiveKeys"]

_Write = Callable[[], "Future[None]"]
# A disk answers within milliseconds as a rule. For that long the window lets the disk have the processor: then the tick
# is painted at once, not behind a painting of "Saving" that nobody could have read. Less than a picture on any screen.
_AT_ONCE_S = 0.012


class LiveKeys:
    """`press(event)` says whether the key meant something."""

    def __init__(self, page: KeyedPage) -> None:
        self._page, self._port = page, page.port
        self.notes = NoteKeys(page, self._do)
        key = Qt.Key
        self._plain: dict[int, Callable[[Moment], None]] = {
            key.Key_N: self.notes.note, key.Key_F: self.flag, key.Key_P: self.pause, key.Key_C: self.mark_clip,
            key.Key_BracketLeft: self.open_clip, key.Key_BracketRight: self.close_clip,
            key.Key_Backspace: self.withdraw,
        }  # fmt: skip
        self._connect()

    def _connect(self) -> None:
        page = self._page
        page.rubric.rated.connect(lambda criterion, value: self.rate(criterion, value, self._now()))
        page.rubric.moved.connect(lambda _: page.render_actions())
        page.notes.editor.turned.connect(page.render_actions)
        page.bar.pressed.connect(self.button)
        page.identity.confirmed.connect(lambda: self._do(lambda: self._port.confirm_identity(self._now())))
        page.identity.refused.connect(self.wrong_candidate)
        page.start.started.connect(lambda: self._do(lambda: self._port.next_phase(self._now())))
        page.done.review.connect(page.to_review)
        page.done.rows.connect(self._show_rows)
        page.keys_table.closed.connect(self.toggle_keys)
        page.keys_table.chosen.connect(self._choose)
        page.strip.go_on.clicked.connect(lambda: self.pause(self._now()))
        page.strip.leave.clicked.connect(page.leave)
        page.strip.abandon.clicked.connect(self.abandon)
        page.other.picked.connect(self._it_is)
        page.other.nobody.connect(self.close_as_wrong)
        page.other.left.connect(self._leave_other)

    def _now(self) -> Moment:
        return self._page.shell.keys.pressed()

    def _do(self, write: _Write, lost: Callable[[], None] = lambda: None) -> None:
        """Calls the port, shows what stands as soon as the disk has confirmed, or else at once and then again; `lost`
        when it has not."""
        page = self._page

        def failed(error: ObserverError) -> None:
            page.failed(error)
            lost()

        try:
            saved = write()
        except ObserverError as error:
            failed(error)
            return
        wait((saved,), _AT_ONCE_S)
        if saved.done() and saved.exception() is None:
            self._confirmed()
            return
        page.refresh()
        watch(saved, page.widget).then(lambda _: self._confirmed()).or_else(failed)

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
        # Decimal: “²”, which some keyboards have a key for, is a digit that is no number.
        if event.text().isdecimal() and row is not None and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            value = int(event.text())
            if value in [v for v, _ in row.scale]:
                self.rate(row.criterion, value, at)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            page.rubric.step(-1 if key == Qt.Key.Key_Up else 1)
            page.widget.setFocus(Qt.FocusReason.OtherFocusReason)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            page.rubric.rows[page.rubric.current].scale.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif key == Qt.Key.Key_F3:
            self.notes.show_list()
        elif key == Qt.Key.Key_N and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.notes.begin(at, "")
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
            self.notes.show_list()
        elif word == "next":
            self.next_phase()
        elif word in ("undo", "redo"):
            self._control(Qt.Key.Key_Z if word == "undo" else Qt.Key.Key_Y, at)
        else:
            {"note": self.notes.note, "flag": self.flag}[word](at)

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

    def mark_clip(self, at: Moment) -> None:
        """A whole clip by one key: what led to this moment and a little after it."""
        self._do(lambda: self._port.mark_clip(at))

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
        """Someone else is there: who, where it may be one of several; else, with a reason, back to Today."""
        page, others = self._page, self._port.others()
        begun = page.view.phase is not None or any(phase.state == "done" for phase in page.view.phases)
        if not (others and begun):
            self.close_as_wrong()
            return
        page.other.render_others(others)
        page.other_shown = True
        page.refresh()

    def _leave_other(self) -> None:
        self._page.other_shown = False
        self._page.refresh()

    def close_as_wrong(self) -> None:
        """It was opened by mistake: it stays on record, the sitting goes back to the list."""
        self._ask(say("live.identity_why"),
                  lambda reason: self._gone(lambda: self._port.wrong_candidate(reason, self._now())))  # fmt: skip

    def _it_is(self, sitting: str) -> None:
        def moved(reason: str) -> None:
            self._gone(lambda: self._port.move_to(sitting, reason, self._now()), sitting)

        self._ask(say("live.other_why"), moved)

    def _gone(self, write: _Write, to: str = "") -> None:
        """Leaves once the disk has it: for Today, or to the sitting it has become."""
        page = self._page
        try:
            saved = write()
        except ObserverError as error:
            page.failed(error)
            return
        watch(saved, page.widget).then(lambda _: page.moved_to(to) if to else page.leave()).or_else(page.failed)

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

    def _choose(self, word: str) -> None:
        """A button of the page of keys: it closes, then does what it says."""
        self.toggle_keys()
        at = self._now()
        {
            "pause": lambda: self.pause(at), "withdraw": lambda: self.withdraw(at), "leave": self._page.leave,
            "other": self.wrong_candidate, "abandon": self.abandon,
        }[word]()  # fmt: skip

    def _show_rows(self) -> None:
        self._page.rows_after = True
        self._page.refresh()
