# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's own page: another passphrase, and the recovery sheet, whose code is shown once and kept nowhere."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt

import observer_app.ui.own_words  # noqa: F401 - the catalogue
from observer_app.ui.page import PageWidget
from observer_app.ui.strings import say
from observer_app.ui.tasks import run
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import Panel, column, page_column, row
from observer_app.ui.widgets.secret_form import SecretForm
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import OwnPort
from observer_app.workflows.views import SheetView

__all__ = ["OwnPage"]

_WIDEST = 720


class OwnPage(PageWidget):
    """Page without a tab; `leave` goes back to where one came from."""

    key = "own"
    label = ""

    def __init__(self, port: OwnPort, leave: Callable[[], None]) -> None:
        super().__init__()
        self._port = port
        self.sheet: SheetView | None = None
        self.back = Button(say("word.back"), icon="arrow-left", high=40)
        self.change = SecretForm({name: say(f"own.{name}") for name in ("old", "new", "again")}, say("own.change_go"),
                                 help=say("first.passphrase_help"))  # fmt: skip
        self.make = SecretForm({"passphrase": say("own.passphrase")}, say("own.make"), kind="main", icon="file-text")
        self.stands = Text(weight=500, wrap=True)
        self.code = Text(role="title", wrap=True)
        self.print_button = Button(say("own.print"), kind="main", icon="printer", high=44)
        self.away = Button(say("own.put_away"), high=44)
        self.shown, self.paper = Panel("sunken", "all"), Line()
        self._lay_out()
        self.back.clicked.connect(leave)
        self.change.asked.connect(self._change)
        self.make.asked.connect(self._make)
        self.print_button.clicked.connect(self._print)
        self.away.clicked.connect(self._put_away)

    def _lay_out(self) -> None:
        column(Text(say("own.code"), weight=500), 8, self.code, 8, Text(say("own.once"), wrap=True), 16,
               row(self.print_button, self.away, None, gap=8), 12, self.paper, margins=(20, 16, 20, 16),
               into=self.shown)  # fmt: skip
        sheet, change = Panel("surface", "all"), Panel("surface", "all")
        column(Text(say("own.sheet"), "lead"), 4, Text(say("own.sheet_words"), tone="soft", wrap=True), 12,
               self.stands, 16, self.make, self.shown, margins=(24, 20, 24, 20), into=sheet)  # fmt: skip
        column(Text(say("own.change"), "lead"), 4, Text(say("own.change_words"), tone="soft", wrap=True), 16,
               self.change, margins=(24, 20, 24, 20), into=change)  # fmt: skip
        head = row(Text(say("own.title"), "title", wrap=True, middle=True), self.back, gap=16)
        head.setStretch(0, 1)
        page_column(head, 16, sheet, 16, change, None, into=self, widest=_WIDEST)

    # ---- Page ----

    def on_shown(self) -> None:
        """The sheet's passphrase waits for keys."""
        self._render()
        self.make.start()

    def on_hidden(self) -> None:
        """Neither passphrases nor the code stay."""
        self.make.clear()
        self.change.clear()
        self._put_away()

    def _render(self) -> None:
        has = self._port.has_sheet()
        self.stands.setText(say("own.has_sheet" if has else "own.no_sheet"))
        self.make.set_words(say("own.make_new" if has else "own.make"))
        shown = self.sheet is not None
        self.shown.setVisible(shown)
        self.paper.say("")
        self.make.setVisible(not shown)
        self.stands.setVisible(not shown)
        self.code.setText(self.sheet.code if self.sheet else "")
        self.code.setAccessibleName(say("own.code_name", code=self.sheet.code) if self.sheet else "")

    # ---- what is done ----

    def _change(self, given: dict[str, str]) -> None:
        self.change.working(say("own.changing"))
        task = run(lambda: self._port.change_passphrase(given["old"], given["new"]), self)
        task.then(lambda _: self.change.over(say("own.changed"))).or_else(self.change.failed)

    def _make(self, given: dict[str, str]) -> None:
        self.make.working(say("own.making"))
        run(lambda: self._port.sheet(given["passphrase"]), self).then(self._made).or_else(self.make.failed)

    def _made(self, sheet: SheetView) -> None:
        self.make.over()
        if not self.isVisible():
            return  # nobody is there to read it
        self.sheet = sheet
        self._render()
        self.print_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _print(self) -> None:
        from observer_app.ui.sheet_print import ask_to_print

        if self.sheet is not None:
            ask_to_print(self.sheet, self, self._printed)

    def _printed(self, how: str) -> None:
        self.paper.say(say(f"own.{how}"), "good" if how == "printed" else "warn")

    def _put_away(self) -> None:
        if self.sheet is None:
            return
        self.sheet = None
        self._render()
        self.make.line.say(say("own.away"), "good")
        if self.isVisible():
            self.make.start()
