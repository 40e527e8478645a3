# SPDX-License-Identifier: GPL-3.0-or-later
"""A bar of controls: what leads at the left, the rest at the right, in a second line where there is no room for one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from observer_app.ui.theme import Theme

__all__ = ["Flow"]

_LINES_APART = 8


class Flow(QWidget):
    """Controls keep their order, which is also that of the Tab key; lines are broken between them, never in them."""

    def __init__(self, leading: Sequence[QWidget], rest: Sequence[QWidget], *, side: int = 24, around: int = 12,
                 gap: int = 16, parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self._leading, self._rest = list(leading), list(rest)
        self._side, self._around, self._gap = side, around, gap
        for part in (*self._leading, *self._rest):
            part.setParent(self)
            part.installEventFilter(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        kinds = (QEvent.Type.ShowToParent, QEvent.Type.HideToParent, QEvent.Type.LayoutRequest)
        if event.type() in kinds:
            self._place()
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a control has other words now
            self._place()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self._place()
        super().changeEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(400, self.minimumHeight() or Theme.current.size(40) + 2 * self._around)

    def _lines(self) -> list[list[QWidget]]:
        lines: list[list[QWidget]] = [[]]
        room, used = self.width() - 2 * self._side, 0
        for part in (*self._leading, *self._rest):
            if part.isHidden():
                continue
            wide = _size(part).width()
            if lines[-1] and used + self._gap + wide > room:
                lines.append([])
                used = 0
            used += wide + (self._gap if lines[-1] else 0)
            lines[-1].append(part)
        return lines

    def _place(self) -> None:
        top = self._around
        lines = self._lines()
        for line in lines:
            high = max((_size(part).height() for part in line), default=0)
            left = self._side
            spare = (
                self.width() - 2 * self._side - sum(_size(p).width() for p in line) - self._gap * max(0, len(line) - 1)
            )
            for number, part in enumerate(line):
                first_of_rest = part in self._rest and (number == 0 or line[number - 1] in self._leading)
                if first_of_rest and len(lines) == 1:
                    left += max(0, spare)
                size = _size(part)
                part.setGeometry(left, top + (high - size.height()) // 2, size.width(), size.height())
                left += size.width() + self._gap
            top += high + _LINES_APART
        high = top - _LINES_APART + self._around
        if high != self.minimumHeight() or high != self.maximumHeight():
            self.setFixedHeight(high)


def _size(part: QWidget) -> QSize:
    return (
        part.sizeHint().expandedTo(part.minimumSizeHint()).expandedTo(part.minimumSize()).boundedTo(part.maximumSize())
    )
