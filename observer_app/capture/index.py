# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing a segment: sealed clusters and their index, appended and never rewritten.

1. The muxer's bytes are cut at cluster boundaries; each cluster is sealed and appended in one write.
2. Once a second: the segment to disk, then the entries of what is safe there, then the index to disk.
3. A write that fails (disk full) is cut back to the last whole unit; nothing written before is touched.
4. A small reserve is set aside at the start, so that a full disk still leaves room to close the index.
5. Recording stops while the disk still has room for ratings, notes and signing: those come first.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from observer_app.capture.clock import ClockFit
from observer_app.errors import DiskFull, EnvironmentFault
from observer_app.media.container import (
    CLUSTER_MAGIC,
    CONTENT_CLUSTER,
    CONTENT_HEADER,
    ENTRY_CLOSE,
    ENTRY_CLUSTER,
    ENTRY_OPENING,
    INDEX_MAGIC,
    Sealer,
    index_path,
    segment_numbers,
    segment_path,
)
from observer_app.media.index_format import Anchor, ClosingEntry, ClusterEntry, OpeningEntry
from observer_app.media.matroska import CLUSTER_ID, FrameRow, cluster_times, element_head, first_cluster_at
from observer_app.trust.whole_file import sync_folder

__all__ = ["SegmentFiles", "new_segment_number"]

_RESERVE_BYTES = 1 << 20
_LEFT_FOR_SCORING = 64 << 20
_SAFE_EVERY_S = 1.0
_ANCHOR_EVERY_MS = 500
_ELEMENT_HEAD = 16  # bytes: the longest id and size
_BINARY = getattr(os, "O_BINARY", 0)


def new_segment_number(folder: Path) -> int:
    """The next free segment number; numbers are never used twice."""
    taken = [*segment_numbers(folder), *(int(p.stem) for p in folder.glob("[0-9][0-9][0-9][0-9].obsi"))]
    return max(taken, default=0) + 1


