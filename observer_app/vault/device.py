# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of this machine: what any person enrolled here may need when another has gone home.

Signed statements, receipts, the outbox, rosters, packs, wrapped keys, the names shown on this machine. No event and
no note of an open observation: those are in a person's own vault.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from observer_app.domain.record import RecordState
from observer_app.domain.roles import Role
from observer_app.errors import BadInput
from observer_app.vault.outbox import Outbox
from observer_app.vault.schema import DEVICE
from observer_app.vault.sittings import RESTORED, Sittings
from observer_app.vault.statements import Statements, Wrap, insert_wrap
from observer_app.vault.store import Store
from observer_app.vault.texts import SaltedText

TAKEN_BACK = b"taken back"  # a value of RESTORED: the store has given what it can; its lists are to be taken in

__all__ = ["RESTORED", "TAKEN_BACK", "DeviceStore", "KeptObject", "KeptPack", "KeptRecording", "KnownPerson"]


@dataclass(frozen=True, slots=True)
class KeptObject:
    """An object known here; its bytes are a file of `ObjectFiles`."""

    sha256: str
    kind: str
    size: int
    about: str


@dataclass(frozen=True, slots=True)
class KeptPack:
    """A pack as it was received; `kind` is framework or scenario, `name` its file's name."""

    sha256: str
    kind: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Someone whose name may be shown on this machine."""

    person: str
    name: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class KeptRecording:
    """A recording made on this machine, in the folder of its id; `person` is who was scoring."""

    id: str
    observation: str
    person: str


class DeviceStore(Store):
    """The device store, open. `statements`, `outbox` and `sittings` are its larger parts."""

    def __init__(self, path: Path, key: bytes, *, create: bool = False) -> None:
        """Opens (or with `create` makes) the store. Raises as `Store`."""
        super().__init__(path, key, DEVICE, "This machine's store", create=create)
        self.outbox = Outbox(self)
        self.statements = Statements(self, self.outbox)
        self.sittings = Sittings(self)

    def record_state(self, statement: str) -> RecordState:
        """NONE, SIGNED, SENT or ACKNOWLEDGED of a record (or any statement)."""
        return self.statements.state(statement)

    # ---- settings ----

    def set_setting(self, key: str, value: bytes) -> Future[None]:
        """Keeps a value by name (the device's keys, the centre's id, the last central time …)."""

        def job(db: Database) -> None:
            db.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (key, value))

        return self.write(job)

    def exchange_settings(self, values: Mapping[str, bytes], drop: str) -> Future[None]:
        """Keeps several values and forgets one, all at once or not at all."""

        def job(db: Database) -> None:
            for name, value in values.items():
                db.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (name, value))
            db.execute("DELETE FROM settings WHERE key = ?", (drop,))

        return self.write(job)

    def setting(self, key: str, default: bytes = b"") -> bytes:
        """The value kept by that name."""
        row = self.one("SELECT value FROM settings WHERE key = ?", (key,))
        return bytes(row["value"]) if row else default

    def settings(self, prefix: str) -> dict[str, bytes]:
        """All values whose name begins with `prefix`."""
        rows = self.rows("SELECT key, value FROM settings WHERE substr(key, 1, ?) = ?", (len(prefix), prefix))
        return {str(row["key"]): bytes(row["value"]) for row in rows}

    # ---- objects, wraps, recordings ----

    def know_object(self, sha256: str, kind: str, size: int, about: str) -> Future[None]:
        """Notes what an object file is and belongs to."""

        def job(db: Database) -> None:
            db.execute(
                "INSERT OR IGNORE INTO objects (sha256, kind, size, about) VALUES (?, ?, ?, ?)",
                (sha256, kind, size, about),
            )

        return self.write(job)

    def objects(self, about: str, kind: str = "") -> list[KeptObject]:
        """The objects of a record (or roster …), optionally of one kind."""
        extra = " AND kind = ?" if kind else ""
        rows = self.rows(
            f"SELECT sha256, kind, size, about FROM objects WHERE about = ?{extra} ORDER BY kind, sha256",
            (about, kind) if kind else (about,),
        )
        return [KeptObject(**row) for row in rows]

    def object(self, sha256: str) -> KeptObject | None:
        """What is known of an object, or None."""
        row = self.one("SELECT sha256, kind, size, about FROM objects WHERE sha256 = ?", (sha256,))
        return KeptObject(**row) if row else None

    def forget(self, subject: str, objects: Sequence[str], *, keys: bool) -> Future[None]:
        """What was erased is sent to nobody any more; with `keys`, the wraps of the subject's key are destroyed, their
        bytes overwritten: what they sealed can still be told by its hash, and nobody reads it again."""

        def job(db: Database) -> None:
            for name in objects:
                db.execute("UPDATE outbox SET state = 'erased' WHERE kind = 'object' AND ref = ?", (name,))
            db.execute(
                "UPDATE outbox SET state = 'erased' WHERE kind = 'segment' AND substr(ref, 1, instr(ref, '/') - 1) IN "
                "(SELECT id FROM recordings WHERE observation = ?)",
                (subject,),
            )
            if keys:
                db.execute(
                    "UPDATE outbox SET state = 'erased' WHERE kind = 'wrap' AND substr(ref, 1, ?) = ?",
                    (len(subject) + 1, f"{subject}/"),
                )
                db.execute("DELETE FROM wraps WHERE subject = ?", (subject,))

        return self.write(job)

    def put_wrap(self, wrap: Wrap) -> Future[None]:
        """Keeps a wrapped key; a later one for the same recipient takes its place."""

        def job(db: Database) -> None:
            insert_wrap(db, wrap)

        return self.write(job)

    def wraps(self, subject: str) -> list[Wrap]:
        """The wraps of an observation's or recording's key."""
        rows = self.rows("SELECT subject, recipient, wrap FROM wraps WHERE subject = ? ORDER BY recipient", (subject,))
        return [Wrap(row["subject"], row["recipient"], bytes(row["wrap"])) for row in rows]

    def know_recording(self, recording: str, observation: str, person: str) -> Future[None]:
        """Notes a recording before it starts, so that a killed window finds it again."""

        def job(db: Database) -> None:
            db.execute(
                "INSERT OR IGNORE INTO recordings (id, observation, person, number) "
                "SELECT ?, ?, ?, 1 + coalesce(max(number), 0) FROM recordings",
                (recording, observation, person),
            )

        return self.write(job)

    def recordings(self, observation: str = "") -> list[KeptRecording]:
        """Recordings made here, of one observation or all, oldest first."""
        where = "WHERE observation = ?" if observation else ""
        rows = self.rows(
            f"SELECT id, observation, person FROM recordings {where} ORDER BY number",
            (observation,) if observation else (),
        )
        return [KeptRecording(**row) for row in rows]

    # ---- packs, people, assignments, texts ----

    def put_pack(self, sha256: str, kind: str, name: str, content: bytes) -> Future[None]:
        """Keeps a pack's bytes; the caller has checked hash and content."""

        def job(db: Database) -> None:
            db.execute(
                "INSERT OR IGNORE INTO packs (sha256, kind, name, content) VALUES (?, ?, ?, ?)",
                (sha256, kind, name, content),
            )

        return self.write(job)

    def packs(self, kind: str = "") -> list[KeptPack]:
        """The packs kept here, of one kind or all."""
        where = "WHERE kind = ?" if kind else ""
        rows = self.rows(
            f"SELECT sha256, kind, name, content FROM packs {where} ORDER BY name, sha256", (kind,) if kind else ()
        )
        return [KeptPack(**{**row, "content": bytes(row["content"])}) for row in rows]

    def put_person(self, person: KnownPerson) -> Future[None]:
        """Keeps or renews a name shown on this machine."""
        roles = json.dumps(sorted(person.roles))

        def job(db: Database) -> None:
            db.execute(
                "INSERT OR REPLACE INTO people (person, name, roles) VALUES (?, ?, ?)",
                (person.person, person.name, roles),
            )

        return self.write(job)

    def people(self) -> list[KnownPerson]:
        """Everyone known here, by name."""
        rows = self.rows("SELECT person, name, roles FROM people ORDER BY name")
        return [KnownPerson(r["person"], r["name"], frozenset(Role(x) for x in json.loads(r["roles"]))) for r in rows]

    def person_name(self, person: str) -> str:
        """The name of a pseudonymous id, or the id itself."""
        row = self.one("SELECT name FROM people WHERE person = ?", (person,))
        return str(row["name"]) if row else person

    def put_assignment(self, record: str, person: str, content: bytes) -> Future[None]:
        """A record to be marked again by a moderator; `content` is the caller's own format."""

        def job(db: Database) -> None:
            db.execute(
                "INSERT OR REPLACE INTO assignments (record, person, content) VALUES (?, ?, ?)",
                (record, person, content),
            )

        return self.write(job)

    def assignments(self, person: str) -> list[tuple[str, bytes]]:
        """(record, content) of what a moderator is to mark."""
        rows = self.rows("SELECT record, content FROM assignments WHERE person = ? ORDER BY record", (person,))
        return [(row["record"], bytes(row["content"])) for row in rows]

    def salted(self, text_hash: str) -> SaltedText:
        """The words behind a hash with their salt. Raises BadInput when they were erased or are not here."""
        row = self.one("SELECT hash, salt, text FROM texts WHERE hash = ?", (text_hash,))
        if row is None:
            raise BadInput("This text is not on this machine.")
        return SaltedText(row["hash"], bytes(row["salt"]), row["text"])
