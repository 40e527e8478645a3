# SPDX-License-Identifier: GPL-3.0-or-later
"""Rosters on their way: signed by the centre, sealed for its machines, taken in only when they verify.

The signed roster names two sealed objects by hash: the bookings (names, photos) and what has happened to them since
(check-in, consent, late ...). Both are sealed under one key of the day, which is wrapped to every machine of the
centre; the wrap's subject is the bookings object's name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby

from observer_app.errors import BadInput, ObserverError
from observer_app.trust import strict_json
from observer_app.trust.envelope import from_base64, open_envelope, to_base64
from observer_app.trust.keys import KeySet
from observer_app.trust.objects import new_key, open_object, seal_object
from observer_app.trust.programme import Trust
from observer_app.trust.statements import Header, read_statement
from observer_app.vault.device import DeviceStore
from observer_app.vault.objects import ObjectFiles
from observer_app.vault.outbox import EVIDENCE, ToSend
from observer_app.vault.sittings import OWN, decode_sittings, encode_sittings
from observer_app.vault.statements import Wrap
from observer_app.workflows.enrolment import Machine
from observer_app.workflows.evidence import unwrapped, wraps_for

__all__ = [
    "STALE", "PreparedRoster", "forget_lists", "own_lists_are_back", "prepare_roster", "take_in_rosters",
    "tell_arrivals",
]  # fmt: skip

STALE = "roster_stale/"  # setting: this + a day whose newest list was destroyed here, so that it has to be signed anew

_TOLD = "roster_told/"  # setting: this + a roster that the store knows to be taken in here

_MAX_HISTORY = 8 * 1024 * 1024


class PreparedRoster:
    """A day's roster ready to be signed: `body` of the statement and all that travels beside it."""

    def __init__(self, day: str, store: DeviceStore, files: ObjectFiles, machine: Machine, content: bytes) -> None:
        key, content = new_key(), store.sittings.without_erased(content)
        bookings = seal_object(content, key)
        histories = [seal_object(part, key) for part in _history(store, machine.device)]
        for sealed in (bookings, *histories):
            files.put(sealed.data)
        count = content.count(b'"candidate":')
        self.content = content
        self.body = {
            "day": day,
            "sittings": {"sha256": bookings.name, "size": len(bookings.data)},
            "count": count,
            "objects": [history.name for history in histories],
        }
        self.objects = [
            (bookings.name, "roster", len(bookings.data)),
            *((history.name, "roster_history", len(history.data)) for history in histories),
        ]
        self.send = [ToSend("object", name, EVIDENCE) for name, _, _ in self.objects]
        self.wraps = _wraps(machine, bookings.name, key)


def prepare_roster(day: str, store: DeviceStore, files: ObjectFiles, machine: Machine) -> PreparedRoster:
    """The day's roster as it stands, what happened since taken into its bookings."""
    states = store.sittings.states(day)
    if not states:
        raise BadInput("There are no bookings for this day.", advice="Bring in the day's file first.")
    return PreparedRoster(day, store, files, machine, encode_sittings([s.sitting for s in states]))


def _wraps(machine: Machine, subject: str, key: bytes) -> list[Wrap]:
    """One for every machine of the centre that has a certificate, and one for the centre itself."""
    trust = machine.trust()
    found = [
        c
        for c in trust.certificates
        if c.kind in ("device", "centre") and c.centre == machine.centre and c.opening_key is not None
        if trust.counts(c)  # nobody whose key was revoked is told who comes tomorrow
    ]
    return wraps_for(subject, key, found)


def _history(store: DeviceStore, device: str) -> list[bytes]:
    """All that happened, in order, in as many parts as keep each well below what a reader takes."""
    parts: list[list[list[object]]] = [[]]
    size = 0
    for seq, day, payload in store.sittings.payloads(OWN):
        row: list[object] = [seq, day, to_base64(payload)]
        size += len(strict_json.dumps({"row": row}))
        if parts[-1] and size > _MAX_HISTORY // 2:
            parts.append([])
            size = 0
        parts[-1].append(row)
    return [strict_json.dumps({"v": 1, "device": device, "entries": rows}) for rows in parts]


def take_in_rosters(store: DeviceStore, files: ObjectFiles, machine: Machine, trust: Trust) -> int:
    """Takes in every roster that has arrived and was not yet; how many. One that does not verify raises at the end,
    after the good ones are in."""
    new, fault = 0, None
    for kept in store.statements.of_type("roster"):
        # Its own lists a machine has already, but for one restored from a backup: it takes back those made since.
        if store.setting(f"roster/{kept.id}") or (kept.own and store.sittings.has_roster(kept.id)):
            continue
        try:
            verified = trust.verify(kept.envelope)
            header, body = verified.statement.header, verified.statement.body
            if header.centre == machine.centre:
                late = _is_late(header, store, body["day"])
                keys, own = machine.opening_keys, kept.own
                _take_in(kept.id, body["day"], body, store, files, keys, machine.device, late=late, own=own)
                new += 1
            store.set_setting(f"roster/{kept.id}", b"1").result()
        except BadInput:
            continue  # its objects or its key have not arrived yet: the next exchange brings them
        except ObserverError as error:
            fault = error
    if fault is not None:
        raise fault
    return new


