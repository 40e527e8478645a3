# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a recording's picture is painted: whole, never stretched, on black; words over it when there is none."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from observer_app.ui.strings import clock_words, register, say
from observer_app.ui.theme import RADIUS_PANEL, Theme

__all__ = ["Picture"]

register(
    {
        "picture.name": "Picture of the recording at {time}",
        "picture.none": "Picture of the recording",
        "picture.gap": "Nothing was recorded here. This is the last picture before it.",
    }
)


class Picture(QWidget):
    """`render_picture` shows a frame; `say_over` puts words on it."""

    def __init__(self, wide: int = 816, high: int = 459, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = QSize(wide, high // 3)
        self._picture = QImage()
        self._words = ""
        self._gap = False
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
        """This frame now."""
        self._picture = picture
        self.setAccessibleName(say("picture.name", time=clock_words(at_ms)))
        self.update()

    def set_gap(self, gap: bool) -> None:
        """Whether what is shown is only the last picture before a gap."""
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
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.rect()), RADIUS_PANEL, RADIUS_PANEL)
        painter.setClipPath(path)
        painter.fillRect(self.rect(), QColor(Theme.current.on_video["scrim"]))
        if not self._picture.isNull():
            size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRectF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2,
                           size.width(), size.height())  # fmt: skip
            painter.drawImage(place, self._picture)
        words = self._words or (say("picture.gap") if self._gap else "")
        if words:
            self._paint_words(painter, words)

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
