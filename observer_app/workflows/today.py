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
from observer_app.workflows.words import counted, say

__all__ = ["CHECKS", "Standing", "not_checked", "record_status", "today_view"]

_PARTS = {1: "morning", 2: "late_morning", 3: "afternoon"}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
CHECKS = ("camera", "sound", "space", "power", "clock", "key")


def not_checked() -> tuple[CheckView, ...]:
    """The checks before anybody looked."""
    words = say("view.today.not_checked")
    return tuple(CheckView(kind, say(f"view.today.check.{kind}"), words, CheckState.CHECKING) for kind in CHECKS)


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
    subtitle = counted("view.today.observations", count, centre=centre, number=number)
    return TodayView(
        say("view.today.today", day=day_words(day)), subtitle, tuple(cards), tuple(checks) or not_checked()
    )


def _with_packs(state: SittingState, standing: Standing, not_offered: Mapping[str, str]) -> Standing:
    """What is begun keeps the packs it was begun with; anything else needs them now."""
    why = not_offered.get(state.sitting.scenario_id, "")
    over = state.abandoned or state.attendance is Attendance.ABSENT
    return replace(standing, fault=why) if why and not standing.state and not over else standing


def _part(session: int) -> str:
    return say(f"view.today.{_PARTS[session]}") if session in _PARTS else say("view.today.session", session=session)


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
    part = _part(sitting.session)
    done = standing.state in ("signed", "abandoned") or state.abandoned or state.attendance is Attendance.ABSENT
    return SittingCard(
        sitting=sitting.id,
        observation=standing.observation,
        starts=sitting.starts,
        part=part if sitting.day == day else say("view.today.not_signed_yet", day=day_words(sitting.day)),
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
            return say("view.today.acknowledged"), say("view.today.receipt", time=local_time(receipt_ms)), "badge-check"
        case RecordState.SENT:
            return say("view.today.sent"), say("view.today.waiting_receipt"), "send"
        case RecordState.SIGNED:
            return say("view.today.signed"), say("view.today.waiting_to_be_sent"), "signature"
        case _:
            return None


def _status(state: SittingState, standing: Standing, events: Sequence[SittingEvent]) -> tuple[str, str, str]:
    """(word, line under it, icon): where the record stands first, then the observation, then the candidate."""
    if (signed := record_status(standing.record_state, standing.receipt_ms)) is not None:
        return signed
    if standing.fault:
        return say("view.today.cannot_be_opened"), standing.fault, "circle-x"
    if standing.state == "abandoned" or state.abandoned:
        return say("view.today.abandoned"), say("view.today.tell_centre_manager_why"), "circle-x"
    if standing.state == "open":
        return (
            (say("view.today.to_be_signed"), say("view.today.saved_machine"), "pencil-line")
            if standing.over
            else _in_progress(state)
        )
    if state.attendance is Attendance.ABSENT:
        return say("view.today.absent"), "", "circle-x"
    moved = next((e for e in reversed(events) if e.kind == "moved_room"), None)
    room = say("view.today.room_changed", time=local_time(moved.at.wall_ms)) if moved else ""
    if state.attendance is Attendance.ARRIVED:
        arrived = say("view.today.checked_in", time=local_time(state.arrived_at.wall_ms)) if state.arrived_at else ""
        return say("view.today.arrived"), room or arrived, "user-round-check"
    if state.late_minutes:
        return (
            say("view.today.late"),
            say("view.today.expected_at", starts=_later(state.sitting.starts, state.late_minutes)),
            "clock",
        )
    return say("view.today.expected"), room, "circle"


def _in_progress(state: SittingState) -> tuple[str, str, str]:
    since = say("view.today.since", time=local_time(state.started_at.wall_ms)) if state.started_at else ""
    return say("view.today.in_progress"), since, "circle-dot"


def _later(starts: str, minutes: int) -> str:
    """ "09:10" and 25 -> "09:35"."""
    hours, _, rest = starts.partition(":")
    if not (hours.isdigit() and rest.isdigit()):
        return starts
    total = int(hours) * 60 + int(rest) + minutes
    return f"{total // 60 % 24:02d}:{total % 60:02d}"
