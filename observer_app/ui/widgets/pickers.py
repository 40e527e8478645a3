# SPDX-License-Identifier: GPL-3.0-or-later
"""Choosing one of a list, and how loud."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QSlider, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

from observer_app.ui.icons import paint_icon
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.focus import Ringed
from observer_app.ui.widgets.measured import Measured

__all__ = ["Picker", "Slide"]

_ARROWS = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down}


class Picker(Measured, QComboBox):
    """One of a list of (key, words); at least `least` px wide at 100 %, so that several of a page are alike."""

    def __init__(self, name: str, choices: Sequence[tuple[str, str]] = (), *, high: int = 40, least: int = 0,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self._high, self._least = high, least
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._sized()
        self.render_choices(choices)

    def render_choices(self, choices: Sequence[tuple[str, str]], chosen: str = "") -> None:
        """Other choices, with one of them chosen."""
        self.blockSignals(True)
        self.clear()
        for key, words in choices:
            self.addItem(words, key)
        self.setCurrentIndex(max(0, self.findData(chosen)))
        self.blockSignals(False)

    @property
    def choice(self) -> str:
        """The key of the chosen one."""
        return str(self.currentData() or "")

    def _sized(self) -> None:
        self.setFont(Theme.current.font())
        self.setFixedHeight(Theme.current.size(self._high))
        self.setMinimumWidth(Theme.current.size(self._least))

    def sizeHint(self) -> QSize:
        found = super().sizeHint()
        return QSize(found.width() + Theme.current.size(20), found.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        px = Theme.current.size(16)
        place = (self.width() - px - 8, (self.height() - px) / 2)
        paint_icon(painter, "chevron-down", Theme.current.colour("ink"), place[0], place[1], px)


class Slide(Ringed, QSlider):
    """A level from 0 to 100; a press goes where it is."""

    def __init__(self, name: str, wide: int = 72, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._wide = wide
        self.setAccessibleName(name)
        self.setRange(0, 100)
        self.setSingleStep(5)
        self.setPageStep(20)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self._wide, 32)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def event(self, event: QEvent) -> bool:
        arrow = isinstance(event, QKeyEvent) and event.key() in _ARROWS
        if event.type() == QEvent.Type.ShortcutOverride and arrow:
            event.accept()  # the page's own arrow keys wait while the level is being set
            return True
        return super().event(event)

    def _go(self, event: QMouseEvent) -> None:
        share = (event.position().x() - 8) / max(1, self.width() - 16)
        self.setValue(round(100 * min(max(share, 0.0), 1.0)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), Theme.current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle, at = self.height() / 2, 8 + (self.width() - 16) * self.value() / 100
        painter.setBrush(theme.colour("edge"))
        painter.drawRoundedRect(QRectF(0, middle - 2, self.width(), 4), 2, 2)
        painter.setBrush(theme.colour("accent"))
        painter.drawRoundedRect(QRectF(0, middle - 2, at, 4), 2, 2)
        painter.drawEllipse(QRectF(at - 8, middle - 8, 16, 16))
