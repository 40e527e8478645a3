# SPDX-License-Identifier: GPL-3.0-or-later
"""Lucide icons, tinted with the colour of the text beside them, sharp on any screen."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from observer_app.shipped import shipped

__all__ = ["icon", "icon_pixmap", "paint_icon"]


@lru_cache(maxsize=256)
def _drawing(name: str, colour: str) -> QSvgRenderer | None:
    file = shipped("resources") / "icons" / f"{name}.svg"
    if not file.is_file():
        return None
    return QSvgRenderer(QByteArray(file.read_bytes().replace(b"currentColor", colour.encode())))


@lru_cache(maxsize=512)
def icon_pixmap(name: str, colour: str, px: int, ratio: float = 1.0) -> QPixmap:
    """The icon `px` wide in `#rrggbb` for a screen of that device pixel ratio; an empty picture if there is none."""
    pixmap = QPixmap(round(px * ratio), round(px * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    drawing = _drawing(name, colour)
    if drawing is not None:
        painter = QPainter(pixmap)
        drawing.render(painter)
        painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def paint_icon(painter: QPainter, name: str, colour: QColor, left: float, top: float, px: int) -> None:
    """Draws an icon with its upper left corner there."""
    ratio = painter.device().devicePixelRatio()
    pixmap = icon_pixmap(name, colour.name(), px, ratio)
    painter.drawPixmap(QRectF(left, top, px, px), pixmap, QRectF(pixmap.rect()))


def icon(name: str, colour: QColor, px: int = 20) -> QIcon:
    """The icon for Qt's own widgets (menus, list items)."""
    found = QIcon(icon_pixmap(name, colour.name(), px))
    found.addPixmap(icon_pixmap(name, colour.name(), px, 2.0))
    return found
