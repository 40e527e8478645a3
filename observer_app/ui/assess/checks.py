# SPDX-License-Identifier: GPL-3.0-or-later
"""Before you start: each check says what is so and, where it needs you, what to do."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from observer_app.ui.strings import say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.marks import Meter, Photo
from observer_app.ui.widgets.panel import Icon, Panel, Rule, column, emptied, row, scrolling
from observer_app.ui.widgets.text import Text
from observer_app.workflows.views import CheckState, CheckView

__all__ = ["ChecksPanel"]


def _sign(check: CheckView) -> tuple[str, str]:
    if check.state is CheckState.GOOD:
        return "circle-check", "good"
    if check.state is CheckState.CHECKING:
        return "circle-dashed", "soft"
    return ("lock" if check.kind == "key" else "triangle-alert"), "warn"


class _Check(Panel):
    """One check."""

    def __init__(self, check: CheckView) -> None:
        needs = check.state is CheckState.NEEDS_YOU
        super().__init__("warnt" if needs else "", "round" if needs else "")
        icon, tone = _sign(check)
        words = column(Text(check.title, weight=600, wrap=True))
        if check.level >= 0 and needs:
            meter = Meter(14, framed=True)
            meter.render_level(check.level, check.detail, tone)
            meter.setFixedWidth(168)
            words.addSpacing(8)
            words.addLayout(row(meter, Text(check.detail, "caption"), None, gap=12))
        elif check.detail:
            words.addWidget(Text(check.detail, tone="ink" if needs else "soft", wrap=True))
        if check.remedy:
            words.addSpacing(8 if check.level >= 0 else 0)
            lead = say("word.what_to_do")
            words.addWidget(Text(f"{lead} {check.remedy}", wrap=True, bold=len(lead)))
        words.addStretch(1)
        sign = column(2, Icon(icon, tone), None)
        parts = row(sign, words, gap=12, margins=(12, 12, 12, 12), into=self)
        parts.setStretch(1, 1)
        if check.picture:
            picture = Photo(128, 72, empty="video-off")
            picture.render_bytes(check.picture, say("live.camera"))
            parts.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)


class ChecksPanel(Panel):
    """The side panel of Today; `again` is asked by its button."""

    again = Signal()

    def __init__(self) -> None:
        super().__init__("surface", "l")
        self.setAccessibleName(say("today.checks"))
        self._ready = Text(weight=500)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self._shown: tuple[CheckView, ...] = ()
        self.button = Button(say("today.check_again"), icon="refresh-cw")
        self.button.clicked.connect(self.again)
        self._foot = Text(say("today.start_anyway"), tone="soft", wrap=True, middle=True)
        inside = QWidget()
        column(row(Text(say("today.checks"), "lead"), None, self._ready, margins=(12, 0, 12, 0)), 16, self._list, None,
               margins=(12, 24, 12, 0), into=inside)  # fmt: skip
        self._inside = inside
        self._area = scrolling(inside)
        foot = row(self._foot, self.button, gap=16, margins=(24, 12, 24, 24))
        foot.setStretch(0, 1)
        column(self._area, foot, into=self).setStretch(0, 1)

    def grow(self, whole: bool) -> None:
        """Below the list it takes all the height it needs."""
        high = self._inside.sizeHint().height()
        self._area.setMinimumHeight(high + Theme.current.size(48) if whole else 0)

    def render_checks(self, checks: Sequence[CheckView]) -> None:
        """The checks as they stand; they keep their order."""
        if tuple(checks) == self._shown:
            return
        self._shown = tuple(checks)
        emptied(self._list)
        before_needs = False
        for index, check in enumerate(checks):
            needs = check.state is CheckState.NEEDS_YOU
            if index == 0 or not (needs or before_needs):
                rule = Rule()
                self._list.addWidget(rule)
                rule.setContentsMargins(12, 0, 12, 0)
            self._list.addWidget(_Check(check))
            before_needs = needs
        good = sum(check.state is CheckState.GOOD for check in checks)
        self._ready.setText(say("today.ready", good=good, all=len(checks)))
        self._foot.setText(say("today.all_ready" if good == len(checks) else "today.start_anyway"))

    def set_busy(self, busy: bool) -> None:
        """While the checks are looked at anew."""
        self.button.set_ready(not busy)
        self.button.setText(say("today.checking" if busy else "today.check_again"))
