# SPDX-License-Identifier: GPL-3.0-or-later
"""The side of Review: who it was, the total, what is left, and the signature; afterwards what was signed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from observer_app.domain.record import RecordState
from observer_app.ui.assess.second_box import SecondBox
from observer_app.ui.strings import counted, say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Field, TextField, TickBox
from observer_app.ui.widgets.marks import STATE_ICONS, Photo
from observer_app.ui.widgets.panel import Icon, Panel, Rule, column, row, scrolling
from observer_app.ui.widgets.text import Text
from observer_app.workflows.views import ReviewView

__all__ = ["SignPanel"]

_OTHER = Qt.FocusReason.OtherFocusReason


class _Things(QWidget):
    """Done and left, each with its sign and words."""

    def __init__(self) -> None:
        super().__init__()
        self._list = QVBoxLayout(self)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(6)
        self._shown: tuple[tuple[str, bool], ...] = ()

    def render_things(self, things: Sequence[tuple[str, bool]]) -> None:
        if tuple(things) == self._shown:
            return
        self._shown = tuple(things)
        for child in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            child.hide()
            child.deleteLater()
        while self._list.takeAt(0) is not None:
            pass
        for words, done in things:
            holder = QWidget()
            icon = Icon("circle-check", "good") if done else Icon("triangle-alert", "warn")
            line = row(column(icon, None), Text(words, weight=400 if done else 600, wrap=True), gap=8, into=holder)
            line.setStretch(1, 1)
            self._list.addWidget(holder)


class SignPanel(Panel):
    """`sign_asked(passphrase)` once nothing is left, `left_pressed` before; `amend_signed(reason, passphrase)`,
    `second_signed(person, passphrase)`, `print_asked`."""

    sign_asked = Signal(str)
    left_pressed = Signal()
    changed = Signal()
    amend_asked = Signal()
    amend_signed = Signal(str, str)
    amend_left = Signal()
    second_signed = Signal(str, str)
    print_asked = Signal()

    def __init__(self) -> None:
        super().__init__("surface", "l")
        self._view: ReviewView | None = None
        self._busy = False
        self._photo, self._name = Photo(72, 88), Text(role="lead", wrap=True)
        self._id, self._registration = Text(tone="soft", wrap=True), Text(tone="soft", wrap=True)
        self.person, self.declared = TickBox(say("review.person")), TickBox("")
        self._total, self._total_detail = Text(weight=600, wrap=True), Text(tone="soft", wrap=True)
        self._heading, self._things = Text(role="lead", wrap=True), _Things()
        self.passphrase = Field(say("sign_in.passphrase"), secret=True)
        self.button = Button(say("review.sign"), icon="signature", kind="main", high=48)
        self.trouble = Text(tone="bad", weight=600, wrap=True)
        self.amend, self.back = Button(say("review.amend")), Button(say("word.cancel"))
        self.print, self.second = Button(say("review.print"), icon="printer"), SecondBox()
        self.reason = TextField(say("review.amend_why"), lines=3)
        self.amend_passphrase = Field(say("sign_in.passphrase"), secret=True)
        self.amend_button = Button(say("review.amend_sign"), icon="signature", kind="main", high=48)
        self._build()
        self.person.toggled.connect(lambda _: self._tell())
        self.declared.toggled.connect(lambda _: self._tell())
        self.passphrase.textChanged.connect(lambda _: self._tell())
        self.passphrase.returnPressed.connect(self._press)
        self.button.clicked.connect(self._press)
        self.amend.clicked.connect(self.amend_asked)
        self.back.clicked.connect(self.amend_left)
        self.print.clicked.connect(self.print_asked)
        self.second.signed.connect(self.second_signed)
        self.amend_passphrase.returnPressed.connect(self._press_amend)
        self.amend_button.clicked.connect(self._press_amend)

    def _build(self) -> None:
        who = row(self._photo, column(self._name, self._id, self._registration, None), gap=16)
        who.setStretch(1, 1)
        self._sign_box, self._signed_box, self._amend_box = QWidget(), QWidget(), QWidget()
        column(self.declared, 16, Text(say("sign_in.passphrase"), weight=500), 4, self.passphrase, 12, self.button, 12,
               Text(say("review.once_signed"), tone="soft", wrap=True), into=self._sign_box)  # fmt: skip
        self._signed_word, self._signed_icon = Text(weight=600), Icon("signature", "good")
        self._record = Text(tone="soft", wrap=True)
        self._amendments = Text(tone="soft", wrap=True)
        self._signed_detail = Text(say("review.signed_detail"), tone="soft", wrap=True)
        column(row(self._signed_icon, self._signed_word, None, gap=8), 8, self._signed_detail, 8, self._record, 12,
               self._amendments, 12, self.second, 16, row(self.amend, self.print, None, gap=8),
               into=self._signed_box)  # fmt: skip
        column(Text(say("review.amend_title"), "lead", wrap=True), 8,
               Text(say("review.amend_detail"), tone="soft", wrap=True), 16,
               Text(say("review.amend_why"), weight=500, wrap=True), 4, self.reason, 12,
               Text(say("sign_in.passphrase"), weight=500), 4, self.amend_passphrase, 12, self.amend_button, 8,
               self.back, into=self._amend_box)  # fmt: skip
        self._left_box, self._trouble_box = QWidget(), QWidget()
        column(self.trouble, margins=(0, 0, 0, 12), into=self._trouble_box)
        column(self._heading, 8, self._things, 16, Rule(), 16, into=self._left_box)
        inside = QWidget()
        column(who, 12, self.person, 16, Rule(), 16, self._total, self._total_detail, 16, Rule(), 16, self._left_box,
               self._trouble_box, self._sign_box, self._signed_box, self._amend_box, None, margins=(24, 24, 24, 24),
               into=inside)  # fmt: skip
        self._inside = inside
        self._area = scrolling(inside)
        column(self._area, into=self)

    def grow(self, whole: bool) -> None:
        """Below the table it takes all the height it needs."""
        inside = self._inside
        wide = max(200, self.width() - 2)
        high = inside.heightForWidth(wide) if inside.hasHeightForWidth() else inside.sizeHint().height()
        self._area.setMinimumHeight(high + Theme.current.size(24) if whole else 0)

    # ---- rendering ----

    def things(self) -> tuple[list[str], list[str]]:
        """(done, left) in words, those of this panel included."""
        view = self._view
        if view is None:
            return [], []
        done, left = list(view.done), list(view.left)
        if self.person.isChecked():
            done.insert(0, say("review.confirmed"))
        else:
            left.insert(0, say("review.tick_person"))
        if not left and not self.declared.isChecked():
            left.append(say("review.tick_declared"))
        if not left and not self.passphrase.text():
            left.append(say("review.type_passphrase"))
        return done, left

    def render_view(self, view: ReviewView, amending: bool = False) -> None:
        """The record as it stands."""
        self._view = view
        who, signed = view.candidate, view.state >= RecordState.SIGNED
        self._photo.render_bytes(who.photo, say("photo.of" if who.photo else "photo.none", name=who.name))
        self._name.setText(who.name)
        self._id.setText(say("today.id", id=who.id))
        self._registration.setText(say("live.registration", number=who.registration))
        self._total.setText(view.total or say("review.total_later"))
        self._total.set_weight(600 if view.total else 400)
        self._total_detail.setText(" ".join(part for part in (view.total_detail, view.result) if part))
        self._total_detail.setVisible(bool(view.total_detail or view.result))
        if self.declared.text() != view.declaration:
            self.declared.setText(view.declaration)
            self.declared.setAccessibleName(view.declaration)
            self.declared.updateGeometry()
        for part in (self.person, self._left_box, self._sign_box):
            part.setVisible(not signed)
        self._signed_box.setVisible(signed and not amending)
        self._amend_box.setVisible(signed and amending)
        self._signed_word.setText(say(f"state.{view.state.name.lower()}"))
        self._signed_icon.render_icon(STATE_ICONS.get(view.state, "circle"), "good")
        self._signed_detail.setVisible(view.state == RecordState.SIGNED)
        self._record.setText(say("review.record", id=view.record[:16]))
        listed = "\n".join((say("review.amended"), *view.amendments)) if view.amendments else ""
        self._amendments.setText(listed)
        self._amendments.setVisible(bool(listed))
        self.second.render_people(view.second_signers)
        self.second.setVisible(view.waiting)
        self.render_left()

    def render_left(self) -> None:
        """What is left, here and in the table."""
        done, left = self.things()
        self._heading.setText(say("review.left", n=len(left)) if left else say("review.nothing_left"))
        self._things.render_things([(words, False) for words in left] + [(words, True) for words in done])
        if not self._busy:
            self.button.set_ready(not left)
            self.button.setText(counted("review.sign_left", len(left)) if left else say("review.sign"))
        self._trouble_box.setVisible(bool(self.trouble.text()))

    def say_trouble(self, words: str) -> None:
        """What went wrong, "" for nothing."""
        self.trouble.setText(words)
        self._trouble_box.setVisible(bool(words))

    def set_busy(self, busy: bool) -> None:
        """While the signature is made."""
        self._busy = busy
        self.button.set_ready(not busy)
        self.amend_button.set_ready(not busy)
        self.second.set_busy(busy)
        if busy:
            self.button.setText(say("review.signing"))
        else:
            self.render_left()

    # ---- pressing ----

    def _tell(self) -> None:
        self.say_trouble("")
        self.render_left()
        self.changed.emit()

    def _press(self) -> None:
        if self._busy:
            return
        _, left = self.things()
        if left:
            self.left_pressed.emit()
        else:
            self.sign_asked.emit(self.passphrase.text())

    def _press_amend(self) -> None:
        if not self._busy:
            self.amend_signed.emit(self.reason.toPlainText().strip(), self.amend_passphrase.text())

    def take_focus(self) -> None:
        """To the first thing this panel still wants."""
        if not self.person.isChecked():
            self.person.setFocus(_OTHER)
        elif not self.declared.isChecked():
            self.declared.setFocus(_OTHER)
        else:
            self.passphrase.setFocus(_OTHER)

    def forget(self) -> None:
        """Passphrases do not stay."""
        for field in (self.passphrase, self.amend_passphrase, self.second.passphrase):
            field.clear()
