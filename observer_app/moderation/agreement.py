# SPDX-License-Identifier: GPL-3.0-or-later
"""How far two people's marks agree, never without the number of records and the likely range.

Choices, with their reasons
1. The unit is the **record**: criteria of one record are not independent, so ranges come from drawing whole records
   again (bootstrap), and shares use Wilson's interval with the number of records, which is the wider, honest one.
2. Kappa and Gwet's AC2 take squared weights over the framework's scale, not over the values that happen to occur.
   Kappa is low by construction when nearly all marks are alike; AC2 stands beside it for that.
3. Where no pair differs the bootstrap would claim certainty. Then there is no range for kappa, and the words say so.
4. Below the framework's floor of records there is no figure at all.
5. The draw has a fixed seed: the same pairs give the same figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, TypeAlias

from observer_app.domain.framework import Scale
from observer_app.errors import BadInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.float64]

__all__ = ["Agreement", "Figure", "MarkPair", "agreement", "wilson"]

_RESAMPLES = 2000
_SEED = 20260401
_Z95 = 1.959963984540054
_USABLE_SHARE = 0.95  # of the resamples; with fewer a range would rest on the convenient ones


@dataclass(frozen=True, slots=True)
class MarkPair:
    """One criterion of one record marked by two people."""

    record: str
    criterion: str
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 per cent range; None where it cannot be given, and then `words` say why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement over `records` (and `pairs` of marks in them). `refused` is empty, or says why there are no figures.

    `exact` and `within_one` are shares 0 to 1, `within_one` counting steps of the scale; `kappa` and `ac2` are at
    most 1; `mean_difference` is second minus first in points.
    """

    records: int
    pairs: int
    refused: str
    exact: Figure
    within_one: Figure
    kappa: Figure
    ac2: Figure
    mean_difference: Figure


def agreement(pairs: Iterable[MarkPair], scale: Scale, *, floor: int) -> Agreement:
    """Agreement of two people's marks on one scale; refused below `floor` records (`Rules.agreement_floor`).

    Raises BadInput for a value off the scale or one criterion of a record twice.
    """
    every = list(pairs)
    _check(every, scale)
    by_record = _tables(every, scale)
    count = len(by_record)
    if count < max(floor, 2):
        least = max(floor, 2)
        noun = "record has" if count == 1 else "records have"
        words = f"{count} {noun} been marked twice. Figures are shown from {least} records on."
        none = Figure(None, words=words)
        return Agreement(count, len(every), words, none, none, none, none, none)
    return _figures(by_record, scale, len(every))


def wilson(share: float, n: int) -> tuple[float, float]:
    """Wilson's 95 per cent interval for a share seen in `n` cases."""
    spread = _Z95 * sqrt(share * (1 - share) / n + _Z95**2 / (4 * n * n))
    middle, bottom = share + _Z95**2 / (2 * n), 1 + _Z95**2 / n
    return max(0.0, (middle - spread) / bottom), min(1.0, (middle + spread) / bottom)


def _check(pairs: list[MarkPair], scale: Scale) -> None:
    values = frozenset(scale.values)
    for pair in pairs:
        for value in (pair.first, pair.second):
            if value not in values:
                raise BadInput(f"A mark of {value} is not on the scale.", advice="Compare marks of one framework.")
    if len({(p.record, p.criterion) for p in pairs}) < len(pairs):
        raise BadInput("One criterion of a record stands twice among the marks to compare.")


def _tables(pairs: list[MarkPair], scale: Scale) -> Numbers:
    """Counts, shape (records, points, points): the first gave the row's value and the second the column's."""
    import numpy as np

    place = {value: number for number, value in enumerate(scale.values)}
    rows: dict[str, list[MarkPair]] = defaultdict(list)
    for pair in pairs:
        rows[pair.record].append(pair)
    tables = np.zeros((len(rows), len(place), len(place)))
    for number, name in enumerate(sorted(rows)):
        for pair in rows[name]:
            tables[number, place[pair.first], place[pair.second]] += 1
    return tables


