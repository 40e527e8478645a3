# SPDX-License-Identifier: GPL-3.0-or-later
"""Marking again: how many of the day's records the framework's rules choose, and handing them to a moderator.

The page says how many, never which nor why: a moderator may be looking over the manager's shoulder.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from observer_app.errors import ObserverError
from observer_app.ui.centre.day import Day, day_words
from observer_app.ui.page import Chrome, ShellPort
from observer_app.ui.strings import counted, say
from observer_app.ui.tasks import run
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import Icon, Panel, column, row, scrolling
from observer_app.ui.widgets.pickers import Picker
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import CentrePort

__all__ = ["AgainPage"]

_WIDEST = 720


class AgainPage(QWidget):
    """Page."""

    key = "centre.again"

    def __init__(self, port: CentrePort, shell: ShellPort, day: Day) -> None:
        super().__init__()
        self.label = say("again.tab")
        self._port, self._shell, self._day = port, shell, day
        self._busy = False
        self.chosen, self.given = Text(role="lead", wrap=True), Text(tone="soft", wrap=True)
        self.who = Picker(say("again.who"))
        self.go = Button(say("again.go"), kind="main", icon="send", high=48)
        self.line = Line()
        what = Panel("surface", "all")
        counts = column(self.chosen, self.given, gap=4)
        row(Icon("clipboard-check", "soft"), counts, gap=12, margins=(20, 16, 20, 16), into=what).setStretch(1, 1)
        holder, inside = QWidget(), QWidget()
        column(Text(say("again.title"), "title"), 8, Text(say("again.words"), tone="soft", wrap=True), 16, what, 24,
               Text(say("again.who"), weight=500), 4, row(self.who, None), 16, row(self.go, None), 12, self.line, None,
               into=holder)  # fmt: skip
        holder.setMaximumWidth(Theme.current.size(_WIDEST))
        row(holder, None, margins=(24, 20, 24, 24), into=inside).setStretch(0, 100)
        column(scrolling(inside), into=self)
        self.go.clicked.connect(self.hand_over)

    # ---- Page ----

    @property
    def widget(self) -> QWidget:
        """Itself."""
        return self

    def chrome(self) -> Chrome:
        """The tabs and the connection."""
        return Chrome()

    def on_shown(self) -> None:
        """Counts anew."""
        self.who.render_choices(self._port.moderators(), self.who.choice)
        self.go.setFocus()
        self.refresh()

    def on_hidden(self) -> None:
        """Nothing runs on here."""

    # ---- counting and handing over ----

    def refresh(self) -> None:
        """The counts of the chosen day; off this thread, for every record is opened for it."""
        day = self._day.iso
        self.go.set_ready(False)
        if not day:
            self.chosen.setText(say("again.no_day"))
            return
        run(lambda: self._port.to_mark_again(day), self).then(self._counted).or_else(self._failed)

    def _counted(self, counts: tuple[int, int]) -> None:
        chosen, given = counts
        self.chosen.setText(counted("again.chosen", chosen) + ", " + day_words(self._day.iso))
        self.given.setText(counted("again.given", given))
        self.go.set_ready(chosen > given and bool(self.who.choice) and not self._busy)
        if chosen > given and not self.who.choice:
            self.line.say(say("again.nobody"))

    def hand_over(self) -> None:
        """Gives what nobody has yet to the chosen moderator."""
        day, moderator = self._day.iso, self.who.choice
        if self._busy or not day or not moderator:
            return
        self._busy = True
        self.go.set_ready(False)
        run(lambda: self._port.hand_over(day, moderator).result(), self).then(self._done).or_else(self._failed)

    def _done(self, number: int) -> None:
        self._busy = False
        self.line.say(counted("again.done", number), "good")
        self.refresh()

    def _failed(self, error: ObserverError) -> None:
        self._busy = False
        self.line.say(str(error), "bad")
