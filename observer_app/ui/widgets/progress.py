# SPDX-License-Identifier: GPL-3.0-or-later
"""How far something under way is: a bar and its words. It does not move by itself."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from observer_app.ui.strings import register, say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.panel import column
from observer_app.ui.widgets.text import Text

__all__ = ["Progress"]

register({"progress.of": "{done} of {total}", "progress.starting": "Starting"})


class _Bar(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.share = 0.0
        self.setFixedHeight(8)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), Theme.current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("line"))
        painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        if self.share > 0:
            painter.setBrush(theme.colour("accent"))
            painter.drawRoundedRect(QRectF(0, 0, max(8.0, self.width() * self.share), 8), 4, 4)


class Progress(QWidget):
    """Hidden until the first `render_progress`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar, self._words = _Bar(), Text(tone="soft")
        column(self._bar, 4, self._words, into=self)
        self.hide()

    def render_progress(self, done: int, total: int, words: str = "") -> None:
        """`total` 0: it has only begun. `words` in place of "3 of 8"."""
        if not words or not total:
            words = say("progress.of", done=done, total=total) if total else say("progress.starting")
        self._bar.share = min(1.0, done / total) if total else 0.0
        self._words.setText(words)
        self.setAccessibleName(words)
        self._bar.update()
        self.show()
