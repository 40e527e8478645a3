# SPDX-License-Identifier: GPL-3.0-or-later
"""Review and sign: what is missing is asked for in its row; the signature waits until nothing is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPainterPath, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QGridLayout, QVBoxLayout, QWidget

from observer_app.domain.moment import Moment
from observer_app.domain.record import RecordState
from observer_app.errors import ObserverError, WrongPassphrase
from observer_app.ui.assess.review_rows import COLUMNS, ReviewLine
from observer_app.ui.assess.sign_panel import SignPanel
from observer_app.ui.page import Chrome, PageWidget, ShellPort
from observer_app.ui.strings import say
from observer_app.ui.tasks import run, watch
from observer_app.ui.theme import RADIUS_PANEL, Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.focus import give_focus
from observer_app.ui.widgets.marks import Trail
from observer_app.ui.widgets.panel import Icon, Panel, column, row, scrolling
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import ReviewPort

__all__ = ["ReviewPage"]


class _Table(Panel):
    """Heading and rows in one rounded panel."""

    def __init__(self) -> None:
        super().__init__("surface", "all")
        self.setAccessibleName(say("review.table"))
        self.head = QWidget()
        grid = QGridLayout(self.head)
        grid.setContentsMargins(0, 8, 16, 8)
        grid.setSpacing(0)
        words = ("", say("review.criterion"), say("review.rating"), say("review.moment"), say("review.note"))
        for index, word in enumerate(words):
            grid.addWidget(Text(word, "caption", "soft", weight=600), 0, index)
        grid.setColumnStretch(4, 1)
        self._grid = grid
        self.rows = QVBoxLayout()
        self.rows.setSpacing(0)
        column(self.head, self.rows, margins=(1, 1, 1, 1), into=self)

    def measure(self) -> None:
        """The heading's columns at this text size; in one column there is none."""
        for index, wide in enumerate(COLUMNS):
            self._grid.setColumnMinimumWidth(index, Theme.current.size(wide))
        self.head.setVisible(not Theme.current.one_column)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.head.isHidden():
            return
        painter = QPainter(self)
        path = QPainterPath()
        path.addRoundedRect(self.rect().adjusted(1, 1, -1, -1), RADIUS_PANEL, RADIUS_PANEL)
        painter.setClipPath(path)
        painter.fillRect(self.head.geometry(), Theme.current.colour("sunken"))