def own_lists_are_back(store: DeviceStore, files: ObjectFiles) -> bool:
    """Whether the newest list this machine made is taken in, which says all that had happened; one that never reached
    anybody whole says nothing to anybody."""
    own = [kept for kept in store.statements.of_type("roster") if kept.own]
    for kept in sorted(own, key=lambda k: k.device_seq, reverse=True):
        body = read_statement(open_envelope(kept.envelope).payload).body
        if all(files.has(name) for name in (body["sittings"]["sha256"], *body["objects"])):
            return bool(store.setting(f"roster/{kept.id}")) or store.sittings.has_roster(kept.id)
    return True


def tell_arrivals(store: DeviceStore, tell: Callable[[Sequence[str]], Sequence[str]]) -> int:
    """Tells of every roster taken in here that nobody was told of, however it came; of how many note was taken. What is
    not noted yet (its own way to the store is longer) is told again with the next exchange."""
    waiting = [
        kept.id
        for kept in store.statements.of_type("roster")
        if not kept.own and store.setting(f"roster/{kept.id}") and not store.setting(f"{_TOLD}{kept.id}")
    ]
    noted = set(tell(waiting)) & set(waiting) if waiting else set()
    store.exchange_settings({f"{_TOLD}{roster}": b"1" for roster in noted}, drop="").result()
    return len(noted)


def _is_late(header: Header, store: DeviceStore, day: str) -> bool:
    """Whether a later list of the same machine is here already, as when it came on a stick."""
    roster = store.sittings.roster(day)
    if roster is None or not store.statements.has(roster.statement):
        return False
    newest = read_statement(open_envelope(store.statements.get(roster.statement)).payload).header
    return newest.device == header.device and newest.device_seq > header.device_seq


def _take_in(
    statement: str,
    day: str,
    body: Mapping[str, object],
    store: DeviceStore,
    files: ObjectFiles,
    keys: Sequence[KeySet],
    device: str,
    *,
    late: bool,
    own: bool,
) -> None:
    sittings = body["sittings"]
    name = str(sittings["sha256"]) if isinstance(sittings, dict) else ""
    key = unwrapped(name, store.wraps(name), keys)
    if key is None:
        raise BadInput("The roster's key has not arrived.")
    content = open_object(files.read(name), key, name)
    names = body["objects"]
    for history in names if isinstance(names, list) else []:
        _take_in_history(open_object(files.read(history), key, history), store, device, own=own)
    if not late:
        store.sittings.put_roster(statement, day, content).result()
    nameless = {s.id for s in decode_sittings(content) if not s.candidate.name}
    if nameless:  # a machine that was never given the record learns from the list that the name was erased
        forget_lists(store.sittings.erase_names(nameless), store, files)
    if store.sittings.without_erased(content) != content:
        _destroy(name, store, files)


def forget_lists(days: Collection[str], store: DeviceStore, files: ObjectFiles) -> None:
    """Destroys the sealed lists of these days that were made or taken in here, and their keys: they hold an erased
    name. What is known of the days stays; the machine that makes the lists signs them anew with its next exchange."""
    for kept in store.statements.of_type("roster") if days else ():
        body = read_statement(open_envelope(kept.envelope).payload).body
        if body["day"] in days and (kept.own or store.setting(f"roster/{kept.id}")):
            _destroy(str(body["sittings"]["sha256"]), store, files)
            if kept.own:
                store.set_setting(f"{STALE}{body['day']}", b"1").result()


def _destroy(bookings: str, store: DeviceStore, files: ObjectFiles) -> None:
    files.remove(bookings)
    store.forget(bookings, [bookings], keys=True).result()


def _take_in_history(content: bytes, store: DeviceStore, device: str, *, own: bool = False) -> None:
    found = strict_json.loads(content, limit=_MAX_HISTORY, what="The roster's history")
    version, entries = strict_json.version_of(found, what="The roster's history"), found.get("entries")
    if set(found) != {"v", "device", "entries"} or version != 1 or type(entries) is not list:
        raise BadInput("The roster's history is not in the expected form.")
    if found["device"] == device and not own:
        return
    whose = OWN if found["device"] == device else str(found["device"])
    rows = [_entry(row) for row in entries]
    for day, run in groupby(rows, key=lambda row: row[1]):
        part: Sequence[tuple[int, str, bytes]] = list(run)
        store.sittings.take_in(whose, day, [p for _, _, p in part], part[0][0]).result()


def _entry(row: object) -> tuple[int, str, bytes]:
    if type(row) is not list or len(row) != 3 or type(row[0]) is not int or type(row[1]) is not str:
        raise BadInput("The roster's history is not in the expected form.")
    return row[0], row[1], from_base64(row[2], "An entry of the roster's history")
