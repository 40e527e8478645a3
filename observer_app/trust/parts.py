# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts: named runs of bytes on a disk (whole files, or members of a bundle), read and hashed piece by piece."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Lock
from typing import BinaryIO, NamedTuple

from observer_app.errors import BadInput, EnvironmentFault, IntegrityBroken, ObserverError

__all__ = ["Hashes", "Part", "Progress", "folder_parts", "hash_parts", "no_progress", "read_parts"]

CHUNK = 256 * 1024  # stays in a processor's own cache between the disk, the hash and the check sum
_BUFFER = 64 * 1024  # some small members of a bundle at a time
_LARGE = 1024 * 1024  # below it, handing a part to another thread costs more than it saves
_MOST = 4  # parts read at once
_AHEAD = 64  # parts begun before the first of them is given out
_TOLD_S = 0.1
# Called with bytes done, bytes in all (0 when unknown) and the name being read.
Progress = Callable[[int, int, str], None]
# SHA-256 in hexadecimal by file and offset.
Hashes = dict[tuple[Path, int], str]


def no_progress(_done: int, _all: int, _name: str) -> None:
    """For callers that show nothing."""


class Part(NamedTuple):
    """`name` with `/` between folders; `size` bytes from `offset` of the file `path`; `crc` if a bundle gives one."""

    name: str
    path: Path
    size: int
    offset: int = 0
    crc: int | None = None

    def _pieces(self) -> Iterator[memoryview]:
        """The bytes, at most CHUNK at a time, each in the place of the one before it."""
        held = memoryview(bytearray(min(CHUNK, self.size)))
        try:
            with self.path.open("rb", buffering=0) as file:
                file.seek(self.offset)
                left = self.size
                while left:
                    got = file.readinto(held[: min(CHUNK, left)])
                    if not got:
                        raise IntegrityBroken("A file ends before its end.", subject=self.name)
                    left -= got
                    yield held[:got]
        except OSError as error:
            raise EnvironmentFault(f"{self.name} cannot be read ({error.strerror}).") from error

    def chunks(self) -> Iterator[bytes]:
        """The bytes, at most CHUNK at a time. Raises EnvironmentFault when the disk does not give them."""
        return map(bytes, self._pieces())

    def read(self, limit: int) -> bytes:
        """All bytes. Raises BadInput beyond `limit`."""
        if self.size > limit:
            raise _too_large(self, limit)
        return b"".join(self.chunks())

    def sha256(self, step: Callable[[int], None] | None = None) -> str:
        """Hexadecimal; `step` is told each number of bytes read. Raises IntegrityBroken when the bundle's own check
        sum does not fit."""
        digest, crc = hashlib.sha256(), 0
        for piece in self._pieces():
            digest.update(piece)
            if self.crc is not None:
                crc = zlib.crc32(piece, crc)
            if step:
                step(len(piece))
        if self.crc not in (None, crc):
            raise IntegrityBroken(f"{self.name} in the bundle does not fit its check sum.", subject=self.name)
        return digest.hexdigest()


def read_parts(parts: Iterable[Part], limit: int) -> Iterator[bytes | ObserverError]:
    """What `Part.read` gives, or why it cannot, for one after the other; members of one bundle are read from it without
    opening it again."""
    file: BinaryIO | None = None
    opened: Path | None = None
    try:
        for part in parts:
            try:
                if part.size > limit:
                    raise _too_large(part, limit)
                if file is None or opened != part.path:
                    if file is not None:
                        file.close()
                    file, opened = part.path.open("rb", buffering=_BUFFER), part.path
                file.seek(part.offset)
                data = file.read(part.size)
                yield data if len(data) == part.size else part.read(limit)
            except OSError as error:
                yield EnvironmentFault(f"{part.name} cannot be read ({error.strerror}).")
            except ObserverError as error:
                yield error
    finally:
        if file is not None:
            file.close()


def _too_large(part: Part, limit: int) -> BadInput:
    return BadInput(f"{part.name} is too large ({part.size} bytes; at most {limit} are read).")


def folder_parts(folder: Path) -> list[Part]:
    """Every file below `folder`, sorted by name. Raises BadInput for links and devices: what they show may change."""
    found = []
    for where, folders, files in os.walk(folder, onerror=_cannot):
        for name in sorted(folders + files):
            path = Path(where, name)
            shown = path.relative_to(folder).as_posix()
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                raise BadInput(f"{shown} is a link or a device, not a file.", advice="Put the file itself there.")
            if name in files:
                found.append(Part(shown, path, path.stat().st_size))
    return sorted(found, key=lambda p: p.name)


def _cannot(error: OSError) -> None:
    raise EnvironmentFault(f"{error.filename} cannot be read ({error.strerror}).") from error


class _Told:
    """Bytes read so far, added by several threads and told by the one that asks."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total = progress, total
        self._done, self._lock = 0, Lock()

    def add(self, read: int) -> None:
        with self._lock:
            self._done += read

    def awaited(self, running: Future[str], name: str) -> str:
        while not wait([running], _TOLD_S).done:
            self.tell(name)
        return running.result()

    def tell(self, name: str) -> None:
        self._progress(self._done, self._total, name)


def hash_parts(
    parts: Sequence[Part], progress: Progress = no_progress, known: Hashes | None = None
) -> Iterator[tuple[Part, str]]:
    """Each part with its SHA-256, in order, with progress over all of them. What `known` holds is not read again; what
    is read is added to it. Large parts are read several at once, one a processor; `progress` is called in the caller's
    thread only."""
    told = _Told(progress, sum(p.size for p in parts))
    begun: deque[tuple[Part, Future[str] | None]] = deque()
    pool = ThreadPoolExecutor(min(_MOST, os.cpu_count() or 1))

    def begin(part: Part) -> Future[str] | None:
        if part.size < _LARGE or (known is not None and (part.path, part.offset) in known):
            return None
        return pool.submit(part.sha256, told.add)

    def first() -> tuple[Part, str]:
        part, running = begun.popleft()
        place = (part.path, part.offset)
        digest = known.get(place, "") if known is not None else ""
        if digest:
            told.add(part.size)
        else:
            digest = told.awaited(running, part.name) if running is not None else part.sha256(told.add)
        told.tell(part.name)
        if known is not None:
            known[place] = digest
        return part, digest

    try:
        for part in parts:
            begun.append((part, begin(part)))
            if len(begun) >= _AHEAD:
                yield first()
        while begun:
            yield first()
    finally:
        pool.shutdown(cancel_futures=True)
