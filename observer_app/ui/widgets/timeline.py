# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything so far along the time: ratings, notes and marks in three lanes, or in one where text is large."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from observer_app.ui.icons import paint_icon
from observer_app.ui.strings import minutes_words, say
from observer_app.ui.theme import RADIUS_SMALL, Theme
from observer_app.ui.widgets.buttons import paint_text
from observer_app.ui.widgets.measured import Measured
from observer_app.workflows.views import MarkView

__all__ = ["Timeline", "TimelineState", "paint_gap"]

_LANES = ("ratings", "notes", "marks")
_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
_TICK = 4  # px at 100 %: a note or flag where there is one lane
_SOON_MS = 50
_STEPS_S = (60, 120, 300, 600, 900, 1800, 3600)


@dataclass(frozen=True, slots=True)
class TimelineState:
    """`length_ms`: the whole axis; `now_ms` -1 for none; `reminders`: (at_ms, words); `writing_ms`: an open note."""

    marks: tuple[MarkView, ...] = ()
    length_ms: int = 1
    now_ms: int = -1
    reminders: tuple[tuple[int, str], ...] = ()
    writing_ms: int = -1


def paint_gap(painter: QPainter, theme: Theme, place: QRectF) -> None:
    """Time without a recording: hatched between two edges, so that it is seen without its colour."""
    painter.save()
    painter.setClipRect(place)
    painter.setPen(QPen(theme.colour("edge"), 2))
    run = place.left() - place.height()
    while run < place.right():
        painter.drawLine(QPointF(run, place.bottom()), QPointF(run + place.height(), place.top()))
        run += 6
    painter.restore()
    for x in (place.left(), place.right() - 2):
        painter.fillRect(QRectF(x, place.top(), 2, place.height()), theme.colour("edge"))


