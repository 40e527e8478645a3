# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons and key caps, painted.

A cap with a dashed edge is asleep: its key types letters now. A dashed button cannot be used yet; it may still be
pressed, so that it can say what is left.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QPushButton, QSizePolicy, QWidget

from observer_app.ui.icons import paint_icon
from observer_app.ui.theme import RADIUS, RADIUS_SMALL, Theme
from observer_app.ui.widgets.focus import Ringed
from observer_app.ui.widgets.measured import Measured

__all__ = ["Button", "KeyButton", "KeyCap", "LinkButton", "cap_width", "paint_cap", "paint_text"]


def paint_text(
    painter: QPainter, rect: QRectF, text: str, role: str, colour: QColor, weight: int = 0,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignCenter,
) -> None:  # fmt: skip
    """One line of text centred in height."""
    painter.setFont(Theme.current.font(role, weight, text))
    painter.setPen(colour)
    painter.drawText(rect, align | Qt.AlignmentFlag.AlignVCenter, text)


def cap_width(text: str) -> int:
    """Width of a key cap in px."""
    theme = Theme.current
    return max(theme.size(24), math.ceil(theme.metrics("caption", 500).horizontalAdvance(text)) + 12)


def paint_cap(painter: QPainter, left: float, middle: float, text: str, asleep: bool) -> float:
    """Draws a key cap centred on a height; its width."""
    theme = Theme.current
    wide, high = cap_width(text), theme.size(24)
    rect = QRectF(left + 0.5, round(middle - high / 2) + 0.5, wide - 1, high - 1)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.colour("edge"), 1, Qt.PenStyle.DashLine if asleep else Qt.PenStyle.SolidLine))
    painter.setBrush(Qt.BrushStyle.NoBrush if asleep else theme.colour("sunken"))
    painter.drawRoundedRect(rect, RADIUS_SMALL, RADIUS_SMALL)
    paint_text(painter, rect, text, "caption", theme.colour("soft" if asleep else "ink"), 500)
    return wide


