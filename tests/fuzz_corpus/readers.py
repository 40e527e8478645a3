# SPDX-License-Identifier: GPL-3.0-or-later
"""Every reader of what comes from outside, as a function of bytes and a folder to put them in.

A reader takes the bytes or raises one of our own errors; anything else is a fault. What it takes is returned where it
can be written again, to be compared with what was read.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from observer_app.domain.framework import PackRef, Scale, ScalePoint
from observer_app.domain.scenario import Scenario
from observer_app.media.container import CLUSTER_MAGIC, INDEX_MAGIC
from observer_app.media.segment import scan_units
from observer_app.packs.loading import load_from_bytes
from observer_app.trust.bundle import bundle_parts
from observer_app.trust.certificates import read_certificate
from observer_app.trust.chain import join_events, split_events
from observer_app.trust.checkpoints import parse_note
from observer_app.trust.envelope import open_envelope
from observer_app.trust.objects import open_object
from observer_app.trust.receipts import parse_receipt
from observer_app.trust.signed_file import read_signed_file
from observer_app.trust.statements import read_statement
from observer_app.trust.trailer import split_trailer
from observer_app.vault.sittings import decode_sittings
from observer_app.workflows.day_file import Known, read_day_file

__all__ = ["CORPUS", "READERS", "corpus"]

CORPUS = Path(__file__).parent
Reader = Callable[[bytes, Path], bytes | None]
_SCALE = Scale((ScalePoint(1, "Low"), ScalePoint(2, "High")))
_SCENARIO = Scenario(
    PackRef("first-visit", "1", "0" * 64), "First home visit", True, "fw", (), "", "", (), _SCALE, "Overall?", _SCALE
)
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


def _only(read: Callable[[bytes], object]) -> Reader:
    def reader(data: bytes, _folder: Path) -> None:
        read(data)

    return reader


READERS: dict[str, Reader] = {
    "envelope": lambda data, _: open_envelope(data).data,
    "statement": lambda data, _: read_statement(data).payload,
    "certificate": lambda data, _: read_certificate(data).data,
    "receipt": lambda data, _: parse_receipt(data).data,
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
    "index": lambda data, folder: _units(data, folder, INDEX_MAGIC),
}


def corpus(reader: str) -> list[Path]:
    """The kept inputs of a reader."""
    return sorted((CORPUS / reader).iterdir())
