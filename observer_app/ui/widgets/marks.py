# SPDX-License-Identifier: GPL-3.0-or-later
"""Small signs: the record's trail, tags and chips, photos, level meters, the recording light."""

from __future__ import annotations

import math

from PySide6.QtCore import QBuffer, QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from observer_app.domain.record import RecordState
from observer_app.ui.icons import paint_icon
from observer_app.ui.strings import say
from observer_app.ui.theme import RADIUS, RADIUS_SMALL, Theme
from observer_app.ui.widgets.buttons import paint_text
from observer_app.ui.widgets.measured import Measured

__all__ = ["STATE_ICONS", "Lamp", "Meter", "Photo", "Tag", "Trail", "state_word"]

STATE_ICONS = {
    RecordState.SAVED: "circle-check",
    RecordState.SIGNED: "signature",
    RecordState.SENT: "send",
    RecordState.ACKNOWLEDGED: "badge-check",
}
_LEFT = Qt.AlignmentFlag.AlignLeft


def state_word(state: RecordState) -> str:
    """The state in its one word."""
    return say(f"state.{state.name.lower()}")


class _Painted(Measured, QWidget):
    """A fixed-size sign that grows with the text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class Trail(_Painted):
    """Saved, Signed, Sent, Acknowledged: reached ones in good with their icon, the others an empty ring."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = RecordState.NONE
        self.render_state(RecordState.NONE)

    def render_state(self, state: RecordState) -> None:
        """How far the record is."""
        self._state = state
        self.setAccessibleName(say("state.trail", word=state_word(state)))
        self.update()

    def _parts(self) -> list[tuple[str, int]]:
        metrics = Theme.current.metrics("caption", 600)
        return [(state_word(s), math.ceil(metrics.horizontalAdvance(state_word(s)))) for s in STATE_ICONS]

    def sizeHint(self) -> QSize:
        icon = Theme.current.size(16)
        wide = sum(icon + 4 + width for _, width in self._parts()) + 3 * 28
        return QSize(wide, Theme.current.size(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, left = QPainter(self), Theme.current, 0.0
        middle, px = self.height() / 2, theme.size(16)
        for (state, name), (word, width) in zip(STATE_ICONS.items(), self._parts(), strict=True):
            if state > RecordState.SAVED:
                painter.setPen(QPen(theme.colour("edge"), 1))
                painter.drawLine(round(left + 8), round(middle), round(left + 20), round(middle))
                left += 28
            reached = state <= self._state
            colour = theme.colour("good" if reached else "soft")
            paint_icon(painter, name if reached else "circle", colour, left, middle - px / 2, px)
            left += px + 4
            rect = QRectF(left, 0, width + 2, self.height())
            paint_text(painter, rect, word, "caption", colour, 600 if reached else 500, _LEFT)
            left += width


class Tag(_Painted):
    """A small outlined word; dashed for what is only a sample, filled with `ground` for a chip."""

    def __init__(self, text: str, *, icon: str = "", dashed: bool = False, ground: str = "", weight: int = 500,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self._text, self._icon, self._dashed, self._ground, self._weight = text, icon, dashed, ground, weight
        self._widest = 0
        self.setAccessibleName(text)

    def set_text(self, text: str) -> None:
        """Other words."""
        self._text = text
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.updateGeometry()
        self.update()

    def set_ground(self, ground: str) -> None:
        """A colour role to be filled with, "" for none."""
        self._ground = ground
        self.update()

    def sizeHint(self) -> QSize:
        theme = Theme.current
        wide = math.ceil(theme.metrics("caption", self._weight).horizontalAdvance(self._text)) + 18
        return QSize(wide + (theme.size(16) + 4 if self._icon else 0), theme.size(24))

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), Theme.current.size(48)), Theme.current.size(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), Theme.current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._ground:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(self._ground))
        if self._dashed or not self._ground:
            style = Qt.PenStyle.DashLine if self._dashed else Qt.PenStyle.SolidLine
            painter.setPen(QPen(theme.colour("edge"), 1, style))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_SMALL, RADIUS_SMALL)
        left, px = 9.0, theme.size(16)
        if self._icon:
            paint_icon(painter, self._icon, theme.colour("ink"), left, (self.height() - px) / 2, px)
            left += px + 4
        room = self.width() - left - 8
        metrics = theme.metrics("caption", self._weight)
        words = metrics.elidedText(self._text, Qt.TextElideMode.ElideRight, room + 1)
        rect = QRectF(left, 0, room + 2, self.height())
        paint_text(painter, rect, words, "caption", theme.colour("ink"), self._weight, _LEFT)


