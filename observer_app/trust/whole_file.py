# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that is whole or not there, for what is given out. (The stores' own are `vault.durable`'s: only their user may
read them.)"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from observer_app.errors import DiskFull, EnvironmentFault

__all__ = ["whole_file", "write_durably"]


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
