# SPDX-License-Identifier: GPL-3.0-or-later
"""How a measurement is declared.

A module `tests/benchmarks/measure_<what>.py` holds functions like this one; the runner finds them by itself:

    @benchmark("append_http_per_s")
    def appends() -> list[Figure]:
        return [Figure("append_http_per_s", rate, "1/s", baseline=bare, n=2000, aim=500, aim_is="at least")]

One function may give several figures when one run yields them; it names all of them in its decorator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

__all__ = ["REGISTERED", "Benchmark", "Figure", "benchmark"]


@dataclass(frozen=True)
class Figure:
    """One line of the table. `baseline` is the bare operation, same unit, same run; None where there is none."""

    name: str
    value: float
    unit: str
    n: int
    baseline: float | None = None
    aim: float | None = None
    aim_is: Literal["at most", "at least"] = "at most"

    @property
    def ratio(self) -> float | None:
        """Value to baseline, without a unit."""
        return self.value / self.baseline if self.baseline else None

    @property
    def is_met(self) -> bool | None:
        """Whether the aim is met; None without an aim."""
        if self.aim is None:
            return None
        return self.value <= self.aim if self.aim_is == "at most" else self.value >= self.aim

    def row(self) -> dict[str, object]:
        """As bench-results.json has it."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "baseline": self.baseline,
            "ratio": self.ratio,
            "n": self.n,
            "aim": self.aim,
        }


@dataclass(frozen=True)
class Benchmark:
    """A function and the names of the figures it promises."""

    names: tuple[str, ...]
    run: Callable[[], list[Figure]]


REGISTERED: list[Benchmark] = []


def benchmark(*names: str) -> Callable[[Callable[[], list[Figure]]], Callable[[], list[Figure]]]:
    """Declare a measurement. Raises `ValueError` when a name is already taken."""
    taken = {name for one in REGISTERED for name in one.names}
    if not names or taken & set(names):
        raise ValueError(f"a benchmark needs names of its own, not {names!r}")

    def declare(run: Callable[[], list[Figure]]) -> Callable[[], list[Figure]]:
        REGISTERED.append(Benchmark(names, run))
        return run

    return declare
