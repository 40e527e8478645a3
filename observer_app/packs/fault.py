# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a pack, said so that its author can mend it."""

from __future__ import annotations

from dataclasses import dataclass

from observer_app.errors import BadInput, NewerVersion

__all__ = ["PackFault", "raise_first"]


@dataclass(frozen=True, slots=True, order=True)
class PackFault:
    """One fault of one file. `line` is 1-based, 0 when the fault is the file's as a whole."""

    file: str
    line: int
    reason: str
    advice: str = ""
    newer: bool = False

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.reason} {self.advice}".strip()


def raise_first(faults: list[PackFault]) -> None:
    """Raise the first fault as `BadInput` (or `NewerVersion`), saying how many more there are; none, no raise."""
    if not faults:
        return
    first = min(faults, key=lambda f: (not f.newer, f.line))
    more = len(faults) - 1
    advice = first.advice + (f" {more} more {'fault' if more == 1 else 'faults'} in this file." if more else "")
    kind = NewerVersion if first.newer else BadInput
    raise kind(first.reason, advice=advice.strip(), file=first.file, line=first.line)
