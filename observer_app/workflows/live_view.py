# SPDX-License-Identifier: GPL-3.0-or-later
"""The Live screen's values, computed from a folded state. Pure: nothing is read or written here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from observer_app.domain.events import Kind
from observer_app.domain.moment import Moment
from observer_app.domain.observation import Note, ObservationState, Rating, TimelineItem
from observer_app.domain.scenario import Phase, Scenario
from observer_app.domain.sitting import Sitting
from observer_app.workflows.asked import Asked, asked
from observer_app.workflows.timekeeping import day_of, gap_words, local_time, position_ms
from observer_app.workflows.views import CandidateCard, MarkView, NoteView, PhaseView, RowState, RowView
from observer_app.workflows.words import say

__all__ = [
    "Shown",
    "began",
    "candidate_card",
    "earlier_values",
    "late_min",
    "mark_views",
    "next_action",
    "next_phase",
    "note_views",
    "phase_views",
    "row_views",
]

_NOTE_KINDS = {Kind.NOTE_WRITTEN}
_RATING_KINDS = {Kind.RATED, Kind.WITHDRAWN, Kind.GLOBAL_RATED}
_MARK_WORDS = {
    Kind.FLAGGED: "view.live.flag",
    Kind.PAUSED: "view.live.paused",
    Kind.RESUMED: "view.live.goes_on",
    Kind.RESUMED_AFTER_CRASH: "view.live.window_was_closed",
    Kind.REASSIGNED: "view.live.other_person",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the screen's values are computed from. `pending`: events on their way to the disk; `unsaved`: values that
    could not be saved; `words` gives the text behind a salted hash."""

    scenario: Scenario
    sitting: Sitting
    state: ObservationState
    pending: Collection[int]
    unsaved: Mapping[str, int]
    words: Callable[[str], str]

    def at_ms(self, at: Moment) -> int:
        """A moment on the observation's time."""
        return position_ms(self.state, self.scenario, at)


def candidate_card(sitting: Sitting) -> CandidateCard:
    """The candidate as shown everywhere; a booking without a name is one whose candidate's was erased."""
    c = sitting.candidate
    return CandidateCard(c.id, c.name or say("view.candidate.erased"), c.registration, c.photo, sitting.extra_percent)


def row_views(shown: Shown) -> tuple[RowView, ...]:
    """One row a criterion in pack order, the overall judgement last (criterion "")."""
    return tuple(_row(shown, one) for one in asked(shown.scenario))


def _row(shown: Shown, one: Asked) -> RowView:
    criterion = one.criterion
    rating = shown.state.ratings.get(criterion) if criterion else shown.state.global_rating
    value = rating.value if rating else None
    was = earlier_values(rating)
    if criterion in shown.unsaved and not (rating and rating.seq in shown.pending):
        return RowView(*one, shown.unsaved[criterion], RowState.NOT_SAVED, 0, was)
    if rating is None:
        return RowView(*one, None, RowState.EMPTY)
    if rating.seq in shown.pending:
        state = RowState.SAVING
    else:
        state = RowState.SAVED if value is not None else RowState.WITHDRAWN
    return RowView(*one, value, state, shown.at_ms(rating.at), was)


def earlier_values(rating: Rating | None) -> tuple[int, ...]:
    """What a rating was before, in order; a value given twice in a row is one value."""
    if rating is None:
        return ()
    return tuple(v for v, after in zip(rating.was, (*rating.was[1:], rating.value), strict=False) if v != after)


def note_views(shown: Shown) -> tuple[NoteView, ...]:
    """Notes in order of writing, each at the moment of the key that opened it."""
    numbers = {c.id: c.number for c in shown.scenario.criteria}
    return tuple(
        NoteView(
            note.id,
            shown.words(note.text),
            shown.at_ms(began(note)),
            note.criterion,
            numbers.get(note.criterion, 0),
            note.seq not in shown.pending,
        )
        for note in shown.state.notes
    )


def began(note: Note) -> Moment:
    """The moment of the key that opened a note."""
    if not note.began_us:
        return note.at
    earlier_ms = (note.at.monotonic_us - note.began_us) // 1000
    return Moment(note.began_us, note.at.boot_id, note.at.wall_ms - earlier_ms, note.at.source)


