# SPDX-License-Identifier: GPL-3.0-or-later
"""The side of Compare: who, how far the marks agree, and the moderator's decision with its reason, signed."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from observer_app.errors import ObserverError
from observer_app.ui.strings import counted, refused_words, say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button, paint_text
from observer_app.ui.widgets.fields import Choice, Field, TextField
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.marks import Photo
from observer_app.ui.widgets.panel import Panel, Rule, column, emptied, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import AgreementView, CompareRow, CompareView

__all__ = ["DecisionPanel", "undecided"]

_STANDS = ("live", "replay", "third")


def undecided(view: CompareView, decisions: dict[str, str]) -> list[CompareRow]:
    """The criteria whose marks differ and on which nothing has been decided. The overall judgement decides nothing."""
    return [row for row in view.rows if row.criterion and row.live != row.replay and row.criterion not in decisions]


class _Range(QWidget):
    """An agreement figure with its likely range on a line from 0 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self._view: AgreementView | None = None

    def render_range(self, view: AgreementView) -> None:
        """The figure."""
        self._view = view
        self.setAccessibleName(self._words())
        self.update()

    def _words(self) -> str:
        view = self._view
        if view is None:
            return ""
        low, value, high = (f"{x:.2f}" for x in (view.kappa_low, view.kappa_value, view.kappa_high))
        return say("compare.kappa_words", value=value, low=low, high=high)

    def sizeHint(self) -> QSize:
        return QSize(200, 20 + Theme.current.line("caption"))

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        view, theme = self._view, Theme.current
        if view is None:
            return
        painter, wide = QPainter(self), self.width()
        painter.fillRect(QRectF(0, 9, wide, 1), theme.colour("edge"))
        low, value, high = (wide * min(max(x, 0.0), 1.0) for x in (view.kappa_low, view.kappa_value, view.kappa_high))
        painter.fillRect(QRectF(low, 7, max(2.0, high - low), 5), theme.colour("accent"))
        painter.fillRect(QRectF(value - 1, 2, 3, 15), theme.colour("ink"))
        line = QRectF(0, 20, wide, theme.line("caption"))
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        paint_text(painter, line, "0", "caption", theme.colour("soft"), 0, left)
        paint_text(painter, line, "1", "caption", theme.colour("soft"), 0, right)
        room = theme.metrics("caption", 500).horizontalAdvance(self._words()) + 4
        at = min(max(value - room / 2, 20.0), wide - room - 20)
        place = QRectF(at, 20, room, theme.line("caption"))
        paint_text(painter, place, self._words(), "caption", theme.colour("ink"), 500)


