# SPDX-License-Identifier: GPL-3.0-or-later
"""A framework: what is judged, on which scale, and by which rules. Always pack data, never code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Criterion", "Domain", "Framework", "PackRef", "Rules", "Scale", "ScalePoint", "Unrated"]


@dataclass(frozen=True, slots=True)
class PackRef:
    """Names one exact pack: `sha256` (hex) is over the bytes of its file."""

    id: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ScalePoint:
    """One point of a scale: its whole-number value and the word printed beside it."""

    value: int
    label: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Points in rising order of value; at least two."""

    points: tuple[ScalePoint, ...]

    @property
    def values(self) -> tuple[int, ...]:
        """The values in rising order."""
        return tuple(point.value for point in self.points)

    def label(self, value: int) -> str:
        """The word for a value; empty when the value is not on the scale."""
        return next((p.label for p in self.points if p.value == value), "")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One statement of the framework; `domain` is the id of the domain it stands in."""

    id: str
    title: str
    statement: str
    domain: str


@dataclass(frozen=True, slots=True)
class Domain:
    """A heading over criteria."""

    id: str
    title: str
    criteria: tuple[Criterion, ...]


class Unrated(StrEnum):
    """What an unrated criterion does at review: blocks signing, or takes a reason."""

    BLOCK = "block"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class Rules:
    """How ratings become a result.

    `cut`: the lowest value that passes on the scenario's scale. `comment_within`: a comment is asked for
    where a rating is at most this many points from the cut. `must_pass`: framework criteria that fail the
    whole when a rated criterion mapped to them is below the cut. `second_signature`: amendments need one.
    `agreement_floor`: with fewer records marked twice no agreement figure is given.
    """

    cut: int
    comment_within: int
    unrated: Unrated
    must_pass: tuple[str, ...] = ()
    second_signature: bool = False
    moderation_share_percent: int = 0
    moderate_fails: bool = True
    moderate_within: int = 1
    repeat_guard_ms: int = 400
    clip_lead_ms: int = 10_000
    clip_lag_ms: int = 5_000
    agreement_floor: int = 10


@dataclass(frozen=True, slots=True)
class Framework:
    """A versioned framework as read from its pack."""

    ref: PackRef
    title: str
    notice: str
    sample: bool
    scale: Scale
    global_scale: Scale
    global_question: str
    domains: tuple[Domain, ...]
    rules: Rules
    declaration: str
    snippets: tuple[tuple[str, str], ...] = ()

    def criteria(self) -> Iterator[Criterion]:
        """Every criterion, domain by domain."""
        for domain in self.domains:
            yield from domain.criteria
