# SPDX-License-Identifier: GPL-3.0-or-later
"""The assessor's day as cards: what is booked, what became of it, and where each record stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from observer_app.domain.record import RecordState
from observer_app.domain.sitting import Attendance, SittingEvent, SittingState
from observer_app.workflows.live_view import candidate_card
from observer_app.workflows.timekeeping import day_words, local_time
from observer_app.workflows.views import CheckState, CheckView, SittingCard, TodayView

__all__ = ["NO_CHECKS", "Standing", "record_status", "today_view"]

_PARTS = {1: "Morning", 2: "Late morning", 3: "Afternoon"}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NO_CHECKS = tuple(
    CheckView(kind, title, "Not checked yet", CheckState.CHECKING)
    for kind, title in (
        ("camera", "Camera"),
        ("sound", "Sound"),
        ("space", "Space on the disk"),
        ("power", "Power"),
        ("clock", "Clock"),
        ("key", "Signing"),
    )
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What this machine knows of a sitting's observation. `state` is open, signed, abandoned, reopened or "" (none);
    `over`: its last phase has ended; `receipt_ms`: wall clock of the receipt, 0 without one; `fault`: why it cannot be
    opened."""

    observation: str = ""
    state: str = ""
    over: bool = False
    live: bool = False
    record_state: RecordState = RecordState.NONE
    receipt_ms: int = 0
    fault: str = ""


def today_view(
    day: str,
    centre: str,
    states: Sequence[SittingState],
    standings: Mapping[str, Standing],
    events: Mapping[str, Sequence[SittingEvent]],
    scenarios: Mapping[str, str],
    checks: Sequence[CheckView],
    not_offered: Mapping[str, str],
) -> TodayView:
    """`states` are this person's sittings of the day; `scenarios` maps scenario ids to titles, `not_offered` those that
    cannot be opened here to a sentence why."""
    ordered = sorted(states, key=lambda s: (s.sitting.day, s.sitting.session, s.sitting.starts, s.sitting.id))
    found = {s.sitting.id: standings.get(s.sitting.id, Standing()) for s in ordered}
    found |= {s.sitting.id: _with_packs(s, found[s.sitting.id], not_offered) for s in ordered}
    cards = [_card(day, s, found[s.sitting.id], events.get(s.sitting.id, ()), scenarios) for s in ordered]
    chosen = _next(cards, standings)
    cards = [replace(c, is_next=c.sitting == chosen) for c in cards]
    count = len(cards)
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    subtitle = f"{centre}, {number} observation{'' if count == 1 else 's'}"
    return TodayView(f"Today, {day_words(day)}", subtitle, tuple(cards), tuple(checks) or NO_CHECKS)


def _with_packs(state: SittingState, standing: Standing, not_offered: Mapping[str, str]) -> Standing:
    """What is begun keeps the packs it was begun with; anything else needs them now."""
    why = not_offered.get(state.sitting.scenario_id, "")
    over = state.abandoned or state.attendance is Attendance.ABSENT
    return replace(standing, fault=why) if why and not standing.state and not over else standing


def _next(cards: Sequence[SittingCard], standings: Mapping[str, Standing]) -> str:
    """The one being watched, else one to be signed, else the first who is here, else the first who may come."""

    def rank(card: SittingCard) -> int:
        standing = standings.get(card.sitting, Standing())
        if standing.state == "open":
            return 0 if standing.live else 1
        return 2 if card.arrived else 3

    able = [c for c in cards if c.can_open]
    return min(able, key=rank).sitting if able else ""


def _card(
    day: str, state: SittingState, standing: Standing, events: Sequence[SittingEvent], scenarios: Mapping[str, str]
) -> SittingCard:
    sitting = state.sitting
    status, detail, icon = _status(state, standing, events)
    part = _PARTS.get(sitting.session, f"Session {sitting.session}")
    done = standing.state in ("signed", "abandoned") or state.abandoned or state.attendance is Attendance.ABSENT
    return SittingCard(
        sitting=sitting.id,
        observation=standing.observation,
        starts=sitting.starts,
        part=part if sitting.day == day else f"{day_words(sitting.day)}, not signed yet",
        candidate=candidate_card(sitting),
        scenario=scenarios.get(sitting.scenario_id, sitting.scenario_id),
        room=sitting.room,
        status=status,
        detail=detail,
        icon=icon,
        state=standing.record_state,
        is_next=False,
        can_open=not done and not standing.fault,
        arrived=local_time(state.arrived_at.wall_ms) if state.arrived_at else "",
    )


def record_status(state: RecordState, receipt_ms: int) -> tuple[str, str, str] | None:
    """(word, line under it, icon) of a signed record, None before that."""
    match state:
        case RecordState.ACKNOWLEDGED:
            return "Acknowledged", f"Receipt {local_time(receipt_ms)}", "badge-check"
        case RecordState.SENT:
            return "Sent", "Waiting for the receipt", "send"
        case RecordState.SIGNED:
            return "Signed", "Waiting to be sent", "signature"
        case _:
            return None


def _status(state: SittingState, standing: Standing, events: Sequence[SittingEvent]) -> tuple[str, str, str]:
    """(word, line under it, icon): where the record stands first, then the observation, then the candidate."""
    if (signed := record_status(standing.record_state, standing.receipt_ms)) is not None:
        return signed
    if standing.fault:
        return "Cannot be opened", standing.fault, "circle-x"
    if standing.state == "abandoned" or state.abandoned:
        return "Abandoned", "Tell the centre manager why", "circle-x"
    if standing.state == "open":
        return ("To be signed", "Saved on this machine", "pencil-line") if standing.over else _in_progress(state)
    if state.attendance is Attendance.ABSENT:
        return "Absent", "", "circle-x"
    moved = next((e for e in reversed(events) if e.kind == "moved_room"), None)
    room = f"Room changed {local_time(moved.at.wall_ms)}" if moved else ""
    if state.attendance is Attendance.ARRIVED:
        arrived = f"Checked in {local_time(state.arrived_at.wall_ms)}" if state.arrived_at else ""
        return "Arrived", room or arrived, "user-round-check"
    if state.late_minutes:
        return "Late", f"Expected at {_later(state.sitting.starts, state.late_minutes)}", "clock"
    return "Expected", room, "circle"


def _in_progress(state: SittingState) -> tuple[str, str, str]:
    since = f"Since {local_time(state.started_at.wall_ms)}" if state.started_at else ""
    return "In progress", since, "circle-dot"


def _later(starts: str, minutes: int) -> str:
    """ "09:10" and 25 -> "09:35"."""
    hours, _, rest = starts.partition(":")
    if not (hours.isdigit() and rest.isdigit()):
        return starts
    total = int(hours) * 60 + int(rest) + minutes
    return f"{total // 60 % 24:02d}:{total % 60:02d}"
