# SPDX-License-Identifier: GPL-3.0-or-later
"""Side by side: every difference named, nothing settled by default, the result computed anew."""

from __future__ import annotations

import json

import pytest

from observer_app.domain.framework import Framework
from observer_app.domain.scenario import Scenario
from observer_app.errors import BadInput
from observer_app.moderation.adjudication import Choice, compare, decide, decision_body
from observer_app.packs.loading import load_framework, load_scenario
from observer_app.shipped import shipped

LIVE = {"relationship": 5, "purpose": 4, "listening": 5, "risk": 4, "child-in-view": 4, "authority": 6,
        "difference": 5, "next-steps": 4}  # fmt: skip
REPLAY = {**LIVE, "listening": 4, "risk": 3, "authority": 5}


@pytest.fixture(scope="module")
def framework() -> Framework:
    return load_framework(shipped("rubrics") / "child-and-family-practitioner.yaml")


@pytest.fixture(scope="module")
def scenario(framework: Framework) -> Scenario:
    return load_scenario(shipped("resources") / "scenarios" / "first-home-visit.yaml", [framework])


def test_every_difference_is_named(framework: Framework, scenario: Scenario) -> None:
    found = compare(framework, scenario, LIVE, REPLAY)
    assert [row.words for row in found.rows] == [
        "Same", "Same", "1 apart", "Across the pass mark", "Same", "1 apart", "Same", "Same",
    ]  # fmt: skip
    assert found.open == ("listening", "risk", "authority")
    assert (found.live.passed, found.replay.passed) == (True, False)


def test_across_the_pass_mark_from_either_side(framework: Framework, scenario: Scenario) -> None:
    there = compare(framework, scenario, {"risk": 3}, {"risk": 4}).rows[3]
    back = compare(framework, scenario, {"risk": 7}, {"risk": 1}).rows[3]
    below = compare(framework, scenario, {"risk": 3}, {"risk": 1}).rows[3]
    assert (there.across_cut, there.steps, back.across_cut, back.steps) == (True, 1, True, 6)
    assert (below.across_cut, below.words) == (False, "2 apart")


def test_a_mark_given_by_one_only_is_open(framework: Framework, scenario: Scenario) -> None:
    found = compare(framework, scenario, {"risk": 4}, {"purpose": 4})
    words = {row.criterion: row.words for row in found.rows}
    assert (words["risk"], words["purpose"], words["listening"]) == (
        "Marked by one only",
        "Marked by one only",
        "Not marked",
    )
    assert set(found.open) == {"risk", "purpose"}


def test_the_result_is_computed_from_the_decided_marks(framework: Framework, scenario: Scenario) -> None:
    found = compare(framework, scenario, LIVE, REPLAY)
    choices = {"listening": Choice.LIVE, "risk": Choice.REPLAY, "authority": Choice.LIVE}
    decided = decide(framework, scenario, found, choices)
    assert dict(decided.marks) == {**LIVE, "risk": 3}
    assert (decided.result.passed, decided.result.failed_must_pass) == (False, ("risk",))
    assert decide(framework, scenario, found, {**choices, "risk": Choice.LIVE}).result.passed is True


def test_a_third_marker_leaves_the_result_open(framework: Framework, scenario: Scenario) -> None:
    found = compare(framework, scenario, LIVE, REPLAY)
    choices = {"listening": Choice.LIVE, "risk": Choice.THIRD, "authority": Choice.LIVE}
    decided = decide(framework, scenario, found, choices)
    assert (decided.awaiting, decided.result.passed) == (("risk",), None)


def test_nothing_is_settled_by_default(framework: Framework, scenario: Scenario) -> None:
    found = compare(framework, scenario, LIVE, REPLAY)
    with pytest.raises(BadInput, match="No decision yet about “authority”, “listening”"):
        decide(framework, scenario, found, {"risk": Choice.LIVE})
    everything = dict.fromkeys(found.open, Choice.LIVE)
    with pytest.raises(BadInput, match="nothing to decide about “purpose”"):
        decide(framework, scenario, found, {**everything, "purpose": Choice.REPLAY})


def test_a_mark_never_given_cannot_be_chosen(framework: Framework, scenario: Scenario) -> None:
    replay = {name: value for name, value in LIVE.items() if name != "purpose"}
    found = compare(framework, scenario, LIVE, replay, replay_reasons=["purpose"])
    with pytest.raises(BadInput, match="never given"):
        decide(framework, scenario, found, {"purpose": Choice.REPLAY})
    decided = decide(framework, scenario, found, {"purpose": Choice.REPLAY}, reasons=["purpose"])
    assert "purpose" not in dict(decided.marks)
    assert decided.result.passed is True


def test_the_body_holds_ids_whole_numbers_and_hashes_only(framework: Framework, scenario: Scenario) -> None:
    found = compare(framework, scenario, LIVE, REPLAY)
    decided = decide(framework, scenario, found, dict.fromkeys(found.open, Choice.REPLAY))
    body = decision_body("rec", "rep", decided, "ab" * 32)
    assert json.loads(json.dumps(body)) == body
    assert body["choices"] == {"listening": "replay", "risk": "replay", "authority": "replay"}
    assert body["ratings"] == REPLAY
    assert "." not in json.dumps(body["ratings"])
