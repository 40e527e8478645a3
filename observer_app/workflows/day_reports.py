# SPDX-License-Identifier: GPL-3.0-or-later
"""What a day's reports say: opened records and bookings put into words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from observer_app.domain.moment import Moment
from observer_app.domain.observation import Note
from observer_app.domain.record import RecordState
from observer_app.domain.scoring import Score, outcome
from observer_app.domain.sitting import Consent, SittingState
from observer_app.reports.contents import CandidateReport, CriterionLine, DayLine, DayReport
from observer_app.workflows.board import ReceivedRecord, board_view
from observer_app.workflows.board_views import BoardRow, BoardView
from observer_app.workflows.live_view import began
from observer_app.workflows.record_parts import OVERALL, Amendment, OpenedRecord, printed_code
from observer_app.workflows.review_view import COMMENT
from observer_app.workflows.timekeeping import clock_words, day_words, gap_words, local_time, position_ms
from observer_app.workflows.words import say

__all__ = ["candidate_report", "day_report", "state_words"]

_OUTCOMES = {
    "passed": "Passed", "not_passed": "Not passed", "not_yet": "No result yet",
    "not_seen": "No result: not enough was seen",
}  # fmt: skip

Names = Callable[[str], str]
_STATES = {
    RecordState.NONE: "not signed",
    RecordState.SAVED: "saved, not signed",
    RecordState.SIGNED: "signed, not sent yet",
    RecordState.SENT: "sent, not acknowledged yet",
    RecordState.ACKNOWLEDGED: "acknowledged by the central store",
}


def state_words(state: RecordState) -> str:
    """A record's state as reports say it."""
    return _STATES[state]


# ---- one candidate ----


def candidate_report(opened: OpenedRecord, centre: str, day: str, names: Names, *, sample: bool) -> CandidateReport:
    """One candidate's report. Raises BadInput when the packs the record was made with are not here."""
    framework, scenario = opened.packs()
    card, result = opened.candidate, opened.score
    return CandidateReport(
        sample=sample,
        notice=framework.notice,
        candidate=card.name,
        candidate_id=card.id,
        registration=card.registration,
        centre=centre,
        day=day,
        scenario=scenario.title,
        framework=f"{framework.title}, version {framework.ref.version}",
        assessor=names(opened.assessor),
        criteria=tuple(_criterion(opened, c.id) for c in scenario.criteria),
        overall=_overall(opened),
        total=_total(result),
        result=_OUTCOMES[outcome(result)] if result is not None else "",
        record=opened.id,
        code=printed_code(opened.id, opened.receipt),
        state=_STATES[opened.state_of],
        receipt=opened.receipt.words if opened.receipt else "No receipt of the central store is here yet.",
        gaps=_gaps(opened),
        amendments=(*(_amended(opened, a, names) for a in opened.amendments), *_decisions(opened, names)),
        extra_percent=card.extra_percent,
    )


def _total(result: Score | None) -> str:
    return f"Total {result.total} of {result.most}" if result is not None else ""


def _criterion(opened: OpenedRecord, criterion: str) -> CriterionLine:
    _, scenario = opened.packs()
    found = scenario.criterion(criterion)
    assert found is not None
    value = opened.ratings.get(criterion)
    return CriterionLine(
        number=found.number,
        title=found.title,
        value=value,
        label=scenario.scale.label(value) if value is not None else "",
        anchor=found.anchor(value) if value is not None else "",
        moment=clock_words(opened.live_ms(criterion)),
        notes=_notes(opened, criterion),
        was=_was(opened, criterion, value),
        reason=_reason(opened, criterion) if value is None else "",
    )


def _overall(opened: OpenedRecord) -> CriterionLine | None:
    _, scenario = opened.packs()
    value = opened.overall
    if value is None:
        return None
    label = scenario.global_scale.label(value)
    state = opened.state
    was = state.global_rating.was if state is not None and state.global_rating is not None else ()
    notes = _notes(opened, "")
    return CriterionLine(0, "Overall judgement", value, label, "", clock_words(opened.live_ms("")), notes, _apart(was))


def _was(opened: OpenedRecord, criterion: str, value: int | None) -> tuple[int, ...]:
    """Every value it had before the one that stands, each once in a row."""
    rating = opened.state.ratings.get(criterion) if opened.state is not None else None
    earlier = list(rating.was) if rating is not None else []
    signed = opened.signed_ratings.get(criterion)
    for after in (signed, *(to for a in opened.in_force for c, _, to in a.changes if c == criterion)):
        if after is not None:
            earlier.append(after)
    earlier = list(_apart(tuple(earlier)))
    return tuple(earlier[:-1] if earlier and earlier[-1] == value else earlier)


