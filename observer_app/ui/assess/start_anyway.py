# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting although a check needs you: the reason is asked for in place and goes on the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from observer_app.ui.strings import say
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Answer
from observer_app.ui.widgets.focus import give_focus
from observer_app.ui.widgets.panel import Icon, Panel, column, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.views import CheckView

__all__ = ["StartAnyway"]


class StartAnyway(QWidget):
    """Hidden until `ask`; answered with a reason or left, and then hidden again."""

    def __init__(self) -> None:
        super().__init__()
        self._answered: Callable[[str], None] | None = None
        self._back_to: QWidget | None = None
        self._words = Text(weight=600, wrap=True)
        self.reason = Answer(say("today.why_start"))
        self.go = Button(say("today.start_so"), kind="main")
        self.back = Button(say("word.back"))
        answer = row(self.reason, self.go, self.back, gap=8)
        answer.setStretch(0, 1)
        words = column(self._words, Text(say("today.why_start"), wrap=True), 8, answer)
        panel = Panel("warnt", "round")
        row(column(2, Icon("triangle-alert", "warn"), None), words, gap=12, margins=(16, 12, 16, 16),
            into=panel).setStretch(1, 1)  # fmt: skip
        column(16, panel, into=self)
        self.reason.returnPressed.connect(self._answer)
        self.reason.dropped.connect(self.leave)
        self.go.clicked.connect(self._answer)
        self.back.clicked.connect(self.leave)
        self.reason.textChanged.connect(lambda words: self.go.set_ready(bool(words.strip())))
        self.hide()

    def ask(self, checks: Sequence[CheckView], answered: Callable[[str], None], back_to: QWidget | None) -> None:
        """Names the checks and asks why to start all the same."""
        self._answered, self._back_to = answered, back_to
        self._words.setText(". ".join(check.title for check in checks) + ".")
        self.reason.clear()
        self.go.set_ready(False)
        self.show()
        give_focus(self.reason)

    def _answer(self) -> None:
        words, answered = self.reason.text().strip(), self._answered
        if not words or answered is None:
            self.reason.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.hide()
        answered(words)

    def leave(self) -> None:
        """Nothing is started."""
        self.hide()
        if self._back_to is not None:
            give_focus(self._back_to)
