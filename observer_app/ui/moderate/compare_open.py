# SPDX-License-Identifier: GPL-3.0-or-later
"""What an opened row shows: the picture at a mark's moment and both notes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QWidget

from observer_app.ui.icons import paint_icon
from observer_app.ui.moderate.timeline import paint_live, paint_replay
from observer_app.ui.strings import clock_words, say
from observer_app.ui.theme import RADIUS, Theme
from observer_app.ui.widgets.buttons import LinkButton, paint_text
from observer_app.ui.widgets.focus import EnterPresses, Ringed
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


class _Film(Ringed, EnterPresses, QAbstractButton):
    """A still with its moment; pressed, it is watched from there."""

    def __init__(self) -> None:
        super().__init__()
        self._picture, self._time, self._words = QImage(), "", ""
        self.setFixedSize(192, 108)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.render_still(None, -1, "")

    @property
    def picture(self) -> QImage:
        """What is shown."""
        return self._picture

    def render_still(self, picture: QImage | None, at_ms: int, none: str) -> None:
        """The picture of a moment; words where there is none."""
        self._picture = QImage() if picture is None else picture
        self._time = clock_words(at_ms) if at_ms >= 0 and picture is not None else ""
        self._words = none if picture is None else ""
        self.setEnabled(picture is not None)
        self.setAccessibleName(say("compare.watch_at", time=self._time) if self._time else say("compare.still_none"))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), Theme.current
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)
        painter.setClipPath(path)
        scrim, white = QColor(theme.on_video["scrim"]), QColor(theme.on_video["text"])
        painter.fillRect(self.rect(), scrim)
        if self._picture.isNull():
            paint_text(painter, QRectF(self.rect()), self._words, "caption", white)
            return
        size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(0, 0, size.width(), size.height())
        place.moveCenter(QRectF(self.rect()).center())
        painter.drawImage(place, self._picture)
        px, high = theme.size(16), theme.size(24)
        wide = theme.metrics("caption", 600).horizontalAdvance(self._time) + px + 16
        badge = QRectF(6, self.height() - high - 6, wide, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(scrim)
        painter.drawRoundedRect(badge, 4, 4)
        paint_icon(painter, "play", white, badge.left() + 6, badge.center().y() - px / 2, px)
        words = badge.adjusted(px + 10, 0, 0, 0)
        paint_text(painter, words, self._time, "caption", white, 600, Qt.AlignmentFlag.AlignLeft)


class OpenedRow(Panel):
    """`wanted(ms)` a moment's picture here; `watch_wanted(ms)` the recording from there."""

    wanted = Signal(int)
    watch_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("tint", "l", edge="accent", wide=4, parent=parent)
        self._row: CompareRow | None = None
        self._at = -1
        self.film = _Film()
        self.live, self.replay = _Card("live"), _Card("replay")
        self.live.see.connect(lambda: self._see("live"))
        self.replay.see.connect(lambda: self._see("replay"))
        self.film.clicked.connect(self._watch)
        below = Theme.current.one_column
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight)
        self._box.setSpacing(12)
        self._box.addLayout(column(self.film, None))
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
            self.film.render_still(None, -1, "")
            self._want(found.live_ms if found.live is not None else found.replay_ms)

    def _see(self, kind: str) -> None:
        if self._row is not None:
            self._want(self._row.live_ms if kind == "live" else self._row.replay_ms)

    def _watch(self) -> None:
        if self._at >= 0:
            self.watch_wanted.emit(self._at)

    def _want(self, at_ms: int) -> None:
        self._at = at_ms
        self.wanted.emit(at_ms)

    def render_still(self, at_ms: int, picture: QImage | None) -> None:
        """The picture of the moment asked for last; None: there is none."""
        if at_ms != self._at:
            return
        self.film.render_still(picture, at_ms, say("compare.still_none"))

    @property
    def at_ms(self) -> int:
        """The moment asked for last, -1 for none."""
        return self._at
