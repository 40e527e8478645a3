# SPDX-License-Identifier: GPL-3.0-or-later
"""A scripted interview in the real window, to be killed: `crashing_window VAULT SEED [no-fsync] [lie]`.

One line to standard output for every rating whose tick has been painted: `ticked CRITERION VALUE AT_US`. With
`no-fsync` the system refuses the disk's answer from the tenth rating on, after a line `refused`. `lie` turns durability
off, to show that what watches over it notices.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.sample_people import PEOPLE
from observer_app.ui.app import build_window
from observer_app.ui.assess.live import LivePage
from observer_app.ui.theme import make_theme, use
from observer_app.ui.widgets.scale import SavedCell
from observer_app.vault import engine
from observer_app.workflows.live import LiveObservation
from observer_app.workflows.views import RowState
from tests.unit.vault.writing_child import refuse_sync

ROWS, PATIENCE_S, REFUSED_AT, REFUSED_KEYS = 5, 20.0, 10, 8
painted: set[tuple[str, int, int]] = set()
asked: list[tuple[str, int, int]] = []


def watch() -> None:
    """Notes what is rated with which time, and what ticks are painted."""
    paint, rate = SavedCell.paintEvent, LiveObservation.rate

    def watched_paint(self: Any, event: Any) -> None:
        paint(self, event)
        row = self._row
        if row is not None and row.state is RowState.SAVED and row.value is not None:
            painted.update(one for one in asked[-1:] if one[:2] == (row.criterion, row.value))

    def watched_rate(self: Any, criterion: str, value: int, at: Any) -> Any:
        asked.append((criterion, value, at.monotonic_us))
        return rate(self, criterion, value, at)

    SavedCell.paintEvent = watched_paint  # type: ignore[method-assign]
    LiveObservation.rate = watched_rate  # type: ignore[method-assign]


class Interview:
    """The window, at the first booking of the day."""

    def __init__(self, vault: Path) -> None:
        self.app = QApplication(["observer"])
        use(make_theme("light", 1.0), self.app)
        desktop = Desktop(vault, MachineClock())
        self.window = build_window(desktop)
        self.window.show()
        self.window.activateWindow()
        self.window.sign_in(desktop.sign_in(PEOPLE[0].name, PEOPLE[0].passphrase))
        self.until(lambda: self.window.front is not None and self.window.front.key in ("today", "live"))
        while self.window.front is None or self.window.front.key != "live":
            self.press(Qt.Key.Key_Return)
            self.turn(0.05)
        page = self.window.front.widget
        assert isinstance(page, LivePage)
        self.page = page
        while not page.rating:
            self.press(Qt.Key.Key_Return)
            self.turn(0.02)

    def turn(self, seconds: float) -> None:
        """Lets the window run."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.app.processEvents()

    def until(self, so: Any, seconds: float = PATIENCE_S) -> bool:
        end = time.monotonic() + seconds
        while not so():
            self.app.processEvents()
            if time.monotonic() > end:
                return False
        return True

    def press(self, key: Qt.Key) -> None:
        """A key with its own time, as the system gives it."""
        letter = chr(key).lower() if Qt.Key.Key_0 <= key <= Qt.Key.Key_Z else ""
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, letter)
        event.setTimestamp(time.monotonic_ns() // 1_000_000)
        self.app.sendEvent(self.app.focusWidget() or self.window, event)

    def rate(self, value: int, patience_s: float = PATIENCE_S) -> bool:
        """Presses a figure; whether its tick was painted, which is said at once."""
        before = len(asked)
        self.press(Qt.Key(Qt.Key.Key_0 + value))
        if len(asked) == before or not self.until(lambda: asked[-1] in painted, patience_s):
            return False
        os.write(1, "ticked {} {} {}\n".format(*asked[-1]).encode())
        return True


def script(interview: Interview, dice: random.Random, refuse: bool) -> None:
    """Rates down and up the rows, with notes and flags between, for as long as it is let."""
    value, number = 0, 0
    while not refuse or number < REFUSED_AT + REFUSED_KEYS:
        number += 1
        if refuse and number == REFUSED_AT:
            refuse_sync()
            os.write(1, b"refused\n")
        row = interview.page.rubric.view  # what stands there already would be the same key within a moment: no rating
        value = dice.choice([v for v in (2, 3, 4, 5, 6) if v != value and (row is None or v != row.value)])
        interview.rate(value, 1.0 if refuse and number >= REFUSED_AT else PATIENCE_S)
        step = number // 2 % (2 * ROWS)
        interview.press(Qt.Key.Key_Down if step < ROWS else Qt.Key.Key_Up)
        if number % 7 == 0:
            interview.press(Qt.Key.Key_F)
        if number % 11 == 0 and not refuse:
            for key in (Qt.Key.Key_N, Qt.Key.Key_A, Qt.Key.Key_Return):
                interview.press(key)
        interview.turn(dice.uniform(0, 0.02))


def main() -> None:
    vault, seed, options = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    if "lie" in options:
        engine.SYNCHRONOUS = "OFF"
    watch()
    script(Interview(vault), random.Random(seed), "no-fsync" in options)


if __name__ == "__main__":
    main()
