# SPDX-License-Identifier: GPL-3.0-or-later
"""What people hand to each other through the store: wrapped keys, records to be moderated, word of a roster's arrival.

Neither is ever in the log: a wrap must be destroyable, and an assignment is nobody's mark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from observer_app.central.access import Access, Caller
from observer_app.central.database import Database
from observer_app.central.erasing import Erasing
from observer_app.central.registry import Registry
from observer_app.central.words import NotFound
from observer_app.domain.roles import Role
from observer_app.errors import BadInput, NotAllowed
from observer_app.protocol import Arrival, Arrivals, Assignment, Assignments, Board, BoardRow, Wrap, WrapPage
from observer_app.trust.envelope import open_envelope
from observer_app.trust.statements import read_statement

__all__ = ["Handover"]

_PAGE = 1000
_MAX_BOX = 1024
_MAX_CONTENT = 16 * 1024
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]{0,119}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Handover:
    """Wraps, assignments, arrivals, and the day's board."""

    def __init__(
        self, database: Database, registry: Registry, access: Access, erasing: Erasing, clock: Callable[[], int]
    ) -> None:
        self._erasing = erasing
        self._db, self._registry, self._access, self._clock = database, registry, access, clock

    def put_wraps(self, who: Caller, wraps: Sequence[Wrap]) -> int:
        """Keeps wraps; how many are new, and only those are written down. Those of a key that was erased are passed
        over."""
        for wrap in wraps:
            if not _WORD.fullmatch(wrap.subject) or not _WORD.fullmatch(wrap.recipient):
                raise BadInput("A wrapped key does not say whose and for whom it is.")
            if not 0 < len(wrap.box) <= _MAX_BOX:
                raise BadInput("A wrapped key has no sound size.")
        gone = self._erasing.subjects()
        wraps = [w for w in wraps if w.subject not in gone]
        new = 0
        with self._db.transaction():
            for w in wraps:
                if self._db.run(
                    "INSERT OR IGNORE INTO wrap (subject, recipient, box, device, centre, at_ms) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    (w.subject, w.recipient, w.box, who.device.subject, who.centre, self._clock()),
                ):
                    new += 1
                    self._access.note(who, f"wrapped a key for {w.recipient}"[:200], w.subject)
        return new

    def wraps(self, who: Caller, after: int) -> WrapPage:
        """Wraps addressed to the caller, numbered above `after`; each fetch is written down."""
        names = self._access.recipients(who)
        marks = ", ".join("?" for _ in names)
        rows = self._db.rows(
            f"SELECT number, subject, recipient, box FROM wrap WHERE number > ? AND recipient IN ({marks}) "
            "ORDER BY number LIMIT ?",
            (after, *names, _PAGE),
        )
        with self._db.transaction():
            for row in rows:
                self._access.note(who, f"fetched a key for {row[2]}", str(row[1]))
        found = tuple(Wrap(str(r[1]), str(r[2]), bytes(r[3])) for r in rows)
        return WrapPage(found, int(rows[-1][0]) if rows else after, len(rows) == _PAGE)

    def assign(self, who: Caller, assignments: Sequence[Assignment]) -> int:
        """A manager has records moderated; how many are new. Raises NotAllowed, NotFound, BadInput."""
        if who.manages is None:
            raise NotAllowed("Only a centre's manager can have a record moderated.", advice="Sign in as the manager.")
        new = 0
        with self._db.transaction():
            for given in assignments:
                centre = self._centre_of(who, given.record)
                self._refuse_not_moderator(given, centre)
                if self._db.run(
                    "INSERT OR IGNORE INTO assignment (record, person, given_by, centre, at_ms, content) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    (given.record, given.person, who.person_id, centre, self._clock(), given.content),
                ):
                    new += 1
                    self._access.note(who, f"assigned to {given.person}", given.record)
        return new

    def _centre_of(self, who: Caller, record: str) -> str:
        found = self._db.one("SELECT centre FROM statement WHERE record_id = ? AND type = 'record'", (record,))
        if found is None or who.manages not in ("", found[0]):
            raise NotFound("There is no such record here for this centre.", advice="Send the record first.")
        return str(found[0])

    def _refuse_not_moderator(self, given: Assignment, centre: str) -> None:
        self._registry.refresh()
        sound = any(
            c.kind == "person" and c.subject == given.person and Role.MODERATOR.value in c.roles
            and c.centre in ("", centre)
            for c in self._registry.trust.certificates
        )  # fmt: skip
        if not sound:
            raise BadInput("The person a record is given to is not a moderator here.", advice="Choose a moderator.")
        if len(given.content) > _MAX_CONTENT:
            raise BadInput("What was added to an assignment is too large.")

    def assignments(self, who: Caller) -> Assignments:
        """A moderator's own, a manager's centre's, else none."""
        where, params = "0", list[str]()
        if who.has(Role.MODERATOR):
            where, params = f"{where} OR person = ?", [*params, who.person_id]
        if who.manages is not None:
            where, params = f"{where} OR centre = ? OR ? = ''", [*params, who.manages, who.manages]
        rows = self._db.rows(
            f"SELECT record, person, given_by, at_ms, content FROM assignment WHERE {where} ORDER BY at_ms, record",
            params,
        )
        return Assignments(tuple(Assignment(r[0], r[1], r[2], int(r[3]), bytes(r[4])) for r in rows))

    def arrived(self, who: Caller, rosters: Sequence[str]) -> tuple[str, ...]:
        """The machine that asks has taken these rosters in; those of them that are here and its own to see. The first
        time counts."""
        known = tuple(
            r for r in dict.fromkeys(rosters) if self._is_roster(r) and self._access.may_see_statement(who, r)
        )
        with self._db.transaction():
            self._db.many(
                "INSERT OR IGNORE INTO arrival (roster, device, centre, at_ms) VALUES (?, ?, ?, ?)",
                [(roster, who.device.subject, who.centre, self._clock()) for roster in known],
            )
        return known

    def _is_roster(self, record_id: str) -> bool:
        found = self._db.one("SELECT 1 FROM statement WHERE record_id = ? AND type = 'roster'", (record_id,))
        return found is not None

    def arrivals(self, who: Caller, after: int) -> Arrivals:
        """What the machines of the manager's centre have said, numbered above `after`. Raises NotAllowed."""
        if who.manages is None:
            raise NotAllowed("Only a centre's manager sees which machines have the day's list.")
        rows = self._db.rows(
            "SELECT number, roster, device, at_ms FROM arrival WHERE number > ? AND (? = '' OR centre = ?) "
            "ORDER BY number LIMIT ?",
            (after, who.manages, who.manages, _PAGE),
        )
        found = tuple(Arrival(str(r[1]), str(r[2]), int(r[3])) for r in rows)
        return Arrivals(found, int(rows[-1][0]) if rows else after, len(rows) == _PAGE)

    def board(self, who: Caller, day: str) -> Board:
        """The records of a day (claimed, UTC) that the caller may see, and how many of their objects are here."""
        if not _DAY.fullmatch(day):
            raise BadInput("A day is written as 2026-11-24.")
        where, params = self._access.visible(who)
        rows = self._db.rows(
            f"""SELECT s.record_id, s.device, s.person, s.position, s.envelope,
                (SELECT count(*) FROM named n WHERE n.position = s.position),
                (SELECT count(*) FROM named n JOIN object o USING (sha256)
                 WHERE n.position = s.position AND o.complete = 1)
                FROM statement s WHERE s.type = 'record' AND date(s.claimed_ms / 1000, 'unixepoch') = ? AND {where}
                ORDER BY s.position""",
            (day, *params),
        )
        return Board(day, tuple(_board_row(r) for r in rows))


def _board_row(row: tuple[Any, ...]) -> BoardRow:
    record_id, device, person, position, envelope, expected, here = row
    body = read_statement(open_envelope(bytes(envelope)).payload).body
    return BoardRow(record_id, body["sitting"], body["observation"], device, person, position, expected, here)
