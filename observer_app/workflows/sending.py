# SPDX-License-Identifier: GPL-3.0-or-later
"""What waits to be sent, and sending it, as the window and `observer sync` see it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress

from observer_app.domain.moment import Moment
from observer_app.domain.roles import Role
from observer_app.errors import IntegrityBroken, ObserverError, Unreachable
from observer_app.sync.client import Client, Identity
from observer_app.sync.line import HttpTransport, OtherAnswer, Transport
from observer_app.sync.owed import Damage
from observer_app.sync.transfer import Summary, exchange
from observer_app.vault.device import DeviceStore
from observer_app.vault.objects import ObjectFiles
from observer_app.workflows.clock_check import awake_or_asleep
from observer_app.workflows.enrolment import load_machine
from observer_app.workflows.renewal import renew_what_runs_out
from observer_app.workflows.rosters import tell_arrivals
from observer_app.workflows.signing import Signatory
from observer_app.workflows.timekeeping import when_words
from observer_app.workflows.words import counted, say

__all__ = ["SendDesk", "done_words"]

_ADDRESS = "machine/central"
_LAST = "central/last_exchange_ms"


def _nothing() -> None:
    """Nobody wants to know."""


class SendDesk:
    """SendPort for one signed-in person. `arrived` is called after an exchange that may have brought something."""

    def __init__(
        self,
        store: DeviceStore,
        files: ObjectFiles,
        signatory: Signatory,
        *,
        leaving: Callable[[], object] = _nothing,
        arrived: Callable[[], None] = _nothing,
        connect: Callable[[str], AbstractContextManager[Transport]] = HttpTransport,
    ) -> None:
        """`leaving` is called before an exchange, to queue what should go with it; `connect` opens a line to an
        address."""
        self._store, self._files, self._signatory = store, files, signatory
        self._leaving, self._arrived, self._connect = leaving, arrived, connect
        self._running = threading.Lock()
        self._reached: bool | None = None  # None: not tried in this session
        self._trouble = ""
        self._other = ""  # what answered instead of the store
        self._late: tuple[str, ...] = ()  # keys that run out and could not be renewed
        self.last: Summary | None = None

    def use(self, central: str) -> None:
        """Keeps the address of the central store; "" forgets it. Raises BadInput when it is none."""
        if central:
            with self._connect(central):
                pass
        self._store.set_setting(_ADDRESS, central.encode()).result()

    @property
    def address(self) -> str:
        """The central store's address, "" while there is none."""
        return self._store.setting(_ADDRESS).decode()

    @property
    def connected(self) -> bool:
        """Whether the last exchange in this session reached the store."""
        return self._reached is True

    def waiting(self) -> tuple[int, int]:
        """(records, recordings) waiting."""
        counts = self._store.outbox.counts()
        return counts.get("statement", 0), counts.get("segment", 0)

    def exchange(self, progress: Callable[[str], None]) -> str:
        """SLOW. Sends and fetches, results first; a sentence. Raises Unreachable, IntegrityBroken, Conflict. Where
        something at the store is damaged, all else was done before IntegrityBroken names it."""
        if not self.address:
            raise Unreachable(
                "This machine knows no central store yet.", advice="Nothing is lost; all that waits is kept."
            )
        if not self._running.acquire(blocking=False):
            return say("view.sending.sending_under_way_already")
        try:
            self._leaving()
            summary = self._once(progress)
        except Unreachable as error:
            self._reached, self._other = False, error.message if isinstance(error, OtherAnswer) else ""
            self._arrived()
            raise
        except ObserverError as error:
            self._trouble = error.message if isinstance(error, IntegrityBroken) else ""
            raise
        finally:
            self._running.release()
        self.last, self._reached, self._trouble = summary, True, ""
        self._arrived()
        with suppress(ObserverError):  # told again next time; an older store does not ask for it
            self._tell_arrivals()
        if summary.damaged:
            raise self._named(summary.damaged)
        return " ".join((done_words(summary), *self._late))

    def _named(self, damaged: Sequence[Damage]) -> IntegrityBroken:
        first = damaged[0]
        named = say("view.sending.damaged", words=first.words, subject=first.subject[:16])
        if len(damaged) > 1:
            named = f"{named} {counted('view.sending.damaged_more', len(damaged) - 1)}"
        self._trouble = named
        return IntegrityBroken(named, advice=say("view.sending.damaged_advice"), subject=first.subject)

    def _once(self, progress: Callable[[str], None]) -> Summary:
        with self._connect(self.address) as line:
            summary = exchange(
                self._store, self._files, line, self._identity(), progress, clock=self._wall_ms, now=self._now
            )
            client, signatory = Client(line, self._identity(), clock=self._wall_ms), self._signatory
            machine = load_machine(self._store)
            self._late = renew_what_runs_out(self._store, machine, signatory.keys, self._wall_ms(), client.renew)
        return summary

    def _tell_arrivals(self) -> None:
        """The day's lists taken in just now are said to be here."""

        def tell(rosters: Sequence[str]) -> Sequence[str]:
            with self._connect(self.address) as line:
                return Client(line, self._identity(), clock=self._wall_ms).arrived(rosters)

        tell_arrivals(self._store, tell)

    def _now(self) -> Moment:
        return awake_or_asleep(self._signatory.clock)

    def _wall_ms(self) -> int:
        return self._signatory.clock.now().wall_ms

    def _identity(self) -> Identity:
        machine, keys = self._signatory.machine, self._signatory.keys
        known = {r.value for r in Role}
        held = [c for c in machine.trust().certificates_for(keys.key_id) if c.kind == "person"]
        roles = frozenset(r for r in held[-1].roles if r in known) if held else frozenset[str]()
        signer = keys.signing if held else None
        return Identity(machine.root, machine.device, machine.keys.signing, self._signatory.person, signer, roles)

    def _waiting_words(self) -> str:
        """What waits, a day's list told from a result."""
        return _listed(self._store.outbox.statement_types(), self.waiting()[1])

    def words(self) -> str:
        """How the machine stands with the central store, in a sentence."""
        if self._trouble:
            return self._trouble
        waiting = self._waiting_words()
        if self._reached is False or not self._store.setting(_LAST):
            if self._reached is False and self._other:
                return self._other
            return say("view.sending.kept", listed=waiting) if waiting else say("view.sending.not_connected")
        if waiting:
            return say("view.sending.waiting", listed=waiting)
        return say("view.sending.up_to_date", shown=when_words(int(self._store.setting(_LAST))))