def _apart(values: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(v for place, v in enumerate(values) if place == 0 or values[place - 1] != v)


def _notes(opened: OpenedRecord, criterion: str) -> tuple[tuple[str, str], ...]:
    """("mm:ss", text) of the notes in force; a comment written in review has no moment."""
    state, scenario = opened.state, opened.scenario
    if state is None or scenario is None:
        return ()

    def moment(note: Note) -> str:
        return "" if note.id.startswith(COMMENT) else clock_words(position_ms(state, scenario, began(note)))

    notes = ((moment(n), opened.words(n.text)) for n in state.notes if n.criterion == criterion)
    return tuple((at, words or "The words of this note are not on this machine.") for at, words in notes)


def _reason(opened: OpenedRecord, criterion: str) -> str:
    if opened.state is None:
        return ""
    return opened.words(opened.state.unrated_reasons.get(criterion, ""))


def _gaps(opened: OpenedRecord) -> tuple[str, ...]:
    """What the recording lacks, in sentences."""
    state = opened.state
    if state is None:
        return ()
    if not state.recordings:
        return ("This role-play was not recorded.",)
    return tuple(f"{gap_words(g)}: {g.cause}" for g in state.gaps)


def _amended(opened: OpenedRecord, amendment: Amendment, names: Names) -> str:
    _, scenario = opened.packs()
    changes = []
    for criterion, before, after in amendment.changes:
        known = scenario.criterion(criterion)
        what = f"Criterion {known.number}" if known else "The overall judgement" if criterion == OVERALL else criterion
        old, new = ("not rated" if v is None else str(v) for v in (before, after))
        changes.append(f"{what} from {old} to {new}")
    reason = amendment.reason or "the reason is not on this machine"
    said = f"{'; '.join(changes)}, by {names(amendment.by)} at {local_time(amendment.at_ms)}: {reason}"
    if not amendment.in_force:
        return f"Not counted, for a second signature is missing: {said}"
    again = f". Signed a second time by {_all(amendment.seconds, names)}." if amendment.seconds else ""
    return said.rstrip(" .") + again if again else said


def _all(people: Sequence[str], names: Names) -> str:
    return " and ".join(names(person) for person in people)


def _decisions(opened: OpenedRecord, names: Names) -> tuple[str, ...]:
    words = {
        "upheld": "The marks were upheld",
        "changed": "Marks were changed after a second marking",
        "second_look": "A third person will mark",
    }
    return tuple(
        f"{words[a.decision]}, by {names(a.by)}: {a.reason or 'the reason is not on this machine'}"
        for a in opened.adjudications
    )


# ---- the day ----


def day_report(
    day: str,
    states: Sequence[SittingState],
    records: Mapping[str, OpenedRecord],
    centre: str,
    names: Mapping[str, str],
    now: Moment,
    *,
    code: str,
    sample: bool,
) -> DayReport:
    """The day's summary; `records` by sitting, `names` of people by id."""
    received = {sitting: _received(opened) for sitting, opened in records.items()}
    board = board_view(day, states, received, names, now, bool(code))
    by_id = {s.sitting.id: s for s in states}
    lines = tuple(_line(row, by_id[row.sitting], records.get(row.sitting)) for row in board.rows)
    title = f"{day_words(day)} {day[:4]}"
    return DayReport(sample, centre, day, title, lines, _counts(board), board.gaps, bool(code), code)


def _counts(board: BoardView) -> tuple[tuple[str, int], ...]:
    return tuple((name.replace("_", " "), number) for name, number in board.counts)


def _received(opened: OpenedRecord) -> ReceivedRecord:
    return ReceivedRecord(
        record=opened.id,
        state=opened.state_of,
        signed_ms=opened.verified.statement.header.claimed_wall_ms,
        acknowledged_ms=opened.receipt.seen_ms if opened.receipt else 0,
        gaps=sum(segment.gaps for segment in opened.media),
    )


def _line(row: BoardRow, state: SittingState, opened: OpenedRecord | None) -> DayLine:
    sitting, result = state.sitting, opened.score if opened is not None else None
    scenario = opened.scenario.title if opened is not None and opened.scenario is not None else sitting.scenario_id
    ratings: tuple[tuple[str, int | None], ...] = ()
    if opened is not None and opened.scenario is not None:
        ratings = tuple((c.id, opened.ratings.get(c.id)) for c in opened.scenario.criteria)
    return DayLine(
        sitting=sitting.id,
        starts=sitting.starts,
        session=sitting.session,
        room=sitting.room,
        candidate=sitting.candidate.name or say("view.candidate.erased"),
        candidate_id=sitting.candidate.id,
        registration=sitting.candidate.registration,
        scenario=scenario,
        assessor=row.assessor,
        attendance=state.attendance.value,
        consent=sitting.consent.value,
        state=_STATES[opened.state_of] if opened is not None else "no record",
        total=f"{result.total} of {result.most}" if result is not None else "",
        result=_OUTCOMES[outcome(result)] if result is not None else "",
        overall=str(opened.overall) if opened is not None and opened.overall is not None else "",
        ratings=ratings,
        recorded=_recorded(state, opened),
        trouble=row.trouble,
        record=opened.id if opened is not None else "",
        amendments=len(opened.in_force) if opened is not None else 0,
    )


def _recorded(state: SittingState, opened: OpenedRecord | None) -> str:
    if opened is None:
        return ""
    if not opened.media:
        return "refused" if state.sitting.consent is Consent.REFUSED else "no"
    gaps = sum(segment.gaps for segment in opened.media)
    return f"{gaps} gap{'s' if gaps > 1 else ''}" if gaps else "whole"
