# SPDX-License-Identifier: GPL-3.0-or-later
"""What an opened row shows: the picture at a mark's moment and both notes."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from observer_app.ui.moderate.timeline import paint_live, paint_replay
from observer_app.ui.player_picture import Picture
from observer_app.ui.strings import clock_words, say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button, LinkButton
from observer_app.ui.widgets.panel import Panel, column, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import CompareRow

__all__ = ["OpenedRow", "Sign"]


class Sign(QWidget):
    """The sign of a set of marks: a filled circle, or a hollow diamond."""

    def __init__(self, kind: str, ground: str = "surface", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind, self._ground = kind, ground
        self.setFixedSize(16, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._kind == "live":
            paint_live(painter, 8, self.height() / 2, 14)
        else:
            paint_replay(painter, 8, self.height() / 2, 14, self._ground)


class _Card(Panel):
    """One mark: its sign, value, moment and notes."""

    see = Signal()

    def __init__(self, kind: str) -> None:
        super().__init__("surface", "all", radius=6)
        self._kind = kind
        self._title, self._notes = Text(weight=600), Text(wrap=True)
        self.time = LinkButton("", icon="play")
        self.time.clicked.connect(self.see)
        head = row(Sign(kind), 8, self._title, None, self.time)
        column(head, 4, self._notes, None, margins=(12, 10, 12, 10), into=self)

    def render_mark(self, value: int | None, at_ms: int, notes: tuple[str, ...]) -> None:
        """What was given, when and why."""
        shown = say("compare.none") if value is None else value
        self._title.setText(say(f"compare.{self._kind}_mark", value=shown))
        self._notes.setText("\n".join(notes) or say("compare.no_note"))
        self._notes.set_tone("ink" if notes else "soft")
        self.time.setVisible(value is not None and at_ms >= 0)
        self.time.setText(clock_words(at_ms))
        self.time.setAccessibleName(say(f"compare.see_{self._kind}", time=clock_words(at_ms)))
        self.time.updateGeometry()


class OpenedRow(Panel):
    """`wanted(ms)` a moment's picture here; `watch_wanted(ms)` the recording from there."""

    wanted = Signal(int)
    watch_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("tint", "l", edge="accent", wide=4, parent=parent)
        self._row: CompareRow | None = None
        self._at = -1
        self.picture = Picture(192, 108)
        self.picture.setFixedSize(192, 108)
        self.live, self.replay = _Card("live"), _Card("replay")
        self.watch = Button(say("compare.watch"), icon="play", high=36, weight=500)
        self.live.see.connect(lambda: self._see("live"))
        self.replay.see.connect(lambda: self._see("replay"))
        self.watch.clicked.connect(self._watch)
        below = Theme.current.one_column
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight)
        self._box.setSpacing(12)
        film = column(self.picture, 8, row(self.watch, None), None)
        self._box.addLayout(film)
        self._box.addWidget(self.live, 1)
        self._box.addWidget(self.replay, 1)
        self._box.setContentsMargins(44, 0, 16, 16)
        self.setLayout(self._box)

    def render_row(self, found: CompareRow) -> None:
        """Another row: it asks for the live mark's picture."""
        changed = self._row is None or self._row.criterion != found.criterion
        self._row = found
        self.live.render_mark(found.live, found.live_ms, found.live_notes)
        self.replay.render_mark(found.replay, found.replay_ms, found.replay_notes)
        if changed:
            self.picture.render_picture(QImage(), 0)
            self._want(found.live_ms if found.live is not None else found.replay_ms)

    def _see(self, kind: str) -> None:
        if self._row is not None:
            self._want(self._row.live_ms if kind == "live" else self._row.replay_ms)

    def _watch(self) -> None:
        if self._at >= 0:
            self.watch_wanted.emit(self._at)

    def _want(self, at_ms: int) -> None:
        self._at = at_ms
        self.watch.setAccessibleName(say("compare.watch_at", time=clock_words(max(0, at_ms))))
        self.wanted.emit(at_ms)

    def render_still(self, at_ms: int, picture: QImage | None) -> None:
        """The picture of the moment asked for last; None: there is none."""
        if at_ms != self._at:
            return
        self.picture.say_over("" if picture is not None else say("compare.still_none"))
        if picture is not None:
            self.picture.render_picture(picture, at_ms)
            self.picture.setAccessibleName(say("compare.still", time=clock_words(at_ms)))
        self.picture.setToolTip(clock_words(max(0, at_ms)))

    @property
    def at_ms(self) -> int:
        """The moment asked for last, -1 for none."""
        return self._at


