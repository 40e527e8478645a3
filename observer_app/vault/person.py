# SPDX-License-Identifier: GPL-3.0-or-later
"""The vault of one person: observations, their events, texts, drafts and keys.

1. An event's number and its place in the chain are given inside the writer's transaction: order is what is on disk.
2. A text and the event that refers to it are durable together or not at all.
3. Opening an observation checks its whole chain and names the first entry that is not as it was written.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from observer_app.domain.events import Event, Kind
from observer_app.domain.moment import Moment
from observer_app.errors import BadInput, Conflict, IntegrityBroken, NewerVersion
from observer_app.trust import strict_json
from observer_app.trust.chain import CHAIN_START, event_hash
from observer_app.vault.schema import PERSON
from observer_app.vault.store import Store
from observer_app.vault.texts import SaltedText
from observer_app.vault.writer import Priority

__all__ = ["KeptObservation", "PersonVault"]

_MAX_PAYLOAD = 64 * 1024


_TEXT_HASH = re.compile(rb'"([0-9a-f]{64})"')


@dataclass(frozen=True, slots=True)
class KeptObservation:
    """An observation in the vault. `state` is open, signed, abandoned or reopened; `count` its events."""

    id: str
    sitting: str
    state: str
    count: int


class PersonVault(Store):
    """One person's vault, open. One process holds it at a time; every method may be called from any thread."""

    def __init__(self, path: Path, key: bytes, *, create: bool = False) -> None:
        """Opens (or with `create` makes) the vault. Raises as `Store`."""
        super().__init__(path, key, PERSON, "Your vault", create=create)

    # ---- events ----

    def append(
        self,
        observation: str,
        kind: str,
        person: str,
        at: Moment,
        body: Mapping[str, Any] | None = None,
        priority: Priority = Priority.RATING,
        *,
        texts: Sequence[SaltedText] = (),
        expect: int = 0,
        drop_draft: bool = False,
    ) -> Future[Event]:
        """Appends one event; the future holds it, numbered, once it is durable.

        An `opened` event makes the observation (its body names the sitting). `texts` are stored with it. With
        `expect` the event is only written as that number, else the future raises Conflict. `drop_draft`: the
        half-written note it came from goes in the same turn. Raises BadInput, DiskFull, IntegrityBroken.
        """
        fields = dict(body or {})

        def job(db: Database) -> Event:
            count, head = _place(db, observation, kind, fields)
            if expect and count + 1 != expect:
                raise Conflict("Something else was saved in between.", advice="Look at the screen and press again.")
            event = Event(observation, count + 1, kind, person, at, fields)
            for text in texts:
                text.insert(db)
            _insert(db, event, head)
            if kind == Kind.REASSIGNED:
                sitting = str(fields["sitting"])
                db.execute("UPDATE observations SET sitting = ? WHERE id = ?", (sitting, observation))
            if drop_draft:
                db.execute("DELETE FROM drafts WHERE observation = ?", (observation,))
            return event

        return self.write(job, priority)

    def payloads(self, observation: str) -> list[bytes]:
        """The exact bytes of every event in order, their chain checked. Raises IntegrityBroken naming the first
        number that is wrong, BadInput when there is no such observation."""
        kept = self.one("SELECT count, head FROM observations WHERE id = ?", (observation,))
        if kept is None:
            raise BadInput("There is no such observation in this vault.")
        rows = self.rows("SELECT seq, payload, hash FROM events WHERE observation = ? ORDER BY seq", (observation,))
        head = CHAIN_START
        for place, row in enumerate(rows, 1):
            if row["seq"] != place:
                raise _broken(observation, place, "is missing")
            head = event_hash(head, bytes(row["payload"]))
            if head != row["hash"]:
                raise _broken(observation, place, "is not as it was written")
        if len(rows) != kept["count"] or head != kept["head"]:
            raise _broken(observation, min(len(rows), kept["count"]) + 1, "is missing or was added")
        return [bytes(row["payload"]) for row in rows]

    def events(self, observation: str) -> list[Event]:
        """Every event in order. Raises as `payloads`, and NewerVersion."""
        return [_read(observation, n, payload) for n, payload in enumerate(self.payloads(observation), 1)]

    def head(self, observation: str) -> tuple[int, str]:
        """(number of events, chain head in hexadecimal); (0, start of a chain) when there is none."""
        kept = self.one("SELECT count, head FROM observations WHERE id = ?", (observation,))
        return (kept["count"], bytes(kept["head"]).hex()) if kept else (0, CHAIN_START.hex())

    # ---- observations ----

    def observations(self, sitting: str = "") -> list[KeptObservation]:
        """All of them, or a sitting's, oldest first; one moved to another sitting is that one's."""
        where = "WHERE sitting = ?" if sitting else ""
        rows = self.rows(
            f"SELECT id, sitting, state, count FROM observations {where} ORDER BY number", (sitting,) if sitting else ()
        )
        return [KeptObservation(**row) for row in rows]

    def evidence_key(self, observation: str) -> bytes:
        """The observation's own 32 random bytes: they seal its recording and its evidence."""
        kept = self.one("SELECT evidence_key FROM observations WHERE id = ?", (observation,))
        if kept is None:
            raise BadInput("There is no such observation in this vault.")
        if not any(kept["evidence_key"]):
            raise BadInput("The recording and the notes of this observation were erased.", advice="Its marks remain.")
        return bytes(kept["evidence_key"])

    def record_of(self, observation: str) -> str:
        """The id of the record it was signed as, "" while it is not."""
        row = self.one(
            "SELECT payload FROM events WHERE observation = ? AND kind = ? ORDER BY seq DESC LIMIT 1",
            (observation, Kind.SIGNED),
        )
        if row is None:
            return ""
        return str(strict_json.loads(bytes(row["payload"]), limit=_MAX_PAYLOAD)["body"]["record"])

    # ---- texts, drafts, settings ----

    def text(self, text_hash: str) -> str:
        """The words behind a salted hash; "" when they were erased or are not here."""
        kept = self.salted(text_hash)
        return kept.text if kept else ""

    def salted(self, text_hash: str) -> SaltedText | None:
        """The words with their salt, or None."""
        kept = self.one("SELECT hash, salt, text FROM texts WHERE hash = ?", (text_hash,))
        return SaltedText(kept["hash"], bytes(kept["salt"]), kept["text"]) if kept else None

    def forget(self, observation: str) -> Future[None]:
        """Erases an observation's key, draft and every text its entries name, their bytes overwritten; the entries,
        which hold hashes, stay. What the key sealed is not read with this vault again."""
        payloads = self.rows("SELECT payload FROM events WHERE observation = ?", (observation,))
        hashes = {h.decode() for row in payloads for h in _TEXT_HASH.findall(bytes(row["payload"]))}

        def job(db: Database) -> None:
            db.execute("UPDATE observations SET evidence_key = x'' WHERE id = ?", (observation,))
            db.execute("DELETE FROM drafts WHERE observation = ?", (observation,))
            for text in hashes:
                db.execute("DELETE FROM texts WHERE hash = ?", (text,))

        return self.write(job)

    def keep_draft(self, observation: str, draft: str) -> Future[None]:
        """Keeps one half-written thing for an observation (the caller's own format); "" drops it.

        As urgent as an event: written later than the event that drops it, it would come back from the dead.
        """

        def job(db: Database) -> None:
            if draft:
                db.execute("INSERT OR REPLACE INTO drafts (observation, draft) VALUES (?, ?)", (observation, draft))
            else:
                db.execute("DELETE FROM drafts WHERE observation = ?", (observation,))

        return self.write(job, Priority.RATING)

    def draft(self, observation: str) -> str:
        """What `keep_draft` kept last, or ""."""
        kept = self.one("SELECT draft FROM drafts WHERE observation = ?", (observation,))
        return str(kept["draft"]) if kept else ""

    def set_setting(self, key: str, value: str, priority: Priority = Priority.NORMAL) -> Future[None]:
        """Keeps a small text by name."""

        def job(db: Database) -> None:
            db.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (key, value))

        return self.write(job, priority)

    def setting(self, key: str, default: str = "") -> str:
        """The text kept by that name."""
        kept = self.one("SELECT value FROM settings WHERE key = ?", (key,))
        return str(kept["value"]) if kept else default


