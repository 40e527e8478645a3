# SPDX-License-Identifier: GPL-3.0-or-later
"""One exchange with the central store, in the order that matters when the connection is about to go:

1. who the store is, that its log continues all this machine has seen of it, and its time, signed;
2. every waiting result, and its receipt;
3. what lies beside the results, wrapped keys, and what may be fetched of such;
4. recordings, out and in.

It may be stopped anywhere and begun again: nothing is sent twice into the log, at most one part is sent again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from observer_app.domain.moment import Moment
from observer_app.sync.again import wait_again
from observer_app.sync.believing import meet
from observer_app.sync.central_time import ask_time
from observer_app.sync.client import Client, Identity
from observer_app.sync.line import Transport
from observer_app.sync.one_way import Ends
from observer_app.sync.owed import Damage
from observer_app.sync.pull import Pull
from observer_app.sync.push import Push
from observer_app.vault.device import RESTORED, TAKEN_BACK, DeviceStore
from observer_app.vault.objects import ObjectFiles

__all__ = ["Summary", "exchange"]


@dataclass(frozen=True, slots=True)
class Summary:
    """What one exchange did. `acknowledged_types`, `received_types`: how many statements of each type. `problems`: what
    was refused or could not be kept, each a sentence for people. `damaged`: what the store holds and does not hold
    good, until it is mended; all else went on."""

    origin: str
    statements_sent: int
    acknowledged: int
    objects_sent: int
    recordings_sent: int
    parts_sent: int
    statements_received: int
    objects_received: int
    wraps_received: int
    assignments_received: int
    recordings_received: int
    problems: tuple[str, ...]
    acknowledged_types: Mapping[str, int]
    received_types: Mapping[str, int]
    damaged: tuple[Damage, ...] = ()


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _quiet(_words: str) -> None:
    """Nobody is watching."""


def exchange(
    store: DeviceStore,
    files: ObjectFiles,
    transport: Transport,
    identity: Identity,
    progress: Callable[[str], None] = _quiet,
    *,
    clock: Callable[[], int] = _wall_ms,
    now: Callable[[], Moment] | None = None,
) -> Summary:
    """SLOW. Sends what waits and fetches what is new; `progress` is given plain words. Where `now` is given, the
    store's signed time is asked for and kept (`central_time`).

    Raises Unreachable (what was acknowledged stays so; call again), IntegrityBroken (the store's log or receipts do
    not hold: nothing more was sent), Conflict (this machine's history exists twice), SampleRefused, NotAllowed.
    """
    client = Client(transport, identity, clock=clock)
    about, believing = meet(store, client, identity, clock)
    doubt = ask_time(store, client, believing.log, now) if now is not None else ""
    ends = Ends(store, files, client, believing, identity, clock, progress)
    push, pull = Push(ends), Pull(ends)
    if store.setting(RESTORED):
        progress("Taking back what was sent before")
        pull.own()
    wait_again(ends)
    push.results()
    push.evidence()
    pull.small()
    if store.setting(RESTORED) and not pull.owes_own_lists():  # only now: the keys to its own lists came just now
        store.set_setting(RESTORED, TAKEN_BACK).result()  # whoever takes them in ends it
    push.recordings()
    pull.recordings()
    store.set_setting("central/last_exchange_ms", str(clock()).encode()).result()
    return _summary(about.origin, push, pull, doubt)


def _summary(origin: str, push: Push, pull: Pull, doubt: str) -> Summary:
    sent, got = push.sent, pull.fetched
    return Summary(
        origin,
        sent.statements,
        sent.acknowledged,
        sent.objects,
        sent.recordings,
        sent.parts,
        got.statements,
        got.objects,
        got.wraps,
        got.assignments,
        got.recordings,
        (*sent.problems, *got.problems, *((doubt,) if doubt else ())),
        dict(sent.types),
        dict(got.types),
        pull.owed.damaged(),
    )
