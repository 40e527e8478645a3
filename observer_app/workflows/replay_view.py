# SPDX-License-Identifier: GPL-3.0-or-later
"""The Replay screen's values, computed from a moderator's own entries alone. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from observer_app.domain.events import Kind
from observer_app.domain.framework import Framework, Unrated
from observer_app.domain.observation import ObservationState
from observer_app.domain.scenario import Scenario
from observer_app.domain.scoring import missing
from observer_app.workflows.asked import Asked, asked
from observer_app.workflows.board_views import ClipView
from observer_app.workflows.views import MarkView, NoteView, RowState, RowView
from observer_app.workflows.words import say

__all__ = ["Marked", "clip_note", "left_to_do", "own_clips", "own_marks", "own_notes", "own_rows", "reasons"]

_CLIP_NOTE = "clip-"
_RATINGS = {Kind.RATED, Kind.WITHDRAWN, Kind.GLOBAL_RATED}


@dataclass(frozen=True, slots=True)
class Marked:
    """A moderator's marks so far. `positions`: ms in the recording by an entry's number; `pending` and `unsaved` as in
    `Journal`; `words` gives the text behind a salted hash."""

    framework: Framework
    scenario: Scenario
    state: ObservationState
    positions: Mapping[int, int]
    pending: Collection[int]
    unsaved: Mapping[str, int]
    words: Callable[[str], str]

    def at_ms(self, seq: int) -> int:
        """The position in the recording of an entry."""
        return self.positions.get(seq, 0)


def reasons(marked: Marked) -> dict[str, str]:
    """Why criteria are not rated: the last note on each such criterion, as its salted hash.

    A replay has no field for reasons; where the framework takes one, a note on the criterion is it.
    """
    if marked.framework.rules.unrated is not Unrated.REASON:
        return {}
    rated = marked.state.values()
    return {n.criterion: n.text for n in marked.state.notes if n.criterion and n.criterion not in rated}


def left_to_do(marked: Marked) -> tuple[str, ...]:
    """What keeps the moderator from signing, in words."""
    given = missing(marked.framework, marked.scenario, marked.state.values(), reasons(marked))
    or_note = say("view.replay.or_say_why_not") if marked.framework.rules.unrated is Unrated.REASON else ""
    named = [c for c in marked.scenario.criteria if c.id in given]
    left = [say("view.replay.rate", number=c.number, title=c.title, or_note=or_note) for c in named]
    overall = marked.state.global_rating
    if overall is None or overall.value is None:
        left.append(say("view.replay.give_overall_judgement"))
    return tuple(left)


def own_rows(marked: Marked) -> tuple[RowView, ...]:
    """One row a criterion in pack order, the overall judgement last (criterion "")."""
    return tuple(_row(marked, one) for one in asked(marked.scenario))


def _row(marked: Marked, one: Asked) -> RowView:
    criterion = one.criterion
    rating = marked.state.ratings.get(criterion) if criterion else marked.state.global_rating
    if criterion in marked.unsaved and not (rating and rating.seq in marked.pending):
        return RowView(*one, marked.unsaved[criterion], RowState.NOT_SAVED)
    if rating is None or rating.value is None:
        return RowView(*one, None, RowState.EMPTY)
    state = RowState.SAVING if rating.seq in marked.pending else RowState.SAVED
    at_ms = marked.at_ms(rating.seq)
    return RowView(*one, rating.value, state, at_ms, rating.was)


def clip_note(clip: int) -> str:
    """The id of the note that is the name of a clip (its entry's number)."""
    return f"{_CLIP_NOTE}{clip}"


def own_clips(marked: Marked) -> tuple[ClipView, ...]:
    """Clips by their place; from and to in a moderator's entries are the recording's time."""
    names = {n.id: marked.words(n.text) for n in marked.state.notes}
    clips = (
        ClipView(
            c.seq, c.from_us // 1000, c.to_us // 1000, names.get(clip_note(c.seq), ""), c.seq not in marked.pending
        )
        for c in marked.state.clips
    )
    return tuple(sorted(clips, key=lambda c: (c.start_ms, c.end_ms)))


def own_notes(marked: Marked) -> tuple[NoteView, ...]:
    """Notes by their place in the recording; a clip's name is not one of them."""
    numbers = {c.id: c.number for c in marked.scenario.criteria}
    notes = (
        NoteView(
            n.id,
            marked.words(n.text),
            marked.at_ms(n.seq),
            n.criterion,
            numbers.get(n.criterion, 0),
            n.seq not in marked.pending,
        )
        for n in marked.state.notes
        if not n.id.startswith(_CLIP_NOTE)
    )
    return tuple(sorted(notes, key=lambda n: n.at_ms))


def own_marks(marked: Marked) -> tuple[MarkView, ...]:
    """The timeline of the moderator's own marks."""
    clips = own_clips(marked)
    marks = [MarkView("marks", Kind.CLIP_MARKED, c.start_ms, say("view.replay.clip"), True, c.end_ms) for c in clips]
    names = {e.seq for e in marked.state.notes if e.id.startswith(_CLIP_NOTE)}
    for item in marked.state.timeline:
        at_ms = marked.at_ms(item.seq)
        if item.kind in _RATINGS:
            label = str(item.value) if item.value is not None else "–"
            marks.append(MarkView("ratings", item.kind, at_ms, label, item.in_force))
        elif item.kind == Kind.NOTE_WRITTEN and item.seq not in names:
            marks.append(MarkView("notes", item.kind, at_ms, "", item.in_force))
        elif item.kind == Kind.FLAGGED:
            marks.append(MarkView("marks", item.kind, at_ms, say("view.replay.flag"), item.in_force))
    return tuple(sorted(marks, key=lambda m: m.at_ms))
