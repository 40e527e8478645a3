# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be marked again: how many records the rules choose, and handing them over. Never which, nor why:
a moderator may be looking over the manager's shoulder."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from observer_app.errors import ObserverError
from observer_app.ui.strings import counted, say
from observer_app.ui.tasks import run
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import Panel, column, row
from observer_app.ui.widgets.pickers import Picker
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import CentrePort

__all__ = ["AgainPanel"]


class AgainPanel(Panel):
    """`look(day)` asks the port off the window's thread, for every record is opened for it."""

    def __init__(self, port: CentrePort, parent: QWidget | None = None) -> None:
        super().__init__("surface", "all", parent=parent)
        self._port = port
        self._day = ""
        self._left = 0
        self._busy = False
        self.words = Text(wrap=True)
        self.moderator = Picker(say("again.moderator"))
        self.go = Button(say("again.going"), icon="send", high=40)
        self.line = Line()
        self._hand = QWidget()
        row(self.moderator, self.go, None, gap=8, into=self._hand)
        column(Text(say("again.title"), "lead"), 4, Text(say("again.words"), tone="soft", wrap=True), 12, self.words,
               12, self._hand, self.line, margins=(20, 16, 20, 16), into=self)  # fmt: skip
        self._hand.hide()
        self.go.clicked.connect(self._hand_over)

    def look(self, day: str) -> None:
        """How many are chosen on a day, and how many were handed over."""
        if day != self._day:
            self.line.say("")
        self._day = day
        self.setVisible(bool(day))
        if day and not self._busy:
            task = run(lambda: self._port.to_mark_again(day), self)
            task.then(lambda found: self._render(*found)).or_else(lambda error: self.line.say(str(error), "bad"))

    def _render(self, chosen: int, given: int) -> None:
        self._left = max(0, chosen - given)
        people = self._port.moderators()
        self.moderator.render_choices(people, self.moderator.choice)
        sentences = [counted("again.chosen", chosen) if chosen else say("again.none")]
        if chosen and not self._left:
            sentences.append(say("again.all_given"))
        elif given:
            sentences.append(counted("again.given", given))
        if self._left and not people:
            sentences.append(say("again.no_moderator"))
        self.words.setText(" ".join(sentences))
        self._hand.setVisible(bool(self._left and people))
        self.go.setText(counted("again.go", self._left))

    def _hand_over(self) -> None:
        day, moderator = self._day, self.moderator.choice
        if self._busy or not moderator:
            return
        self._set_busy(True)
        task = run(lambda: self._port.hand_over(day, moderator).result(), self)
        task.then(self._handed).or_else(self._refused)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.go.set_ready(not busy)
        self.go.setText(say("again.going") if busy else counted("again.go", self._left))

    def _handed(self, count: int) -> None:
        self._set_busy(False)
        self.line.say(counted("again.done", count), "good")
        self.look(self._day)

    def _refused(self, error: ObserverError) -> None:
        self._set_busy(False)
        self.line.say(str(error), "bad")
