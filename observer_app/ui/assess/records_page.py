# SPDX-License-Identifier: GPL-3.0-or-later
"""My records: what this person signed on this machine, of any day, to be opened, printed or corrected."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView

from observer_app.errors import ObserverError
from observer_app.ui.page import PageWidget, ShellPort
from observer_app.ui.strings import say
from observer_app.ui.tasks import run
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.framed import Framed
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import column, row
from observer_app.ui.widgets.table import RowModel, Table, TableRow
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import AssessPort
from observer_app.workflows.views import RecordCard

__all__ = ["RecordsPage"]

_COLUMNS = ("candidate", "scenario", "signed", "state")


class RecordsPage(PageWidget):
    """Page. `open_record(sitting)` is what happens to a row that is opened."""

    key = "records"

    def __init__(self, port: AssessPort, shell: ShellPort, open_record: Callable[[str], None]) -> None:
        super().__init__()
        self.label = say("mine.tab")
        self._port, self._shell, self._open = port, shell, open_record
        self.cards: tuple[RecordCard, ...] = ()
        self.table = Table(say("mine.table"), RowModel([say(f"mine.{name}") for name in _COLUMNS]))
        self.none, self.line = Text(say("mine.none"), tone="soft", wrap=True), Line()
        self.open_button = Button(say("mine.open"), kind="main", after="arrow-right", high=48)
        self.framed = Framed(self.table)
        foot = row(Text(say("mine.words"), tone="soft", wrap=True), self.open_button, gap=24)
        foot.setStretch(0, 1)
        column(Text(say("mine.title"), "title"), 16, self.none, self.framed, 12, self.line, foot,
               margins=(24, 20, 24, 24), into=self).setStretch(3, 1)  # fmt: skip
        for number in (0, 1):
            self.table.horizontalHeader().setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
        self.table.row_opened.connect(self._open)
        self.open_button.clicked.connect(self._open_current)
        self._render(())

    # ---- Page ----

    def on_shown(self) -> None:
        """Looks anew; the table takes the keys."""
        self.refresh()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- what is shown ----

    def refresh(self) -> None:
        """The list as the port has it now, read off this thread."""
        run(self._port.records, self).then(self._render).or_else(self._failed)

    def _render(self, cards: tuple[RecordCard, ...]) -> None:
        self.cards = cards
        self.none.setVisible(not cards)
        self.framed.setVisible(bool(cards))
        self.open_button.set_ready(bool(cards))
        self._measure()
        self.table.render([_row(card) for card in cards])

    def _failed(self, error: ObserverError) -> None:
        self.line.say(str(error), "bad")

    def _open_current(self) -> None:
        if self.table.current_key:
            self._open(self.table.current_key)

    def _measure(self) -> None:
        for number, wide in ((2, 200), (3, 300)):
            self.table.setColumnWidth(number, min(Theme.current.size(wide), self.width() // 4))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()


def _row(card: RecordCard) -> TableRow:
    state = f"{card.status}. {card.detail}" if card.detail else card.status
    if card.waiting:
        state = f"{state}. {say('mine.waiting')}"
    who = f"{card.candidate.name}\n{say('today.id', id=card.candidate.id)}"
    return TableRow(card.sitting, (who, card.scenario, card.signed, state), card)
