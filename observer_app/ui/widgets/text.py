# SPDX-License-Identifier: GPL-3.0-or-later
"""Words on the screen: a label that keeps the type ladder's line pitch, wraps or shortens, and follows the theme."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from observer_app.ui.theme import Theme

__all__ = ["Text", "lay_out"]

_WIDEST = 16_000.0


def lay_out(
    text: str, role: str, weight: int, width: float, wrap: bool, bold: int = 0
) -> list[tuple[QTextLayout, float]]:
    """One laid-out paragraph a line break, with its height in px; the first `bold` letters stand out.

    To be drawn, not to be changed: the same words in the same measures are laid out once.
    """
    theme = Theme.current
    return _laid_out(theme.name, theme.factor, text, role, weight, width, wrap, bold)


@lru_cache(maxsize=512)
def _laid_out(
    look: str, factor: float, text: str, role: str, weight: int, width: float, wrap: bool, bold: int
) -> list[tuple[QTextLayout, float]]:
    """Layouts of one look and text size."""
    theme = Theme.current
    pitch = theme.line(role)
    found = []
    for paragraph in text.split("\n"):
        layout = QTextLayout(paragraph, theme.font(role, weight, text))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere if wrap else QTextOption.WrapMode.NoWrap)
        layout.setTextOption(option)
        if bold:
            marked = QTextLayout.FormatRange()
            marked.start, marked.length = 0, min(bold, len(paragraph))
            marked.format.setFont(theme.font(role, 600))
            layout.setFormats([marked])
        layout.beginLayout()
        top = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width if wrap else _WIDEST)
            line.setPosition(QPointF(0, top + (pitch - line.height()) / 2))
            top += pitch
        layout.endLayout()
        found.append((layout, max(top, float(pitch))))
    return found


class Text(QLabel):
    """A label of one type role and one colour role. `wrap` breaks lines; `shorten` ends in an ellipsis."""

    def __init__(
        self, text: str = "", role: str = "body", tone: str = "ink", *, weight: int = 0, wrap: bool = False,
        shorten: bool = False, bold: int = 0, middle: bool = False,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._role, self._tone, self._weight = role, tone, weight
        self._shorten, self._align, self._bold = shorten, align, bold
        self._middle = middle or not wrap
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setFont(Theme.current.font(role, weight))
        policy = QSizePolicy(
            QSizePolicy.Policy.Preferred if wrap or shorten else QSizePolicy.Policy.Minimum,
            QSizePolicy.Policy.Preferred,
        )
        policy.setHeightForWidth(wrap)
        self.setSizePolicy(policy)
        self.setText(text)

    def setText(self, text: str) -> None:
        """New words; nothing is laid out anew when they are the same."""
        if text == self.text():
            return
        super().setText(text)
        if self._shorten:
            self.setToolTip(text)
        self.updateGeometry()

    def set_tone(self, tone: str) -> None:
        """Another colour role."""
        if tone != self._tone:
            self._tone = tone
            self.update()

    def set_weight(self, weight: int) -> None:
        """Another weight of the same role."""
        if weight != self._weight:
            self._weight = weight
            self.setFont(Theme.current.font(self._role, weight))
            self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.setFont(Theme.current.font(self._role, self._weight))
            self.updateGeometry()
        super().changeEvent(event)

    def _height(self, width: float) -> int:
        laid = lay_out(self.text(), self._role, self._weight, max(width, 1.0), self.wordWrap(), self._bold)
        return math.ceil(sum(height for _, height in laid))

    def _natural(self) -> int:
        metrics = Theme.current.metrics(self._role, self._weight, self.text())
        return math.ceil(max(metrics.horizontalAdvance(line) for line in self.text().split("\n")) + 0.5)

    def _longest_word(self) -> int:
        metrics = Theme.current.metrics(self._role, self._weight, self.text())
        return math.ceil(max((metrics.horizontalAdvance(word) for word in self.text().split()), default=0) + 0.5)

    def hasHeightForWidth(self) -> bool:
        return self.wordWrap()

    def heightForWidth(self, width: int) -> int:
        return self._height(width) if self.wordWrap() else -1

    def sizeHint(self) -> QSize:
        width = self._natural()
        return QSize(width, self._height(width))

    def minimumSizeHint(self) -> QSize:
        if self.wordWrap():
            return QSize(self._longest_word(), Theme.current.line(self._role))
        lines = self.text().count("\n") + 1
        width = min(self._natural(), Theme.current.size(24)) if self._shorten else self._natural()
        return QSize(width, lines * Theme.current.line(self._role))

    def fits(self) -> bool:
        """Whether every word is to be seen (or, shortened, stands in the tool tip)."""
        if self._shorten and self.toolTip() == self.text():
            return self.height() >= Theme.current.line(self._role) - 1
        if self.wordWrap():
            return self.height() >= self._height(self.width()) - 1 and self.width() >= self._longest_word() - 1
        return self.width() >= self._natural() - 1 and self.height() >= self._height(self.width()) - 1

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colour: QColor = Theme.current.colour(self._tone)
        painter.setPen(colour)
        text = self.text()
        if self._shorten:
            metrics = Theme.current.metrics(self._role, self._weight, self.text())
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, self.width())
        laid = lay_out(text, self._role, self._weight, self.width(), self.wordWrap(), self._bold)
        top = 0.0
        if self._middle:
            top = max(0.0, (self.height() - sum(height for _, height in laid)) / 2)
        for layout, height in laid:
            layout.draw(painter, QPointF(self._left(layout), top))
            top += height

    def _left(self, layout: QTextLayout) -> float:
        if self._align == Qt.AlignmentFlag.AlignLeft or not layout.lineCount():
            return 0.0
        spare = self.width() - layout.lineAt(0).naturalTextWidth()
        return max(0.0, spare / 2 if self._align == Qt.AlignmentFlag.AlignHCenter else spare)
