# SPDX-License-Identifier: GPL-3.0-or-later
"""A segment as an ordinary Matroska file that exists only while it is read.

The recorded header with Duration and Cues made from the index, then the clusters as recorded, each opened
when a byte of it is asked for. Nothing unsealed ever reaches the disk.
"""

from __future__ import annotations

import bisect
import hashlib
import io
import threading
from collections import OrderedDict
from typing import BinaryIO

from observer_app.errors import IntegrityBroken
from observer_app.media.container import CLUSTER_MAGIC, HEAD_BYTES, Sealer, UnitHead, broken
from observer_app.media.index_format import ClusterEntry, SegmentIndex
from observer_app.media.matroska import virtual_header
from observer_app.media.segment import unit_place

__all__ = ["SegmentContent", "VirtualFile"]

_KEPT_CLUSTERS = 24  # about six seconds: a GOP and what a player reads around it


class SegmentContent:
    """Bytes of one segment's virtual file by position; safe from several threads.

    Raises `IntegrityBroken` naming the cluster when what is read is not what was recorded.
    """

    def __init__(self, index: SegmentIndex, key: bytes, recording: str) -> None:
        self.index = index
        self._sealer = Sealer(key, recording, index.segment)
        self._lock = threading.Lock()
        self._file: BinaryIO | None = index.path.open("rb")
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        clusters = index.entries[1:]
        try:
            self._header = self._make_header(clusters)
        except BaseException:
            self.close()
            raise
        self._starts = [0]
        at = len(self._header)
        for entry in clusters:
            self._starts.append(at)
            at += entry.plain_length
        self.size = at

    def _make_header(self, clusters: tuple[ClusterEntry, ...]) -> bytes:
        offset, keys = 0, []
        for entry in clusters:
            keys += [(pts_ms, offset) for pts_ms in entry.keys_ms]
            offset += entry.plain_length
        return virtual_header(self._open_cluster(0), self.index.duration_ms, keys)

    def _open_cluster(self, number: int) -> bytes:
        entry = self.index.entries[number]
        where = unit_place(self.index.path, number)
        if self._file is None:
            raise ValueError("read of a closed recording")
        self._file.seek(entry.offset)
        unit = self._file.read(entry.length)
        if len(unit) < entry.length:
            raise broken(where, "is missing: the file has been shortened")
        head = UnitHead.unpack(unit[:HEAD_BYTES], CLUSTER_MAGIC, where)
        if head.number != number or head.length != entry.length:
            raise broken(where, f"is number {head.number} and stands out of its turn")
        if hashlib.sha256(unit).digest() != entry.sha256:  # also who holds the key cannot put another in its place
            raise broken(where, "is not the one that was recorded")
        return self._sealer.open(unit, head, where)

    def _part(self, part: int) -> bytes:
        """Part 0 is the header, part n the content of cluster n."""
        if part == 0:
            return self._header
        if part in self._kept:
            self._kept.move_to_end(part)
            return self._kept[part]
        content = self._kept[part] = self._open_cluster(part)
        if len(self._kept) > _KEPT_CLUSTERS:
            self._kept.popitem(last=False)
        return content

    def read_at(self, position: int, count: int) -> bytes:
        """Up to `count` bytes from `position`; empty at the end. Fewer before a cluster that is broken: who reads on
        into it is told, who only read ahead is not."""
        pieces: list[bytes] = []
        with self._lock:
            while count > 0 and position < self.size:
                part = bisect.bisect_right(self._starts, position) - 1
                begin = position - self._starts[part]
                try:
                    piece = self._part(part)[begin : begin + count]
                except IntegrityBroken:
                    if pieces:
                        break
                    raise
                pieces.append(piece)
                position += len(piece)
                count -= len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """Let go of the file and of everything unsealed."""
        with self._lock:
            self._kept.clear()
            if self._file is not None:
                self._file.close()
                self._file = None


class VirtualFile(io.RawIOBase):
    """A seekable, read-only file object over a `SegmentContent`; several may read one content at a time."""

    def __init__(self, content: SegmentContent) -> None:
        super().__init__()
        self._content = content
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._content.size}[whence]
        if base + offset < 0:
            raise OSError(22, "seek before the beginning")
        self._at = base + offset
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        wanted = self._content.size - self._at if size is None or size < 0 else size
        got = self._content.read_at(self._at, wanted)
        self._at += len(got)
        return got

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        got = self.read(len(buffer))
        buffer[: len(got)] = got
        return len(got)
