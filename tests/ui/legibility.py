# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what is drawn can be read: contrast measured in a picture of the window, letters never under 13 px.

Each piece of text that can be seen whole is cut out of one picture. Its ground is the colour most of it has, its ink
the colour farthest from that (WCAG 2.2): edges of letters are mixed, stems are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLabel, QLineEdit, QPlainTextEdit, QWidget

from observer_app.ui.theme import Theme
from observer_app.ui.widgets.scale import SavedCell, Scale

__all__ = ["contrast_of", "faint", "poor", "small"]

LEAST, SMALLEST_PX = 4.5, 13
_NOWHERE = QModelIndex()


def _pieces(window: QWidget) -> Iterator[tuple[str, QWidget, QRect]]:
    """(what it says, the widget, its place within it) of everything with letters that can be seen."""
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, QLabel | QAbstractButton) and widget.text().strip():
            yield widget.text(), widget, widget.rect()
        elif isinstance(widget, QLineEdit) and (widget.text() or widget.placeholderText()):
            yield widget.text() or widget.placeholderText(), widget, widget.rect().adjusted(4, 4, -4, -4)
        elif isinstance(widget, QPlainTextEdit) and widget.toPlainText():
            yield widget.toPlainText(), widget, widget.rect().adjusted(4, 4, -4, -4)
        elif isinstance(widget, SavedCell) and widget.accessibleName():
            yield widget.accessibleName(), widget, widget.rect()
        elif isinstance(widget, Scale):
            for index, value in enumerate(widget._values()):
                place = widget._place(index).toRect().adjusted(3, 3, -3, -3)
                yield f"{widget.accessibleName()}: {value}", widget, place
        elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
            yield from _cells(widget)


def _cells(view: QAbstractItemView) -> Iterator[tuple[str, QWidget, QRect]]:
    model = view.model()
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(_NOWHERE)
    for row in range(model.rowCount(_NOWHERE)):
        for column in range(columns):
            index = model.index(row, column)
            words, place = str(index.data() or ""), view.visualRect(index)
            if words.strip() and not place.isEmpty():
                yield words, view.viewport(), place.adjusted(5, 2, -2, -2)


def _luminance(pixels: Any) -> Any:
    part = pixels.astype(float) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def contrast_of(pixels: Any) -> float:
    """Contrast of a piece, (height, width, 3) of RGB: the colour most of it has against the one farthest from it."""
    colours, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    light = _luminance(colours)
    ground = light[counts.argmax()]
    high, low = np.maximum(light, ground), np.minimum(light, ground)
    return float(((high + 0.05) / (low + 0.05)).max())


def _pixels(window: QWidget) -> Any:
    image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return raw[:, : image.width(), 2::-1].copy()


def _seen(window: QWidget, widget: QWidget, place: QRect) -> QRect | None:
    """Its place in the window when all of it is to be seen, else None."""
    if widget.visibleRegion().boundingRect().intersected(place) != place:
        return None
    found = place.translated(widget.mapTo(window, QPoint(0, 0)))
    return found if window.rect().contains(found) and not found.isEmpty() else None


def poor(window: QWidget, least: float = LEAST) -> list[str]:
    """What is drawn with too little contrast, with the figure."""
    pixels, found = _pixels(window), []
    for words, widget, place in _pieces(window):
        seen = _seen(window, widget, place)
        if seen is None:
            continue
        piece = pixels[seen.top() : seen.bottom() + 1, seen.left() : seen.right() + 1]
        figure = contrast_of(piece)
        if figure < least:
            found.append(f"{words[:60]!r} has a contrast of {figure:.1f}")
    return found


def small(window: QWidget) -> list[str]:
    """Letters under 13 px at the text size in force."""
    least = Theme.current.size(SMALLEST_PX)
    shown = [w for w in window.findChildren(QWidget) if w.isVisible()]
    worded = [w for w in shown if isinstance(w, QLabel | QAbstractButton | QLineEdit | QPlainTextEdit)]
    return [f"{type(w).__name__} at {w.font().pixelSize()} px" for w in worded if w.font().pixelSize() < least]


def faint(painting: QWidget, module: Any, least: float = LEAST) -> list[str]:
    """What `module`'s `paint_text` writes into a widget that paints its own ground, where it cannot be read: in each
    text's own box of the picture, the colour nearest to the one it was to have against the one most of the box has."""
    written: list[tuple[str, QRect, QColor]] = []
    paint = module.paint_text

    def hear(painter: QPainter, rect: QRectF, text: str, role: str, colour: QColor, *more: Any) -> None:
        paint(painter, rect, text, role, colour, *more)
        align = more[1] if len(more) > 1 else Qt.AlignmentFlag.AlignCenter
        written.append((text, painter.boundingRect(rect, align | Qt.AlignmentFlag.AlignVCenter, text).toRect(), colour))

    module.paint_text = hear
    try:
        pixels = _pixels(painting)
    finally:
        module.paint_text = paint
    found = [] if written else [f"{type(painting).__name__} writes nothing"]
    for text, box, colour in written:
        piece = pixels[max(0, box.top()) : box.bottom() + 1, max(0, box.left()) : box.right() + 1].reshape(-1, 3)
        wanted = np.array([colour.red(), colour.green(), colour.blue()])
        away = np.abs(piece.astype(int) - wanted).sum(axis=1)
        ink = piece[away.argmin()]
        colours, counts = np.unique(piece, axis=0, return_counts=True)
        ground, drawn = _luminance(colours[counts.argmax()]), _luminance(ink)
        figure = float((max(ground, drawn) + 0.05) / (min(ground, drawn) + 0.05))
        if figure < least:
            found.append(f"{text!r} at {box.left()}, {box.top()} has a contrast of {figure:.1f}")
    return found