class DecisionPanel(Panel):
    """`decided(criterion, stands)` for each choice; `signed_with(reason, passphrase)` once all is filled in."""

    decided = Signal(str, str)
    signed_with = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "l", parent=parent)
        self._view: CompareView | None = None
        self._row: CompareRow | None = None
        self._left: list[CompareRow] = []
        self.photo = Photo(56, 68)
        self.name, self.details = Text(role="lead", wrap=True), Text(tone="soft", wrap=True)
        self._agreement = QVBoxLayout()
        self._agreement.setSpacing(4)
        self._range = _Range()
        self._agreement.addWidget(self._range)
        self.head, self.hint = Text(role="lead", wrap=True), Text(tone="soft", wrap=True)
        self._choices_box = QWidget()
        self.choices = {key: Choice("") for key in _STANDS}
        self.reason = TextField(say("compare.reason"), lines=2)
        self.passphrase = Field(say("passphrase"), secret=True)
        self.go = Button(say("compare.sign"), kind="main", icon="signature", high=48)
        self.line = Line()
        self._form = QWidget()
        self._lay_out()
        for key, choice in self.choices.items():
            choice.clicked.connect(lambda _=False, key=key: self._choose(key))
        self.reason.kept.connect(lambda _text: self.passphrase.setFocus(Qt.FocusReason.TabFocusReason))
        self.passphrase.returnPressed.connect(self._sign)
        self.go.clicked.connect(self._sign)

    def _lay_out(self) -> None:
        who = row(self.photo, column(self.name, self.details, None), gap=12)
        who.setStretch(1, 1)
        column(*self.choices.values(), gap=4, into=self._choices_box)
        column(Text(say("compare.reason"), weight=500), 4, self.reason, 12,
               Text(say("passphrase"), weight=500), 4, self.passphrase, 12, self.go,
               8, Text(say("compare.kept"), tone="soft", wrap=True), into=self._form)  # fmt: skip
        column(who, 14, Rule(), 12, Text(say("compare.agreement"), "lead"), 6, self._agreement, 12, Rule(), 12,
               self.head, 4, self.hint, 4, self._choices_box, 8, self.line, 8, self._form, None,
               margins=(20, 16, 20, 12), into=self)  # fmt: skip

    # ---- what is shown ----

    def render_view(self, view: CompareView, found: CompareRow | None, decisions: dict[str, str]) -> None:
        """The record, the open row and what has been decided so far."""
        if view != self._view:
            self._render_who(view)
            self._render_agreement(view.agreement)
        self._view, self._row = view, found
        self._left = undecided(view, decisions)
        differs = bool(undecided(view, {}))
        here = found is not None and found.criterion != "" and found.live != found.replay
        self.head.setText(say("compare.decision", number=found.number) if here and found and found.number
                          else say("compare.decision_none"))  # fmt: skip
        hint = "" if here else say("compare.row_same" if found else "compare.choose_row")
        hint = hint if differs else say("compare.all_same")
        self.hint.setText(say("compare.done") if view.decided else hint)
        self.hint.setVisible(view.decided or not here or not differs)
        self._choices_box.setVisible(here and not view.decided)
        self._form.setVisible(differs and not view.decided)
        if here and found is not None:
            self._render_choices(found, decisions.get(found.criterion, ""))
        if not self._busy:
            self.go.setText(counted("compare.sign_left", len(self._left)) if self._left else say("compare.sign"))
            self.go.set_ready(not self._left)

    def _render_who(self, view: CompareView) -> None:
        person = view.candidate
        self.photo.render_bytes(person.photo, say("photo.of" if person.photo else "photo.none", name=person.name))
        self.name.setText(person.name)
        self.details.setText(f"{say('compare.id', id=person.id)}\n{view.scenario}")

    def _render_choices(self, found: CompareRow, chosen: str) -> None:
        for key, value in (("live", found.live), ("replay", found.replay), ("third", None)):
            choice = self.choices[key]
            words = say(f"compare.stands.{key}", value=value)
            choice.setText(words)
            choice.setAccessibleName(words)
            choice.setVisible(key == "third" or value is not None)
            choice.setAutoExclusive(False)
            choice.setChecked(key == chosen)
            choice.setAutoExclusive(True)

    def _render_agreement(self, view: AgreementView) -> None:
        emptied(self._agreement, keep=self._range)
        for key, words in (("same", view.same), ("within", view.within_one)):
            if words:
                pair = QWidget()
                row(Text(say(f"compare.{key}"), wrap=True), 8, Text(words, weight=600), into=pair).setStretch(0, 1)
                self._agreement.addWidget(pair)
        if view.caution:
            self._agreement.addWidget(Text(view.caution, "caption", "soft", wrap=True))
        figure = bool(view.records) and view.kappa_high > 0
        if figure:
            self._agreement.addSpacing(8)
            self._agreement.addWidget(Text(counted("compare.records", view.records), weight=500, wrap=True))
        if view.kappa or figure:
            self._agreement.addWidget(Text(say("compare.kappa") if figure else view.kappa, tone="soft", wrap=True))
        self._agreement.addWidget(self._range)  # in its place before it is shown: alone it would be a window
        if figure:
            self._range.render_range(view)
        self._range.setVisible(figure)

    # ---- deciding ----

    def start(self) -> None:
        """The first choice waits for keys."""
        if not self._choices_box.isHidden():
            chosen = next((c for c in self.choices.values() if c.isChecked()), self.choices["live"])
            chosen.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose(self, key: str) -> None:
        if self._row is not None:
            self.decided.emit(self._row.criterion, key)

    _busy = False

    def set_busy(self, busy: bool) -> None:
        """While it is being signed."""
        self._busy = busy
        self.go.set_ready(not busy)
        self.go.setText(say("compare.signing" if busy else "compare.sign"))

    def _sign(self) -> None:
        reason, passphrase = self.reason.toPlainText().strip(), self.passphrase.text()
        if self._busy:
            return
        missing = ""
        if self._left:
            missing = say("compare.left", titles="; ".join(row.title for row in self._left))
        elif not reason:
            missing = say("compare.reason_missing")
        elif not passphrase:
            missing = say("passphrase.missing")
        self.line.say(missing)
        if not missing:
            self.set_busy(True)
            self.signed_with.emit(reason, passphrase)

    def signed(self) -> None:
        """The decision is on disk."""
        self.set_busy(False)
        self.passphrase.clear()
        self.line.say(say("compare.done"), "good")

    def refused(self, error: ObserverError) -> None:
        """It is not."""
        self.set_busy(False)
        self.line.say(refused_words(error), "bad")
        self.passphrase.selectAll()
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)
