# SPDX-License-Identifier: GPL-3.0-or-later
"""How the board's cells are drawn: an outlined box where the sitting stands now, ticks behind it, dashes ahead.

Where the columns do not fit (large text), a row is two lines: who, then where it stands; opened, a third has the past.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from observer_app.ui.centre.board_rows import now_step
from observer_app.ui.icons import paint_icon
from observer_app.ui.strings import say
from observer_app.ui.theme import RADIUS, Theme
from observer_app.ui.widgets.buttons import paint_text
from observer_app.ui.widgets.table import Index, ItemRole, paint_ground
from observer_app.ui.widgets.text import lay_out
from observer_app.workflows.board_views import BoardRow, Step

__all__ = ["BESIDE_BOX", "BoardCells"]

_LEFT = Qt.AlignmentFlag.AlignLeft
_TROUBLE = 10
BESIDE_BOX = 16  # px: the box of the next column stands 8 out to the left
_GOOD_ICON = "badge-check"
_TONES = {"circle-x": "bad", "octagon-alert": "bad", "check": "good", "circle-check": "good"}


class BoardCells(QStyledItemDelegate):
    """`narrow` draws two lines a row in the second column; `opened` is the sitting whose past is shown."""

    narrow = False
    opened = ""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        theme = Theme.current
        if not self.narrow:
            return QSize(0, theme.size(40))
        item = index.data(ItemRole)
        lines = 3 if item and item[0].sitting == self.opened else 2
        return QSize(0, lines * theme.size(32) + 8)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = index.data(ItemRole)
        if item is None:
            return
        row, heavier = item
        column = index.column()
        first = column == (1 if self.narrow else 0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, option, first)
        rect = QRectF(option.rect)
        if heavier:
            painter.fillRect(QRectF(rect.left(), rect.top() - 1, rect.width(), 2), Theme.current.colour("edge"))
        if self.narrow:
            self._paint_two_lines(painter, rect, row)
        else:
            self._paint_cell(painter, rect, row, column)

    # ---- one line ----

    def _paint_cell(self, painter: QPainter, rect: QRectF, row: BoardRow, column: int) -> None:
        theme = Theme.current
        ink = theme.colour("ink")
        if column == 0:
            paint_text(painter, rect.adjusted(16, 0, 0, 0), row.starts, "body", ink, 600, _LEFT)
        elif column == 1:
            self._paint_who(painter, rect, row)
        elif column in (2, 3):
            room = rect.adjusted(0, 0, -6 if column == 2 else -BESIDE_BOX + 2, 0)
            _paint_fitting(painter, room, row.room if column == 2 else row.assessor)
        elif column == _TROUBLE:
            self._paint_trouble(painter, rect, row)
        elif column - 4 < len(row.steps):
            self._paint_step(painter, rect, row.steps[column - 4], column - 4, now_step(row))

    def _paint_who(self, painter: QPainter, rect: QRectF, row: BoardRow) -> float:
        theme = Theme.current
        id_wide = math.ceil(theme.metrics("caption").horizontalAdvance(row.candidate.id)) + 5
        metrics = theme.metrics("body", 500)
        wide = math.ceil(metrics.horizontalAdvance(row.candidate.name))
        if wide > rect.width() - id_wide - 8 and not self.narrow:
            return _paint_below(painter, rect, row)
        name = metrics.elidedText(row.candidate.name, Qt.TextElideMode.ElideRight, rect.width() - id_wide - 8)
        wide = math.ceil(metrics.horizontalAdvance(name))
        paint_text(painter, rect, name, "body", theme.colour("ink"), 500, _LEFT)
        beside = rect.adjusted(wide + 5, 0, 0, 0)
        paint_text(painter, beside, row.candidate.id, "caption", theme.colour("soft"), 0, _LEFT)
        return wide + 5.0 + id_wide

    def _paint_step(self, painter: QPainter, rect: QRectF, step: Step, number: int, now: int) -> float:
        """Where it stands, what is past or a dash; the width used."""
        theme = Theme.current
        middle, px = rect.center().y(), theme.size(16)
        if number == now:
            return self._paint_box(painter, rect, step)
        if step.reached or number < now:
            paint_icon(painter, "check", theme.colour("soft"), rect.left(), middle - px / 2, px)
            beside = rect.adjusted(px + 4, 0, 0, 0)
            paint_text(painter, beside, step.reached, "caption", theme.colour("soft"), 0, _LEFT)
            return px + 4 + theme.metrics("caption").horizontalAdvance(step.reached)
        painter.fillRect(QRectF(rect.left() + 2, round(middle - 1), 12, 2), theme.colour("line"))
        return 14.0

    def _paint_box(self, painter: QPainter, rect: QRectF, step: Step) -> float:
        theme = Theme.current
        words = step.label or step.reached or say(f"board.step.{step.name}")
        px, high = theme.size(16), theme.size(28)
        wide = math.ceil(theme.metrics("caption", 600).horizontalAdvance(words)) + px + 4 + 16
        box = QRectF(round(rect.left()) - 7.5, round(rect.center().y() - high / 2) + 0.5, wide - 1, high - 1)
        painter.setPen(QPen(theme.colour("edge"), 1))
        painter.setBrush(theme.colour("surface"))
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        tone = theme.colour("good" if step.icon == _GOOD_ICON else "ink")
        paint_icon(painter, step.icon or "circle", tone, box.left() + 7.5, box.center().y() - px / 2, px)
        inside = box.adjusted(px + 11.5, 0, 8, 0)
        paint_text(painter, inside, words, "caption", theme.colour("ink"), 600, _LEFT)
        return wide - 8.0

    def _paint_trouble(self, painter: QPainter, rect: QRectF, row: BoardRow) -> None:
        words = row.trouble or row.explained
        if not words:
            return
        theme = Theme.current
        icon = row.trouble_icon or ("triangle-alert" if row.needs_you else "check")
        tone = _TONES.get(icon, "warn" if row.needs_you else "good")
        px = theme.size(16)
        paint_icon(painter, icon, theme.colour(tone), rect.left(), rect.center().y() - px / 2, px)
        weight = 600 if row.needs_you else 0
        room = max(1.0, rect.width() - px - 16)
        laid = lay_out(words, "caption", weight, room, True)
        if sum(high for _, high in laid) > rect.height() - 2:
            words = theme.metrics("caption", weight).elidedText(words, Qt.TextElideMode.ElideRight, room)
            laid = lay_out(words, "caption", weight, room, True)
        painter.setPen(theme.colour("ink" if row.needs_you else "soft"))
        top = rect.center().y() - sum(high for _, high in laid) / 2
        for layout, high in laid:
            layout.draw(painter, QPointF(rect.left() + px + 8, top))
            top += high

    # ---- two lines ----

    def _paint_two_lines(self, painter: QPainter, rect: QRectF, row: BoardRow) -> None:
        theme = Theme.current
        high = theme.size(32)
        line = QRectF(rect.left() + 16, rect.top() + 4, rect.width() - 24, high)
        paint_text(painter, line, row.starts, "body", theme.colour("ink"), 600, _LEFT)
        left = math.ceil(theme.metrics("body", 600).horizontalAdvance("00:00 ")) + 8
        used = self._paint_who(painter, line.adjusted(left, 0, -theme.size(190), 0), row)
        rest = line.adjusted(left + used + 12, 0, 0, 0)
        where = theme.metrics().elidedText(f"{row.room}, {row.assessor}", Qt.TextElideMode.ElideRight, rest.width())
        paint_text(painter, rest, where, "body", theme.colour("soft"), 0, _LEFT)
        line = line.translated(0, high).adjusted(left, 0, 0, 0)
        now = now_step(row)
        if now >= 0:
            step = row.steps[now]
            used = self._paint_box(painter, line.adjusted(8, 0, 0, 0), step)
            word = say(f"board.step.{step.name}") if step.reached else ""
            after = line.adjusted(used + 20, 0, 0, 0)
            paint_text(painter, after, word, "caption", theme.colour("ink"), 500, _LEFT)
            used += theme.metrics("caption", 500).horizontalAdvance(word) + 36
            self._paint_trouble(painter, line.adjusted(used, 0, 0, 0), row)
        if row.sitting == self.opened:
            self._paint_past(painter, line.translated(0, high), row, now)

    def _paint_past(self, painter: QPainter, line: QRectF, row: BoardRow, now: int) -> None:
        theme = Theme.current
        for number, step in enumerate(row.steps):
            if number < now:
                words = f"{say(f'board.step.{step.name}')} {step.reached}".strip()
                used = self._paint_step(painter, line, Step(step.name, words, False), number, now)
                line = line.adjusted(used + theme.size(12), 0, 0, 0)


def _paint_fitting(painter: QPainter, rect: QRectF, words: str) -> None:
    """On one line, or smaller on two where it is too long for one."""
    theme = Theme.current
    painter.setPen(theme.colour("ink"))
    if theme.metrics().horizontalAdvance(words) <= rect.width():
        paint_text(painter, rect, words, "body", theme.colour("ink"), 0, _LEFT)
        return
    laid = lay_out(words, "caption", 0, rect.width(), True)
    if len(laid) > 2:
        words = theme.metrics("caption").elidedText(words, Qt.TextElideMode.ElideRight, 2 * rect.width() - 24)
        laid = lay_out(words, "caption", 0, rect.width(), True)
    top = rect.center().y() - sum(high for _, high in laid) / 2
    for layout, high in laid:
        layout.draw(painter, QPointF(rect.left(), top))
        top += high


def _paint_below(painter: QPainter, rect: QRectF, row: BoardRow) -> float:
    """A long name with the ID on a second line; the width used."""
    theme = Theme.current
    room = rect.adjusted(0, 1, -6, 0)
    name = theme.metrics("body", 500).elidedText(row.candidate.name, Qt.TextElideMode.ElideRight, room.width())
    high = theme.line("body")
    first = QRectF(room.topLeft(), QSizeF(room.width(), high))
    paint_text(painter, first, name, "body", theme.colour("ink"), 500, _LEFT)
    below = QRectF(room.left(), room.top() + high, room.width(), theme.line("caption"))
    paint_text(painter, below, row.candidate.id, "caption", theme.colour("soft"), 0, _LEFT)
    return room.width()
