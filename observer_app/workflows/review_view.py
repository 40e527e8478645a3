# SPDX-License-Identifier: GPL-3.0-or-later
"""The Review screen's values and what keeps a record from being signed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from observer_app.domain.events import Kind
from observer_app.domain.framework import Framework, Unrated
from observer_app.domain.moment import Moment
from observer_app.domain.observation import Gap, Note, ObservationState, Rating
from observer_app.domain.phrases import Phrase
from observer_app.domain.record import RecordState
from observer_app.domain.scenario import Scenario
from observer_app.domain.scoring import comment_needed, missing, outcome, score
from observer_app.domain.sitting import Sitting
from observer_app.workflows.live_view import candidate_card, earlier_values
from observer_app.workflows.timekeeping import day_of, day_words, duration_words, local_time, position_ms
from observer_app.workflows.views import OVERALL, ReviewRow, ReviewView
from observer_app.workflows.words import say

__all__ = ["COMMENT", "Corrected", "Reviewed", "review_view", "steps_back", "things_left"]

COMMENT = "c-"  # a note whose id begins so was written in review


@dataclass(frozen=True, slots=True)
class Corrected:
    """A signed amendment: new values by criterion (None: taken back). `second` names who signed it too, "" nobody;
    `counts`: it needs no second signature, or has it; `refused`: (name, reason) of who would not, ("", "") nobody."""

    statement: str
    changes: Mapping[str, int | None]
    reason: str
    wall_ms: int
    second: str = ""
    counts: bool = True
    refused: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What the screen's values are computed from. `amended`: the amendments in order; `second_signers`: (id, name) of
    those who could sign one that waits."""

    scenario: Scenario
    framework: Framework
    sitting: Sitting
    state: ObservationState
    words: Callable[[str], str]
    now: Moment
    record_state: RecordState
    amended: tuple[Corrected, ...] = ()
    second_signers: tuple[tuple[str, str], ...] = ()
    phrases: tuple[Phrase, ...] = ()

    @property
    def waiting(self) -> Corrected | None:
        """The newest correction while it wants its second signature and nobody refused it; it takes an older one's
        place."""
        last = self.amended[-1] if self.amended else None
        return last if last is not None and not last.counts and not last.refused[0] else None

    def values(self) -> dict[str, int]:
        """The ratings that count now, amendments taken in; "" is the overall judgement."""
        found = self.state.values()
        overall = self.state.global_rating
        if overall is not None and overall.value is not None:
            found[""] = overall.value
        for correction in self.amended:
            for criterion, value in correction.changes.items() if correction.counts else ():
                if value is None:
                    found.pop(criterion, None)
                else:
                    found[criterion] = value
        return found

    def notes(self, criterion: str) -> list[Note]:
        """Notes and comments on a criterion; "" means comments on the overall judgement, not notes on the whole."""
        found = [n for n in self.state.notes if n.criterion == criterion]
        return found if criterion else [n for n in found if n.id.startswith(COMMENT)]

    def comment(self, criterion: str) -> str:
        """The comment written in review, "" when there is none."""
        return next((self.words(n.text) for n in self.notes(criterion) if n.id.startswith(COMMENT)), "")

    def comment_needed(self, criterion: str) -> bool:
        """Whether the rating lies so near the cut that it asks for a comment."""
        value = self.values().get(criterion)
        return value is not None and value in self.framework.scale.values and comment_needed(self.framework, value)


def things_left(r: Reviewed) -> tuple[str, ...]:
    """What keeps it from being signed, in words; nothing once it is signed."""
    if r.state.record:
        return ()
    if r.state.abandoned or r.state.reopened:
        return (say("view.review.observation_was_not_finished"),)
    left = [say("view.review.end_last_phase_first")] if r.state.phase is not None else []
    unrated = missing(r.framework, r.scenario, r.state.values(), r.state.unrated_reasons)
    for c in r.scenario.criteria:  # in the order of the rows
        if c.id in unrated:
            left.append(say("view.review.criterion_not_rated", number=c.number))
        elif r.comment_needed(c.id) and not r.notes(c.id):
            left.append(say("view.review.criterion_needs_comment", number=c.number))
    if "" not in r.values():
        left.append(say("view.review.overall_judgement_not_given"))
    elif r.comment_needed("") and not r.notes(""):
        left.append(say("view.review.overall_judgement_needs_comment"))
    return tuple(left)


def steps_back(state: ObservationState) -> tuple[bool, bool]:
    """Whether review can undo and redo: only what was written since the last phase ended. What was written in the room
    is undone there, where flags and clips are seen too."""
    if state.phase is not None or state.record:
        return False, False
    since = max((item.seq for item in state.timeline if item.kind == Kind.PHASE_ENDED), default=0)
    return state.undo_target > since, state.redo_target > since


