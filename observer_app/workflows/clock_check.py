# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine's clock against the time central signed last.

Within one start of the machine the monotonic clock tells what time it is at central now, so a clock that was set wrong
since is found out without a connection. After a new start only what is certain is said: how far off the clock was when
the two spoke, and that it cannot be earlier now than a time that was signed before.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from observer_app.capture.machine import slept_ns
from observer_app.domain.moment import Clock, Moment
from observer_app.sync.central_time import TimeSeen
from observer_app.workflows.timekeeping import local_time
from observer_app.workflows.views import CheckState, CheckView
from observer_app.workflows.words import counted, say

__all__ = ["Compared", "awake_or_asleep", "clock_check", "compare"]

_GOOD_MS = 2_000
_BAD_MS = 60_000
_OLD_MS = 7 * 86_400_000
_DRIFT = 10_000  # a monotonic clock may gain or lose one part in this many: 100 ppm


@dataclass(frozen=True, slots=True)
class Compared:
    """`offset_ms`: this machine's clock less central's, true to `unsure_ms` either way. `signed_ms`: the time central
    signed; `age_ms`: how long ago by this machine's clocks."""

    offset_ms: int
    unsure_ms: int
    signed_ms: int
    age_ms: int


def awake_or_asleep(clock: Clock) -> Moment:
    """The present moment on a monotonic clock that goes on while the machine sleeps, where the system tells of that."""
    now = clock.now()
    return replace(now, monotonic_us=now.monotonic_us + slept_ns() // 1000)


def compare(
    seen: TimeSeen | None, now: Moment, *, tells_sleep: bool = hasattr(time, "CLOCK_BOOTTIME")
) -> Compared | None:
    """How `now` (of `awake_or_asleep`) stands to central's last signed time, None without one."""
    if seen is None:
        return None
    half = -(-seen.round_trip_ms // 2)
    if now.boot_id == seen.boot_id and tells_sleep:
        age = (now.monotonic_us - seen.monotonic_us) // 1000
        return Compared(now.wall_ms - (seen.time_ms + half + age), half + age // _DRIFT, seen.time_ms, age)
    return Compared(seen.wall_ms - (seen.time_ms + half), half, seen.time_ms, now.wall_ms - seen.wall_ms)


def clock_check(compared: Compared | None, now_ms: int) -> CheckView:
    """Judges this machine's clock (`now_ms`): wrong only where it is certain, good only where that is certain too."""
    if compared is None:
        detail = say("view.clock.not_compared_with_central")
        return CheckView("clock", say("view.clock.clock_not_compared"), detail, CheckState.GOOD)
    off, unsure, at = abs(compared.offset_ms), compared.unsure_ms, local_time(compared.signed_ms)
    if now_ms < compared.signed_ms - _BAD_MS:
        return _wrong(say("view.clock.shows_time_before_which", at=at))
    if off - unsure > _BAD_MS:
        return _wrong(say("view.clock.seconds_off_central_time", seconds=round(off / 1000), at=at))
    if compared.age_ms > _OLD_MS:
        return CheckView(
            "clock",
            say("view.clock.clock_not_compared_lately"),
            say("view.clock.last_compared_over_week"),
            CheckState.GOOD,
        )
    if unsure > _BAD_MS:
        detail = say("view.clock.line_central_store_was")
        return CheckView("clock", say("view.clock.clock_not_compared"), detail, CheckState.GOOD)
    seconds = max(1, -(-(off + unsure) // 1000))
    agreed = counted("view.clock.within", seconds, at=at)
    title = say("view.clock.clock_agrees") if off + unsure <= _GOOD_MS else say("view.clock.clock_nearly_agrees")
    return CheckView("clock", title, agreed, CheckState.GOOD)


def _wrong(words: str) -> CheckView:
    remedy = say("view.clock.set_machines_date_time")
    return CheckView("clock", say("view.clock.clock_wrong"), words, CheckState.NEEDS_YOU, remedy)
