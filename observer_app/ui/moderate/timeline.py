# SPDX-License-Identifier: GPL-3.0-or-later
"""The recording along its time: pictures, sound, gaps, marks and where it stands. A press goes there or to a mark.

Signs of marks made at nearly one moment stand beside each other, each with a line that says where it belongs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from observer_app.ui.icons import paint_icon
from observer_app.ui.strings import clock_words, minutes_words, say
from observer_app.ui.theme import RADIUS_PANEL, RADIUS_SMALL, Theme
from observer_app.ui.widgets.buttons import paint_text
from observer_app.ui.widgets.focus import Ringed
from observer_app.ui.widgets.spread import spread
from observer_app.ui.widgets.timeline import paint_gap
from observer_app.workflows.views import MarkView

__all__ = ["Lane", "RecordingTimeline", "paint_live", "paint_replay"]

_AXIS, _THUMBS, _SOUND, _OWN, _BOTH = 24, 46, 46, 36, 30
_SIGN = 20
_ICONS = {"note": "message-square-text", "flag": "flag"}
_STEPS_S = (10, 30, 60, 300, 600, 900, 1800, 3600)


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of marks; `sign` is own, live or replay."""

    sign: str
    marks: tuple[MarkView, ...]


def _is_clip(mark: MarkView) -> bool:
    return mark.kind.startswith("clip")


def _sign_of(mark: MarkView) -> bool:
    """Whether a mark is drawn as a sign: a figure in a box, or an icon."""
    return bool(mark.label) or mark.kind.startswith(tuple(_ICONS))


def paint_live(painter: QPainter, x: float, y: float, size: float) -> None:
    """The live mark's sign: a filled circle."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(Theme.current.colour("accent"))
    painter.drawEllipse(QPointF(x, y), size / 2, size / 2)


def paint_replay(painter: QPainter, x: float, y: float, size: float, ground: str = "surface") -> None:
    """The replay mark's sign: a hollow diamond."""
    path = QPainterPath(QPointF(x, y - size / 2))
    for dx, dy in ((size / 2, 0), (0, size / 2), (-size / 2, 0)):
        path.lineTo(x + dx, y + dy)
    path.closeSubpath()
    painter.setPen(QPen(Theme.current.colour("ink"), 2.5 if size > 11 else 1.5))
    painter.setBrush(Theme.current.colour(ground))
    painter.drawPath(path)


