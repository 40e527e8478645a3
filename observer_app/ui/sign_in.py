# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in: choose a person, type the passphrase, press Enter. On a sample day the passphrases stand there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

import observer_app.ui.own_words  # noqa: F401 - the catalogue
from observer_app.errors import ObserverError, WrongPassphrase
from observer_app.ui.icons import paint_icon
from observer_app.ui.page import PageWidget, ShellPort
from observer_app.ui.strings import say
from observer_app.ui.tasks import run
from observer_app.ui.theme import RADIUS_PANEL, Theme
from observer_app.ui.widgets.buttons import Button, LinkButton, paint_text
from observer_app.ui.widgets.fields import Field
from observer_app.ui.widgets.focus import Ringed
from observer_app.ui.widgets.measured import Measured
from observer_app.ui.widgets.panel import Icon, Panel, column, row, scrolling
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import DesktopPort, SessionPort
from observer_app.workflows.views import PersonCard

__all__ = ["PersonButton", "SignInPage"]

_LEFT = Qt.AlignmentFlag.AlignLeft
_OTHER = Qt.FocusReason.OtherFocusReason


class PersonButton(Ringed, Measured, QPushButton):
    """A person's card: name, roles and, on a sample day, the passphrase."""

    def __init__(self, person: PersonCard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.person = person
        self._roles = ", ".join(say(f"sign_in.roles.{role.value}") for role in sorted(person.roles))
        self._hint = say("sign_in.hint", hint=person.hint) if person.hint else ""
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(". ".join(part for part in (person.name, self._roles, self._hint) if part))

    def nextCheckState(self) -> None:
        self.setChecked(True)  # a click on the chosen person keeps them chosen, also where there is only one

    def sizeHint(self) -> QSize:
        theme = Theme.current
        lines = theme.line("lead") + theme.line("body") + (theme.line("body") if self._hint else 0)
        metrics, larger = theme.metrics(), theme.metrics("lead")
        small = max(metrics.horizontalAdvance(self._roles), metrics.horizontalAdvance(self._hint))
        widest = max(larger.horizontalAdvance(self.person.name), small)
        return QSize(round(widest) + theme.size(40) + 48, lines + 24)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, on = QPainter(self), Theme.current, self.isChecked()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide = 2 if on else 1
        painter.setPen(QPen(theme.colour("accent" if on else "edge"), wide))
        painter.setBrush(theme.colour("tint" if on else "surface"))
        half = wide / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), RADIUS_PANEL, RADIUS_PANEL)
        px = theme.size(24)
        paint_icon(painter, "user-round", theme.colour("accent" if on else "soft"), 16, (self.height() - px) / 2, px)
        left, top = 16 + px + 16, 12.0
        for text, role, tone in (
            (self.person.name, "lead", "ink"),
            (self._roles, "body", "soft"),
            (self._hint, "body", "ink"),
        ):
            if text:
                rect = QRectF(left, top, self.width() - left - 8, theme.line(role))
                paint_text(painter, rect, text, role, theme.colour(tone), 0, _LEFT)
                top += theme.line(role)


