# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of both stores, as steps that are only ever added to.

What is append-only is so in the file itself: a trigger refuses to change or drop a row, whoever asks.
"""

from __future__ import annotations

__all__ = ["DEVICE", "PERSON"]


def _append_only(table: str) -> tuple[str, str]:
    return tuple(  # type: ignore[return-value]
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} are never changed'); END"
        for verb in ("update", "delete")
    )


PERSON: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE observations (
            id TEXT PRIMARY KEY, number INTEGER NOT NULL, sitting TEXT NOT NULL, evidence_key BLOB NOT NULL,
            count INTEGER NOT NULL, head BLOB NOT NULL, state TEXT NOT NULL)""",
        "CREATE INDEX observations_by_sitting ON observations (sitting)",
        """CREATE TABLE events (
            observation TEXT NOT NULL REFERENCES observations (id), seq INTEGER NOT NULL, kind TEXT NOT NULL,
            payload BLOB NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (observation, seq)) WITHOUT ROWID""",
        *_append_only("events"),
        "CREATE TABLE texts (hash TEXT PRIMARY KEY, salt BLOB NOT NULL, text TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE drafts (observation TEXT PRIMARY KEY, draft TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    ),
)

DEVICE: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE settings (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
        """CREATE TABLE statements (
            id TEXT PRIMARY KEY, type TEXT NOT NULL, about TEXT NOT NULL, envelope BLOB NOT NULL,
            own INTEGER NOT NULL, device_seq INTEGER NOT NULL, number INTEGER NOT NULL)""",
        "CREATE INDEX statements_by_about ON statements (about, type)",
        "CREATE INDEX statements_by_type ON statements (type, number)",
        "CREATE UNIQUE INDEX statements_own ON statements (device_seq) WHERE own = 1",
        *_append_only("statements"),
        """CREATE TABLE objects (
            sha256 TEXT PRIMARY KEY, kind TEXT NOT NULL, size INTEGER NOT NULL, about TEXT NOT NULL) WITHOUT ROWID""",
        """CREATE TABLE outbox (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, ref TEXT NOT NULL, about TEXT NOT NULL,
            priority INTEGER NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL, last_words TEXT NOT NULL,
            UNIQUE (kind, ref))""",
        "CREATE INDEX outbox_waiting ON outbox (state, priority, seq)",
        "CREATE TABLE receipts (statement TEXT PRIMARY KEY, receipt BLOB NOT NULL, seen_ms INTEGER NOT NULL)",
        """CREATE TABLE checkpoints (
            origin TEXT NOT NULL, size INTEGER NOT NULL, root TEXT NOT NULL, note BLOB NOT NULL,
            seen_ms INTEGER NOT NULL, PRIMARY KEY (origin, size)) WITHOUT ROWID""",
        """CREATE TABLE rosters (
            statement TEXT PRIMARY KEY, number INTEGER NOT NULL, day TEXT NOT NULL, content BLOB NOT NULL)""",
        "CREATE INDEX rosters_by_day ON rosters (day, number)",
        """CREATE TABLE sitting_events (
            device TEXT NOT NULL, seq INTEGER NOT NULL, day TEXT NOT NULL, sitting TEXT NOT NULL,
            payload BLOB NOT NULL, head BLOB NOT NULL, wall_ms INTEGER NOT NULL,
            PRIMARY KEY (device, seq)) WITHOUT ROWID""",
        "CREATE INDEX sitting_events_by_day ON sitting_events (day, sitting)",
        *_append_only("sitting_events"),
        "CREATE TABLE texts (hash TEXT PRIMARY KEY, salt BLOB NOT NULL, text TEXT NOT NULL) WITHOUT ROWID",
        """CREATE TABLE packs (
            sha256 TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL) WITHOUT ROWID""",
        """CREATE TABLE wraps (
            subject TEXT NOT NULL, recipient TEXT NOT NULL, wrap BLOB NOT NULL,
            PRIMARY KEY (subject, recipient)) WITHOUT ROWID""",
        "CREATE TABLE people (person TEXT PRIMARY KEY, name TEXT NOT NULL, roles TEXT NOT NULL) WITHOUT ROWID",
        """CREATE TABLE assignments (
            record TEXT NOT NULL, person TEXT NOT NULL, content BLOB NOT NULL,
            PRIMARY KEY (record, person)) WITHOUT ROWID""",
        """CREATE TABLE recordings (
            id TEXT PRIMARY KEY, observation TEXT NOT NULL, person TEXT NOT NULL, number INTEGER NOT NULL)""",
    ),
)
