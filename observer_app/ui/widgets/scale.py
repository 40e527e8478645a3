# SPDX-License-Identifier: GPL-3.0-or-later
"""The scale of one criterion, in all its states, and the cell at the row's end that says what became of the rating."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from observer_app.ui.icons import paint_icon
from observer_app.ui.strings import clock_words, say
from observer_app.ui.theme import RADIUS, RADIUS_SMALL, Theme
from observer_app.ui.widgets.buttons import paint_text
from observer_app.ui.widgets.focus import FocusRing, Ringed
from observer_app.ui.widgets.measured import Measured
from observer_app.workflows.views import RowState, RowView

__all__ = ["SavedCell", "Scale", "cell_for", "row_words"]

_OUTLINED = (RowState.SAVING, RowState.NOT_SAVED)
_LEFT = Qt.AlignmentFlag.AlignLeft


def row_words(row: RowView) -> str:
    """What a row says to those who cannot see it."""
    name = say("row.named", number=row.number, title=row.title) if row.number else row.title
    if row.value is None:
        return f"{name}. {say('live.not_rated')}"
    words = {RowState.SAVING: say("live.saving"), RowState.NOT_SAVED: say("live.not_saved")}
    return f"{name}. {say('row.rated', value=row.value)}. {words.get(row.state, say('state.saved'))}"


def cell_for(points: int, cell: int = 46) -> int:
    """How wide a cell is where so many stand side by side: none takes more room than seven and a half of `cell`."""
    return min(cell, cell * 15 // 2 // max(1, points))


class Scale(Ringed, Measured, QWidget):
    """Cells side by side. `chosen(value)` on a click, or by arrow keys and Enter inside it; `entered` with the focus.

    With `digits` a digit chooses its value too; where the page has digits of its own it stays without.
    """

    chosen = Signal(int)
    moved = Signal(int)
    entered = Signal()

    def __init__(self, *, cell: int = 46, drawn: int = 36, digits: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._digits = digits
        self._cell, self._drawn = cell, drawn
        self._row: RowView | None = None
        self._current, self._read_only = False, False
        self._over, self._at = -1, -1
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def render_row(self, row: RowView, *, current: bool = False, read_only: bool = False) -> None:
        """The row as it stands; repaints only what differs."""
        if (row, current, read_only) == (self._row, self._current, self._read_only):
            return
        resized = self._row is None or len(self._row.scale) != len(row.scale) or current != self._current
        self._row, self._current, self._read_only = row, current, read_only
        self.setAccessibleName(row_words(row))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus if read_only else Qt.FocusPolicy.TabFocus)
        if resized:
            self.updateGeometry()
        self.update()

    def set_measures(self, cell: int, drawn: int) -> None:
        """Other cell sizes, px at 100 %."""
        self._cell, self._drawn = cell, drawn
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme, cells = Theme.current, len(self._row.scale) if self._row else 7
        high = self._drawn + (8 if self._current else 0)
        return QSize(theme.size(self._cell) * cells + 2, theme.size(high + 4))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _values(self) -> list[int]:
        return [value for value, _ in self._row.scale] if self._row else []

    def _place(self, index: int) -> QRectF:
        high = Theme.current.size(self._drawn + (8 if self._current else 0))
        wide = (self.width() - 2) / max(1, len(self._values()))
        return QRectF(1 + index * wide, (self.height() - high) / 2, wide, high)

    def _index_at(self, x: float) -> int:
        count = len(self._values())
        return min(max(int((x - 1) / ((self.width() - 2) / max(1, count))), 0), count - 1)

    # ---- pointer ----

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave and self._over != -1:
            self._over = -1
            self.update()
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._index_at(event.position().x())
        if over != self._over:
            self._over = over
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._read_only and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self._values()[self._index_at(event.position().x())])

    # ---- keyboard ----

    def ring_part(self) -> QRect | None:
        """The ring goes round one cell."""
        return self._place(max(self._at, 0)).toRect()

    def focusInEvent(self, event: QFocusEvent) -> None:
        value = self._row.value if self._row else None
        self._at = self._values().index(value) if value in self._values() else 0
        super().focusInEvent(event)
        self.entered.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self._at = min(max(self._at + step, 0), len(self._values()) - 1)
            self._follow()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if not event.isAutoRepeat() and not self._read_only:
                self.chosen.emit(self._values()[self._at])
        elif self._digits and not self._read_only and self._digit(event) in self._values():
            if not event.isAutoRepeat():
                self.chosen.emit(self._digit(event))
        else:
            event.ignore()

    @staticmethod
    def _digit(event: QKeyEvent) -> int:
        """The digit of a key, -1 for any other."""
        held = event.modifiers() & (Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ControlModifier)
        return int(event.text()) if event.text() in tuple("0123456789") and not held else -1

    def _follow(self) -> None:
        FocusRing.of(self).follow(self)
        self.moved.emit(self._values()[self._at])

    # ---- painting ----

    def paintEvent(self, event: QPaintEvent) -> None:
        row = self._row
        if row is None:
            return
        painter, theme = QPainter(self), Theme.current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        values = self._values()
        whole = self._place(0).united(self._place(len(values) - 1)).adjusted(-0.5, 0.5, 0.5, -0.5)
        edge = theme.colour("edge" if self._current else "line")
        if not self._read_only:
            painter.setPen(QPen(edge, 1))
            painter.setBrush(theme.colour("surface" if self._current else "sunken"))
            painter.drawRoundedRect(whole, RADIUS, RADIUS)
        for index in range(len(values)):
            place = self._place(index)
            if index and not self._read_only:
                painter.fillRect(QRectF(round(place.left()), place.top() + 1, 1, place.height() - 2), edge)
        for index, value in enumerate(values):
            self._paint_cell(painter, index, value, row)

    def _paint_cell(self, painter: QPainter, index: int, value: int, row: RowView) -> None:
        theme, place = Theme.current, self._place(index)
        if value == row.value and row.state in _OUTLINED:
            path = QPainterPath()
            path.addRoundedRect(place.adjusted(1, 1, -1, -1), RADIUS_SMALL, RADIUS_SMALL)
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.setBrush(theme.colour("surface"))
            painter.drawPath(path)
            paint_text(painter, place, str(value), "lead", theme.colour("accent"), 700)
            return
        if value == row.value:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent"))
            painter.drawRoundedRect(place, RADIUS_SMALL, RADIUS_SMALL)
            paint_text(painter, place, str(value), "lead", theme.colour("onaccent"), 700)
            return
        if index == self._over and not self._read_only:
            painter.setPen(QPen(theme.colour("edge"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(2, 2, -2, -2), RADIUS_SMALL, RADIUS_SMALL)
        tone = "soft" if self._read_only else "ink"
        paint_text(painter, place, str(value), "body", theme.colour(tone), 500)


class SavedCell(Measured, QWidget):
    """The row's end: a tick and its time once the disk has confirmed, and never before."""

    def __init__(self, wide: int = 128, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: RowView | None = None
        self._wide = wide
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(Theme.current.size(self._wide), Theme.current.size(40))

    def render_row(self, row: RowView) -> None:
        """The row as it stands."""
        if row != self._row:
            before, self._row = self._row, row
            told = (row.state, row.value, row.at_ms)  # a quick disk may answer before "Saving" was ever drawn
            ticked = (
                row.state is RowState.SAVED
                and before is not None
                and told != (before.state, before.value, before.at_ms)
            )
            if len(row.was) > 1:
                self.setToolTip(say("live.was", values=", ".join(str(value) for value in row.was)))
            if ticked:
                self.repaint()  # at once: Qt keeps an update back for 5 ms, in case more should change
            else:
                self.update()

    def _words(self, row: RowView) -> tuple[str, str, str, str]:
        """Icon, its colour, first line, second line."""
        was = say("live.was", values=row.was[-1]) if row.was else ""
        if row.state is RowState.WITHDRAWN:
            return "circle-dashed", "soft", say("live.withdrawn"), was
        if row.state is RowState.SAVING:
            return "", "soft", say("live.saving"), was
        if row.state is RowState.NOT_SAVED:
            return "octagon-alert", "bad", say("live.not_saved"), was
        if row.value is None:
            return "circle-dashed", "soft", say("live.not_rated"), ""
        return "circle-check", "good", clock_words(row.at_ms), was

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._row is None:
            return
        painter, theme = QPainter(self), Theme.current
        icon, colour, first, second = self._words(self._row)
        px = theme.size(20)
        if icon:
            paint_icon(painter, icon, theme.colour(colour), 16, (self.height() - px) / 2, px)
        left, room = 16 + px + 8, self.width()
        tone = {"good": "ink", "bad": "bad"}.get(colour, "soft")
        small = second and icon == "circle-dashed"
        role, weight = ("caption", 400) if small else ("body", 400 if colour == "soft" else 500)
        high = theme.line(role) + (theme.line("caption") if second else 0)
        top = (self.height() - high) / 2
        paint_text(painter, QRectF(left, top, room, theme.line(role)), first, role, theme.colour(tone), weight, _LEFT)
        if second:
            below = QRectF(left, top + theme.line(role), room, theme.line("caption"))
            paint_text(painter, below, second, "caption", theme.colour("soft"), 400, _LEFT)
