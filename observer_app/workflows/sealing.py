# SPDX-License-Identifier: GPL-3.0-or-later
"""What a record's statement says: marks, result, the log of entries by hash, the recording's segments.

The log is clear: it holds pseudonymous ids, values and times, so anyone can fold it again without a key. Names, photos
and texts are in none of it (`evidence`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from observer_app.capture.recovery import recover_recording
from observer_app.domain.observation import ObservationState, Rating
from observer_app.domain.scenario import Scenario
from observer_app.domain.scoring import Score
from observer_app.errors import BadInput
from observer_app.media.container import index_path, segment_path
from observer_app.media.segment import RecordingSummary, SegmentSummary, segment_summary
from observer_app.trust.envelope import open_envelope
from observer_app.trust.statements import read_statement
from observer_app.trust.whole_file import file_sha256
from observer_app.workflows.review_parts import WAIT_S
from observer_app.workflows.signing import Signatory
from observer_app.workflows.timekeeping import position_ms

__all__ = ["RecordParts", "media_rows", "outcome_of", "record_body", "sign_recordings"]

_PASSED = {True: "yes", False: "no", None: "none"}


@dataclass(frozen=True, slots=True)
class RecordParts:
    """What the body is made from. `events` is (count, head in hex) of the log `event_log` (name, size)."""

    scenario: Scenario
    state: ObservationState
    packs: Mapping[str, Mapping[str, str]]
    result: Score
    events: tuple[int, str]
    event_log: tuple[str, int]
    media: Sequence[Mapping[str, Any]]


def outcome_of(result: Score) -> dict[str, Any]:
    """The result as statements carry it: the weighted sum (whole, for weights and values are) and yes, no or none."""
    return {"score": int(result.total), "passed": _PASSED[result.passed]}


def record_body(parts: RecordParts) -> dict[str, Any]:
    """The body of a `record` statement."""
    state, opening = parts.state, parts.state.opening

    def mark(rating: Rating) -> dict[str, int]:
        return {
            "value": int(rating.value or 0),
            "at_ms": position_ms(state, parts.scenario, rating.at),
            "event": rating.seq,
        }

    rated = [state.ratings[c.id] for c in parts.scenario.criteria if state.value(c.id) is not None]
    overall = state.global_rating
    return {
        "observation": state.observation,
        "sitting": opening["sitting"],
        "candidate": opening["candidate"],
        "actor": opening.get("actor", ""),
        "framework": dict(parts.packs["framework"]),
        "scenario": dict(parts.packs["scenario"]),
        "ratings": [{"criterion": r.criterion, **mark(r)} for r in rated],
        "unrated": [
            {"criterion": c, "reason_sha256": text}
            for c, text in sorted(state.unrated_reasons.items())
            if state.value(c) is None
        ],
        "global_rating": mark(overall) if overall is not None and overall.value is not None else None,
        "outcome": outcome_of(parts.result),
        "events": {"count": parts.events[0], "head": parts.events[1]},
        "event_log": {"sha256": parts.event_log[0], "size": parts.event_log[1]},
        "media": list(parts.media),
    }


# ---- the recording ----


def media_rows(recordings: Sequence[str], folder_of: Callable[[str], Path], key: bytes) -> list[dict[str, Any]]:
    """SLOW. One row a segment of every recording; what a kill left half-written is closed first. A recording of which
    nothing reached the disk has no rows: its gap is among the entries. Raises IntegrityBroken when one was altered."""
    rows: list[dict[str, Any]] = []
    for recording in recordings:
        folder = folder_of(recording)
        try:
            if folder.is_dir():
                recover_recording(folder, key, recording)
            summary = segment_summary(folder)
        except BadInput:
            continue
        rows += [_media_row(folder, summary, segment) for segment in summary.segments]
    return rows


def sign_recordings(signatory: Signatory, observation: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """The machine alone signs what it recorded, one statement a recording, before anyone signs marks upon it: whoever
    is shown the film can be shown what vouches for it, and no mark. What it has signed already it does not sign twice.
    """
    store = signatory.store.statements
    signed = [
        read_statement(open_envelope(k.envelope).payload).body for k in store.about(observation, "media") if k.own
    ]
    for recording in dict.fromkeys(str(row["recording"]) for row in rows):
        segments = [dict(row) for row in rows if row["recording"] == recording]
        body = {"observation": observation, "recording": recording, "segments": segments}
        if body not in signed:
            signatory.sign_as_machine("media", body, about=observation).result(WAIT_S)


def _media_row(folder: Path, summary: RecordingSummary, segment: SegmentSummary) -> dict[str, Any]:
    end_ms = segment.offset_ms + segment.duration_ms
    return {
        "recording": summary.recording,
        "segment": segment.segment,
        "file_sha256": file_sha256(segment_path(folder, segment.segment)),
        "index_sha256": file_sha256(index_path(folder, segment.segment)),
        "root": segment.root,
        "size": segment.size,
        "clusters": segment.clusters,
        "gaps": sum(1 for gap in summary.gaps if gap.start_ms == end_ms),
    }
