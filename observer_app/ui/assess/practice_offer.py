# SPDX-License-Identifier: GPL-3.0-or-later
"""The offer of a practice run, below the day's list."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QBoxLayout

from observer_app.ui.strings import say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.panel import Icon, Panel, column, row
from observer_app.ui.widgets.text import Text

__all__ = ["PracticeOffer"]


class PracticeOffer(Panel):
    """Says what a practice is and begins one."""

    def __init__(self, practise: Callable[[], None]) -> None:
        super().__init__("", "all", edge="line")
        self.button = Button(say("practice.begin"), icon="flask-conical", high=36)
        self.button.clicked.connect(practise)
        words = column(Text(say("practice.title"), weight=600), Text(say("practice.words"), tone="soft", wrap=True))
        line = row(column(2, Icon("flask-conical", "soft"), None), words, self.button, gap=12,
                   margins=(16, 12, 16, 12), into=self)  # fmt: skip
        line.setStretch(1, 1)
        if Theme.current.one_column:
            line.setDirection(QBoxLayout.Direction.TopToBottom)

    def set_busy(self, busy: bool) -> None:
        """While its store is being made."""
        self.button.set_ready(not busy)
        self.button.setText(say("practice.preparing" if busy else "practice.begin"))