def review_view(r: Reviewed) -> ReviewView:
    """The screen."""
    overall_given = "" in r.values()
    can_undo, can_redo = steps_back(r.state)
    total, detail, result = _total(r) if overall_given else ("", "", "")
    return ReviewView(
        observation=r.state.observation,
        candidate=candidate_card(r.sitting),
        heading=_heading(r),
        rows=(
            *(_row(r, c.id, c.number, c.title) for c in r.scenario.criteria),
            _row(r, "", 0, OVERALL),
        ),
        total=total,
        total_detail=detail,
        done=_done(r),
        left=things_left(r),
        declaration=r.framework.declaration,
        unrated_takes_reason=r.framework.rules.unrated is Unrated.REASON,
        state=r.record_state,
        record=r.state.record,
        result=result,
        amendments=tuple(_amendment_words(r, a) for a in r.amended),
        scale=tuple((p.value, p.label) for p in r.scenario.scale.points),
        global_scale=tuple((p.value, p.label) for p in r.scenario.global_scale.points),
        waiting=r.waiting is not None,
        second_signers=r.second_signers,
        can_undo=can_undo,
        can_redo=can_redo,
        snippets=r.phrases,
    )


def _heading(r: Reviewed) -> str:
    if r.state.opened is None:
        return r.scenario.title
    ends = [run.ended for run in r.state.phases_done if run.ended is not None]
    until = f" to {local_time(ends[-1].wall_ms)}" if ends and r.state.phase is None else ""
    return f"{r.scenario.title}, {local_time(r.state.opened.wall_ms)}{until}"


def _row(r: Reviewed, criterion: str, number: int, title: str) -> ReviewRow:
    rating: Rating | None = r.state.ratings.get(criterion) if criterion else r.state.global_rating
    value = r.values().get(criterion)
    reason = r.words(r.state.unrated_reasons.get(criterion, "")) if value is None else ""
    was = earlier_values(rating)
    if any(a.counts for a in r.amended) and rating is not None and rating.value is not None and rating.value != value:
        was = (*was, rating.value)
    needed = r.comment_needed(criterion)
    return ReviewRow(
        criterion=criterion,
        number=number,
        title=title,
        value=value,
        at_ms=position_ms(r.state, r.scenario, rating.at) if rating and rating.value is not None else 0,
        was=was,
        notes=tuple(r.words(n.text) for n in r.notes(criterion) if not n.id.startswith(COMMENT)),
        comment=r.comment(criterion),
        comment_needed=needed,
        reason=reason,
        needs=_needs(r, criterion, value, bool(reason), needed),
    )


def _needs(r: Reviewed, criterion: str, value: int | None, reason: bool, comment: bool) -> str:
    if r.state.record:
        return ""
    if value is None:
        takes_reason = bool(criterion) and r.framework.rules.unrated is Unrated.REASON
        if reason and takes_reason:
            return ""
        return say("view.review.rate_or_say_why") if takes_reason else say("view.review.rate_it")
    return say("view.review.comment_needed") if comment and not r.notes(criterion) else ""


def _total(r: Reviewed) -> tuple[str, str, str]:
    values = {c: v for c, v in r.values().items() if c}
    result = score(r.framework, r.scenario, values, r.state.unrated_reasons)
    count = len(r.scenario.criteria)
    rated = say("view.review.criteria_rated", rated=result.rated, count=count)
    return (
        say("view.review.total", total=result.total, most=result.most),
        say("view.review.added_up_computer", rated=rated),
        say(f"view.outcome.{outcome(result)}"),
    )


def _recording_words(gaps: Sequence[Gap]) -> str:
    if any(g.to_us == 0 and g.what == "picture" for g in gaps):
        return say("view.review.recording_ended_early_record")
    lost_us = sum(g.length_us for g in gaps if g.what == "picture")
    whole = (
        say("view.review.recording_whole_but", length=duration_words(lost_us))
        if lost_us
        else say("view.review.recording_whole")
    )
    less = {"still": say("view.review.picture_stood_still"), "sound": say("view.review.sound_missing")}
    found = [words for what, words in less.items() if any(g.what == what for g in gaps)]
    more = say("view.review.for_a_while", listed=" and ".join(found)) if found else ""
    return say("view.review.on_record", whole=whole, more=more) if gaps else whole


def _done(r: Reviewed) -> tuple[str, ...]:
    done = [say("view.review.candidate_confirmed_start")] if r.state.identity_confirmed else []
    if r.state.recordings:
        done.append(_recording_words(r.state.gaps))
    else:
        done.append(say("view.review.not_recorded"))
    if not missing(r.framework, r.scenario, r.state.values(), r.state.unrated_reasons):
        done.append(say("view.review.every_criterion_rated_or"))
    return tuple(done)


def _amendment_words(r: Reviewed, a: Corrected) -> str:
    numbers = {c.id: f"criterion {c.number}" for c in r.scenario.criteria} | {"": say("view.review.overall_judgement")}
    what = ", ".join(f"{numbers.get(c, c)} to {'none' if v is None else v}" for c, v in a.changes.items())
    when = Moment(0, "", a.wall_ms)
    said = f"{day_words(day_of(when))}, {local_time(a.wall_ms)}: {what}. {a.reason}".strip()
    if not a.counts and a.refused[0]:
        name, reason = a.refused
        return say("view.review.refused_by", said=said.rstrip(" ."), name=name, reason=reason).rstrip(": ")
    if not a.counts:
        late = say("view.review.waits_for_second") if a is r.waiting else say("view.review.replaced")
        return f"{said.rstrip(' .')}. {late}"
    return say("view.review.signed_second_time", said=said.rstrip(" ."), second=a.second) if a.second else said
