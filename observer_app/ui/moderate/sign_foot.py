# SPDX-License-Identifier: GPL-3.0-or-later
"""The foot of the marks: a note being written, or the passphrase that signs, or the two buttons that lead there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from observer_app.domain.record import RecordState
from observer_app.errors import ObserverError
from observer_app.ui.moderate.late_form import LateForm
from observer_app.ui.strings import clock_words, refused_words, say
from observer_app.ui.widgets.buttons import Button, KeyCap
from observer_app.ui.widgets.fields import Field, TextField
from observer_app.ui.widgets.give_out import GiveOut, span_words
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import Panel, column, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import ClipView, ReplayView

__all__ = ["SignFoot"]


class SignFoot(Panel):
    """`note_asked`, `noted(text)`, `note_dropped`, `signed_with(passphrase)`, `compare_asked`."""

    note_asked = Signal()
    noted = Signal(str)
    note_dropped = Signal()
    signed_with = Signal(str)
    compare_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "t", parent=parent)
        self._left: tuple[str, ...] = ()
        self._signed = False
        self.line = Line()
        self.note_button = Button(say("replay.note"), icon="pencil-line")
        self.sign_button = Button(say("replay.sign"), icon="signature", kind="main")
        self._buttons, self._note, self._sign = QWidget(), QWidget(), QWidget()
        row(self.note_button, self.sign_button, gap=8, into=self._buttons).setStretch(1, 1)
        self.note_head = Text(weight=600)
        self.note = TextField(say("replay.note_name"), lines=3)
        caps = row(KeyCap("Enter"), Text(say("replay.keep"), "caption", "soft"), 8, KeyCap("Esc"),
                   Text(say("replay.drop"), "caption", "soft"), None, gap=4)  # fmt: skip
        column(self.note_head, self.note, caps, gap=8, into=self._note)
        self.passphrase = Field(say("passphrase"), secret=True)
        self.sign_now = Button(say("replay.sign_now"), icon="signature", kind="main")
        self.cancel = Button(say("word.cancel"), weight=500)
        column(Text(say("replay.sign_words"), tone="soft", wrap=True), Text(say("passphrase"), weight=500),
               self.passphrase, row(self.sign_now, self.cancel, gap=8), gap=8, into=self._sign)  # fmt: skip
        self.give, self.late = GiveOut(), LateForm()
        column(
            self.line,
            self._note,
            self._sign,
            self.give,
            self.late,
            self._buttons,
            gap=8,
            margins=(20, 12, 20, 16),
            into=self,
        )
        self._connect()
        self._show(self._buttons)

    def ask_to_give(self, view: ReplayView, clip: ClipView | None) -> None:
        """What for, why, where to: for a clip, or (None) the marks."""
        self.line.say("")
        who = view.candidate.id
        head = say("give.clip", span=span_words(clip)) if clip else say("give.marks")
        name = f"{who}-clip-{clip.start_ms // 1000}s.mp4" if clip else f"{who}-marks"
        self.give.start(head, name, training_ok=view.training_ok)
        self._show(self.give)
        self.give.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    def end_give(self, words: str = "") -> None:
        """Back to the buttons; `words` say where it lies."""
        self.give.forget()
        self._show(self._buttons)
        self.line.say(words, "good")

    def ask_late(self) -> None:
        """The form that says how late the picture comes."""
        self.line.say("")
        self._show(self.late)

    def end_late(self, words: str = "") -> None:
        """Back to the buttons; the passphrase does not stay."""
        self.late.forget()
        self._show(self._buttons)
        self.line.say(words, "good")

    def _connect(self) -> None:
        self.note_button.clicked.connect(self.note_asked)
        self.sign_button.clicked.connect(self._sign_pressed)
        self.note.kept.connect(self._keep)
        self.note.dropped.connect(self.end_note)
        self.sign_now.clicked.connect(self._sign_with)
        self.passphrase.returnPressed.connect(self._sign_with)
        self.cancel.clicked.connect(self.end_sign)
        self.give.left.connect(self.end_give)

    def _show(self, part: QWidget) -> None:
        for one in (self._buttons, self._note, self._sign, self.give, self.late):
            one.setVisible(one is part)

    # ---- what is shown ----

    def render_view(self, view: ReplayView) -> None:
        """What is left before signing."""
        self._left, self._signed = view.left, view.state >= RecordState.SIGNED
        self.note_button.setVisible(not self._signed)
        words = say("replay.sign_left", n=len(view.left)) if view.left else say("replay.sign")
        self.sign_button.setText(say("replay.compare") if self._signed else words)
        self.sign_button.set_icon("equal" if self._signed else "signature")
        self.sign_button.set_ready(self._signed or not view.left)

    # ---- a note ----

    def start_note(self, at_ms: int, number: int) -> None:
        """The note's line, for a moment and (0: none) a criterion."""
        key = "replay.note_about" if number else "replay.note_at"
        self.start_words(say(key, time=clock_words(at_ms), number=number))

    def start_words(self, head: str, text: str = "") -> None:
        """A line of words under a heading; `text` is what stands there already."""
        self.note_head.setText(head)
        self.note.setPlainText(text)
        self.note.selectAll()
        self.line.say("")
        self._show(self._note)
        self.note.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def end_note(self) -> None:
        """Away with it."""
        self.note.clear()
        self._show(self._buttons)
        self.note_dropped.emit()

    def _keep(self, text: str) -> None:
        if text:
            self.noted.emit(text)
        self.end_note()

    @property
    def writing(self) -> bool:
        """Whether a note is being written."""
        return not self._note.isHidden()

    # ---- signing ----

    def _sign_pressed(self) -> None:
        if self._signed:
            self.compare_asked.emit()
        elif self._left:
            self.line.say(say("replay.left", things="; ".join(self._left)))
        else:
            self.line.say("")
            self._show(self._sign)
            self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)

    def end_sign(self) -> None:
        """Back to the buttons; the passphrase does not stay."""
        self.passphrase.clear()
        self.give.forget()
        self.late.forget()
        self.line.say("")
        self.set_busy(False)
        self._show(self._buttons)

    def set_busy(self, busy: bool) -> None:
        """While it is being signed."""
        self.sign_now.set_ready(not busy)
        self.sign_now.setText(say("replay.signing" if busy else "replay.sign_now"))

    def _sign_with(self) -> None:
        if not self.sign_now.ready:
            return
        if not self.passphrase.text():
            self.line.say(say("passphrase.missing"))
            return
        self.line.say("")
        self.set_busy(True)
        self.signed_with.emit(self.passphrase.text())

    def refused(self, error: ObserverError) -> None:
        """It could not be signed."""
        self.set_busy(False)
        self.line.say(refused_words(error), "bad")
        self.passphrase.selectAll()
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)
