# SPDX-License-Identifier: GPL-3.0-or-later
"""Flat pictures that stand in for photos and for what a camera sees; the number drawn into a made clip's pictures."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath

from observer_app.capture.drawing import read_frame_number
from observer_app.errors import BadInput

__all__ = ["number_in", "photo", "room"]

_SKIN = ("#C99372", "#7A4A2E", "#E3B78F", "#A9683F")
_HAIR = ("#3A2A20", "#16110E", "#8A8A8A", "#5B3B22")
_COAT = ("#5A4A66", "#2F5A46", "#40546B", "#6B5A2F")


def number_in(picture: QImage) -> int:
    """The frame number drawn into a picture when its clip was made, -1 when there is none to be read."""
    if picture.isNull():
        return -1
    rgb = picture.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    try:
        return read_frame_number(rows[:, : rgb.width() * 3].reshape(rgb.height(), rgb.width(), 3))
    except BadInput:
        return -1


def _jpeg(image: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPG", 88)
    return bytes(data.data())


@lru_cache(maxsize=32)
def photo(number: int) -> bytes:
    """A head and shoulders, 160x192, different for each number."""
    image = QImage(160, 192, QImage.Format.Format_RGB32)
    image.fill(QColor("#C3CBD2"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(_HAIR[number % 4]))
    painter.drawRoundedRect(QRectF(38, 20, 84, 110 if number % 2 else 70), 40, 40)
    painter.setBrush(QColor(_COAT[number % 4]))
    painter.drawRoundedRect(QRectF(12, 140, 136, 90), 40, 40)
    painter.setBrush(QColor(_SKIN[number // 2 % 4]))
    painter.drawRect(QRectF(64, 112, 32, 34))
    painter.drawEllipse(QPointF(80, 82), 34, 44)
    painter.end()
    return _jpeg(image)


@lru_cache(maxsize=8)
def room(shift: int = 0) -> bytes:
    """Two people at a low table, 640x360; `shift` moves one hand, so that pictures differ."""
    image = QImage(640, 360, QImage.Format.Format_RGB32)
    image.fill(QColor("#9EA4A3"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for colour, place in (("#6E6B66", QRectF(0, 270, 640, 90)), ("#DCE2E3", QRectF(60, 50, 120, 120)),
                          ("#A08B79", QRectF(530, 60, 80, 220)), ("#8A6A4A", QRectF(260, 250, 130, 14))):  # fmt: skip
        painter.fillRect(place, QColor(colour))
    for left, coat, skin, hair in ((150, "#7E6A86", "#C99372", "#5B3B22"), (430, "#3F5E80", "#7A4A2E", "#1B1413")):
        painter.setBrush(QColor("#5E6D68"))
        painter.drawRoundedRect(QRectF(left - 40, 170, 110, 130), 12, 12)
        painter.setBrush(QColor(coat))
        painter.drawRoundedRect(QRectF(left - 25, 140, 70, 120), 26, 26)
        painter.setBrush(QColor(hair))
        painter.drawEllipse(QPointF(left + 10, 108), 30, 32)
        painter.setBrush(QColor(skin))
        painter.drawEllipse(QPointF(left + 12, 114), 22, 26)
        path = QPainterPath(QPointF(left + 40, 200))
        path.addEllipse(QPointF(left + 50 + shift % 12, 214), 10, 8)
        painter.drawPath(path)
    painter.end()
    return _jpeg(image)
