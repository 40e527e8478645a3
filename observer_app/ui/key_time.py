# SPDX-License-Identifier: GPL-3.0-or-later
"""When a key was pressed, on the clock everything else is timed by.

A window that is busy handles a key late; the key event carries its own time (`QInputEvent.timestamp`, milliseconds
since an arbitrary start, 32 bits on X11). Where that start is the monotonic clock's own, as on X11, the time is taken
as it is. Elsewhere the start is found as the smallest (handled - stamped) seen: a key can be handled late but never
early. A key without a time (0), or one that would be two seconds old, gets its handler's time and says so.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QInputEvent

from observer_app.domain.moment import Clock, Moment, TimeSource

__all__ = ["KeyClock"]

_WRAP = 1 << 32
_OLDEST_MS = 2000
_DOUBTS = 3


class KeyClock:
    """Turns key events into moments; one for the window, so that it learns from every key."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_ms: int | None = None
        self._doubted = 0

    def now(self) -> Moment:
        """The present moment, for things that are no key."""
        return self._clock.now()

    def pressed(self) -> Moment:
        """The present moment as that of a button, source HANDLER."""
        return replace(self._clock.now(), source=TimeSource.HANDLER)

    def moment(self, event: QInputEvent) -> Moment:
        """The moment of the key itself, source KEY, or HANDLER where the event does not say."""
        now = self._clock.now()
        stamp = int(event.timestamp())
        lag = self._lag_ms(stamp, now.monotonic_us // 1000) if stamp > 0 else None
        if lag is None:
            return replace(now, source=TimeSource.HANDLER)
        return Moment(now.monotonic_us - lag * 1000, now.boot_id, now.wall_ms - lag, TimeSource.KEY)

    def _lag_ms(self, stamp: int, now_ms: int) -> int | None:
        """Milliseconds from key to handler, None when it cannot be told."""
        direct = (now_ms - stamp) % _WRAP
        if direct >= _WRAP - 2:  # the two clocks round differently
            return 0
        if direct < _OLDEST_MS:
            return direct
        if self._offset_ms is None:
            self._offset_ms = direct
            return 0
        lag = (direct - self._offset_ms + _WRAP // 2) % _WRAP - _WRAP // 2
        if -_OLDEST_MS < lag < _OLDEST_MS:
            self._doubted = 0
            if lag < 0:
                self._offset_ms = direct
            return max(0, lag)
        self._doubted += 1
        if self._doubted >= _DOUBTS:  # the source's clock has started anew
            self._offset_ms, self._doubted = None, 0
        return None
