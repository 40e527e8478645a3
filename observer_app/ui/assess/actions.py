# SPDX-License-Identifier: GPL-3.0-or-later
"""The action bar and the table of keys: everything a key does has a button or a line that says so."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from observer_app.ui.strings import say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button, KeyCap
from observer_app.ui.widgets.panel import Panel, column, row, scrolling
from observer_app.ui.widgets.text import Text
from observer_app.workflows.views import LiveView, RowView

__all__ = ["ActionBar", "KeysOverlay"]


class ActionBar(Panel):
    """One row, or two where text is large. Each button emits its word through `pressed`."""

    pressed = Signal(str)

    def __init__(self) -> None:
        super().__init__("surface", "t")
        self._caps = [KeyCap("1"), KeyCap("↑"), KeyCap("↓")]
        self.buttons = {
            "note": Button(say("live.note"), icon="pencil-line", caps=("N",), weight=500),
            "flag": Button(say("live.flag"), icon="flag", caps=("F",), weight=500),
            "clip": Button(say("live.clip"), icon="brackets", caps=("[", "]"), weight=500),
            "undo": Button(say("live.undo"), icon="undo-2", caps=("Ctrl Z",), weight=500),
            "redo": Button(say("live.redo"), icon="redo-2", caps=("Ctrl Y",), weight=500),
            "keys": Button(say("live.keys"), icon="keyboard", caps=("F1",), weight=500),
            "list": Button(say("live.list", n=0), icon="message-square-text", weight=500),
            "next": Button("", after="arrow-right", tight=True),
        }
        for word, button in self.buttons.items():
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, word=word: self.pressed.emit(word))
        self._hints = QWidget()
        row(self._caps[0], 4, Text(say("live.rate")), 12, self._caps[1], self._caps[2], 4, Text(say("live.row")), gap=4,
            into=self._hints)  # fmt: skip
        self._separator = Panel("line")
        self._separator.setFixedSize(1, 32)
        self._box = column(into=self, gap=0)
        self._narrow: bool | None = None
        self._next = ("", "")
        self.set_narrow(False)

    def set_narrow(self, narrow: bool) -> None:
        """Two rows where text is large."""
        if narrow == self._narrow:
            return
        self._narrow = narrow
        while (item := self._box.takeAt(0)) is not None:
            line = item.layout()
            if line is not None:
                while line.takeAt(0) is not None:
                    pass
                line.deleteLater()
        b = self.buttons
        for button in b.values():
            button.set_high(32 if narrow else 44)
        b["keys"].setText("" if narrow else say("live.keys"))
        b["keys"].setAccessibleName(say("live.keys"))
        if narrow:
            first = row(b["note"], b["flag"], b["clip"], None, b["keys"], gap=8, margins=(16, 6, 16, 3))
            second = row(b["undo"], b["redo"], None, b["list"], b["next"], gap=8, margins=(16, 3, 16, 6))
            self._box.addLayout(first)
            self._box.addLayout(second)
        else:
            self._box.addLayout(row(self._hints, 8, self._separator, 8, b["note"], b["flag"], b["clip"], b["undo"],
                                    b["redo"], None, b["keys"], b["next"], gap=8, margins=(16, 6, 16, 5)))  # fmt: skip
        b["list"].setParent(self)
        b["list"].setVisible(narrow)
        self._fit()  # only now, laid out: without a parent the hints would be a window

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where the row is short the hints go first, then the phase's own name from the button at its end."""
        whole, short = self._next
        button = self.buttons["next"]
        if button.text() != whole:
            button.setText(whole)
        names = ("undo", "redo", "list", "next") if self._narrow else tuple(n for n in self.buttons if n != "list")
        room = self.width() - 32 + 8 - sum(self.buttons[name].sizeHint().width() + 8 for name in names)
        if room < 0 and short:
            button.setText(short)
            button.setAccessibleName(whole)
        button.setToolTip(whole if room < 0 and short else "")
        hinted = not self._narrow and room >= self._hints.sizeHint().width() + 17
        self._hints.setVisible(hinted)
        self._separator.setVisible(hinted)

    def _say_next(self, whole: str, short: str) -> None:
        if (whole, short) != self._next:
            self._next = whole, short
            self._fit()

    def render_view(self, view: LiveView, rating: bool, asleep: bool) -> None:
        """What can be done now; `asleep`: letters are typed."""
        self._caps[0].set_words(digit_words(view))
        for cap in self._caps:
            cap.set_asleep(asleep or not rating)
        for word, button in self.buttons.items():
            button.set_asleep(asleep or not rating)
            able = {"undo": view.can_undo, "redo": view.can_redo, "keys": True, "list": True, "next": True}
            button.setEnabled(able.get(word, rating) and (rating or word in ("keys", "next")))
        over = bool(view.phases) and all(phase.state == "done" for phase in view.phases)
        short = say("live.end_short" if view.phase is not None else "live.start_short")
        self._say_next(*((say("live.to_review"), "") if over else (view.next_action, short)))
        self.buttons["next"].setVisible(rating)
        self.buttons["list"].setText(say("live.list", n=len(view.notes)))


