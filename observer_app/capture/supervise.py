# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a recording going: a recorder that died or hangs is replaced within two seconds, and the gap is told.

No Qt and no thread of its own unless asked: call `poll` a few times a second, or `watch` for a thread that does.
Scoring never waits for anything here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from observer_app.capture.client import RecorderClient
from observer_app.capture.clock import SystemClock
from observer_app.capture.config import GapRow, RecorderConfig, RecorderStatus
from observer_app.errors import EnvironmentFault, ObserverError

__all__ = ["RecorderWatch"]

_POLL_S = 0.25
_FIRST_RETRY_S, _LONGEST_RETRY_S = 0.0, 10.0
_HUNG_S = 6.0
_SAME_GAP_NS = 5_000_000_000


class RecorderWatch:
    """Watches one recorder. Construct it with `config` to start (or attach to) it.

    `on_gap` is told each gap once when it begins (`to_monotonic_ns` 0) and once when it is over; both calls
    have the same `from_monotonic_ns`. Callbacks come from whichever thread polls.
    """

    def __init__(
        self,
        config: RecorderConfig,
        state_folder: Path,
        *,
        on_gap: Callable[[GapRow], None] = lambda gap: None,
        on_status: Callable[[RecorderStatus], None] = lambda status: None,
    ) -> None:
        self._config = config.check()
        self._folder = state_folder
        self._on_gap = on_gap
        self._on_status = on_status
        self._boot_id = SystemClock().boot_id()
        self._lock = threading.RLock()
        self._told: dict[tuple[str, int], int] = {}  # what and start of a gap -> its end, 0 while it lasts
        self._same_as: dict[int, int] = {}
        self._stopping = threading.Event()
        self._retry_s = _FIRST_RETRY_S
        self._retry_at = 0.0
        self._silent_since: float | None = None
        self._thread: threading.Thread | None = None
        self._client = RecorderClient.attach(state_folder, self._config.recording)
        if self._client is None:
            self._client = RecorderClient.start(self._config, state_folder)
        self.status = self._client.status()

    @property
    def client(self) -> RecorderClient:
        """The recorder in use now; it changes when a dead one is replaced."""
        assert self._client is not None
        return self._client

    def poll(self) -> RecorderStatus:
        """Look once; replaces a dead recorder. Never raises for a recorder's trouble: the status says it."""
        with self._lock:
            status = self.client.status()
            if status.state == "died" and not self._stopping.is_set():
                status = self._replace(status)
            else:
                self._silent_since = None  # it answers: an earlier silence is over and counts no more
            self._tell(status)
            self.status = status
        self._on_status(status)
        return status

    def _replace(self, dead: RecorderStatus) -> RecorderStatus:
        now = time.monotonic()
        if self._silent_since is None:
            self._silent_since = now
        if self.client.still_there and now - self._silent_since < _HUNG_S:
            return dead
        self._end_stretches(dead)
        self._tell_gap(GapRow(dead.last_frame_monotonic_ns, 0, "The recorder stopped suddenly.", self._boot_id))
        if now < self._retry_at:
            return dead
        self.client.end_by_force()
        self.client.close()
        try:
            self._client = RecorderClient.start(self._config, self._folder)
        except (EnvironmentFault, ObserverError) as fault:
            self._retry_s = min(max(self._retry_s * 2, 0.5), _LONGEST_RETRY_S)
            self._retry_at = time.monotonic() + self._retry_s
            self._client = RecorderClient(self._folder, self._config.recording)
            return RecorderStatus("died", self._config.recording, message=fault.message, advice=fault.advice)
        self._silent_since, self._retry_s = None, _FIRST_RETRY_S
        return self.client.status()

    def _tell(self, status: RecorderStatus) -> None:
        for gap in status.gaps:
            self._tell_gap(gap)

    def _end_stretches(self, dead: RecorderStatus) -> None:
        """A picture that stood still, sound that was missing: with the recorder's end they are over."""
        for gap in dead.gaps:
            if gap.what != "picture" and not gap.to_monotonic_ns:
                end_ns = max(dead.last_frame_monotonic_ns, gap.from_monotonic_ns + 1)
                self._tell_gap(replace(gap, to_monotonic_ns=end_ns))

    def _tell_gap(self, gap: GapRow) -> None:
        """Once when it opens, once when it is over."""
        start = gap.from_monotonic_ns
        if gap.what == "picture":
            start = self._same_as.get(start, start)
            waiting = next((s for (what, s), end in self._told.items() if what == gap.what and end == 0), None)
            if (gap.what, start) not in self._told and waiting is not None and abs(waiting - start) < _SAME_GAP_NS:
                # The gap as the new recorder read it from the files is the one told when the old one was found dead.
                self._same_as[start] = start = waiting
        known = self._told.get((gap.what, start))
        if known == gap.to_monotonic_ns or (known or 0) > 0:
            return
        self._told[gap.what, start] = gap.to_monotonic_ns
        self._on_gap(replace(gap, from_monotonic_ns=start))

    def watch(self) -> None:
        """Poll in a thread of its own until `stop` or `leave`."""
        self._thread = threading.Thread(target=self._run, name="recorder-watch", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopping.wait(_POLL_S):
            self.poll()

    def stop(self) -> RecorderStatus:
        """End the recording; the final status."""
        self._end_watching()
        with self._lock:
            self.status = self.client.stop()
            self._tell(self.status)
            self.client.close()
        return self.status

    def leave(self) -> None:
        """Stop watching and let the recorder record on (the window closes)."""
        self._end_watching()
        self.client.close()

    def _end_watching(self) -> None:
        self._stopping.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
