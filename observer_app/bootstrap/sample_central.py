# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample day's own central store: on loopback, in this process, gone with the window.

It starts behind the sign-in page, so that the window need not wait for it; who signs in before it answers works
unconnected, as in a room without a network.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from observer_app.errors import ObserverError

if TYPE_CHECKING:
    from observer_app.central.serve import RunningCentral

__all__ = ["SampleCentral"]


class SampleCentral:
    """Starts in a thread; `url` is "" until it answers."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._running: RunningCentral | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._start, name="sample central", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it answers, "" while it does not."""
        running = self._running
        return running.url if running is not None else ""

    def _start(self) -> None:
        from observer_app.central.serve import start_in_background

        try:
            running = start_in_background(self._data)
        except ObserverError:
            return  # the sample day then stays unconnected, which the window says
        if self._stopping.is_set():
            running.stop()
        else:
            self._running = running

    def stop(self) -> None:
        """Ends it; may be called while it is still starting."""
        self._stopping.set()
        self._thread.join(10)
        if self._running is not None:
            self._running.stop()
            self._running = None
