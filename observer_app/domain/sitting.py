# SPDX-License-Identifier: GPL-3.0-or-later
"""A sitting: one candidate's booking at one centre on one day, and what became of it.

The roster (what was booked) comes signed; what happened since (check-in, consent, late, absent, swapped,
abandoned) is a list of `SittingEvent`s folded by `fold_sitting`. Names and photos travel beside, never inside,
what is hashed: here they are `Person`-shaped values that only screens and reports read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from observer_app.domain.moment import Moment

__all__ = ["Attendance", "Candidate", "Consent", "Sitting", "SittingEvent", "SittingState", "fold_sitting"]


class Consent(StrEnum):
    """Consent to be filmed; recording needs GIVEN."""

    UNKNOWN = "unknown"
    GIVEN = "given"
    REFUSED = "refused"


class Attendance(StrEnum):
    """Whether the candidate is there."""

    DUE = "due"
    ARRIVED = "arrived"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Candidate:
    """`id` is pseudonymous; `name`, `registration` and `photo` (PNG or JPEG bytes, may be empty) are personal."""

    id: str
    name: str
    registration: str
    photo: bytes = b""


@dataclass(frozen=True, slots=True)
class Sitting:
    """A booking. `day` is ISO (2026-11-24), `starts` is HH:MM local, `session` 1-based.

    `assessor`, `actor` are pseudonymous ids; `extra_percent` is the adjustment (25 = a quarter more time);
    `training_ok`: the candidate lets the recording be used for training.
    """

    id: str
    candidate: Candidate
    day: str
    session: int
    starts: str
    room: str
    framework_id: str
    scenario_id: str
    assessor: str
    actor: str = ""
    extra_percent: int = 0
    consent: Consent = Consent.UNKNOWN
    training_ok: bool = False


@dataclass(frozen=True, slots=True)
class SittingEvent:
    """One thing that happened to a sitting; `kind` is one of `KINDS`, `by` the person's pseudonymous id.

    `value` depends on kind: consent -> a Consent value; late -> minutes; swapped_assessor -> the new
    assessor's id; moved_room -> the room; training -> yes or no. `reason` is the salted hash of a text kept beside,
    or empty.
    """

    seq: int
    sitting: str
    kind: str
    at: Moment
    by: str
    value: str = ""
    reason: str = ""


KINDS = (
    "arrived",
    "identity_checked",
    "consent",
    "training",
    "late",
    "absent",
    "abandoned",
    "swapped_assessor",
    "moved_room",
    "explained",
    "reopened",
    "started",
)


@dataclass(frozen=True, slots=True)
class SittingState:
    """The sitting as it stands after its events; `reasons` are the salted hashes of what was said about it."""

    sitting: Sitting
    attendance: Attendance = Attendance.DUE
    identity_checked: bool = False
    late_minutes: int = 0
    abandoned: bool = False
    explained: bool = False
    arrived_at: Moment | None = None
    started_at: Moment | None = None
    reasons: tuple[str, ...] = ()


def fold_sitting(sitting: Sitting, events: Iterable[SittingEvent]) -> SittingState:
    """The sitting after its events in order; an unknown kind is skipped, for a newer Observer may have written it."""
    state = SittingState(sitting)
    for event in events:
        state = _apply(state, event)
        if event.reason:
            state = replace(state, reasons=(*state.reasons, event.reason))
    return state


def _apply(state: SittingState, event: SittingEvent) -> SittingState:
    match event.kind:
        case "arrived":
            return replace(state, attendance=Attendance.ARRIVED, arrived_at=state.arrived_at or event.at)
        case "identity_checked":
            return replace(state, identity_checked=True)
        case "consent":
            known = event.value in {c.value for c in Consent}
            consent = Consent(event.value) if known else Consent.UNKNOWN
            return replace(state, sitting=replace(state.sitting, consent=consent))
        case "training":  # anything but a plain yes is a no
            return replace(state, sitting=replace(state.sitting, training_ok=event.value == "yes"))
        case "late":
            return replace(state, late_minutes=int(event.value) if event.value.isdecimal() else 0)
        case "absent":
            return replace(state, attendance=Attendance.ABSENT)
        case "abandoned":
            return replace(state, abandoned=True)
        case "swapped_assessor":
            return replace(state, sitting=replace(state.sitting, assessor=event.value))
        case "moved_room":
            return replace(state, sitting=replace(state.sitting, room=event.value))
        case "explained":
            return replace(state, explained=True)
        case "started":
            return replace(state, started_at=state.started_at or event.at)
        case "reopened":  # who has arrived is still here; the next observation of theirs starts anew
            here = state.attendance is Attendance.ARRIVED
            attendance = Attendance.ARRIVED if here else Attendance.DUE
            return replace(state, attendance=attendance, abandoned=False, started_at=None)
    return state