def mark_views(shown: Shown) -> tuple[MarkView, ...]:
    """The timeline: ratings, notes, and marks with gaps and clips as stretches."""
    marks = [found for item in shown.state.timeline if (found := _mark(shown, item)) is not None]
    marks += [MarkView("notes", Kind.NOTE_WRITTEN, shown.at_ms(began(n)), "", True) for n in shown.state.notes]
    for clip in shown.state.clips:
        ends_ms = shown.at_ms(_beside(clip.at, clip.to_us)) if clip.to_us else -1
        begins_ms = shown.at_ms(_beside(clip.at, clip.from_us))
        marks.append(MarkView("marks", Kind.CLIP_MARKED, begins_ms, say("view.live.clip"), True, ends_ms))
    known = {item.seq: item.at for item in shown.state.timeline}
    for gap in shown.state.gaps:
        label = gap_words(gap).replace(" for ", " ")
        ends_ms = shown.at_ms(_beside(known[gap.seq], gap.to_us)) if gap.to_us else -1
        marks.append(MarkView("marks", "gap", shown.at_ms(_beside(known[gap.seq], gap.from_us)), label, True, ends_ms))
    return tuple(sorted(marks, key=lambda m: m.at_ms))


def _beside(at: Moment, monotonic_us: int) -> Moment:
    """Another moment of the same boot as `at`."""
    return Moment(monotonic_us, at.boot_id, at.wall_ms + (monotonic_us - at.monotonic_us) // 1000, at.source)


def _mark(shown: Shown, item: TimelineItem) -> MarkView | None:
    """What a point on the timeline is drawn as; notes in force, clips and gaps have their own places."""
    if item.kind in _RATING_KINDS:
        label = str(item.value) if item.value is not None else "–"
        return MarkView("ratings", item.kind, shown.at_ms(item.at), label, item.in_force)
    if item.kind in _NOTE_KINDS and not item.in_force:
        return MarkView("notes", item.kind, shown.at_ms(item.at), "", False)
    if item.kind == Kind.PHASE_STARTED:
        return MarkView("marks", item.kind, shown.at_ms(item.at), say("view.live.phase"))
    if item.kind in _MARK_WORDS:
        return MarkView("marks", item.kind, shown.at_ms(item.at), say(_MARK_WORDS[item.kind]), item.in_force)
    return None


def phase_views(scenario: Scenario, state: ObservationState, extra_percent: int) -> tuple[PhaseView, ...]:
    """Every phase with its extra time, and where the observation stands."""
    done = {run.phase: run for run in state.phases_done}
    now = state.phase.phase if state.phase else ""

    def standing(phase: Phase) -> str:
        return "now" if phase.id == now else "done" if phase.id in done else "to_come"

    def over_s(phase: Phase) -> int:
        run = done.get(phase.id)
        took_us = run.elapsed_us(run.ended) if run is not None and run.ended is not None else 0
        return max(0, took_us // 1_000_000 - phase.planned_s(extra_percent))

    return tuple(
        PhaseView(p.id, p.title, p.planned_s(extra_percent), standing(p), p.warn_at, over_s(p)) for p in scenario.phases
    )


def late_min(sitting: Sitting, state: ObservationState, now: Moment) -> int:
    """Minutes past the planned start of a sitting of today whose first phase has not begun; 0 otherwise."""
    hours, _, minutes = sitting.starts.partition(":")
    if state.phase is not None or state.phases_done or sitting.day != day_of(now):
        return 0
    if not (hours.isdigit() and minutes.isdigit()):
        return 0
    is_hours, _, is_minutes = local_time(now.wall_ms).partition(":")
    return max(0, int(is_hours) * 60 + int(is_minutes) - int(hours) * 60 - int(minutes))


def next_phase(scenario: Scenario, state: ObservationState) -> Phase | None:
    """The phase after the running one (or after the last one done); None when there is none left."""
    done = {run.phase for run in state.phases_done} | ({state.phase.phase} if state.phase else set())
    return next((phase for phase in scenario.phases if phase.id not in done), None)


def next_action(scenario: Scenario, state: ObservationState) -> str:
    """The one step forward, in words; "" when there is none (review comes next)."""
    if state.abandoned or state.reopened or state.record:
        return ""
    running = scenario.phase(state.phase.phase) if state.phase else None
    if running is not None:
        return say("view.live.end", title=running.title.lower())
    following = next_phase(scenario, state)
    return say("view.live.start", title=following.title.lower()) if following is not None else ""
