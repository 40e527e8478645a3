# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody is at the keyboard: after some time without a key or the mouse the window locks itself.

What is being watched is no idleness: a page that is in use (an interview within its time, a film playing) keeps the
window open. A recording never hears of any of this.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QWidget

__all__ = ["Idle"]

_SIGNS = {
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
}


class Idle(QObject):
    """`passed()` is called by its timer; `in_use` says whether the time does not count just now, `lock` locks."""

    def __init__(self, parent: QObject, in_use: Callable[[], bool], lock: Callable[[], None]) -> None:
        super().__init__(parent)
        self._in_use, self._lock = in_use, lock
        self._heard: QWindow | None = None
        self._ms = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.passed)

    def start(self, window: QWidget, seconds: int) -> None:
        """From now on, until `stop`; 0 never locks. Listens where the system hands the window its keys: once a key, not
        once an event of every widget."""
        self.stop()
        window.winId()  # makes the system's window, should it not be there yet
        self._heard = window.windowHandle()
        if seconds > 0 and self._heard is not None:
            self._ms = seconds * 1000
            self._timer.start(self._ms)
            self._heard.installEventFilter(self)

    def stop(self) -> None:
        """Nobody is signed in."""
        self._timer.stop()
        if self._heard is not None:
            self._heard.removeEventFilter(self)
            self._heard = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Somebody is there."""
        if event.type() in _SIGNS and self._timer.isActive():
            self._timer.start(self._ms)
        return False

    def passed(self) -> None:
        """The time is over: it begins anew while the page in front is in use."""
        if self._in_use():
            self._timer.start(self._ms)
        else:
            self._lock()
