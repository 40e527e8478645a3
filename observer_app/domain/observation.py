# SPDX-License-Identifier: GPL-3.0-or-later
"""An observation as it stands: a fold over its events (`folding.fold`), nothing more.

Invariants
1. The same events in the same order give the same state, on every machine and for ever.
2. Undo takes nothing away: `undone` names a target by seq, the target stays in the list and in the timeline.
3. A redo is possible only until the next undoable event; then the undone branch stays on record, out of force.
4. An unknown kind changes nothing, so an older Observer can still show what a newer one wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from observer_app.domain.moment import Moment

__all__ = ["Clip", "Flag", "Gap", "Note", "ObservationState", "PhaseRun", "Rating", "TimelineItem"]


@dataclass(frozen=True, slots=True)
class Rating:
    """The current value of one criterion. `was` are the earlier values in order; `value` None once withdrawn."""

    criterion: str
    value: int | None
    at: Moment
    seq: int
    was: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A note: `text` is the salted hash of its words, `began_us` the moment of the key that opened it."""

    id: str
    criterion: str
    text: str
    began_us: int
    at: Moment
    seq: int


@dataclass(frozen=True, slots=True)
class Flag:
    """A moment flagged for attention, on a criterion or ("") on the whole."""

    criterion: str
    at: Moment
    seq: int


@dataclass(frozen=True, slots=True)
class Clip:
    """A stretch marked; `to_us` 0 while it is open. Microseconds of `at.boot_id`."""

    from_us: int
    to_us: int
    at: Moment
    seq: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without a recording; `to_us` 0 while it lasts.

    `what` is missing: `picture` (nothing was recorded), `still` (recorded, but the picture stood still) or `sound`.
    `slept_ms`: how long of it the machine slept, which its monotonic clock does not count.
    """

    recording: str
    from_us: int
    to_us: int
    cause: str
    seq: int
    what: str = "picture"
    slept_ms: int = 0

    @property
    def length_us(self) -> int:
        """Microseconds it lasted; 0 while it lasts."""
        return max(0, self.to_us - self.from_us) + self.slept_ms * 1000 if self.to_us else 0


@dataclass(frozen=True, slots=True)
class PhaseRun:
    """One run of a phase. `pauses_us` is the finished pauses' total; `paused_since` is set during one."""

    phase: str
    started: Moment
    ended: Moment | None = None
    pauses_us: int = 0
    paused_since: Moment | None = None

    def elapsed_us(self, now: Moment) -> int:
        """Microseconds of running time up to `now` (or the end), pauses left out."""
        end = self.ended or self.paused_since or now
        return max(0, end.since_us(self.started) - self.pauses_us)


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One mark on the timeline; `in_force` is False for what was superseded or undone."""

    seq: int
    kind: str
    at: Moment
    criterion: str = ""
    value: int | None = None
    in_force: bool = True


@dataclass(frozen=True, slots=True)
class ObservationState:
    """Everything a screen, a report or a signature needs to know, folded."""

    observation: str = ""
    opening: Mapping[str, object] = field(default_factory=dict)
    opened: Moment | None = None
    identity_confirmed: bool = False
    phase: PhaseRun | None = None
    phases_done: tuple[PhaseRun, ...] = ()
    ratings: Mapping[str, Rating] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    flags: tuple[Flag, ...] = ()
    clips: tuple[Clip, ...] = ()
    gaps: tuple[Gap, ...] = ()
    recordings: tuple[str, ...] = ()
    recording_now: str = ""
    latencies: Mapping[str, int] = field(default_factory=dict)
    """By recording: how many ms later than the room its picture comes, as last said. Moments stay as they are stored;
    this only says where in the recording they are seen."""
    global_rating: Rating | None = None
    unrated_reasons: Mapping[str, str] = field(default_factory=dict)
    timeline: tuple[TimelineItem, ...] = ()
    undo_target: int = 0
    redo_target: int = 0
    abandoned: bool = False
    reopened: bool = False
    record: str = ""
    amendments: tuple[str, ...] = ()
    count: int = 0

    def value(self, criterion: str) -> int | None:
        """The rating in force for a criterion, or None."""
        rating = self.ratings.get(criterion)
        return rating.value if rating else None

    def values(self) -> dict[str, int]:
        """All ratings in force by criterion id."""
        return {c: r.value for c, r in self.ratings.items() if r.value is not None}
