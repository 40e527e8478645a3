# SPDX-License-Identifier: GPL-3.0-or-later
"""It is somebody else in the room: who it is, chosen from those it could be."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from observer_app.ui.strings import say
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.marks import Photo
from observer_app.ui.widgets.panel import Panel, column, emptied, page_column, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.views import OtherPerson

__all__ = ["OtherPersonStep"]


class _Choice(Panel):
    """One booking it could be about."""

    def __init__(self, other: OtherPerson) -> None:
        super().__init__("surface", "all", edge="line")
        who = other.candidate
        photo = Photo(56, 68, grows=True)
        photo.render_bytes(who.photo, say("photo.of" if who.photo else "photo.none", name=who.name))
        words = column(
            None, Text(who.name, weight=600, wrap=True),
            Text(say("live.other_at", time=other.starts, id=who.id), tone="soft", wrap=True), None,
        )  # fmt: skip
        name = say("live.other_pick", name=who.name, time=other.starts)
        self.button = Button(say("live.identity_yes"), high=44, name=name)
        row(photo, words, self.button, gap=12, margins=(12, 8, 12, 8), into=self).setStretch(1, 1)


class OtherPersonStep(QWidget):
    """`picked(sitting)`, `nobody` of these, `left`."""

    picked = Signal(str)
    nobody = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choices: dict[str, Button] = {}
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        self.back = Button(say("word.back"), high=44)
        self.none = Button(say("live.other_none"), high=44)
        self.back.clicked.connect(self.left)
        self.none.clicked.connect(self.nobody)
        page_column(Text(say("live.other_title"), "title", wrap=True), 8,
                    Text(say("live.other_words"), tone="soft", wrap=True), 16, self._list, 16,
                    row(self.back, self.none, None, gap=8), None, into=self)  # fmt: skip

    def render_others(self, others: tuple[OtherPerson, ...]) -> None:
        """Those it could be."""
        emptied(self._list)
        self.choices = {}
        for other in others:
            choice = _Choice(other)
            choice.button.clicked.connect(lambda _=False, sitting=other.sitting: self.picked.emit(sitting))
            self._list.addWidget(choice)
            self.choices[other.sitting] = choice.button

    def take_focus(self) -> None:
        """Back, so that no Enter changes whom it is about."""
        self.back.setFocus(Qt.FocusReason.OtherFocusReason)
