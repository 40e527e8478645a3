# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sample people do on the demonstration's day: which rating at which share of the interview, which words.

Shares are of the recorded seconds, so that the same day can be played in twenty seconds a sitting or in thirty minutes.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SITTINGS", "Act", "Played", "acts_for"]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done. `at` is the share of the interview (0..1); `criterion` its place in the scenario, 1-based."""

    at: float
    kind: str
    criterion: int = 0
    value: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Played:
    """One sitting as played: `values` by place of criterion (as steps above the scale's lowest), `overall` alike."""

    values: tuple[int, ...]
    overall: int


# Two rooms, two sittings each. The third lies next to the cut, the fourth below it.
SITTINGS = (
    Played((4, 3, 4, 3, 4, 5, 4, 4), 4),
    Played((5, 4, 5, 4, 5, 5, 4, 5), 5),
    Played((3, 3, 4, 2, 3, 4, 3, 3), 3),
    Played((2, 3, 2, 1, 2, 3, 2, 2), 2),
)

_NOTES = (
    (0.12, 1, "Says who asked for the visit, and why."),
    (0.34, 3, "Waits. Lets the silence work."),
    (0.58, 4, "Asks directly what happens at night and goes back to it."),
    (0.80, 0, "Telephone rings, both let it ring."),
)


def acts_for(number: int, criteria: int, lowest: int, highest: int) -> list[Act]:
    """The acts of sitting `number` (0-based), in order of time: every criterion rated, one changed, one undone."""
    played = SITTINGS[number % len(SITTINGS)]
    acts = []
    for place in range(1, criteria + 1):
        step = played.values[(place - 1) % len(played.values)]
        value = min(highest, lowest + step)
        acts.append(Act(0.08 + 0.84 * place / (criteria + 1), "rate", place, value))
    first = min(highest, lowest + played.values[0])
    acts.append(Act(0.05, "rate", 1, max(lowest, first - 1)))
    acts.append(Act(0.45, "flag", 2))
    acts.append(Act(0.50, "clip_open"))
    acts.append(Act(0.56, "clip_close"))
    acts.append(Act(0.90, "rate", 2, highest))
    acts.append(Act(0.93, "undo"))
    acts += [Act(at, "note", place, words=words) for at, place, words in _NOTES]
    return sorted(acts, key=lambda act: act.at)
