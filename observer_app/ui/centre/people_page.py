# SPDX-License-Identifier: GPL-3.0-or-later
"""People: who may sign in on this machine, and adding someone. They type their own passphrase."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from observer_app.errors import ObserverError
from observer_app.ui.page import PageWidget, ShellPort
from observer_app.ui.strings import say
from observer_app.ui.tasks import run
from observer_app.ui.widgets.beside import Beside
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Field, TickBox
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import PAGE, Icon, Panel, column, emptied, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import PeoplePort
from observer_app.workflows.views import PersonCard

__all__ = ["PeoplePage"]

_ROLES = ("assessor", "manager", "moderator")


class PeoplePage(PageWidget):
    """Page."""

    key = "centre.people"

    def __init__(self, port: PeoplePort, shell: ShellPort) -> None:
        super().__init__()
        self.label = say("people.tab")
        self._port, self._shell, self._busy = port, shell, False
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        self.name, self.handle = Field(say("people.name")), Field(say("people.handle"))
        self.roles = {role: TickBox(say(f"sign_in.roles.{role}")) for role in _ROLES}
        self.passphrase = Field(say("people.passphrase"), secret=True)
        self.again = Field(say("people.again"), secret=True)
        self.go = Button(say("people.add"), kind="main", icon="user-round-check", high=48)
        self.line = Line()
        self._lay_out()
        self.go.clicked.connect(self.add)
        self.again.returnPressed.connect(self.add)

    def _lay_out(self) -> None:
        here, form = QWidget(), Panel("surface", "l")
        column(Text(say("people.title"), "title"), 8, Text(say("people.words"), tone="soft", wrap=True), 16,
               self._list, None, margins=PAGE, into=here)  # fmt: skip
        column(Text(say("people.new"), "title"), 16, Text(say("people.name"), weight=500), 4, self.name, 12,
               Text(say("people.handle"), weight=500), 4, self.handle, 12,
               Text(say("people.roles"), weight=500), 4, *self.roles.values(), 12,
               Text(say("people.passphrase"), weight=500), 4, self.passphrase, 12,
               Text(say("people.again"), weight=500), 4, self.again, 4,
               Text(say("first.passphrase_help"), tone="soft", wrap=True), 16, self.go, 12, self.line, None,
               margins=PAGE, into=form)  # fmt: skip
        column(Beside(here, form, main_scrolls=True), into=self)

    # ---- Page ----

    def on_shown(self) -> None:
        """Who is here; the name's field waits for keys."""
        self._render()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def on_hidden(self) -> None:
        """Passphrases do not stay."""
        self.passphrase.clear()
        self.again.clear()

    def _render(self) -> None:
        emptied(self._list)
        for person in self._port.here():
            self._list.addWidget(_card(person))

    # ---- adding ----

    def add(self) -> None:
        """Looks the fields over, then enrols."""
        roles = frozenset(role for role, box in self.roles.items() if box.isChecked())
        name, handle, words = self.name.text().strip(), self.handle.text().strip(), self.passphrase.text()
        if self._busy:
            return
        if not name or not handle or not roles:
            self.line.say(say("people.missing"))
        elif words != self.again.text():
            self.line.say(say("first.not_same"))
        else:
            self._busy = True
            self.go.set_ready(False)
            self.line.say(say("people.adding"), "good")
            run(lambda: self._port.add(handle, name, roles, words), self).then(self._added).or_else(self._failed)

    def _added(self, _done: None) -> None:
        self._over()
        self.line.say(say("people.added", name=self.name.text().strip()), "good")
        for field in (self.name, self.handle, self.passphrase, self.again):
            field.clear()
        for box in self.roles.values():
            box.setChecked(False)
        self._render()

    def _failed(self, error: ObserverError) -> None:
        self._over()
        self.line.say(str(error), "bad")

    def _over(self) -> None:
        self._busy = False
        self.go.set_ready(True)


def _card(person: PersonCard) -> Panel:
    box = Panel("surface", "all")
    roles = ", ".join(say(f"sign_in.roles.{role.value}") for role in sorted(person.roles))
    lines = column(Text(person.name, weight=600, wrap=True), Text(roles, tone="soft", wrap=True), gap=2)
    row(Icon("user-round", "soft"), lines, gap=12, margins=(16, 12, 16, 12), into=box).setStretch(1, 1)
    return box
