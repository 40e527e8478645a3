# SPDX-License-Identifier: GPL-3.0-or-later
"""After a kill: cut half-written tails off, take up clusters the index had not yet, close the segment.

Nothing whole is ever touched, and nothing is done to a segment that was closed.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from observer_app.errors import BadInput
from observer_app.media.container import (
    ENTRY_CLOSE,
    ENTRY_CLUSTER,
    HEAD_BYTES,
    INDEX_MAGIC,
    Sealer,
    index_path,
    segment_numbers,
    segment_path,
)
from observer_app.media.index_format import ClosingEntry, SegmentIndex, read_index

__all__ = ["Recovered", "recover_recording"]


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was done to one segment: bytes of half-written tail cut off, clusters taken up into the index."""

    segment: int
    torn_bytes: int
    rebuilt: int


def recover_recording(folder: Path, key: bytes, recording: str) -> list[Recovered]:
    """Bring every segment that was not closed into the shape of one that was; what was done, by segment.

    Only while no recorder writes there. Raises `IntegrityBroken` when a segment is not torn but altered.
    """
    done = []
    for number in segment_numbers(folder):
        (folder / f"{number:04d}.reserve").unlink(missing_ok=True)
        path = segment_path(folder, number)
        if path.stat().st_size < HEAD_BYTES:
            continue
        index = read_index(folder, number, key, recording)
        if index.closing is None and index.entries:
            done.append(_close(folder, index, Sealer(key, recording, number)))
    return done


def _close(folder: Path, index: SegmentIndex, sealer: Sealer) -> Recovered:
    path = index_path(folder, index.segment)
    _cut(index.path, index.size)
    _cut(path, index.index_size)
    chain, number, units = index.chain, index.next_entry, b""
    closing = ClosingEntry(index.size, len(index.entries), index.entries[-1].sha256.hex(), "recovered")
    contents = [(ENTRY_CLUSTER, e.pack()) for e in index.entries[len(index.entries) - index.rebuilt :]]
    for kind, content in [*contents, (ENTRY_CLOSE, closing.pack())]:
        unit = sealer.seal(INDEX_MAGIC, kind, number, content, chain=chain)
        chain, number, units = hashlib.sha256(unit).digest(), number + 1, units + unit
    with path.open("ab") as file:
        file.write(units)
        file.flush()
        os.fsync(file.fileno())
    return Recovered(index.segment, index.torn_bytes, index.rebuilt)


def _cut(path: Path, size: int) -> None:
    if path.stat().st_size < size:
        raise BadInput(f"{path.name} has become shorter while it was being repaired.")
    with path.open("r+b") as file:
        file.truncate(size)
        os.fsync(file.fileno())
