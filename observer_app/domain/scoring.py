# SPDX-License-Identifier: GPL-3.0-or-later
"""How ratings become a result, in exact arithmetic: the same ratings give the same result on every machine.

The rule, and why each part is as it is
1. The result rests on the **weighted mean** of the rated criteria (each value times its weight, over the weights
   of those rated), a `Fraction`: no rounding ever decides. Passing needs a mean of at least the framework's cut.
2. Besides, no rated criterion that samples a must-pass framework criterion may lie below the cut.
3. A criterion left out for a reason counts neither for nor against; it does not become a nought.
4. There is **no result** (`passed` None) while a criterion has neither rating nor reason, when nothing is rated,
   or when a must-pass criterion has no rating at all and nothing else has failed: what was not seen
   was not passed.
5. The overall judgement (global rating) is never part of the total. It is given on its own, for setting standards.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from observer_app.domain.framework import Framework, Unrated
from observer_app.domain.scenario import RatedCriterion, Scenario
from observer_app.errors import BadInput

__all__ = ["Score", "comment_needed", "missing", "outcome", "score"]


@dataclass(frozen=True, slots=True)
class Score:
    """A result. `total` and `most` are weighted sums over the rated criteria, `mean` is total over their weights.

    `passed` is None while there is no result. The tuples hold ids of rated criteria in pack order:
    `failed_must_pass` (must-pass and below the cut), `unseen_must_pass` (must-pass, without a rating anywhere),
    `below_cut` (every rating below the cut), `missing` (neither rating nor reason).
    """

    total: Fraction
    most: Fraction
    mean: Fraction | None
    rated: int
    passed: bool | None
    failed_must_pass: tuple[str, ...]
    unseen_must_pass: tuple[str, ...]
    below_cut: tuple[str, ...]
    missing: tuple[str, ...]


def score(
    framework: Framework,
    scenario: Scenario,
    ratings: Mapping[str, int],
    unrated_with_reason: Collection[str] = (),
) -> Score:
    """The result of ratings by criterion id. Raises BadInput for a criterion or value the packs do not know."""
    _check(framework, scenario, ratings)
    rated = [c for c in scenario.criteria if c.id in ratings]
    weights = sum(c.weight for c in rated)
    total = Fraction(sum(ratings[c.id] * c.weight for c in rated))
    mean = total / weights if weights else None
    cut = framework.rules.cut
    left = missing(framework, scenario, ratings, unrated_with_reason)
    failed = tuple(c.id for c in rated if _must_pass(framework, c) and ratings[c.id] < cut)
    unseen = _unseen(framework, scenario, ratings)
    return Score(
        total=total,
        most=Fraction(scenario.scale.values[-1] * weights),
        mean=mean,
        rated=len(rated),
        passed=_passed(mean, cut, bool(left), bool(failed), bool(unseen)),
        failed_must_pass=failed,
        unseen_must_pass=unseen,
        below_cut=tuple(c.id for c in rated if ratings[c.id] < cut),
        missing=left,
    )


def comment_needed(framework: Framework, value: int) -> bool:
    """Whether a rating lies so near the cut that it asks for a comment: within `comment_within` steps of the scale.

    Raises BadInput when the value is not on the scale.
    """
    values = framework.scale.values
    if value not in values:
        raise BadInput(f"{value} is not on the scale of “{framework.title}”.")
    steps = abs(values.index(value) - values.index(framework.rules.cut))
    return steps <= framework.rules.comment_within


def missing(
    framework: Framework, scenario: Scenario, ratings: Mapping[str, int], reasons: Collection[str] = ()
) -> tuple[str, ...]:
    """Ids of criteria that still keep the record from being signed, in pack order.

    Where the framework says BLOCK a reason does not help.
    """
    excused = frozenset(reasons) if framework.rules.unrated is Unrated.REASON else frozenset[str]()
    return tuple(c.id for c in scenario.criteria if c.id not in ratings and c.id not in excused)


def outcome(result: Score) -> str:
    """What it came to, without the reasons: passed, not_passed, not_yet (something is missing) or not_seen."""
    if result.passed is None:
        return "not_yet" if result.missing else "not_seen"
    return "passed" if result.passed else "not_passed"


def _passed(mean: Fraction | None, cut: int, left: bool, failed: bool, unseen: bool) -> bool | None:
    if left or mean is None:
        return None
    if failed or mean < cut:
        return False
    return None if unseen else True


def _must_pass(framework: Framework, criterion: RatedCriterion) -> bool:
    return any(name in framework.rules.must_pass for name in criterion.framework)


def _unseen(framework: Framework, scenario: Scenario, ratings: Mapping[str, int]) -> tuple[str, ...]:
    """Unrated criteria sampling a must-pass framework criterion that no rated criterion samples either."""
    seen = {name for c in scenario.criteria if c.id in ratings for name in c.framework}
    blind = [name for name in framework.rules.must_pass if name not in seen]
    return tuple(c.id for c in scenario.criteria if any(name in blind for name in c.framework))


def _check(framework: Framework, scenario: Scenario, ratings: Mapping[str, int]) -> None:
    if scenario.framework_id != framework.ref.id:
        raise BadInput(f"“{scenario.title}” is not rated on “{framework.title}”.")
    for name, value in ratings.items():
        if scenario.criterion(name) is None:
            raise BadInput(f"“{scenario.title}” has no criterion “{name}”.")
        if isinstance(value, bool) or value not in scenario.scale.values:
            raise BadInput(f"{value} is not on the scale of “{scenario.title}”.")