def _figures(by_record: Numbers, scale: Scale, pairs: int) -> Agreement:
    import numpy as np

    count = len(by_record)
    steps = np.abs(np.subtract.outer(np.arange(len(scale.values)), np.arange(len(scale.values))))
    worth = np.asarray(scale.values, dtype=np.float64)
    apart = np.subtract.outer(worth, worth).T  # second minus first
    whole = by_record.sum(axis=0)[None]
    draws = _resampled(by_record)
    shares = [float((whole[0] * (steps <= most)).sum() / pairs) for most in (0, 1)]
    alike = shares[0] == 1.0
    return Agreement(
        records=count,
        pairs=pairs,
        refused="",
        exact=Figure(shares[0], *wilson(shares[0], count)),
        within_one=Figure(shares[1], *wilson(shares[1], count)),
        kappa=_ranged(_kappa(whole, steps), _kappa(draws, steps), alike),
        ac2=_ranged(_ac2(whole, steps), _ac2(draws, steps), alike),
        mean_difference=_ranged(_mean(whole, apart), _mean(draws, apart), alike),
    )


def _resampled(by_record: Numbers) -> Numbers:
    """Tables of `_RESAMPLES` draws of as many records with replacement, shape (draws, points, points)."""
    import numpy as np

    count = len(by_record)
    chance = np.random.default_rng(_SEED)
    times = chance.multinomial(count, np.full(count, 1 / count), size=_RESAMPLES).astype(np.float64)
    points = by_record.shape[1]
    return (times @ by_record.reshape(count, -1)).reshape(_RESAMPLES, points, points)


def _kappa(tables: Numbers, steps: Numbers) -> Numbers:
    """Quadratic weighted kappa of each table: 1 - disagreement seen / disagreement by chance; nan where undefined."""
    import numpy as np

    seen = (tables * steps**2).sum(axis=(1, 2))
    total = tables.sum(axis=(1, 2))
    first, second = tables.sum(axis=2), tables.sum(axis=1)
    chance = np.einsum("bi,ij,bj->b", first, (steps**2).astype(np.float64), second) / total
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - np.where(chance > 0, seen / chance, np.nan), dtype=np.float64)


def _ac2(tables: Numbers, steps: Numbers) -> Numbers:
    """Gwet's AC2 with squared weights: (agreement - chance) / (1 - chance), chance from each point's mean share."""
    import numpy as np

    points = tables.shape[1]
    weight = 1 - (steps / (points - 1)) ** 2
    total = tables.sum(axis=(1, 2))
    seen = (tables * weight).sum(axis=(1, 2)) / total
    shares = (tables.sum(axis=2) + tables.sum(axis=1)) / (2 * total[:, None])
    chance = weight.sum() / (points * (points - 1)) * (shares * (1 - shares)).sum(axis=1)
    return np.asarray((seen - chance) / (1 - chance), dtype=np.float64)


def _mean(tables: Numbers, apart: Numbers) -> Numbers:
    import numpy as np

    return np.asarray((tables * apart).sum(axis=(1, 2)) / tables.sum(axis=(1, 2)), dtype=np.float64)


def _ranged(whole: Numbers, draws: Numbers, alike: bool) -> Figure:
    """The figure of the whole with the middle 95 per cent of the draws."""
    import numpy as np

    value = float(whole[0])
    if np.isnan(value):
        return Figure(None, words="Every mark is the same, so agreement beyond chance cannot be worked out.")
    if alike:
        return Figure(value, words="No two marks differ, so there is no likely range yet.")
    usable = draws[~np.isnan(draws)]
    if len(usable) < _USABLE_SHARE * len(draws):
        return Figure(value, words="The marks vary too little for a likely range.")
    low, high = np.quantile(usable, (0.025, 0.975))
    return Figure(value, float(low), float(high))
