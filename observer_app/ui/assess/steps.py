# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the rubric's place before the first phase and after the last: who is this, start, done."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from observer_app.ui.strings import minutes_words, say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.marks import Photo
from observer_app.ui.widgets.panel import Icon, Panel, centred, column, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.views import LiveView

__all__ = ["DeafStep", "DoneStep", "IdentityStep", "StartStep"]

_OTHER = Qt.FocusReason.OtherFocusReason


def _stage(inside: QBoxLayout, into: QWidget) -> None:
    """Centred, and scrolling where text is large."""
    holder = QWidget()
    holder.setLayout(inside)
    holder.setMaximumWidth(Theme.current.size(560))
    centred(holder, into)


class IdentityStep(QWidget):
    """Is this the person? `confirmed` and `refused`."""

    confirmed = Signal()
    refused = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._photo, self._name = Photo(144, 176), Text(role="lead", wrap=True)
        self._id, self._registration = Text(tone="soft"), Text(tone="soft", wrap=True)
        self._extra = Text(tone="soft")
        self.yes = Button(say("live.identity_yes"), kind="main", icon="user-round-check", high=48)
        self.no = Button(say("live.identity_no"), high=48)
        self.yes.clicked.connect(self.confirmed)
        self.no.clicked.connect(self.refused)
        who = column(self._name, 4, self._id, self._registration, self._extra, None)
        card = row(self._photo, who, gap=16)
        card.setStretch(1, 1)
        buttons = row(self.yes, self.no, None, gap=8)
        if Theme.current.one_column:
            buttons.setDirection(QBoxLayout.Direction.TopToBottom)
        detail = Text(say("live.identity_detail"), tone="soft", wrap=True)
        _stage(column(Text(say("live.identity"), "title", wrap=True), 8, detail, 24, card, 24, buttons), self)

    def render_view(self, view: LiveView) -> None:
        """The candidate."""
        who = view.candidate
        self._photo.render_bytes(who.photo, say("photo.of" if who.photo else "photo.none", name=who.name))
        self._name.setText(who.name)
        self._id.setText(say("today.id", id=who.id))
        self._registration.setText(say("live.registration", number=who.registration))
        self._extra.setText(say("today.extra", percent=who.extra_percent) if who.extra_percent else "")

    def take_focus(self) -> None:
        """Enter says yes."""
        self.yes.setFocus(_OTHER)


class DeafStep(Panel):
    """The window does not have the keyboard: said as large as there is room, in place of what keys would rate."""

    def __init__(self) -> None:
        super().__init__("warnt")
        self._sign = Icon("keyboard", "warn", 64)
        words = Text(say("live.deaf"), "clock", wrap=True)
        _stage(column(row(self._sign, None), 16, words, 12, Text(say("live.deaf_do"), "title", wrap=True)), self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._sign.setVisible(self.height() > Theme.current.size(260))  # where room is short it goes to the words


class StartStep(QWidget):
    """Start the first phase. `started`."""

    started = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title, self._detail = Text(role="title", wrap=True), Text(tone="soft", wrap=True)
        self._recorded, self._late = Text(wrap=True), Text(wrap=True, weight=600)
        self.go = Button("", kind="main", after="arrow-right", high=48)
        self.go.clicked.connect(self.started)
        buttons = row(self.go, None)
        _stage(column(self._title, 8, self._detail, 16, self._recorded, 8, self._late, 16, buttons), self)

    def render_view(self, view: LiveView) -> None:
        """What comes first and what the camera will do."""
        first = next((phase for phase in view.phases if phase.state == "to_come"), None)
        if first is None:
            return
        self._title.setText(say("live.start_title", phase=first.title, length=minutes_words(first.planned_s)))
        extra = view.candidate.extra_percent
        more = f" {say('live.extra', percent=extra)}" if extra else ""
        self._detail.setText(say("live.start_detail") + more)
        recorded = next((p.title.lower() for p in view.scenario.phases if p.recorded), "")
        words = say("live.no_consent") if view.recording == "refused" else ""
        if recorded and not words:
            words = say("live.will_record", phase=recorded)
        self._recorded.setText(words)
        self._late.setText(say("live.late", n=view.late_min) if view.late_min else "")
        self._late.setVisible(bool(view.late_min))
        self.go.setText(view.next_action)

    def take_focus(self) -> None:
        """Enter starts."""
        self.go.setFocus(_OTHER)


class DoneStep(QWidget):
    """All phases are over. `review`, or `rows` to go on rating first."""

    review = Signal()
    rows = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.go = Button(say("live.to_review"), kind="main", after="arrow-right", high=48)
        self.back = Button(say("live.back_to_rows"), high=48)
        self.go.clicked.connect(self.review)
        self.back.clicked.connect(self.rows)
        self._over = Text(wrap=True)
        _stage(column(Text(say("live.done_title"), "title", wrap=True), 8,
                      Text(say("live.done_detail"), tone="soft", wrap=True), 8, self._over, 16,
                      row(self.go, self.back, None, gap=8)), self)  # fmt: skip

    def render_view(self, view: LiveView) -> None:
        """What took longer than planned."""
        over = [(p.title, minutes_words(p.over_s)) for p in view.phases if p.over_s]
        self._over.setText(" ".join(say("live.was_over", phase=title, over=time) for title, time in over))
        self._over.setVisible(bool(over))

    def take_focus(self) -> None:
        """Enter goes to review."""
        self.go.setFocus(_OTHER)
