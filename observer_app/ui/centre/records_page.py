# SPDX-License-Identifier: GPL-3.0-or-later
"""Records: everything signed that is on this machine, and what a manager may do to one: take it back, erase what it
holds of the candidate. Both are signed with a reason; the record itself stays."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from observer_app.errors import ObserverError
from observer_app.ui.centre.withdraw_panel import WithdrawPanel
from observer_app.ui.page import PageWidget, ShellPort
from observer_app.ui.strings import say
from observer_app.ui.tasks import run
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.beside import Beside
from observer_app.ui.widgets.fields import Field
from observer_app.ui.widgets.framed import Framed
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import column
from observer_app.ui.widgets.table import RowModel, Table, TableRow
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import RecordsPort
from observer_app.workflows.views import SignedRecord

__all__ = ["RecordsPage"]

_LARGE = 1200  # px of table from which the state need not wrap
_COLUMNS = ("candidate", "scenario", "signed", "state")


class RecordsPage(PageWidget):
    """Page."""

    key = "centre.records"

    def __init__(self, port: RecordsPort, shell: ShellPort) -> None:
        super().__init__()
        self.label = say("records.tab")
        self._port, self._shell = port, shell
        self.records: tuple[SignedRecord, ...] = ()
        self.search = Field(say("board.search_name"), hint=say("board.search"), high=40)
        self.table = Table(say("records.table"), RowModel([say(f"records.{name}") for name in _COLUMNS]))
        self.none, self.line = Text(say("records.none"), tone="soft", wrap=True), Line()
        self.framed = Framed(self.table)
        self.panel = WithdrawPanel(port)
        main = QWidget()
        column(Text(say("records.title"), "title"), 4, Text(say("records.words"), tone="soft", wrap=True), 16,
               self.search, 12, self.none, self.line, self.framed, margins=(24, 20, 24, 24),
               into=main).setStretch(7, 1)  # fmt: skip
        column(Beside(main, self.panel), into=self)
        for number in (0, 1):
            self.table.horizontalHeader().setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
        self.table.row_chosen.connect(self._choose)
        self.search.textChanged.connect(self._show)
        self.panel.done.connect(self.refresh)
        self._show()

    # ---- Page ----

    def on_shown(self) -> None:
        """Looks anew; the search takes the keys."""
        self.refresh()
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def on_hidden(self) -> None:
        """The passphrase does not stay."""
        self.panel.forget()

    # ---- what is shown ----

    def refresh(self) -> None:
        """The records as the port has them now, read off this thread."""
        run(self._port.all, self).then(self._render).or_else(self._failed)

    def _render(self, records: tuple[SignedRecord, ...]) -> None:
        self.records = records
        self._show()

    def _failed(self, error: ObserverError) -> None:
        self.line.say(str(error), "bad")

    def _show(self) -> None:
        wanted = self.search.text().strip().casefold()
        shown = [r for r in self.records if wanted in f"{r.candidate.name} {r.candidate.id}".casefold()]
        self.none.setText(say("records.none_found" if self.records else "records.none"))
        self.none.setVisible(not shown)
        self.framed.setVisible(bool(shown))
        self._measure()
        self.table.render([_row(record) for record in shown])
        self._choose(self.table.current_key)

    def _choose(self, key: str) -> None:
        self.panel.render_record(next((r for r in self.records if r.record == key), None))

    def _measure(self) -> None:
        large = self.framed.width() >= Theme.current.size(_LARGE)
        for number, wide in ((2, 180), (3, 300 if large else 180)):
            self.table.setColumnWidth(number, min(Theme.current.size(wide), self.framed.width() // 4))
        self.framed.setMinimumHeight(Theme.current.size(48) * 5)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()


def _row(record: SignedRecord) -> TableRow:
    if record.trouble:
        return TableRow(record.record, (say("records.unreadable"), "", "", record.trouble), record)
    who = record.candidate.name or say("records.name_gone" if record.notes_erased else "records.no_name")
    about = [say(f"state.{record.state.name.lower()}")]
    about += [say("records.is_void")] if record.void else []
    if record.notes_erased:
        about.append(say("records.notes_gone"))
    elif record.recording_erased:
        about.append(say("records.recording_gone"))
    cells = (f"{who}\n{say('check_in.id', id=record.candidate.id)}", f"{record.scenario}\n{record.assessor}",
             record.signed, ". ".join(about))  # fmt: skip
    return TableRow(record.record, cells, record)
