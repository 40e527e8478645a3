# SPDX-License-Identifier: GPL-3.0-or-later
"""One criterion side by side: figures, signs on the scale with the pass mark's line, the difference in words."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from observer_app.ui.icons import paint_icon
from observer_app.ui.moderate.timeline import paint_live, paint_replay
from observer_app.ui.strings import say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import paint_text
from observer_app.ui.widgets.focus import Ringed
from observer_app.ui.widgets.measured import Measured
from observer_app.ui.widgets.text import lay_out
from observer_app.workflows.board_views import CompareRow

__all__ = ["CompareHead", "CompareLine", "cut_place"]

_LEFT, _CENTRE = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter
_NUMBER, _TITLE, _VALUE, _SCALE, _WORDS = 44, 216, 48, 260, 200


class _Columns:
    """Where the columns lie, for one width."""

    def __init__(self, wide: int) -> None:
        theme = Theme.current
        self.two_lines = theme.factor >= 1.25
        number, title, value, scale = (theme.size(px) for px in (_NUMBER, _TITLE, _VALUE, _SCALE))
        beside = theme.size(24) if self.two_lines else title + theme.size(_WORDS)
        scale = min(scale, wide - number - 2 * value - beside)
        self.title = (number, wide - number - 12 if self.two_lines else title)
        at = number if self.two_lines else number + title
        self.live, self.replay = (at, value), (at + value, value)
        self.scale = (at + 2 * value, scale)
        self.words = (at + 2 * value + scale, wide - at - 2 * value - scale)

    def x_of(self, index: float, count: int) -> float:
        """Where the scale's step `index` of `count` lies."""
        left, wide = self.scale
        inner = wide - 52
        return left + 26 + (inner * index / (count - 1) if count > 1 else inner / 2)


def cut_place(scale: tuple[int, ...], cut: int) -> float:
    """Between which steps the pass mark lies: half a step before the lowest value that passes."""
    return (scale.index(cut) if cut in scale else 0) - 0.5


