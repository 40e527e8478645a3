# SPDX-License-Identifier: GPL-3.0-or-later
"""The work list: what is to be marked again. Never why it was chosen, nor what the first marks were."""

from __future__ import annotations

from PySide6.QtCore import QDate, QLocale, Qt, QTimer
from PySide6.QtWidgets import QHeaderView

from observer_app.errors import ObserverError
from observer_app.media.opened import get_ready
from observer_app.ui.corrections import CorrectionsLine
from observer_app.ui.moderate.compare_page import ComparePage
from observer_app.ui.moderate.keys_page import offer_keys
from observer_app.ui.moderate.marking import COMPARE, REPLAY, WORK, Marking
from observer_app.ui.moderate.replay_page import ReplayPage
from observer_app.ui.page import PageWidget, ShellPort
from observer_app.ui.strings import counted, say
from observer_app.ui.tasks import run
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.framed import Framed
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import column, row
from observer_app.ui.widgets.table import RowModel, Table, TableRow
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import WorkItem
from observer_app.workflows.ports import ModeratePort, ReplayPort, SecondPort

__all__ = ["WorkPage"]

_EVERY_MS = 5000
_COLUMNS = ("candidate", "scenario", "day", "length", "state")


class WorkPage(PageWidget):
    """Page. Enter opens the chosen record."""

    key = WORK

    def __init__(self, port: ModeratePort, shell: ShellPort, second: SecondPort) -> None:
        super().__init__()
        self.label = say("work.tab")
        self._port, self._shell = port, shell
        offer_keys(self, shell, WORK)
        self.corrections = CorrectionsLine(second, shell, WORK, (0, 0, 0, 12))
        self._items: dict[str, WorkItem] = {}
        self._opening = False
        self.left = Text(tone="soft")
        self.table = Table(say("work.table"), RowModel([say(f"work.{name}") for name in _COLUMNS]))
        self.none = Text(say("work.none"), tone="soft", wrap=True)
        self.open_button = Button(say("work.open"), kind="main", after="arrow-right", high=48)
        self.line = Line()
        self.framed = Framed(self.table)
        head = row(Text(say("work.title"), "title"), None, self.left)
        foot = row(Text(say("work.words"), tone="soft", wrap=True), self.open_button, gap=24)
        foot.setStretch(0, 1)
        column(head, 16, self.corrections, self.none, self.framed, 12, self.line, 12, foot,
               margins=(24, 20, 24, 24), into=self).setStretch(4, 1)  # fmt: skip
        heading = self.table.horizontalHeader()
        heading.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        heading.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.row_opened.connect(self.open)
        self.open_button.clicked.connect(lambda: self.open(self.table.current_key))
        self._every = QTimer(self)
        self._every.setInterval(_EVERY_MS)
        self._every.timeout.connect(self.look)

    # ---- Page ----

    def on_shown(self) -> None:
        """Looks anew; the table takes the keys."""
        self.refresh()
        run(get_ready, self)  # while the list is read
        self._every.start()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def on_hidden(self) -> None:
        """No more looking."""
        self._every.stop()

    # ---- what is shown ----

    def items(self) -> tuple[WorkItem, ...]:
        """What the list shows, in its order."""
        return tuple(self._items.values())

    def refresh(self) -> None:
        """Something may have come from elsewhere: corrections too."""
        self.look()
        self.corrections.look()

    def look(self) -> None:
        """The list as the port has it now."""
        self._items = {item.record: item for item in self._port.work_list().items}
        for number, wide in ((2, 150), (3, 96), (4, 210)):
            self.table.setColumnWidth(number, Theme.current.size(wide))
        self.none.setVisible(not self._items)
        self.framed.setVisible(bool(self._items))
        self.open_button.set_ready(bool(self._items) and not self._opening)
        waiting = sum(not item.signed for item in self._items.values())
        self.left.setText(counted("work.left", waiting) if self._items else "")
        self.table.render([_table_row(item) for item in self._items.values()])

    # ---- opening ----

    def open(self, record: str) -> None:
        """Opens a record for marking, or side by side when it is signed."""
        if record not in self._items or self._opening:
            return
        for old in (COMPARE, REPLAY):  # before the port closes the record that was open
            if self._shell.has_page(old):
                self._shell.remove_page(old)
        self._set_opening(True)
        run(lambda: self._port.open(record), self).then(self._opened).or_else(self._refused)

    def _set_opening(self, opening: bool) -> None:
        self._opening = opening
        self.line.say("")
        self.open_button.set_ready(not opening)
        self.open_button.setText(say("work.opening" if opening else "work.open"))

    def _opened(self, port: ReplayPort) -> None:
        self._set_opening(False)
        marking = Marking(port)
        replay = ReplayPage(marking, self._shell, self._show_compare)
        self._shell.add_page(replay, after=WORK)
        if marking.signed:
            self._show_compare(marking)
        else:
            self._shell.show_page(REPLAY)

    def _show_compare(self, marking: Marking) -> None:
        if not self._shell.has_page(COMPARE):
            self._shell.add_page(ComparePage(marking, self._shell), after=REPLAY)
        self._shell.show_page(COMPARE)

    def _refused(self, error: ObserverError) -> None:
        self._set_opening(False)
        self.line.say(str(error), "bad")


def _table_row(item: WorkItem) -> TableRow:
    state = say("work.signed") if item.signed else item.state
    if not item.recording_here:
        state = f"{state}. {say('work.not_here')}" if state else say("work.not_here")
    who = f"{item.candidate.name}  {item.candidate.id}"
    return TableRow(item.record, (who, item.scenario, _day(item.day), _length_words(item.length_s), state), item)


def _length_words(seconds: int) -> str:
    """A film's length in minutes, a very short one's in seconds, nothing where there is none."""
    if not seconds:
        return ""
    return say("work.length_s", n=seconds) if seconds < 90 else say("work.length_words", minutes=round(seconds / 60))


def _day(day: str) -> str:
    """An ISO day as "9 June 2026"; other words stay as they are."""
    found = QDate.fromString(day, Qt.DateFormat.ISODate)
    english = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)
    return english.toString(found, "d MMMM yyyy") if found.isValid() else day
