# SPDX-License-Identifier: GPL-3.0-or-later
"""Every reader of what comes from outside, as a function of bytes and a folder to put them in.

A reader takes the bytes or raises one of our own errors; anything else is a fault. What it takes is returned where it
can be written again, to be compared with what was read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import is_dataclass
from pathlib import Path

from observer_app import protocol
from observer_app.domain.events import Event
from observer_app.domain.framework import PackRef, Scale, ScalePoint
from observer_app.domain.scenario import Scenario
from observer_app.errors import BadInput, ObserverError
from observer_app.media.container import CLUSTER_MAGIC, INDEX_MAGIC
from observer_app.media.index_format import ClosingEntry, ClusterEntry, OpeningEntry
from observer_app.media.segment import scan_units
from observer_app.packs.loading import load_from_bytes
from observer_app.trust import strict_json
from observer_app.trust.bundle import bundle_parts
from observer_app.trust.certificates import read_certificate
from observer_app.trust.chain import join_events, split_events
from observer_app.trust.checkpoints import LogKey, parse_note
from observer_app.trust.envelope import open_envelope
from observer_app.trust.examination import Examination
from observer_app.trust.keys import PrivateKey
from observer_app.trust.objects import open_object, seal_object
from observer_app.trust.receipts import parse_receipt
from observer_app.trust.signed_file import read_signed_file
from observer_app.trust.signed_time import verify_time
from observer_app.trust.statements import read_statement
from observer_app.trust.trailer import split_trailer
from observer_app.vault.sittings import _read as read_sitting_entry
from observer_app.vault.sittings import decode_sittings
from observer_app.workflows.day_file import Known, read_day_file
from observer_app.workflows.evidence import read_evidence
from observer_app.workflows.roster_file import _load as load_roster_file
from tests.redteam.second import second

__all__ = ["CORPUS", "READERS", "corpus"]

CORPUS = Path(__file__).parent
Reader = Callable[[bytes, Path], bytes | None]
_SCALE = Scale((ScalePoint(1, "Low"), ScalePoint(2, "High")))
_SCENARIO = Scenario(
    PackRef("first-visit", "1", "0" * 64), "First home visit", True, "fw", (), "", "", (), _SCALE, "Overall?", _SCALE
)
_NEVER_READ = protocol.Credentials  # from headers
MESSAGES = [
    one for one in vars(protocol).values()
    if isinstance(one, type) and is_dataclass(one) and one.__module__ == protocol.__name__ and one is not _NEVER_READ
]  # fmt: skip
# The key behind tests/golden/trust/signed-time.txt, and the number that was asked with.
_LOG = LogKey(
    "central.example/log", PrivateKey.from_seed(hashlib.sha256(b"golden central.example/log").digest()).public
)
_NONCE = hashlib.sha256(b"nonce").hexdigest()[:32]
_KNOWN = Known("centre-1", [_SCENARIO], {"sample assessor a": "p-1"})


def _table(data: bytes, folder: Path, name: str) -> None:
    path = folder / name
    path.write_bytes(data)
    read_day_file(path, _KNOWN)


def _signed_file(data: bytes) -> bytes:
    file = read_signed_file(data)
    if file.receipt:
        parse_receipt(file.receipt)
    return file.data


def _bundle(data: bytes, folder: Path) -> None:
    path = folder / "day.zip"
    path.write_bytes(data)
    for part in bundle_parts(path):
        part.sha256()


def _trailer(data: bytes, folder: Path) -> None:
    path = folder / "film"
    path.write_bytes(data)
    found = split_trailer(path)
    if found is not None:
        read_signed_file(found[1])


def _units(data: bytes, folder: Path, magic: bytes) -> None:
    path = folder / "0001.obsv"
    path.write_bytes(data)
    for _ in scan_units(path, magic):
        pass


def _index_entry(data: bytes) -> bytes:
    """Whatever an entry of an index says once it is opened: somebody who has the recording's key wrote it."""
    for kind in (OpeningEntry, ClosingEntry):
        try:
            kind.unpack(data)
            return data  # JSON may be written in other ways too
        except BadInput:
            continue
    return ClusterEntry.unpack(data).pack()


def _message(data: bytes) -> None:
    """What comes over the line, as each of the messages there are."""
    found = strict_json.loads(data, limit=2**20)
    failures = 0
    for kind in MESSAGES:
        try:
            protocol.as_dict(protocol.read(kind, found))
        except BadInput:
            failures += 1
    if failures == len(MESSAGES):
        raise BadInput("It is none of the messages.")


def _roster_file(data: bytes, folder: Path) -> None:
    path = folder / "day.observer-roster"
    path.write_bytes(data)
    load_roster_file(path)


def _both_verifiers(data: bytes) -> None:
    """A file or receipt somebody gives out: both verifiers take it, or both refuse it; another answer is a fault."""
    ours, theirs, receipt = Examination(None), second.Audit(), not data.startswith(b"{")
    failure: ObserverError | None = None
    try:
        ours.receipt("file", data) if receipt else ours.signed_file("file", data)
    except ObserverError as error:
        failure = error
    theirs.trial(4, "file", lambda: (theirs.receipt if receipt else theirs.signed)("file", data))
    if theirs.ok != (failure is None):
        raise AssertionError(f"one verifier takes it, the other does not: {failure or theirs.wrong}")
    if failure is not None:
        raise failure


def _only(read: Callable[[bytes], object]) -> Reader:
    def reader(data: bytes, _folder: Path) -> None:
        read(data)

    return reader


READERS: dict[str, Reader] = {
    "envelope": lambda data, _: open_envelope(data).data,
    "statement": lambda data, _: read_statement(data).payload,
    "certificate": lambda data, _: read_certificate(data).data,
    "receipt": lambda data, _: parse_receipt(data).data,
    "signed_time": _only(lambda data: verify_time(data.decode("utf-8", "replace"), _LOG, _NONCE)),
    "checkpoint": _only(lambda data: parse_note(data.decode("utf-8", "replace"))),
    "signed_file": lambda data, _: _signed_file(data),
    "event_log": lambda data, _: join_events(split_events(data)),
    "sealed_object": _only(lambda data: open_object(data, bytes(32))),
    "bundle": lambda data, folder: _bundle(data, folder),
    "trailer": lambda data, folder: _trailer(data, folder),
    "pack": _only(lambda data: load_from_bytes(data, "pack.yaml")),
    "table": lambda data, folder: _table(data, folder, "day.csv"),
    "spreadsheet": lambda data, folder: _table(data, folder, "day.xlsx"),
    "roster": _only(decode_sittings),
    "recording": lambda data, folder: _units(data, folder, CLUSTER_MAGIC),
    "index_entry": lambda data, _: _index_entry(data),
    "event": _only(lambda data: Event.from_payload(strict_json.loads(data, limit=2**16))),
    "sitting_entry": _only(read_sitting_entry),
    "evidence": _only(lambda data: read_evidence(seal_object(data, bytes(32)).data, bytes(32))),
    "roster_file": lambda data, folder: _roster_file(data, folder),
    "message": _only(_message),
    "both_verifiers": _only(_both_verifiers),
    "index": lambda data, folder: _units(data, folder, INDEX_MAGIC),
}


def corpus(reader: str) -> list[Path]:
    """The kept inputs of a reader."""
    return sorted((CORPUS / reader).iterdir())