class ReviewPage(PageWidget):
    """Page. `back` goes to Today."""

    key = "review"
    mark = ""

    def __init__(self, port: ReviewPort, shell: ShellPort, back: Callable[[], None]) -> None:
        super().__init__()
        self.label = say("review.tab")
        self._port, self._shell, self._back = port, shell, back
        self._view = port.view()
        self._amending = self._below = False
        self.lines: list[ReviewLine] = []
        self.panel, self._table = SignPanel(), _Table()
        self._title, self._under = Text(role="title"), Text(tone="soft")
        self._left_icon, self._left = Icon("triangle-alert", "warn"), Text(weight=600)
        self._left_line, self._trail = QWidget(), Trail()
        column(self._trail, row(self._left_icon, self._left, None, gap=8), gap=8, margins=(0, 8, 0, 0),
               into=self._left_line)  # fmt: skip
        self.undo = Button(say("live.undo"), icon="undo-2", caps=("Ctrl Z",), high=32, weight=500)
        self.redo = Button(say("live.redo"), icon="redo-2", caps=("Ctrl Y",), high=32, weight=500)
        self._steps = QWidget()
        row(self.undo, self.redo, None, gap=8, into=self._steps)
        inside = QWidget()
        self._head = row(self._title, self._steps, None, self._under, gap=16)
        self._inside = column(self._head, self._left_line, 16, self._table, None, margins=(24, 24, 24, 24), into=inside)
        self._area = scrolling(inside)
        self._box = row(self._area, self.panel, into=self)
        self._box.setStretch(0, 1)
        self._connect()
        self._render()

    def _connect(self) -> None:
        panel = self.panel
        self.undo.clicked.connect(lambda: self._step(self._port.undo))
        self.redo.clicked.connect(lambda: self._step(self._port.redo))
        panel.sign_asked.connect(self._sign)
        panel.left_pressed.connect(lambda: self.go_to_first_left())
        panel.changed.connect(self._render_left)
        panel.amend_asked.connect(lambda: self._set_amending(True))
        panel.amend_left.connect(lambda: self._set_amending(False))
        panel.amend_signed.connect(self._amend)
        panel.second_signed.connect(self._countersign)
        panel.print_asked.connect(self._choose_file)

    # ---- Page ----

    def chrome(self) -> Chrome:
        """Tabs and the record's trail."""
        return Chrome(person=False) if self._below else Chrome(trail=self._view.state)

    def on_shown(self) -> None:
        """Straight to the first thing that is missing."""
        self.refresh()
        self.go_to_first_left()

    def on_hidden(self) -> None:
        """Passphrases do not stay."""
        self.panel.forget()

    # ---- rendering ----

    def refresh(self) -> None:
        """The port's view of now."""
        before = self._view.state
        self._view = self._port.view()
        self._render()
        if before != self._view.state:
            self._shell.chrome_changed()

    @property
    def signed(self) -> bool:
        """Whether it is read-only now."""
        return self._view.state >= RecordState.SIGNED

    def _render(self) -> None:
        view = self._view
        self._title.setText(say("review.title_signed" if self.signed else "review.title"))
        self._under.setText(view.heading)
        self._steps.setVisible(not self.signed)
        for button, able in ((self.undo, view.can_undo), (self.redo, view.can_redo)):
            button.setEnabled(able)
        while len(self.lines) < len(view.rows):
            line = ReviewLine()
            line.rated.connect(self._rate)
            line.commented.connect(lambda c, text: self._write(lambda: self._port.comment(c, text, self._now()), c))
            line.reasoned.connect(lambda c, text: self._write(lambda: self._port.give_reason(c, text, self._now()), c))
            line.moment_asked.connect(self._show_moment)
            self.lines.append(line)
            self._table.rows.addWidget(line)
        for line, one in zip(self.lines, view.rows, strict=False):
            line.phrases = view.snippets
            line.render_row(
                one,
                view.scale if one.criterion else view.global_scale,
                fixed=self.signed,
                amending=self._amending and self.signed,
                takes_reason=view.unrated_takes_reason,
            )
        self.panel.render_view(view, self._amending)
        self._table.measure()
        self._render_left()
        self.panel.grow(self._below)

    def _render_left(self) -> None:
        _, left = self.panel.things()
        self._left_line.setVisible(self._below)
        self._trail.render_state(self._view.state)
        for part in (self._left, self._left_icon):
            part.setVisible(not self.signed)
        self._left.setText(say("review.left_short", n=len(left)) if left else say("review.nothing_left"))
        self._left_icon.render_icon(*(("triangle-alert", "warn") if left else ("circle-check", "good")))

    def go_to_first_left(self, after: str | None = None) -> None:
        """The first row with something missing from the row `after` on and round, then the side."""
        if self.signed:
            if not (self._view.waiting and self.panel.second.take_focus()):
                give_focus(self.panel.amend)
            return
        from_ = next((n for n, one in enumerate(self.lines) if one.row is not None and one.row.criterion == after), 0)
        round_ = self.lines[from_:] + self.lines[:from_]
        line = next((one for one in round_ if one.row is not None and one.row.needs), None)
        if line is not None:
            self._area.ensureWidgetVisible(line)
            line.take_focus()
        else:
            self.panel.take_focus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Undo and redo, where no text has anything of its own to undo."""
        keys = QKeySequence.StandardKey
        if event.matches(keys.Undo) and self._view.can_undo:
            self._step(self._port.undo)
        elif event.matches(keys.Redo) and self._view.can_redo:
            self._step(self._port.redo)
        else:
            super().keyPressEvent(event)

    # ---- writing ----

    def _step(self, write: Callable[[Moment], Future[None]]) -> None:
        self._write(lambda: write(self._now()), None)

    def _now(self) -> Moment:
        return self._shell.keys.pressed()

    def _rate(self, criterion: str, value: int) -> None:
        self._write(lambda: self._port.rate(criterion, value, self._now()), criterion)

    def _write(self, write: Callable[[], Future[None]], criterion: str | None) -> None:
        try:
            saved = write()
        except ObserverError as error:
            self._failed(error)
            return
        watch(saved, self).then(lambda _: self._written(criterion)).or_else(self._failed)

    def _written(self, criterion: str | None) -> None:
        self._shell.say("")
        self.refresh()
        self.go_to_first_left(criterion)

    def _failed(self, error: ObserverError) -> None:
        self.panel.set_busy(False)
        self.refresh()
        self._shell.say(str(error), "bad")

    def _show_moment(self, criterion: str, at_ms: int) -> None:
        line = next(one for one in self.lines if one.row is not None and one.row.criterion == criterion)
        run(lambda: self._port.frame(at_ms), self).then(line.show_picture).or_else(self._failed)

    # ---- signing ----

    def _sign(self, passphrase: str) -> None:
        self.panel.set_busy(True)
        person, declared = self.panel.person.isChecked(), self.panel.declared.isChecked()
        task = run(lambda: self._port.sign(passphrase, is_the_person=person, declared=declared).result(), self)
        task.then(lambda _: self._signed_now()).or_else(self._not_signed)

    def _signed_now(self) -> None:
        self.panel.forget()
        self.panel.set_busy(False)
        self.panel.say_trouble("")
        self.refresh()
        self.go_to_first_left()

    def _not_signed(self, error: ObserverError) -> None:
        self.panel.set_busy(False)
        self.refresh()
        self.panel.say_trouble(str(error))
        if isinstance(error, WrongPassphrase):
            self.panel.passphrase.selectAll()
            give_focus(self.panel.passphrase)

    # ---- correcting ----

    def _set_amending(self, amending: bool) -> None:
        self._amending = amending
        self.panel.say_trouble("")
        self._render()
        if amending and self.lines and self.lines[0].scale is not None:
            give_focus(self.lines[0].scale)

    def _amend(self, reason: str, passphrase: str) -> None:
        changes = {line.row.criterion: line.chosen for line in self.lines if line.row and line.chosen is not None}
        if not changes:
            self.panel.say_trouble(say("review.amend_none"))
        elif not reason:
            self.panel.say_trouble(say("review.amend_reason"))
            give_focus(self.panel.reason)
        else:
            self.panel.set_busy(True)
            task = run(lambda: self._port.amend(changes, reason, passphrase).result(), self)
            task.then(lambda _: self._amended()).or_else(self._not_amended)

    def _amended(self) -> None:
        self.panel.set_busy(False)
        self.panel.forget()
        self.panel.reason.setPlainText("")
        self._set_amending(False)
        self.refresh()
        self.go_to_first_left()

    def _not_amended(self, error: ObserverError) -> None:
        self.panel.set_busy(False)
        self.panel.say_trouble(str(error))

    def _countersign(self, person: str, passphrase: str) -> None:
        self.panel.set_busy(True)
        self.panel.say_trouble("")
        task = run(lambda: self._port.countersign(person, passphrase).result(), self)
        task.then(lambda _: self._amended()).or_else(self._not_amended)

    # ---- printing ----

    def _choose_file(self) -> None:
        dialog = QFileDialog(
            self, say("review.print_title"), f"{self._view.candidate.id}.pdf", say("review.print_files")
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("pdf")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda file: self.print_to(Path(file)))
        dialog.open()

    def print_to(self, file: Path) -> None:
        """Writes the record as pages to print."""
        task = run(lambda: self._port.print_to(file), self)
        task.then(lambda _: self._shell.say(say("review.printed", file=file.name), "good")).or_else(self._failed)

    # ---- measures ----

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        theme = Theme.current
        below = theme.one_column or self.width() < theme.size(1100)
        if below != self._below:
            self._below = below
            (self._inside if below else self._box).addWidget(self.panel)
            direction = QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight
            self._head.setDirection(direction)
            self._shell.chrome_changed()
        if below:
            self.panel.setMinimumWidth(0)
            self.panel.setMaximumWidth(16_777_215)
        else:
            self.panel.setFixedWidth(theme.size(480 if self.width() >= 1800 else 400))
        self.panel.grow(below)
        self._render_left()
