# SPDX-License-Identifier: GPL-3.0-or-later
"""The day board: where every sitting stands, what needs the manager, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from observer_app.errors import ObserverError
from observer_app.ui.centre.board_rows import ALL, needing, shown_rows
from observer_app.ui.centre.board_table import BoardTable
from observer_app.ui.centre.day import Day, day_words
from observer_app.ui.centre.foot import Asked, Foot
from observer_app.ui.centre.packs_notice import packs_words
from observer_app.ui.centre.reconcile import Reconcile
from observer_app.ui.corrections import CorrectionsLine
from observer_app.ui.page import PageWidget, ShellPort
from observer_app.ui.strings import counted, say
from observer_app.ui.tasks import watch
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Field
from observer_app.ui.widgets.flow import Flow
from observer_app.ui.widgets.framed import Framed
from observer_app.ui.widgets.order import tab_order
from observer_app.ui.widgets.panel import column
from observer_app.ui.widgets.pickers import Picker
from observer_app.ui.widgets.segments import Segment, Segments
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import BoardRow, BoardView
from observer_app.workflows.ports import CentrePort, SecondPort
from observer_app.workflows.saved import Saved

__all__ = ["BoardPage"]

_EVERY_MS = 5000
CHECK_IN = "centre.check_in"


class BoardPage(PageWidget):
    """Page. Looks at the port every few seconds while in front; rows never move by themselves."""

    key = "centre.board"

    def __init__(self, port: CentrePort, shell: ShellPort, day: Day, second: SecondPort) -> None:
        super().__init__()
        self.label = say("board.tab")
        self.corrections = CorrectionsLine(second, shell, self.key, (24, 0, 24, 12))
        self._port, self._shell, self._day = port, shell, day
        self._view: BoardView | None = None
        self.title = Text(role="title")
        self.days = Picker(say("board.day"))
        self.rooms = Segments(say("board.rooms"), [Segment(ALL, say("board.all_rooms"))])
        self.show_only = Segments(say("board.show"), [Segment("all", ""), Segment("needs", "")])
        self.search = Field(say("board.search_name"), hint=say("board.search"), high=40)
        self.reconcile_button = Button(say("board.reconcile"), kind="main", icon="clipboard-check", high=40)
        self.table, self.foot = BoardTable(), Foot()
        self.empty = Text(tone="soft", wrap=True, align=Qt.AlignmentFlag.AlignHCenter)
        self.reconcile = Reconcile(port, shell)
        self._stack = QStackedWidget()
        self._lay_out()
        self._connect()
        self._every = QTimer(self)
        self._every.setInterval(_EVERY_MS)
        self._every.timeout.connect(self.look)

    def _lay_out(self) -> None:
        self.search.setFixedWidth(Theme.current.size(168))
        bar = Flow([self.title, self.days], [self.rooms, self.show_only, self.search, self.reconcile_button])
        board = QWidget()
        holder = QWidget()
        self.framed = Framed(self.table)
        below = column(self.framed, self.empty, margins=(24, 0, 24, 14), into=holder)
        below.setStretch(0, 1)
        layout = column(bar, self.corrections, holder, self.foot, into=board)
        layout.setStretch(2, 1)
        self._stack.addWidget(board)
        self._stack.addWidget(self.reconcile)
        column(self._stack, into=self)

    def _connect(self) -> None:
        self.days.currentIndexChanged.connect(self._choose_day)
        self.rooms.chosen.connect(lambda _key: self._render())
        self.show_only.chosen.connect(lambda _key: self._render())
        self.search.textChanged.connect(lambda _text: self._render())
        self.search.returnPressed.connect(lambda: self.table.setFocus(Qt.FocusReason.TabFocusReason))
        self.table.row_chosen.connect(self._choose)
        self.table.row_opened.connect(self._open_unless_narrow)
        self.foot.asked.connect(self._write)
        self.foot.opened.connect(self._open)
        self.reconcile_button.clicked.connect(self.show_reconcile)
        self.reconcile.left.connect(self.show_board)
        self.reconcile.changed.connect(self.look)
        find = QShortcut("Ctrl+F", self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(lambda: self.search.setFocus(Qt.FocusReason.ShortcutFocusReason))

    # ---- Page ----

    def on_shown(self) -> None:
        """Looks anew; the board takes the keys."""
        sitting = self._day.sitting
        self._stack.setCurrentIndex(0)
        self.refresh()
        self._every.start()
        if self._found(sitting) is not None:
            self.table.choose(sitting)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        if words := packs_words(self._port.packs()):
            self._shell.say(say("packs.see", words=words))

    def on_hidden(self) -> None:
        """No more looking."""
        self._every.stop()

    # ---- what is shown ----

    def refresh(self) -> None:
        """Something may have come from elsewhere: corrections too."""
        self.look()
        self.corrections.look()

    def look(self) -> None:
        """The board as the port has it now."""
        iso = self._day.iso
        self._render_days(iso)
        self._view = self._port.board(iso, self._shell.keys.now()) if iso else None
        self._render()

    def _render_days(self, iso: str) -> None:
        days = self._port.days()
        self.days.setVisible(len(days) > 1)
        self.title.setVisible(len(days) <= 1)  # the choice names the day as well
        if [self.days.itemData(n) for n in range(self.days.count())] != list(days):
            self.days.render_choices([(day, day_words(day)) for day in days], iso)

    def _choose_day(self, _index: int) -> None:
        self._day.choose(self.days.choice)
        self.look()

    def _render(self) -> None:
        view = self._view
        for part in (self.framed, self.foot, self.rooms, self.show_only, self.search, self.reconcile_button):
            part.setVisible(view is not None)
        self.empty.setVisible(view is None or not view.rows)
        if view is None:
            self.title.setText(say("board.tab"))
            self.empty.setText(say("board.empty"))
            return
        self.title.setText(view.title or day_words(view.day))
        rooms = [Segment(room, _short(room), room) for room in view.rooms]
        self.rooms.render_segments([Segment(ALL, say("board.all_rooms")), *rooms])
        waiting = len(needing(view))
        self.show_only.render_segments(
            [Segment("all", say("board.all", n=len(view.rows))),
             Segment("needs", say("board.needs_you", n=waiting), icon="triangle-alert")]
        )  # fmt: skip
        self.reconcile_button.setText(_reconcile_words(view))
        rows = shown_rows(view, self.rooms.choice, self.show_only.choice == "needs", self.search.text())
        self.empty.setVisible(not rows)
        self.empty.setText(say("board.nothing"))
        self.table.render_board(view, rows)
        self.reconcile.render_view(view)
        self._render_foot()

    def _render_foot(self) -> None:
        found = self._found(self.table.current_key)
        rooms = self._view.rooms if self._view else ()
        self.foot.render_row(found, self._port.assessors(), rooms)
        controls = (
            self.days,
            *self.rooms.buttons,
            *self.show_only.buttons,
            self.search,
            self.reconcile_button,
            self.corrections.button,
        )
        tab_order((*controls, self.table, *self.foot.buttons.values()))

    def _found(self, sitting: str) -> BoardRow | None:
        rows = self._view.rows if self._view else ()
        return next((row for row in rows if row.sitting == sitting), None)

    # ---- what is asked ----

    def _choose(self, sitting: str) -> None:
        self._day.sitting = sitting
        self._render_foot()

    def _open(self, sitting: str) -> None:
        self._day.sitting = sitting
        self._shell.show_page(CHECK_IN)

    def _open_unless_narrow(self, sitting: str) -> None:
        if not self.table.narrow:
            self._open(sitting)

    def _write(self, asked: Asked) -> None:
        """Writes one form down; the foot says so only once it is on disk."""
        watch(self._ask(asked), self).then(lambda _: self._written()).or_else(self._refused)

    def _ask(self, asked: Asked) -> Saved:
        now, port = self._shell.keys.now(), self._port
        if asked.action == "absent":
            return port.absent(asked.sitting, asked.reason, now)
        if asked.action == "late":
            return port.late(asked.sitting, asked.minutes, asked.reason, now)
        if asked.action == "swap":
            return port.swap(asked.sitting, asked.assessor, asked.room, asked.reason, now)  # "" leaves it as it is
        if asked.action == "abandoned":
            return port.abandoned(asked.sitting, asked.reason, now)
        return port.explain(asked.sitting, asked.reason, now)

    def _written(self) -> None:
        self.look()
        self.foot.written()

    def _refused(self, error: ObserverError) -> None:
        self.foot.refused(str(error))

    def show_reconcile(self) -> None:
        """The day's gaps and its close."""
        self.look()
        self._stack.setCurrentWidget(self.reconcile)
        self.reconcile.start()

    def show_board(self) -> None:
        """Back from it."""
        self._stack.setCurrentIndex(0)
        self.look()
        self.reconcile_button.setFocus(Qt.FocusReason.OtherFocusReason)


def _short(room: str) -> str:
    """ "3" for "Room 3", so that the rooms fit side by side; another name stays whole."""
    first, _, last = room.rpartition(" ")
    return last if first and last.isdigit() else room


def _reconcile_words(view: BoardView) -> str:
    if view.closed:
        return say("board.closed")
    waiting = len(needing(view))
    return counted("board.reconcile_gaps", waiting) if waiting else say("board.reconcile")
