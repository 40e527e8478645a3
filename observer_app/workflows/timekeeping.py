# SPDX-License-Identifier: GPL-3.0-or-later
"""Moments of an observation as the screens count them, and as people read them."""

from __future__ import annotations

import re
from datetime import date, datetime

from observer_app.domain.moment import Moment
from observer_app.domain.observation import Gap, ObservationState, PhaseRun
from observer_app.domain.scenario import Phase, Scenario
from observer_app.errors import BadInput
from observer_app.workflows.words import counted, say

__all__ = [
    "TOLD_FOR_US", "clock_words", "day_of", "day_words", "duration_words", "gap_words", "local_time", "minutes_words",
    "place_in", "planned_s", "position_ms", "start_of", "when_words",
]  # fmt: skip

TOLD_FOR_US = 15_000_000
"""How long the bar over the rubric tells of what is over."""
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def start_of(state: ObservationState, scenario: Scenario) -> Moment | None:
    """Where an observation's time begins: its first interview phase, its opening before that; None before either."""
    interview = {phase.id for phase in scenario.phases if phase.interview}
    runs: list[PhaseRun] = [*state.phases_done, *((state.phase,) if state.phase else ())]
    return next((run.started for run in runs if run.phase in interview), state.opened)


def position_ms(state: ObservationState, scenario: Scenario, at: Moment) -> int:
    """Milliseconds of `at` on the observation's time; what came before its beginning stands at 0."""
    start = start_of(state, scenario)
    return max(0, at.since_us(start) // 1000) if start is not None else 0


def planned_s(phases: tuple[Phase, ...], extra_percent: int) -> int:
    """Seconds planned for these phases, extra time in it."""
    return sum(phase.planned_s(extra_percent) for phase in phases)


def clock_words(ms: int) -> str:
    """ "04:12", "1:04:12" from an hour on."""
    seconds = max(0, ms) // 1000
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60:02d}:{rest % 60:02d}"


def place_in(words: str) -> int:
    """Milliseconds of a time in a recording like 12:31, 12:31.250 or 1:02:31. Raises BadInput."""
    found = re.fullmatch(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)(?:\.(\d{1,3}))?", words.strip(), re.ASCII)
    if found is None:
        raise BadInput(f"{words!r} is not a time like 12:31 or 12:31.250.", advice="Minutes, a colon, seconds.")
    hours, minutes, seconds, part = found.groups()
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int((part or "0").ljust(3, "0"))


def duration_words(us: int) -> str:
    """ "0:52" for a gap of 52 seconds."""
    seconds = max(0, round(us / 1_000_000))
    return f"{seconds // 60}:{seconds % 60:02d}"


def gap_words(gap: Gap) -> str:
    """ "No picture for 0:52", "No sound for 0:52"; without its length while it lasts."""
    what = {"still": say("view.time.still_picture"), "sound": say("view.time.no_sound")}.get(
        gap.what, say("view.time.no_picture")
    )
    return say("view.time.gap_of", what=what, length=duration_words(gap.length_us)) if gap.to_us else what


def minutes_words(seconds: int) -> str:
    """ "1 minute", "30 seconds" for an absence."""
    if seconds < 90:
        return counted("view.time.seconds", seconds)
    minutes = round(seconds / 60)
    return counted("view.time.minutes", minutes)


def local_time(wall_ms: int) -> str:
    """ "HH:MM" of this machine's own time zone."""
    return datetime.fromtimestamp(wall_ms / 1000).strftime("%H:%M")


def when_words(wall_ms: int) -> str:
    """ "11:48" of today, "24 November, 18:02" of another day; this machine's own time zone."""
    at = datetime.fromtimestamp(wall_ms / 1000)
    return at.strftime("%H:%M" if at.date() == datetime.now().date() else "%d %B, %H:%M")


def day_of(at: Moment) -> str:
    """The local calendar day, ISO."""
    return datetime.fromtimestamp(at.wall_ms / 1000).date().isoformat()


def day_words(day: str) -> str:
    """ "Tuesday 9 June" of an ISO day."""
    found = date.fromisoformat(day)
    return f"{_DAYS[found.weekday()]} {found.day} {_MONTHS[found.month - 1]}"