class Photo(_Painted):
    """A picture from JPEG or PNG bytes, cropped to its place with small round corners; a figure when there is none."""

    def __init__(self, wide: int, high: int, *, grows: bool = False, empty: str = "user-round",
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self._wide, self._high, self._grows, self._empty = wide, high, grows, empty
        self._image = QImage()
        self._bytes: bytes | None = None
        self._place = QSize()  # in points of the screen: what the picture was unpacked for

    def render_bytes(self, picture: bytes, name: str) -> None:
        """The picture and what it is called for those who cannot see it."""
        self.setAccessibleName(name)
        if picture != self._bytes:
            self._bytes = picture
            self._read()
            self.update()

    def _read(self) -> None:
        """Unpacked to no more points than its place has: the preview comes several times a second, and a key must not
        have to wait for it."""
        place = self.size() * self.devicePixelRatioF()
        self._place, self._image = place, QImage()
        if not self._bytes:
            return
        content = QBuffer()
        content.setData(QByteArray(self._bytes))
        reader = QImageReader(content)
        whole = reader.size()
        covering = whole.scaled(place, Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        if not place.isEmpty() and covering.width() < whole.width():
            reader.setScaledSize(covering)
        self._image = reader.read()

    @property
    def has_picture(self) -> bool:
        """Whether there is one to be seen."""
        return not self._image.isNull()

    @property
    def unpacked(self) -> QSize:
        """How many points of the picture are kept."""
        return self._image.size()

    def set_size(self, wide: int, high: int) -> None:
        """Another size in px."""
        self._wide, self._high = wide, high
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        if self._grows:
            return QSize(Theme.current.size(self._wide), Theme.current.size(self._high))
        return QSize(self._wide, self._high)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.size() * self.devicePixelRatioF() != self._place:
            self._read()
        painter, theme = QPainter(self), Theme.current
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        whole = QRectF(self.rect())
        path = QPainterPath()
        path.addRoundedRect(whole, RADIUS, RADIUS)
        painter.setClipPath(path)
        if self._image.isNull():
            painter.fillRect(self.rect(), theme.colour("line"))
            px = round(min(whole.width(), whole.height()) / 2)
            paint_icon(
                painter, self._empty, theme.colour("soft"), (whole.width() - px) / 2, (whole.height() - px) / 2, px
            )
            return
        size = self._image.size()
        scale = max(whole.width() / size.width(), whole.height() / size.height())
        wide, high = whole.width() / scale, whole.height() / scale
        part = QRectF((size.width() - wide) / 2, (size.height() - high) / 2, wide, high)
        painter.drawImage(whole, self._image, part)


class Meter(QWidget):
    """Loudness in steps; `level` is 0..1. Framed steps on a warning's ground."""

    def __init__(self, steps: int = 13, *, framed: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps, self._framed, self._level, self._tone = steps, framed, 0.0, "good"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def render_level(self, level: float, words: str, tone: str = "good") -> None:
        """The level now and the words for it."""
        self.setAccessibleName(say("meter.level", words=words))
        if (lit := self._lit(level)) != self._lit(self._level) or tone != self._tone:
            del lit
            self.update()
        self._level, self._tone = level, tone

    def _lit(self, level: float) -> int:
        return math.ceil(min(max(level, 0.0), 1.0) * self._steps)

    def sizeHint(self) -> QSize:
        return QSize(self._steps * 8, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), Theme.current
        step = (self.width() - 2 * (self._steps - 1)) / self._steps
        lit = self._lit(self._level)
        for index in range(self._steps):
            rect = QRectF(round(index * (step + 2)), 0, round(step), 12)
            on = index < lit
            if self._framed:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(QPen(theme.colour(self._tone if on else "edge"), 1))
                painter.setBrush(theme.colour(self._tone if on else "surface"))
                painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
            else:
                painter.fillRect(rect, theme.colour(self._tone if on else "line"))


class Lamp(_Painted):
    """The recording light: a plain disc, lit only while recording; it never blinks."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lit = False

    def set_lit(self, lit: bool) -> None:
        """On while recording."""
        if lit != self._lit:
            self._lit = lit
            self.update()

    def sizeHint(self) -> QSize:
        px = Theme.current.size(20)
        return QSize(px, px)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), Theme.current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._lit:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("rec"))
        else:
            painter.setPen(QPen(theme.colour("edge"), 2))
        px = theme.size(14)
        painter.drawEllipse(
            QRectF((self.width() - px) / 2, (self.height() - px) / 2, px, px).adjusted(0.5, 0.5, -0.5, -0.5)
        )
