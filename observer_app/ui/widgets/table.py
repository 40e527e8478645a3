# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables: one model of ready rows, one view with the theme's lines, its heading and its plain cells.

`data()` is a look-up in tuples made beforehand: a repaint asks for it a thousand times.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)  # fmt: skip
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QResizeEvent, QTextLayout
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)  # fmt: skip

from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import paint_text
from observer_app.ui.widgets.focus import FocusRing, Ringed
from observer_app.ui.widgets.text import lay_out

__all__ = ["Heading", "ItemRole", "PlainCells", "RowModel", "Table", "TableRow", "paint_ground"]

ItemRole = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_LEFT = Qt.AlignmentFlag.AlignLeft


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: what names it, its words by column, what stands behind it, what a screen reader says (words if none)."""

    key: str
    cells: tuple[str, ...]
    item: object = None
    spoken: tuple[str, ...] = ()


class RowModel(QAbstractTableModel):
    """Rows as they are shown."""

    def __init__(self, titles: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._titles = tuple(titles)
        self._rows: tuple[TableRow, ...] = ()

    def render(self, rows: Sequence[TableRow]) -> bool:
        """Shows these rows. True when rows came or went, so that all was laid out anew."""
        new = tuple(rows)
        if [r.key for r in new] != [r.key for r in self._rows]:
            self.beginResetModel()
            self._rows = new
            self.endResetModel()
            return True
        old, self._rows = self._rows, new
        last = len(self._titles) - 1
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            if before != after:
                self.dataChanged.emit(self.index(number, 0), self.index(number, last))
        return False

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[index.column()]
        if role == ItemRole:
            return row.item
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return (row.spoken or row.cells)[index.column()]
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        return None

    def key(self, number: int) -> str:
        """What names a row, "" where there is none."""
        return self._rows[number].key if 0 <= number < len(self._rows) else ""

    def number(self, key: str) -> int:
        """Where a row stands, -1 when it is not shown."""
        return next((n for n, row in enumerate(self._rows) if row.key == key), -1)


def paint_ground(painter: QPainter, option: QStyleOptionViewItem, first: bool) -> bool:
    """A cell's ground, its hairline and the current row's bar; whether the row is the current one."""
    theme, rect = Theme.current, option.rect
    chosen = bool(option.state & QStyle.StateFlag.State_Selected)
    painter.fillRect(rect, theme.colour("tint" if chosen else "surface"))
    painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme.colour("line"))
    view = option.widget
    if chosen and first and not (isinstance(view, Table) and view.ringed):  # within the ring it would stick out
        painter.fillRect(rect.left(), rect.top(), 4, rect.height(), theme.colour("accent"))
    return chosen


class PlainCells(QStyledItemDelegate):
    """Words that wrap; the first column is weightier, what stands under its first line is not."""

    def __init__(self, padding: int = 8, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._padding = padding

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        paint_ground(painter, option, index.column() == 0)
        rect = option.rect.adjusted(self._inset(index), self._padding, -8, -self._padding)
        laid = self._laid(index, max(1, rect.width()))
        top = rect.top() + max(0.0, (rect.height() - sum(high for _, high, _ in laid)) / 2)
        for layout, high, tone in laid:
            painter.setPen(Theme.current.colour(tone))
            layout.draw(painter, QPointF(rect.left(), top))
            top += high

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        view = option.widget
        wide = view.columnWidth(index.column()) if isinstance(view, QTableView) else option.rect.width()
        room = max(1, wide - self._inset(index) - 8)
        high = math.ceil(sum(high for _, high, _ in self._laid(index, room))) + 2 * self._padding
        return QSize(wide, max(high, Theme.current.size(40)))

    @staticmethod
    def _inset(index: Index) -> int:
        return 16 if index.column() == 0 else 0

    @staticmethod
    def _laid(index: Index, wide: int) -> list[tuple[QTextLayout, float, str]]:
        """The cell's paragraphs with their heights and colour roles."""
        words, named = str(index.data()), index.column() == 0
        first, line, rest = words.partition("\n") if named else (words, "", "")
        laid = [(*one, "ink") for one in lay_out(first, "body", 600 if named else 0, wide, True)]
        return laid + [(*one, "soft") for one in lay_out(rest, "body", 0, wide, True) if line]