def digit_words(view: LiveView) -> str:
    """The digits that rate on this scenario's scale: "1 to 7"."""
    values = [value for row in view.rows for value, _ in row.scale]
    return say("live.rate_keys", first=min(values), last=max(values)) if values else ""


class KeysOverlay(Panel):
    """F1: every key in place of the rubric, and buttons for what has none elsewhere. `chosen(word)`: pause, withdraw,
    leave, other or abandon."""

    closed = Signal()
    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__("surface")
        self.setAccessibleName(say("keys.title"))
        self._digits = KeyCap("1")
        self.buttons = {
            "pause": Button(say("live.pause"), caps=("P",), high=40, weight=500),
            "withdraw": Button(say("live.take_back"), high=40, weight=500),
            "other": Button(say("live.other"), high=40, weight=500),
            "abandon": Button(say("live.abandon_now"), high=40, weight=500),
            "leave": Button(say("live.leave"), high=40, weight=500),
        }
        for word, button in self.buttons.items():
            button.clicked.connect(lambda _=False, word=word: self.chosen.emit(word))
        self.leave_button = self.buttons["leave"]
        self.close_button = Button(say("keys.close"), caps=("Esc",), high=40)
        self.close_button.clicked.connect(self.closed)
        inside, narrow, b = QWidget(), Theme.current.one_column, self.buttons
        parts = [row(b[word], None) for word in b] if narrow else [
            row(b["pause"], b["withdraw"], b["other"], b["abandon"], None, gap=8), row(b["leave"], None),
        ]  # fmt: skip
        column(row(Text(say("keys.title"), "title"), None, self.close_button), 8, self._table(1 if narrow else 2), 8,
               Text(say("keys.asleep"), tone="soft", wrap=True), 12, Text(say("keys.more"), weight=600), 8,
               column(*parts, gap=8), 4, Text(say("live.leave_detail"), "caption", tone="soft", wrap=True), None,
               margins=(24, 12, 24, 8), into=inside)  # fmt: skip
        column(scrolling(inside), into=self)

    def _table(self, columns: int) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(6)
        grid.setHorizontalSpacing(12)
        lines = (((), "rate"), (("↑", "↓"), "rows"), (("←", "→"), "cells"), (("Backspace",), "withdraw"),
                 (("N",), "note"), (("Shift N",), "note_whole"), (("F2",), "phrases"), (("F3",), "list"),
                 (("F",), "flag"), (("C",), "clip_now"), (("[", "]"), "clip"), (("Ctrl Z", "Ctrl Y"), "undo"),
                 (("P",), "pause"), (("F1",), "help"))  # fmt: skip
        high = -(-len(lines) // columns)
        for index, (caps, key) in enumerate(lines):
            shown = [KeyCap(cap) for cap in caps] or [self._digits]
            at, left = index % high, 2 * (index // high)
            grid.addLayout(row(*shown, None, gap=4), at, left)
            grid.addWidget(Text(say(f"keys.{key}"), wrap=True, middle=True), at, left + 1)
            grid.setColumnStretch(left + 1, 1)
        return grid

    def render_view(self, view: LiveView, current: RowView | None) -> None:
        """The digits of this scenario's scale, and what can be done now."""
        self._digits.set_words(digit_words(view))
        self.buttons["pause"].setText(say("live.go_on" if view.paused else "live.pause"))
        self.buttons["pause"].setEnabled(view.phase is not None)
        able = current is not None and bool(current.criterion) and current.value is not None
        self.buttons["withdraw"].setEnabled(able)

    def take_focus(self) -> None:
        """Enter or Esc closes it."""
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)
