# SPDX-License-Identifier: GPL-3.0-or-later
"""The side of the Records page: what is to be done to the chosen record, why, and by whom. Giving something of it out
has a form of its own (`giving`).

What cannot be undone asks for one more thing to be typed: the candidate's ID, so that it is this record and no other.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from observer_app.errors import ObserverError
from observer_app.ui.centre.giving import Giving
from observer_app.ui.strings import refused_words, say
from observer_app.ui.tasks import run
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Choice, Field, TextField
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import Panel, column, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import RecordsPort
from observer_app.workflows.views import SignedRecord

__all__ = ["WithdrawPanel"]

_OTHER = Qt.FocusReason.OtherFocusReason
_WHAT = ("void", "recording", "notes", "give")


class WithdrawPanel(Panel):
    """`done` once something was signed and carried out here."""

    done = Signal()

    def __init__(self, port: RecordsPort, parent: QWidget | None = None) -> None:
        super().__init__("surface", "l", parent=parent)
        self._port, self._busy = port, False
        self.record: SignedRecord | None = None
        self._given_of = ""
        self.title, self.stands = Text(role="lead", wrap=True), Text(tone="soft", wrap=True)
        self.packs = Text(tone="soft", wrap=True)
        self.choices = {name: Choice(say(f"withdraw.{name}")) for name in _WHAT}
        self.explained = Text(wrap=True)
        self.reason = TextField(say("withdraw.reason"), lines=2)
        self.confirm, self.passphrase = Field(say("withdraw.confirm")), Field(say("passphrase"), secret=True)
        self.go, self.line = Button(say("withdraw.go.void"), kind="main", icon="signature", high=48), Line()
        self.giving = Giving(port)
        self._confirm_box, self._form, self._doing = QWidget(), QWidget(), QWidget()
        self._lay_out()
        for choice in self.choices.values():
            choice.toggled.connect(self._render)
        self.reason.kept.connect(lambda _: self.submit())
        self.giving.left.connect(lambda: self.choices["void"].setChecked(True))
        for field in (self.confirm, self.passphrase):
            field.returnPressed.connect(self.submit)
        self.go.clicked.connect(self.submit)
        self.choices["void"].setChecked(True)
        self.render_record(None)

    def _lay_out(self) -> None:
        which = QWidget()
        column(*self.choices.values(), gap=8, into=which)
        self.confirm_label = Text(say("withdraw.confirm"), weight=500, wrap=True)
        column(self.confirm_label, 4, self.confirm, 12, into=self._confirm_box)
        column(Text(say("withdraw.reason"), weight=500, wrap=True), 4, self.reason, 12, self._confirm_box,
               Text(say("passphrase"), weight=500), 4, self.passphrase, 16, row(self.go, None), 12,
               into=self._doing)  # fmt: skip
        column(which, 12, self.explained, 16, self._doing, self.giving, into=self._form)
        column(self.title, 4, self.stands, 4, self.packs, 16, self._form, self.line, None, margins=(24, 20, 24, 24),
               into=self)  # fmt: skip

    # ---- what is shown ----

    def render_record(self, record: SignedRecord | None) -> None:
        """Another record, or none; what was typed for one is not kept for another."""
        if record is None or self.record is None or record.record != self.record.record:
            self.reason.clear()
            self.forget()
            if not self._busy:
                self.line.say("")
        self.record = record if record is not None and not record.trouble else None
        self._render()

    def forget(self) -> None:
        """Neither passphrase nor confirmation stays."""
        self.passphrase.clear()
        self.confirm.clear()
        self.giving.forget()

    @property
    def what(self) -> str:
        """void, recording, notes or give."""
        return next((name for name, choice in self.choices.items() if choice.isChecked()), "void")

    def _render(self) -> None:
        record = self.record
        self._form.setVisible(record is not None)
        self._render_giving()
        if record is None:
            self.title.setText(say("withdraw.none"))
            self.stands.setText("")
            self.packs.setText("")
            return
        self.title.setText(record.candidate.name or say("check_in.id", id=record.candidate.id))
        self.stands.setText(say("withdraw.is_void", reason=record.void) if record.void else say("withdraw.counts"))
        self.packs.setText(record.packs)
        what = self.what
        self.explained.setText(self._already(what) or say(f"withdraw.{what}_words"))
        asks = say("withdraw.confirm_id", id=record.candidate.id)
        self.confirm_label.setText(asks)
        self.confirm.setAccessibleName(asks)
        self._confirm_box.setVisible(what not in ("give", "void"))
        if what != "give":
            self.go.setText(say(f"withdraw.go.{what}"))
        self.go.set_ready(not self._busy and not self._already(what))

    def _render_giving(self) -> None:
        """Its form in place of the other one; the recording is looked at once it is asked for."""
        gives = self.what == "give"
        shown = self.record if gives and not self._already("give") else None
        self._doing.setVisible(not gives)
        self.giving.setVisible(shown is not None)
        record = shown.record if shown is not None else ""
        if record != self._given_of:
            self._given_of = record
            self.giving.render_record(shown)

    def _already(self, what: str) -> str:
        """Why this cannot be done to the record, "" when it can."""
        record = self.record
        if record is None:
            return say("withdraw.none")
        if what == "void":
            return say("withdraw.already_void") if record.void else ""
        if what in ("give", "recording") and not record.recorded:
            return say("withdraw.no_recording")
        gone = record.notes_erased if what == "notes" else record.recording_erased
        return say("withdraw.already_gone") if gone else ""

    # ---- doing it ----

    def submit(self) -> None:
        """Looks the fields over, then signs and carries it out."""
        record, what = self.record, self.what
        if record is None or self._busy or what == "give":
            return
        reason, passphrase = self.reason.toPlainText().strip(), self.passphrase.text()
        missing: QWidget | None = None
        if refusal := self._already(what):
            self.line.say(refusal)
        elif not reason:
            self.line.say(say("withdraw.missing_reason"))
            missing = self.reason
        elif what != "void" and self.confirm.text().strip() != record.candidate.id:
            self.line.say(say("withdraw.not_confirmed", id=record.candidate.id))
            missing = self.confirm
        elif not passphrase:
            self.line.say(say("passphrase.missing"))
            missing = self.passphrase
        else:
            self._sign(record.record, what, reason, passphrase)
        if missing is not None:
            missing.setFocus(_OTHER)

    def _sign(self, record: str, what: str, reason: str, passphrase: str) -> None:
        self._busy = True
        self.go.set_ready(False)
        self.line.say(say("withdraw.working"), "quiet")

        def work() -> str:
            if what == "void":
                return self._port.void(record, reason, passphrase).result()
            return self._port.erase(record, what, reason, passphrase).result()

        run(work, self).then(lambda _: self._signed(what)).or_else(self._failed)

    def _signed(self, what: str) -> None:
        self._busy = False
        self.reason.clear()
        self.forget()
        self.line.say(say(f"withdraw.done.{what}"), "good")
        self.done.emit()

    def _failed(self, error: ObserverError) -> None:
        self._busy = False
        self._render()
        self.line.say(refused_words(error), "bad")
        self.passphrase.selectAll()
        self.passphrase.setFocus(_OTHER)