def _place(db: Database, observation: str, kind: str, body: Mapping[str, Any]) -> tuple[int, bytes]:
    """(count, head) before the next event; makes the observation when it is being opened."""
    row = db.execute("SELECT count, head FROM observations WHERE id = ?", (observation,)).fetchone()
    if row is not None:
        return int(row[0]), bytes(row[1])
    if kind != Kind.OPENED:
        raise BadInput("An observation begins with its opening.")
    db.execute(
        "INSERT INTO observations (id, number, sitting, evidence_key, count, head, state) "
        "SELECT ?, 1 + coalesce(max(number), 0), ?, ?, 0, ?, 'open' FROM observations",
        (observation, str(body.get("sitting", "")), os.urandom(32), CHAIN_START),
    )
    return 0, CHAIN_START


def _insert(db: Database, event: Event, head: bytes) -> None:
    payload = strict_json.dumps(event.as_payload())
    if len(payload) > _MAX_PAYLOAD:
        raise BadInput("This entry is too large to be kept.")
    chained = event_hash(head, payload)
    db.execute(
        "INSERT INTO events (observation, seq, kind, payload, hash) VALUES (?, ?, ?, ?, ?)",
        (event.observation, event.seq, event.kind, payload, chained),
    )
    db.execute(
        "UPDATE observations SET count = ?, head = ?, state = ? WHERE id = ?",
        (event.seq, chained, *_state_after(db, event.kind, event.observation)),
    )


_STATES = {Kind.SIGNED: "signed", Kind.ABANDONED: "abandoned", Kind.REOPENED: "reopened"}


def _state_after(db: Database, kind: str, observation: str) -> tuple[str, str]:
    """(state, observation) for the update; a signed one stays signed whatever is written after."""
    now = str(db.execute("SELECT state FROM observations WHERE id = ?", (observation,)).fetchone()[0])
    return (now if now == "signed" else _STATES.get(kind, now)), observation


def _read(observation: str, place: int, payload: bytes) -> Event:
    try:
        event = Event.from_payload(strict_json.loads(payload, limit=_MAX_PAYLOAD, what="An entry"))
    except NewerVersion:
        raise
    except BadInput as error:
        raise _broken(observation, place, "cannot be read") from error
    if event.observation != observation or event.seq != place:
        raise _broken(observation, place, "belongs elsewhere")
    return event


def _broken(observation: str, place: int, what: str) -> IntegrityBroken:
    return IntegrityBroken(
        f"The observation's entry {place} {what}.",
        advice="Leave the vault as it is and tell the programme; nothing more is written to this observation.",
        subject=f"{observation} {place}",
    )