_NAMED = {"record": "result", "amendment": "correction", "second_mark": "second_mark", "roster": "list"}
_UNSEEN = "media"  # a machine's word for a recording goes unseen with it


def done_words(summary: Summary) -> str:
    """What an exchange did, each thing by its name."""
    sent = _listed(summary.acknowledged_types, summary.recordings_sent)
    got = _listed(summary.received_types, summary.recordings_received)
    words = [say("view.sending.acknowledged", listed=sent)] if sent else []
    words += [say("view.sending.fetched", listed=got)] if got else []
    words = words or [say("view.sending.nothing_new")]
    if summary.problems:
        words.append(say("view.sending.not_taken", n=len(summary.problems), first=summary.problems[0]))
    return " ".join(words)


def _listed(types: Mapping[str, int], recordings: int) -> str:
    """ "1 result, 2 day’s lists and 1 recording"; nothing for what is 0."""
    named = dict.fromkeys((*_NAMED.values(), "statement"), 0)
    for kind, number in types.items():
        if kind != _UNSEEN:
            named[_NAMED.get(kind, "statement")] += number
    counts = [*((number, what) for what, number in named.items()), (recordings, "recording")]
    found = [counted(f"view.sending.{what}", number) for number, what in counts if number]
    if len(found) < 2:
        return "".join(found)
    return say("view.sending.and", first=", ".join(found[:-1]), last=found[-1])
