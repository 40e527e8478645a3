# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be said and checked of a recording without its key.

The signed statement of a record carries, for each segment, size, number of clusters and the Merkle root
(RFC 9162) over its clusters. The data of leaf n is the SHA-256 of the whole sealed unit n, clear head
included, so every byte of the file is under the root, and the list of hashes alone (the upload's parts)
gives the root without the film.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from observer_app.errors import BadInput, EnvironmentFault, IntegrityBroken
from observer_app.media.container import (
    CLUSTER_MAGIC,
    CONTENT_CLUSTER,
    CONTENT_HEADER,
    HEAD_BYTES,
    UnitHead,
    broken,
    index_path,
    segment_numbers,
    segment_path,
)
from observer_app.trust.merkle import leaf_hash, root_of

__all__ = [
    "GapSummary",
    "RecordingSummary",
    "SegmentSummary",
    "UnitRow",
    "merkle_root",
    "scan_stream",
    "scan_units",
    "segment_summary",
    "summarise_segment",
    "unit_kind",
    "unit_place",
    "verify_segment",
]


class UnitRow(NamedTuple):
    """One whole sealed unit of a file: its head, where it starts, SHA-256 of all of it."""

    head: UnitHead
    offset: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class SegmentSummary:
    """One segment as its file shows it without a key.

    `sha256` is the whole file's; all hashes are hexadecimal. `size` counts whole units only, `torn_bytes` is what a
    kill left behind them (0 after recovery). `offset_ms`: the segment's start on the recording's time.
    """

    segment: int
    file: str
    sha256: str
    size: int
    clusters: int
    cluster_sha256: tuple[str, ...]
    root: str
    offset_ms: int
    duration_ms: int
    torn_bytes: int
    index_size: int
    index_sha256: str


@dataclass(frozen=True, slots=True)
class GapSummary:
    """Time on the recording (ms) of which there is no picture: between one segment's end and the next one's start."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class RecordingSummary:
    """All segments of a recording, the gaps between them, and its length on the recording's time (ms)."""

    recording: str
    segments: tuple[SegmentSummary, ...]
    gaps: tuple[GapSummary, ...]
    duration_ms: int

    @property
    def size(self) -> int:
        """Bytes of sealed picture and sound."""
        return sum(s.size for s in self.segments)


def unit_place(path: Path, number: int, magic: bytes = CLUSTER_MAGIC) -> str:
    """How a message names a unit: file and cluster (or entry)."""
    return f"{unit_kind(path, magic)} {number}"


def unit_kind(path: Path, magic: bytes) -> str:
    """What stands before a unit's number in `unit_place`."""
    return f"{path.name}, {'cluster' if magic == CLUSTER_MAGIC else 'entry'}"


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162 section 2.1.1 over the leaves' data; the hash of nothing when there is none."""
    return root_of([leaf_hash(leaf) for leaf in leaves])


def scan_units(path: Path, magic: bytes, *, start: int = 0, first_number: int = 0) -> Iterator[UnitRow]:
    """Every whole unit of a file in order, read one at a time.

    Ends at the file's end or at a torn tail (the caller compares offsets with the size). Raises
    `IntegrityBroken` for a head that is not one, another recording's or segment's unit, or a number out of turn.
    """
    with _open(path) as file:
        file.seek(start)
        yield from scan_stream(file, path, magic, start=start, first_number=first_number)


def scan_stream(
    file: BinaryIO, path: Path, magic: bytes, *, start: int = 0, first_number: int = 0
) -> Iterator[UnitRow]:
    """`scan_units` of a file already opened and at `start` (or of its bytes); `path` is for the messages."""
    recording, segment, kind = "", 0, unit_kind(path, magic)
    number, offset = first_number, start
    while len(head_bytes := file.read(HEAD_BYTES)) == HEAD_BYTES:
        where = f"{kind} {number}"
        head = UnitHead.unpack(head_bytes, magic, where)
        recording, segment = recording or head.recording, segment or head.segment
        _check_turn(head, recording, segment, number, where)
        content = file.read(head.sealed_length)
        if len(content) < head.sealed_length:
            return
        yield UnitRow(head, offset, hashlib.sha256(head_bytes + content).digest())
        offset += head.length
        number += 1


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise IntegrityBroken(
            f"The recording's file {path.name} is missing.",
            advice="Fetch it again from where it was sent, or look for the folder's copy.",
            subject=path.name,
        ) from None
    except OSError as error:
        raise EnvironmentFault(f"The recording's file {path.name} cannot be read: {error.strerror}.") from None


def _check_turn(head: UnitHead, recording: str, segment: int, number: int, where: str) -> None:
    if head.recording != recording:
        raise broken(where, "belongs to another recording")
    if head.segment != segment:
        raise broken(where, f"belongs to segment {head.segment}")
    if head.number != number:
        raise broken(where, f"is number {head.number} and stands out of its turn")
    if head.magic == CLUSTER_MAGIC and head.kind != (CONTENT_HEADER if number == 0 else CONTENT_CLUSTER):
        raise broken(where, "is of the wrong kind for its place")


def summarise_segment(path: Path) -> tuple[str, SegmentSummary]:
    """(recording id, summary) of one `.obsv` file, read once and without a key."""
    rows = list(scan_units(path, CLUSTER_MAGIC))
    if not rows:
        raise broken(unit_place(path, 0), "is not whole")
    first, last = rows[0].head, rows[-1]
    if segment_path(path.parent, first.segment) != path:
        raise broken(unit_place(path, 0), f"belongs to segment {first.segment}")
    size = last.offset + last.head.length
    index = index_path(path.parent, first.segment)
    return first.recording, SegmentSummary(
        segment=first.segment,
        file=path.name,
        sha256=_file_sha256(path),
        size=size,
        clusters=len(rows),
        cluster_sha256=tuple(r.sha256.hex() for r in rows),
        root=merkle_root([r.sha256 for r in rows]).hex(),
        offset_ms=first.start_ms,
        duration_ms=max((r.head.end_ms for r in rows[1:]), default=0),
        torn_bytes=path.stat().st_size - size,
        index_size=index.stat().st_size if index.exists() else 0,
        index_sha256=_file_sha256(index) if index.exists() else hashlib.sha256(b"").hexdigest(),
    )


def _file_sha256(path: Path) -> str:
    with _open(path) as file:
        return hashlib.file_digest(cast(BufferedReader, file), "sha256").hexdigest()


def segment_summary(folder: Path) -> RecordingSummary:
    """Summary of a recording's folder without its key; `BadInput` when it holds none."""
    numbers = segment_numbers(folder)
    if not numbers:
        raise BadInput(
            f"The folder {folder.name} holds no recording.", advice="Choose the folder with the .obsv files."
        )
    segments: list[SegmentSummary] = []
    recording = ""
    for number in numbers:
        path = segment_path(folder, number)
        if path.stat().st_size < HEAD_BYTES:  # the recorder was killed before its first byte: nothing was recorded
            continue
        found, summary = summarise_segment(path)
        recording = recording or found
        if found != recording:
            raise broken(unit_place(path, 0), "belongs to another recording")
        segments.append(summary)
    if not segments:
        raise BadInput(f"The recording in {folder.name} is empty: nothing had been recorded when it stopped.")
    gaps = tuple(
        GapSummary(a.offset_ms + a.duration_ms, b.offset_ms)
        for a, b in pairwise(segments)
        if b.offset_ms > a.offset_ms + a.duration_ms
    )
    return RecordingSummary(recording, tuple(segments), gaps, segments[-1].offset_ms + segments[-1].duration_ms)


def verify_segment(
    path: Path, expected_root: str, expected_size: int, expected_sha256: Sequence[str] = ()
) -> SegmentSummary:
    """Check one `.obsv` file against the signed size and root; returns its summary when all is well.

    `IntegrityBroken.subject` names file and cluster. A changed byte inside a cluster's sealed content can only be
    pinned to its cluster with `expected_sha256` (the manifest's list); without it the file alone is named.
    """
    for number, (row, expected) in enumerate(zip(scan_units(path, CLUSTER_MAGIC), expected_sha256, strict=False)):
        if row.sha256.hex() != expected:
            raise broken(unit_place(path, number), "is not what was signed")
    _, summary = summarise_segment(path)
    size = path.stat().st_size
    if (expected_sha256 and summary.clusters != len(expected_sha256)) or size != expected_size:
        place = unit_place(path, min(summary.clusters, len(expected_sha256) or summary.clusters))
        raise broken(place, f"is where the file ends or goes on: it has {size} bytes and {expected_size} were signed")
    if summary.root != expected_root.lower():
        raise broken(path.name, "is not what was signed")
    return summary
