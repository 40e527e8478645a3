# SPDX-License-Identifier: GPL-3.0-or-later
"""The one clock of a machine: monotonic nanoseconds within one boot, and how a camera's time lies on it."""

from __future__ import annotations

import hashlib
import platform
import time
import uuid
from collections import deque
from pathlib import Path

__all__ = ["ClockFit", "SystemClock"]

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """The machine's clocks. Nothing is ever timed by the wall clock; it is for people to read."""

    def monotonic_ns(self) -> int:
        """Nanoseconds since some point of this boot; the same for all processes of the machine."""
        return time.monotonic_ns()

    def wall_ms(self) -> int:
        """Milliseconds since 1970 UTC, as the machine believes."""
        return time.time_ns() // 1_000_000

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
        self._window_ms = round(window_s * 1000)
        self._lowest: deque[tuple[int, int]] = deque()  # (pts ms, offset ns), offsets ascending

    def add(self, pts_ms: int, arrived_ns: int) -> int:
        """Take one frame; the monotonic time (ns) at which the picture of `pts_ms` is taken to have come."""
        offset = arrived_ns - pts_ms * 1_000_000
        while self._lowest and self._lowest[-1][1] >= offset:
            self._lowest.pop()
        self._lowest.append((pts_ms, offset))
        while self._lowest[0][0] < pts_ms - self._window_ms:
            self._lowest.popleft()
        return self._lowest[0][1] + pts_ms * 1_000_000
