# SPDX-License-Identifier: GPL-3.0-or-later
"""Events of an observation: the only thing that is ever stored about it.

The payload of an event is JSON with exactly the fields of `Event.as_payload`; its bytes are hash-chained
(`trust.chain`) and never rewritten. Texts and names are not in it: a body holds at most the salted hash of a text
whose sealed copy lies beside.

Bodies by kind (ids are strings, `text` is a salted hash in hex, `*_us` are monotonic microseconds of the event's boot):

=====================  =====================================================================================
kind                   body
=====================  =====================================================================================
opened                 sitting, candidate, framework, scenario (pack sha256 each), actor, extra_percent
identity_confirmed     (empty)
phase_started          phase
phase_ended            phase
paused                 text
resumed                (empty)
rated                  criterion, value
withdrawn              criterion
note_written           note, criterion ("" for the whole), text, began_us (the moment of the key that opened it)
note_changed           note, text
note_moved             note, criterion
note_removed           note
flagged                criterion ("" for the whole)
clip_marked            from_us, to_us
clip_opened            (empty): `[`, closed by the next clip_closed
clip_closed            (empty)
undone / redone        target (seq of the event taken back or put back)
global_rated           value
unrated_reason         criterion, text
recording_started      recording, segment, latency_ms (how much later than the room the picture comes; left out: 0)
recording_offset       recording, latency_ms (found out later; the last one counts, all stay)
recording_gap          recording, from_us, to_us (to_us 0 while it lasts), cause, what ("still" or "sound"; left
                       out: "picture"), slept_ms (left out: 0)
recording_stopped      recording
check_overridden       check, text
resumed_after_crash    away_us
abandoned              text
reopened               text (a wrong candidate's opening taken back: nothing seen is lost)
reassigned             sitting, candidate, actor, extra_percent, text (whom it is about after all; all seen stays)
signed                 record
amended                record, statement
=====================  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from observer_app.domain.moment import Moment, TimeSource
from observer_app.errors import BadInput, NewerVersion

__all__ = ["KINDS", "UNDOABLE", "VERSION", "Event", "Kind"]

VERSION = 1


class Kind:
    """The kinds of event, by name; plain strings because they are stored."""

    OPENED = "opened"
    IDENTITY_CONFIRMED = "identity_confirmed"
    PHASE_STARTED = "phase_started"
    PHASE_ENDED = "phase_ended"
    PAUSED = "paused"
    RESUMED = "resumed"
    RATED = "rated"
    WITHDRAWN = "withdrawn"
    NOTE_WRITTEN = "note_written"
    NOTE_CHANGED = "note_changed"
    NOTE_MOVED = "note_moved"
    NOTE_REMOVED = "note_removed"
    FLAGGED = "flagged"
    CLIP_MARKED = "clip_marked"
    CLIP_OPENED = "clip_opened"
    CLIP_CLOSED = "clip_closed"
    UNDONE = "undone"
    REDONE = "redone"
    GLOBAL_RATED = "global_rated"
    UNRATED_REASON = "unrated_reason"
    RECORDING_STARTED = "recording_started"
    RECORDING_OFFSET = "recording_offset"
    RECORDING_GAP = "recording_gap"
    RECORDING_STOPPED = "recording_stopped"
    CHECK_OVERRIDDEN = "check_overridden"
    RESUMED_AFTER_CRASH = "resumed_after_crash"
    ABANDONED = "abandoned"
    REOPENED = "reopened"
    REASSIGNED = "reassigned"
    SIGNED = "signed"
    AMENDED = "amended"


KINDS = frozenset(v for k, v in vars(Kind).items() if k.isupper())

UNDOABLE = frozenset(
    {
        Kind.RATED,
        Kind.WITHDRAWN,
        Kind.NOTE_WRITTEN,
        Kind.NOTE_CHANGED,
        Kind.NOTE_MOVED,
        Kind.NOTE_REMOVED,
        Kind.FLAGGED,
        Kind.CLIP_MARKED,
        Kind.CLIP_OPENED,
        Kind.CLIP_CLOSED,
        Kind.GLOBAL_RATED,
        Kind.UNRATED_REASON,
    }
)

_FIELDS = frozenset(
    {"v", "observation", "seq", "kind", "person", "monotonic_us", "boot_id", "wall_ms", "source", "body"}
)


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `seq` counts from 1 within its observation, `person` is pseudonymous."""

    observation: str
    seq: int
    kind: str
    person: str
    at: Moment
    body: Mapping[str, Any] = field(default_factory=dict)

    def as_payload(self) -> dict[str, Any]:
        """The fields that are serialised, hashed and stored."""
        return {
            "v": VERSION,
            "observation": self.observation,
            "seq": self.seq,
            "kind": self.kind,
            "person": self.person,
            "monotonic_us": self.at.monotonic_us,
            "boot_id": self.at.boot_id,
            "wall_ms": self.at.wall_ms,
            "source": self.at.source.value,
            "body": dict(self.body),
        }

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Event:
        """Reads what `as_payload` wrote. Raises BadInput on wrong fields, NewerVersion on a later version."""
        version = payload.get("v")
        if type(version) is int and version > VERSION:
            advice = "Install the newer Observer and open it again."
            raise NewerVersion("This entry was made by a newer Observer.", advice=advice)
        if type(version) is not int or version != VERSION or set(payload) != _FIELDS:
            raise BadInput("An entry of the observation has fields that do not belong to it.")
        numbers = (payload["seq"], payload["monotonic_us"], payload["wall_ms"])
        texts = (payload["observation"], payload["kind"], payload["person"], payload["boot_id"], payload["source"])
        if any(type(n) is not int for n in numbers) or any(type(t) is not str for t in texts):
            raise BadInput("An entry of the observation holds a value of the wrong kind.")
        if payload["source"] not in {s.value for s in TimeSource} or type(payload["body"]) is not dict:
            raise BadInput("An entry of the observation holds a value of the wrong kind.")
        at = Moment(payload["monotonic_us"], payload["boot_id"], payload["wall_ms"], TimeSource(payload["source"]))
        return cls(payload["observation"], payload["seq"], payload["kind"], payload["person"], at, payload["body"])
