# SPDX-License-Identifier: GPL-3.0-or-later
"""The top bar: the name, workspaces, tabs (or a heading), the sample tag, connection and person or a trail."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from observer_app.ui.page import Chrome
from observer_app.ui.strings import say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button, paint_text
from observer_app.ui.widgets.focus import EnterPresses, Ringed
from observer_app.ui.widgets.marks import Tag, Trail
from observer_app.ui.widgets.measured import Measured
from observer_app.ui.widgets.panel import Icon, Panel, emptied, row
from observer_app.ui.widgets.text import Text

__all__ = ["TabButton", "TopBar"]

_NARROWEST = 8  # px between the bar's parts where there are many tabs in large text


class TabButton(Ringed, EnterPresses, Measured, QPushButton):
    """A tab: its word over a line when it is the one in front."""

    def __init__(self, key: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.key = key
        self.setCheckable(True)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        wide = math.ceil(Theme.current.metrics("body", 600).horizontalAdvance(self.text()))
        return QSize(wide + 24, Theme.current.size(32))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, on = QPainter(self), Theme.current, self.isChecked()
        colour = theme.colour("ink" if on else "soft")
        paint_text(painter, QRectF(self.rect()), self.text(), "body", colour, 600 if on else 500)
        if on:
            painter.fillRect(0, self.height() - 3, self.width(), 3, theme.colour("accent"))


class TopBar(Measured, Panel):
    """`render_chrome` shows a page's wishes; signals say what was pressed."""

    tab_chosen = Signal(str)
    space_chosen = Signal(str)
    menu_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "b", parent=parent)
        self._word = Text(say("app.name"), "lead", weight=700)
        self._divider = Panel("line")
        self._divider.setFixedSize(1, 32)
        self._heading, self._detail = Text(weight=600, shorten=True), Text(tone="soft", shorten=True)
        self._spaces, self._tabs = QHBoxLayout(), QHBoxLayout()
        self._tabs.setSpacing(8)
        self._spaces.setSpacing(0)
        self._sample = Tag(say("app.sample"), icon="flask-conical", dashed=True)
        self._trail = Trail()
        self._status_icon, self._status = Icon("wifi-off", "soft"), Text(tone="soft", shorten=True)
        self._person = Button("", kind="quiet", icon="user-round", weight=500, high=32)
        self._person.clicked.connect(self.menu_asked)
        self._buttons: list[TabButton] = []
        self._name, self._is_sample, self._said = "", False, ""
        self._shown: tuple[object, ...] = ()
        self._mark, self._gap, self._wrong = "", 24, False
        self._lay_out()
        self.setAccessibleName(say("app.tabs"))
        self._sized()

    def _lay_out(self) -> None:
        self._heading_row = heading = row(self._divider, self._heading, self._detail, gap=12)
        heading.setStretch(2, 1)
        self._status_row = status = row(self._status_icon, self._status, gap=8)
        self._bar = row(self._word, self._spaces, self._tabs, heading, None, self._sample, status, self._trail,
                        self._person, gap=24, margins=(24, 0, 12, 1), into=self)  # fmt: skip
        self._bar.setStretch(3, 3)
        self._bar.setStretch(4, 1)

    def _sized(self) -> None:
        self.setFixedHeight(max(56, Theme.current.size(32) + 12))

    @property
    def person_button(self) -> Button:
        """Where the person's menu opens."""
        return self._person

    def set_tabs(self, tabs: Sequence[tuple[str, str]], front: str) -> None:
        """(key, word) of each tab and the one in front."""
        if [(b.key, b.text()) for b in self._buttons] != list(tabs):
            for button in self._buttons:
                self._tabs.removeWidget(button)
                button.hide()
                button.deleteLater()
            self._buttons = [TabButton(key, word) for key, word in tabs]
            for button in self._buttons:
                button.clicked.connect(lambda _=False, key=button.key: self.tab_chosen.emit(key))
                self._tabs.addWidget(button)
        for button in self._buttons:
            button.setChecked(button.key == front)

    def set_spaces(self, spaces: Sequence[tuple[str, str]], front: str) -> None:
        """(key, word) of each workspace; none are shown for a person with one."""
        emptied(self._spaces)
        if len(spaces) < 2:
            return
        for key, word in spaces:
            button = Button(word, kind="main" if key == front else "plain", high=36, weight=500)
            button.clicked.connect(lambda _=False, key=key: self.space_chosen.emit(key))
            self._spaces.addWidget(button)

    def set_person(self, name: str, sample: bool) -> None:
        """Who is signed in, "" for nobody."""
        self._name, self._is_sample = name, sample
        self._render_name(name)
        self.set_mark("")

    def set_mark(self, words: str) -> None:
        """What the page in front is marked as, "" for what the day is."""
        if words != self._mark:
            self._mark = words
            self._sample.set_text(words or say("app.sample"))
            self._sample.set_ground("warnt" if words else "")
            self._shown = ()  # another width: what stands beside it has to fit anew
        self._sample.setVisible(bool(words) or self._is_sample)

    def _render_name(self, shown: str) -> None:
        """The person's button, with their name or only its icon."""
        self._person.setText(shown)
        self._person.setAccessibleName(say("app.person", name=self._name) if self._name else "")
        self._person.setToolTip("" if shown else self._name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Tabs are never cut: what else stands here gives way, the connection's words first; its icon stays. Words that
        say that something is wrong are whole and give way late, a heading last."""
        self._word.show()
        self._status.setText(self._said)
        self._status.setVisible(not self._status_icon.isHidden())
        self._render_name(self._name)
        self._bar.setSpacing(self._gap)
        whole = Theme.current.metrics().horizontalAdvance(self._said) + 2 if self._wrong else 0
        self._status.setMinimumWidth(math.ceil(whole))
        give_way: list[Callable[[], object]] = [
            self._word.hide,
            lambda: self._render_name(""),
            lambda: self._bar.setSpacing(_NARROWEST),
        ]
        give_way.insert(len(give_way) if self._wrong else 0, self._status.hide)
        self._heading.setMinimumWidth(self._heading.sizeHint().width())
        give_way.append(lambda: self._heading.setMinimumWidth(0))
        for give in give_way:
            for line in (self._status_row, self._heading_row, self._bar):
                line.invalidate()
            least = self._bar.minimumSize().width()
            if least <= self.width():
                self._shorten_status(self.width() - least)
                return
            give()

    def _shorten_status(self, spare: int) -> None:
        """Of words that would be cut only their first sentence, and where that is too long none; all of them stand in
        the tool tip."""
        room = self._status.minimumSizeHint().width() + spare
        if not self._status.isHidden() and self._status.sizeHint().width() > room:
            first, stop, _ = self._said.partition(". ")
            self._status.setText(f"{first}." if stop else first)
            self._status.setToolTip(self._said)
            self._status.setVisible(self._wrong or self._status.sizeHint().width() <= room)

    def render_chrome(self, chrome: Chrome, connection: str, connected: bool) -> None:
        """What the page in front wants; the connection words otherwise."""
        if chrome.trail is not None:
            self._trail.render_state(chrome.trail)
        shown = (chrome.heading, chrome.detail, chrome.trail is not None, chrome.status, chrome.person, connection,
                 connected, self._name, len(self._buttons), self._spaces.count())  # fmt: skip
        if shown != self._shown:  # the trail alone changes with every rating: nothing else is laid out for it
            self._shown = shown
            self._render_rest(chrome, connection, connected)

    def _render_rest(self, chrome: Chrome, connection: str, connected: bool) -> None:
        someone, heading = bool(self._name), bool(chrome.heading)
        for part in (self._divider, self._heading, self._detail):
            part.setVisible(heading)
        self._heading.setText(chrome.heading)
        self._detail.setText(chrome.detail)
        for tab in self._buttons:
            tab.setVisible(not heading)
        for index in range(self._spaces.count()):
            item = self._spaces.itemAt(index)
            button = item.widget() if item is not None else None
            if button is not None:
                button.setVisible(not heading)
        self._trail.setVisible(chrome.trail is not None)
        icon, words, tone = chrome.status or ("refresh-cw" if connected else "wifi-off", connection, "soft")
        shown = chrome.trail is None and bool(words) and chrome.person
        self._status_icon.setVisible(shown)
        self._status.setVisible(shown)
        self._status_icon.render_icon(icon, tone)
        self._said = words
        self._status.set_tone(tone)
        self._wrong = shown and tone == "bad"
        self._person.setVisible(someone and chrome.trail is None and chrome.person)
        self._gap = 16 if heading else 24
        self._bar.setContentsMargins(16 if heading else 24, 0, 12 if self._person.isVisible() else 24, 1)
        self._status_icon.setToolTip(words)
        self._fit()
