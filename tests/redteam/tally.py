# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts what was tried and what was noticed, and prints it by kind."""

from __future__ import annotations

import random
from collections import Counter

SEED = 20_261_124


class Tally:
    """`tried` and `seen` by kind; `missed` says of each that was not noticed what it was."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.dice = random.Random(f"{SEED} {place}")
        self.tried: Counter[str] = Counter()
        self.missed: list[str] = []

    def note(self, kind: str, what: str, noticed: bool) -> None:
        self.tried[kind] += 1
        if not noticed:
            self.missed.append(f"{kind}: {what}")

    def settle(self, least: int) -> None:
        """Prints the table; fails when anything went unseen, or too little was tried."""
        print(f"\n{self.place}")
        for kind, count in sorted(self.tried.items()):
            print(f"  {kind:44} {count:6}")
        print(f"  {'in all':44} {self.tried.total():6}   not noticed {len(self.missed)}")
        assert not self.missed, self.missed[:10]
        assert self.tried.total() >= least

    def spoilt(self, data: bytes) -> bytes:
        """One bit another way, anywhere."""
        at = self.dice.randrange(len(data))
        return data[:at] + bytes([data[at] ^ 1 << self.dice.randrange(8)]) + data[at + 1 :]
