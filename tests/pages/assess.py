# SPDX-License-Identifier: GPL-3.0-or-later
"""The assessor's screens: `SignInPage(driver).sign_in(passphrase).open().confirm().start().rate(4)`."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from observer_app.ui.assess.live import LivePage as LiveScreen
from observer_app.ui.assess.review import ReviewPage as ReviewScreen
from observer_app.ui.assess.today import TodayPage as TodayScreen
from observer_app.ui.sign_in import SignInPage as SignInScreen
from observer_app.ui.widgets.scale import Scale
from observer_app.workflows.views import RowState
from tests.pages.driving import Driver, Key, Page

__all__ = ["LivePage", "ReviewPage", "SignInPage", "TodayPage", "cell"]

_CONTROL = Qt.KeyboardModifier.ControlModifier


def cell(scale: Scale, value: int) -> QRect:
    """Where a value stands on a scale, to look at it or to press it."""
    return scale._place(scale._values().index(value)).toRect()


class SignInPage(Page):
    screen_type = SignInScreen

    def hint(self) -> str:
        """The sample passphrase as it stands on the page beside the chosen person."""
        card = next(card for card in self.screen.cards if card.isChecked())
        return str(card.accessibleName().rsplit(":", 1)[1].strip())

    def sign_in(self, passphrase: str) -> TodayPage:
        self.driver.type(passphrase)
        self.driver.press(Key.Key_Return)
        return TodayPage(self.driver)

    def try_wrong(self, passphrase: str) -> str:
        self.driver.type(passphrase)
        self.driver.press(Key.Key_Return)
        self.driver.wait(lambda: bool(self.screen.trouble.text()))
        return str(self.screen.trouble.text())


class TodayPage(Page):
    screen_type = TodayScreen

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver)
        driver.wait(lambda: self.screen.isAncestorOf(driver.focus()))

    def open(self) -> LivePage:
        self.driver.press(Key.Key_Return)
        return LivePage(self.driver)

    def open_although(self, why: str) -> LivePage:
        """Answers the question that stands there after Enter."""
        self.driver.wait(lambda: self.driver.focus().accessibleName().startswith("Why do you start"))
        self.driver.type(why)
        self.driver.press(Key.Key_Return)
        return LivePage(self.driver)


class LivePage(Page):
    screen_type = LiveScreen

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver)
        driver.wait(lambda: driver.focus() is self.screen or self.screen.isAncestorOf(driver.focus()))

    def confirm(self) -> LivePage:
        self.driver.press(Key.Key_Return)
        self.driver.wait(lambda: self.screen.view.identity_confirmed)
        return self

    def start(self) -> LivePage:
        self.driver.press(Key.Key_Return)
        self.driver.wait(lambda: self.screen.rating)
        return self

    def rate(self, value: int) -> LivePage:
        self.driver.press(Qt.Key(Key.Key_0 + value))
        return self

    def down(self, times: int = 1) -> LivePage:
        self.driver.press(*[Key.Key_Down] * times)
        return self

    def up(self, times: int = 1) -> LivePage:
        self.driver.press(*[Key.Key_Up] * times)
        return self

    def note(self, text: str) -> LivePage:
        self.driver.press(Key.Key_N)
        self.driver.type(text)
        self.driver.press(Key.Key_Return)
        return self

    def undo(self) -> LivePage:
        self.driver.press(Key.Key_Z, with_=_CONTROL)
        return self

    def redo(self) -> LivePage:
        self.driver.press(Key.Key_Y, with_=_CONTROL)
        return self

    def end_phase(self, *, sure: bool = True) -> LivePage:
        self.screen.bar.buttons["next"].setFocus(Qt.FocusReason.TabFocusReason)
        self.driver.press(Key.Key_Return)
        if self.screen.strip.asking:
            if not sure:
                self.driver.press(Key.Key_Tab)
            self.driver.press(Key.Key_Return)
        return self

    def row(self, criterion_number: int) -> Any:
        """The row's view as it is drawn."""
        return next(r.row for r in self.screen.rubric.rows if r.row.number == criterion_number)

    def state(self, number: int) -> RowState:
        return RowState(self.row(number).state)

    def strip(self) -> str:
        """The words over the rubric."""
        front = self.screen.strip.currentWidget()
        return " ".join(label.text() for label in front.findChildren(QLabel) if label.text())

    def to_review(self) -> ReviewPage:
        self.driver.press(Key.Key_Return)
        return ReviewPage(self.driver)


class ReviewPage(Page):
    screen_type = ReviewScreen

    def left(self) -> list[str]:
        return list(self.screen.panel.things()[1])

    def sign_word(self) -> str:
        return str(self.screen.panel.button.text())

    def write(self, text: str) -> ReviewPage:
        """Into the field that has the focus, kept by Enter."""
        self.driver.type(text)
        self.driver.press(Key.Key_Return)
        return self

    def sign(self, passphrase: str) -> ReviewPage:
        panel = self.screen.panel
        for box in (panel.person, panel.declared):
            if not box.isChecked():
                box.setFocus(Qt.FocusReason.TabFocusReason)
                self.driver.press(Key.Key_Space)
        panel.passphrase.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClicks(panel.passphrase, passphrase)
        self.driver.press(Key.Key_Return)
        QApplication.processEvents()
        return self
