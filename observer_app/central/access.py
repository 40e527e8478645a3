# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asks, and what they may see.

A request is signed by an enrolled device, and by a person too where their role is needed. The device alone may hand in
and fetch what is its own or its centre's rosters; a manager sees their centre; a moderator what was assigned to them.
What was fetched of recordings, wraps and assignments is written down.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from observer_app.central.database import Database
from observer_app.central.registry import Registry
from observer_app.central.words import ClockAway
from observer_app.domain.roles import Role
from observer_app.errors import IntegrityBroken, NotAllowed
from observer_app.protocol import TIME_WINDOW_MS, Credentials, request_message
from observer_app.trust.certificates import Certificate

__all__ = ["Access", "Caller"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: an enrolled device, and perhaps a person with roles."""

    device: Certificate
    person: Certificate | None = None

    @property
    def centre(self) -> str:
        """The device's centre."""
        return self.device.centre

    @property
    def person_id(self) -> str:
        """The person's pseudonymous id, or ""."""
        return self.person.subject if self.person else ""

    def has(self, role: Role) -> bool:
        """Whether the person signed this request and holds the role."""
        return self.person is not None and role.value in self.person.roles

    @property
    def manages(self) -> str | None:
        """The centre whose records this caller may see; "" for all of the programme's, None for none."""
        return self.person.centre if self.person is not None and self.has(Role.MANAGER) else None


class Access:
    """Checks requests and rights, and keeps the log of who fetched what."""

    def __init__(self, database: Database, registry: Registry, origin: str, clock: Callable[[], int]) -> None:
        """`origin` names this store, so that a request to another cannot be played back here."""
        self._db, self._registry, self._origin, self._clock = database, registry, origin, clock
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], int] = {}
        self._started = clock()

    # ---- who ----

    def caller(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Caller:
        """Who signed this request. Raises BadInput, NotAllowed, ClockAway, IntegrityBroken."""
        given = Credentials.from_headers(headers)
        now = self._clock()
        self._started = min(self._started, now)  # a clock that was put back must not shut everyone out
        # What was signed before this start may have been answered then: those requests are no longer known.
        if abs(given.time_ms - now) > TIME_WINDOW_MS or given.time_ms < self._started:
            raise ClockAway("The machine's clock and the central store's are too far apart.")
        message = request_message(
            self._origin, method, path, body, time_ms=given.time_ms, nonce=given.nonce, device_key=given.device_key,
            person_key=given.person_key,
        )  # fmt: skip
        device = self._certified(given.device_key, "device", message, given.device_signature, now)
        person = None
        if given.person_key:
            person = self._certified(given.person_key, "person", message, given.person_signature, now)
            if person.centre not in ("", device.centre):
                raise NotAllowed("This person belongs to another centre than this machine.")
        self._refuse_again(given, now)
        return Caller(device, person)

    def _certified(self, key: str, kind: str, message: bytes, signature: bytes, now: int) -> Certificate:
        self._registry.refresh()  # a key may have been revoked beside this process
        found = self._registry.of_key(key, kind)
        what = "machine" if kind == "device" else "person"
        if found is None:
            raise NotAllowed(f"The central store does not know this {what}.", advice="Enrol it at the centre first.")
        if not found.covers(now):
            raise NotAllowed(f"The certificate of this {what} has run out.", advice="Renew it at the centre.")
        if not self._registry.counts(found):
            raise NotAllowed(f"The key of this {what} no longer counts.", advice="Ask the centre why.")
        try:
            found.signing_keys[0].verify(message, signature)
        except IntegrityBroken as error:
            raise NotAllowed(f"The request does not carry this {what}'s signature.") from error
        return found

    def _refuse_again(self, given: Credentials, now: int) -> None:
        with self._lock:
            if len(self._seen) > 100_000:
                self._seen = {k: t for k, t in self._seen.items() if t > now - 2 * TIME_WINDOW_MS}
            key = (given.device_key, given.nonce)
            if key in self._seen:
                raise NotAllowed("This request was made before; it is not answered twice.")
            self._seen[key] = now

    # ---- what ----

    def may_see_statement(self, who: Caller, record_id: str) -> bool:
        """Whether `record_id` (in the log) is the caller's to see."""
        where, params = self.visible(who)
        sql = f"SELECT 1 FROM statement s WHERE s.record_id = ? AND {where}"
        return self._db.one(sql, (record_id, *params)) is not None

    def visible(self, who: Caller) -> tuple[str, tuple[str, ...]]:
        """A condition on the table `statement s`, and its values."""
        if who.manages == "":
            return "1", ()
        parts = ["s.device = ?", "(s.type IN ('roster', 'pack', 'deletion') AND s.centre = ?)", "s.type = 'revocation'",
                 "(s.type = 'pack' AND s.centre = '')"]  # fmt: skip
        params = [who.device.subject, who.centre]
        if who.person is not None:  # what they signed themselves, on whichever machine
            parts.append("s.person = ?")
            params.append(who.person_id)
            # what others answered to corrections of one's own records
            parts.append(
                "(s.type IN ('countersignature', 'refusal') AND EXISTS (SELECT 1 FROM reference r JOIN statement t "
                "USING (record_id) WHERE r.position = s.position AND t.person = ?))"
            )
            params.append(who.person_id)
        if who.manages:
            about = "EXISTS (SELECT 1 FROM reference r JOIN statement t USING (record_id) WHERE r.position = s.position"
            parts.append(f"(s.centre = ? AND NOT {about} AND t.centre <> s.centre))")
            parts.append(f"{about} AND t.centre = ?)")
            params += [who.manages, who.manages]
        if who.has(Role.MODERATOR):
            parts.append("s.record_id IN (SELECT record FROM assignment WHERE person = ?)")
            parts.append(
                "EXISTS (SELECT 1 FROM reference r JOIN assignment a ON a.record = r.record_id "
                "WHERE r.position = s.position AND a.person = ?)"
            )
            # an erasure of what was assigned to them, by whichever centre: it names what the record names, or what was
            # sent about it
            parts.append(
                "(s.type = 'deletion' AND EXISTS (SELECT 1 FROM named n LEFT JOIN object o USING (sha256) "
                "LEFT JOIN named m USING (sha256) LEFT JOIN statement t ON t.position = m.position "
                "JOIN assignment a ON a.record IN (o.about, t.record_id) "
                "WHERE n.position = s.position AND a.person = ?))"
            )
            params += [who.person_id] * 3
        return f"({' OR '.join(parts)})", tuple(params)

    def may_see_object(self, who: Caller, sha256: str) -> bool:
        """Whether the caller may fetch this object: their device's, or of a statement they may see."""
        found = self._db.one("SELECT about, centre, device FROM object WHERE sha256 = ?", (sha256,))
        if found is None:
            return False
        about, centre, device = found
        if device == who.device.subject or who.manages == "":
            return True
        if who.manages == centre and not self._of_another(about, centre):
            return True
        where, params = self.visible(who)
        named = "EXISTS (SELECT 1 FROM named n WHERE n.position = s.position AND n.sha256 = ?)"
        sql = f"SELECT 1 FROM statement s WHERE (s.record_id = ? OR {named}) AND {where} LIMIT 1"
        return self._db.one(sql, (about, sha256, *params)) is not None

    def _of_another(self, about: str, centre: str) -> bool:
        """Whether `about` is another centre's record: what a moderator's machine adds to it belongs to that centre."""
        found = self._db.one("SELECT centre FROM statement WHERE record_id = ?", (about,))
        return found is not None and found[0] != centre

    def recipients(self, who: Caller) -> tuple[str, ...]:
        """The names under which wraps may be addressed to the caller."""
        found = {*self._registry.keys_of(who.device), who.device.subject}
        if who.person is not None:
            found |= {*self._registry.keys_of(who.person), who.person.subject}
            if who.has(Role.MANAGER) and who.manages:
                found |= {who.manages, *self._registry.centre_keys(who.manages)}
        return tuple(sorted(found))

    def note(self, who: Caller, action: str, subject: str) -> None:
        """Writes down who did or fetched what; only pseudonymous ids."""
        self._db.run(
            "INSERT INTO access (at_ms, device, person, action, subject) VALUES (?, ?, ?, ?, ?)",
            (self._clock(), who.device.subject, who.person_id, action, subject),
        )
