# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare: both sets of marks side by side, only once the moderator's own are signed; and the decision about them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from observer_app.errors import ObserverError
from observer_app.ui.moderate.compare_open import OpenedRow, Sign
from observer_app.ui.moderate.compare_rows import CompareHead, CompareLine
from observer_app.ui.moderate.decision_panel import DecisionPanel
from observer_app.ui.moderate.keys_page import offer_keys
from observer_app.ui.moderate.marking import COMPARE, REPLAY, Marking
from observer_app.ui.page import Chrome, PageWidget, ShellPort
from observer_app.ui.player_frames import FrameDesk
from observer_app.ui.strings import say
from observer_app.ui.tasks import run
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.beside import Beside
from observer_app.ui.widgets.flow import Flow
from observer_app.ui.widgets.framed import Framed
from observer_app.ui.widgets.panel import Panel, column, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import CompareRow, CompareView
from observer_app.workflows.ports import PicturePort

__all__ = ["ComparePage"]

_MANY_ROWS, _LOW_ROW, _ROW = 8, 50, 56


class _Dash(QWidget):
    """The pass mark's dashed line, beside its words."""

    def sizeHint(self) -> QSize:
        return QSize(4, 16)

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        pen = QPen(Theme.current.colour("ink"), 2)
        pen.setDashPattern([3, 2])
        painter.setPen(pen)
        painter.drawLine(1, (self.height() - 16) // 2, 1, (self.height() + 16) // 2)


class ComparePage(PageWidget):
    """Page. A click on a row opens it; on a mark's moment shows its picture; Watch goes to it in Replay."""

    key = COMPARE

    def __init__(self, marking: Marking, shell: ShellPort) -> None:
        super().__init__()
        self.label = say("compare.tab")
        self._marking, self._shell = marking, shell
        offer_keys(self, shell, COMPARE)
        self._view: CompareView | None = None
        self._open = ""
        self._opening = False
        self._decisions: dict[str, str] = {}
        self.lines: dict[str, CompareLine] = {}
        self.live_by, self.replay_by = Text(), Text()
        self.head, self.opened, self.panel = CompareHead(), OpenedRow(), DecisionPanel()
        self._rows = QVBoxLayout()
        self.pass_mark = Text(tone="soft", wrap=True)
        self._lay_out()
        self.opened.wanted.connect(self._show_still)
        self.opened.watch_wanted.connect(self._watch)
        self.panel.decided.connect(self._decide)
        self.panel.signed_with.connect(self._sign)

    def _lay_out(self) -> None:
        live, replay = QWidget(), QWidget()
        row(Sign("live"), 8, self.live_by, into=live)
        row(Sign("replay", "bg"), 8, self.replay_by, into=replay)
        head = Flow([Text(say("compare.title"), "title")], [live, replay], side=0, around=0, gap=24)
        self._rows.setSpacing(0)
        self._rows.setContentsMargins(0, 0, 0, 0)
        table = Panel("surface")
        column(self.head, self._rows, into=table)
        left = QWidget()
        foot = row(_Dash(), 8, self.pass_mark)
        foot.setStretch(2, 1)
        column(head, 16, Framed(table), 12, foot, None, margins=(24, 24, 24, 24), into=left)
        self._beside = Beside(left, self.panel, wide=416, main_scrolls=True)
        column(self._beside, into=self)

    # ---- Page ----

    def chrome(self) -> Chrome:
        """Both records were checked before they are shown."""
        return Chrome(status=("badge-check", say("compare.checked"), "good"))

    def on_shown(self) -> None:
        """Looks anew; the open row takes the keys."""
        self.look()
        self._open_recording()
        self._to_open_row()

    def _to_open_row(self) -> None:
        line = self.lines.get(self._open)
        if line is not None:
            line.setFocus(Qt.FocusReason.OtherFocusReason)
            self._beside.bring(line)

    def on_hidden(self) -> None:
        """The passphrase does not stay."""
        self.panel.passphrase.clear()

    # ---- what is shown ----

    def look(self) -> None:
        """Both sets as the port has them now, brought off the window's thread."""
        if self._view is None:
            self.pass_mark.setText(say("compare.fetching"))
        task = run(self._marking.fetch, self)
        task.then(self._fetched).or_else(lambda error: self._shell.say(str(error), "bad"))

    def _fetched(self, view: CompareView) -> None:
        first = self._view is None
        self._view = view
        self.live_by.setText(say("compare.live_by", who=view.live_by))
        self.replay_by.setText(say("compare.replay_by", who=view.replay_by))
        self.pass_mark.setText(say("compare.pass_mark", words=view.cut_words) if view.cut_words else "")
        self.head.render_scale(view.scale, view.cut)
        for found in view.rows:
            if found.criterion not in self.lines:
                self._add_line(found.criterion)
        if first:
            self._open = next((r.criterion for r in view.rows if r.across_cut),
                              next((r.criterion for r in view.rows if r.live != r.replay),
                                   view.rows[0].criterion if view.rows else ""))  # fmt: skip
        self._render()
        if first:
            self._to_open_row()

    def _add_line(self, criterion: str) -> None:
        line = CompareLine()
        line.toggled.connect(lambda on, key=criterion: self._open_row(key) if on else None)
        self.lines[criterion] = line
        self._rows.addWidget(line)

    def _render(self) -> None:
        view = self._view
        if view is None:
            return
        for found in view.rows:
            stands = found.decision or self._decisions.get(found.criterion, "")
            words = say(f"compare.decided.{stands}") if stands in ("live", "replay", "third") else stands
            line = self.lines[found.criterion]
            line.set_high(_LOW_ROW if len(view.rows) > _MANY_ROWS else _ROW)
            line.render_row(found, view.scale, view.cut, words)
        open_row = self._found(self._open)
        if open_row is not None:
            if not self.lines[self._open].isChecked():
                self.lines[self._open].setChecked(True)
            self._rows.removeWidget(self.opened)
            self._rows.insertWidget(self._rows.indexOf(self.lines[self._open]) + 1, self.opened)
            self.opened.show()
            self.opened.render_row(open_row)
        self.panel.render_view(view, open_row, self._decisions)

    def _found(self, criterion: str) -> CompareRow | None:
        rows = self._view.rows if self._view else ()
        return next((found for found in rows if found.criterion == criterion), None)

    def _open_row(self, criterion: str) -> None:
        if criterion != self._open:
            self._open = criterion
            self._render()

    # ---- pictures ----

    def _open_recording(self) -> None:
        if self._marking.frames is not None or self._opening:
            return
        self._opening = True
        run(self._marking.port.pictures, self).then(self._opened).or_else(self._not_opened)

    def _opened(self, pictures: PicturePort) -> None:
        self._opening = False
        if self._marking.frames is None:
            self._marking.pictures, self._marking.frames = pictures, FrameDesk(pictures)
        self._show_still(self.opened.at_ms)

    def _not_opened(self, error: ObserverError) -> None:
        self._opening = False
        self.opened.render_still(self.opened.at_ms, None)
        self._shell.say(str(error))

    def _show_still(self, at_ms: int) -> None:
        frames = self._marking.frames
        if frames is None or at_ms < 0:
            if at_ms < 0:
                self.opened.render_still(at_ms, None)
            return
        task = run(lambda: frames.still(at_ms), self)
        task.then(lambda picture: self.opened.render_still(at_ms, None if picture.isNull() else picture))
        task.or_else(lambda _error: self.opened.render_still(at_ms, None))

    def _watch(self, at_ms: int) -> None:
        self._marking.wanted_ms = at_ms
        self._shell.show_page(REPLAY)

    # ---- deciding ----

    def _decide(self, criterion: str, stands: str) -> None:
        self._decisions[criterion] = stands
        self._render()

    def _sign(self, reason: str, passphrase: str) -> None:
        chosen = dict(self._decisions)
        task = run(lambda: self._marking.port.decide(chosen, reason, passphrase).result(), self)
        task.then(lambda _: self._signed()).or_else(self.panel.refused)

    def _signed(self) -> None:
        self.panel.signed()
        self.look()
