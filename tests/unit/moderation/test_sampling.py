# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules choose what they must, the lot is fair within each assessor, and anyone can draw it again."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer_app.domain.framework import Rules, Unrated
from observer_app.errors import BadInput
from observer_app.moderation.sampling import Chosen, MarkedRecord, Reason, choose, commitment, ticket

SEED = b"published after!"
RULES = Rules(cut=4, comment_within=1, unrated=Unrated.REASON, moderation_share_percent=0, moderate_within=1)


def good(name: str, assessor: str = "A") -> MarkedRecord:
    return MarkedRecord(name, assessor, True, Fraction(6))


def reasons(chosen: tuple[Chosen, ...]) -> dict[str, tuple[Reason, ...]]:
    return {c.record: c.reasons for c in chosen}


def test_the_rules_by_hand() -> None:
    records = [
        good("fine"),
        MarkedRecord("fail", "A", False, Fraction(2)),
        MarkedRecord("just-near", "A", True, Fraction(5)),
        MarkedRecord("just-not-near", "A", True, Fraction(5) + Fraction(1, 1000)),
        MarkedRecord("near-fail", "A", False, Fraction(3)),
        MarkedRecord("open", "A", None, None),
        replace(good("flag"), flagged=True),
    ]
    assert reasons(choose(records, RULES, SEED)) == {
        "fail": (Reason.FAILED,),
        "just-near": (Reason.NEAR_CUT,),
        "near-fail": (Reason.FAILED, Reason.NEAR_CUT),
        "open": (Reason.UNDECIDED,),
        "flag": (Reason.FLAGGED,),
    }


def test_a_framework_may_leave_fails_alone() -> None:
    fail = MarkedRecord("fail", "A", False, Fraction(2))
    assert choose([fail], replace(RULES, moderate_fails=False), SEED) == ()


def test_every_assessor_gets_a_share_rounded_up() -> None:
    records = [good(f"{who}{n}", who) for who, many in (("A", 21), ("B", 5), ("C", 1)) for n in range(many)]
    chosen = choose(records, replace(RULES, moderation_share_percent=10), SEED)
    assert Counter(c.assessor for c in chosen) == {"A": 3, "B": 1, "C": 1}
    assert {c.reasons for c in chosen} == {(Reason.DRAWN,)}


def test_the_lot_is_drawn_over_all_records_of_the_assessor() -> None:
    passes = [good(f"r{n}") for n in range(40)]
    fails = [replace(r, passed=False, mean=Fraction(2)) for r in passes]
    rules = replace(RULES, moderation_share_percent=25)
    drawn = {c.record for c in choose(passes, rules, SEED)}
    assert drawn == {c.record for c in choose(fails, rules, SEED) if Reason.DRAWN in c.reasons}


def test_the_whole_share_and_none() -> None:
    records = [good(f"r{n}") for n in range(7)]
    assert len(choose(records, replace(RULES, moderation_share_percent=100), SEED)) == 7
    assert choose(records, RULES, SEED) == ()


def test_anyone_can_draw_the_lot_again() -> None:
    records = [good(f"r{n}") for n in range(30)]
    chosen = choose(records, replace(RULES, moderation_share_percent=10), SEED)
    by_hand = sorted(hmac.digest(SEED, f"r{n}".encode(), "sha256") for n in range(30))[:3]
    assert [ticket(c.record, SEED) for c in chosen] == by_hand
    assert commitment(SEED) == hashlib.sha256(SEED).hexdigest()


@given(st.permutations([f"r{n}" for n in range(12)]))
def test_the_order_of_the_list_does_not_matter(names: list[str]) -> None:
    rules = replace(RULES, moderation_share_percent=25)
    assert choose([good(n) for n in names], rules, SEED) == choose([good(f"r{n}") for n in range(12)], rules, SEED)


def test_every_record_is_drawn_about_as_often() -> None:
    records = [good(f"r{n}") for n in range(10)]
    rules = replace(RULES, moderation_share_percent=20)
    counts = Counter(c.record for n in range(1000) for c in choose(records, rules, n.to_bytes(16, "big")))
    assert sum(counts.values()) == 2000
    assert all(140 <= counts[f"r{n}"] <= 260 for n in range(10))  # 200 expected, standard deviation 12.6


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(BadInput, match="twice"):
        choose([good("r"), good("r")], RULES, SEED)
    with pytest.raises(BadInput, match="too short"):
        choose([good("r")], RULES, b"short")
    with pytest.raises(BadInput, match="per cent"):
        choose([good("r")], replace(RULES, moderation_share_percent=101), SEED)
