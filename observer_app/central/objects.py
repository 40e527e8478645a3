# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the objects' bytes lie: a port, and files.

An object is named by its SHA-256. Its parts arrive in any order, are on the disk before the sender is told so, and the
whole is read back and hashed before it counts.
"""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import Protocol

from observer_app.errors import BadInput, DiskFull, EnvironmentFault, IntegrityBroken
from observer_app.trust.whole_file import file_sha256, sync_folder

__all__ = ["FileObjects", "ObjectStore"]


class ObjectStore(Protocol):
    """Port: bytes by name. `offer` names one attempt at sending an object (a hash over its list of parts)."""

    def write(self, name: str, offer: str, at: int, data: bytes) -> None:
        """Puts a part at byte `at`, durable on return. Raises DiskFull, EnvironmentFault."""
        ...

    def finish(self, name: str, offer: str, size: int) -> None:
        """Reads all back; it is `name` from now on. Raises IntegrityBroken (and drops it) when it is something else."""
        ...

    def path(self, name: str) -> Path:
        """A file with the whole object. Raises BadInput when it is not there."""
        ...

    def remove(self, name: str) -> bool:
        """Destroys an object's bytes, those of a half that had come too; whether it was there whole."""
        ...

    def check(self, name: str) -> bool:
        """SLOW. Whether the object's bytes are still what its name says."""
        ...


class FileObjects:
    """`folder/ab/abcdef...`; what is not whole yet lies in `folder/incoming`."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._incoming = folder, folder / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()

    def _staged(self, name: str, offer: str) -> Path:
        return self._incoming / f"{name}.{offer[:16]}"

    def _final(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def write(self, name: str, offer: str, at: int, data: bytes) -> None:
        """As the port says."""
        try:
            handle = os.open(self._staged(name, offer), os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(handle, "r+b") as file:
                file.seek(at)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _disk(error) from error

    def finish(self, name: str, offer: str, size: int) -> None:
        """As the port says."""
        staged, final = self._staged(name, offer), self._final(name)
        with self._lock:
            if final.exists():
                staged.unlink(missing_ok=True)
                return
            try:
                if not staged.exists() or staged.stat().st_size != size or file_sha256(staged) != name:
                    staged.unlink(missing_ok=True)
                    raise IntegrityBroken("What arrived is not what its name says; send it again.", subject=name)
                final.parent.mkdir(exist_ok=True)
                staged.replace(final)
                sync_folder(final.parent)
            except OSError as error:
                raise _disk(error) from error

    def path(self, name: str) -> Path:
        """As the port says."""
        found = self._final(name)
        if not found.is_file():
            raise BadInput("The central store does not hold this object.")
        return found

    def remove(self, name: str) -> bool:
        """As the port says."""
        final = self._final(name)
        try:
            here = final.exists()
            for path in (final, *self._incoming.glob(f"{name}.*")):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise _disk(error) from error
        return here

    def check(self, name: str) -> bool:
        """As the port says."""
        final = self._final(name)
        return final.is_file() and file_sha256(final) == name


def _disk(error: OSError) -> EnvironmentFault:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull("The central store's disk is full.", advice="Make room on it; what was sent is kept by you.")
    return EnvironmentFault("The central store cannot write an object.", advice="Check the disk its objects lie on.")
