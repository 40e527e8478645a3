# SPDX-License-Identifier: GPL-3.0-or-later
"""Signed statements in the device store: their exact bytes, this device's own chain, and a record's state.

1. A statement's bytes are kept for ever and never made again.
2. Own statements get number and predecessor inside the transaction that stores them: none is skipped or doubled.
3. What is to be sent is queued in that same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from sqlite_utils import Database

from observer_app.domain.record import RecordState
from observer_app.errors import BadInput
from observer_app.trust.envelope import Envelope, open_envelope
from observer_app.trust.statements import NO_PREVIOUS
from observer_app.vault.outbox import EVIDENCE, RESULTS, Outbox, ToSend
from observer_app.vault.store import Store
from observer_app.vault.texts import SaltedText

__all__ = ["KeptStatement", "Statements", "Wrap"]

Builder = Callable[[int, str], bytes]


@dataclass(frozen=True, slots=True)
class KeptStatement:
    """A statement as stored. `about` is the record (or day, observation …) it refers to; `number`: order of arrival."""

    id: str
    type: str
    about: str
    envelope: bytes
    own: bool
    device_seq: int
    number: int


@dataclass(frozen=True, slots=True)
class Wrap:
    """A key wrapped for one recipient (a key id). `subject` is the observation or recording whose key it is."""

    subject: str
    recipient: str
    wrap: bytes


class Statements:
    """The statements of a device store."""

    def __init__(self, store: Store, outbox: Outbox) -> None:
        self._store = store
        self._outbox = outbox

    def sign_and_store(
        self,
        builder: Builder,
        *,
        about: str = "",
        send: Sequence[ToSend] = (),
        wraps: Sequence[Wrap] = (),
        texts: Sequence[SaltedText] = (),
        objects: Sequence[tuple[str, str, int]] = (),
        queue: bool = True,
    ) -> Future[str]:
        """Stores this device's next statement; its id.

        `builder(device_seq, prev)` makes and signs the envelope on the writer's thread: quick work only, no
        passphrase stretching. The statement is queued first, then `send`, the wraps and what else is given; `objects`
        are (sha256, kind, size) of files already in place. `about` "" means the statement's own id.
        """

        def job(db: Database) -> str:
            row = db.execute(
                "SELECT device_seq, id FROM statements WHERE own = 1 ORDER BY device_seq DESC LIMIT 1"
            ).fetchone()
            seq, prev = (int(row[0]) + 1, str(row[1])) if row else (1, NO_PREVIOUS)
            data = builder(seq, prev)
            envelope = open_envelope(data)
            subject = about or envelope.record_id
            _insert(db, envelope, data, subject, own=True, device_seq=seq)
            for text in texts:
                text.insert(db)
            for sha256, kind, size in objects:
                _insert_object(db, sha256, kind, size, subject)
            for wrap in wraps:
                insert_wrap(db, wrap)
            if queue:
                wrapped = [ToSend("wrap", f"{w.subject}/{w.recipient}", EVIDENCE) for w in wraps]
                for item in (ToSend("statement", envelope.record_id, RESULTS), *send, *wrapped):
                    self._outbox.add(db, item, subject)
            return envelope.record_id

        return self._store.write(job)

    def put(self, envelope: bytes, *, about: str = "") -> Future[str]:
        """Keeps a statement of someone else's, verified by the caller; its id. Twice is once."""
        opened = open_envelope(envelope)

        def job(db: Database) -> str:
            _insert(db, opened, envelope, about or opened.record_id, own=False, device_seq=0)
            return opened.record_id

        return self._store.write(job)

    def take_back(self, envelope: bytes, device_seq: int, about: str) -> Future[str]:
        """Keeps a statement of this device's own that a backup did not know, verified by the caller to be the next."""
        opened = open_envelope(envelope)

        def job(db: Database) -> str:
            _insert(db, opened, envelope, about or opened.record_id, own=True, device_seq=device_seq)
            return opened.record_id

        return self._store.write(job)

    def get(self, statement: str) -> bytes:
        """The envelope's exact bytes. Raises BadInput when it is not here."""
        row = self._store.one("SELECT envelope FROM statements WHERE id = ?", (statement,))
        if row is None:
            raise BadInput("This statement is not on this machine.", advice="Connect to fetch it.")
        return bytes(row["envelope"])

    def has(self, statement: str) -> bool:
        """Whether it is here."""
        return self._store.one("SELECT 1 FROM statements WHERE id = ?", (statement,)) is not None

    def about(self, subject: str, type: str = "") -> list[KeptStatement]:
        """Those that refer to a record (or whatever `about` named), oldest first."""
        extra = " AND type = ?" if type else ""
        return self._select(f"about = ?{extra}", (subject, type) if type else (subject,))

    def of_type(self, type: str) -> list[KeptStatement]:
        """All of one type, oldest first."""
        return self._select("type = ?", (type,))

    def own(self, first_seq: int = 1) -> list[KeptStatement]:
        """This device's own chain from a number on, in order."""
        return self._select("own = 1 AND device_seq >= ?", (first_seq,), order="device_seq")

    def state(self, statement: str) -> RecordState:
        """NONE, SIGNED, SENT or ACKNOWLEDGED as this disk knows it."""
        row = self._store.one(
            """SELECT (SELECT 1 FROM receipts WHERE statement = s.id) AS receipt,
                      (SELECT state FROM outbox WHERE kind = 'statement' AND ref = s.id) AS sending
               FROM statements s WHERE s.id = ?""",
            (statement,),
        )
        if row is None:
            return RecordState.NONE
        if row["receipt"]:
            return RecordState.ACKNOWLEDGED
        return RecordState.SENT if row["sending"] == "sent" else RecordState.SIGNED

    def _select(self, where: str, params: Sequence[object], order: str = "number") -> list[KeptStatement]:
        rows = self._store.rows(
            f"SELECT id, type, about, envelope, own, device_seq, number FROM statements WHERE {where} ORDER BY {order}",
            params,
        )
        return [KeptStatement(**{**row, "envelope": bytes(row["envelope"]), "own": bool(row["own"])}) for row in rows]


def _insert(db: Database, envelope: Envelope, data: bytes, about: str, *, own: bool, device_seq: int) -> None:
    db.execute(
        "INSERT OR IGNORE INTO statements (id, type, about, envelope, own, device_seq, number) "
        "SELECT ?, ?, ?, ?, ?, ?, 1 + coalesce(max(number), 0) FROM statements",
        (envelope.record_id, envelope.type, about, data, int(own), device_seq),
    )


def _insert_object(db: Database, sha256: str, kind: str, size: int, about: str) -> None:
    db.execute(
        "INSERT OR IGNORE INTO objects (sha256, kind, size, about) VALUES (?, ?, ?, ?)", (sha256, kind, size, about)
    )


def insert_wrap(db: Database, wrap: Wrap) -> None:
    """Keeps a wrap within the running transaction; a later one for the same recipient takes its place."""
    db.execute(
        "INSERT OR REPLACE INTO wraps (subject, recipient, wrap) VALUES (?, ?, ?)",
        (wrap.subject, wrap.recipient, wrap.wrap),
    )