class KeyCap(QWidget):
    """A key as it looks on the keyboard."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._asleep = text, False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_words(self, words: str) -> None:
        """Another key's name."""
        if words != self._text:
            self._text = words
            self.updateGeometry()
            self.update()

    def set_asleep(self, asleep: bool) -> None:
        """Dashed while the key types letters."""
        if asleep != self._asleep:
            self._asleep = asleep
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(cap_width(self._text), Theme.current.size(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_cap(QPainter(self), 0, self.height() / 2, self._text, self._asleep)


class KeyButton(Measured, QAbstractButton):
    """A key cap and what the key does, for the mouse to press; the keyboard has the key itself."""

    def __init__(self, key: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self.set_words(words)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_words(self, words: str) -> None:
        """What the key does now."""
        self.setText(words)
        self.setAccessibleName(f"{words}, {self._key}")
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        words = math.ceil(Theme.current.metrics("caption").horizontalAdvance(self.text()))
        return QSize(cap_width(self._key) + 5 + words, Theme.current.size(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), Theme.current
        paint_cap(painter, 0, self.height() / 2, self._key, False)
        left = cap_width(self._key) + 4
        place = QRectF(left, 0, self.width() - left, self.height())
        tone = theme.colour("ink" if self.underMouse() else "soft")
        paint_text(painter, place, self.text(), "caption", tone, 400, Qt.AlignmentFlag.AlignLeft)


class Button(Ringed, Measured, QPushButton):
    """A button: `kind` plain, main or quiet; icons before and after the words; key caps after them."""

    def __init__(
        self, text: str, *, kind: str = "plain", icon: str = "", after: str = "", caps: tuple[str, ...] = (),
        high: int = 44, weight: int = 600, name: str = "", tight: bool = False, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._kind, self._icon, self._after, self._caps = kind, icon, after, caps
        self._high, self._weight = high, weight
        self._asleep, self._ready, self._name = False, True, name
        self._over = False
        self._padding = 12 if caps or kind == "quiet" or tight else 16
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setAutoDefault(True)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setAccessibleName(self._name or text)
        self.updateGeometry()
        self.update()

    def set_high(self, high: int) -> None:
        """Another height, px at 100 %."""
        if high != self._high:
            self._high = high
            self.updateGeometry()

    def set_icon(self, name: str) -> None:
        """Another icon before the words."""
        self._icon = name
        self.updateGeometry()
        self.update()

    def set_kind(self, kind: str) -> None:
        """Plain, main or quiet."""
        self._kind = kind
        self.update()

    def set_asleep(self, asleep: bool) -> None:
        """Its one-letter keys type letters now."""
        if asleep != self._asleep:
            self._asleep = asleep
            self.update()

    def set_ready(self, ready: bool) -> None:
        """Not ready is dashed: pressing says what is left."""
        if ready != self._ready:
            self._ready = ready
            self.update()

    @property
    def ready(self) -> bool:
        """Whether it does what it says."""
        return self._ready and self.isEnabled()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self._over = event.type() == QEvent.Type.Enter
            self.update()
        return super().event(event)

    def _parts(self) -> float:
        theme = Theme.current
        widths = [float(theme.size(20))] if self._icon else []
        if self.text():
            widths.append(math.ceil(theme.metrics("body", self._weight).horizontalAdvance(self.text())))
        if self._after:
            widths.append(theme.size(20))
        caps = [float(cap_width(cap)) for cap in self._caps]
        if caps:
            widths.append(sum(caps) + 8 * (len(caps) - 1))
        return sum(widths) + 8 * max(0, len(widths) - 1)

    def sizeHint(self) -> QSize:
        high = Theme.current.size(self._high)
        if not self.text() and not self._caps and not self._after:
            return QSize(high, high)
        return QSize(math.ceil(self._parts()) + 2 * self._padding + 2, high)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _colours(self) -> tuple[QColor, QColor, QColor]:
        """Ground, outline, words."""
        theme = Theme.current
        if not self.ready:
            return theme.colour("sunken"), theme.colour("edge"), theme.colour("soft")
        if self._kind == "main":
            return theme.colour("accent"), theme.colour("accent"), theme.colour("onaccent")
        if self._kind == "quiet":
            return QColor(Qt.GlobalColor.transparent), QColor(Qt.GlobalColor.transparent), theme.colour("ink")
        return theme.colour("surface"), theme.colour("edge"), theme.colour("ink")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground, outline, words = self._colours()
        pressed_over = self._over and self.ready
        wide = 2 if pressed_over and self._kind != "quiet" else 1
        painter.setPen(QPen(outline, wide, Qt.PenStyle.SolidLine if self.ready else Qt.PenStyle.DashLine))
        painter.setBrush(ground)
        inset = wide / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)
        if pressed_over and self._kind == "quiet":
            painter.setPen(QPen(Theme.current.colour("edge"), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        self._paint_parts(painter, words)

    def _paint_parts(self, painter: QPainter, words: QColor) -> None:
        theme = Theme.current
        left = (self.width() - self._parts()) / 2
        middle, px = self.height() / 2, theme.size(20)
        if self._icon:
            paint_icon(painter, self._icon, words, left, middle - px / 2, px)
            left += px + 8
        if self.text():
            wide = math.ceil(theme.metrics("body", self._weight).horizontalAdvance(self.text()))
            paint_text(painter, QRectF(left, 0, wide + 2, self.height()), self.text(), "body", words, self._weight,
                       Qt.AlignmentFlag.AlignLeft)  # fmt: skip
            left += wide + 8
        if self._after:
            paint_icon(painter, self._after, words, left, middle - px / 2, px)
            left += px + 8
        for cap in self._caps:
            asleep = self._asleep and not cap.startswith(("Ctrl", "F1", "F2"))
            left += paint_cap(painter, left, middle, cap, asleep) + 8


class LinkButton(Ringed, Measured, QPushButton):
    """An underlined word that is pressed: a moment with its play sign, a reason to give."""

    def __init__(self, text: str, *, icon: str = "", name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._icon = icon
        self.setAccessibleName(name or text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(True)

    def sizeHint(self) -> QSize:
        theme = Theme.current
        wide = math.ceil(theme.metrics("body", 500).horizontalAdvance(self.text())) + 1
        return QSize(wide + (theme.size(16) + 4 if self._icon else 0), theme.size(24))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = Theme.current
        colour, left = theme.colour("accent"), 0.0
        if self._icon:
            px = theme.size(16)
            paint_icon(painter, self._icon, colour, 0, (self.height() - px) / 2, px)
            left = px + 4
        paint_text(painter, QRectF(left, 0, self.width() - left, self.height()), self.text(), "body", colour, 500,
                   Qt.AlignmentFlag.AlignLeft)  # fmt: skip
        under = self.height() / 2 + theme.metrics("body").ascent() / 2 + 2
        painter.drawLine(QPointF(left, under), QPointF(self.width(), under))