class AppendFile:
    """An append-only file whose every write is whole or not there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | _BINARY
        try:
            self._fd = os.open(path, flags, 0o600)
        except OSError as error:
            raise write_fault(error, path) from error
        self.size = 0

    def append(self, unit: bytes) -> None:
        """Write all of `unit` or nothing; `DiskFull` or `EnvironmentFault` when it cannot be."""
        self.check_ours()
        left = memoryview(unit)
        try:
            while left:
                left = left[os.write(self._fd, left) :]
        except OSError as error:
            with suppress(
                OSError
            ):  # of a disk that fails nothing can be cut off either; readers leave the torn tail out
                os.ftruncate(self._fd, self.size)
            raise write_fault(error, self.path) from error
        self.size += len(unit)

    def check_ours(self) -> None:
        """`EnvironmentFault` when somebody else has written: a recorder that hung and was replaced must not go on."""
        if os.fstat(self._fd).st_size != self.size:
            raise EnvironmentFault("Another recorder has taken over this recording.")

    def make_safe(self) -> None:
        """Return once the disk itself has everything."""
        try:
            getattr(os, "fdatasync", os.fsync)(self._fd)
        except OSError as error:
            raise write_fault(error, self.path) from error

    def close(self) -> None:
        with suppress(OSError):  # what was promised to be safe was synced before
            os.close(self._fd)


def check_room(folder: Path) -> None:
    """`DiskFull` when what is left on the disk is to be kept for scoring."""
    try:
        left = shutil.disk_usage(folder).free
    except OSError as error:
        raise write_fault(error, folder) from error
    if left < _LEFT_FOR_SCORING:
        raise DiskFull(
            "The disk is nearly full: recording has stopped and leaves the rest to the ratings.",
            advice="Scoring goes on without recording. Make room, then start recording again.",
        )


def write_fault(error: OSError, path: Path) -> EnvironmentFault:
    """The error a person is shown for a failed write."""
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFull(
            "The disk is full: recording has stopped. Everything recorded until now is safe.",
            advice="Scoring goes on without recording. Make room, then start recording again.",
        )
    return EnvironmentFault(
        f"The recording cannot be written to {path.name}: {error.strerror}.",
        advice="Check that the disk is connected and may be written to.",
    )


class SegmentFiles:
    """One segment being written. The muxer writes to it as to a file; it cannot be read or sought.

    A failed write never escapes into the muxer: it is kept in `failed`, and what follows is not written.
    """

    def __init__(self, folder: Path, key: bytes, opening: OpeningEntry, *, recording: str, frame_ms: int) -> None:
        self.segment = new_segment_number(folder)
        self.failed: EnvironmentFault | None = None
        self.entries = 0
        self.last_end_ms = 0
        self._frame_ms = frame_ms
        self._sealer = Sealer(key, recording, self.segment)
        self._opening = opening
        self._folder = folder
        self._reserve = folder / f"{self.segment:04d}.reserve"
        check_room(folder)
        _set_aside(self._reserve)
        self._index = AppendFile(index_path(folder, self.segment))
        self._file = AppendFile(segment_path(folder, self.segment))
        self._chain = bytes(32)
        self._clusters = 0
        self._last_hash = b""
        self._waiting: list[ClusterEntry] = []
        self._anchors: list[Anchor] = []
        self._fit = ClockFit()
        self._fit.add(0, opening.started_monotonic_ns)
        self._next_anchor_ms = 0
        self._buffer = b""
        self._safe_at = time.monotonic()
        self._append_entry(ENTRY_OPENING, opening.pack())
        self._index.make_safe()
        sync_folder(folder)

    @property
    def size(self) -> int:
        """Sealed bytes of picture and sound written so far."""
        return self._file.size

    def clock(self, pts_ms: int, arrived_ns: int, wall_ms: int) -> None:
        """Say when a picture arrived (monotonic ns); twice a second an anchor of it goes with the next cluster."""
        at_ns = self._fit.add(pts_ms, arrived_ns)
        if pts_ms >= self._next_anchor_ms:
            self._next_anchor_ms = pts_ms + _ANCHOR_EVERY_MS
            self._anchors.append(Anchor(at_ns, pts_ms, wall_ms))

    def write(self, data: bytes) -> int:
        """Take bytes from the muxer; whole clusters are sealed and appended."""
        if self.failed is None:
            # As a rule this is one whole cluster, which is then copied nowhere before it is sealed.
            self._buffer = self._buffer + data if self._buffer else bytes(data)
            try:
                self._cut()
            except EnvironmentFault as fault:
                self.failed = fault
        return len(data)

    def _cut(self) -> None:
        if self._clusters == 0:
            at = first_cluster_at(self._buffer)
            if at is None:
                return
            offset = self._opening.offset_ms
            self._append_cluster(self._buffer[:at], CONTENT_HEADER, offset, offset)
            self._buffer = self._buffer[at:]
        while (found := element_head(self._buffer[:_ELEMENT_HEAD], 0)) is not None:
            ident, _, end = found
            if end > len(self._buffer):  # a cluster comes in many pieces: it is looked at once, when it is whole
                return
            # What the muxer adds at the end (cues, tags) is left out: replay makes its own from the index.
            if ident == CLUSTER_ID:
                self._take_cluster(self._buffer[:end])
            self._buffer = self._buffer[end:]

    def _take_cluster(self, content: bytes) -> None:
        times = cluster_times(content)
        start = min((f.pts_ms for f in times.frames), default=times.timestamp_ms)
        end = max((f.pts_ms + self._frame_ms for f in times.frames), default=times.last_ms)
        self._append_cluster(content, CONTENT_CLUSTER, start, max(start, end), times.frames, tuple(self._anchors))
        self._anchors.clear()
        self.last_end_ms = max(self.last_end_ms, end)
        if time.monotonic() - self._safe_at >= _SAFE_EVERY_S:
            self.make_safe()
            check_room(self._folder)

    def _append_cluster(
        self,
        content: bytes,
        kind: int,
        start_ms: int,
        end_ms: int,
        frames: tuple[FrameRow, ...] = (),
        anchors: tuple[Anchor, ...] = (),
    ) -> None:
        unit = self._sealer.seal(CLUSTER_MAGIC, kind, self._clusters, content, start_ms=start_ms, end_ms=end_ms)
        offset = self._file.size
        self._index.check_ours()
        self._file.append(unit)
        self._last_hash = hashlib.sha256(unit).digest()
        entry = ClusterEntry(self._clusters, offset, len(unit), self._last_hash, start_ms, end_ms)
        self._waiting.append(entry.holding(frames, anchors))
        self._clusters += 1

    def make_safe(self) -> None:
        """Clusters to disk first, then their entries: an index never runs ahead of its segment."""
        self._file.make_safe()
        while self._waiting:
            self._append_entry(ENTRY_CLUSTER, self._waiting[0].pack())
            del self._waiting[0]
        self._index.make_safe()
        self._safe_at = time.monotonic()

    def _append_entry(self, kind: int, content: bytes) -> None:
        unit = self._sealer.seal(INDEX_MAGIC, kind, self.entries, content, chain=self._chain)
        self._index.append(unit)
        self._chain = hashlib.sha256(unit).digest()
        self.entries += 1

    def close(self, reason: str) -> None:
        """Write what is left, the closing entry, and let go. Raises the fault that stopped the writing, if any."""
        with suppress(OSError):
            self._reserve.unlink(missing_ok=True)
        try:
            self.make_safe()
            closing = ClosingEntry(self._file.size, self._clusters, self._last_hash.hex(), reason)
            self._append_entry(ENTRY_CLOSE, closing.pack())
            self._index.make_safe()
        except EnvironmentFault as fault:
            self.failed = self.failed or fault
        finally:
            self._file.close()
            self._index.close()
        if self.failed is not None:
            raise self.failed


def _set_aside(path: Path) -> None:
    """Really take the reserve's room on the disk (a sparse file would not)."""
    try:
        with path.open("wb") as file:
            file.write(bytes(_RESERVE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise write_fault(error, path) from error
