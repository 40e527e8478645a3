# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects this store holds: offered by name, sent in parts named by their own hashes, in any order, any number of
times."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from observer_app.central.access import Access, Caller
from observer_app.central.database import Database
from observer_app.central.erasing import ERASED
from observer_app.central.objects import ObjectStore
from observer_app.central.words import NotFound
from observer_app.errors import BadInput, IntegrityBroken
from observer_app.protocol import (
    MAX_ENTRIES,
    PART_SIZE,
    ObjectInfo,
    ObjectList,
    ObjectOffer,
    ObjectState,
    sha256_hex,
)

__all__ = ["Holdings"]

_PAGE = 1000
_HASH = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]{0,119}")


class Holdings:
    """Objects: which are here, which parts are missing, who may have them."""

    def __init__(self, database: Database, store: ObjectStore, access: Access, clock: Callable[[], int]) -> None:
        self._db, self._store, self._access, self._clock = database, store, access, clock

    def offer(self, who: Caller, offer: ObjectOffer) -> ObjectState:
        """Takes note of an object to come; which parts are missing. The same offer twice is one."""
        _check(offer)
        found = self._db.one("SELECT complete FROM object WHERE sha256 = ?", (offer.sha256,))
        if found is not None and found[0]:
            return ObjectState(offer.sha256, True, ())
        name = offer_name(offer)
        with self._db.transaction():
            self._db.run(
                "INSERT OR IGNORE INTO object (sha256, size, kind, about, centre, device, complete, received_ms) "
                "VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
                (offer.sha256, offer.size, offer.kind, offer.about, who.centre, who.device.subject, self._clock()),
            )
            self._db.many(
                "INSERT OR IGNORE INTO part (sha256, offer, number, part_sha256, here, size) VALUES (?, ?, ?, ?, 0, ?)",
                [(offer.sha256, name, n, p, offer.size) for n, p in enumerate(offer.parts)],
            )
        return self._state(offer, name)

    def _state(self, offer: ObjectOffer, name: str) -> ObjectState:
        rows = self._db.rows(
            "SELECT number FROM part WHERE sha256 = ? AND offer = ? AND here = 0 ORDER BY number", (offer.sha256, name)
        )
        missing = tuple(int(r[0]) for r in rows)
        if not missing:
            return self._finish(offer, name)
        return ObjectState(offer.sha256, False, missing)

    def _finish(self, offer: ObjectOffer, name: str) -> ObjectState:
        sha256 = offer.sha256
        try:
            self._store.finish(sha256, name, offer.size)
        except IntegrityBroken:
            self._db.run("DELETE FROM part WHERE sha256 = ? AND offer = ?", (sha256, name))
            raise
        with self._db.transaction():
            sql = "UPDATE object SET complete = 1, size = ? WHERE sha256 = ? AND complete <> ?"
            kept = self._db.run(sql, (offer.size, sha256, ERASED))
            if kept:
                self._db.run("INSERT OR IGNORE INTO completed (sha256) VALUES (?)", (sha256,))
            self._db.run("DELETE FROM part WHERE sha256 = ?", (sha256,))
        if not kept:
            self._store.remove(sha256)
        return ObjectState(sha256, True, ())

    def part(self, sha256: str, number: int, body: bytes) -> ObjectState:
        """Takes one part of an offered object. Raises NotFound (not offered), IntegrityBroken (other bytes)."""
        found = self._db.one("SELECT complete FROM object WHERE sha256 = ?", (sha256,))
        if found is None:
            raise NotFound("This object was not offered; offer it first.")
        if found[0]:
            return ObjectState(sha256, True, ())
        row = self._db.one(
            "SELECT offer, here, size FROM part WHERE sha256 = ? AND number = ? AND part_sha256 = ?",
            (sha256, number, sha256_hex(body)),
        )
        if row is None:
            words = f"Part {number} is not what was offered; it was altered on the way."
            raise IntegrityBroken(words, advice="Send it again.", subject=sha256)
        name = str(row[0])
        if not row[1]:
            self._store.write(sha256, name, number * PART_SIZE, body)
            if not self._db.run(
                "UPDATE part SET here = 1 WHERE sha256 = ? AND offer = ? AND number = ?", (sha256, name, number)
            ) and self._erased(sha256):  # while it was being written
                self._store.remove(sha256)
                return ObjectState(sha256, True, ())
        parts = self._db.rows(
            "SELECT part_sha256 FROM part WHERE sha256 = ? AND offer = ? ORDER BY number", (sha256, name)
        )
        offer = ObjectOffer(sha256, int(row[2]), "", "", tuple(str(p[0]) for p in parts))
        return self._state(offer, name)

    def missing(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Which of these are not here, whole."""
        return tuple(n for n in names if not self.complete(n))

    def complete(self, sha256: str) -> bool:
        """Whether the object is here, read back and hashed."""
        found = self._db.one("SELECT complete FROM object WHERE sha256 = ?", (sha256,))
        return found is not None and bool(found[0])

    def _erased(self, sha256: str) -> bool:
        return self._db.one("SELECT 1 FROM object WHERE sha256 = ? AND complete = ?", (sha256, ERASED)) is not None

    def info(self, who: Caller, sha256: str) -> ObjectInfo:
        """What it is. Raises NotFound when it is not here or not the caller's to see."""
        found = self._db.one("SELECT size, kind, about FROM object WHERE sha256 = ? AND complete = 1", (sha256,))
        if found is None or not self._access.may_see_object(who, sha256):
            raise NotFound("There is no such object here for this machine.")
        return ObjectInfo(sha256, int(found[0]), str(found[1]), str(found[2]))

    def about(self, who: Caller, subject: str) -> ObjectList:
        """Complete objects sent about a record (or roster ...) that the caller may fetch."""
        rows = self._db.rows(
            "SELECT sha256, size, kind, about FROM object WHERE about = ? AND complete = 1 ORDER BY sha256 LIMIT ?",
            (subject, MAX_ENTRIES),
        )
        return ObjectList(tuple(ObjectInfo(*r) for r in rows if self._access.may_see_object(who, str(r[0]))))

    def page(self, who: Caller, after: int) -> ObjectList:
        """Objects completed after number `after` that the caller may fetch."""
        rows = self._db.rows(
            "SELECT o.sha256, o.size, o.kind, o.about, c.number FROM completed c JOIN object o USING (sha256) "
            "WHERE c.number > ? AND o.complete = 1 ORDER BY c.number LIMIT ?",
            (after, _PAGE),
        )
        found = tuple(ObjectInfo(*r[:4]) for r in rows if self._access.may_see_object(who, str(r[0])))
        return ObjectList(found, int(rows[-1][4]) if rows else after, len(rows) == _PAGE)

    def fetch(self, who: Caller, sha256: str) -> Path:
        """The file to be sent; written down, for films are fetched this way. Raises NotFound."""
        info = self.info(who, sha256)
        path = self._store.path(sha256)
        self._access.note(who, f"fetched {info.kind}", sha256)
        return path


def offer_name(offer: ObjectOffer) -> str:
    """Names one way of cutting an object into parts: a wrong list of parts cannot spoil a right one."""
    return sha256_hex("\n".join((offer.sha256, str(offer.size), *offer.parts)).encode())


def _check(offer: ObjectOffer) -> None:
    """Raises BadInput unless the list of parts fits the size and all names are names."""
    if not 0 < offer.size <= PART_SIZE * MAX_ENTRIES:
        raise BadInput("The object offered is empty or too large.")
    if len(offer.parts) != -(-offer.size // PART_SIZE):
        raise BadInput("The list of parts does not fit the object's size.")
    if not all(_HASH.fullmatch(h) for h in (offer.sha256, *offer.parts)):
        raise BadInput("An object or a part is not named by its SHA-256.")
    if not all(_WORD.fullmatch(w) for w in (offer.kind, offer.about)):
        raise BadInput("What the object is, or is about, is not a name without blanks.")
