# SPDX-License-Identifier: GPL-3.0-or-later
"""Check-in: the candidates of the day, one at a time with photo and ID; identity, consent, arrived."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHeaderView, QWidget

from observer_app.errors import ObserverError
from observer_app.ui.centre.board_rows import Standing, standing
from observer_app.ui.centre.check_in_panel import CheckInPanel
from observer_app.ui.centre.day import Day, day_words
from observer_app.ui.page import PageWidget, ShellPort
from observer_app.ui.strings import say
from observer_app.ui.tasks import watch
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.beside import Beside
from observer_app.ui.widgets.fields import Field
from observer_app.ui.widgets.framed import Framed
from observer_app.ui.widgets.panel import column, row
from observer_app.ui.widgets.table import RowModel, Table, TableRow
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import BoardRow
from observer_app.workflows.ports import CentrePort

__all__ = ["CheckInPage"]

_EVERY_MS = 5000
_COLUMNS = ("time", "candidate", "room", "state")


class CheckInPage(PageWidget):
    """Page. The list at the left, the chosen candidate at the right; typing a name finds one."""

    key = "centre.check_in"

    def __init__(self, port: CentrePort, shell: ShellPort, day: Day) -> None:
        super().__init__()
        self.label = say("check_in.tab")
        self._port, self._shell, self._day = port, shell, day
        self._rows: dict[str, BoardRow] = {}
        self.title, self.here = Text(say("check_in.title"), "title"), Text(tone="soft")
        self.search = Field(say("board.search_name"), hint=say("board.search"), high=40)
        titles = [say(f"check_in.{name}") for name in _COLUMNS]
        self.table = Table(say("check_in.list"), RowModel(titles))
        self.none = Text(say("check_in.none"), tone="soft", wrap=True)
        self.panel = CheckInPanel()
        self._lay_out()
        self.table.row_chosen.connect(self._choose)
        self.table.row_opened.connect(lambda _key: self.panel.start())
        self.search.textChanged.connect(lambda _text: self._render())
        self.search.returnPressed.connect(self.panel.start)
        self.panel.asked.connect(self._write)
        self._every = QTimer(self)
        self._every.setInterval(_EVERY_MS)
        self._every.timeout.connect(self.look)

    def _lay_out(self) -> None:
        head = row(self.title, None, self.here, 16, self.search)
        self.search.setMaximumWidth(Theme.current.size(200))
        left = QWidget()
        self.framed = Framed(self.table)
        inside = column(head, 16, self.none, self.framed, margins=(24, 20, 24, 24), into=left)
        inside.setStretch(3, 1)
        heading = self.table.horizontalHeader()
        heading.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self._widths()
        column(Beside(left, self.panel), into=self)

    def _widths(self) -> None:
        for number, wide in ((0, 76), (2, 96), (3, 156)):
            self.table.setColumnWidth(number, Theme.current.size(wide))

    # ---- Page ----

    def on_shown(self) -> None:
        """Looks anew, at the sitting chosen on the board."""
        sitting = self._day.sitting
        self.look()
        self._every.start()
        if sitting in self._rows:
            self.table.choose(sitting)
            self._choose(sitting)
            self.panel.start()
        else:
            self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def on_hidden(self) -> None:
        """No more looking; half-filled forms do not stay."""
        self._every.stop()
        self.panel.render_row(None)

    # ---- what is shown ----

    def look(self) -> None:
        """The day as the port has it now."""
        iso = self._day.iso
        view = self._port.board(iso, self._shell.keys.now()) if iso else None
        self._rows = {found.sitting: found for found in view.rows} if view else {}
        self.title.setText(view.title or day_words(iso) if view else say("check_in.title"))
        self._render()

    def _render(self) -> None:
        self.framed.setMinimumHeight(Theme.current.size(40) * 5)
        self.none.setVisible(not self._rows)
        self.framed.setVisible(bool(self._rows))
        self.here.setVisible(bool(self._rows))
        came = sum(standing(found) not in (Standing.DUE, Standing.ABSENT) for found in self._rows.values())
        self.here.setText(say("check_in.here", n=came, total=len(self._rows)))
        wanted = self.search.text().strip().casefold()
        shown = [r for r in self._rows.values() if wanted in f"{r.candidate.name} {r.candidate.id}".casefold()]
        self._widths()
        self.table.render([_table_row(found) for found in shown])
        self.panel.render_row(self._rows.get(self.table.current_key))

    def _choose(self, sitting: str) -> None:
        self._day.sitting = sitting
        self.panel.render_row(self._rows.get(sitting))

    # ---- what is asked ----

    def _write(self, sitting: str, consent: str, training: bool) -> None:
        """Writes the arrival down; "Arrived" only once it is on disk."""
        at = self._shell.keys.now()
        task = watch(self._port.check_in(sitting, identity=True, consent=consent, training=training, at=at), self)
        task.then(lambda _: self._written(sitting)).or_else(self._refused)

    def _written(self, sitting: str) -> None:
        name = self._rows[sitting].candidate.name if sitting in self._rows else ""
        self.look()
        self.panel.written(say("check_in.done", name=name))

    def _refused(self, error: ObserverError) -> None:
        self.panel.refused(str(error))


def _table_row(found: BoardRow) -> TableRow:
    where = standing(found)
    came = next((step.reached for step in found.steps if step.name == "arrived"), "")
    if where in (Standing.DUE, Standing.ABSENT):
        state = say("check_in.due" if where is Standing.DUE else "check_in.absent")
    else:
        state = say("check_in.here_at", time=came)
    name = f"{found.candidate.name}  {found.candidate.id}"
    return TableRow(found.sitting, (found.starts, name, found.room, state))
