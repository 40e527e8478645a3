# SPDX-License-Identifier: GPL-3.0-or-later
"""A day's proof: every signed statement of the day with its receipt, the entries behind the marks, one signed list.

It holds no name, note or picture: it can be given to anyone and checked with `observer verify`, offline.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from observer_app import BUILD
from observer_app.errors import ObserverError
from observer_app.trust.bundle import write_bundle
from observer_app.trust.manifest import list_header, write_manifest
from observer_app.trust.receipts import parse_receipt
from observer_app.trust.signed_file import SUFFIX, make_signed_file
from observer_app.vault.durable import make_folder, write_durably
from observer_app.workflows.record_parts import OpenedRecord
from observer_app.workflows.records import RecordReader
from observer_app.workflows.signing import Signatory

__all__ = ["DayStatements", "day_statements", "sign_folder", "write_day_bundle"]


_PACKS = ("framework", "scenario")


@dataclass(frozen=True, slots=True)
class DayStatements:
    """Ids by type of statement, and the names of the entries' objects they refer to."""

    ids: Mapping[str, tuple[str, ...]]
    logs: tuple[str, ...]


def day_statements(reader: RecordReader, day: str, records: Iterable[OpenedRecord]) -> DayStatements:
    """Everything signed about a day: rosters, records and what followed them, their recordings and packs, the day's
    close; and which keys the log has ended, so that nobody can be given the records without it."""
    ids: dict[str, list[str]] = {"roster": [], "record": [], "day_close": []}
    ended = reader.store.statements.of_type("revocation")
    ids["revocation"] = [k.id for k in ended if reader.receipt(k.id) is not None]
    logs: list[str] = []
    for kind in ("roster", "day_close"):
        for kept in reader.store.statements.of_type(kind):
            if reader.verify(kept.id).statement.body["day"] == day:
                ids[kind].append(kept.id)
    for kind, statement in _answered_for(reader, ids["day_close"]):
        ids.setdefault(kind, []).append(statement)
    for opened in records:
        ids["record"].append(opened.id)
        following = [(k.type, k.id) for k, _ in reader.kept.all_about(opened.id)]
        for kind in ("media", "deletion"):
            following += [(k.type, k.id) for k in reader.store.statements.about(opened.observation, kind)]
        for kind, statement in following:
            ids.setdefault(kind, []).append(statement)
        body = reader.verify(opened.id).statement.body
        ids.setdefault("pack", []).extend(p for k in _PACKS for p in reader.kept.pack(body[k]["sha256"]))
        for statement in (opened.id, *(m.id for m in opened.second_marks)):
            name = str(reader.verify(statement).statement.body["event_log"]["sha256"])
            if reader.files.has(name):
                logs.append(name)
    found = {kind: tuple(dict.fromkeys(names)) for kind, names in ids.items() if names}
    return DayStatements(found, tuple(dict.fromkeys(logs)))


def _answered_for(reader: RecordReader, closes: Iterable[str]) -> list[tuple[str, str]]:
    """What this machine's day closes answer for: every statement of its own between the first and last number they
    name, whichever day it was about (tomorrow's roster may have been signed today)."""
    found: list[tuple[str, str]] = []
    for close in closes:
        body = reader.verify(close).statement.body
        own = reader.store.statements.own(int(body["first_seq"]))
        if any(kept.id == close for kept in own):
            found += [(kept.type, kept.id) for kept in own if kept.device_seq <= int(body["last_seq"])]
    return found


def write_day_bundle(
    reader: RecordReader, signatory: Signatory, folder: Path, statements: DayStatements, target: Path
) -> dict[str, int]:
    """Writes the folder, signs its list, and writes the same as one file `target`; how many of each kind are in it.

    Raises IntegrityBroken when a statement or receipt does not hold, DiskFull, EnvironmentFault.
    """
    make_folder(folder)
    for kind, ids in statements.ids.items():
        make_folder(folder / kind)
        for statement in ids:
            write_durably(folder / kind / f"{statement}{SUFFIX}", signed_file(reader, statement))
    for name in statements.logs:
        make_folder(folder / "entries")
        write_durably(folder / "entries" / name, reader.files.read(name))
    checkpoint = reader.store.outbox.last_checkpoint()
    if checkpoint is not None:
        write_durably(folder / "checkpoint.txt", checkpoint.note)
    counts = {kind: len(ids) for kind, ids in statements.ids.items()}
    sign_folder(folder, reader, signatory, counts)
    write_bundle(folder, target)
    return counts


def signed_file(reader: RecordReader, statement: str) -> bytes:
    """One statement with every certificate above its signers and its receipt, as a file that stands alone."""
    kept = reader.store.outbox.receipt(statement)
    receipt = b""
    if kept is not None:
        reader.receipt(statement)
        receipt = replace(parse_receipt(kept[0]), leaf=b"", certificates=()).data
    else:
        reader.verify(statement)
    return make_signed_file(reader.trust, reader.store.statements.get(statement), receipt)


def sign_folder(folder: Path, reader: RecordReader, signatory: Signatory, counts: Mapping[str, int]) -> Path:
    """The signed list of every file in a folder: by the centre where this machine holds its keys, and by the machine.

    No person signs: it says what was given out, not what is true.
    """
    machine, now = signatory.machine, signatory.clock.now()
    centre = [machine.centre_keys.signing] if machine.centre_keys is not None else []
    signers = [*centre, machine.keys.signing]
    header = list_header(reader.trust, signers, BUILD, now.wall_ms, centre=machine.centre, device=machine.device,
                         monotonic_ms=now.monotonic_us // 1000, boot_id=now.boot_id)  # fmt: skip
    return write_manifest(folder, reader.trust, header, signers, counts=counts)


def refused(records: Sequence[OpenedRecord], reader: RecordReader) -> dict[str, str]:
    """Records whose proof cannot be given out, each with the sentence why."""
    found: dict[str, str] = {}
    for opened in records:
        try:
            for statement in (opened.id, *(k.id for k, _ in reader.kept.all_about(opened.id))):
                signed_file(reader, statement)
        except ObserverError as error:
            found[opened.id] = str(error)
    return found
