# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of secrets one below another, one button, and a line for how it went; secrets do not stay.

`SecretForm({"old": "Your passphrase", "new": "A new one"}, "Change it").asked` gives what was typed, once every field
has something in it. The page does the work and says `over(words)` or `failed(error)`.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from observer_app.errors import ObserverError
from observer_app.ui.strings import register, say
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Field
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import column, row
from observer_app.ui.widgets.text import Text

__all__ = ["SecretForm"]

register({"secret.missing": "Fill in: {fields}.", "secret.not_same": "The two passphrases are not the same."})


class SecretForm(QWidget):
    """`fields`: label by name; one called `again` must hold the same as `new`, one called `code` is shown as typed."""

    asked = Signal(dict)

    def __init__(self, fields: Mapping[str, str], go: str, *, kind: str = "plain", icon: str = "", help: str = "",
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self._labels, self._go_words, self._busy = dict(fields), go, False
        self.fields = {name: Field(label, secret=name != "code") for name, label in fields.items()}
        self.go, self.line = Button(go, kind=kind, icon=icon, high=44), Line()
        layout = column(into=self)
        for name, field in self.fields.items():
            layout.addWidget(Text(fields[name], weight=500, wrap=True))
            layout.addSpacing(4)
            layout.addWidget(field)
            layout.addSpacing(12)
            field.returnPressed.connect(self.submit)
        if help:
            layout.addWidget(Text(help, tone="soft", wrap=True))
            layout.addSpacing(12)
        layout.addLayout(row(self.go, None))
        layout.addSpacing(12)
        layout.addWidget(self.line)
        self.go.clicked.connect(self.submit)

    def start(self) -> None:
        """The first field waits for keys."""
        next(iter(self.fields.values())).setFocus(Qt.FocusReason.OtherFocusReason)

    def clear(self) -> None:
        """What was typed goes."""
        for field in self.fields.values():
            field.clear()

    def submit(self) -> None:
        """Looks the fields over, then asks."""
        if self._busy:
            return
        given = {name: field.text() for name, field in self.fields.items()}
        missing = [name for name, text in given.items() if not text.strip()]
        if missing:
            self._refuse(say("secret.missing", fields=", ".join(self._labels[name] for name in missing)), missing[0])
        elif given.get("again", given.get("new")) != given.get("new"):
            self._refuse(say("secret.not_same"), "again")
        else:
            self.line.say("")
            self.asked.emit(given)

    def working(self, words: str) -> None:
        """The work is under way."""
        self._busy = True
        self.go.set_ready(False)
        self.go.setText(words)

    def over(self, words: str = "") -> None:
        """It has gone well."""
        self._rest()
        self.clear()
        self.line.say(words, "good")

    def failed(self, error: ObserverError) -> None:
        """It has not; what was typed last stays to be mended."""
        self._rest()
        self._refuse(str(error), next(iter(self.fields)))

    def _rest(self) -> None:
        self._busy = False
        self.go.set_ready(True)
        self.go.setText(self._go_words)

    def set_words(self, go: str) -> None:
        """Another word on the button."""
        self._go_words = go
        self.go.setText(go)

    def _refuse(self, words: str, field: str) -> None:
        self.line.say(words, "warn")
        self.fields[field].selectAll()
        self.fields[field].setFocus(Qt.FocusReason.OtherFocusReason)
