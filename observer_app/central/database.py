# SPDX-License-Identifier: GPL-3.0-or-later
"""The central store's database on SQLite: tables, transactions, and what goes wrong in a person's words.

The engine is SQLCipher's SQLite used without a key (the machine's own SQLite may be one that can damage a write-ahead
log): nothing in it needs hiding from its operator, and any `sqlite3` tool reads it. What is append-only is so in the
file: triggers refuse to change or drop a row. They stop accidents; against an operator stand the log's checkpoints.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as engine

from observer_app.errors import DiskFull, EnvironmentFault, IntegrityBroken, NewerVersion, ObserverError

__all__ = ["OLDEST_ENGINE", "Database"]

OLDEST_ENGINE = (3, 51, 3)
_BUSY_S = 30.0
_NUMBERED = ("certificate", "completed", "wrap", "arrival")


def _append_only(table: str) -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} rows are never changed'); END"
        for verb in ("update", "delete")
    )


_STEPS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE certificate (number INTEGER PRIMARY KEY AUTOINCREMENT, envelope BLOB NOT NULL UNIQUE)",
        """CREATE TABLE statement (
            position INTEGER PRIMARY KEY, record_id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, centre TEXT NOT NULL,
            device TEXT NOT NULL, device_seq INTEGER NOT NULL, person TEXT NOT NULL, claimed_ms INTEGER NOT NULL,
            received_ms INTEGER NOT NULL, envelope BLOB NOT NULL)""",
        "CREATE UNIQUE INDEX statement_chain ON statement (device, device_seq) WHERE device_seq > 0",
        "CREATE INDEX statement_centre ON statement (centre, position)",
        "CREATE INDEX statement_claimed ON statement (type, claimed_ms)",
        "CREATE TABLE receipt (position INTEGER PRIMARY KEY, receipt BLOB NOT NULL)",
        """CREATE TABLE reference (
            position INTEGER NOT NULL, record_id TEXT NOT NULL, PRIMARY KEY (position, record_id)) WITHOUT ROWID""",
        "CREATE INDEX reference_record ON reference (record_id)",
        """CREATE TABLE named (
            position INTEGER NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (position, sha256)) WITHOUT ROWID""",
        "CREATE INDEX named_object ON named (sha256)",
        """CREATE TABLE node (
            level INTEGER NOT NULL, place INTEGER NOT NULL, hash BLOB NOT NULL,
            PRIMARY KEY (level, place)) WITHOUT ROWID""",
        "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL, made_ms INTEGER NOT NULL)",
        """CREATE TABLE evidence (
            number INTEGER PRIMARY KEY AUTOINCREMENT, record_id TEXT NOT NULL, device TEXT NOT NULL,
            device_seq INTEGER NOT NULL, reason TEXT NOT NULL, envelope BLOB NOT NULL UNIQUE,
            received_ms INTEGER NOT NULL)""",
        """CREATE TABLE object (
            sha256 TEXT PRIMARY KEY, size INTEGER NOT NULL, kind TEXT NOT NULL, about TEXT NOT NULL,
            centre TEXT NOT NULL, device TEXT NOT NULL, complete INTEGER NOT NULL, received_ms INTEGER NOT NULL)
            WITHOUT ROWID""",
        "CREATE INDEX object_about ON object (about)",
        "CREATE TABLE completed (number INTEGER PRIMARY KEY AUTOINCREMENT, sha256 TEXT NOT NULL UNIQUE)",
        """CREATE TABLE part (
            sha256 TEXT NOT NULL, offer TEXT NOT NULL, number INTEGER NOT NULL, part_sha256 TEXT NOT NULL,
            here INTEGER NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (sha256, offer, number)) WITHOUT ROWID""",
        """CREATE TABLE wrap (
            number INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, recipient TEXT NOT NULL,
            box BLOB NOT NULL, device TEXT NOT NULL, centre TEXT NOT NULL, at_ms INTEGER NOT NULL,
            UNIQUE (subject, recipient, box))""",
        "CREATE INDEX wrap_recipient ON wrap (recipient, number)",
        """CREATE TABLE assignment (
            record TEXT NOT NULL, person TEXT NOT NULL, given_by TEXT NOT NULL, centre TEXT NOT NULL,
            at_ms INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (record, person)) WITHOUT ROWID""",
        """CREATE TABLE access (
            number INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, device TEXT NOT NULL,
            person TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL)""",
        """CREATE TABLE code (
            hash TEXT PRIMARY KEY, centre TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
            roles TEXT NOT NULL, until_ms INTEGER NOT NULL, used_ms INTEGER NOT NULL) WITHOUT ROWID""",
        *(t for name in ("certificate", "statement", "receipt", "reference", "named", "node", "checkpoint",
                         "evidence", "access") for t in _append_only(name)),
    ),
    (
        """CREATE TABLE arrival (
            number INTEGER PRIMARY KEY AUTOINCREMENT, roster TEXT NOT NULL, device TEXT NOT NULL, centre TEXT NOT NULL,
            at_ms INTEGER NOT NULL, UNIQUE (roster, device))""",
        *_append_only("arrival"),
    ),
    ("ALTER TABLE code ADD COLUMN key TEXT NOT NULL DEFAULT ''",),
)  # fmt: skip


class Database:
    """One open database. Any thread may use it; a transaction keeps the others waiting."""

    def __init__(self, path: Path) -> None:
        """Opens `path`, making it when it is not there. Raises EnvironmentFault, IntegrityBroken, NewerVersion."""
        version = tuple(engine.sqlite_version_info)
        if version < OLDEST_ENGINE:
            raise EnvironmentFault(
                "The database engine on this machine is too old.", advice="Install Observer again: it brings its own."
            )
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        with self._explained():
            self._db = engine.connect(str(path), check_same_thread=False, timeout=_BUSY_S, isolation_level=None)
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "fullfsync = ON", "foreign_keys = ON"):
                self._db.execute(f"PRAGMA {pragma}").fetchall()
            self._migrate()

    def _migrate(self) -> None:
        with self.transaction():
            at = int(self._db.execute("PRAGMA user_version").fetchone()[0])
            if at > len(_STEPS):
                raise NewerVersion("This central store was made by a newer Observer.", advice="Install the newer one.")
            for step in _STEPS[at:]:
                for statement in step:
                    self._db.execute(statement)
            if at < len(_STEPS):
                self._db.execute(f"PRAGMA user_version = {len(_STEPS)}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is written within, or nothing; durable when it ends. Within another it is part of that one."""
        with self._lock, self._explained():
            if self._depth:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            finally:
                self._depth = 0

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a question."""
        with self._lock, self._explained():
            return [tuple(r) for r in self._db.execute(sql, params).fetchall()]

    def one(self, sql: str, params: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row, or None."""
        found = self.rows(sql, params)
        return found[0] if found else None

    def run(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Changes rows, in a transaction; how many."""
        with self.transaction():
            return int(self._db.execute(sql, params).rowcount)

    def many(self, sql: str, params: Sequence[Sequence[Any]]) -> int:
        """`run` for each of `params`; how many rows in all."""
        with self.transaction():
            return int(self._db.executemany(sql, params).rowcount) if params else 0

    def number_from(self, least: int) -> None:
        """What machines fetch page by page is numbered above `least` from now on. A store put back from a copy must not
        give out once more the numbers that machines have already seen: they would never ask for what bears them."""
        with self.transaction():
            for table in _NUMBERED:
                if not self.run("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (least, table)):
                    self.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, least))

    def damage(self) -> list[str]:
        """SLOW. What the engine finds wrong with the file; [] when it is sound."""
        return [str(r[0]) for r in self.rows("PRAGMA integrity_check") if r[0] != "ok"]

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except engine.Error as error:
            raise self._explain(error) from error

    def _explain(self, error: Any) -> ObserverError:
        name = str(getattr(error, "sqlite_errorname", ""))
        if name == "SQLITE_FULL":
            return DiskFull("The central store's disk is full.", advice="Make room on it; nothing received is lost.")
        if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_CONSTRAINT")):
            return IntegrityBroken(
                f"The central store's database {self.path.name} is damaged or was altered.",
                advice="Stop the store, keep the file as it is, and restore it from its copy.",
                subject=self.path.name,
            )
        return EnvironmentFault(
            f"The central store's database cannot be used now ({name or type(error).__name__}).",
            advice="Check the disk it lies on, and that no other program holds it, then try again.",
        )
