# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrections that wait for this person's second signature: how many, as a line, and a page to answer them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QVBoxLayout, QWidget

from observer_app.errors import ObserverError, WrongPassphrase
from observer_app.ui.page import PageWidget, ShellPort
from observer_app.ui.strings import counted, say
from observer_app.ui.tasks import run
from observer_app.ui.widgets.beside import Beside
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Field, TextField
from observer_app.ui.widgets.focus import give_focus
from observer_app.ui.widgets.framed import Framed
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import Icon, Panel, column, emptied, row
from observer_app.ui.widgets.table import RowModel, Table, TableRow
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import SecondPort
from observer_app.workflows.views import CorrectionView

__all__ = ["CorrectionsLine", "CorrectionsPage"]

_COLUMNS = ("candidate", "by", "signed")


class CorrectionsLine(QWidget):
    """Says how many wait, hidden while none do; its button opens the page, which leads back to the page `after`."""

    def __init__(
        self, port: SecondPort, shell: ShellPort, after: str, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
    ) -> None:
        super().__init__()
        self._port, self._shell, self._after = port, shell, after
        self.count = 0
        self._words = Text(weight=600, wrap=True, middle=True)
        self.button = Button(say("corrections.look"), icon="signature", high=40)
        self.button.clicked.connect(self.open)
        ground, sign = Panel("warnt", "round"), Icon("triangle-alert", "warn")
        row(sign, self._words, self.button, gap=12, margins=(16, 8, 12, 8), into=ground).setStretch(1, 1)
        column(ground, margins=margins, into=self)
        self.hide()

    def look(self) -> None:
        """Asks the port, off this thread: every corrected record is opened for it."""
        run(self._port.waiting, self).then(lambda found: self._render(len(found))).or_else(lambda _error: None)

    def _render(self, count: int) -> None:
        self.count = count
        self._words.setText(counted("corrections.wait", count) if count else "")
        self.setVisible(bool(count))

    def open(self) -> None:
        """To the page."""
        if not self._shell.has_page(CorrectionsPage.key):
            leave = lambda: self._shell.show_page(self._after)  # noqa: E731
            self._shell.add_page(CorrectionsPage(self._port, leave), tab=False)
        self._shell.show_page(CorrectionsPage.key)


class _Answer(QWidget):
    """The correction in front, as it was signed, and the two answers to it."""

    def __init__(self) -> None:
        super().__init__()
        self.who, self.what, self.why = Text(role="title", wrap=True), Text(tone="soft", wrap=True), Text(wrap=True)
        self._changes = QVBoxLayout()
        self._changes.setSpacing(12)
        self.passphrase = Field(say("corrections.passphrase"), secret=True)
        self.sign = Button(say("corrections.sign"), icon="signature", kind="main", high=48)
        self.reason = TextField(say("corrections.reason"))
        self.refuse = Button(say("corrections.refuse"), icon="x", high=44)
        self.line = Line()
        column(
            self.who, 4, self.what, 16, self._changes, 16, Text(say("corrections.why"), "caption", "soft", weight=600),
            self.why, 24, Text(say("corrections.passphrase"), weight=500), 4, self.passphrase, 12, self.sign, 12,
            self.line, 16, Text(say("corrections.or"), tone="soft", wrap=True), 8,
            Text(say("corrections.reason"), weight=500), 4, self.reason, 12, self.refuse, None,
            margins=(24, 20, 24, 24), into=self,
        )  # fmt: skip

    def render_view(self, view: CorrectionView) -> None:
        """Old and new marks in words, and the reason given."""
        self.who.setText(view.candidate.name)
        self.what.setText(
            say("corrections.what", id=view.candidate.id, scenario=view.scenario, name=view.by, when=view.signed)
        )
        emptied(self._changes)
        for change in view.changes:
            head = say("corrections.criterion", n=change.number, title=change.title) if change.number else ""
            was, now = (mark or say("corrections.unrated") for mark in (change.was, change.now))
            self._changes.addWidget(Text(say("corrections.change", title=head, was=was, now=now).strip(), wrap=True))
        self.why.setText(view.reason or say("corrections.no_reason"))

    def forget(self) -> None:
        """Nothing typed stays."""
        self.passphrase.clear()
        self.reason.setPlainText("")


