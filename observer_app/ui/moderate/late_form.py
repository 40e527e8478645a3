# SPDX-License-Identifier: GPL-3.0-or-later
"""Which picture belongs to a mark: the form under the marks. It says what it sees and what it is told, and decides
nothing."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from observer_app.errors import ObserverError
from observer_app.ui.strings import refused_words, say
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Field
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import column, row
from observer_app.ui.widgets.text import Text

__all__ = ["LateForm"]

_NUMBER = re.compile(r"-?\d{1,6}")


class LateForm(QWidget):
    """`stepped(frames)`; `typed(ms late)` while a number is being typed; `wanted(ms late, reason, passphrase)`;
    `left` when it was thought better of."""

    stepped = Signal(int)
    typed = Signal(int)
    wanted = Signal(int, str, str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head, how = Text(weight=600, wrap=True), Text(say("late.how"), tone="soft", wrap=True)
        self.apart = Text(weight=500, wrap=True)
        self.earlier = Button("", icon="step-back", high=40, name=say("late.earlier"))
        self.later = Button("", icon="step-forward", high=40, name=say("late.later"))
        self.late, self.reason = Field(say("late.ms"), high=40), Field(say("late.reason"))
        self.passphrase = Field(say("passphrase"), secret=True)
        self.go = Button(say("late.go"), icon="signature", kind="main")
        self.cancel = Button(say("word.cancel"), weight=500)
        self.line = Line()
        steps = row(self.earlier, self.later, self.late, gap=8)
        steps.setStretch(2, 1)
        foot = row(self.go, self.cancel, gap=8)
        foot.setStretch(0, 1)
        column(
            self.head, how, self.apart, column(Text(say("late.ms"), weight=500, wrap=True), steps, gap=2),
            column(Text(say("late.reason"), weight=500, wrap=True), self.reason, gap=2),
            column(Text(say("passphrase"), weight=500), self.passphrase, gap=2), self.line, foot,
            gap=8, into=self,
        )  # fmt: skip
        self.earlier.clicked.connect(lambda: self.stepped.emit(-1))
        self.later.clicked.connect(lambda: self.stepped.emit(1))
        self.late.textEdited.connect(self._typed)
        self.go.clicked.connect(self._ask)
        self.passphrase.returnPressed.connect(self._ask)
        self.cancel.clicked.connect(self.left)

    def start(self, head: str) -> None:
        """For a mark, in words."""
        self.head.setText(head)
        self.reason.clear()
        self.passphrase.clear()
        self.line.say("")
        self.set_busy(False)

    def render_late(self, late_ms: int, apart_ms: int) -> None:
        """How late that would make it, and how far the picture shown is from the mark's own (ms)."""
        if self.late.text() != str(late_ms):
            self.late.setText(str(late_ms))
        key = "late.after" if apart_ms > 0 else "late.before" if apart_ms < 0 else "late.same"
        self.apart.setText(say(key, n=abs(apart_ms)))

    @property
    def number(self) -> int | None:
        """What stands in the field; None for anything but a whole number."""
        text = self.late.text().strip()
        return int(text) if _NUMBER.fullmatch(text) else None

    def _typed(self) -> None:
        if self.number is not None:
            self.typed.emit(self.number)

    def _ask(self) -> None:
        if not self.go.ready:
            return
        number = self.number
        if number is None:
            self.line.say(say("late.number"))
            self.late.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        for field, key in ((self.reason, "reason"), (self.passphrase, "passphrase")):
            if not field.text().strip():
                self.line.say(say(f"late.missing.{key}"))
                field.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        self.line.say("")
        self.set_busy(True)
        self.wanted.emit(number, self.reason.text(), self.passphrase.text())

    def set_busy(self, busy: bool) -> None:
        """While it is being signed."""
        self.go.set_ready(not busy)
        self.go.setText(say("late.going" if busy else "late.go"))

    def refused(self, error: ObserverError) -> None:
        """Nothing was written down."""
        self.set_busy(False)
        self.line.say(refused_words(error), "bad")

    def forget(self) -> None:
        """The passphrase does not stay."""
        self.passphrase.clear()