class SignInPage(PageWidget):
    """Page. `signed_in` gets the session once the passphrase opened it; `first` is whose name is chosen beforehand."""

    key = "sign-in"
    label = ""
    chosen = Signal(str)

    def __init__(
        self, desktop: DesktopPort, shell: ShellPort, signed_in: Callable[[SessionPort], None], first: str = ""
    ) -> None:
        super().__init__()
        self._desktop, self._shell, self._signed_in = desktop, shell, signed_in
        self._busy = False
        people = desktop.people()
        self.cards = [PersonButton(person) for person in people]
        self.passphrase = Field(say("sign_in.passphrase"), secret=True)
        self.go = Button(say("sign_in.go"), kind="main", after="arrow-right", high=48)
        self.forgotten = LinkButton(say("forgot.link"), icon="key-round")
        self.trouble = Text(wrap=True)
        self._trouble_box = Panel("warnt", "round")
        row(Icon("triangle-alert", "warn"), self.trouble, gap=12, margins=(12, 12, 12, 12), into=self._trouble_box)
        self._trouble_box.hide()
        self._label = Text(say("sign_in.passphrase"), weight=500)
        self._build(any(person.hint for person in people))
        for part in (self.passphrase, *self.cards):
            part.installEventFilter(self)
        self.passphrase.returnPressed.connect(self._try)
        self.go.clicked.connect(self._try)
        self.forgotten.clicked.connect(self._forgotten)
        for card in self.cards:
            card.toggled.connect(lambda on, card=card: self._choose(card) if on else None)
        if self.cards:
            next((card for card in self.cards if card.person.handle == first), self.cards[0]).setChecked(True)

    def _build(self, sample: bool) -> None:
        inside = QWidget()
        box = QVBoxLayout()
        box.setSpacing(8)
        for card in self.cards:
            box.addWidget(card)
        title = Text(say("sign_in.title" if len(self.cards) > 1 else "sign_in.title_one"), "title")
        middle = column(title, 16, box, 24, self._label, 4, self.passphrase, 12, self._trouble_box, 12, self.go, 16,
                        row(self.forgotten, None), 16)  # fmt: skip
        if len(self.cards) > 1:
            middle.addWidget(Text(say("sign_in.choose_hint"), tone="soft", wrap=True))
        if sample:
            note = row(Icon("flask-conical", "soft"), Text(say("sign_in.sample"), tone="soft", wrap=True), gap=8)
            note.setStretch(1, 1)
            middle.addSpacing(8)
            middle.addLayout(note)
        holder = QWidget()
        holder.setLayout(middle)
        holder.setMaximumWidth(Theme.current.size(480))
        holder.setMinimumWidth(min(Theme.current.size(480), 900))
        self._inside = column(None, row(None, holder, None), None, margins=(24, 24, 24, 24), into=inside)
        self._area = scrolling(inside)
        column(self._area, into=self)

    # ---- Page ----

    def on_shown(self) -> None:
        """The passphrase waits for its keys, in sight: where text is large the names alone fill the page."""
        self.passphrase.setFocus(_OTHER)
        QTimer.singleShot(0, self, self._bring)

    def _bring(self) -> None:
        self._inside.activate()
        for part in (self.go, self.passphrase):
            self._area.ensureWidgetVisible(part, 0, 16)

    def on_hidden(self) -> None:
        """The passphrase does not stay."""
        self.passphrase.clear()

    # ---- choosing and trying ----

    @property
    def _person(self) -> PersonCard | None:
        return next((card.person for card in self.cards if card.isChecked()), None)

    def _choose(self, card: PersonButton) -> None:
        self.passphrase.setAccessibleName(say("sign_in.passphrase_of", name=card.person.name))
        self._label.setText(say("sign_in.passphrase_of", name=card.person.name))
        self._say("")
        self.chosen.emit(card.person.handle)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrow keys choose a person from anywhere; a scrolling area would take them first."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
            if step and self.cards and not self._busy:
                at = next((i for i, card in enumerate(self.cards) if card.isChecked()), 0)
                self.cards[(at + step) % len(self.cards)].setChecked(True)
                self.passphrase.setFocus(_OTHER)
                return True
        return super().eventFilter(watched, event)

    def _say(self, words: str) -> None:
        self.trouble.setText(words)
        self._trouble_box.setVisible(bool(words))
        if words:
            self._inside.activate()
            self._area.ensureWidgetVisible(self._trouble_box)

    def _try(self) -> None:
        person, passphrase = self._person, self.passphrase.text()
        if person is None or self._busy:
            return
        if not passphrase:
            self._say(say("sign_in.empty"))
            self.passphrase.setFocus(_OTHER)
            return
        self._set_busy(True)
        self._say("")
        task = run(lambda: self._desktop.sign_in(person.handle, passphrase), self)
        task.then(self._opened).or_else(lambda error: self._refused(person, error))

    def _forgotten(self) -> None:
        from observer_app.ui.forgotten_page import ForgottenPage

        person = self._person
        if person is not None and not self._busy:
            self._shell.add_page(ForgottenPage(self._desktop, self._shell, person, self.key), tab=False)
            self._shell.show_page(ForgottenPage.key)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.passphrase.setReadOnly(busy)
        self.go.set_ready(not busy)
        self.go.setText(say("sign_in.checking" if busy else "sign_in.go"))

    def _opened(self, session: SessionPort) -> None:
        self._set_busy(False)
        self.passphrase.clear()
        self._signed_in(session)

    def _refused(self, person: PersonCard, error: ObserverError) -> None:
        self._set_busy(False)
        self._say(say("sign_in.wrong", name=person.name) if isinstance(error, WrongPassphrase) else str(error))
        self.passphrase.selectAll()
        self.passphrase.setFocus(_OTHER)
