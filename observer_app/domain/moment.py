# SPDX-License-Identifier: GPL-3.0-or-later
"""When something happened, and how well that is known.

The monotonic clock of one boot is the only time that is measured; wall time is a claim that rides along.
Microseconds, not nanoseconds: signed payloads hold integers below 2**53 only, and 2**53 ns is 104 days of
uptime while 2**53 us is 285 years.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

__all__ = ["Clock", "Moment", "TimeSource"]


class TimeSource(StrEnum):
    """Where a moment's time was read: the key event itself, its handler, or the program."""

    KEY = "key"
    HANDLER = "handler"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Moment:
    """`monotonic_us` since an arbitrary start within `boot_id`; `wall_ms` since 1970 UTC, a claim."""

    monotonic_us: int
    boot_id: str
    wall_ms: int
    source: TimeSource = TimeSource.PROGRAM

    def since_us(self, earlier: Moment) -> int:
        """Microseconds from `earlier` to here: measured within a boot, by the claimed wall time across boots."""
        if self.boot_id == earlier.boot_id:
            return self.monotonic_us - earlier.monotonic_us
        return (self.wall_ms - earlier.wall_ms) * 1000


class Clock(Protocol):
    """Port: the machine's clocks. One implementation, one simulator."""

    def now(self) -> Moment:
        """The present moment, source PROGRAM."""
        ...
