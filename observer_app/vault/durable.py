# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are whole or not there, and a lock that ends with its process.

The only module of the vault that calls what differs between systems; on Windows folders cannot be synced and the
lock is the standard library's (not proven there yet).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import sys
import uuid
from pathlib import Path

from observer_app.errors import DiskFull, EnvironmentFault, StoreLocked
from observer_app.trust.whole_file import sync_folder

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl
    import resource

__all__ = ["HeldLock", "disk_fault", "forbid_core_dumps", "make_folder", "sync_folder", "write_durably"]

_PR_SET_DUMPABLE = 4


def forbid_core_dumps() -> None:
    """No picture of this process's memory, with its keys, is ever written to the disk when it crashes.

    Processes started from it inherit the limit. On Linux other programs of the same user cannot read its memory either;
    on Windows nothing is done: its crash reports are switched off by its administrator.
    """
    if sys.platform == "win32":
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # a system without it is none the worse
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def disk_fault(error: OSError, what: str) -> EnvironmentFault:
    """The error a person is shown when `what` cannot be written or read."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFull(
            f"The disk is full: {what} was not saved. Everything confirmed before is safe.",
            advice="Make room on this disk (empty the bin, move films away), then try again.",
        )
    return EnvironmentFault(
        f"{what[:1].upper()}{what[1:]} cannot be reached on this disk: {error.strerror or 'no reason is given'}.",
        advice="Check that the disk is connected and may be written to.",
    )


def make_folder(folder: Path) -> Path:
    """The folder, readable by this user alone, made durable when it is new. Raises EnvironmentFault."""
    if not folder.is_dir():
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            sync_folder(folder.parent)
        except OSError as error:
            raise disk_fault(error, f"the folder {folder.name}") from error
    return folder


def write_durably(path: Path, content: bytes) -> None:
    """Writes beside, to the disk itself, then takes the name: a reader sees the old or the new, never a part.

    Raises DiskFull or EnvironmentFault; what was there before is then untouched.
    """
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
        sync_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise disk_fault(error, path.name) from error


class HeldLock:
    """Holds a lock file for as long as the process lives or until `release`; a killed process holds nothing.

    Its content is free for a note that must not change while the lock is held.
    """

    def __init__(self, path: Path, what: str) -> None:
        """Raises StoreLocked when another window holds it; `what` begins the sentence ("The vault of …")."""
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise disk_fault(error, path.name) from error
        try:
            _lock(self._fd)
        except OSError as error:
            os.close(self._fd)
            raise StoreLocked(
                f"{what} is open in another Observer on this machine.",
                advice="Close the other window, or wait until it has finished, and try again.",
            ) from error

    def note(self) -> bytes:
        """What stands in the file, at most 4 KiB."""
        os.lseek(self._fd, 0, os.SEEK_SET)
        return os.read(self._fd, 4096)

    def write_note(self, content: bytes) -> None:
        """Replaces the content, durably."""
        os.lseek(self._fd, 0, os.SEEK_SET)
        os.ftruncate(self._fd, 0)
        os.write(self._fd, content)
        os.fsync(self._fd)

    def release(self) -> None:
        """Lets go; may be called again."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _lock(fd: int) -> None:
    if sys.platform == "win32":
        os.lseek(fd, 8192, os.SEEK_SET)  # beyond the note: Windows locks are mandatory for the bytes they cover
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