class RecordingTimeline(Ringed, QWidget):
    """`wanted(ms)` when a person goes to a moment."""

    wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._duration, self._at = 1, 0
        self._thumbs: list[QImage] = []
        self._sound: list[float] = []
        self._gaps: tuple[MarkView, ...] = ()
        self._lanes: tuple[Lane, ...] = (Lane("own", ()),)
        self._clip_from = -1
        self._ground = QPixmap()  # what stands still: only the hand moves with every picture
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._name()

    # ---- what it shows ----

    def render_recording(self, duration_ms: int, gaps: Sequence[MarkView]) -> None:
        """How long it is and what is missing."""
        if (self._duration, self._gaps) == (max(1, duration_ms), tuple(gaps)):
            return
        self._duration, self._gaps = max(1, duration_ms), tuple(gaps)
        self._name()
        self._draw_anew()

    def render_lanes(self, lanes: Sequence[Lane]) -> None:
        """The marks."""
        if tuple(lanes) != self._lanes:
            self._lanes = tuple(lanes)
            self.updateGeometry()
            self._name()
            self._draw_anew()

    def render_thumbs(self, thumbs: Sequence[QImage]) -> None:
        """Evenly spaced pictures."""
        self._thumbs = list(thumbs)
        self._draw_anew()

    def render_sound(self, peaks: Sequence[float]) -> None:
        """Loudness 0..1 in equal stretches."""
        self._sound = list(peaks)
        self._draw_anew()

    def render_open_clip(self, from_ms: int) -> None:
        """Where a clip was begun that is not ended yet, -1 for none."""
        if from_ms != self._clip_from:
            self._clip_from = from_ms
            self.update()

    def _draw_anew(self) -> None:
        self._ground = QPixmap()
        self.update()

    def render_at(self, at_ms: int) -> None:
        """Where it stands."""
        if at_ms != self._at:
            self._at = at_ms
            self._name()
            self.update()

    def _name(self) -> None:
        marks = sum(len(lane.marks) for lane in self._lanes)
        self.setAccessibleName(say("replay.timeline", time=clock_words(self._at), total=clock_words(self._duration),
                                   marks=marks))  # fmt: skip

    def moments(self, what: str = "") -> list[int]:
        """The moments of all marks in force in order, or of those whose kind begins so ("note", "flag", "clip");
        "rat" are ratings of a criterion and of the whole."""
        marks = [mark for lane in self._lanes for mark in lane.marks if mark.in_force]
        return sorted({m.at_ms for m in marks if m.kind.startswith(what) or (what == "rat" and "rated" in m.kind)})

    # ---- where things are ----

    def _lane_high(self) -> int:
        return Theme.current.size(_OWN if len(self._lanes) == 1 else _BOTH)

    def sizeHint(self) -> QSize:
        theme = Theme.current
        return QSize(600, theme.size(_AXIS) + _THUMBS + _SOUND + len(self._lanes) * self._lane_high())

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
            self._draw_anew()
        super().changeEvent(event)

    def x_of(self, at_ms: float) -> float:
        """Where a moment lies, px."""
        return self.width() * min(max(at_ms, 0), self._duration) / self._duration

    def _signs(self, lane: Lane) -> list[tuple[MarkView, float]]:
        """The marks of a lane that have a sign, and where its middle stands, px."""
        size = Theme.current.size(_SIGN)
        apart = size + (4 if lane.sign == "own" else 9)  # whose it is stands at a box's corner
        marks = sorted((m for m in lane.marks if not _is_clip(m) and _sign_of(m)), key=lambda m: m.at_ms)
        first, last = size / 2 + 2, self.width() - size / 2 - 7
        return list(zip(marks, spread([self.x_of(m.at_ms) for m in marks], apart, first, last), strict=True))

    def _lane_top(self, number: int) -> float:
        return Theme.current.size(_AXIS) + _THUMBS + _SOUND + number * self._lane_high()

    def _moment_at(self, place: QPointF) -> int:
        """A mark under the pointer, else the moment."""
        if place.y() >= self._lane_top(0):
            number = min(int((place.y() - self._lane_top(0)) / self._lane_high()), len(self._lanes) - 1)
            lane = self._lanes[number]
            near = [(abs(x - place.x()), mark.at_ms) for mark, x in self._signs(lane)]
            near += [(abs(self.x_of(mark.at_ms) - place.x()), mark.at_ms) for mark in lane.marks if _is_clip(mark)]
            if near and min(near)[0] <= 12:
                return min(near)[1]
        return round(min(max(place.x() / max(1, self.width()), 0.0), 1.0) * self._duration)

    # ---- pointer and keys ----

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.wanted.emit(self._moment_at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and event.position().y() < self._lane_top(0):
            self.wanted.emit(self._moment_at(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.wanted.emit(0 if event.key() == Qt.Key.Key_Home else self._duration)
            return
        event.ignore()

    # ---- painting ----

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, share = QPainter(self), Theme.current, self.devicePixelRatioF()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing)
        if self._ground.size() != self.size() * share:
            self._ground = QPixmap(self.size() * share)
            self._ground.setDevicePixelRatio(share)
            self._ground.fill(Qt.GlobalColor.transparent)
            self._paint_ground(QPainter(self._ground), theme)
        painter.drawPixmap(0, 0, self._ground)
        if self._clip_from >= 0:
            self._paint_clip(painter, theme, 0, self._clip_from, max(self._at, self._clip_from), open_end=True)
        self._paint_axis(painter, theme)
        self._paint_at(painter, theme)

    def _paint_ground(self, painter: QPainter, theme: Theme) -> None:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_PANEL, RADIUS_PANEL)
        painter.fillPath(frame, theme.colour("surface"))
        painter.save()
        painter.setClipPath(frame)
        self._paint_thumbs(painter)
        self._paint_sound(painter, theme)
        for gap in self._gaps:
            self._paint_gap(painter, theme, gap)
        for number, lane in enumerate(self._lanes):
            self._paint_lane(painter, theme, number, lane)
        painter.restore()
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(frame)
        painter.end()

    def _paint_axis(self, painter: QPainter, theme: Theme) -> None:
        total = self._duration / 1000
        high, room = theme.size(_AXIS), theme.size(64)
        step = next((s for s in _STEPS_S if total / s * room <= self.width()), 7200)
        now = self.x_of(self._at)
        for at in range(step, int(total) + 1, step):
            x = self.x_of(at * 1000)
            if abs(x - now) > room * 0.9 and room / 2 < x < self.width() - room / 2:
                place = QRectF(x - room, 0, 2 * room, high)
                paint_text(painter, place, minutes_words(at), "caption", theme.colour("soft"))

    def _paint_thumbs(self, painter: QPainter) -> None:
        top, count = Theme.current.size(_AXIS), len(self._thumbs)
        for number, thumb in enumerate(self._thumbs):
            left, right = self.width() * number / count, self.width() * (number + 1) / count - 1
            place = QRectF(round(left), top, round(right) - round(left), _THUMBS)
            share = min(thumb.width() / place.width(), thumb.height() / place.height())
            part = QRectF(0, 0, place.width() * share, place.height() * share)
            part.moveCenter(QRectF(thumb.rect()).center())
            painter.drawImage(place, thumb, part)

    def _paint_sound(self, painter: QPainter, theme: Theme) -> None:
        if not self._sound:
            return
        middle, colour = theme.size(_AXIS) + _THUMBS + _SOUND / 2, theme.colour("edge")
        loudest = max(max(self._sound), 0.02)
        for number, level in enumerate(self._sound):
            x = self.width() * (number + 0.5) / len(self._sound)
            half = max(1.0, (_SOUND / 2 - 5) * level / loudest)
            painter.fillRect(QRectF(x - 0.75, middle - half, 1.5, 2 * half), colour)

    def _paint_gap(self, painter: QPainter, theme: Theme, gap: MarkView) -> None:
        left = self.x_of(gap.at_ms)
        top, high = theme.size(_AXIS), _THUMBS + _SOUND
        place = QRectF(left, top, max(6.0, self.x_of(gap.end_ms) - left), high)
        painter.fillRect(place, theme.colour("sunken"))
        paint_gap(painter, theme, place)

    def _paint_lane(self, painter: QPainter, theme: Theme, number: int, lane: Lane) -> None:
        top, high = self._lane_top(number), self._lane_high()
        painter.fillRect(QRectF(0, top, self.width(), high), theme.colour("sunken"))
        painter.fillRect(QRectF(0, top, self.width(), 1), theme.colour("line"))
        for mark in filter(_is_clip, lane.marks):
            self._paint_clip(painter, theme, number, mark.at_ms, mark.end_ms)
        for mark, x in sorted(self._signs(lane), key=lambda sign: sign[0].in_force):
            self._paint_sign(painter, theme, mark, x, top + high / 2 + 0.5, lane.sign)
            if abs(self.x_of(mark.at_ms) - x) >= 1:
                self._paint_leader(painter, theme, self.x_of(mark.at_ms), x, top)

    def _paint_clip(self, painter: QPainter, theme: Theme, number: int, start_ms: int, end_ms: int, *,
                    open_end: bool = False) -> None:  # fmt: skip
        """Square brackets around the foot of its lane; dashed and without an end while it is open."""
        left, right = self.x_of(start_ms) + 1, max(self.x_of(end_ms) - 1, self.x_of(start_ms) + 7)
        foot = self._lane_top(number) + self._lane_high() - 3
        painter.setPen(QPen(theme.colour("accent"), 2, Qt.PenStyle.DashLine if open_end else Qt.PenStyle.SolidLine))
        painter.drawLine(QPointF(left, foot), QPointF(right, foot))
        for x in (left,) if open_end else (left, right):
            painter.drawLine(QPointF(x, foot), QPointF(x, foot - 8))

    def _paint_leader(self, painter: QPainter, theme: Theme, moment: float, x: float, top: float) -> None:
        """From the moment, at the lane's upper edge, to a sign that had to stand beside it."""
        painter.setPen(QPen(theme.colour("edge"), 1.5))
        painter.drawLine(QPointF(moment, top + 1), QPointF(x, top + (self._lane_high() - theme.size(_SIGN)) / 2))

    def _paint_sign(self, painter: QPainter, theme: Theme, mark: MarkView, x: float, middle: float, sign: str) -> None:
        px, size = theme.size(16), theme.size(_SIGN)
        tone = theme.colour("ink" if mark.in_force else "soft")
        if icon := next((icon for kind, icon in _ICONS.items() if mark.kind.startswith(kind)), ""):
            paint_icon(painter, icon, tone, x - px / 2, middle - px / 2, px)
            return
        box = QRectF(round(x - size / 2) + 0.5, round(middle - size / 2) + 0.5, size - 1, size - 1)
        painter.setPen(QPen(theme.colour("edge"), 1, Qt.PenStyle.SolidLine if mark.in_force else Qt.PenStyle.DashLine))
        painter.setBrush(theme.colour("surface"))
        painter.drawRoundedRect(box, RADIUS_SMALL, RADIUS_SMALL)
        paint_text(painter, box, mark.label, "caption", tone, 600)
        if sign == "live":
            paint_live(painter, box.right() + 1, box.top() + 1, 9)
        elif sign == "replay":
            paint_replay(painter, box.right() + 1, box.top() + 1, 10)

    def _paint_at(self, painter: QPainter, theme: Theme) -> None:
        x, words = self.x_of(self._at), clock_words(self._at)
        painter.fillRect(QRectF(round(x) - 1, 0, 2, self.height()), theme.colour("ink"))
        wide = theme.metrics("caption", 600).horizontalAdvance(words) + 16
        left = min(max(x - wide / 2, 0.0), self.width() - wide)
        box = QRectF(left, 2, wide, theme.size(20))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("ink"))
        painter.drawRoundedRect(box, RADIUS_SMALL, RADIUS_SMALL)
        paint_text(painter, box, words, "caption", theme.colour("surface"), 600)
