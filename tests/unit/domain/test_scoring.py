# SPDX-License-Identifier: GPL-3.0-or-later
"""Results: computed by hand here, exact there, and never a surprise when one rating changes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer_app.domain.framework import Criterion, Domain, Framework, PackRef, Rules, Scale, ScalePoint, Unrated
from observer_app.domain.scenario import Phase, RatedCriterion, Scenario
from observer_app.domain.scoring import comment_needed, missing, outcome, score
from observer_app.errors import BadInput

SCALE = Scale(tuple(ScalePoint(v, f"point {v}") for v in range(1, 8)))
IDS = ("a", "b", "c", "d")


def packs(
    weights: tuple[int, ...] = (1, 1, 1, 2),
    must_pass: tuple[str, ...] = ("f-d",),
    unrated: Unrated = Unrated.REASON,
    scale: Scale = SCALE,
    cut: int = 4,
) -> tuple[Framework, Scenario]:
    criteria = tuple(Criterion(f"f-{i}", i, i, "dom") for i in IDS)
    rules = Rules(cut=cut, comment_within=1, unrated=unrated, must_pass=must_pass)
    framework = Framework(
        PackRef("fw", "1", "0" * 64), "Frame", "Sample.", True, scale, scale, "Overall?",
        (Domain("dom", "Domain", criteria),), rules, "I declare.",
    )  # fmt: skip
    rated = tuple(
        RatedCriterion(i, n, i, (f"f-{i}",), tuple((v, f"{i} at {v}") for v in scale.values), w)
        for n, (i, w) in enumerate(zip(IDS, weights, strict=True), 1)
    )
    phase = Phase("sim", "Simulation", 30, recorded=True, interview=True)
    scenario = Scenario(
        PackRef("sc", "1", "1" * 64), "Visit", True, "fw", (phase,), "brief", "notes", rated, scale, "Overall?", scale
    )
    return framework, scenario


full_ratings = st.fixed_dictionaries({i: st.integers(1, 7) for i in IDS})
some_ratings = st.dictionaries(st.sampled_from(IDS), st.integers(1, 7))
weights = st.tuples(*(st.integers(1, 9) for _ in IDS))


def test_by_hand() -> None:
    framework, scenario = packs()
    result = score(framework, scenario, {"a": 5, "b": 3, "c": 4, "d": 4})
    assert (result.total, result.most, result.mean) == (20, 35, Fraction(4))
    assert (result.passed, result.below_cut, result.failed_must_pass) == (True, ("b",), ())
    assert outcome(result) == "passed"


def test_one_hair_below_the_cut_is_below() -> None:
    framework, scenario = packs(weights=(1, 1, 1, 1), must_pass=())
    result = score(framework, scenario, {"a": 4, "b": 4, "c": 4, "d": 3})
    assert result.mean == Fraction(15, 4)
    assert result.passed is False
    assert outcome(result) == "not_passed"


def test_a_must_pass_criterion_fails_the_whole_whatever_the_mean() -> None:
    framework, scenario = packs()
    result = score(framework, scenario, {"a": 7, "b": 7, "c": 7, "d": 3})
    assert result.mean is not None
    assert result.mean > 4
    assert (result.passed, result.failed_must_pass) == (False, ("d",))


def test_no_result_while_something_is_missing() -> None:
    framework, scenario = packs()
    result = score(framework, scenario, {"a": 1, "d": 1}, ["b"])
    assert (result.passed, result.missing) == (None, ("c",))
    assert outcome(result) == "not_yet"


def test_left_out_for_a_reason_is_no_nought() -> None:
    framework, scenario = packs()
    result = score(framework, scenario, {"a": 4, "b": 4, "d": 4}, ["c"])
    assert (result.mean, result.rated, result.passed) == (Fraction(4), 3, True)


def test_what_was_not_seen_was_not_passed() -> None:
    framework, scenario = packs()
    result = score(framework, scenario, {"a": 7, "b": 7, "c": 7}, ["d"])
    assert (result.passed, result.unseen_must_pass) == (None, ("d",))
    assert outcome(result) == "not_seen"
    assert score(framework, scenario, {"a": 1, "b": 1, "c": 1}, ["d"]).passed is False


def test_a_must_pass_criterion_seen_elsewhere_is_seen() -> None:
    framework, scenario = packs()
    both = replace(scenario.criteria[2], framework=("f-c", "f-d"))
    scenario = replace(scenario, criteria=(*scenario.criteria[:2], both, scenario.criteria[3]))
    result = score(framework, scenario, {"a": 5, "b": 5, "c": 5}, ["d"])
    assert (result.passed, result.unseen_must_pass) == (True, ())


def test_nothing_rated_is_no_result() -> None:
    framework, scenario = packs()
    result = score(framework, scenario, {}, IDS)
    assert (result.mean, result.passed, result.total) == (None, None, 0)


def test_where_the_framework_blocks_a_reason_does_not_help() -> None:
    framework, scenario = packs(unrated=Unrated.BLOCK)
    assert missing(framework, scenario, {"a": 4}, ["b", "c"]) == ("b", "c", "d")
    assert score(framework, scenario, {"a": 4, "b": 4, "d": 4}, ["c"]).passed is None


@pytest.mark.parametrize(("value", "needed"), [(1, False), (2, False), (3, True), (4, True), (5, True), (6, False)])
def test_a_comment_is_asked_for_next_to_the_cut(value: int, needed: bool) -> None:
    assert comment_needed(packs()[0], value) is needed


def test_next_to_the_cut_means_steps_of_the_scale() -> None:
    wide = Scale(tuple(ScalePoint(v, str(v)) for v in (0, 2, 5, 9)))
    framework, _ = packs(scale=wide, cut=5)
    assert [v for v in wide.values if comment_needed(framework, v)] == [2, 5, 9]


@pytest.mark.parametrize("ratings", [{"z": 4}, {"a": 8}, {"a": 0}, {"a": True}, {"": 4}])
def test_what_the_packs_do_not_know_is_refused(ratings: dict[str, int]) -> None:
    framework, scenario = packs()
    with pytest.raises(BadInput):
        score(framework, scenario, ratings)


def test_packs_that_do_not_belong_together_are_refused() -> None:
    framework, scenario = packs()
    with pytest.raises(BadInput, match="not rated on"):
        score(framework, replace(scenario, framework_id="other"), {})


@given(full_ratings, weights)
def test_the_mean_lies_between_the_lowest_and_the_highest(ratings: dict[str, int], w: tuple[int, ...]) -> None:
    result = score(*packs(weights=w), ratings)
    assert result.mean is not None
    assert min(ratings.values()) <= result.mean <= max(ratings.values())
    assert result.total == sum(ratings[i] * x for i, x in zip(IDS, w, strict=True))


@given(full_ratings, weights, st.sampled_from(IDS))
def test_a_better_rating_never_fails_a_pass(ratings: dict[str, int], w: tuple[int, ...], which: str) -> None:
    before = score(*packs(weights=w), ratings)
    after = score(*packs(weights=w), {**ratings, which: min(7, ratings[which] + 1)})
    assert not (before.passed is True and after.passed is not True)
    assert set(after.below_cut) <= set(before.below_cut)


@given(full_ratings, weights)
def test_passing_is_exactly_the_rule(ratings: dict[str, int], w: tuple[int, ...]) -> None:
    result = score(*packs(weights=w), ratings)
    assert result.mean is not None
    assert result.passed is (result.mean >= 4 and not result.failed_must_pass)


@given(full_ratings, st.integers(2, 50))
def test_only_the_proportion_of_weights_counts(ratings: dict[str, int], times: int) -> None:
    one = score(*packs(weights=(1, 2, 3, 4)), ratings)
    many = score(*packs(weights=(times, 2 * times, 3 * times, 4 * times)), ratings)
    assert (one.mean, one.passed) == (many.mean, many.passed)


@given(some_ratings, st.sets(st.sampled_from(IDS)))
def test_a_result_only_when_nothing_is_missing(ratings: dict[str, int], reasons: set[str]) -> None:
    framework, scenario = packs()
    result = score(framework, scenario, ratings, reasons)
    assert result.missing == missing(framework, scenario, ratings, reasons)
    assert set(result.missing) == set(IDS) - set(ratings) - reasons
    if result.missing:
        assert result.passed is None
