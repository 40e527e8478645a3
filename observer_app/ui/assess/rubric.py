# SPDX-License-Identifier: GPL-3.0-or-later
"""The rubric: one row a criterion, the current one opened to its anchors. Rows keep their order and their place."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from observer_app.ui.strings import say
from observer_app.ui.theme import RADIUS_SMALL, Theme
from observer_app.ui.widgets.buttons import paint_text
from observer_app.ui.widgets.measured import Measured
from observer_app.ui.widgets.panel import scrolling
from observer_app.ui.widgets.scale import SavedCell, Scale, cell_for, row_words
from observer_app.ui.widgets.text import Text, lay_out
from observer_app.workflows.views import RowView

__all__ = ["Anchors", "CriterionRow", "Rubric"]

_BAR, _NUMBER = 4, 44
_SMALLEST_ROW = 40


def anchors_of(row: RowView) -> tuple[tuple[int, str], ...]:
    """What the values mean: the row's anchors, or else the words of its scale."""
    return row.anchors or tuple((value, label) for value, label in row.scale if label)


class Anchors(QWidget):
    """What each value of the scale means for this criterion; the chosen one stands out."""

    def __init__(self) -> None:
        super().__init__()
        self._anchors: tuple[tuple[int, str], ...] = ()
        self._value: int | None = None
        self._question = ""
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def render_anchors(self, anchors: tuple[tuple[int, str], ...], value: int | None, question: str = "") -> None:
        """(value, text) in rising order, the value in force, and a question to stand over them."""
        if (anchors, value, question) != (self._anchors, self._value, self._question):
            if anchors != self._anchors or question != self._question:
                self.setAccessibleName(". ".join((question, *(f"{v}: {text}" for v, text in anchors))))
                self.setToolTip(question)
                self.updateGeometry()
            self._anchors, self._value, self._question = anchors, value, question
            self.update()

    def _room(self, width: int) -> float:
        return max(50.0, width - Theme.current.size(_NUMBER) - 16)

    def _heights(self, width: int) -> list[float]:
        room = self._room(width)
        return [sum(h for _, h in lay_out(text, "body", 600, room, True)) for _, text in self._anchors]

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        over = Theme.current.line("body") if self._question else 0
        return round(sum(self._heights(width))) + over + (8 if self._anchors else 0)

    def sizeHint(self) -> QSize:
        return QSize(400, self.heightForWidth(max(self.width(), 400)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, top = QPainter(self), Theme.current, 0.0
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        number, pitch, room = theme.size(_NUMBER), theme.line("body"), self._room(self.width())
        if self._question:
            words = theme.metrics().elidedText(self._question, Qt.TextElideMode.ElideRight, room + 12)
            place, left = QRectF(number, 0, room + 16, pitch), Qt.AlignmentFlag.AlignLeft
            paint_text(painter, place, words, "body", theme.colour("soft"), 400, left)
            top = float(pitch)
        for (value, text), high in zip(self._anchors, self._heights(self.width()), strict=True):
            chosen = value == self._value
            wide = theme.size(22)
            box = QRectF((number - wide) / 2, top, wide, pitch)
            if chosen:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour("accent"))
                painter.drawRoundedRect(box, RADIUS_SMALL, RADIUS_SMALL)
            colour = theme.colour("onaccent" if chosen else "soft")
            paint_text(painter, box, str(value), "body", colour, 600)
            painter.setPen(theme.colour("ink"))
            for layout, _ in lay_out(text, "body", 600 if chosen else 400, room, True):
                layout.draw(painter, QRectF(number, top, 0, 0).topLeft())
            top += high


class CriterionRow(Measured, QWidget):
    """One row. `rated(criterion, value)`; `picked(criterion)` when clicked elsewhere."""

    rated = Signal(str, int)
    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.row: RowView | None = None
        self.current = False
        self._narrow, self._height, self._cell, self._room = False, 48, 46, 0
        self._number = Text(tone="soft", weight=600, align=Qt.AlignmentFlag.AlignHCenter)
        self._title = Text(weight=500, wrap=True, middle=True)
        self.scale, self._saved, self._anchors = Scale(), SavedCell(), Anchors()
        self.scale.chosen.connect(self._rate)
        self.scale.entered.connect(self._enter)
        self._grid = QGridLayout(self)
        self._grid.setSpacing(0)
        self._arrange()

    def _rate(self, value: int) -> None:
        if self.row is not None:
            self.rated.emit(self.row.criterion, value)

    def _enter(self) -> None:
        """What has the ring is the row that digits rate."""
        if self.row is not None and not self.current:
            self.picked.emit(self.row.criterion)

    def _arrange(self) -> None:
        grid, theme = self._grid, Theme.current
        for part in (self._number, self._title, self.scale, self._saved, self._anchors):
            grid.removeWidget(part)
        grid.setContentsMargins(_BAR, 0, 0, 0)
        grid.addWidget(self._number, 0, 0)
        grid.addWidget(self._title, 0, 1)
        middle = Qt.AlignmentFlag.AlignVCenter
        if self._narrow:
            grid.addWidget(self._saved, 0, 2, middle)
            grid.addWidget(self.scale, 1, 0, 1, 3, Qt.AlignmentFlag.AlignHCenter)
        else:
            grid.addWidget(self.scale, 0, 2, middle)
            grid.addWidget(self._saved, 0, 3, middle)
        grid.addWidget(self._anchors, 2, 0, 1, 4)
        grid.setColumnMinimumWidth(0, theme.size(_NUMBER))
        grid.setColumnStretch(1, 1)
        self._sized()

    def set_measures(self, *, narrow: bool, height: int, cell: int, room: int) -> None:
        """How a row is laid out: stacked or side by side, its height and cells, px at 100 %; `room` is the width there
        is for it, px as they are."""
        if narrow != self._narrow:
            self._narrow = narrow
            self._arrange()
        self._height, self._cell, self._room = height, cell, room
        self._sized()

    def _sized(self) -> None:
        theme = Theme.current
        shown = self.current or not self._narrow
        self.scale.setVisible(shown)
        self._anchors.setVisible(self.current and bool(self.row and anchors_of(self.row)))
        extra = 8 if self.current else 0
        self._grid.setRowMinimumHeight(0, theme.size(self._height + (0 if self._narrow else extra)))
        self._grid.setColumnMinimumWidth(0, theme.size(_NUMBER) if not self._narrow else theme.size(28))
        points = max(1, len(self.row.scale)) if self.row else 7
        if self._narrow:
            widest = int((self._room - 2 * _BAR - 16) / points / theme.factor)
            self.scale.set_measures(min(92, widest), 36 if theme.factor > 1.4 else 64)
        else:
            self.scale.set_measures(cell_for(points, self._cell), 36)

    def render_row(self, row: RowView, current: bool) -> None:
        """The row as it stands, and whether it is the current one."""
        if row == self.row and current == self.current:
            return
        turned = current != self.current or self.row is None or len(row.scale) != len(self.row.scale)
        self.row, self.current = row, current
        self.setAccessibleName(row_words(row))
        self._number.setText(str(row.number) if row.number else "")
        self._number.set_tone("ink" if current else "soft")
        title = row.title if row.criterion else say("live.overall")
        self._title.setText(title)
        self._title.setToolTip(row.title)
        self._title.set_weight(600 if current or not row.criterion else 500)
        self.scale.render_row(row, current=current)
        self._saved.render_row(row)
        self._anchors.render_anchors(anchors_of(row), row.value, row.title if title != row.title else "")
        if turned:
            self._sized()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.row is not None:
            self.picked.emit(self.row.criterion)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, wide, high = QPainter(self), Theme.current, self.width(), self.height()
        if self.current:
            painter.fillRect(self.rect(), theme.colour("tint"))
            painter.fillRect(0, 0, _BAR, high, theme.colour("accent"))
            painter.fillRect(0, 0, wide, 1, theme.colour("accent"))
            painter.fillRect(0, high - 1, wide, 1, theme.colour("accent"))
            return
        if self.row is not None and not self.row.criterion:
            painter.fillRect(0, 0, wide, 2, theme.colour("edge"))
        else:
            painter.fillRect(0, 0, wide, 1, theme.colour("line"))


class Rubric(QWidget):
    """All rows. `rated(criterion, value)`, `moved(criterion)`."""

    rated = Signal(str, int)
    moved = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[CriterionRow] = []
        self.current = 0
        self._views: tuple[RowView, ...] = ()
        self._narrow, self._wide = False, False
        inside = QWidget()
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self._list.addStretch(1)
        self._area = scrolling(inside, keys=False)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._area)

    @property
    def criterion(self) -> str:
        """The current row's criterion, "" for the overall judgement."""
        return self._views[self.current].criterion if self._views else ""

    @property
    def view(self) -> RowView | None:
        """The current row."""
        return self._views[self.current] if self._views else None

    def set_measures(self, *, narrow: bool, wide: bool) -> None:
        """One column or three, and the larger rows of a larger screen."""
        self._narrow, self._wide = narrow, wide
        self._measure()

    def _measure(self) -> None:
        height, cell = (56, 64) if self._wide else (48, 46)
        if not self._narrow and self.rows and self.height() > 100:
            factor = Theme.current.factor
            opened = max((len(anchors_of(view)) + (not view.criterion) for view in self._views), default=7)
            room = self.height() / factor - 8 - opened * 20 - 8 / factor
            height = int(min(height, max(_SMALLEST_ROW, room / len(self.rows))))
        for one in self.rows:
            one.set_measures(narrow=self._narrow, height=36 if self._narrow else height, cell=cell,
                             room=self._area.viewport().width())  # fmt: skip

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()
        self._reveal()

    def render_rows(self, rows: tuple[RowView, ...]) -> None:
        """The rows as they stand; the current one stays."""
        fewer = len(self.rows)
        while len(self.rows) < len(rows):
            one = CriterionRow()
            one.rated.connect(self.rated)
            one.picked.connect(self._pick)
            self.rows.append(one)
            self._list.insertWidget(len(self.rows) - 1, one)
        self._views = rows
        for index, (one, view) in enumerate(zip(self.rows, rows, strict=False)):
            one.render_row(view, index == self.current)
        if fewer != len(self.rows):
            self._measure()

    def go_to(self, index: int) -> None:
        """Makes another row the current one."""
        index = min(max(index, 0), len(self._views) - 1)
        if index == self.current or not self._views:
            return
        self.current = index
        self.render_rows(self._views)
        self._reveal()
        self.moved.emit(self.criterion)

    def _reveal(self) -> None:
        """Lays out at once, then brings the current row into view; in one column it stands on top."""
        if not self.rows:
            return
        self._list.activate()
        one = self.rows[self.current]
        if self._narrow:
            self._area.verticalScrollBar().setValue(one.y())
        else:
            self._area.ensureWidgetVisible(one, 0, 8)

    def step(self, by: int) -> None:
        """Up or down."""
        self.go_to(self.current + by)

    def _pick(self, criterion: str) -> None:
        self.go_to(next(i for i, view in enumerate(self._views) if view.criterion == criterion))

    def pick(self, criterion: str) -> None:
        """Makes a criterion's row the current one."""
        self._pick(criterion)
