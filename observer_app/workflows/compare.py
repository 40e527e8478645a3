# SPDX-License-Identifier: GPL-3.0-or-later
"""Both sets of marks side by side, how far they agree, and what is decided: only for who has signed their own.

The live marks are the assessor's as amended by the assessor; figures over many records take the marks as first signed,
for an amendment made later would make two people look more alike than they were.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime

from observer_app.domain.events import Kind
from observer_app.domain.scenario import RatedCriterion
from observer_app.errors import BadInput, Conflict, ObserverError
from observer_app.moderation.adjudication import Choice, Comparison, Difference, compare, decide
from observer_app.moderation.agreement import Agreement, MarkPair, agreement
from observer_app.vault.texts import SaltedText
from observer_app.workflows.board_views import AgreementView, CompareRow, CompareView
from observer_app.workflows.film import Film
from observer_app.workflows.live_view import began
from observer_app.workflows.moments import live_clips
from observer_app.workflows.reasoned import sign_with_reason
from observer_app.workflows.record_parts import OpenedRecord, SecondMark
from observer_app.workflows.records import RecordReader
from observer_app.workflows.review_view import COMMENT
from observer_app.workflows.sealing import outcome_of
from observer_app.workflows.signing import Signatory
from observer_app.workflows.timekeeping import day_words
from observer_app.workflows.views import OVERALL, MarkView
from observer_app.workflows.words import say

__all__ = ["Comparing", "marked_twice"]


@dataclass(frozen=True)
class Comparing:
    """One record with the moderator's signed marks; `film` None while the recording is not here."""

    reader: RecordReader
    opened: OpenedRecord
    mine: SecondMark
    film: Film | None

    # ---- the screen ----

    def view(self) -> CompareView:
        """The Compare screen. Raises BadInput when the packs are not here."""
        framework, scenario = self.opened.packs()
        found = self._comparison()
        rows = [self._row(c, d) for c, d in zip(scenario.criteria, found.rows, strict=True)]
        rows.append(self._overall())
        cut = framework.rules.cut
        header = self.opened.verified.statement.header
        return CompareView(
            record=self.opened.id,
            candidate=self.opened.candidate,
            scenario=scenario.title,
            live_by=f"{self.reader.store.person_name(self.opened.assessor)}, {_day(header.claimed_wall_ms)}",
            replay_by=f"you, {_day(self.mine.signed_ms)}",
            scale=scenario.scale.values,
            cut=cut,
            cut_words=say(
                "view.compare.or_more_passes_from", cut=cut, title=framework.title, version=framework.ref.version
            ),
            rows=tuple(rows),
            marks=self._marks(rows),
            agreement=self._agreement(rows),
            decided=self._decided(),
            live_gaps=self._gaps(),
        )

    def _comparison(self) -> Comparison:
        framework, scenario = self.opened.packs()
        return compare(
            framework,
            scenario,
            self.opened.amended_ratings,
            self.mine.ratings,
            live_reasons=self.opened.unrated,
            replay_reasons=self.mine.unrated,
        )

    def _row(self, criterion: RatedCriterion, difference: Difference) -> CompareRow:
        return CompareRow(
            criterion=criterion.id,
            number=criterion.number,
            title=criterion.title,
            live=difference.live,
            replay=difference.replay,
            live_ms=self._live_ms(criterion.id),
            replay_ms=self.mine.at_ms.get(criterion.id, 0),
            live_notes=self._live_notes(criterion.id),
            replay_notes=self._replay_notes(criterion.id),
            difference=difference.words,
            across_cut=difference.across_cut,
            decision=self._decision(criterion.id, difference),
        )

    def _overall(self) -> CompareRow:
        _, scenario = self.opened.packs()
        live, replay, values = self.opened.overall, self.mine.overall, scenario.global_scale.values
        if live is None or replay is None:
            words = (
                say("view.compare.not_marked")
                if live is None and replay is None
                else say("view.compare.marked_one_only")
            )
        else:
            steps = abs(values.index(live) - values.index(replay))
            words = say("view.compare.apart", steps=steps) if steps else say("view.compare.same")
        return CompareRow(
            "", 0, OVERALL, live, replay, self._live_ms(""), self.mine.at_ms.get("", 0),
            self._live_notes(""), self._replay_notes(""), words, False,
        )  # fmt: skip

    def _live_ms(self, criterion: str) -> int:
        """Where the live mark was given, on the recording's time; on the observation's own where no recording is."""
        state = self.opened.state
        rating = None
        if state is not None:
            rating = state.ratings.get(criterion) if criterion else state.global_rating
        place = self.film.position_ms(rating.at) if self.film is not None and rating is not None else None
        return place if place is not None else self.opened.live_ms(criterion)

    def _live_notes(self, criterion: str) -> tuple[str, ...]:
        state = self.opened.state
        notes = state.notes if state is not None else ()
        return tuple(w for n in notes if n.criterion == criterion and (w := self.opened.words(n.text)))

    def _replay_notes(self, criterion: str) -> tuple[str, ...]:
        return tuple(words for c, words, _ in self.mine.notes if c == criterion and words)

    def _marks(self, rows: list[CompareRow]) -> tuple[MarkView, ...]:
        """Both sets on one timeline; `lane` tells whose ("live", "replay"). Live notes and flags need the recording:
        without it nothing says where in it they lie."""
        marks = [MarkView("live", Kind.RATED, r.live_ms, str(r.live)) for r in rows if r.live is not None]
        marks += [MarkView("replay", Kind.RATED, r.replay_ms, str(r.replay)) for r in rows if r.replay is not None]
        marks += [MarkView("replay", Kind.NOTE_WRITTEN, at_ms, "") for _, _, at_ms in self.mine.notes]
        own = self.mine.state.clips if self.mine.state is not None else ()
        marks += [MarkView("replay", Kind.CLIP_MARKED, c.from_us // 1000, "", True, c.to_us // 1000) for c in own]
        state = self.opened.state
        if state is not None and self.film is not None:
            moments = [(Kind.NOTE_WRITTEN, began(n)) for n in state.notes if not n.id.startswith(COMMENT)]
            moments += [(Kind.FLAGGED, flag.at) for flag in state.flags]
            for kind, at in moments:
                place = self.film.position_ms(at)
                if place is not None:
                    marks.append(MarkView("live", kind, place, ""))
            for start, end in live_clips(self.opened, self.film):
                marks.append(MarkView("live", Kind.CLIP_MARKED, start, "", True, end))
        return tuple(sorted(marks, key=lambda m: m.at_ms))

    def _gaps(self) -> tuple[MarkView, ...]:
        spans = self.film.gaps() if self.film is not None else ()
        return tuple(MarkView("marks", "gap", start, say("view.compare.no_picture"), True, end) for start, end in spans)

    # ---- agreement ----

    def _agreement(self, rows: list[CompareRow]) -> AgreementView:
        framework, scenario = self.opened.packs()
        both = [(r.live, r.replay) for r in rows if r.live is not None and r.replay is not None]
        same = sum(1 for row in rows if row.difference == "Same")
        near = sum(1 for row in rows if row.difference == "Same" or _one_apart(row, scenario.scale.values))
        floor = framework.rules.agreement_floor
        found = agreement(marked_twice(self.reader, self.opened), scenario.scale, floor=floor)
        return _agreement_view(found, f"{same} of {len(both)}", f"{near} of {len(both)}")

    # ---- the decision ----

    def _decided(self) -> bool:
        return any(a.decision != "second_look" for a in self.opened.adjudications)

    def _decision(self, criterion: str, difference: Difference) -> str:
        """Which mark was decided for: live, replay or third; "" while nothing was, or there was nothing to decide."""
        if not self.opened.adjudications or difference.live == difference.replay:
            return ""
        decided = self.opened.adjudications[-1].ratings.get(criterion)
        if decided is None and self.opened.adjudications[-1].decision == "second_look":
            return Choice.THIRD.value
        return Choice.LIVE.value if decided == difference.live else Choice.REPLAY.value

    def decide(self, decisions: dict[str, str], reason: str, passphrase: str, signatory: Signatory) -> Future[str]:
        """SLOW. Signs the decision beside the record; the statement's id. The reason is sealed with the record's notes.

        Raises BadInput (a criterion undecided, no reason), Conflict (decided already), WrongPassphrase.
        """
        if self._decided():
            raise Conflict("This record has been decided.", advice="The decision stands beside both sets of marks.")
        if not reason.strip():
            raise BadInput("A reason is needed.", advice="Say what was seen and where; the candidate may read it.")
        if any(choice not in set(Choice) for choice in decisions.values()):
            raise BadInput("A decision is for the live mark, the replay mark or a third marker.")
        framework, scenario = self.opened.packs()
        choices = {criterion: Choice(choice) for criterion, choice in decisions.items()}
        decided = decide(
            framework, scenario, self._comparison(), choices, reasons=self.opened.unrated | self.mine.unrated
        )
        salted = SaltedText.new(reason.strip())
        notes_key = self.reader.evidence_key(self.opened.observation)
        changed = any(choice is Choice.REPLAY for _, choice in decided.choices)
        body = {
            "records": [self.opened.id],
            "decision": "second_look" if decided.awaiting else "changed" if changed else "upheld",
            "reason_sha256": salted.hash,
            "ratings": [{"criterion": c, "value": v} for c, v in decided.marks],
            "outcome": outcome_of(decided.result),
        }
        key = signatory.unlock(passphrase)
        return sign_with_reason(
            signatory, self.reader.files, "adjudication", body, key, salted, notes_key, about=self.opened.id
        )


def marked_twice(reader: RecordReader, like: OpenedRecord) -> list[MarkPair]:
    """Every pair of marks of records here that were marked twice on the same framework and scale, the first second
    mark of each. A record that cannot be opened gives none: it is named when it is opened itself."""
    framework, scenario = like.packs()
    pairs: list[MarkPair] = []
    for record in reader.kept.marked_twice():
        try:
            opened = reader.open(record)
        except ObserverError:
            continue
        theirs, there = opened.framework, opened.scenario
        if theirs is None or there is None or theirs.ref.id != framework.ref.id or not opened.second_marks:
            continue
        if there.scale.values == scenario.scale.values:
            first, second = opened.signed_ratings, opened.second_marks[0].ratings
            pairs += [MarkPair(record, c, first[c], second[c]) for c in sorted(first.keys() & second.keys())]
    return pairs


def _one_apart(row: CompareRow, values: tuple[int, ...]) -> bool:
    if row.live is None or row.replay is None:
        return False
    if row.criterion and row.live in values and row.replay in values:
        return abs(values.index(row.live) - values.index(row.replay)) == 1
    return row.difference == "1 apart"


def _agreement_view(found: Agreement, same: str, within_one: str) -> AgreementView:
    """This record's own shares, and the figure over all records with its range, or the words why there is none."""
    caution = say("view.compare.one_record_too_few")
    figure = found.kappa
    if found.refused:
        return AgreementView(same, within_one, caution, found.refused, records=found.records)
    if figure.value is None or figure.low is None or figure.high is None:
        words = f"{figure.value:.2f}. {figure.words}" if figure.value is not None else figure.words
        return AgreementView(same, within_one, caution, words, records=found.records)
    words = say("view.compare.likely", value=f"{figure.value:.2f}", low=f"{figure.low:.2f}", high=f"{figure.high:.2f}")
    return AgreementView(same, within_one, caution, words, figure.low, figure.value, figure.high, found.records)


def _day(wall_ms: int) -> str:
    return day_words(datetime.fromtimestamp(wall_ms / 1000).date().isoformat())
