# SPDX-License-Identifier: GPL-3.0-or-later
"""Signs on a line, moved apart so that none lies over another, and no further than that takes."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["spread"]


def spread(wanted: Sequence[float], apart: float, first: float, last: float) -> list[float]:
    """Places (px) for signs that belong at `wanted` (rising): in that order, at least `apart` from each other, none
    before `first` or behind `last`. A group gives way evenly to both sides; without room for all, all stand closer."""
    count = len(wanted)
    if count > 1:
        apart = min(apart, max(0.0, last - first) / (count - 1))
    # Less what the signs before one take, places only have to rise: groups that would fall back share one mean.
    groups: list[tuple[float, int]] = []
    for number, place in enumerate(wanted):
        total, signs = place - number * apart, 1
        while groups and groups[-1][0] / groups[-1][1] >= total / signs:
            before = groups.pop()
            total, signs = total + before[0], signs + before[1]
        groups.append((total, signs))
    highest = last - max(0, count - 1) * apart
    rising = [min(max(total / signs, first), highest) for total, signs in groups for _ in range(signs)]
    return [place + number * apart for number, place in enumerate(rising)]