class CompareHead(QWidget):
    """The headings, with the scale's figures over the signs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale: tuple[int, ...] = ()
        self._cut = 0

    def render_scale(self, scale: tuple[int, ...], cut: int) -> None:
        """The values of the scale and the lowest that passes."""
        self._scale, self._cut = scale, cut
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, Theme.current.size(40))

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, columns = QPainter(self), Theme.current, _Columns(self.width())
        painter.fillRect(self.rect(), theme.colour("sunken"))
        soft, high = theme.colour("soft"), self.height()
        places = (("criterion", columns.title, _LEFT), ("live", columns.live, _CENTRE),
                  ("replay", columns.replay, _CENTRE), ("difference", columns.words, _LEFT))  # fmt: skip
        for key, (left, wide), align in places:
            if columns.two_lines and key != "criterion":
                continue
            room = QRectF(left - (8 if align == _CENTRE else 0), 0, wide + (16 if align == _CENTRE else 0), high)
            paint_text(painter, room, say(f"compare.column.{key}"), "caption", soft, 600, align)
        if not columns.two_lines:
            for index, value in enumerate(self._scale):
                x = columns.x_of(index, len(self._scale))
                paint_text(painter, QRectF(x - 20, 0, 40, high), str(value), "caption", soft, 600)
            _paint_cut(painter, columns, self._scale, self._cut, QRectF(0, 0, self.width(), high))


def _paint_cut(painter: QPainter, columns: _Columns, scale: tuple[int, ...], cut: int, rect: QRectF) -> None:
    if cut not in scale:
        return
    x = columns.x_of(cut_place(scale, cut), len(scale))
    pen = QPen(Theme.current.colour("ink"), 2)
    pen.setDashPattern([3, 2])
    painter.setPen(pen)
    painter.drawLine(round(x), round(rect.top()), round(x), round(rect.bottom()))


class CompareLine(Ringed, Measured, QAbstractButton):
    """A row; pressed it opens. Arrow keys go from row to row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row: CompareRow | None = None
        self._scale: tuple[int, ...] = ()
        self._cut, self._decided, self._high = 0, "", 56
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def render_row(self, row: CompareRow, scale: tuple[int, ...], cut: int, decided: str) -> None:
        """Both marks and, once decided, what stands."""
        self.row, self._scale, self._cut, self._decided = row, scale, cut, decided
        none = say("compare.none")
        words = say("compare.row", title=row.title, live=none if row.live is None else row.live,
                    replay=none if row.replay is None else row.replay, difference=row.difference)  # fmt: skip
        self.setAccessibleName(f"{words} {decided}".strip())
        self.setToolTip(row.title)
        self.update()

    def set_high(self, high: int) -> None:
        """Another height, px at 100 %: where a framework has many criteria all of them fit on one screen."""
        if high != self._high:
            self._high = high
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        theme = Theme.current
        if theme.factor >= 1.25:
            return QSize(400, theme.line("body") * 2 + theme.size(56))
        return QSize(700, theme.size(self._high))

    def minimumSizeHint(self) -> QSize:
        return QSize(300, self.sizeHint().height())

    def ring_part(self) -> QRect | None:
        """The row without its edges, so that the ring stays in sight."""
        return self.rect().adjusted(5, 5, -5, -5)

    def paintEvent(self, event: QPaintEvent) -> None:
        row = self.row
        if row is None:
            return
        painter, theme, columns = QPainter(self), Theme.current, _Columns(self.width())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        painter.fillRect(self.rect(), theme.colour("tint" if on else "surface"))
        painter.fillRect(0, 0, self.width(), 1, theme.colour("accent" if on else "line"))
        if on:
            painter.fillRect(0, 0, 4, self.height(), theme.colour("accent"))
        whole = QRectF(self.rect())
        upper = QRectF(0, 4, self.width(), theme.line("body") + 12) if columns.two_lines else whole
        lower = whole.adjusted(0, upper.bottom(), 0, 0) if columns.two_lines else whole
        number = QRectF(0, upper.top(), theme.size(_NUMBER), upper.height())
        paint_text(painter, number, str(row.number) if row.number else "", "body", theme.colour("soft"), 600)
        left, wide = columns.title
        weight = 600 if on or not row.number else 500
        title = theme.metrics("body", weight).elidedText(row.title, Qt.TextElideMode.ElideRight, wide - 4)
        place = QRectF(left, upper.top(), wide, upper.height())
        paint_text(painter, place, title, "body", theme.colour("ink"), weight, _LEFT)
        self._paint_marks(painter, columns, lower, row)
        self._paint_words(painter, columns, lower, row)

    def _paint_marks(self, painter: QPainter, columns: _Columns, rect: QRectF, row: CompareRow) -> None:
        theme = Theme.current
        for value, (left, wide) in ((row.live, columns.live), (row.replay, columns.replay)):
            words = "–" if value is None else str(value)
            place = QRectF(left, rect.top(), wide, rect.height())
            paint_text(painter, place, words, "figure", theme.colour("ink"), 700)
        middle, count = rect.center().y(), len(self._scale)
        edge = theme.colour("edge")
        first, last = columns.x_of(0, count), columns.x_of(count - 1, count)
        painter.fillRect(QRectF(first, round(middle), last - first, 1), edge)
        for index in range(count):
            painter.fillRect(QRectF(round(columns.x_of(index, count)), round(middle) - 4, 1, 9), edge)
        _paint_cut(painter, columns, self._scale, self._cut, rect)
        live = columns.x_of(self._scale.index(row.live), count) if row.live in self._scale else None
        replay = columns.x_of(self._scale.index(row.replay), count) if row.replay in self._scale else None
        apart = 10 if live is not None and live == replay else 0
        if live is not None and replay is not None and not apart:
            painter.fillRect(QRectF(min(live, replay), middle - 1, abs(live - replay), 3), theme.colour("ink"))
        ground = "tint" if self.isChecked() else "surface"
        if live is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(ground))
            painter.drawEllipse(QRectF(live - 9, middle - apart - 9, 18, 18))
            paint_live(painter, live, middle - apart, 14)
        if replay is not None:
            paint_replay(painter, replay, middle + apart, 14, ground)

    def _paint_words(self, painter: QPainter, columns: _Columns, rect: QRectF, row: CompareRow) -> None:
        theme, (left, wide) = Theme.current, columns.words
        same = row.live == row.replay
        icon, tone = ("equal", "soft") if same else ("diff", "ink")
        if row.across_cut:
            icon, tone = "triangle-alert", "warn"
        px = theme.size(16)
        paint_icon(painter, icon, theme.colour(tone), left, rect.center().y() - px / 2, px)
        place = QRectF(left + px + 8, rect.top(), wide - px - 12, rect.height())
        words = theme.colour("soft" if same else "ink")
        laid = lay_out(row.difference, "body", 600 if row.across_cut else 0, place.width(), True)
        high = sum(part for _, part in laid) + (theme.line("caption") if self._decided else 0)
        top = rect.center().y() - high / 2
        painter.setPen(words)
        for layout, part in laid:
            layout.draw(painter, QPointF(place.left(), top))
            top += part
        if self._decided:
            below = QRectF(place.left(), top, place.width(), theme.line("caption"))
            paint_text(painter, below, self._decided, "caption", theme.colour("soft"), 500, _LEFT)
