# SPDX-License-Identifier: GPL-3.0-or-later
"""A child in a round-cornered hairline, its own square corners covered."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from observer_app.ui.theme import RADIUS_PANEL, Theme
from observer_app.ui.widgets.panel import column

__all__ = ["Framed"]


class _Edge(QWidget):
    """Lies over the child: the ground outside the corners and the line round it."""

    def __init__(self, ground: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = ground
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), Theme.current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole, inner = QPainterPath(), QPainterPath()
        whole.addRect(QRectF(self.rect()))
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        inner.addRoundedRect(rect, RADIUS_PANEL, RADIUS_PANEL)
        painter.fillPath(whole.subtracted(inner), theme.colour(self._ground))
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.drawPath(inner)


class Framed(QWidget):
    """`ground` is the colour role around it."""

    def __init__(self, child: QWidget, ground: str = "bg", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column(child, margins=(1, 1, 1, 1), into=self)
        self._edge = _Edge(ground, self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._edge.setGeometry(self.rect())
        self._edge.raise_()
