# SPDX-License-Identifier: GPL-3.0-or-later
"""The candidate at the door: photo, ID, what is to be ticked, Arrived."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from observer_app.domain.sitting import Consent
from observer_app.ui.centre.board_rows import Standing, standing
from observer_app.ui.strings import counted, say
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Choice, TickBox
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.marks import Photo
from observer_app.ui.widgets.panel import Panel, Rule, column, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import BoardRow

__all__ = ["CheckInPanel"]


class CheckInPanel(Panel):
    """`asked` carries the sitting, the consent (given or refused) and whether the recording may be used for training,
    once everything that must be ticked is."""

    asked = Signal(str, str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "l", parent=parent)
        self._row: BoardRow | None = None
        self._fresh: tuple[str, str, bool, bool] = ("", "", False, False)
        self.photo = Photo(120, 144)
        self.name = Text(role="lead", wrap=True)
        self.details = Text(tone="soft", wrap=True)
        self.identity = TickBox(say("check_in.identity"))
        self._consents = QWidget()
        self.given, self.refused_consent = Choice(say("check_in.given")), Choice(say("check_in.refused"))
        self.training = TickBox(say("check_in.training"))
        self.go = Button(say("check_in.arrived"), kind="main", icon="user-round-check", high=48)
        self.line = Line()
        self._form = QWidget()
        self._lay_out()
        self.go.clicked.connect(self._ask)
        for part in (self.identity, self.given, self.refused_consent):
            part.toggled.connect(lambda _on: self._render_button())
        self.render_row(None)

    def _lay_out(self) -> None:
        consents = QVBoxLayout(self._consents)
        consents.setContentsMargins(0, 0, 0, 0)
        consents.setSpacing(8)
        consents.addWidget(self.given)
        consents.addWidget(self.refused_consent)
        consents.addWidget(self.training)
        column(Rule(), 16, self.identity, 24, Text(say("check_in.consent"), weight=600), 8, self._consents, 24, self.go,
               into=self._form)  # fmt: skip
        who = column(self.name, 4, self.details, None)
        head = row(self.photo, who, gap=16)
        head.setStretch(1, 1)
        column(head, 24, self._form, 12, self.line, None, margins=(24, 24, 24, 24), into=self)

    def start(self) -> None:
        """The first tick waits for keys."""
        if self._row is not None:
            self.identity.setFocus(Qt.FocusReason.OtherFocusReason)

    def render_row(self, found: BoardRow | None) -> None:
        """The candidate to be checked in; what was ticked stays while it is the same one, unchanged."""
        self._row = found
        self.setVisible(found is not None)
        if found is None:
            self._fresh = ("", "", False, False)
            return
        person = found.candidate
        self.photo.render_bytes(person.photo, say("photo.of" if person.photo else "photo.none", name=person.name))
        self.name.setText(person.name)
        self.details.setText("\n".join(_details(found)))
        fresh = (found.sitting, found.consent, found.identity_checked, found.training_ok)
        if fresh != self._fresh:
            if fresh[0] != self._fresh[0]:
                self.line.say("")
            self._fresh = fresh
            self._fill(found)
        self._render_button()

    def _fill(self, found: BoardRow) -> None:
        self.identity.setChecked(found.identity_checked)
        self.training.setChecked(found.training_ok)
        for choice, value in ((self.given, Consent.GIVEN), (self.refused_consent, Consent.REFUSED)):
            choice.setAutoExclusive(False)
            choice.setChecked(found.consent == value)
            choice.setAutoExclusive(True)

    @property
    def _consent(self) -> str:
        if self.given.isChecked():
            return Consent.GIVEN.value
        return Consent.REFUSED.value if self.refused_consent.isChecked() else ""

    def _left(self) -> list[str]:
        left = [] if self.identity.isChecked() else [say("check_in.tick_identity")]
        return left if self._consent else [*left, say("check_in.choose_consent")]

    def _render_button(self) -> None:
        if self._row is None or self._busy:
            return
        left = self._left()
        came = standing(self._row) not in (Standing.DUE, Standing.ABSENT)
        words = counted("check_in.left", len(left)) if left else say("check_in.again" if came else "check_in.arrived")
        self.go.setText(words)
        self.go.set_kind("plain" if came else "main")
        self.go.set_ready(not left)

    _busy = False

    def _ask(self) -> None:
        left = self._left()
        self.line.say(" ".join(left))
        if self._row is not None and not left and not self._busy:
            self._busy = True
            self.go.set_ready(False)
            self.go.setText(say("check_in.writing"))
            training = self.training.isChecked() and self._consent == Consent.GIVEN.value
            self.asked.emit(self._row.sitting, self._consent, training)

    def written(self, words: str) -> None:
        """It is on disk."""
        self._busy = False
        self._render_button()
        self.line.say(words, "good")

    def refused(self, words: str) -> None:
        """It is not."""
        self._busy = False
        self._render_button()
        self.line.say(words, "bad")


def _details(found: BoardRow) -> list[str]:
    person = found.candidate
    lines = [say("check_in.id", id=person.id)]
    if person.registration:
        lines.append(say("check_in.registration", number=person.registration))
    lines.append(say("check_in.where", time=found.starts, room=found.room, assessor=found.assessor))
    if person.extra_percent:
        lines.append(say("check_in.extra", percent=person.extra_percent))
    return lines
