# SPDX-License-Identifier: GPL-3.0-or-later
"""The moderator's screens: `WorkPage(driver).open().rate(4).down().rate(5).sign(passphrase).decide("replay")`."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from observer_app.ui.moderate.compare_page import ComparePage as CompareScreen
from observer_app.ui.moderate.replay_page import ReplayPage as ReplayScreen
from observer_app.ui.moderate.work_page import WorkPage as WorkScreen
from observer_app.ui.player_ahead import Ahead
from tests.pages.driving import Driver, Key, Page

__all__ = ["ComparePage", "ReplayPage", "WorkPage", "rested"]


def rested(ahead: Ahead) -> bool:
    """Whether everything that is wanted ahead and has room is there."""
    return not ahead._busy and ahead._next() is None


class WorkPage(Page):
    screen_type = WorkScreen

    def rows(self) -> list[tuple[str, ...]]:
        model = self.screen.table.model()
        return [tuple(str(model.index(n, c).data()) for c in range(5)) for n in range(model.rowCount())]

    def open(self) -> ReplayPage:
        """Enter on the chosen record; waits for its first picture."""
        self.screen.table.setFocus()
        self.driver.press(Key.Key_Return)
        page = ReplayPage(self.driver)
        self.driver.wait(lambda: not page.screen.watching.picture.picture.isNull())
        return page


class ReplayPage(Page):
    screen_type = ReplayScreen

    @property
    def at_ms(self) -> int:
        return int(self.screen.watching.at_ms)

    def settle(self) -> ReplayPage:
        """Waits until the picture asked for is shown."""
        player = self.screen.watching.player
        self.driver.wait(lambda: not player.frames.busy)
        QApplication.processEvents()
        return self

    def go(self, at_ms: int) -> ReplayPage:
        self.screen.watching.jump(at_ms)
        return self.settle()

    def key(self, *keys: Qt.Key, with_: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> ReplayPage:
        for key in keys:
            self.driver.press(key, with_=with_)
            self.settle()
        return self

    def rate(self, value: int) -> ReplayPage:
        return self.key(Qt.Key(Key.Key_0.value + value))

    def down(self) -> ReplayPage:
        return self.key(Key.Key_Down)

    def row(self, criterion: str) -> Any:
        """The row of a criterion: (value, what its end says)."""
        shown = self.screen.panel.rows[criterion]
        return shown.view.value, shown.words()

    def note(self, text: str) -> ReplayPage:
        self.key(Key.Key_N)
        self.driver.type(text)
        self.driver.press(Key.Key_Return)
        return self

    def press_sign(self) -> str:
        """Presses Sign; what it says when things are left, "" when it asks for the passphrase."""
        self.screen.panel.foot.sign_button.setFocus()
        self.driver.press(Key.Key_Return)
        return str(self.screen.panel.foot.line.words)

    def sign(self, passphrase: str) -> None:
        self.press_sign()
        self.driver.type(passphrase)
        self.driver.press(Key.Key_Return)
        foot = self.screen.panel.foot
        self.driver.wait(lambda: foot.sign_now.ready)


class ComparePage(Page):
    screen_type = CompareScreen

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver)
        driver.wait(lambda: bool(self.screen.lines))

    def row(self, criterion: str) -> str:
        """What a row says."""
        return str(self.screen.lines[criterion].accessibleName())

    def open(self, criterion: str) -> ComparePage:
        self.screen.lines[criterion].click()
        QApplication.processEvents()
        return self

    def still(self) -> Any:
        """The picture in the opened row once it has come."""
        film = self.screen.opened.film
        self.driver.wait(lambda: not film.picture.isNull())
        return film.picture

    def see(self, kind: str) -> Any:
        """Presses a mark's moment; its picture."""
        film = self.screen.opened.film
        before = film.picture.cacheKey()
        getattr(self.screen.opened, kind).time.click()
        self.driver.wait(lambda: not film.picture.isNull() and film.picture.cacheKey() != before)
        return film.picture

    def decide(self, stands: str) -> ComparePage:
        self.screen.panel.choices[stands].click()
        return self

    def sign(self, reason: str, passphrase: str) -> str:
        panel = self.screen.panel
        panel.reason.setPlainText(reason)
        panel.passphrase.setText(passphrase)
        panel.go.click()
        self.driver.wait(lambda: bool(panel.line.words))
        return str(panel.line.words)
