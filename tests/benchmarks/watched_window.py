# SPDX-License-Identifier: GPL-3.0-or-later
"""The desktop app in a process of its own, saying what happens in it: `watched_window [live] [STALL_MS] -- WORDS...`.

What follows `--` is what `observer` gets. Nothing of the app is replaced; a few of its methods also write a line of
JSON to standard output: a key handled (with the X server's time), a rating, a page in front, a new picture of the
camera, the end of a paint and what ticks it drew. A line on standard input presses the button that ends the phase.
With STALL_MS the window's thread is kept busy that long, again and again, as by a driver or a virus scanner.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QKeyEvent

from observer_app.__main__ import main
from observer_app.ui import shell
from observer_app.ui.tasks import on_qt_thread
from observer_app.ui.widgets import fields
from observer_app.workflows.views import RowState

_STALL_EVERY_MS = 700
ticks: list[tuple[str, int]] = []
fresh: list[str] = []
pictures = [b""]


def say(what: str, **more: object) -> None:
    line = json.dumps({"what": what, "ns": time.monotonic_ns(), **more}) + "\n"
    os.write(1, line.encode())


def watch_window() -> None:
    """The end of an update request is the end of the paint: picture drawn and handed to the X server."""
    show, event = shell.MainWindow.show_page, shell.MainWindow.event

    def watched_show(self: Any, key: str) -> None:
        show(self, key)
        if not fresh:
            threading.Thread(target=obey, args=(self,), daemon=True).start()
        say("page", page=key)
        fresh.append(key)

    def watched_event(self: Any, happened: QEvent) -> bool:
        known = event(self, happened)
        if happened.type() == QEvent.Type.UpdateRequest:
            say("painted", ticks=ticks, page=fresh[-1] if fresh else "")
            ticks.clear()
        return known

    shell.MainWindow.show_page = watched_show  # type: ignore[method-assign]
    shell.MainWindow.event = watched_event  # type: ignore[method-assign]


def watch_fields() -> None:
    press = fields.Field.keyPressEvent

    def watched(self: Any, event: QKeyEvent) -> None:
        press(self, event)
        say("typed", stamp=int(event.timestamp()))

    fields.Field.keyPressEvent = watched  # type: ignore[method-assign]


def watch_live() -> None:
    from observer_app.ui.assess import candidate, live_keys
    from observer_app.ui.widgets import scale
    from observer_app.workflows import live

    preview = candidate.CandidatePanel.render_preview
    press, paint, rate = live_keys.LiveKeys.press, scale.SavedCell.paintEvent, live.LiveObservation.rate

    def watched_press(self: Any, event: QKeyEvent) -> bool:
        say("key", stamp=int(event.timestamp()), text=event.text())
        return press(self, event)

    def watched_paint(self: Any, event: Any) -> None:
        paint(self, event)
        row = self._row
        if row is not None and row.state is RowState.SAVED and row.value is not None:
            ticks.append((row.criterion, row.value))

    def watched_preview(self: Any, jpeg: bytes, *more: Any) -> None:
        preview(self, jpeg, *more)
        if jpeg and jpeg != pictures[0]:
            pictures[0] = jpeg
            say("recording")

    def watched_rate(self: Any, criterion: str, value: int, at: Any) -> Any:
        say("rated", criterion=criterion, value=value, at_us=at.monotonic_us, source=str(at.source))
        return rate(self, criterion, value, at)

    candidate.CandidatePanel.render_preview = watched_preview  # type: ignore[method-assign]
    live_keys.LiveKeys.press = watched_press  # type: ignore[method-assign]
    scale.SavedCell.paintEvent = watched_paint  # type: ignore[method-assign]
    live.LiveObservation.rate = watched_rate  # type: ignore[method-assign]


def obey(window: Any) -> None:
    """Presses the button at the right end of the bar for every line read."""
    for _ in sys.stdin:
        on_qt_thread(lambda: window.front.bar.buttons["next"].click(), window)


def stall(ms: int) -> None:
    """Keeps the window's thread busy `ms` out of every `_STALL_EVERY_MS`."""
    from observer_app.ui.assess import live as page

    shown = page.LivePage.on_shown

    def busy() -> None:
        say("stall")
        time.sleep(ms / 1000)

    def watched(self: Any) -> None:
        shown(self)
        timer = QTimer(self)
        timer.setInterval(_STALL_EVERY_MS)
        timer.timeout.connect(busy)
        timer.start()

    page.LivePage.on_shown = watched  # type: ignore[method-assign]


if __name__ == "__main__":
    at = sys.argv.index("--")
    options, sys.argv = sys.argv[1:at], ["observer", *sys.argv[at + 1 :]]
    watch_window()
    watch_fields()
    if "live" in options:
        watch_live()
    for option in options:
        if option.isdigit():
            stall(int(option))
    sys.exit(main())
