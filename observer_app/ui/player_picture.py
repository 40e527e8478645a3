# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a recording's picture is painted: whole, never stretched, on black; words over it when there is none."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from observer_app.ui.strings import clock_words, register, say
from observer_app.ui.theme import RADIUS_PANEL, Theme

__all__ = ["Picture"]

_NEARLY = 2  # a picture's own sides are even, its place's need not be

register(
    {
        "picture.name": "Picture of the recording at {time}",
        "picture.none": "Picture of the recording",
        "picture.gap": "Nothing was recorded from {start} to {end}, {length} s.",
    }
)


class Picture(QWidget):
    """`render_picture` shows a frame; `say_over` puts words on it; `set_gap` stands in its place.

    `resized(width, height)` in the screen's own pixels.
    """

    resized = Signal(int, int)

    def __init__(self, wide: int = 816, high: int = 459, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = QSize(wide, high // 3)
        self._picture = QImage()
        self._words = ""
        self._gap = ""
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setSizePolicy(policy)
        self.setAccessibleName(say("picture.none"))
        self.setMinimumSize(wide // 3, high // 3)

    def sizeHint(self) -> QSize:
        return self._size

    @property
    def picture(self) -> QImage:
        """What is shown, as it came."""
        return self._picture

    def render_picture(self, picture: QImage, at_ms: int) -> None:
        """This frame now; a null one for none."""
        self._picture = picture
        self.setAccessibleName(self._gap or say("picture.name", time=clock_words(at_ms)))
        self.update()

    @property
    def words(self) -> str:
        """What stands over the picture or in its place, "" for nothing."""
        return self._words or self._gap

    def set_gap(self, start_ms: int, end_ms: int) -> None:
        """Nothing was recorded from `start_ms` to `end_ms`: words and no picture. -1: there is one."""
        gap = ""
        if start_ms >= 0:
            length = max(1, round((end_ms - start_ms) / 1000))
            gap = say("picture.gap", start=clock_words(start_ms), end=clock_words(end_ms), length=length)
        if gap != self._gap:
            self._gap = gap
            self.update()

    def say_over(self, words: str) -> None:
        """Words on the picture's ground, "" for none."""
        self._words = words
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(Theme.current.on_video["scrim"]))
        if not self._picture.isNull() and not self._gap:
            self._paint_picture(painter)
        if self.words:
            self._paint_words(painter, self.words)
        corners = QPainterPath()  # painted over: a round clip would make every picture several times as slow
        corners.addRect(QRectF(self.rect()))
        corners.addRoundedRect(QRectF(self.rect()), RADIUS_PANEL, RADIUS_PANEL)
        painter.fillPath(corners, Theme.current.colour("bg"))

    def _paint_picture(self, painter: QPainter) -> None:
        """What was fetched to fit is copied as it is; only what plays, and what stood in a smaller place, is scaled."""
        share, room, picture = self.devicePixelRatioF(), self.pixels(), self._picture
        wide, high = room[0] - picture.width(), room[1] - picture.height()
        if 0 <= min(wide, high) <= _NEARLY:
            left, top = wide // 2 / share, high // 2 / share
            painter.drawImage(QRectF(left, top, picture.width() / share, picture.height() / share), picture)
            return
        size = picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(0, 0, size.width(), size.height())
        place.moveCenter(QRectF(self.rect()).center())
        painter.drawImage(place, picture)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit(*self.pixels())

    def pixels(self) -> tuple[int, int]:
        """Its size in the screen's own pixels."""
        share = self.devicePixelRatioF()
        return round(self.width() * share), round(self.height() * share)

    def _paint_words(self, painter: QPainter, words: str) -> None:
        theme = Theme.current
        painter.setFont(theme.font("body", 500))
        flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        room = QRectF(self.rect()).adjusted(48, 24, -48, -24)
        found = painter.boundingRect(room, flags, words)
        scrim = QColor(theme.on_video["scrim"])
        scrim.setAlphaF(0.85)
        painter.fillRect(found.adjusted(-16, -8, 16, 8), scrim)
        painter.setPen(QColor(theme.on_video["text"]))
        painter.drawText(room, flags, words)
