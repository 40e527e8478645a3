# SPDX-License-Identifier: GPL-3.0-or-later
"""Two sets of marks side by side, and the decision about them. Pure; neither set is ever changed.

The result after a decision is computed anew from the decided marks by the same rule as every result, so that a
decision about one criterion cannot silently settle the whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from observer_app.domain.framework import Framework
from observer_app.domain.scenario import Scenario
from observer_app.domain.scoring import Score, score
from observer_app.errors import BadInput

__all__ = ["Choice", "Comparison", "Decided", "Difference", "compare", "decide", "decision_body"]


class Choice(StrEnum):
    """What is decided about one criterion: the live mark stands, the replay mark stands, or a third person marks."""

    LIVE = "live"
    REPLAY = "replay"
    THIRD = "third"


@dataclass(frozen=True, slots=True)
class Difference:
    """One criterion by both. A mark is None where it was not given; `steps` apart on the scale, None without both.

    `across_cut`: one mark lies below the cut and the other does not.
    """

    criterion: str
    live: int | None
    replay: int | None
    steps: int | None
    across_cut: bool

    @property
    def words(self) -> str:
        """The difference as shown: Same, 1 apart, Across the pass mark, Marked by one only, Not marked."""
        if self.steps is None:
            return "Not marked" if self.live is None and self.replay is None else "Marked by one only"
        if self.across_cut:
            return "Across the pass mark"
        return f"{self.steps} apart" if self.steps else "Same"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sets of marks, criterion by criterion in pack order, with both results."""

    rows: tuple[Difference, ...]
    live: Score
    replay: Score

    @property
    def open(self) -> tuple[str, ...]:
        """Criteria that need a decision: every one whose marks are not the same."""
        return tuple(row.criterion for row in self.rows if row.live != row.replay)


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision: a choice for every open criterion, the marks that follow, and their result.

    `result.passed` is None while a third person's mark is awaited.
    """

    choices: tuple[tuple[str, Choice], ...]
    marks: tuple[tuple[str, int], ...]
    awaiting: tuple[str, ...]
    result: Score


def compare(
    framework: Framework,
    scenario: Scenario,
    live: Mapping[str, int],
    replay: Mapping[str, int],
    *,
    live_reasons: Collection[str] = (),
    replay_reasons: Collection[str] = (),
) -> Comparison:
    """Both sets side by side. The reasons are criteria left unrated for a reason. Raises BadInput as `score` does."""
    values = scenario.scale.values
    cut = framework.rules.cut
    one = score(framework, scenario, live, live_reasons)
    two = score(framework, scenario, replay, replay_reasons)
    rows = []
    for criterion in scenario.criteria:
        a, b = live.get(criterion.id), replay.get(criterion.id)
        if a is None or b is None:
            rows.append(Difference(criterion.id, a, b, None, False))
        else:
            steps = abs(values.index(a) - values.index(b))
            rows.append(Difference(criterion.id, a, b, steps, (a < cut) != (b < cut)))
    return Comparison(tuple(rows), one, two)


def decide(
    framework: Framework,
    scenario: Scenario,
    comparison: Comparison,
    choices: Mapping[str, Choice],
    *,
    reasons: Collection[str] = (),
) -> Decided:
    """The decision that follows from a choice for every open criterion, and for no other.

    `reasons` are criteria left unrated for a reason in the set that is chosen. Raises BadInput where a choice is
    missing, too many, or picks a mark that was never given and has no reason.
    """
    _check_choices(comparison, choices)
    marks: dict[str, int] = {}
    awaiting: list[str] = []
    for row in comparison.rows:
        choice = choices.get(row.criterion, Choice.LIVE)
        if choice is Choice.THIRD:
            awaiting.append(row.criterion)
            continue
        value = row.live if choice is Choice.LIVE else row.replay
        if value is not None:
            marks[row.criterion] = value
        elif row.criterion not in reasons:
            raise BadInput("The mark chosen was never given.", advice="Choose the other, or a third marker.")
    result = score(framework, scenario, marks, [name for name in reasons if name not in awaiting])
    ordered = tuple((name, choices[name]) for name in comparison.open)
    return Decided(ordered, tuple(marks.items()), tuple(awaiting), result)


def decision_body(record: str, replay: str, decided: Decided, reason_hash: str) -> dict[str, object]:
    """The decision as text and whole numbers, ready to be signed beside the record; ids and hashes only.

    `record` and `replay` are the ids of the two signed statements; `reason_hash` the salted hash of the written
    reason, which is kept beside. The result is left out on purpose: it follows from the marks and the packs.
    """
    return {
        "record": record,
        "replay": replay,
        "choices": {name: choice.value for name, choice in decided.choices},
        "ratings": dict(decided.marks),
        "awaiting": list(decided.awaiting),
        "reason": reason_hash,
    }


def _check_choices(comparison: Comparison, choices: Mapping[str, Choice]) -> None:
    left = _listed(set(comparison.open) - set(choices))
    if left:
        raise BadInput(f"No decision yet about {left}.", advice="Decide every criterion on which the marks differ.")
    extra = _listed(set(choices) - set(comparison.open))
    if extra:
        raise BadInput(f"There is nothing to decide about {extra}: both marks are the same.")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in sorted(names))
