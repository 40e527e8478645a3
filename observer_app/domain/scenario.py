# SPDX-License-Identifier: GPL-3.0-or-later
"""A scenario: the role-play brief with its phases and rated criteria. Always pack data, never code."""

from __future__ import annotations

from dataclasses import dataclass

from observer_app.domain.framework import PackRef, Scale

__all__ = ["Phase", "RatedCriterion", "Scenario"]


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of the sitting.

    `minutes` before any extra time; `warn_at` are the remaining minutes at which the clock says so;
    `recorded`: the camera runs; `interview`: the candidate and the actor are in the room together.
    """

    id: str
    title: str
    minutes: int
    warn_at: tuple[int, ...] = ()
    recorded: bool = False
    interview: bool = False

    def planned_s(self, extra_percent: int) -> int:
        """Seconds planned with extra time applied, rounded up to the second."""
        return -(-self.minutes * 60 * (100 + extra_percent) // 100)


@dataclass(frozen=True, slots=True)
class RatedCriterion:
    """What the assessor rates: `anchors` give one behavioural text for every value of the scale.

    `number` is shown beside it (1-based, pack order); `framework` names the framework criteria it samples;
    `weight` is a positive whole number.
    """

    id: str
    number: int
    title: str
    framework: tuple[str, ...]
    anchors: tuple[tuple[int, str], ...]
    weight: int = 1

    def anchor(self, value: int) -> str:
        """The anchor text at a value; empty when the value is not on the scale."""
        return next((text for v, text in self.anchors if v == value), "")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as read from its pack; rated on the framework named by id."""

    ref: PackRef
    title: str
    sample: bool
    framework_id: str
    phases: tuple[Phase, ...]
    candidate_brief: str
    role_player_notes: str
    criteria: tuple[RatedCriterion, ...]
    scale: Scale
    global_question: str
    global_scale: Scale

    def criterion(self, criterion_id: str) -> RatedCriterion | None:
        """The rated criterion with this id, or None."""
        return next((c for c in self.criteria if c.id == criterion_id), None)

    def phase(self, phase_id: str) -> Phase | None:
        """The phase with this id, or None."""
        return next((p for p in self.phases if p.id == phase_id), None)
