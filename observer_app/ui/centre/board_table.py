# SPDX-License-Identifier: GPL-3.0-or-later
"""The board's table: eleven columns, or two-line rows where they do not fit."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from observer_app.ui.centre.board_cells import BESIDE_BOX, BoardCells
from observer_app.ui.centre.board_rows import counts_of, table_rows
from observer_app.ui.centre.strings import STEPS
from observer_app.ui.strings import say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.table import Heading, RowModel, Table
from observer_app.workflows.board_views import BoardRow, BoardView

__all__ = ["BoardTable"]

_WIDTHS = (76, 228, 64, 104, 84, 92, 92, 92, 92, 112)
_LEAST_TROUBLE = 160
_LARGE = 1800  # px of table from which rows are taller
_ASSESSOR, _MOST_ASSESSOR = 3, 200


class BoardTable(Table):
    """`render_board` shows the rows; Enter shows the past of a two-line row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        titles = [say(f"board.column.{name}") for name in ("time", "candidate", "room", "assessor")]
        titles += [say(f"board.step.{name}") for name in STEPS]
        self._heading = Heading(48)
        super().__init__(say("board.table"), RowModel([*titles, say("board.column.trouble")]), heading=self._heading,
                         parent=parent)  # fmt: skip
        self._assessors: set[str] = set()
        self._cells = BoardCells(self)
        self.setItemDelegate(self._cells)
        self._heading.setStretchLastSection(False)
        self._heading.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.row_opened.connect(self._open_row)
        self._fit()

    def render_board(self, view: BoardView, rows: list[BoardRow]) -> None:
        """The rows under the filter; the counts are the whole day's."""
        self._heading.set_counts(counts_of(view))
        self.render(table_rows(rows))
        assessors = {row.assessor for row in view.rows}
        if assessors != self._assessors:
            self._assessors = assessors
            self._fit()

    @property
    def narrow(self) -> bool:
        """Whether rows are two lines."""
        return self._cells.narrow

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_cells"):
            self._fit()

    def _fit(self) -> None:
        theme, room = Theme.current, self.viewport().width()
        widths = [theme.size(wide) for wide in _WIDTHS]
        least = sum(widths) + theme.size(_LEAST_TROUBLE)
        widths[_ASSESSOR] += self._more_for_names(widths[_ASSESSOR], max(0, room - least))
        self._cells.narrow = theme.factor > 1 and (theme.one_column or room < least)
        for number in range(len(widths) + 1):
            self.setColumnHidden(number, self._cells.narrow and number != 1)
        if self._cells.narrow:
            self._heading.hide()
            self.setColumnWidth(1, room)
        else:
            self._heading.show()
            spare = max(room - sum(widths), theme.size(_LEAST_TROUBLE))
            for number, wide in enumerate([*widths, spare]):
                self.setColumnWidth(number, wide)
        self.fit_rows()

    def _more_for_names(self, wide: int, spare: int) -> int:
        """What the assessors' names need beyond their column, as far as there is room; the rest wraps."""
        metrics = Theme.current.metrics()
        longest = max((metrics.horizontalAdvance(name) for name in self._assessors), default=0.0)
        wanted = min(round(longest) + BESIDE_BOX, Theme.current.size(_MOST_ASSESSOR))
        return min(max(0, wanted - wide), spare)

    def fit_rows(self) -> None:
        """One height for all, or two or three lines."""
        if not hasattr(self, "_cells"):
            return
        if self._cells.narrow:
            self.resizeRowsToContents()
        else:
            high = Theme.current.size(48 if self.width() >= _LARGE else 40)
            self.verticalHeader().setDefaultSectionSize(high)
            for number in range(self.model().rowCount()):
                self.setRowHeight(number, high)

    def _open_row(self, key: str) -> None:
        if self._cells.narrow:
            self._cells.opened = "" if self._cells.opened == key else key
            self.fit_rows()
            self.viewport().update()
