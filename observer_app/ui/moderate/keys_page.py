# SPDX-License-Identifier: GPL-3.0-or-later
"""F1 anywhere in this workspace: every key, and how much before a mark a step to it begins."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QGridLayout, QWidget

from observer_app.ui.moderate.going import LEAD_INS_S, LeadIn
from observer_app.ui.page import PageWidget, ShellPort
from observer_app.ui.strings import say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button, KeyCap
from observer_app.ui.widgets.panel import column, page_column, row
from observer_app.ui.widgets.segments import Segment, Segments
from observer_app.ui.widgets.text import Text

__all__ = ["KEYS", "KeysPage", "offer_keys"]

KEYS = "moderate.keys"
_WATCH = (
    (("Space",), "play"), (("J", "K", "L"), "jkl"), ((",", "."), "frame"), (("←", "→"), "ten"), (("<", ">"), "speed"),
    (("-", "+", "M"), "loud"), (("Shift ←", "Shift →"), "step"), (("Shift R", "N", "F", "C"), "next"),
    (("Ctrl Shift R", "N", "F", "C"), "before"),
)  # fmt: skip
_MARK = (
    (("0", "9"), "rate"), (("↑", "↓"), "row"), (("N",), "note"), (("F",), "flag"), (("[", "]"), "clip"),
    (("T",), "late"), (("Ctrl Z", "Ctrl Y"), "undo"), (("Tab", "Enter"), "tab"), (("F1",), "keys"),
)  # fmt: skip


class KeysPage(PageWidget):
    """Page without a tab; Esc or F1 leads back to `back`."""

    key = KEYS

    def __init__(self, shell: ShellPort, back: str) -> None:
        super().__init__()
        self.label = ""
        self._shell, self._back = shell, back
        self.close_button = Button(say("mkeys.close"), caps=("Esc",), high=40)
        self.close_button.clicked.connect(self.leave)
        found = str(LeadIn.seconds())
        self.lead_in = Segments(say("mkeys.lead_in"), [
            Segment(str(s), say("mkeys.seconds", n=s) if s else say("mkeys.none")) for s in LEAD_INS_S
        ])  # fmt: skip
        self.lead_in.choose(found)
        self.lead_in.chosen.connect(lambda key: LeadIn.choose(int(key)))
        watch, mark = _table("watch", _WATCH), _table("mark", _MARK)
        lead = column(Text(say("mkeys.lead_in"), "lead"), 8, row(self.lead_in, None), 8,
                      Text(say("mkeys.lead_in_words"), tone="soft", wrap=True))  # fmt: skip
        tables = QWidget()
        if Theme.current.one_column:
            column(watch, 24, mark, 24, lead, into=tables)
        else:
            beside = row(column(watch, None), column(mark, 32, lead, None), gap=48, into=tables)
            beside.setStretch(0, 1)
            beside.setStretch(1, 1)
        head = row(Text(say("mkeys.title"), "title"), None, self.close_button)
        asleep = Text(say("mkeys.asleep"), tone="soft", wrap=True)
        page_column(head, 16, tables, 16, asleep, None, into=self)
        for keys in ("F1", "Escape"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.leave)

    def on_shown(self) -> None:
        """Enter leads back."""
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """Where one came from, or the first page where that is gone."""
        if self._shell.has_page(self._back):
            self._shell.show_page(self._back)


def _table(name: str, lines: tuple[tuple[tuple[str, ...], str], ...]) -> QWidget:
    held, grid = QWidget(), QGridLayout()
    grid.setVerticalSpacing(8)
    grid.setHorizontalSpacing(16)
    grid.setColumnStretch(1, 1)
    for place, (caps, key) in enumerate(lines):
        grid.addLayout(row(*[KeyCap(cap) for cap in caps], None, gap=4), place, 0)
        grid.addWidget(Text(say(f"mkeys.{key}"), wrap=True, middle=True), place, 1)
    column(Text(say(f"mkeys.{name}"), "lead"), 8, grid, into=held)
    return held


def offer_keys(page: QWidget, shell: ShellPort, key: str) -> None:
    """F1 on a page shows them; `key` is the page's."""

    def show() -> None:
        shell.add_page(KeysPage(shell, key), tab=False)
        shell.show_page(KEYS)

    shortcut = QShortcut(QKeySequence("F1"), page)
    shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    shortcut.activated.connect(show)
