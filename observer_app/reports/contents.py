# SPDX-License-Identifier: GPL-3.0-or-later
"""What the reports print: plain frozen values, filled by the workflows, every text ready to be read."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CandidateReport", "CriterionLine", "DayLine", "DayReport"]


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """One criterion in a candidate's report.

    `value` None: not rated, `reason` says why. `moment` is "mm:ss" into the interview. `notes` are
    ("mm:ss", text). `was` are the earlier values.
    """

    number: int
    title: str
    value: int | None
    label: str
    anchor: str
    moment: str
    notes: tuple[tuple[str, str], ...] = ()
    was: tuple[int, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CandidateReport:
    """One candidate's report. `gaps` and `amendments` are sentences; `receipt` the log's proof in words, `code` its
    essentials as the QR code says them (`trust.printed`)."""

    sample: bool
    notice: str
    candidate: str
    candidate_id: str
    registration: str
    centre: str
    day: str
    scenario: str
    framework: str
    assessor: str
    criteria: tuple[CriterionLine, ...]
    overall: CriterionLine | None
    total: str
    result: str
    record: str
    code: str
    state: str
    receipt: str
    gaps: tuple[str, ...] = ()
    amendments: tuple[str, ...] = ()
    extra_percent: int = 0


@dataclass(frozen=True, slots=True)
class DayLine:
    """One sitting in the day's summary and table."""

    sitting: str
    starts: str
    session: int
    room: str
    candidate: str
    candidate_id: str
    registration: str
    scenario: str
    assessor: str
    attendance: str
    consent: str
    state: str
    total: str
    result: str
    overall: str
    ratings: tuple[tuple[str, int | None], ...]
    recorded: str
    trouble: str
    record: str
    amendments: int


@dataclass(frozen=True, slots=True)
class DayReport:
    """One centre's day. `counts` are (words, number); `gaps` what is still unexplained; `code` the QR code
    of the day's close, "" before it."""

    sample: bool
    centre: str
    day: str
    title: str
    lines: tuple[DayLine, ...]
    counts: tuple[tuple[str, int], ...]
    gaps: tuple[str, ...]
    closed: bool
    code: str = ""
