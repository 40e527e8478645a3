# SPDX-License-Identifier: GPL-3.0-or-later
"""A passphrase was forgotten: the code on the recovery sheet, and a new passphrase. Nobody is signed in here."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

import observer_app.ui.own_words  # noqa: F401 - the catalogue
from observer_app.ui.page import PageWidget, ShellPort
from observer_app.ui.strings import say
from observer_app.ui.tasks import run
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.panel import centred, column, row
from observer_app.ui.widgets.secret_form import SecretForm
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import DesktopPort
from observer_app.workflows.views import PersonCard

__all__ = ["ForgottenPage"]


class ForgottenPage(PageWidget):
    """Page without a tab, for one person; it leads back to the page called `back`."""

    key = "forgotten"
    label = ""

    def __init__(self, desktop: DesktopPort, shell: ShellPort, person: PersonCard, back: str) -> None:
        super().__init__()
        self._desktop, self._shell, self._person, self._back = desktop, shell, person, back
        self.has_sheet = desktop.has_sheet(person.handle)
        fields = {"code": "forgot.code", "new": "own.new", "again": "own.again"}
        self.form = SecretForm({name: say(key) for name, key in fields.items()}, say("forgot.go"), kind="main",
                               help=say("first.passphrase_help"))  # fmt: skip
        self.back = Button(say("word.back"), icon="arrow-left", high=44)
        self._lay_out()
        self.back.clicked.connect(self.leave)
        self.form.asked.connect(self._recover)

    def _lay_out(self) -> None:
        name, holder = self._person.name, QWidget()
        title = say("forgot.title", name=name) if self.has_sheet else say("forgot.none", name=name)
        words = say("forgot.words" if self.has_sheet else "forgot.none_words")
        column(Text(title, "title", wrap=True), 8, Text(words, tone="soft", wrap=True), 16, self.form, 8,
               row(self.back, None), into=holder)  # fmt: skip
        holder.setFixedWidth(min(Theme.current.size(480), 900))
        centred(holder, into=self)
        if not self.has_sheet:
            self.form.hide()

    # ---- Page ----

    def on_shown(self) -> None:
        """The code waits for keys."""
        if self.has_sheet:
            self.form.start()
        else:
            self.back.setFocus(Qt.FocusReason.OtherFocusReason)

    def on_hidden(self) -> None:
        """Neither code nor passphrases stay."""
        self.form.clear()

    def leave(self) -> None:
        """Back to the sign-in page."""
        self._shell.show_page(self._back)

    def _recover(self, given: dict[str, str]) -> None:
        self.form.working(say("forgot.going"))
        handle = self._person.handle
        task = run(lambda: self._desktop.recover(handle, given["code"], given["new"]), self)
        task.then(lambda _: self._done()).or_else(self.form.failed)

    def _done(self) -> None:
        self.form.over()
        self.leave()
        self._shell.say(say("forgot.done"), "good")
