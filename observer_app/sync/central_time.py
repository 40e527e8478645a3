# SPDX-License-Identifier: GPL-3.0-or-later
"""Central's time as its log signed it, kept with this machine's own clocks of that moment.

1. The question carries a new random number, so the answer was made between asking and hearing it: its age is bounded by
   what this machine measured itself, on the clock that nobody sets.
2. Kept is the whole note. Statements made afterwards name the time in it: they are younger.
3. A time earlier than one signed before is said and never takes its place: what was signed later stays later.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass

from observer_app.domain.moment import Moment
from observer_app.errors import BadInput
from observer_app.sync.client import Client, NotThere
from observer_app.trust import strict_json
from observer_app.trust.signed_note import LogKey
from observer_app.trust.signed_time import verify_time
from observer_app.vault.device import DeviceStore

__all__ = ["TimeSeen", "ask_time", "time_seen"]

_KEPT = "central/signed_time"
_WENT_BACK = "The central store’s clock shows an earlier time than it signed before. Tell the programme."
_MAX = 8192


@dataclass(frozen=True, slots=True)
class TimeSeen:
    """`time_ms` was signed at most `round_trip_ms` before this machine's moment (`monotonic_us` within `boot_id`, its
    wall clock then at `wall_ms`). `note` is what the log signed, `nonce` what it was asked with."""

    time_ms: int
    round_trip_ms: int
    monotonic_us: int
    boot_id: str
    wall_ms: int
    note: str
    nonce: str


def ask_time(store: DeviceStore, client: Client, log: LogKey, now: Callable[[], Moment]) -> str:
    """Asks the store for its signed time and keeps it; a sentence when something is wrong with it, "" otherwise.

    `now`'s monotonic clock must not stand still while the machine sleeps. A store that knows no such question (an older
    one) changes nothing. Raises IntegrityBroken for a time its log did not sign just now, Unreachable.
    """
    nonce, asked = os.urandom(16).hex(), now()
    try:
        note = client.time(nonce)
    except NotThere:
        return ""
    heard = now()
    time_ms = verify_time(note, log, nonce)
    before = time_seen(store)
    if before is not None and time_ms < before.time_ms:
        return _WENT_BACK
    round_trip_ms = -(-heard.since_us(asked) // 1000)
    seen = TimeSeen(time_ms, round_trip_ms, heard.monotonic_us, heard.boot_id, heard.wall_ms, note, nonce)
    store.set_setting(_KEPT, strict_json.dumps(asdict(seen))).result()
    return ""


def time_seen(store: DeviceStore) -> TimeSeen | None:
    """The last signed time, None before there is one."""
    kept = store.setting(_KEPT)
    if not kept:
        return None
    try:
        return TimeSeen(**strict_json.loads(kept, limit=_MAX, what="The last signed time"))
    except (BadInput, TypeError):  # of another version: the next exchange brings a new one
        return None
