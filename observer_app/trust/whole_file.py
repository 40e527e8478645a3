# SPDX-License-Identifier: GPL-3.0-or-later
"""Files as they are given out: whole or not there, and what they hash to. (The stores' own are written by
`vault.durable`: only their user may read them.)"""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from observer_app.errors import DiskFull, EnvironmentFault

__all__ = ["file_sha256", "sync_folder", "whole_file", "write_durably"]


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable, where folders can be synced at all. Raises OSError."""
    if sys.platform != "win32":
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """A new file beside `target`, to write and to read, which is forced out and takes the name once the block is over.
    Whatever goes wrong, what was there before is untouched. Raises DiskFull, EnvironmentFault."""
    beside = target.with_name(target.name + ".part")
    try:
        with beside.open("w+b") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        beside.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(
                f"There is no room to write {target.name}.", advice="Free some space and try again."
            ) from error
        raise EnvironmentFault(f"{target.name} cannot be written ({error.strerror}).") from error
    finally:
        beside.unlink(missing_ok=True)


def write_durably(path: Path, data: bytes) -> None:
    """Writes the whole file or none of it. Raises DiskFull, EnvironmentFault."""
    with whole_file(path) as out:
        out.write(data)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in hexadecimal digits, however large it is. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
