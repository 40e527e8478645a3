# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving a clip or the marks of the chosen record out: from when to when, and the form that writes it down."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from observer_app.errors import BadInput, ObserverError
from observer_app.ui.strings import clock_words, say
from observer_app.ui.tasks import run
from observer_app.ui.widgets.buttons import LinkButton
from observer_app.ui.widgets.fields import Field
from observer_app.ui.widgets.give_out import GiveOut
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import column, emptied, row
from observer_app.ui.widgets.segments import Segment, Segments
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import RecordsPort
from observer_app.workflows.timekeeping import place_in
from observer_app.workflows.views import GivingView, SignedRecord

__all__ = ["Giving"]

_WHAT = ("clip", "marks")


class Giving(QWidget):
    """`left` when it was thought better of. Looks at a record's recording only once it is asked for."""

    left = Signal()

    def __init__(self, port: RecordsPort, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._port = port
        self._record: SignedRecord | None = None
        self._view = GivingView(0, (), False, ())
        self.length, self.line = Text(tone="soft", wrap=True), Line()
        self.what = Segments(say("giving.what"), [Segment(w, say(f"giving.what.{w}")) for w in _WHAT], stretched=True)
        self.start, self.end = Field(say("giving.from")), Field(say("giving.to"))
        self.give = GiveOut()
        self._span, self._form, self._clips, self._before = QWidget(), QWidget(), QWidget(), QWidget()
        QVBoxLayout(self._clips).setContentsMargins(0, 0, 0, 0)
        QVBoxLayout(self._before).setContentsMargins(0, 0, 0, 0)
        fields = [column(Text(say(f"giving.{name}"), weight=500, wrap=True), field, gap=2)
                  for name, field in (("from", self.start), ("to", self.end))]  # fmt: skip
        column(self._clips, row(*fields, gap=8), gap=8, into=self._span)
        column(self.length, self.what, self._span, self.give, self._before, gap=12, into=self._form)
        column(self._form, self.line, into=self)
        self.what.chosen.connect(lambda _: self._begin())
        self.give.wanted.connect(self._wanted)
        self.give.left.connect(self.left)

    # ---- what is shown ----

    def render_record(self, record: SignedRecord | None, done: str = "") -> None:
        """Looks up what there is to give out of a record; nothing typed before is kept. `done`: what to say then."""
        self._record = record
        self.give.forget()
        self._form.setVisible(False)
        self.line.say("")
        if record is None:
            return
        self.line.say(say("giving.opening"), "quiet")
        task = run(lambda: self._port.giving(record.record), self)
        task.then(lambda view: self._render(record, view, done)).or_else(lambda error: self._failed(record, error))

    def forget(self) -> None:
        """The passphrase does not stay."""
        self.give.forget()

    def _failed(self, record: SignedRecord, error: ObserverError) -> None:
        if record is self._record:
            self.line.say(str(error), "bad")

    def _render(self, record: SignedRecord, view: GivingView, done: str) -> None:
        if record is not self._record:
            return  # another one was chosen meanwhile
        self._view = view
        self.line.say(done, "good")
        self.length.setText(say("giving.length", length=clock_words(view.length_ms)))
        self.start.clear()
        self.end.clear()
        self.what.choose(_WHAT[0])
        self._render_clips()
        self._render_before()
        self._begin()
        self._form.setVisible(True)

    def _render_clips(self) -> None:
        box = self._clips.layout()
        assert isinstance(box, QVBoxLayout)
        emptied(box)
        if self._view.clips:
            box.addWidget(Text(say("giving.marked"), weight=500))
        for span in self._view.clips:
            words = say("clip.span", start=clock_words(span[0]), end=clock_words(span[1]))
            link = LinkButton(words, icon="brackets", name=say("giving.take", span=words))
            link.clicked.connect(lambda _=False, span=span: self._take(*span))
            box.addWidget(link)
        self._clips.setVisible(bool(self._view.clips))

    def _render_before(self) -> None:
        box = self._before.layout()
        assert isinstance(box, QVBoxLayout)
        emptied(box)
        for number, words in enumerate(self._view.given_out):
            if not number:
                box.addWidget(Text(say("giving.before"), weight=600))
            box.addWidget(Text(words, tone="soft", wrap=True))
        self._before.setVisible(bool(self._view.given_out))

    def _begin(self) -> None:
        """The form anew, for a clip or for the marks."""
        record, marks = self._record, self.what.choice == "marks"
        self._span.setVisible(not marks)
        if record is not None:
            head, name = (say("give.marks"), "marks") if marks else ("", "clip.mp4")
            self.give.start(head, f"{record.candidate.id}-{name}", training_ok=self._view.training_ok)

    def _take(self, start_ms: int, end_ms: int) -> None:
        """A clip of the assessor's into the fields, to the thousandth."""
        for field, ms in ((self.start, start_ms), (self.end, end_ms)):
            field.setText(f"{clock_words(ms)}.{ms % 1000:03d}")

    # ---- doing it ----

    def _wanted(self, purpose: str, reason: str, passphrase: str, file: Path) -> None:
        record, what = self._record, self.what.choice
        span = self._typed() if what == "clip" else (0, 0)
        if record is None or span is None:
            self.give.set_busy(False)
            return
        port = self._port
        task = run(lambda: port.give_out(record.record, what, *span, purpose, reason, passphrase, file), self)
        task.then(lambda _: self._given(file)).or_else(self.give.refused)

    def _typed(self) -> tuple[int, int] | None:
        """From and to, ms; None after the line has said what is wrong with them."""
        found = []
        for field in (self.start, self.end):
            try:
                found.append(place_in(field.text()))
            except BadInput:
                self._refuse(field, say("giving.not_a_time", words=field.text().strip() or "–"))
                return None
        start, end = found
        if start >= end:
            self._refuse(self.end, say("giving.backwards"))
        elif start >= self._view.length_ms:
            self._refuse(self.start, say("giving.behind", end=clock_words(self._view.length_ms)))
        else:
            return start, end
        return None

    def _refuse(self, field: Field, words: str) -> None:
        self.give.line.say(words)
        field.setFocus()

    def _given(self, file: Path) -> None:
        self.render_record(self._record, say("give.done", file=file.name))