class Timeline(Measured, QWidget):
    """Drawn as a whole, a moment after `render_state`: a rating's tick is painted first, and not behind it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = TimelineState()
        self._single, self._lane = False, 24
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self.update)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(say("timeline.name"))

    def render_state(self, state: TimelineState) -> None:
        """Everything so far."""
        if state != self._state:
            self._state = state
            self.setAccessibleDescription(say("timeline.words", marks=len(state.marks)))
            if not self._soon.isActive():
                self._soon.start()

    def set_measures(self, *, single: bool, lane: int) -> None:
        """One lane or three, and a lane's height, px at 100 %."""
        self._single, self._lane = single, lane
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        lanes = 1 if self._single else len(_LANES)
        return QSize(600, Theme.current.size(self._lane) * (lanes + 1))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    # ---- where things are ----

    @property
    def _pitch(self) -> float:
        return self.height() / ((1 if self._single else len(_LANES)) + 1)

    @property
    def _start(self) -> float:
        return 16.0 if self._single else 16.0 + Theme.current.size(96)

    def x_of(self, at_ms: float) -> float:
        """Where a moment lies, px."""
        wide = self.width() - 16 - self._start
        return self._start + wide * min(max(at_ms, 0), self._state.length_ms) / max(1, self._state.length_ms)

    def _place_of(self, mark: MarkView, right: float) -> float:
        """Where a mark that reaches so far to the right is drawn: never under the line of now, which would strike its
        figure through while it is the newest."""
        x, line = self.x_of(mark.at_ms), self.x_of(self._state.now_ms)
        if not 0 <= mark.at_ms <= self._state.now_ms or x < line - right - 2:
            return x
        return line - right - 2 if line > 2 * right + 2 else line + right + 2  # at the very beginning there is no left

    def _lane_top(self, lane: str) -> float:
        return self._pitch * (1 if self._single else 1 + _LANES.index(lane))

    # ---- painting, from the ground up ----

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), Theme.current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.colour("sunken"))
        painter.fillRect(0, 0, self.width(), 1, theme.colour("line"))
        self._paint_ground(painter, theme)
        self._paint_axis(painter, theme)
        marks = self._state.marks
        for mark in marks:
            if mark.kind == "gap":
                self._paint_gap(painter, theme, mark)
        found = self._uncovered(marks)
        for index, mark in enumerate(found):
            self._paint_mark(painter, theme, mark, figure=not self._overlaid(mark, found[index + 1 :]))
        self._paint_now(painter, theme)

    def _uncovered(self, marks: Sequence[MarkView]) -> list[MarkView]:
        """What is in force last, and of several that would stand on the very same pixel only the one on top."""
        found: dict[tuple[str, str, int, int], MarkView] = {}
        for mark in sorted((m for m in marks if m.kind != "gap"), key=lambda m: m.in_force):
            place = mark.lane, mark.kind[:4], round(self._place_of(mark, Theme.current.size(10))), mark.end_ms
            found.pop(place, None)
            found[place] = mark
        return list(found.values())

    def _overlaid(self, mark: MarkView, later: Sequence[MarkView]) -> bool:
        """Whether a box drawn later lies over a part of this one's figure: half a figure would be read as another."""
        near, half = Theme.current.size(16), Theme.current.size(10)
        x = self._place_of(mark, half)
        return any(one.lane == "ratings" == mark.lane and abs(self._place_of(one, half) - x) < near for one in later)

    def _paint_ground(self, painter: QPainter, theme: Theme) -> None:
        state, pitch = self._state, self._pitch
        if state.now_ms >= 0:
            future = QColor(theme.colour("line"))
            future.setAlphaF(0.4)
            left = self.x_of(state.now_ms)
            painter.fillRect(QRectF(left, pitch, self.x_of(state.length_ms) - left, self.height() - pitch), future)
        lanes: Sequence[str] = ("",) if self._single else _LANES
        for index, lane in enumerate(lanes):
            top = pitch * (index + 1)
            painter.fillRect(QRectF(self._start, round(top), self.width() - 16 - self._start, 1), theme.colour("line"))
            if lane:
                place = QRectF(16, top, self._start - 16, pitch)
                paint_text(painter, place, say(f"timeline.{lane}"), "caption", theme.colour("soft"), 500, _LEFT)

    def _paint_axis(self, painter: QPainter, theme: Theme) -> None:
        state = self._state
        total = state.length_ms / 1000
        step = next((s for s in _STEPS_S if total / s <= 8), 7200)
        soft = theme.colour("soft")
        half, now = theme.size(40), self.x_of(state.now_ms) if state.now_ms >= 0 else -1e9
        last = self.x_of(state.length_ms)
        for at in range(0, math.floor(total) + 1, step):
            x = self.x_of(at * 1000)
            if abs(x - now) < half * 1.6 or last - x < half * 2.2:
                continue
            place = QRectF(x if at == 0 else x - half, 0, 2 * half, self._pitch)
            paint_text(painter, place, minutes_words(at), "caption", soft, 400,
                       _LEFT if at == 0 else Qt.AlignmentFlag.AlignHCenter)  # fmt: skip
        if last - now > half * 1.6:
            end = QRectF(last - 2 * half, 0, 2 * half, self._pitch)
            paint_text(painter, end, minutes_words(round(total)), "caption", soft, 400, _RIGHT)
        self._paint_reminders(painter, theme)

    def _paint_reminders(self, painter: QPainter, theme: Theme) -> None:
        """A line at each; its words where they are clear of the one before."""
        before, soft = float(self._start), theme.colour("soft")
        for at_ms, words in sorted(self._state.reminders):
            x = self.x_of(at_ms)
            painter.setPen(QPen(soft, 2, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, self._pitch), QPointF(x, self.height()))
            if not self._single and x - 4 - theme.metrics("caption").horizontalAdvance(words) > before + 4:
                place = QRectF(x - 4 - 200, self._lane_top("marks"), 200, self._pitch)
                paint_text(painter, place, words, "caption", soft, 400, _RIGHT)
            before = x

    def _paint_gap(self, painter: QPainter, theme: Theme, mark: MarkView) -> None:
        left = self.x_of(mark.at_ms)
        end = mark.end_ms if mark.end_ms >= 0 else max(self._state.now_ms, mark.at_ms)
        place = QRectF(left, self._pitch, max(6.0, self.x_of(end) - left), self.height() - self._pitch)
        paint_gap(painter, theme, place)
        if not self._single:
            words = QRectF(place.right() + 6, self._lane_top("marks"), 300, self._pitch)
            paint_text(painter, words, mark.label, "caption", theme.colour("ink"), 500, _LEFT)

    def _paint_mark(self, painter: QPainter, theme: Theme, mark: MarkView, *, figure: bool) -> None:
        if self._single and mark.lane != "ratings":
            self._paint_tick(painter, theme, mark)
            return
        middle = self._lane_top(mark.lane) + self._pitch / 2 + 0.5
        px = theme.size(16)
        x = self._place_of(mark, theme.size(10) if mark.lane == "ratings" else px / 2)
        if mark.lane == "ratings" and mark.label:
            size = theme.size(20)
            if self._single:  # above the ticks at the foot
                size = min(size, math.floor(self._pitch) - theme.size(_TICK) - 3)
                middle = self._lane_top(mark.lane) + 2 + size / 2
            box = QRectF(round(x - size / 2) + 0.5, round(middle - size / 2) + 0.5, size - 1, size - 1)
            style = Qt.PenStyle.SolidLine if mark.in_force else Qt.PenStyle.DashLine
            painter.setPen(QPen(theme.colour("edge"), 1, style))
            painter.setBrush(theme.colour("surface"))
            painter.drawRoundedRect(box, RADIUS_SMALL, RADIUS_SMALL)
            tone = theme.colour("ink" if mark.in_force else "soft")
            if figure:
                paint_text(painter, box, mark.label, "caption", tone, 600)
        elif mark.kind.startswith("clip"):
            self._paint_clip(painter, theme, mark, middle)
        elif mark.lane == "notes":
            colour = theme.colour("ink" if mark.in_force else "edge")
            paint_icon(painter, "message-square-text", colour, x - px / 2, middle - px / 2, px)
        elif mark.kind.startswith("flag"):
            colour = theme.colour("ink" if mark.in_force else "edge")
            paint_icon(painter, "flag", colour, self._place_of(mark, px - 3) - 3, middle - px / 2, px)

    def _paint_tick(self, painter: QPainter, theme: Theme, mark: MarkView) -> None:
        """In one lane a note or flag is a tick at the foot, a clip a bar: the figures stay legible."""
        left, high = self.x_of(mark.at_ms), theme.size(_TICK)
        end = mark.end_ms if mark.end_ms >= 0 else mark.at_ms
        wide = max(3.0, self.x_of(end) - left)
        painter.fillRect(
            QRectF(left, self.height() - high, wide, high), theme.colour("ink" if mark.in_force else "edge")
        )

    def _paint_clip(self, painter: QPainter, theme: Theme, mark: MarkView, middle: float) -> None:
        ink = theme.colour("ink")
        left = self.x_of(mark.at_ms)
        open_end = mark.end_ms < 0
        right = max(self.x_of(mark.end_ms if not open_end else max(self._state.now_ms, mark.at_ms)), left + 2)
        painter.fillRect(QRectF(left, middle - 8, 2, 16), ink)
        painter.fillRect(QRectF(left, middle - 1, right - left, 2), ink)
        if not open_end:
            painter.fillRect(QRectF(right - 2, middle - 8, 2, 16), ink)
        wide = theme.metrics("caption", 500).horizontalAdvance(mark.label) + 8
        if right - left > wide + 8 and mark.label:
            box = QRectF((left + right - wide) / 2, middle - 9, wide, 18)
            painter.fillRect(box, theme.colour("sunken"))
            paint_text(painter, box, mark.label, "caption", ink, 500)

    def _paint_now(self, painter: QPainter, theme: Theme) -> None:
        state = self._state
        if state.writing_ms >= 0 and not self._single:
            px = theme.size(16)
            middle = self._lane_top("notes") + self._pitch / 2
            x = min(self.x_of(state.writing_ms), self.x_of(state.now_ms) - px / 2 - 2)
            paint_icon(painter, "pencil-line", theme.colour("accent"), x - px / 2, middle - px / 2, px)
        if state.now_ms < 0:
            return
        x, words = self.x_of(state.now_ms), say("timeline.now", time=minutes_words(state.now_ms // 1000))
        painter.fillRect(QRectF(round(x) - 1, 0, 2, self.height()), theme.colour("ink"))
        wide, high = theme.metrics("caption", 600).horizontalAdvance(words) + 16, theme.size(20)
        left = min(max(x - wide / 2, 0.0), self.width() - wide)
        box = QRectF(left, 2, wide, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("ink"))
        painter.drawRoundedRect(box, RADIUS_SMALL, RADIUS_SMALL)
        paint_text(painter, box, words, "caption", theme.colour("surface"), 600)
