# SPDX-License-Identifier: GPL-3.0-or-later
"""An operator with every right on the central database and objects, but without the log's key."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from observer_app.central.store import CentralStore
from observer_app.errors import IntegrityBroken, ObserverError
from observer_app.trust.checkpoints import Checkpoint, check_consistent, parse_note, sign_checkpoint
from observer_app.trust.envelope import record_id
from observer_app.trust.examination import Examination
from observer_app.trust.merkle import consistency_proof, leaf_hash, root_of
from observer_app.trust.receipts import parse_receipt, verify_receipt
from tests.redteam.tally import Tally
from tests.simulators.programme import Holder, Programme, chain, sealed, second_mark_body

pytestmark = pytest.mark.slow
COUNT = 24
_ENTRY = re.compile(r"log entry (\d+)", re.IGNORECASE)


@dataclass
class Hall:
    """A central store with records of two machines, second marks and objects, and what the machines kept of it."""

    store: CentralStore
    programme: Programme
    envelopes: list[bytes]
    receipts: list[bytes]
    notes: list[str]

    def sql(self, sql: str, *params: Any) -> None:
        self.store.database.run(sql, params)


def _statements(programme: Programme, device: Holder, assessor: Holder, moderator: Holder) -> list[bytes]:
    found = chain(programme, device, assessor, COUNT * 3 // 4)
    for seq in range(len(found) + 1, COUNT + 1):
        who = (moderator, device)
        header = programme.header("second_mark", seq, record_id(found[-1]), device, who)
        found.append(sealed(header, second_mark_body(record_id(found[seq % 7])), who))
    return found


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    data, programme = tmp_path_factory.mktemp("hall") / "central", Programme()
    centre = programme.centre("north")
    device, assessor = programme.device(centre, "d-1"), programme.person(centre, "p-1", "assessor")
    moderator = programme.person(None, "p-9", "moderator")
    programme.set_up(data)
    store = CentralStore(data)
    store.registry.add(programme.certificates)
    envelopes = _statements(programme, device, assessor, moderator)
    receipts, notes = list[bytes](), list[str]()
    for envelope in envelopes:
        answer = store.intake.accept([envelope]).answers[0]
        receipts.append(answer.receipt)
        notes.append(parse_receipt(answer.receipt).note)
    for (name,) in store.database.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        store.database.run(f"DROP TRIGGER {name}")
    yield Hall(store, programme, envelopes, receipts, notes)
    store.close()


class Undone(Exception):
    """Puts the rows back."""


def tried(hall: Hall, tally: Tally, kind: str, entries: set[int] | None, *changes: tuple[Any, ...]) -> None:
    """Makes the changes, looks, and takes them back. `entries`: the log entries it was done to; None: not to one."""
    try:
        with hall.store.database.transaction():
            for sql, *params in changes:
                hall.sql(sql, *params)
            faults = hall.store.log.faults() or hall.store.faults()
            named = {int(n) for line in faults for n in _ENTRY.findall(line)}
            first = [int(n) for n in _ENTRY.findall(faults[0])] if faults else []
            right = bool(faults) and (entries is None or (first == [min(entries)] and named <= entries))
            tally.note(kind, f"{changes} {faults[:3]}", right)
            raise Undone
    except Undone:
        pass
    except IntegrityBroken as error:  # the engine itself refused
        tally.note(kind, str(error), True)


def other_value(tally: Tally, value: Any) -> Any:
    if isinstance(value, int):
        return value + tally.dice.choice((-1, 1, 86_400_000))
    if isinstance(value, bytes):
        return tally.spoilt(value)
    at = tally.dice.randrange(len(value)) if value else 0
    return value[:at] + tally.dice.choice([c for c in "0123abcdxyz" if c != value[at : at + 1]]) + value[at + 1 :]


# By key; what is not here nothing signed speaks of (docs/threat-model.md): when something was received, say.
TABLES = {
    "statement": (
        "position",
        ["record_id", "type", "centre", "device", "device_seq", "person", "claimed_ms", "envelope"],
    ),
    "receipt": ("position", ["receipt"]),
    "node": ("level, place", ["hash"]),
    "checkpoint": ("size", ["note"]),
    "reference": ("position", ["record_id"]),
    "named": ("position", ["sha256"]),
}


def test_every_altered_row_of_the_log_is_named_and_no_other(hall: Hall) -> None:
    tally = Tally("central database, rows")
    assert hall.store.faults() == []
    for table, (key, columns) in TABLES.items():
        keys = key.split(", ")
        where = " AND ".join(f"{k} = ?" for k in keys)
        for row in hall.store.database.rows(f"SELECT {key}, {', '.join(columns)} FROM {table}"):
            at, values = row[: len(keys)], row[len(keys) :]
            place = {at[0]} if keys == ["position"] else {at[1]} if table == "node" and at[0] == 0 else None
            for column, value in zip(columns, values, strict=True):
                for _ in range(4 if column in ("envelope", "receipt", "hash", "note") else 2):
                    new = other_value(tally, value)
                    sql = f"UPDATE {table} SET {column} = ? WHERE {where} AND {column} = ?"
                    tried(hall, tally, f"altered {table}.{column}", place, (sql, new, *at, value))
            tried(hall, tally, f"deleted {table}", place, (f"DELETE FROM {table} WHERE {where}", *at))
    tally.settle(1000)


def test_entries_swapped_replaced_and_cut_off_are_named(hall: Hall) -> None:
    tally = Tally("central database, order")
    move = "UPDATE statement SET position = ? WHERE position = ?"
    for _ in range(150):
        a, b = sorted(tally.dice.sample(range(COUNT), 2))
        moved = [(move, -1, a), (move, a, b), (move, b, -1)]
        tried(hall, tally, "swapped two entries", {a, b}, *moved)
        envelopes = [
            (f"UPDATE statement SET envelope = ? WHERE position = {x}", hall.envelopes[y]) for x, y in ((a, b), (b, a))
        ]
        tried(hall, tally, "swapped two envelopes", {a, b}, *envelopes)
        receipts = [
            (f"UPDATE receipt SET receipt = ? WHERE position = {x}", hall.receipts[y]) for x, y in ((a, b), (b, a))
        ]
        tried(hall, tally, "swapped two receipts", {a, b}, *receipts)
    for size in range(1, COUNT):
        rows = [(f"DELETE FROM {t} WHERE position >= {size}",) for t in ("statement", "receipt", "reference", "named")]
        tree = [
            ("DELETE FROM node WHERE (place + 1) << level > ?", size),
            ("DELETE FROM checkpoint WHERE size > ?", size),
        ]
        for part in range(1, 4):
            tried(hall, tally, "cut off the end, wholly or in part", None, *rows[: part + 1], *tree[: part - 1])
        tried(hall, tally, "put back to an earlier day", None, *rows, *tree)
    tally.settle(500)


def with_objects(hall: Hall, tally: Tally, folder: Path) -> list[tuple[str, bytes]]:
    """Twenty objects that lie in the store: (name, content)."""
    names = []
    for _ in range(20):
        data = tally.dice.randbytes(3000)
        name = hashlib.sha256(data).hexdigest()
        (folder / name[:2]).mkdir(exist_ok=True)
        (folder / name[:2] / name).write_bytes(data)
        hall.sql("INSERT INTO object VALUES (?, 3000, 'film', 'o-1', 'north', 'd-1', 1, 1)", name)
        hall.sql("INSERT INTO completed (sha256) VALUES (?)", name)
        names.append((name, data))
    return names


def test_certificates_and_objects(hall: Hall) -> None:
    tally = Tally("central store, certificates and objects")
    folder = hall.store.data / "objects"
    names = with_objects(hall, tally, folder)
    assert hall.store.faults() == []
    for number, envelope in hall.store.database.rows("SELECT number, envelope FROM certificate"):
        for _ in range(8):
            spoilt = tally.spoilt(bytes(envelope))
            tried(
                hall,
                tally,
                "altered certificate",
                None,
                ("UPDATE certificate SET envelope = ? WHERE number = ?", spoilt, number),
            )
        tried(hall, tally, "deleted certificate", None, ("DELETE FROM certificate WHERE number = ?", number))
    for name, data in names:
        path = folder / name[:2] / name
        for kind in ("altered", "cut", "longer", "swapped", "deleted"):
            for _ in range(4):
                other = tally.dice.choice([d for n, d in names if n != name])
                spoilt = {"altered": tally.spoilt(data), "cut": data[: tally.dice.randrange(3000)],
                          "longer": data + b"\0", "swapped": other}  # fmt: skip
                path.unlink() if kind == "deleted" else path.write_bytes(spoilt[kind])
                faults = hall.store.faults()
                tally.note(f"object {kind}", name, [f"Object {name} is missing or altered."] == faults)
                path.write_bytes(data)
        for column, value in (("sha256", "0" * 64), ("size", 2999), ("complete", 0)):
            tried(
                hall,
                tally,
                f"altered object.{column}",
                None,
                (f"UPDATE object SET {column} = ? WHERE sha256 = ?", value, name),
            )
        tried(hall, tally, "deleted object", None, ("DELETE FROM object WHERE sha256 = ?", name))
    tally.settle(500)


def put_back_under_the_signers_memory(hall: Hall, old: Path) -> None:
    """A store of half the entries, with the memory of the whole log: it must not start."""
    hall.programme.set_up(old)
    first = CentralStore(old)
    first.registry.add(hall.programme.certificates)
    for envelope in hall.envelopes[: COUNT // 2]:
        first.intake.accept([envelope])
    first.close()
    shutil.copy(hall.store.data / "last-checkpoint", old / "last-checkpoint")
    with pytest.raises(IntegrityBroken, match="shorter"):
        CentralStore(old)


def test_an_older_folder_put_back_is_refused_by_the_signer_and_by_the_machines(hall: Hall, tmp_path: Path) -> None:
    """Whole folder but the log's memory: the store will not start. Memory and all: the machines' kept notes say so."""
    tally = Tally("central store put back, and forks by whoever has the log's key")
    put_back_under_the_signers_memory(hall, tmp_path / "old")
    tally.note("older database under the signer's memory", "", True)
    leaves = [leaf_hash(e) for e in hall.envelopes]
    log, key = hall.store.log.public, hall.programme.log_key
    for size in range(1, COUNT + 1):
        kept = parse_note(hall.notes[size - 1]).checkpoint
        for shown in range(1, COUNT + 1):
            for _ in range(4):
                at = tally.dice.randrange(min(size, shown))
                told = [*leaves]
                told[at] = tally.spoilt(leaves[at])  # another statement in its place
                if tally.dice.random() < 0.5:
                    told.insert(at, told.pop(tally.dice.randrange(len(told))))
                new = Checkpoint(log.name, shown, root_of(told[:shown]))
                sign_checkpoint(new, key)
                proof = consistency_proof(size, shown, told[:shown]) if size <= shown else []
                tally.note(
                    "shorter log" if shown < size else "forked log", f"{size} {shown} {at}", refused(kept, new, proof)
                )
        for place in range(size):
            for _ in range(2):
                spoilt = tally.spoilt(hall.receipts[place])
                tally.note("altered receipt on a machine", f"{place}", not holds(hall, spoilt, hall.envelopes[place]))
            other = tally.dice.choice([n for n in range(COUNT) if n != place])
            tally.note(
                "receipt of another entry",
                f"{place} {other}",
                not holds(hall, hall.receipts[other], hall.envelopes[place]),
            )
    tally.settle(3000)


def refused(kept: Checkpoint, new: Checkpoint, proof: list[bytes]) -> bool:
    try:
        check_consistent(kept, new, proof)
    except IntegrityBroken:
        return True
    return False


def holds(hall: Hall, receipt: bytes, envelope: bytes) -> bool:
    """Whether `observer verify` and a machine would both take it for this envelope's."""
    try:
        Examination(hall.programme.root).receipt("receipt", receipt)
        verify_receipt(receipt, envelope, hall.store.log.public)
    except ObserverError:
        return False
    return True
