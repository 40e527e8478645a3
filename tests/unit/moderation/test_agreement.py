# SPDX-License-Identifier: GPL-3.0-or-later
"""Agreement figures against values worked out by hand, and the cases in which there must be none."""

from __future__ import annotations

import numpy as np
import pytest

from observer_app.domain.framework import Scale, ScalePoint
from observer_app.errors import BadInput
from observer_app.moderation.agreement import Agreement, Figure, MarkPair, agreement, wilson


def scale(points: int) -> Scale:
    return Scale(tuple(ScalePoint(v, str(v)) for v in range(1, points + 1)))


def pairs_of(table: list[list[int]]) -> list[MarkPair]:
    """One record a pair; the row is the first mark, the column the second, both from 1."""
    found: list[MarkPair] = []
    for first, row in enumerate(table, 1):
        for second, count in enumerate(row, 1):
            found += [MarkPair(f"r{len(found) + n}", "c", first, second) for n in range(count)]
    return found


# Ten records. Squared distance seen: 2 x 1 + 1 x 4 = 6. By chance, with margins 3, 4, 3 on both sides:
# (4 x 12 x 1 + 2 x 9 x 4) / 10 = 12. Kappa = 1 - 6 / 12.
# AC2: weights 1, 3/4, 0; seen (7 + 2 x 3/4) / 10 = .85; chance 6 / 6 x (.21 + .24 + .21) = .66; .19 / .34.
TABLE = [[2, 1, 0], [0, 3, 1], [1, 0, 2]]


def test_by_hand() -> None:
    found = agreement(pairs_of(TABLE), scale(3), floor=10)
    assert (found.records, found.pairs, found.refused) == (10, 10, "")
    assert found.exact.value == pytest.approx(0.7)
    assert found.within_one.value == pytest.approx(0.9)
    assert found.kappa.value == pytest.approx(0.5)
    assert found.ac2.value == pytest.approx(0.19 / 0.34)
    assert found.mean_difference.value == pytest.approx((2 - 2) / 10)


def test_the_difference_is_second_minus_first() -> None:
    found = agreement(pairs_of([[0, 0, 8], [0, 2, 0], [0, 0, 0]]), scale(3), floor=2)
    assert found.mean_difference.value == pytest.approx(1.6)


def test_wilson_by_the_book() -> None:
    assert wilson(0.15, 120) == pytest.approx((0.0970, 0.2246), abs=5e-4)
    low, high = wilson(1.0, 10)
    assert (low, high) == pytest.approx((0.7225, 1.0), abs=5e-4)


def test_below_the_floor_there_are_words_and_no_figure() -> None:
    found = agreement(pairs_of(TABLE), scale(3), floor=11)
    assert found.refused == "10 records have been marked twice. Figures are shown from 11 records on."
    assert all(f.value is None and f.low is None and f.words for f in figures(found))
    one = agreement([MarkPair("r", "c", 1, 1)], scale(3), floor=0)
    assert one.refused.startswith("1 record has been marked twice.")
    assert agreement([], scale(3), floor=0).refused


def test_the_floor_counts_records_not_criteria() -> None:
    pairs = [MarkPair("r1", f"c{n}", 1 + n % 3, 1 + n % 3) for n in range(30)]
    assert agreement(pairs, scale(3), floor=2).refused


def test_no_certainty_when_no_mark_differs() -> None:
    found = agreement(pairs_of([[5, 0, 0], [0, 5, 0], [0, 0, 5]]), scale(3), floor=10)
    assert (found.kappa.value, found.kappa.low, found.kappa.high) == (1.0, None, None)
    assert "no likely range" in found.kappa.words
    assert found.exact.low is not None
    assert found.exact.low < 0.85


def test_kappa_is_not_given_where_every_mark_is_the_same_but_ac2_is() -> None:
    found = agreement(pairs_of([[0, 0, 0], [0, 20, 0], [0, 0, 0]]), scale(3), floor=10)
    assert found.kappa.value is None
    assert found.kappa.words
    assert found.ac2.value == pytest.approx(1.0)


def test_a_lone_difference_gives_no_convenient_range() -> None:
    found = agreement(pairs_of([[0, 1, 0], [0, 19, 0], [0, 0, 0]]), scale(3), floor=10)
    assert found.kappa.value == pytest.approx(0.0)
    assert found.kappa.low is None
    assert "too little" in found.kappa.words


def test_the_scale_counts_not_the_values_that_occur() -> None:
    short = agreement(pairs_of(TABLE), scale(3), floor=2).ac2.value
    table = [[*row, 0, 0, 0, 0] for row in TABLE] + [[0] * 7] * 4
    long = agreement(pairs_of(table), scale(7), floor=2).ac2.value
    assert short is not None
    assert long is not None
    assert long > short  # two points apart is less on a longer scale


def test_the_same_marks_give_the_same_figures_in_any_order() -> None:
    pairs = pairs_of(TABLE)
    assert agreement(pairs, scale(3), floor=2) == agreement(reversed(pairs), scale(3), floor=2)


def test_criteria_of_one_record_do_not_make_the_range_narrower() -> None:
    single = pairs_of(TABLE)
    many = [MarkPair(p.record, f"c{n}", p.first, p.second) for p in single for n in range(8)]
    one, eight = agreement(single, scale(3), floor=2), agreement(many, scale(3), floor=2)
    assert (eight.records, eight.pairs) == (10, 80)
    assert (eight.kappa, eight.exact) == (one.kappa, one.exact)


def test_the_range_holds_the_truth_about_as_often_as_it_says() -> None:
    truth = np.array(TABLE, dtype=float).ravel() / 10  # kappa .5 in the whole population
    chance = np.random.default_rng(7)
    inside = 0
    for _ in range(100):
        table = chance.multinomial(60, truth).reshape(3, 3).tolist()
        kappa = agreement(pairs_of(table), scale(3), floor=2).kappa
        assert kappa.low is not None
        assert kappa.high is not None
        inside += kappa.low <= 0.5 <= kappa.high
    assert 87 <= inside <= 100


@pytest.mark.parametrize("bad", [MarkPair("r", "c", 0, 1), MarkPair("r", "c", 1, 4), MarkPair("r0", "c", 1, 1)])
def test_marks_that_cannot_be_are_refused(bad: MarkPair) -> None:
    with pytest.raises(BadInput):
        agreement([*pairs_of(TABLE), bad], scale(3), floor=2)


def figures(found: Agreement) -> list[Figure]:
    return [found.exact, found.within_one, found.kappa, found.ac2, found.mean_difference]
