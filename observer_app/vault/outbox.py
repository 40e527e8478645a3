# SPDX-License-Identifier: GPL-3.0-or-later
"""What waits to be sent, results first, and what came back for it.

Kinds and refs: `statement` its id; `object` its sha256; `wrap` "<subject>/<recipient key id>"; `segment`
"<recording>/<number>" (the sealed film and its index); `assignment` "<record>/<moderator>", for `put_assignment`'s
content. Priorities: 0 results, 1 evidence, 2 recordings.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from sqlite_utils import Database

from observer_app.vault.store import Store

__all__ = ["EVIDENCE", "RECORDINGS", "RESULTS", "Checkpoint", "Outbox", "ToSend", "Waiting"]

RESULTS, EVIDENCE, RECORDINGS = 0, 1, 2


@dataclass(frozen=True, slots=True)
class ToSend:
    """One thing to be sent."""

    kind: str
    ref: str
    priority: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits. `about` is the record it belongs to; `last_words` what the last try said."""

    seq: int
    kind: str
    ref: str
    about: str
    priority: int
    tries: int
    last_words: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint of a log, verified by the caller. `root` is hexadecimal, `note` its exact bytes."""

    origin: str
    size: int
    root: str
    note: bytes
    seen_ms: int


class Outbox:
    """The outbox, receipts and checkpoints of a device store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @staticmethod
    def add(db: Database, item: ToSend, about: str) -> None:
        """Queues within the running transaction; what is queued or was sent already stays as it is."""
        db.execute(
            "INSERT OR IGNORE INTO outbox (kind, ref, about, priority, state, tries, last_words) "
            "VALUES (?, ?, ?, ?, 'waiting', 0, '')",
            (item.kind, item.ref, about, item.priority),
        )

    def queue(self, items: Sequence[ToSend], about: str) -> Future[None]:
        """Queues things that belong to `about`."""

        def job(db: Database) -> None:
            for item in items:
                self.add(db, item, about)

        return self._store.write(job)

    def waiting(self, limit: int = 1000) -> list[Waiting]:
        """What is to be sent next, results first, oldest first."""
        rows = self._store.rows(
            "SELECT seq, kind, ref, about, priority, tries, last_words FROM outbox "
            "WHERE state = 'waiting' ORDER BY priority, seq LIMIT ?",
            (limit,),
        )
        return [Waiting(**row) for row in rows]

    def counts(self) -> dict[str, int]:
        """How many wait, by kind. A machine's own word for a recording counts as `media`, not as a statement."""
        rows = self._store.rows(
            """SELECT CASE WHEN s.type = 'media' THEN 'media' ELSE o.kind END AS kind, count(*) AS n
               FROM outbox o LEFT JOIN statements s ON o.kind = 'statement' AND s.id = o.ref
               WHERE o.state = 'waiting' GROUP BY 1"""
        )
        return {str(row["kind"]): int(row["n"]) for row in rows}

    def statement_types(self) -> dict[str, int]:
        """How many statements wait, by type."""
        rows = self._store.rows(
            "SELECT s.type AS type, count(*) AS n FROM outbox o JOIN statements s ON s.id = o.ref "
            "WHERE o.state = 'waiting' AND o.kind = 'statement' GROUP BY s.type"
        )
        return {str(row["type"]): int(row["n"]) for row in rows}

    def mark_sent(self, seqs: Sequence[int]) -> Future[None]:
        """The other side has them."""
        return self._mark("UPDATE outbox SET state = 'sent', last_words = '' WHERE seq = ?", [(s,) for s in seqs])

    def mark_tried(self, seqs: Sequence[int], words: str) -> Future[None]:
        """A try failed; `words` say why, for people."""
        return self._mark(
            "UPDATE outbox SET tries = tries + 1, last_words = ? WHERE seq = ?", [(words[:500], s) for s in seqs]
        )

    def resend(self, kind: str, ref: str) -> Future[None]:
        """Waits again: the other side turned out not to have it."""
        return self._mark("UPDATE outbox SET state = 'waiting' WHERE kind = ? AND ref = ?", [(kind, ref)])

    def everything_again(self, met: str, *, statements: bool) -> Future[int]:
        """All that was sent waits again (of statements only where it is said), and the setting `met` is kept, at once
        or not at all; how many that were. What was erased stays unsent."""

        def job(db: Database) -> int:
            kinds = "" if statements else " AND kind <> 'statement'"
            found = db.execute(f"UPDATE outbox SET state = 'waiting' WHERE state = 'sent'{kinds}").rowcount
            db.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (met, b"1"))
            return int(found)

        return self._store.write(job)

    def newest_sent(self, kind: str) -> Waiting | None:
        """What was queued last of one kind and is sent, or None."""
        row = self._store.one(
            "SELECT seq, kind, ref, about, priority, tries, last_words FROM outbox "
            "WHERE state = 'sent' AND kind = ? ORDER BY seq DESC LIMIT 1",
            (kind,),
        )
        return Waiting(**row) if row else None

    def _mark(self, sql: str, params: Sequence[tuple[object, ...]]) -> Future[None]:
        def job(db: Database) -> None:
            for values in params:
                db.execute(sql, values)

        return self._store.write(job)

    def unacknowledged(self, limit: int = 1000) -> list[str]:
        """Ids of statements that were sent and have no receipt here yet, oldest first."""
        rows = self._store.rows(
            "SELECT ref FROM outbox WHERE kind = 'statement' AND state = 'sent' "
            "AND ref NOT IN (SELECT statement FROM receipts) ORDER BY seq LIMIT ?",
            (limit,),
        )
        return [str(row["ref"]) for row in rows]

    # ---- what came back ----

    def put_receipt(self, statement: str, receipt: bytes, seen_ms: int) -> Future[None]:
        """Keeps a receipt that the caller has verified; the first one stays."""
        return self._mark(
            "INSERT OR IGNORE INTO receipts (statement, receipt, seen_ms) VALUES (?, ?, ?)",
            [(statement, receipt, seen_ms)],
        )

    def receipt(self, statement: str) -> tuple[bytes, int] | None:
        """(receipt, wall clock ms when it came), or None."""
        row = self._store.one("SELECT receipt, seen_ms FROM receipts WHERE statement = ?", (statement,))
        return (bytes(row["receipt"]), int(row["seen_ms"])) if row else None

    def put_checkpoint(self, checkpoint: Checkpoint) -> Future[None]:
        """Keeps a verified checkpoint."""
        c = checkpoint
        return self._mark(
            "INSERT OR IGNORE INTO checkpoints (origin, size, root, note, seen_ms) VALUES (?, ?, ?, ?, ?)",
            [(c.origin, c.size, c.root, c.note, c.seen_ms)],
        )

    def last_checkpoint(self, origin: str = "") -> Checkpoint | None:
        """The largest one known, of one log or of any."""
        where = "WHERE origin = ?" if origin else ""
        row = self._store.one(
            f"SELECT origin, size, root, note, seen_ms FROM checkpoints {where} ORDER BY size DESC LIMIT 1",
            (origin,) if origin else (),
        )
        return Checkpoint(**{**row, "note": bytes(row["note"])}) if row else None