class CorrectionsPage(PageWidget):
    """Page without a tab. Enter on a row leads to its answer, `leave` is called to go back."""

    key = "corrections"

    def __init__(self, port: SecondPort, leave: Callable[[], None]) -> None:
        super().__init__()
        self.label = ""
        self._port = port
        self._views: dict[str, CorrectionView] = {}
        self._busy = False
        self.table = Table(say("corrections.table"), RowModel([say(f"corrections.{name}") for name in _COLUMNS]))
        self.none, self.framed = Text(say("corrections.none"), tone="soft", wrap=True), Framed(self.table)
        self.answer, self.line = _Answer(), Line()
        main, self._side = QWidget(), Panel("surface", "l")
        self.back = Button(say("word.back"), high=40)
        self.back.clicked.connect(leave)
        head = row(Text(say("corrections.title"), "title", wrap=True, middle=True), self.back, gap=16)
        head.setStretch(0, 1)
        column(head, 8, Text(say("corrections.words"), tone="soft", wrap=True), 16,
               self.none, self.line, self.framed, margins=(24, 20, 24, 24), into=main).setStretch(6, 1)  # fmt: skip
        column(self.answer, into=self._side)
        column(Beside(main, self._side), into=self)
        heading = self.table.horizontalHeader()
        for number in range(len(_COLUMNS)):
            heading.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
        self._connect()
        self._render(())

    def _connect(self) -> None:
        answer = self.answer
        self.table.row_chosen.connect(self._choose)
        self.table.row_opened.connect(lambda _key: give_focus(answer.passphrase))
        answer.sign.clicked.connect(self._sign)
        answer.passphrase.returnPressed.connect(self._sign)
        answer.refuse.clicked.connect(self._refuse)
        answer.reason.kept.connect(lambda _words: self._refuse())

    # ---- Page ----

    def on_shown(self) -> None:
        """Looks anew; the table takes the keys."""
        self.refresh()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def on_hidden(self) -> None:
        """Passphrases do not stay."""
        self.answer.forget()
        self.line.say("")

    def refresh(self) -> None:
        """What waits now."""
        run(self._port.waiting, self).then(self._render).or_else(self._failed)

    # ---- what is shown ----

    @property
    def shown(self) -> tuple[CorrectionView, ...]:
        """What the list shows, in its order."""
        return tuple(self._views.values())

    def _render(self, views: tuple[CorrectionView, ...]) -> None:
        self._views = {view.id: view for view in views}
        self.none.setVisible(not views)
        self.framed.setVisible(bool(views))
        self._side.setEnabled(bool(views))
        self.answer.setVisible(bool(views))
        self.table.render([_row(view) for view in views])
        self._choose(self.table.current_key)

    def _choose(self, key: str) -> None:
        if key in self._views:
            self.answer.render_view(self._views[key])

    # ---- answering ----

    def _sign(self) -> None:
        correction, passphrase = self.table.current_key, self.answer.passphrase.text()
        if self._may(correction, passphrase):
            self._do(lambda: self._port.sign(correction, passphrase), "corrections.signed_now")

    def _refuse(self) -> None:
        correction, passphrase = self.table.current_key, self.answer.passphrase.text()
        reason = self.answer.reason.toPlainText().strip()
        if not reason:
            self.answer.line.say(say("corrections.reason_missing"))
            give_focus(self.answer.reason)
        elif self._may(correction, passphrase):
            self._do(lambda: self._port.refuse(correction, reason, passphrase), "corrections.refused_now")

    def _may(self, correction: str, passphrase: str) -> bool:
        if correction in self._views and not self._busy and not passphrase:
            self.answer.line.say(say("corrections.passphrase_missing"))
            give_focus(self.answer.passphrase)
        return correction in self._views and not self._busy and bool(passphrase)

    def _do(self, ask: Callable[[], Future[str]], done: str) -> None:
        who = self._views[self.table.current_key].candidate.name
        self._set_busy(True)
        task = run(lambda: ask().result(), self)
        task.then(lambda _: self._answered(say(done, name=who))).or_else(self._failed)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.answer.line.say("")
        for button in (self.answer.sign, self.answer.refuse):
            button.set_ready(not busy)

    def _answered(self, words: str) -> None:
        self._set_busy(False)
        self.answer.forget()
        self.line.say(words, "good")
        self.refresh()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _failed(self, error: ObserverError) -> None:
        self._set_busy(False)
        if not self._views:
            self.line.say(str(error), "bad")
            return
        self.answer.line.say(str(error), "bad")
        if isinstance(error, WrongPassphrase):
            self.answer.passphrase.selectAll()
            give_focus(self.answer.passphrase)


def _row(view: CorrectionView) -> TableRow:
    who = f"{view.candidate.name}\n{say('corrections.id', id=view.candidate.id)}"
    return TableRow(view.id, (who, view.by, view.signed), view)
