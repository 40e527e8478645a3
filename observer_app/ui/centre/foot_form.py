# SPDX-License-Identifier: GPL-3.0-or-later
"""The short form under the board: reason, minutes, another assessor or room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from observer_app.ui.strings import say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Field
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import column, row
from observer_app.ui.widgets.pickers import Picker
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import BoardRow

__all__ = ["Asked", "FootForm"]

_MOST_MINUTES = 600
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """What the manager wants written down: reason, absent, late, swap or abandoned. "" for what a swap leaves."""

    action: str
    sitting: str
    reason: str
    minutes: int = 0
    assessor: str = ""
    room: str = ""


class FootForm(QWidget):
    """`asked` once everything is filled in, `dropped` on Cancel or Esc."""

    asked = Signal(object)
    dropped = Signal()

    def __init__(self, action: str, found: BoardRow, assessors: Sequence[tuple[str, str]], rooms: Sequence[str],
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self.action, self._found = action, found
        hint = say("foot.why_later" if action == "absent" else "foot.why_hint")
        self.why = Field(say("foot.why"), hint=hint, high=40)
        self.why.setMaxLength(_LONGEST)
        self.minutes = Field(say("foot.minutes"), high=40)
        self.minutes.setMaximumWidth(Theme.current.size(96))
        here = next((key for key, name in assessors if found.assessor in (key, name)), "")
        self.assessor = Picker(say("foot.assessor"))
        self.assessor.render_choices(assessors, here)
        self.room = Picker(say("foot.room"))
        self.room.render_choices([(room, room) for room in rooms], found.room)
        self._before = (self.assessor.choice, self.room.choice)
        self.trouble = Line()
        self.go = Button(say("foot.write"), kind="main", high=40)
        self.cancel = Button(say("word.cancel"), weight=500, high=40)
        self._lay_out()
        self.go.clicked.connect(self._ask)
        self.cancel.clicked.connect(self.dropped)
        for field in (self.why, self.minutes):
            field.returnPressed.connect(self._ask)

    def _lay_out(self) -> None:
        title = Text(say(f"foot.title.{self.action}", name=self._found.candidate.name), weight=600, wrap=True)
        line = QHBoxLayout()
        line.setSpacing(8)
        shown: list[tuple[str, QWidget]] = []
        if self.action == "late":
            shown.append(("foot.minutes", self.minutes))
        if self.action == "swap":
            shown += [("foot.assessor", self.assessor), ("foot.room", self.room)]
        shown.append(("foot.why", self.why))
        for key, field in shown:
            line.addWidget(Text(say(key), weight=500))
            line.addWidget(field, 1 if field is self.why else 0)
        for unused in {self.minutes, self.assessor, self.room} - {field for _, field in shown}:
            unused.setParent(self)
            unused.hide()
        buttons = row(self.go, self.cancel, gap=8)
        if Theme.current.one_column:
            column(title, self.trouble, line, row(None, buttons), gap=8, margins=(24, 8, 24, 12), into=self)
            return
        line.addLayout(buttons)
        column(title, self.trouble, line, gap=8, margins=(24, 8, 24, 12), into=self)

    def start(self) -> None:
        """The first field waits for keys."""
        first = {"late": self.minutes, "swap": self.assessor}.get(self.action, self.why)
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_busy(self, busy: bool) -> None:
        """While it is being written."""
        self.go.set_ready(not busy)
        self.go.setText(say("foot.writing" if busy else "foot.write"))

    def _ask(self) -> None:
        if not self.go.ready:
            return
        missing = self._missing()
        self.trouble.say(missing[0] if missing else "")
        if missing:
            missing[1].setFocus(Qt.FocusReason.OtherFocusReason)
            return
        minutes = int(self.minutes.text()) if self.action == "late" else 0
        self.set_busy(True)
        self.asked.emit(Asked(self.action, self._found.sitting, self.why.text().strip(), minutes,
                              _changed(self._before[0], self.assessor),
                              _changed(self._before[1], self.room)))  # fmt: skip

    def _missing(self) -> tuple[str, QWidget] | None:
        if self.action == "late":
            typed = self.minutes.text().strip()
            if not (typed.isascii() and typed.isdigit() and 0 < int(typed) <= _MOST_MINUTES):
                return say("foot.missing_minutes"), self.minutes
        if self.action == "swap" and (self.assessor.choice, self.room.choice) == self._before:
            return say("foot.missing_change"), self.assessor
        if self.action != "absent" and not self.why.text().strip():
            return say("foot.missing_why"), self.why
        return None


def _changed(before: str, picker: Picker) -> str:
    """What was chosen instead, "" where it stayed."""
    return picker.choice if picker.choice != before else ""
