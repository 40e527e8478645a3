# SPDX-License-Identifier: GPL-3.0-or-later
"""Today: my observations in the parts of the day, the next one large, and what to look at before the first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from observer_app.domain.record import RecordState
from observer_app.ui.assess.checks import ChecksPanel
from observer_app.ui.assess.practice_offer import PracticeOffer
from observer_app.ui.assess.start_anyway import StartAnyway
from observer_app.ui.page import PageWidget, ShellPort
from observer_app.ui.strings import say
from observer_app.ui.tasks import run
from observer_app.ui.theme import RADIUS_PANEL, Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.focus import Ringed, give_focus
from observer_app.ui.widgets.marks import Photo
from observer_app.ui.widgets.panel import Icon, column, emptied, row, scrolling
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import AssessPort
from observer_app.workflows.views import CheckState, CheckView, SittingCard, TodayView

__all__ = ["SittingRow", "TodayPage"]

_TONES = {"badge-check": "good", "signature": "accent", "send": "accent", "clock": "warn", "triangle-alert": "warn",
          "circle-x": "bad"}  # fmt: skip
_REFRESH_MS = 15_000


class SittingRow(Ringed, QAbstractButton):
    """One sitting. The next one is large with its Open button; another opens as a whole, when it may."""

    opened = Signal(str)

    def __init__(self, card: SittingCard, first: bool, last: bool) -> None:
        super().__init__()
        self.card, self._first, self._last = card, first, last
        self.opens = card.can_open or card.state >= RecordState.SIGNED
        who = card.candidate
        self.setAccessibleName(say("today.row", time=card.starts, name=who.name, scenario=card.scenario, room=card.room,
                                   status=card.status, detail=card.detail))  # fmt: skip
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if self.opens and not card.is_next else Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.button: Button | None = None
        self.clicked.connect(self._press)
        self._lay_out()

    def _lay_out(self) -> None:
        card, theme, large = self.card, Theme.current, self.card.is_next
        photo = Photo(56, 68, grows=True) if large else Photo(40, 48, grows=True)
        who = card.candidate
        photo.render_bytes(who.photo, say("photo.of" if who.photo else "photo.none", name=who.name))
        called = Text(who.name, "lead" if large else "body", weight=600, wrap=True)
        self._called = called
        name = column(called, Text(say("today.id", id=who.id), tone="soft", wrap=True))  # fmt: skip
        what = column(Text(card.scenario, wrap=True), Text(card.room, tone="soft", wrap=True))
        if large and card.arrived:
            what.addLayout(self._small("user-round-check", say("today.arrived", time=card.arrived)))
        if large and who.extra_percent:
            what.addLayout(self._small("timer", say("today.extra", percent=who.extra_percent)))
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 12 if not large else 16, 16, 12 if not large else 16)
        grid.setHorizontalSpacing(0)
        for index, part in enumerate((Text(card.starts, "lead"), photo)):
            grid.addWidget(part, 0, index, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        for index, words in enumerate((name, what)):
            words.insertStretch(0, 1)
            words.addStretch(1)
            grid.addLayout(words, 0, index + 2)
        grid.addWidget(self._end(), 0, 4, Qt.AlignmentFlag.AlignVCenter)
        end = 150 if theme.one_column else 188
        for index, wide in enumerate((64, 72, 0, 0, 152) if large else (64, 56, 0, 0, end)):
            grid.setColumnMinimumWidth(index, theme.size(wide))
        grid.setColumnStretch(3, 1)
        self._grid = grid
        self._give_name_room()

    def _give_name_room(self) -> None:
        """The names' column; where the row is long a name need not break."""
        theme, large = Theme.current, self.card.is_next
        wide = theme.size(168 if large else 184)
        if self.width() >= theme.size(1200):
            wide = theme.size(264 if large else 280)
        self._grid.setColumnMinimumWidth(2, wide)
        self._called.setMaximumWidth(wide - theme.size(4) - 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._give_name_room()

    def _small(self, icon: str, words: str) -> QBoxLayout:
        return row(Icon(icon, "soft", 16), Text(words), None, gap=4)

    def _end(self) -> QWidget:
        card = self.card
        if card.is_next and card.can_open:
            word = say("today.go_on" if card.observation else "today.open")
            self.button = Button(word, kind="main", after="arrow-right", high=48, name=f"{word}: {card.candidate.name}")
            self.button.clicked.connect(self._press)
            return self.button
        tone = _TONES.get(card.icon, "ink")
        box = QWidget()
        words = column(Text(card.status, tone=tone, weight=600, wrap=True))
        if card.detail:
            words.addWidget(Text(card.detail, "caption", tone="soft", wrap=True))
        row(Icon(card.icon, tone), words, gap=8, margins=(12, 0, 0, 0), into=box).setStretch(1, 1)
        return box

    def _press(self) -> None:
        if self.opens:
            self.opened.emit(self.card.sitting)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self._press()
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(self.minimumSizeHint())

    def minimumSizeHint(self) -> QSize:
        inside = self.layout()
        least = inside.minimumSize().height() if inside is not None else 0
        return QSize(0, max(least, Theme.current.size(120 if self.card.is_next else 72)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), Theme.current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.card.is_next:
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.setBrush(theme.colour("tint"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS_PANEL, RADIUS_PANEL)
            return
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(theme.colour("surface"))
        beyond = 20.0
        top, bottom = (0.5 if self._first else -beyond), (-0.5 if self._last else beyond)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, top, -0.5, bottom), RADIUS_PANEL, RADIUS_PANEL)
        if not self._last:
            painter.fillRect(0, self.height() - 1, self.width(), 1, theme.colour("line"))


class TodayPage(PageWidget):
    """Page. `open_sitting(card)` is what happens to a row that is opened, `practise()` to the offer below them."""

    key = "today"

    def __init__(
        self,
        port: AssessPort,
        shell: ShellPort,
        open_sitting: Callable[[SittingCard], None],
        practise: Callable[[], None],
    ) -> None:
        super().__init__()
        self.label = say("today.tab")
        self._port, self._shell, self._open = port, shell, open_sitting
        self._shown: tuple[SittingCard, ...] | None = None
        self._looked = self._looking = False
        self.rows: list[SittingRow] = []
        self.checks: tuple[CheckView, ...] = ()
        self.panel = ChecksPanel()
        self.panel.again.connect(self.check)
        self._title, self._under = Text(role="title"), Text(tone="soft")
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        inside = QWidget()
        inside.setAccessibleName(say("today.list"))
        self._head = row(self._title, None, self._under, gap=16)
        self._why, self.practice = StartAnyway(), PracticeOffer(practise)
        self._inside = column(
            self._head, self._why, self._list, 12, self.practice, None, margins=(24, 24, 24, 16), into=inside
        )
        self._area = scrolling(inside)
        self._box = row(self._area, self.panel, into=self)
        self._box.setStretch(0, 1)
        self._below = False
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self.refresh)

    # ---- Page ----

    def on_shown(self) -> None:
        """Looks at the day anew; Enter opens the next sitting."""
        self.refresh()
        self._timer.start()
        if not self._looked:
            self.check()
        opens: list[QWidget] = [r.button for r in self.rows if r.button is not None]
        opens += [r for r in self.rows if r.opens]
        give_focus((*opens, self.panel.button)[0])

    def on_hidden(self) -> None:
        """No more looking."""
        self._timer.stop()

    def look_again(self) -> None:
        """The pre-flight is out of date: it is done anew when this page is next in front."""
        self._looked = False

    # ---- rendering ----

    def refresh(self) -> None:
        """The day as it stands."""
        view = self._port.today(self._shell.keys.now())
        self._title.setText(view.title)
        self._under.setText(view.subtitle)
        if view.sittings != self._shown:
            self._shown = view.sittings
            self._render_list(view)
        if not self._looking:
            self._show_checks(view.checks)

    def _render_list(self, view: TodayView) -> None:
        had = next((r.card.sitting for r in self.rows if r.hasFocus() or (r.button and r.button.hasFocus())), "")
        emptied(self._list)
        self.rows = []
        for part, cards in groupby(view.sittings, key=lambda card: card.part):
            heading = Text(part, "caption", tone="soft", weight=600)
            heading.setContentsMargins(0, 0, 0, 0)
            holder = QWidget()
            column(None, heading, margins=(16, 0, 16, 8), into=holder)
            holder.setFixedHeight(max(40, Theme.current.size(40)))
            self._list.addWidget(holder)
            self._add_rows(list(cards))
        if not view.sittings:
            self._list.addSpacing(24)
            self._list.addWidget(Text(say("today.nothing"), "lead", wrap=True))
            self._list.addWidget(Text(say("today.nothing_detail"), tone="soft", wrap=True))
        for one in self.rows:
            if had and one.card.sitting == had:
                give_focus(one.button or one)

    def _add_rows(self, cards: list[SittingCard]) -> None:
        for index, card in enumerate(cards):
            first = index == 0 or cards[index - 1].is_next
            last = index == len(cards) - 1 or cards[index + 1].is_next
            line = SittingRow(card, first, last)
            line.opened.connect(self._opened)
            self.rows.append(line)
            if card.is_next and index:
                self._list.addSpacing(8)
            self._list.addWidget(line)
            if card.is_next and index < len(cards) - 1:
                self._list.addSpacing(8)

    def ask_why(self, checks: Sequence[CheckView], answered: Callable[[str], None]) -> None:
        """Asks for the reason to start although these checks need the person; `answered(reason)`."""
        asked = next((r for r in self.rows if r.button is not None), None)
        self._why.ask(checks, answered, asked.button if asked is not None else None)
        self._inside.activate()
        self._area.ensureWidgetVisible(self._why)

    def _opened(self, sitting: str) -> None:
        card = next(one.card for one in self.rows if one.card.sitting == sitting)
        self._open(card)

    # ---- checks ----

    def check(self) -> None:
        """Looks at everything anew, off this thread."""
        self._looked = self._looking = True
        self.panel.set_busy(True)
        run(self._port.checks, self).then(self._checked).or_else(self._not_checked)

    def _checked(self, checks: tuple[CheckView, ...]) -> None:
        self._looking = False
        self._show_checks(checks)

    def _not_checked(self, error: Exception) -> None:
        self._looking = False
        self.panel.set_busy(False)
        self._shell.say(str(error))

    def _show_checks(self, checks: tuple[CheckView, ...]) -> None:
        self.checks = checks
        self.panel.set_busy(any(check.state is CheckState.CHECKING for check in checks))
        self.panel.render_checks(checks)
        self._arrange()

    # ---- measures ----

    def _arrange(self) -> None:
        theme = Theme.current
        below = theme.one_column or self.width() < theme.size(1000)
        if below != self._below:
            self._below = below
            (self._inside if below else self._box).addWidget(self.panel)
            direction = QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight
            self._head.setDirection(direction)
        self.panel.grow(below)
        if below:
            self.panel.setMinimumWidth(0)
            self.panel.setMaximumWidth(16_777_215)
        else:
            self.panel.setFixedWidth(theme.size(480 if self.width() >= 1800 else 424))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
