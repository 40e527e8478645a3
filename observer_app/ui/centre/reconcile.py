# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of the day: what is unexplained, a reason for each, and the close, signed with the passphrase."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from observer_app.errors import ObserverError
from observer_app.ui.centre.board_rows import needing
from observer_app.ui.centre.day import day_words
from observer_app.ui.page import ShellPort
from observer_app.ui.strings import counted, refused_words, say
from observer_app.ui.tasks import run, watch
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Field
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import Icon, Panel, Rule, column, row, scrolling
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import BoardRow, BoardView
from observer_app.workflows.ports import CentrePort

__all__ = ["Reconcile"]


class _Waiting(QWidget):
    """One sitting that needs a reason, and the field for it."""

    given = Signal(str, str)

    def __init__(self, found: BoardRow) -> None:
        super().__init__()
        self.sitting = found.sitting
        who = Text(f"{found.starts}  {found.candidate.name}", weight=600)
        self._what = Text(found.trouble, wrap=True)
        head = row(Icon(found.trouble_icon or "triangle-alert", "warn"), self._what, gap=8)
        head.setStretch(1, 1)
        self.why = Field(say("reconcile.explain", name=found.candidate.name), hint=say("foot.why_hint"), high=40)
        self.go = Button(say("foot.write"), high=40)
        self.line = Line()
        write = row(self.why, self.go, gap=8)
        column(who, 4, head, 8, write, self.line, 12, Rule(), margins=(0, 12, 0, 0), into=self)
        self.why.returnPressed.connect(self._give)
        self.go.clicked.connect(self._give)

    def _give(self) -> None:
        why = self.why.text().strip()
        self.line.say("" if why else say("foot.missing_why"))
        if not why:
            self.why.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.go.ready:
            self.go.set_ready(False)
            self.given.emit(self.sitting, why)

    def refused(self, words: str) -> None:
        """It could not be written down."""
        self.go.set_ready(True)
        self.line.say(words, "bad")


class Reconcile(QWidget):
    """`left`: back to the board; `changed`: something was written, look anew."""

    left = Signal()
    changed = Signal()

    def __init__(self, port: CentrePort, shell: ShellPort, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._port, self._shell = port, shell
        self._view: BoardView | None = None
        self.title = Text(role="title")
        self.back = Button(say("reconcile.back"), icon="arrow-left", weight=500, high=40)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self.waiting: dict[str, _Waiting] = {}
        self._none = Text(say("reconcile.none"), tone="soft", wrap=True)
        self.gaps = Text(wrap=True)
        self.head = Text(role="lead", wrap=True)
        self.passphrase = Field(say("passphrase"), secret=True)
        self.close_button = Button(say("reconcile.close"), kind="main", icon="signature", high=48)
        self.line = Line()
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._lay_out()
        self.back.clicked.connect(self.left)
        self.close_button.clicked.connect(self._close)
        self.passphrase.returnPressed.connect(self._close)

    def _lay_out(self) -> None:
        head = row(self.title, None, self.back, gap=16, margins=(24, 12, 24, 12))
        panel = Panel("surface", "all")
        column(Text(say("reconcile.needs"), "lead"), 8, Rule(), 8, self._none, self._list, None,
               margins=(16, 16, 16, 16), into=panel)  # fmt: skip
        self._side = Panel("surface", "all")
        column(self.head, 8, self.gaps, 16, Rule(), 16, Text(say("reconcile.words"), tone="soft", wrap=True), 16,
               Text(say("passphrase"), weight=500), 4, self.passphrase, 12, self.line, 12, self.close_button, None,
               margins=(20, 16, 20, 16), into=self._side)  # fmt: skip
        inside = QWidget()
        self._box.setContentsMargins(24, 0, 24, 24)
        self._box.setSpacing(24)
        self._box.addWidget(panel, 1)
        self._box.addWidget(self._side)
        inside.setLayout(self._box)
        area = scrolling(inside)
        column(head, area, into=self).setStretch(1, 1)

    def start(self) -> None:
        """The first thing to do waits for keys."""
        first = next(iter(self.waiting.values()), None)
        (first.why if first else self.passphrase).setFocus(Qt.FocusReason.OtherFocusReason)

    def render_view(self, view: BoardView) -> None:
        """The day as it is now; half-typed reasons stay."""
        self._view = view
        below = Theme.current.one_column
        self._box.setDirection(QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight)
        self._side.setMinimumWidth(0 if below else 424)
        self._side.setMaximumWidth(16_000 if below else 424)
        self.title.setText(say("reconcile.title", day=view.title or day_words(view.day)))
        rows = {found.sitting: found for found in needing(view)}
        for sitting in [s for s in self.waiting if s not in rows]:
            old = self.waiting.pop(sitting)
            self._list.removeWidget(old)
            old.hide()
            old.deleteLater()
        for sitting, found in rows.items():
            if sitting not in self.waiting:
                new = _Waiting(found)
                new.given.connect(self._explain)
                self.waiting[sitting] = new
                self._list.addWidget(new)
        self._none.setVisible(not rows)
        self._none.setText(say("reconcile.none_yet" if view.gaps else "reconcile.none"))
        self._render_close(view)

    def _render_close(self, view: BoardView) -> None:
        count = len(view.gaps)
        self.gaps.setText("\n".join(view.gaps))
        self.gaps.setVisible(bool(view.gaps))
        head = say("reconcile.closed") if view.closed else say("reconcile.none")
        self.head.setText(counted("reconcile.open", count) if count else head)
        if view.closed:
            self.close_button.setText(say("board.closed"))
            self.close_button.set_ready(False)
        elif not self._closing:
            self.close_button.setText(counted("reconcile.left", count) if count else say("reconcile.close"))
            self.close_button.set_ready(not count)
        self.passphrase.setReadOnly(view.closed)

    _closing = False

    def _explain(self, sitting: str, why: str) -> None:
        task = watch(self._port.explain(sitting, why, self._shell.keys.now()), self)
        task.then(lambda _: self.changed.emit()).or_else(lambda error: self._not_explained(sitting, error))

    def _not_explained(self, sitting: str, error: ObserverError) -> None:
        if sitting in self.waiting:
            self.waiting[sitting].refused(str(error))

    def _close(self) -> None:
        view = self._view
        if view is None or view.closed or self._closing:
            return
        passphrase = self.passphrase.text()
        if view.gaps or not passphrase:
            gaps = "; ".join(view.gaps)
            self.line.say(say("reconcile.first", gaps=gaps) if gaps else say("passphrase.missing"))
            return
        self._busy(True)
        day = view.day
        task = run(lambda: self._port.close_day(day, passphrase).result(), self)
        task.then(lambda _: self._closed()).or_else(self._not_closed)

    def _busy(self, busy: bool) -> None:
        self._closing = busy
        self.line.say("")
        self.close_button.set_ready(not busy)
        self.close_button.setText(say("reconcile.closing" if busy else "reconcile.close"))

    def _closed(self) -> None:
        self._busy(False)
        self.passphrase.clear()
        self.line.say(say("reconcile.closed"), "good")
        self.changed.emit()

    def _not_closed(self, error: ObserverError) -> None:
        self._busy(False)
        self.passphrase.selectAll()
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)
        self.line.say(refused_words(error), "bad")
