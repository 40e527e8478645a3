# SPDX-License-Identifier: GPL-3.0-or-later
"""What both kinds of store share: the lock, the key's mark, the writer, the reader, the reserve.

1. One process at a time: a second one is told so (`StoreLocked`).
2. A store is only made when asked for; one that is missing is never quietly replaced by an empty one.
3. Beside the file lies a mark of its key, so that a wrong key and a damaged file are told apart.
4. A reserve of 4 MiB is set aside, and given up when a rating finds the disk full.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database

from observer_app.errors import EnvironmentFault, IntegrityBroken, ObserverError, WrongPassphrase
from observer_app.vault import engine
from observer_app.vault.durable import HeldLock, make_folder
from observer_app.vault.writer import Job, Priority, Writer

__all__ = ["RESERVE_BYTES", "Store"]

T = TypeVar("T")
RESERVE_BYTES = 4 * 1024 * 1024


class Store:
    """An open store. Writes return futures that are done once the disk has confirmed; reads come at once."""

    def __init__(
        self, path: Path, key: bytes, steps: tuple[tuple[str, ...], ...], what: str, *, create: bool = False
    ) -> None:
        """Opens `path` with its 32-byte `key`; with `create` makes it when it is not there.

        Raises StoreLocked (another process has it), WrongPassphrase (not its key), IntegrityBroken (damaged),
        NewerVersion, DiskFull or EnvironmentFault (missing, unreadable).
        """
        self.path = path
        self._what = what
        new = not path.exists()
        if new:
            self._refuse_missing(create)
        opened: list[Database] = []
        self._lock = HeldLock(path.with_suffix(".lock"), what)
        try:
            self._check_mark(key, new)
            opened.append(self._open(key))
            engine.migrate(opened[0], steps, path)
            opened.append(self._open(key, reader=True))
        except BaseException:
            for db in opened:
                db.close()
            self._lock.release()
            raise
        self._reader = opened[1]
        self._read_lock = threading.Lock()
        self._closed = False
        self._keep_reserve()
        self._writer = Writer(opened[0], path.stem, self._explain, self._give_up_reserve)

    def _refuse_missing(self, create: bool) -> None:
        if not create:
            raise EnvironmentFault(
                f"{self._what} is missing: {self.path.name} is not where it should be.",
                advice="Connect the disk it lies on, or restore it from its copy. Nothing has been replaced.",
            )
        make_folder(self.path.parent)

    def _check_mark(self, key: bytes, new: bool) -> None:
        mark = hashlib.sha256(b"observer-store-key-v1\0" + key).hexdigest()[:32].encode()
        found = self._lock.note().strip()
        if new or not found:
            self._lock.write_note(mark + b"\n")
        elif found != mark:
            raise WrongPassphrase(
                f"The key does not open {self.path.name}.",
                advice="Sign in with the passphrase of the person it belongs to.",
            )

    def _open(self, key: bytes, *, reader: bool = False) -> Database:
        try:
            return engine.connect(self.path, key, reader=reader)
        except WrongPassphrase as error:
            raise IntegrityBroken(
                f"{self._what} is damaged: {self.path.name} does not open although the key is right.",
                advice="Leave it as it is and tell the programme; what was sent is safe with the central store.",
                subject=self.path.name,
            ) from error

    def _explain(self, error: BaseException) -> ObserverError:
        return engine.explain(error, self.path)

    # ---- the reserve ----

    @property
    def _reserve(self) -> Path:
        return self.path.with_suffix(".reserve")

    @property
    def space_low(self) -> bool:
        """True once the reserve is gone: ratings are still saved, but room must be made now."""
        return self._reserve_gone

    def _keep_reserve(self) -> None:
        self._reserve_gone = False  # known here: who draws the screen does not ask the disk each time
        if self._reserve.exists() and self._reserve.stat().st_size == RESERVE_BYTES:
            return
        try:
            with self._reserve.open("wb") as file:
                file.write(bytes(RESERVE_BYTES))  # really written: a sparse file holds no room
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            self._reserve_gone = True
            self._reserve.unlink(missing_ok=True)  # `space_low` says so; a full disk must not keep the store shut

    def _give_up_reserve(self, error: BaseException) -> bool:
        if not engine.is_full(error, self.path.parent) or self.space_low:
            return False
        self._reserve_gone = True
        self._reserve.unlink(missing_ok=True)
        return True

    # ---- copying ----

    def snapshot(self, folder: Path) -> Future[list[Path]]:
        """Copies the file and its write-ahead log into `folder` as they lie, sealed, between two writings (nothing is
        written meanwhile); the copies."""

        def job(_db: Database) -> list[Path]:
            make_folder(folder)
            found = [p for p in (self.path, self.path.with_name(self.path.name + "-wal")) if p.exists()]
            found = [p for p in found if p.stat().st_size]
            return [Path(shutil.copyfile(path, folder / path.name)) for path in found]

        return self.write(job, Priority.BULK)

    # ---- writing and reading ----

    def write(self, job: Job[T], priority: Priority = Priority.NORMAL) -> Future[T]:
        """Runs `job(db)` in one transaction on the writer's thread. Keep it under 5 ms: nothing else can be saved."""
        return self._writer.submit(job, priority)

    def rows(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
        """What is durable now, as dictionaries by column name."""
        with self._read_lock:
            try:
                return list(self._reader.query(sql, params))
            except engine.EngineError as error:
                raise self._explain(error) from error

    def one(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> dict[str, Any] | None:
        """The first row, or None."""
        found = self.rows(sql, params)
        return found[0] if found else None

    @property
    def longest_ms(self) -> dict[Priority, float]:
        """The longest transaction since opening, by priority."""
        return self._writer.longest_ms

    def check(self) -> list[str]:
        """SLOW. Every page of the file read and its seal checked; what is wrong, in the engine's words."""
        return [str(next(iter(row.values()))) for row in self.rows("PRAGMA cipher_integrity_check")]

    def close(self) -> None:
        """Finishes what waits to be written and lets go; may be called again."""
        if not self._closed:
            self._closed = True
            self._writer.close()
            with self._read_lock:
                self._reader.close()
            self._lock.release()
