# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending by itself: soon after something waits, now and then to fetch, and whenever somebody asks.

Never on the screen's thread, never two at once. No connection is no trouble and says nothing; something that does not
verify is said in the window's line.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from observer_app.errors import ObserverError, Unreachable
from observer_app.ui.strings import say
from observer_app.ui.tasks import run
from observer_app.workflows.ports import SendPort

__all__ = ["Sender"]

_LOOK_MS = 5_000
_FETCH_S = 60.0
_RETRY_S = 15.0


class Sender(QObject):
    """Sends and fetches for one session. `exchanged` follows every exchange that reached the central store."""

    exchanged = Signal()

    def __init__(self, port: SendPort, say: Callable[[str, str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._port, self._say = port, say
        self._busy = False
        self._next = 0.0
        self._left = (0, 0)
        self._asked = False
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        QTimer.singleShot(0, self, self._look)

    def stop(self) -> None:
        """No more sending from here; what is under way ends by itself."""
        self._timer.stop()
        self._busy = True

    def now(self) -> None:
        """Somebody asked: at once, and say how it went; a line that does not answer takes a while to find out."""
        self._asked = True
        self._say(say("app.sending"), "good")
        self._next = 0.0
        self._look()

    def _look(self) -> None:
        if self._busy:
            return
        now, waiting = time.monotonic(), self._port.waiting()
        retry = waiting != (0, 0) and now > self._next - _FETCH_S + _RETRY_S
        if now < self._next and not retry and waiting in ((0, 0), self._left):
            return
        self._busy = True
        self._next = now + _FETCH_S
        run(lambda: self._port.exchange(lambda words: None), self).then(self._done).or_else(self._failed)

    def _again(self) -> None:
        """What still waits now waits for the next attempt; what comes after it goes at once."""
        self._busy = not self._timer.isActive()
        if not self._busy:
            self._left = self._port.waiting()

    def _done(self, words: str) -> None:
        self._again()
        if self._asked:
            self._say(words, "good")
        self._asked = False
        self.exchanged.emit()

    def _failed(self, error: ObserverError) -> None:
        self._again()
        if self._asked or not isinstance(error, Unreachable):
            self._say(str(error), "warn" if isinstance(error, Unreachable) else "bad")
        self._asked = False
        if not isinstance(error, Unreachable):
            self.exchanged.emit()
