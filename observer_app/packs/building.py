# SPDX-License-Identifier: GPL-3.0-or-later
"""From a pack's checked values to the domain's types. Only called once no fault is left."""

from __future__ import annotations

import hashlib
from typing import Any

from observer_app.domain.framework import (
    Criterion,
    Domain,
    Framework,
    PackRef,
    Rules,
    Scale,
    ScalePoint,
    Unrated,
)
from observer_app.domain.scenario import Phase, RatedCriterion, Scenario

__all__ = ["build_framework", "build_scenario"]

_PLAIN_RULES = ("second_signature", "repeat_guard_ms", "clip_lead_ms", "clip_lag_ms")


def build_framework(tree: dict[str, Any], data: bytes) -> Framework:
    """The framework; `data` are the file's bytes, whose hash names it."""
    scale = _scale(tree["scale"])
    overall = tree["global_rating"]
    return Framework(
        ref=_ref(tree, data),
        title=tree["title"],
        notice=tree["notice"],
        sample=tree["sample"],
        scale=scale,
        global_scale=_scale(overall["scale"]) if "scale" in overall else scale,
        global_question=overall["question"],
        domains=tuple(_domain(row) for row in tree["domains"]),
        rules=_rules(tree["rules"]),
        declaration=tree["declaration"],
        snippets=tuple((row["keys"], row["text"]) for row in tree.get("snippets", ())),
    )


def build_scenario(tree: dict[str, Any], data: bytes, framework: Framework) -> Scenario:
    """The scenario, with the framework's scale; `data` are the file's bytes, whose hash names it."""
    overall = tree["global_rating"]
    return Scenario(
        ref=_ref(tree, data),
        title=tree["title"],
        sample=tree["sample"],
        framework_id=tree["framework"],
        phases=tuple(_phase(row) for row in tree["phases"]),
        candidate_brief=tree["candidate_brief"],
        role_player_notes=tree["role_player_notes"],
        criteria=tuple(_rated(number, row) for number, row in enumerate(tree["criteria"], 1)),
        scale=framework.scale,
        global_question=overall["question"],
        global_scale=_scale(overall["scale"]) if "scale" in overall else framework.global_scale,
    )


def _ref(tree: dict[str, Any], data: bytes) -> PackRef:
    return PackRef(tree["id"], tree["version"], hashlib.sha256(data).hexdigest())


def _scale(rows: list[dict[str, Any]]) -> Scale:
    return Scale(tuple(ScalePoint(row["value"], row["label"]) for row in rows))


def _domain(row: dict[str, Any]) -> Domain:
    criteria = tuple(Criterion(c["id"], c["title"], c["statement"], row["id"]) for c in row["criteria"])
    return Domain(row["id"], row["title"], criteria)


def _rules(row: dict[str, Any]) -> Rules:
    plain = {name: row[name] for name in _PLAIN_RULES if name in row}
    if (moderation := row.get("moderation")) is not None:
        plain["moderation_share_percent"] = moderation["share_percent"]
        plain["moderate_fails"] = moderation["fails"]
        plain["moderate_within"] = moderation["within"]
        if "smallest_sample" in moderation:
            plain["agreement_floor"] = moderation["smallest_sample"]
    return Rules(
        cut=row["cut"],
        comment_within=row["comment_within"],
        unrated=Unrated(row["unrated"]),
        must_pass=tuple(row.get("must_pass", ())),
        **plain,
    )


def _phase(row: dict[str, Any]) -> Phase:
    return Phase(
        id=row["id"],
        title=row["title"],
        minutes=row["minutes"],
        warn_at=tuple(sorted(row.get("warn_at", ()), reverse=True)),
        recorded=row.get("recorded", False),
        interview=row.get("interview", False),
    )


def _rated(number: int, row: dict[str, Any]) -> RatedCriterion:
    anchors = tuple(sorted((int(value), text) for value, text in row["anchors"].items()))
    return RatedCriterion(row["id"], number, row["title"], tuple(row["framework"]), anchors, row.get("weight", 1))
