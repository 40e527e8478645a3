# SPDX-License-Identifier: GPL-3.0-or-later
"""Several words in one frame, one of them chosen: rooms, speeds, values of a scale. Tab reaches it, arrows choose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from observer_app.ui.icons import paint_icon
from observer_app.ui.theme import RADIUS, Theme
from observer_app.ui.widgets.buttons import paint_text
from observer_app.ui.widgets.focus import Ringed
from observer_app.ui.widgets.measured import Measured
from observer_app.ui.widgets.panel import row

__all__ = ["Segment", "Segments"]

_ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


@dataclass(frozen=True, slots=True)
class Segment:
    """One word: its key, the word, what a screen reader says (the word if empty) and an icon before it."""

    key: str
    text: str
    name: str = ""
    icon: str = ""


class _Part(Ringed, Measured, QPushButton):
    stepped = Signal(int)

    def __init__(self, segment: Segment, place: str, high: int, narrow: bool, parent: QWidget) -> None:
        super().__init__(segment.text, parent)
        self.segment, self._place, self._high, self._narrow = segment, place, high, narrow
        self.setCheckable(True)
        self.setAccessibleName(segment.name or segment.text)
        wide = QSizePolicy.Policy.Expanding if narrow else QSizePolicy.Policy.Fixed
        self.setSizePolicy(wide, QSizePolicy.Policy.Fixed)

    def event(self, event: QEvent) -> bool:
        arrow = isinstance(event, QKeyEvent) and event.key() in _ARROWS
        if event.type() == QEvent.Type.ShortcutOverride and arrow:
            event.accept()  # the page's own arrow keys wait while a part is being chosen
            return True
        return super().event(event)

    def nextCheckState(self) -> None:
        """A press never takes the choice away; the row says which one has it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _ARROWS.get(Qt.Key(event.key()), 0)
        if step:
            self.stepped.emit(step)
            return
        super().keyPressEvent(event)

    def _words(self) -> int:
        theme = Theme.current
        wide = math.ceil(theme.metrics("body", 700).horizontalAdvance(self.text()))
        return wide + (theme.size(20) + 8 if self.segment.icon else 0)

    def sizeHint(self) -> QSize:
        theme = Theme.current
        padding = 8 if self._narrow else 12
        least = theme.size(24 if self._narrow else 34)
        return QSize(max(self._words() + 2 * padding, least), theme.size(self._high))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._words() + 8, Theme.current.size(self._high))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, on = QPainter(self), Theme.current, self.isChecked()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self.rect())
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self._place not in ("first", "only"):
            rect.setLeft(-20.0)
        if self._place not in ("last", "only"):
            rect.setRight(self.width() + 20.0)
        path = QPainterPath()
        path.addRoundedRect(rect, RADIUS, RADIUS)
        painter.fillPath(path, theme.colour("accent" if on else "surface"))
        painter.setPen(QPen(theme.colour("edge"), 1))
        painter.drawPath(path)
        if self._place not in ("first", "only") and not on:
            painter.fillRect(0, 1, 1, self.height() - 2, theme.colour("edge"))
        if self.underMouse() and not on:
            painter.setPen(QPen(theme.colour("edge"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        self._paint_words(painter, on)

    def _paint_words(self, painter: QPainter, on: bool) -> None:
        theme = Theme.current
        colour = theme.colour("onaccent" if on else "ink")
        weight = 600 if on else 500
        px = theme.size(20)
        words = math.ceil(theme.metrics("body", weight).horizontalAdvance(self.text()))
        left = (self.width() - words - (px + 8 if self.segment.icon else 0)) / 2
        if self.segment.icon:
            paint_icon(painter, self.segment.icon, colour, left, (self.height() - px) / 2, px)
            left += px + 8
        rect = QRectF(left, 0, words + 4, self.height())
        paint_text(painter, rect, self.text(), "body", colour, weight, Qt.AlignmentFlag.AlignLeft)


class Segments(QWidget):
    """`chosen` says the key when a person chose another; `choose` sets it without saying so."""

    chosen = Signal(str)

    def __init__(self, name: str, segments: Sequence[Segment], *, high: int = 40, stretched: bool = False,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self._high, self._stretched = high, stretched
        self._parts: list[_Part] = []
        self._row = row(into=self)
        self.setAccessibleName(name)
        wide = QSizePolicy.Policy.Expanding if stretched else QSizePolicy.Policy.Fixed
        self.setSizePolicy(wide, QSizePolicy.Policy.Fixed)
        self.render_segments(segments)

    def render_segments(self, segments: Sequence[Segment]) -> None:
        """Other words; the choice stays where its key still stands, else falls on the first."""
        known = [part.segment for part in self._parts]
        if known == list(segments):
            return
        chosen = self.choice
        if [s.key for s in known] == [s.key for s in segments]:
            for part, segment in zip(self._parts, segments, strict=True):
                part.segment = segment
                part.setText(segment.text)
                part.setAccessibleName(segment.name or segment.text)
                part.updateGeometry()
            return
        for part in self._parts:
            self._row.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._parts = []
        for number, segment in enumerate(segments):
            place = "only" if len(segments) == 1 else "first" if number == 0 else ""
            place = place or ("last" if number == len(segments) - 1 else "middle")
            part = _Part(segment, place, self._high, self._stretched, self)
            part.clicked.connect(lambda _=False, key=segment.key: self._take(key))
            part.stepped.connect(lambda step, number=number: self._step(number, step))
            self._row.addWidget(part)
            self._parts.append(part)
        self.choose(chosen if any(s.key == chosen for s in segments) else segments[0].key if segments else "")

    def choose(self, key: str) -> None:
        """Which one is chosen; an unknown key clears the choice."""
        chosen = any(part.segment.key == key for part in self._parts)
        for number, part in enumerate(self._parts):
            part.setChecked(part.segment.key == key)
            reached = part.isChecked() or (not chosen and number == 0)
            part.setFocusPolicy(Qt.FocusPolicy.StrongFocus if reached else Qt.FocusPolicy.ClickFocus)

    def _take(self, key: str) -> None:
        self.choose(key)
        self.chosen.emit(key)

    def _step(self, number: int, step: int) -> None:
        other = self._parts[min(max(number + step, 0), len(self._parts) - 1)]
        if not other.isChecked():
            self._take(other.segment.key)
        other.setFocus(Qt.FocusReason.TabFocusReason)

    @property
    def choice(self) -> str:
        """The key of the chosen one, "" for none."""
        return next((part.segment.key for part in self._parts if part.isChecked()), "")

    @property
    def buttons(self) -> list[QPushButton]:
        """The parts, for tests and for those who set the focus."""
        return list(self._parts)