class Heading(QHeaderView):
    """Column headings; `counts` puts a weightier line over each."""

    def __init__(self, high: int = 40, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._high = high
        self._counts: tuple[str, ...] = ()
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(24)

    def set_counts(self, counts: Sequence[str]) -> None:
        """A line over each heading, "" for none."""
        if tuple(counts) != self._counts:
            self._counts = tuple(counts)
            self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), Theme.current.size(self._high))

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        theme = Theme.current
        painter.fillRect(rect, theme.colour("sunken"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme.colour("line"))
        left = rect.left() + (16 if section == 0 else 0)
        title = str(self.model().headerData(section, Qt.Orientation.Horizontal) or "")
        low = theme.line("caption")
        bottom = rect.bottom() - 6 if self._counts else rect.top() + (rect.height() + low) / 2
        room = rect.right() - left
        paint_text(painter, QRectF(left, bottom - low, room, low), title, "caption", theme.colour("soft"), 600, _LEFT)
        count = self._counts[section] if section < len(self._counts) else ""
        if count:
            line = theme.line("body")
            over = QRectF(left, bottom - low - line, room + 16, line)
            paint_text(painter, over, count, "body", theme.colour("ink"), 600, _LEFT)


class Table(Ringed, QTableView):
    """A table of whole rows. `row_chosen` says the key of the current one, `row_opened` that Enter was pressed."""

    row_chosen = Signal(str)
    row_opened = Signal(str)

    def __init__(self, name: str, model: RowModel, *, heading: Heading | None = None,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self._rows = model
        model.setParent(self)
        self.setModel(model)
        self.setAccessibleName(name)
        self.setHorizontalHeader(heading or Heading(parent=self))
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrap(True)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setItemDelegate(PlainCells(parent=self))
        self.doubleClicked.connect(lambda index: self.row_opened.emit(self._rows.key(index.row())))

    def render(self, rows: Sequence[TableRow]) -> None:  # type: ignore[override]
        """Shows these rows; the current one stays current where it still stands."""
        key = self.current_key
        anew = self._rows.render(rows)
        self.fit_rows()
        if anew and self._rows.rowCount():
            number = self._rows.number(key)
            self.choose(self._rows.key(max(number, 0)))

    def fit_rows(self) -> None:
        """Rows as high as their words."""
        self.resizeRowsToContents()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_rows()

    @property
    def current_key(self) -> str:
        """What names the current row, "" for none."""
        return self._rows.key(self.currentIndex().row()) if self.currentIndex().isValid() else ""

    def choose(self, key: str) -> None:
        """Makes a row the current one."""
        number = self._rows.number(key)
        if number >= 0:
            seen = (column for column in range(self._rows.columnCount()) if not self.isColumnHidden(column))
            index = self._rows.index(number, next(seen, 0))
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            self.scrollTo(index)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and current.row() != previous.row():
            self.row_chosen.emit(self._rows.key(current.row()))
        if self.hasFocus() and self._keyboard:
            FocusRing.of(self).follow(self, self.ring_part())

    _keyboard = False

    @property
    def ringed(self) -> bool:
        """Whether the ring is drawn round the current row."""
        return self._keyboard and self.hasFocus()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._keyboard = event.reason() != Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current_key:
            self.row_opened.emit(self.current_key)
            return
        if event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End) and self._rows.rowCount():
            self.choose(self._rows.key(0 if event.key() == Qt.Key.Key_Home else self._rows.rowCount() - 1))
            return
        self._keyboard = True
        super().keyPressEvent(event)

    def ring_part(self) -> QRect | None:
        """The current row, as far as it is in sight."""
        index = self.currentIndex()
        if not index.isValid():
            return None
        seen = self.viewport().geometry()
        row = QRect(0, self.rowViewportPosition(index.row()), seen.width(), self.rowHeight(index.row()))
        return row.translated(seen.topLeft()).intersected(seen).adjusted(5, 5, -5, -5)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.horizontalHeader().updateGeometry()
            self.updateGeometries()
            self.fit_rows()
        super().changeEvent(event)
