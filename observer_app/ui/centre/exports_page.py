# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports: the day into a folder, off the window's thread, with its progress; what it left and what was held back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from observer_app.errors import ObserverError
from observer_app.ui.centre.again_panel import AgainPanel
from observer_app.ui.centre.day import Day, day_words
from observer_app.ui.page import PageWidget, ShellPort
from observer_app.ui.strings import say
from observer_app.ui.tasks import run
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.folder import FolderField
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import Icon, Panel, column, emptied, page_column, row
from observer_app.ui.widgets.pickers import Picker
from observer_app.ui.widgets.progress import Progress
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import ExportView
from observer_app.workflows.ports import CentrePort

__all__ = ["ExportsPage"]

_WIDEST = 720
_KINDS = (("reports", "file-text"), ("summary", "calendar-days"), ("table", "diff"), ("bundle", "file-check"))


class ExportsPage(PageWidget):
    """Page."""

    key = "centre.exports"
    _counted = Signal(int, int)

    def __init__(self, port: CentrePort, shell: ShellPort, day: Day) -> None:
        super().__init__()
        self.label = say("export.tab")
        self._port, self._shell, self._day = port, shell, day
        self._busy = False
        self.days = Picker(say("export.day"))
        self.folder = FolderField(say("export.folder"))
        self.go = Button(say("export.go"), kind="main", icon="download", high=48)
        self.progress, self.line = Progress(), Line()
        self.result = Panel("surface", "all")
        self._lines = QVBoxLayout(self.result)
        self._lines.setContentsMargins(20, 16, 20, 16)
        self._lines.setSpacing(8)
        self.result.hide()
        self.again = AgainPanel(port)
        self._lay_out()
        self.go.clicked.connect(self.export)
        self.days.currentIndexChanged.connect(lambda _index: self.again.look(self.days.choice))
        self.folder.entered.connect(self.export)
        self._counted.connect(self._render_progress)

    def _lay_out(self) -> None:
        what = Panel("surface", "all")
        kinds = [row(Icon(icon, "soft"), Text(say(f"export.{kind}"), wrap=True), gap=12) for kind, icon in _KINDS]
        for kind in kinds:
            kind.setStretch(1, 1)
        column(Text(say("export.what"), "lead"), 4, *kinds, gap=8, margins=(20, 16, 20, 16), into=what)
        page_column(Text(say("export.title"), "title"), 16, what, 24, Text(say("export.day"), weight=500), 4,
                    row(self.days, None), 16, Text(say("export.folder"), weight=500), 4, self.folder, 16,
                    row(self.go, None), 12, self.progress, self.line, 16, self.result, 24, self.again, None,
                    into=self, widest=_WIDEST)  # fmt: skip

    # ---- Page ----

    def on_shown(self) -> None:
        """The folder's field waits for keys."""
        days = self._port.days()
        self.days.render_choices([(day, day_words(day)) for day in days], self._day.iso)
        self.go.set_ready(bool(days) and not self._busy)
        self.again.look(self.days.choice)
        self.folder.setFocus(Qt.FocusReason.OtherFocusReason)

    def on_hidden(self) -> None:
        """An export under way goes on."""

    # ---- exporting ----

    def export(self) -> None:
        """Writes the chosen day into the folder."""
        day, folder = self.days.choice, self.folder.path
        if self._busy:
            return
        if not day or folder is None:
            self.line.say(say("import.no_folder" if day else "export.no_day"))
            return
        self._busy = True
        self.line.say("")
        self.result.hide()
        self.go.set_ready(False)
        self.go.setText(say("export.going"))
        self.progress.render_progress(0, 0)
        task = run(lambda: self._port.export(day, folder, self._counted.emit), self)
        task.then(self._done).or_else(self._failed)

    def _render_progress(self, done: int, total: int) -> None:
        if self._busy:
            self.progress.render_progress(done, total)

    def _over(self) -> None:
        self._busy = False
        self.progress.hide()
        self.go.set_ready(True)
        self.go.setText(say("export.go"))

    def _done(self, view: ExportView) -> None:
        self._over()
        self.line.say(say("export.done", folder=view.folder), "good")
        emptied(self._lines)
        for words in view.lines:
            self._lines.addWidget(_line("check", "good", words))
        if view.held_back:
            self._lines.addSpacing(8)
            self._lines.addWidget(Text(say("export.held"), "lead"))
            self._lines.addWidget(Text(say("export.held_words"), tone="soft", wrap=True))
            for words in view.held_back:
                self._lines.addWidget(_line("triangle-alert", "warn", words))
        else:
            self._lines.addWidget(_line("check", "good", say("export.all")))
        self.result.show()

    def _failed(self, error: ObserverError) -> None:
        self._over()
        self.line.say(str(error), "bad")


def _line(icon: str, tone: str, words: str) -> QWidget:
    shown = QWidget()
    row(Icon(icon, tone), Text(words, wrap=True), gap=12, into=shown).setStretch(1, 1)
    return shown
