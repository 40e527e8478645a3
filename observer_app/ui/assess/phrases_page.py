# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's own phrases, to be changed; the frameworks' beside them, to be read."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from observer_app.domain.phrases import LONGEST_KEYS, LONGEST_TEXT, Phrase
from observer_app.errors import ObserverError
from observer_app.ui.page import PageWidget, ShellPort
from observer_app.ui.strings import say
from observer_app.ui.tasks import watch
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Field
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import emptied, page_column, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import AssessPort

__all__ = ["PhrasesPage"]

_WIDEST, _KEYS_WIDE = 720, 120
_OTHER = Qt.FocusReason.OtherFocusReason


@dataclass
class _Line:
    """One phrase being changed."""

    holder: QWidget
    keys: Field
    text: Field


class PhrasesPage(PageWidget):
    """Page. Nothing is kept before its button (or Enter in a field) is pressed."""

    key = "phrases"

    def __init__(self, port: AssessPort, shell: ShellPort) -> None:
        super().__init__()
        self.label = say("phrases.tab")
        self._port, self._shell = port, shell
        self.lines: list[_Line] = []
        self._own, self._given = QVBoxLayout(), QVBoxLayout()
        self._own.setSpacing(8)
        self._given.setSpacing(4)
        self.add, self.go = Button(say("phrases.add")), Button(say("phrases.keep"), kind="main", icon="check")
        self.line = Line()
        self.add.clicked.connect(lambda: self._more("", "", focus=True))
        self.go.clicked.connect(self.keep)
        self._lay_out()

    def _lay_out(self) -> None:
        head = row(
            Text(say("phrases.keys"), "caption", "soft"), Text(say("phrases.text"), "caption", "soft"), None, gap=8
        )
        first = head.itemAt(0)
        label = first.widget() if first is not None else None
        if label is not None:
            label.setFixedWidth(Theme.current.size(_KEYS_WIDE))
        page_column(Text(say("phrases.title"), "title"), 8, Text(say("phrases.words"), tone="soft", wrap=True), 24,
                    Text(say("phrases.own"), "lead"), 4, head, 4, self._own, 8, row(self.add, self.go, None, gap=8), 12,
                    self.line, 24, self._given, None, into=self, widest=_WIDEST)  # fmt: skip

    # ---- Page ----

    def on_shown(self) -> None:
        """As they are kept."""
        view = self._port.phrases()
        self.line.say("")
        for line in self.lines:
            line.holder.hide()
            line.holder.deleteLater()
        self.lines = []
        for keys, text in view.own:
            self._more(keys, text)
        self._more("", "")
        self._render_given(view.given)
        self.lines[-1].keys.setFocus(_OTHER)

    # ---- the lines ----

    def _more(self, keys: str, text: str, *, focus: bool = False) -> None:
        number = len(self.lines) + 1
        line = _Line(QWidget(), Field(say("phrases.keys_of", n=number)), Field(say("phrases.text_of", n=number)))
        line.keys.setFixedWidth(Theme.current.size(_KEYS_WIDE))
        line.keys.setMaxLength(LONGEST_KEYS + 1)
        line.text.setMaxLength(LONGEST_TEXT)
        line.keys.setText(keys)
        line.text.setText(text)
        out = Button("", icon="x", name=say("phrases.out_of", n=number))
        out.clicked.connect(lambda: self._take_out(line))
        for field in (line.keys, line.text):
            field.returnPressed.connect(self.keep)
        row(line.keys, line.text, out, gap=8, into=line.holder).setStretch(1, 1)
        self._own.addWidget(line.holder)
        self.lines.append(line)
        if focus:
            line.keys.setFocus(_OTHER)

    def _take_out(self, line: _Line) -> None:
        self.lines.remove(line)
        line.holder.hide()
        line.holder.deleteLater()
        self.add.setFocus(_OTHER)

    def _render_given(self, given: tuple[tuple[str, tuple[Phrase, ...]], ...]) -> None:
        emptied(self._given)
        for framework, phrases in given:
            title = Text(say("phrases.given", framework=framework), "lead", wrap=True)
            title.setContentsMargins(0, 12, 0, 4)
            self._given.addWidget(title)
            for keys, text in phrases:
                letters, line = Text(say("phrases.dot", keys=keys), weight=600), QWidget()
                letters.setFixedWidth(Theme.current.size(_KEYS_WIDE))
                row(letters, Text(text.rstrip(), wrap=True), gap=8, into=line).setStretch(1, 1)
                self._given.addWidget(line)

    def keep(self) -> None:
        """Keeps what stands there."""
        own = [(line.keys.text(), line.text.text()) for line in self.lines]
        watch(self._port.keep_phrases(own), self).then(lambda _: self._kept()).or_else(self._refused)

    def _kept(self) -> None:
        if self.isVisible():  # who has gone on to another page keeps the keyboard there
            self.on_shown()
            self.line.say(say("phrases.kept"), "good")

    def _refused(self, error: ObserverError) -> None:
        self.line.say(str(error), "bad")
