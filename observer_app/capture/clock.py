# SPDX-License-Identifier: GPL-3.0-or-later
"""The one clock of a machine: monotonic nanoseconds within one boot, and how a camera's time lies on it."""

from __future__ import annotations

import hashlib
import platform
import time
import uuid
from collections import deque
from pathlib import Path

from observer_app.capture.machine import slept_ns

__all__ = ["ClockFit", "SampleClock", "SystemClock"]

_LATELY_S, _LOST_NS = 2.0, 200_000_000
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """The machine's clocks. Nothing is ever timed by the wall clock; it is for people to read."""

    def monotonic_ns(self) -> int:
        """Nanoseconds since some point of this boot; the same for all processes of the machine."""
        return time.monotonic_ns()

    def wall_ms(self) -> int:
        """Milliseconds since 1970 UTC, as the machine believes."""
        return time.time_ns() // 1_000_000

    def slept_ns(self) -> int:
        """Nanoseconds asleep since the start of the machine, which the monotonic clock leaves out; 0 where not told."""
        return slept_ns()

    def boot_id(self) -> str:
        """32 hexadecimal digits that change with every start of the machine.

        Linux says it itself. Elsewhere it is derived from the machine's name and the moment of its start, to
        the nearest ten seconds, so that a corrected wall clock rarely makes one boot look like two (it then shows
        as a gap, never as wrong time). Not proven on Windows and macOS yet.
        """
        try:
            return _BOOT_ID.read_text().strip().replace("-", "")
        except OSError:
            started = round((time.time() - time.monotonic()) / 10)
            return hashlib.sha256(f"{uuid.getnode()}/{platform.node()}/{started}".encode()).hexdigest()[:32]


class ClockFit:
    """Where a source's own time (pts) lies on the monotonic clock, from when its frames arrive.

    A frame can arrive late but never early, so the offset is the smallest (arrival - pts) of the last
    `window_s` seconds; the window lets it follow a camera clock that drifts (50 ppm is 90 ms in half an hour).
    """

    def __init__(self, window_s: float = 20.0) -> None:
        self._window_ns = round(window_s * 1e9)
        self._lowest: deque[tuple[int, int]] = deque()  # (pts ns, offset ns), offsets ascending

    def add(self, pts_ms: int, arrived_ns: int) -> int:
        """Take one frame; the monotonic time (ns) at which the picture of `pts_ms` is taken to have come."""
        return self.place_ns(pts_ms * 1_000_000, arrived_ns)

    def place_ns(self, pts_ns: int, arrived_ns: int) -> int:
        """The same in nanoseconds."""
        offset = arrived_ns - pts_ns
        while self._lowest and self._lowest[-1][1] >= offset:
            self._lowest.pop()
        self._lowest.append((pts_ns, offset))
        while self._lowest[0][0] < pts_ns - self._window_ns:
            self._lowest.popleft()
        return self._lowest[0][1] + pts_ns


class SampleClock:
    """Where a microphone's samples lie in time: by their number, with the drift of its crystal fitted.

    A buffer can arrive late but never early, so the earliest ones of the last seconds say where the counted samples lie
    on the monotonic clock; a late one moves nothing. Samples that were lost do: then all that follows comes later.
    """

    def __init__(self, began_ns: int, rate: int = 48_000) -> None:
        """`began_ns`: the monotonic time of sample 0."""
        self._began_ns = began_ns
        self._rate = rate
        self._counted = 0
        self._fit, self._lately = ClockFit(), ClockFit(_LATELY_S)

    def place(self, count: int, arrived_ns: int) -> int:
        """The place of the first of the next `count` samples, which arrived together just now."""
        self._counted += count
        counted_ns = self._counted * 1_000_000_000 // self._rate
        end_ns, lately_ns = (fit.place_ns(counted_ns, arrived_ns) for fit in (self._fit, self._lately))
        if lately_ns - end_ns > _LOST_NS:
            self._fit, self._lately, end_ns = self._lately, ClockFit(_LATELY_S), lately_ns
        return (end_ns - self._began_ns) * self._rate // 1_000_000_000 - count
