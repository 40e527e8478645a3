# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle: a folder with its signed manifest as one ZIP file that every system opens.

A ZIP has many bytes nobody reads (times, attributes, comments). Here each has one value: members stored uncompressed,
manifest first, then by name; every header is made again when read and compared, so that no byte is free.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from observer_app.errors import BadInput, EnvironmentFault, IntegrityBroken
from observer_app.trust.fields import PATH
from observer_app.trust.manifest import MANIFEST_NAME
from observer_app.trust.parts import Part, Progress, folder_parts, no_progress
from observer_app.trust.whole_file import whole_file

__all__ = ["bundle_parts", "is_bundle", "write_bundle"]

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_VERSION, _UTF8, _DATE = 20, 0x0800, 0x0021  # 1 January 1980, the earliest a ZIP can say
_MOST = 0xFFFF_FFFE
_MOST_FILES = 65_534


def _local(name: bytes, size: int, crc: int) -> bytes:
    return _LOCAL.pack(b"PK\x03\x04", _VERSION, _UTF8, 0, 0, _DATE, crc, size, size, len(name), 0) + name


def _central(name: bytes, size: int, crc: int, offset: int) -> bytes:
    fixed = (b"PK\x01\x02", _VERSION, _VERSION, _UTF8, 0, 0, _DATE, crc, size, size, len(name), 0, 0, 0, 0, 0, offset)
    return _CENTRAL.pack(*fixed) + name


def _end(count: int, size: int, offset: int) -> bytes:
    return _END.pack(b"PK\x05\x06", 0, 0, count, count, size, offset, 0)


def _order(parts: Sequence[Part]) -> list[Part]:
    return sorted(parts, key=lambda p: (p.name != MANIFEST_NAME, p.name))


def is_bundle(start: bytes) -> bool:
    """Whether a file that starts so is meant to be a bundle."""
    return start[:4] == b"PK\x03\x04"


def _copy(part: Part, out: BinaryIO) -> int:
    crc = 0
    for chunk in part.chunks():
        crc = zlib.crc32(chunk, crc)
        out.write(chunk)
    return crc


def _write(parts: Sequence[Part], out: BinaryIO, progress: Progress) -> None:
    directory, total, done = list[bytes](), sum(p.size for p in parts), 0
    for part in parts:
        name, offset = part.name.encode(), out.tell()
        if offset + part.size > _MOST:
            raise BadInput("The folder is too large for one bundle (4 GB).", advice="Give the folder itself.")
        out.write(_local(name, part.size, 0))
        crc = _copy(part, out)
        end = out.tell()
        out.seek(offset)
        out.write(_local(name, part.size, crc))
        out.seek(end)
        directory.append(_central(name, part.size, crc, offset))
        done += part.size
        progress(done, total, part.name)
    place, listed = out.tell(), b"".join(directory)
    out.write(listed + _end(len(parts), len(listed), place))


def write_bundle(folder: Path, target: Path, progress: Progress = no_progress) -> Path:
    """Writes `folder`, manifest and all, as the bundle `target` (outside the folder). Raises BadInput without a
    manifest or over 4 GB, DiskFull, EnvironmentFault."""
    parts = _order(folder_parts(folder))
    if not parts or parts[0].name != MANIFEST_NAME:
        raise BadInput("The folder has no manifest to be bundled with.")
    if len(parts) > _MOST_FILES:
        raise BadInput("The folder has too many files for one bundle.", advice="Give the folder itself.")
    with whole_file(target) as out:
        _write(parts, out, progress)
    return target


def _take(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise BadInput("The bundle is cut off.")
    return data


def _member(file: BinaryIO, path: Path, whole: int) -> Part:
    start = file.tell()
    head = _LOCAL.unpack(_take(file, _LOCAL.size))
    crc, size, length = head[6], head[7], head[9]
    raw = _take(file, length)
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput("The bundle names a file in an unknown way.") from error
    PATH(name, "path")
    if _local(raw, size, crc) != _LOCAL.pack(*head) + raw:
        raise IntegrityBroken(f"The bundle's entry for {name} was rewritten.", subject=name)
    if file.tell() + size > whole:
        raise BadInput("The bundle is cut off.")
    part = Part(name, path, size, file.tell(), crc)
    file.seek(start + _LOCAL.size + length + size)
    return part


def bundle_parts(path: Path) -> list[Part]:
    """The members of a bundle. Raises BadInput or IntegrityBroken for any ZIP but one `write_bundle` makes; what the
    members hold is not read."""
    parts: list[Part] = []
    try:
        whole = path.stat().st_size
        with path.open("rb") as file:
            while is_bundle(_take(file, 4)):
                file.seek(-4, os.SEEK_CUR)
                parts.append(_member(file, path, whole))
                if len(parts) > _MOST_FILES:
                    raise BadInput("The bundle has too many files.")
            file.seek(-4, os.SEEK_CUR)
            place = file.tell()
            rest = _take(file, min(whole - place, 512 * 1024 * 1024))
    except OSError as error:
        raise EnvironmentFault(f"{path.name} cannot be read ({error.strerror}).") from error
    names = [p.name.encode() for p in parts]
    heads = b"".join(
        _central(raw, p.size, p.crc or 0, p.offset - _LOCAL.size - len(raw))
        for p, raw in zip(parts, names, strict=True)
    )
    if rest != heads + _end(len(parts), len(heads), place):
        raise IntegrityBroken("The bundle's list of files was rewritten.", subject=path.name)
    if parts != _order(parts) or len({p.name for p in parts}) != len(parts):
        raise IntegrityBroken("The bundle's files are not in order.", subject=path.name)
    return parts
