# SPDX-License-Identifier: GPL-3.0-or-later
"""Driving a window by keys, wherever the focus is, and reading what stands on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPlainTextEdit, QWidget

from observer_app.ui.shell import MainWindow

__all__ = ["Driver", "Key", "Page"]

Key = Qt.Key


class Driver:
    """`window` is the real one; `actions` counts what a person did."""

    def __init__(self, qtbot: Any, window: MainWindow, patience_ms: int = 5000) -> None:
        self.qtbot, self.window, self.actions = qtbot, window, 0
        self._patience_ms = patience_ms

    def wait(self, until: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(until, timeout=self._patience_ms)

    def focus(self) -> QWidget:
        self.wait(lambda: QApplication.focusWidget() is not None)
        found = QApplication.focusWidget()
        assert found is not None
        return found

    def press(self, *keys: Qt.Key, with_: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        for key in keys:
            QTest.keyClick(self.focus(), key, with_)
            QApplication.processEvents()
            self.actions += 1

    def type(self, text: str) -> None:
        """Types a text as one action."""
        target = self.focus()
        if isinstance(target, QPlainTextEdit):
            target.insertPlainText(text)
        else:
            QTest.keyClicks(target, text)
        QApplication.processEvents()
        self.actions += 1

    def tab_to(self, name: str) -> QWidget:
        """Tab until the control of that accessible name has the focus."""
        for _ in range(200):
            if QApplication.focusWidget() is not None and self.focus().accessibleName().startswith(name):
                return self.focus()
            QTest.keyClick(self.focus(), Key.Key_Tab)
        raise AssertionError(f"Tab never reaches {name!r}")

    def texts(self) -> list[str]:
        """All words to be seen."""
        for _ in range(3):  # a new widget is shown a turn of the loop after it is laid out
            QApplication.processEvents()
        labels = [w.text() for w in self.window.findChildren(QLabel) if w.isVisible()]
        buttons = [w.text() for w in self.window.findChildren(QAbstractButton) if w.isVisible()]
        return [text for text in (*labels, *buttons) if text]

    def sees(self, words: str) -> bool:
        return any(words in text for text in self.texts())

    @property
    def page(self) -> str:
        assert self.window.front is not None
        return self.window.front.key


class Page:
    """What a test does on one page; made once it stands in front. `screen` is the page itself."""

    screen_type: type[Any]

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        driver.wait(lambda: isinstance(driver.window.front, self.screen_type))
        self.screen: Any = driver.window.front
