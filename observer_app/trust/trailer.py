# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that carries what vouches for it: its content, then a signed file naming the content's SHA-256.

Layout: content, signed file, its length (u32, big endian), magic (8). Used for the copies of recordings that leave the
stores; the stores' own files are never touched.
"""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

from observer_app.errors import BadInput, EnvironmentFault
from observer_app.trust.whole_file import whole_file

__all__ = ["MAGIC", "split_trailer", "write_with_trailer"]

MAGIC = b"OBSTRLR\x01"
_LENGTH = struct.Struct(">I")
_TAIL = _LENGTH.size + len(MAGIC)
_MOST = 2 * 1024 * 1024


def write_with_trailer(content: Path, signed: bytes, target: Path) -> Path:
    """Copies `content` to `target` with the signed file's bytes behind it. Raises DiskFull, EnvironmentFault."""
    if len(signed) > _MOST:
        raise BadInput("What vouches for the file is too large to be carried with it.")
    with whole_file(target) as out, content.open("rb") as source:
        shutil.copyfileobj(source, out, 1024 * 1024)
        out.write(signed + _LENGTH.pack(len(signed)) + MAGIC)
    return target


def split_trailer(path: Path) -> tuple[int, bytes] | None:
    """(bytes of content, the signed file's bytes); None when the file ends without such a trailer."""
    try:
        with path.open("rb") as file:
            whole = file.seek(0, os.SEEK_END)
            if whole < _TAIL:
                return None
            file.seek(whole - _TAIL)
            tail = file.read(_TAIL)
            (length,) = _LENGTH.unpack_from(tail)
            if tail[_LENGTH.size :] != MAGIC or length > min(_MOST, whole - _TAIL):
                return None
            size = whole - _TAIL - length
            file.seek(size)
            return size, file.read(length)
    except OSError as error:
        raise EnvironmentFault(f"{path.name} cannot be read ({error.strerror}).") from error
