# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts: named runs of bytes on a disk (whole files, or members of a bundle), read and hashed piece by piece."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from observer_app.errors import BadInput, EnvironmentFault, IntegrityBroken, ObserverError

__all__ = ["Hashes", "Part", "Progress", "folder_parts", "hash_parts", "no_progress", "read_parts"]

CHUNK = 1024 * 1024
# Called with bytes done, bytes in all (0 when unknown) and the name being read.
Progress = Callable[[int, int, str], None]
# SHA-256 in hexadecimal by file and offset.
Hashes = dict[tuple[Path, int], str]


class Digest(Protocol):
    """A hash that takes bytes."""

    def update(self, data: bytes, /) -> None: ...


def no_progress(_done: int, _all: int, _name: str) -> None:
    """For callers that show nothing."""


@dataclass(frozen=True, slots=True)
class Part:
    """`name` with `/` between folders; `size` bytes from `offset` of the file `path`; `crc` if a bundle gives one."""

    name: str
    path: Path
    size: int
    offset: int = 0
    crc: int | None = None

    def chunks(self) -> Iterator[bytes]:
        """The bytes, at most 1 MiB at a time. Raises EnvironmentFault when the disk does not give them."""
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                left = self.size
                while left:
                    chunk = file.read(min(CHUNK, left))
                    if not chunk:
                        raise IntegrityBroken("A file ends before its end.", subject=self.name)
                    left -= len(chunk)
                    yield chunk
        except OSError as error:
            raise EnvironmentFault(f"{self.name} cannot be read ({error.strerror}).") from error

    def read(self, limit: int) -> bytes:
        """All bytes. Raises BadInput beyond `limit`."""
        if self.size > limit:
            raise _too_large(self, limit)
        return b"".join(self.chunks())

    def sha256(self, step: Callable[[int], None] | None = None) -> str:
        """Hexadecimal; `step` is told each number of bytes read. Raises IntegrityBroken when the bundle's own check
        sum does not fit."""
        digest = hashlib.sha256()
        if self.crc is None:
            for chunk in self.chunks():
                digest.update(chunk)
                if step:
                    step(len(chunk))
        elif self._with_crc(digest, step) != self.crc:
            raise IntegrityBroken(f"{self.name} in the bundle does not fit its check sum.", subject=self.name)
        return digest.hexdigest()

    def _with_crc(self, digest: Digest, step: Callable[[int], None] | None) -> int:
        """Both in one reading, the check sum beside the hash on a second processor."""
        crc = 0
        if self.size <= CHUNK:
            for chunk in self.chunks():
                digest.update(chunk)
                crc = zlib.crc32(chunk)
            if step:
                step(self.size)
            return crc
        with ThreadPoolExecutor(1) as beside:
            running = beside.submit(zlib.crc32, b"", 0)
            for chunk in self.chunks():
                crc = running.result()
                running = beside.submit(zlib.crc32, chunk, crc)
                digest.update(chunk)
                if step:
                    step(len(chunk))
            return running.result()


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
                    file, opened = part.path.open("rb", buffering=0), part.path
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


def hash_parts(
    parts: Sequence[Part], progress: Progress = no_progress, known: Hashes | None = None
) -> Iterator[tuple[Part, str]]:
    """Each part with its SHA-256, with progress over all of them. What `known` holds is not read again; what is read
    is added to it."""
    total, done = sum(p.size for p in parts), 0
    for part in parts:

        def step(read: int, name: str = part.name) -> None:
            nonlocal done
            done += read
            progress(done, total, name)

        place = (part.path, part.offset)
        if known is not None and place in known:
            step(part.size)
            yield part, known[place]
            continue
        digest = part.sha256(step)
        if known is not None:
            known[place] = digest
        yield part, digest
