# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scenario asks about, row by row, as it stands on every marking screen."""

from __future__ import annotations

from typing import NamedTuple

from observer_app.domain.scenario import Scenario
from observer_app.workflows.views import OVERALL

__all__ = ["Asked", "asked"]

Labels = tuple[tuple[int, str], ...]


class Asked(NamedTuple):
    """The first fields of a `RowView`: a criterion ("" the overall judgement), its number and title, and what its
    scale's values are called, in short and as anchors."""

    criterion: str
    number: int
    title: str
    scale: Labels
    anchors: Labels


def asked(scenario: Scenario) -> tuple[Asked, ...]:
    """One row a criterion in pack order, the overall judgement last."""
    scale = tuple((p.value, p.label) for p in scenario.scale.points)
    overall = tuple((p.value, p.label) for p in scenario.global_scale.points)
    rows = (Asked(c.id, c.number, c.title, scale, c.anchors) for c in scenario.criteria)
    return (*rows, Asked("", 0, OVERALL, overall, overall))
