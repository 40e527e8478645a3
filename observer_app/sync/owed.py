# SPDX-License-Identifier: GPL-3.0-or-later
"""What the central store gave in a form that does not hold, or could not give: remembered, named, asked for again.

1. It is never kept here, and nothing that lies behind it waits for it.
2. A list's place may go past it, so it is noted in this machine's own store: nothing is skipped.
3. Each exchange asks for it again, and says so until it holds. A recording is large: after its second failure it is
   fetched again after a while only, each time a longer one, and named all the same.

Decision 0022 says what is treated so, and what stops an exchange instead.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass

from observer_app.trust import strict_json
from observer_app.vault.device import DeviceStore

__all__ = ["FILM", "OBJECT", "STATEMENT", "Damage", "Debt", "Owed"]

STATEMENT, OBJECT, FILM = "statement", "object", "film"
_MAX = 8192
_LONGEST_MIN = 60
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing of central's that does not hold. `subject`: a record's, object's or log entry's name; `words` say what
    is wrong with it, for people."""

    subject: str
    words: str


@dataclass(frozen=True, slots=True)
class Debt:
    """One thing owed. `ref`: a place in the log, or an object's SHA-256; `about` the list or record it belongs to.
    `person`: who was signed in, for others may not be given it. `damaged`: what came does not hold; else it did not
    come. `tries` were made, the last at `at_ms` (wall clock)."""

    kind: str
    ref: str
    about: str
    person: str
    damaged: bool
    words: str
    tries: int
    at_ms: int


class Owed:
    """What one central store (by its log's name) owes this machine and whoever is signed in."""

    def __init__(self, store: DeviceStore, origin: str, person: str, clock: Callable[[], int]) -> None:
        self._store, self._person, self._clock = store, person, clock
        self._prefix = f"central/{origin}/owed/"
        self._debts = {name: _read(value) for name, value in store.settings(self._prefix).items()}

    def _name(self, kind: str, ref: str) -> str:
        return f"{self._prefix}{kind}/{ref}"

    def find(self, kind: str, ref: str) -> Debt | None:
        """What is owed by that name, to whomever."""
        return self._debts.get(self._name(kind, ref))

    def all(self, kind: str = "") -> list[Debt]:
        """What can be asked for now: of the machine, and of the person signed in."""
        return [d for d in self._debts.values() if d.person in ("", self._person) and kind in ("", d.kind)]

    def owe(self, kind: str, ref: str, about: str, words: str, *, damaged: bool) -> bool:
        """Notes it, durably; whether it is new. What once came damaged stays so until it holds."""
        name, before = self._name(kind, ref), self.find(kind, ref)
        damaged = damaged or (before is not None and before.damaged)
        tries = before.tries + 1 if before else 1
        debt = Debt(kind, ref, about, self._person, damaged, words[:500], tries, self._clock())
        self._store.set_setting(name, strict_json.dumps(asdict(debt))).result()
        self._debts[name] = debt
        return before is None

    def settle(self, kind: str, ref: str) -> None:
        """It came and holds, or is no longer wanted."""
        name = self._name(kind, ref)
        if self._debts.pop(name, None) is not None:
            self._store.exchange_settings({}, drop=name).result()

    def only(self, kind: str, wanted: Collection[str]) -> None:
        """Of one kind and this person nothing but `wanted` is owed any more."""
        for debt in self.all(kind):
            if debt.ref not in wanted:
                self.settle(kind, debt.ref)

    def due(self, kind: str, ref: str) -> bool:
        """Whether something large is to be fetched now: always, unless it came damaged a while ago only."""
        debt = self.find(kind, ref)
        if debt is None or not debt.damaged:
            return True
        wait_ms = min((1 << min(debt.tries - 1, 10)) - 1, _LONGEST_MIN) * _MINUTE_MS
        return not 0 <= self._clock() - debt.at_ms < wait_ms

    def damaged(self) -> tuple[Damage, ...]:
        """All that came and did not hold, the oldest try first."""
        found = sorted((d for d in self.all() if d.damaged), key=lambda d: (d.at_ms, d.kind, d.ref))
        return tuple(Damage(_subject(d), d.words) for d in found)


def _subject(debt: Debt) -> str:
    return f"log entry {int(debt.ref)}" if debt.kind == STATEMENT else debt.ref


def _read(value: bytes) -> Debt:
    return Debt(**strict_json.loads(value, limit=_MAX, what="What the central store owes"))
