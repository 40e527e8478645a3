# SPDX-License-Identifier: GPL-3.0-or-later
"""The sealed index of a segment: what its entries say, and reading them back with the key.

Rules:
1. Entry 0 opens the segment, then one entry a cluster in order, at last one that closes it.
2. An entry is written only after its cluster is safely on the disk. So an index never runs ahead of its
   segment: where it does, the segment has been shortened, whatever else is true.
3. After a kill the segment may be ahead by about a second. Those clusters are read back from the segment itself
   (they open only with the key and only in their place), without clock anchors.
4. Behind a closing entry nothing may follow, in either file.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from observer_app.errors import BadInput, IntegrityBroken
from observer_app.media.container import (
    CLUSTER_MAGIC,
    ENTRY_CLOSE,
    ENTRY_CLUSTER,
    ENTRY_OPENING,
    HEAD_BYTES,
    INDEX_MAGIC,
    TAG_BYTES,
    Sealer,
    broken,
    index_path,
    segment_path,
)
from observer_app.media.matroska import FrameRow, cluster_times
from observer_app.media.segment import UnitRow, scan_stream, scan_units, unit_kind, unit_place
from observer_app.trust import strict_json

__all__ = ["Anchor", "ClosingEntry", "ClusterEntry", "OpeningEntry", "SegmentIndex", "read_index"]

_CLUSTER = struct.Struct(">IQI32sIIIHH")
_FRAME = struct.Struct(">I?I")
_ANCHOR = struct.Struct(">QqQ")
_NO_CHAIN = bytes(32)
_MOST = 64 * 1024


class Anchor(NamedTuple):
    """One point where the clocks meet: monotonic clock (ns, of the opening entry's boot), media time of the
    segment (pts ms), wall clock (ms since 1970 UTC, for people only)."""

    monotonic_ns: int
    pts_ms: int
    wall_ms: int


def _fields(kind: type[OpeningEntry | ClosingEntry], content: bytes) -> dict[str, Any]:
    found = strict_json.loads(content, limit=_MOST, what="An entry of a recording's index")
    wanted = {f.name: f.type for f in fields(kind)}
    if {name: type(value).__name__ for name, value in found.items()} != wanted:
        raise BadInput("An entry of a recording's index has fields that do not belong to it.")
    return found


@dataclass(frozen=True, slots=True)
class OpeningEntry:
    """What holds for a whole segment. `offset_ms`: its start on the recording's time. `boot_id`: hexadecimal."""

    boot_id: str
    offset_ms: int
    started_monotonic_ns: int
    started_wall_ms: int
    width: int
    height: int
    sound: bool
    source_kind: str

    def pack(self) -> bytes:
        """The entry's content, before it is sealed."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def unpack(cls, content: bytes) -> OpeningEntry:
        """Raises BadInput for anything but what `pack` writes."""
        return cls(**_fields(cls, content))


@dataclass(frozen=True, slots=True)
class ClosingEntry:
    """The last word on a segment: size and clusters of its file, SHA-256 of its last cluster, why it ended."""

    size: int
    clusters: int
    last_sha256: str
    reason: str

    def pack(self) -> bytes:
        """The entry's content, before it is sealed."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def unpack(cls, content: bytes) -> ClosingEntry:
        """Raises BadInput for anything but what `pack` writes."""
        return cls(**_fields(cls, content))


class ClusterEntry(NamedTuple):
    """One sealed cluster: where it is, what it hashes to, its frames and clock anchors. Cluster 0 is the header.

    `frame_rows` and `anchor_rows` are as they stand in the entry: an hour has 100,000 of them, and whoever opens a
    recording waits for what is made of each.
    """

    cluster: int
    offset: int
    length: int
    sha256: bytes
    start_ms: int
    end_ms: int
    frame_rows: bytes = b""
    anchor_rows: bytes = b""

    def holding(self, frames: Iterable[FrameRow], anchors: Iterable[Anchor]) -> ClusterEntry:
        """The same entry with these frames and anchors."""
        return self._replace(
            frame_rows=b"".join(_FRAME.pack(*f) for f in frames),
            anchor_rows=b"".join(_ANCHOR.pack(*a) for a in anchors),
        )

    @property
    def keys_ms(self) -> tuple[int, ...]:
        """Media time of its key frames."""
        if b"\1" not in _key_flags(self.frame_rows):
            return ()
        return tuple(pts_ms for pts_ms, key, _ in _FRAME.iter_unpack(self.frame_rows) if key)

    @property
    def plain_length(self) -> int:
        """Bytes of Matroska inside."""
        return self.length - HEAD_BYTES - TAG_BYTES

    def pack(self) -> bytes:
        """The entry's content, before it is sealed."""
        fixed = _CLUSTER.pack(
            self.cluster,
            self.offset,
            self.length,
            self.sha256,
            self.plain_length,
            self.start_ms,
            self.end_ms,
            len(self.frame_rows) // _FRAME.size,
            len(self.anchor_rows) // _ANCHOR.size,
        )
        return fixed + self.frame_rows + self.anchor_rows

    @classmethod
    def unpack(cls, content: bytes) -> ClusterEntry:
        """Raises BadInput for anything but what `pack` writes."""
        if len(content) < _CLUSTER.size:
            raise BadInput("An entry of a recording's index is cut off.")
        cluster, offset, length, sha, plain, start, end, frames, anchors = _CLUSTER.unpack_from(content)
        if len(content) != _CLUSTER.size + frames * _FRAME.size + anchors * _ANCHOR.size:
            raise BadInput("An entry of a recording's index has another length than it says.")
        middle = _CLUSTER.size + frames * _FRAME.size
        rows = content[_CLUSTER.size : middle]
        if plain != length - HEAD_BYTES - TAG_BYTES or _key_flags(rows).translate(None, b"\0\1"):
            raise BadInput("An entry of a recording's index contradicts itself.")
        return cls(cluster, offset, length, sha, start, end, rows, content[middle:])


def _key_flags(frame_rows: bytes) -> bytes:
    """The byte of each packed frame that says whether it is a key frame: 0 or 1."""
    return frame_rows[4 :: _FRAME.size]


@dataclass(frozen=True)
class SegmentIndex:
    """All that is known of a segment. `rebuilt`: clusters read back because the index ended before them;
    `size`, `index_size`: bytes of whole units in the two files; `torn_bytes`: half-written tails of both that a
    kill left and reading ignores. `shortened`: the file ends before what its index names."""

    path: Path
    segment: int
    opening: OpeningEntry
    entries: tuple[ClusterEntry, ...]
    closing: ClosingEntry | None
    rebuilt: int
    size: int
    index_size: int
    torn_bytes: int
    chain: bytes
    next_entry: int
    shortened: bool = False

    @property
    def has_pictures(self) -> bool:
        """Whether anything was recorded that can be shown."""
        return any(e.frame_rows for e in self.entries)

    @cached_property
    def _frames(self) -> tuple[list[int], list[int]]:
        # No object a frame: making 100,000 of them would be most of what opening a long recording takes.
        rows = b"".join([e.frame_rows for e in self.entries])
        flat = struct.unpack(f">{len(rows) // _FRAME.size * 'I?I'}", rows)
        times, flags = flat[0::3], flat[1::3]
        order = sorted(range(len(times)), key=times.__getitem__)
        return [times[i] for i in order], [place for place, i in enumerate(order) if flags[i]]

    @property
    def frames_ms(self) -> list[int]:
        """Media time of every picture frame, in order of presentation."""
        return self._frames[0]

    @property
    def keys(self) -> list[int]:
        """Which of `frames_ms` are key frames, by place."""
        return self._frames[1]

    @cached_property
    def duration_ms(self) -> int:
        """Media time up to the end of the last frame (ms)."""
        return max((e.end_ms for e in self.entries[1:]), default=0)

    @cached_property
    def anchors(self) -> list[Anchor]:
        """Every clock anchor of the segment, in order."""
        return list(map(Anchor._make, _ANCHOR.iter_unpack(b"".join([e.anchor_rows for e in self.entries]))))


class _IndexReader:
    """Reads one `.obsi` file; see the rules on top."""

    def __init__(self, folder: Path, segment: int, sealer: Sealer, *, whole: bool) -> None:
        self.whole, self.shortened = whole, False
        self.sealer = sealer
        self.data = segment_path(folder, segment)
        self.index = index_path(folder, segment)
        self.segment = segment
        self.opening: OpeningEntry | None = None
        self.closing: ClosingEntry | None = None
        self.entries: list[ClusterEntry] = []
        self.chain = _NO_CHAIN
        self.next_entry = 0
        self.index_end = 0

    def read(self) -> SegmentIndex:
        # The index first: a recorder at work writes the segment ahead of it, so what it names is there when looked for.
        raw = self.index.read_bytes() if self.index.exists() else b""
        self._read_entries(raw)
        size = self.data.stat().st_size if self.data.exists() else 0
        if self.opening is None:
            raise broken(unit_place(self.index, 0, INDEX_MAGIC), "is not whole")
        end = self._check_against(size)
        tail = [] if self.closing or self.shortened else self._rebuild(end, size)
        if tail:
            end = tail[-1].offset + tail[-1].length
        self.entries += tail
        torn = size - end + len(raw) - self.index_end
        return SegmentIndex(
            self.data,
            self.segment,
            self.opening,
            tuple(self.entries),
            self.closing,
            len(tail),
            end,
            self.index_end,
            torn,
            self.chain,
            self.next_entry,
            self.shortened,
        )

    def _read_entries(self, raw: bytes) -> None:
        kind = unit_kind(self.index, INDEX_MAGIC)
        for row in scan_stream(io.BytesIO(raw), self.index, INDEX_MAGIC):
            where = f"{kind} {row.head.number}"
            if self.closing is not None:
                raise broken(where, "stands behind the closing entry")
            unit = raw[row.offset : row.offset + row.head.length]
            self._take(row, self.sealer.open(unit, row.head, where, self.chain), where)
            self.chain = row.sha256
            self.next_entry += 1
            self.index_end = row.offset + row.head.length
        if self.closing is not None and self.index_end != len(raw):
            raise broken(self.index.name, "goes on behind its closing entry")

    def _take(self, row: UnitRow, content: bytes, where: str) -> None:
        expected = {ENTRY_OPENING} if row.head.number == 0 else {ENTRY_CLUSTER, ENTRY_CLOSE}
        if row.head.kind not in expected:
            raise broken(where, "is of the wrong kind for its place")
        if row.head.kind == ENTRY_OPENING:
            self.opening = OpeningEntry.unpack(content)
        elif row.head.kind == ENTRY_CLOSE:
            self.closing = ClosingEntry.unpack(content)
        else:
            self.entries.append(ClusterEntry.unpack(content))

    def _check_against(self, size: int) -> int:
        """Where the indexed part of the segment ends; `IntegrityBroken` when the file is shorter or goes on."""
        end = self.entries[-1].offset + self.entries[-1].length if self.entries else 0
        if size < end and not self.whole:
            self.shortened = True
            self.entries = [e for e in self.entries if e.offset + e.length <= size]
            return self.entries[-1].offset + self.entries[-1].length if self.entries else 0
        if size < end or (self.closing and size > self.closing.size):
            self._name_first_difference()
        if size < end:
            cut = next(e for e in self.entries if e.offset + e.length > size)
            raise broken(unit_place(self.data, cut.cluster), "is missing: the file has been shortened")
        if self.closing and size > self.closing.size:
            raise broken(unit_place(self.data, len(self.entries)), "was added after the recording was closed")
        if self.closing and (self.closing.size != end or self.closing.clusters != len(self.entries)):
            raise broken(self.index.name, "does not agree with its closing entry")
        return end

    def _name_first_difference(self) -> None:
        """The file is too short or too long: read it all to name the first cluster that is not as indexed."""
        for row, entry in zip(scan_units(self.data, CLUSTER_MAGIC), self.entries, strict=False):
            if row.sha256 != entry.sha256:
                raise broken(unit_place(self.data, entry.cluster), "is not the one that was recorded")

    def _rebuild(self, start: int, size: int) -> list[ClusterEntry]:
        """Clusters between `start` and `size`: what a recorder adds meanwhile is for the next look."""
        entries = []
        if not self.data.exists():
            return []
        with self.data.open("rb") as file:
            for row in scan_units(self.data, CLUSTER_MAGIC, start=start, first_number=len(self.entries)):
                if row.offset + row.head.length > size:
                    break
                file.seek(row.offset)
                where = unit_place(self.data, row.head.number)
                content = self.sealer.open(file.read(row.head.length), row.head, where)
                frames = cluster_times(content).frames if row.head.number else ()
                h = row.head
                entry = ClusterEntry(h.number, row.offset, h.length, row.sha256, h.start_ms, h.end_ms)
                entries.append(entry.holding(frames, ()))
        return entries


def read_index(folder: Path, segment: int, key: bytes, recording: str, *, whole: bool = True) -> SegmentIndex:
    """Read one segment's index with the recording's key. Not `whole`: a segment's file that was shortened is read up to
    where it ends, and `shortened` says so.

    Raises `IntegrityBroken` naming the file and entry or cluster that is not as written.
    """
    if not index_path(folder, segment).exists():
        raise IntegrityBroken(
            f"The index of segment {segment} is missing.",
            advice="Fetch the recording's folder again from where it was sent.",
            subject=index_path(folder, segment).name,
        )
    return _IndexReader(folder, segment, Sealer(key, recording, segment), whole=whole).read()
