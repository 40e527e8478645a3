# SPDX-License-Identifier: GPL-3.0-or-later
"""A line that says how something went, where it was asked for: an icon of its tone and words, never a pop-up."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from observer_app.ui.widgets.panel import Icon, Panel, row
from observer_app.ui.widgets.text import Text

__all__ = ["Line"]

_TONES = {
    "good": ("circle-check", "goodt"),
    "warn": ("triangle-alert", "warnt"),
    "bad": ("octagon-alert", "badt"),
    "quiet": ("clock", "sunken"),
}


class Line(Panel):
    """`say` shows words in a tone (good, warn, bad, quiet); "" hides the line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("warnt", "round", parent=parent)
        self._icon = Icon("triangle-alert", "warn")
        self._words = Text(wrap=True)
        inside = row(self._icon, self._words, gap=12, margins=(12, 10, 12, 10), into=self)
        inside.setStretch(1, 1)
        self.hide()

    def say(self, words: str, tone: str = "warn") -> None:
        """Shows a line."""
        icon, ground = _TONES[tone]
        self._icon.render_icon(icon, "soft" if tone == "quiet" else tone)
        self.set_ground(ground)
        self._words.setText(words)
        self.setAccessibleName(words)
        self.setVisible(bool(words))

    @property
    def words(self) -> str:
        """What it says, "" when it says nothing."""
        return self._words.text() if not self.isHidden() else ""
