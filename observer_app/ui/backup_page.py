# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine onto a stick: where to, how far it is, and when it may be pulled out."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal

import observer_app.ui.own_words  # noqa: F401 - the catalogue
from observer_app.errors import ObserverError
from observer_app.ui.page import PageWidget
from observer_app.ui.strings import say
from observer_app.ui.tasks import run
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.folder import FolderField
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import page_column, row
from observer_app.ui.widgets.progress import Progress
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import SessionPort

__all__ = ["BackupPage", "stick_words"]

_WIDEST = 720


def stick_words(step: str, done: int, total: int) -> str:
    """What is being done with a stick, in words."""
    percent = 100 * done // total if total else 0
    return say(f"stick.{step}", done=done, total=total, percent=percent)


class BackupPage(PageWidget):
    """Page without a tab; `leave` goes back to where one came from. A backup goes on when another page is shown."""

    key = "backup"
    label = ""
    _told = Signal(str, int, int)

    def __init__(self, session: SessionPort, leave: Callable[[], None]) -> None:
        super().__init__()
        self._session, self._busy = session, False
        self.back = Button(say("word.back"), icon="arrow-left", high=40)
        self.folder = FolderField(say("backup.folder"))
        self.go = Button(say("backup.go"), kind="main", icon="usb", high=48)
        self.progress, self.line = Progress(), Line()
        head = row(Text(say("backup.title"), "title", wrap=True, middle=True), self.back, gap=16)
        head.setStretch(0, 1)
        page_column(head, 8, Text(say("backup.words"), tone="soft", wrap=True), 24,
                    Text(say("backup.folder"), weight=500), 4, self.folder, 16, row(self.go, None), 16,
                    self.progress, 8, self.line, None, into=self, widest=_WIDEST)  # fmt: skip
        self.back.clicked.connect(leave)
        self.go.clicked.connect(self.back_up)
        self.folder.entered.connect(self.back_up)
        self._told.connect(self._render)

    # ---- Page ----

    @property
    def in_use(self) -> bool:
        """The window does not lock over a backup that runs."""
        return self._busy

    def on_shown(self) -> None:
        """The folder's field waits for keys."""
        self.folder.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- backing up ----

    def back_up(self) -> None:
        """Copies this machine's sealed files below the folder."""
        folder = self.folder.path
        if self._busy:
            return
        if folder is None:
            self.line.say(say("stick.no_folder"))
            return
        self._busy = True
        self.go.set_ready(False)
        self.go.setText(say("backup.going"))
        self.line.say(say("backup.stay"), "quiet")
        self.progress.render_progress(0, 0)
        run(lambda: self._session.back_up(folder, self._told.emit), self).then(self._done).or_else(self._failed)

    def _render(self, step: str, done: int, total: int) -> None:
        if self._busy:
            self.progress.render_progress(done, total, stick_words(step, done, total))

    def _over(self) -> None:
        self._busy = False
        self.progress.hide()
        self.go.set_ready(True)
        self.go.setText(say("backup.go"))

    def _done(self, words: str) -> None:
        self._over()
        self.line.say(words, "good")

    def _failed(self, error: ObserverError) -> None:
        self._over()
        self.line.say(str(error), "bad")
