# SPDX-License-Identifier: GPL-3.0-or-later
"""The second signature under a correction: who else is here, their passphrase, and what it does."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from observer_app.ui.strings import say
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Field
from observer_app.ui.widgets.focus import give_focus
from observer_app.ui.widgets.panel import Icon, column, row
from observer_app.ui.widgets.pickers import Picker
from observer_app.ui.widgets.text import Text

__all__ = ["SecondBox"]


class SecondBox(QWidget):
    """`signed(person, passphrase)`."""

    signed = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._people: tuple[tuple[str, str], ...] = ()
        self._busy = False
        self.person = Picker(say("second.person"))
        self.passphrase = Field(say("second.passphrase"), secret=True)
        self.button = Button(say("second.sign"), icon="signature", kind="main", high=48)
        self._nobody = Text(say("second.nobody"), weight=600, wrap=True)
        self._form = QWidget()
        head = row(column(Icon("triangle-alert", "warn"), None), Text(say("second.title"), "lead", wrap=True), gap=8)
        head.setStretch(1, 1)
        column(Text(say("second.person"), weight=500, wrap=True), 4, self.person, 12,
               Text(say("second.passphrase"), weight=500, wrap=True), 4, self.passphrase, 12, self.button,
               into=self._form)  # fmt: skip
        column(head, 8, Text(say("second.words"), tone="soft", wrap=True), 12, self._nobody, self._form, into=self)
        self.passphrase.returnPressed.connect(self._press)
        self.button.clicked.connect(self._press)

    def render_people(self, people: Sequence[tuple[str, str]]) -> None:
        """(id, name) of those who can sign."""
        if tuple(people) != self._people:
            self._people = tuple(people)
            self.person.render_choices(people)
        self._nobody.setVisible(not people)
        self._form.setVisible(bool(people))

    def set_busy(self, busy: bool) -> None:
        """While the signature is made."""
        self._busy = busy
        self.button.set_ready(not busy)
        self.button.setText(say("review.signing" if busy else "second.sign"))

    def take_focus(self) -> bool:
        """To the first field; False when there is nothing to type."""
        if self._people:
            give_focus(self.person)
        return bool(self._people)

    def _press(self) -> None:
        if not self._busy:
            self.signed.emit(self.person.choice, self.passphrase.text())
