# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening one encrypted database file, and saying in a person's words what the engine reports.

1. One engine everywhere: SQLCipher with SQLite 3.51.3 or later (earlier ones can damage a write-ahead log).
2. The engine's own log is switched off before it learns the key.
3. The key is 32 random bytes, never a passphrase: stretching happens once, in `people`.
4. Write-ahead log, and `synchronous=FULL`: a commit returns when the disk itself has it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as engine
from sqlite_utils import Database

from observer_app.errors import (
    BadInput,
    DiskFull,
    EnvironmentFault,
    IntegrityBroken,
    NewerVersion,
    ObserverError,
    StoreLocked,
    WrongPassphrase,
)

__all__ = ["KEY_BYTES", "OLDEST_ENGINE", "EngineError", "check_engine", "connect", "explain", "is_full", "migrate"]

EngineError = engine.Error
KEY_BYTES = 32
OLDEST_ENGINE = (3, 51, 3)
SYNCHRONOUS = "FULL"
_BUSY_MS = 5000
_ROOM_NEEDED = 256 * 1024


def check_engine(version: tuple[int, ...] = tuple(engine.sqlite_version_info)) -> None:
    """Raises EnvironmentFault when the engine that was loaded is too old to be trusted with a write-ahead log."""
    if version < OLDEST_ENGINE:
        found, wanted = (".".join(map(str, v)) for v in (version, OLDEST_ENGINE))
        raise EnvironmentFault(
            f"The database engine on this machine is too old ({found}); records could be damaged.",
            advice=f"Install Observer again: it brings version {wanted} or later.",
        )


def connect(path: Path, key: bytes, *, reader: bool = False) -> Database:
    """A connection, usable from any one thread at a time. Raises what `explain` makes of the engine's refusal."""
    check_engine()
    if len(key) != KEY_BYTES:
        raise BadInput(f"The key of a store must have {KEY_BYTES} bytes.")
    connection: Any = None
    try:
        connection = engine.connect(str(path), check_same_thread=False, timeout=_BUSY_MS / 1000)
        connection.execute("PRAGMA cipher_log_level = NONE")
        _give_key(connection, key)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not reader:
            connection.execute("PRAGMA journal_mode = WAL")
            # The writer folds the log in between keys; only a log grown this long is folded within a commit.
            connection.execute("PRAGMA wal_autocheckpoint = 4000")
        connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
        connection.execute("PRAGMA fullfsync = ON")  # macOS: without it the disk may answer before it has written
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")  # nothing clear ever lies in a temporary file
        connection.execute("PRAGMA secure_delete = ON")  # what is erased is not left in free space
        if reader:
            connection.execute("PRAGMA query_only = ON")
        return Database(connection)
    except engine.Error as error:
        if connection is not None:
            connection.close()
        raise explain(error, path) from error


def _give_key(connection: Any, key: bytes) -> None:
    """The key goes in as a statement's text: one that no cache keeps, its memory cleared as soon as it is over."""
    connection.execute("PRAGMA cipher_memory_security = ON")
    connection.executescript(f"PRAGMA key = \"x'{key.hex()}'\";")
    connection.execute("PRAGMA cipher_memory_security = OFF")  # for every page and row it would be slow


def migrate(db: Database, steps: tuple[tuple[str, ...], ...], path: Path) -> None:
    """Brings the file to the newest shape, each step whole or not at all. Raises NewerVersion for a later one."""
    try:
        at = int(db.execute("PRAGMA user_version").fetchone()[0])
        if at > len(steps):
            raise NewerVersion(
                f"{path.name} was made by a newer Observer.", advice="Install the newer Observer; nothing is lost."
            )
        for number, step in enumerate(steps[at:], at + 1):
            with db.atomic():
                for statement in step:
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {number}")
    except engine.Error as error:
        raise explain(error, path) from error


def is_full(error: BaseException, folder: Path) -> bool:
    """Whether a write failed for want of room, under either name the engine gives it."""
    name = str(getattr(error, "sqlite_errorname", ""))
    if name == "SQLITE_FULL":
        return True
    if not name.startswith("SQLITE_IOERR"):
        return False
    try:
        return shutil.disk_usage(folder).free < _ROOM_NEEDED
    except OSError:
        return False


def explain(error: BaseException, path: Path) -> ObserverError:
    """The engine's error in the family a caller can act on."""
    name = str(getattr(error, "sqlite_errorname", ""))
    if is_full(error, path.parent):
        return DiskFull(
            "The disk is full: this was not saved. Everything confirmed before is safe.",
            advice="Make room on this disk (empty the bin, move films away), then press the key again.",
        )
    if name.startswith("SQLITE_NOTADB"):
        return WrongPassphrase(
            f"The key does not open {path.name}.", advice="Sign in with the passphrase of the person it belongs to."
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreLocked(
            f"{path.name} is being used by another program.", advice="Close other programs that read it and try again."
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_CONSTRAINT")):
        return IntegrityBroken(
            f"{path.name} is damaged or was altered.",
            advice="Leave it as it is and tell the programme; what was sent is safe with the central store.",
            subject=path.name,
        )
    return EnvironmentFault(
        f"{path.name} cannot be written or read ({name or type(error).__name__}).",
        advice="Check that the disk is connected and may be written to, then try again.",
    )
