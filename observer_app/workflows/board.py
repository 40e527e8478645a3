# SPDX-License-Identifier: GPL-3.0-or-later
"""The day board: expected against received, computed from bookings, what happened to them, and signed records.

A row needs the manager while something about it is wrong and not explained. That, and every sitting that is not over
yet, keeps the day from being closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from observer_app.domain.moment import Moment
from observer_app.domain.record import RecordState
from observer_app.domain.roles import unnamed_person
from observer_app.domain.sitting import Attendance, Consent, SittingState
from observer_app.workflows.board_views import BoardRow, BoardView, Step
from observer_app.workflows.live_view import candidate_card
from observer_app.workflows.timekeeping import day_words, local_time
from observer_app.workflows.words import counted, say

__all__ = ["STEPS", "ReceivedRecord", "board_view"]

STEPS = ("expected", "arrived", "in_progress", "signed", "sent", "acknowledged")
_WORDS = ("due", "arrived", "in_progress", "signed", "sent", "acknowledged")
_UNSENT_MS = 3_600_000
_ICONS = ("circle", "user-round-check", "circle-dot", "signature", "send", "badge-check")


@dataclass(frozen=True, slots=True)
class ReceivedRecord:
    """What the board knows of a sitting's record. `gaps` counts stretches without recording; times in wall ms."""

    record: str
    state: RecordState
    signed_ms: int
    acknowledged_ms: int
    gaps: int


def board_view(
    day: str,
    states: Sequence[SittingState],
    records: Mapping[str, ReceivedRecord],
    names: Mapping[str, str],
    now: Moment,
    closed: bool,
) -> BoardView:
    """`records` by sitting id, `names` of people by id."""
    rows = tuple(
        sorted(
            (_row(s, records.get(s.sitting.id), names, now) for s in states),
            key=lambda r: (r.session, r.starts, r.room),
        )
    )
    counts = tuple((name, sum(1 for row in rows if _reached(row, at))) for at, name in enumerate(STEPS))
    unfinished = {s.sitting.id: _unfinished(s, records.get(s.sitting.id)) for s in states}
    gaps = tuple(
        f"{row.candidate.name}, {row.starts}: {row.trouble or unfinished[row.sitting]}"
        for row in rows
        if row.needs_you or unfinished[row.sitting]
    )
    rooms = tuple(sorted({row.room for row in rows}))
    return BoardView(day, day_words(day), rooms, rows, counts, gaps, closed)


def _reached(row: BoardRow, at: int) -> bool:
    return at == 0 or any(step.reached or step.now for step in row.steps[at:])


def _row(state: SittingState, record: ReceivedRecord | None, names: Mapping[str, str], now: Moment) -> BoardRow:
    sitting = state.sitting
    trouble, icon, needs_you = _trouble(state, record, now)
    return BoardRow(
        sitting=sitting.id,
        starts=sitting.starts,
        session=sitting.session,
        candidate=candidate_card(sitting),
        room=sitting.room,
        assessor=names.get(sitting.assessor) or unnamed_person(sitting.assessor),
        steps=_steps(state, record),
        trouble=trouble,
        trouble_icon=icon,
        needs_you=needs_you,
        consent=sitting.consent.value,
        training_ok=sitting.training_ok,
        identity_checked=state.identity_checked,
        explained="explained" if state.explained else "",
    )


def _steps(state: SittingState, record: ReceivedRecord | None) -> tuple[Step, ...]:
    """Where the sitting stands now is boxed; what it has passed carries its time where one is known."""
    times = ["", "", "", "", "", ""]
    if state.arrived_at is not None:
        times[1] = local_time(state.arrived_at.wall_ms)
    if state.started_at is not None:
        times[2] = local_time(state.started_at.wall_ms)
    stands = 2 if times[2] else 1 if times[1] else 0
    if record is not None and record.state >= RecordState.SIGNED:
        times[3] = local_time(record.signed_ms)
        stands = {RecordState.SIGNED: 3, RecordState.SENT: 4}.get(record.state, 5)
        if record.acknowledged_ms:
            times[5] = local_time(record.acknowledged_ms)
    steps = []
    for at, name in enumerate(STEPS):
        now = at == stands
        label, icon = (times[at] or say(f"view.board.{_WORDS[at]}"), _ICONS[at]) if now else ("", "")
        if now and at == 0:
            label, icon = (
                (say("view.board.absent"), "circle-x")
                if state.attendance is Attendance.ABSENT
                else (say("view.board.due"), "circle")
            )
        steps.append(Step(name, times[at], now, label, icon))
    return tuple(steps)


def _trouble(state: SittingState, record: ReceivedRecord | None, now: Moment) -> tuple[str, str, bool]:
    """(words, icon, needs the manager): the first thing that is neither finished nor explained."""
    bad, warn, passed = "circle-x", "triangle-alert", "check"
    done = record is not None and record.state is RecordState.ACKNOWLEDGED
    if state.attendance is Attendance.ABSENT:
        return (
            (say("view.board.absent_explained"), passed, False)
            if state.reasons
            else (say("view.board.absent_no_reason_yet"), bad, True)
        )
    if state.abandoned:
        return (
            (say("view.board.abandoned_explained"), passed, False)
            if state.reasons
            else (say("view.board.abandoned_no_reason_yet"), bad, True)
        )
    if record is not None and record.gaps:
        words = counted("view.board.gaps", record.gaps)
        return (say("view.board.explained", words=words), passed, not done) if state.explained else (words, warn, True)
    if record is not None and not done:
        waited = now.wall_ms - record.signed_ms
        word = (
            say("view.board.sent_not_acknowledged") if record.state is RecordState.SENT else say("view.board.not_sent")
        )
        return (f"{word}, {_duration(waited)}" if waited > _UNSENT_MS else word, warn, True)
    if record is None and state.late_minutes and state.attendance is Attendance.DUE:
        return (say("view.board.late", starts=_later(state.sitting.starts, state.late_minutes)), "clock", True)
    if record is None and state.attendance is Attendance.ARRIVED and state.sitting.consent is not Consent.GIVEN:
        word = "refused" if state.sitting.consent is Consent.REFUSED else say("view.board.not_asked")
        return (say("view.board.consent", word=word), warn, True)
    return ("", "", False)


def _unfinished(state: SittingState, record: ReceivedRecord | None) -> str:
    """Why the day cannot be closed although nothing is wrong: it is not over for this candidate; "" when it is."""
    if record is not None or state.abandoned or state.attendance is Attendance.ABSENT:
        return ""
    return (
        say("view.board.still_expected")
        if state.attendance is Attendance.DUE
        else say("view.board.no_signed_record_yet")
    )


def _later(starts: str, minutes: int) -> str:
    hour, minute = (int(part) for part in starts.split(":"))
    total = hour * 60 + minute + minutes
    return f"{total // 60 % 24:02}:{total % 60:02}"


def _duration(ms: int) -> str:
    minutes = ms // 60_000
    return (
        say("view.board.hours", hours=minutes // 60, minutes=minutes % 60)
        if minutes >= 60
        else say("view.board.minutes", minutes=minutes)
    )
