# SPDX-License-Identifier: GPL-3.0-or-later
"""Rosters and what happened to their sittings since.

1. A roster's content (names, photos) is what its sealed object holds; the store it lies in is encrypted too.
2. Sitting events are one hash chain a device; another device's are taken in by continuing its chain.
3. A later roster for a day takes the place of an earlier one; both stay.
4. What happens on a machine that was restored from a backup, before it was connected, waits beside its chain: which
   numbers are free there, only what comes back says. `settle` gives it its numbers then.
5. Whose notes were erased is named in no roster here any more, nor in one that arrives later: the booking stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from sqlite_utils import Database

from observer_app.domain.moment import Moment, TimeSource
from observer_app.domain.sitting import Candidate, Consent, Sitting, SittingEvent, SittingState, fold_sitting
from observer_app.errors import BadInput, IntegrityBroken
from observer_app.trust import strict_json
from observer_app.trust.chain import CHAIN_START, event_hash
from observer_app.trust.envelope import from_base64, to_base64
from observer_app.vault.store import Store
from observer_app.vault.texts import SaltedText

__all__ = ["MAX_ROSTER", "OWN", "RESTORED", "Roster", "Sittings", "decode_sittings", "encode_sittings"]

RESTORED = "restored/pending"  # the setting that says: from a backup, and what it had sent since is not back here

MAX_ROSTER = 48 * 1024 * 1024
MAX_SITTINGS = 2000
OWN, _WAITING = "own", "waiting"
_SETTLED = "sittings/settled"  # setting: up to which number what waited stands in the chain
_MAX_EVENT = 16 * 1024
_PHOTO = 512 * 1024
_UNNAMED = "unnamed/"  # setting: this + a booking whose candidate is named no more
_ERASED = "SELECT key FROM settings WHERE key >= ? AND key < ?"
_ERASED_KEYS = (_UNNAMED, f"{_UNNAMED}~")
_TEXTS = ("id", "day", "starts", "room", "framework_id", "scenario_id", "assessor", "actor")
_NUMBERS = ("session", "extra_percent")
_CANDIDATE = ("id", "name", "registration")
_EVENT_FIELDS = {"v", "seq", "sitting", "kind", "by", "value", "reason", "monotonic_us", "boot_id", "wall_ms", "source"}


@dataclass(frozen=True, slots=True)
class Roster:
    """A day's bookings as last received; `statement` is the id of the signed roster."""

    day: str
    statement: str
    sittings: tuple[Sitting, ...]


def encode_sittings(sittings: Sequence[Sitting]) -> bytes:
    """The content of a roster's object, to be sealed: personal, never inside anything signed."""
    rows = []
    for s in sittings:
        row: dict[str, Any] = {name: getattr(s, name) for name in (*_TEXTS, *_NUMBERS)}
        row["consent"], row["training_ok"] = s.consent.value, s.training_ok
        row["candidate"] = {name: getattr(s.candidate, name) for name in _CANDIDATE}
        row["candidate"]["photo"] = to_base64(s.candidate.photo)
        rows.append(row)
    return strict_json.dumps({"v": 1, "sittings": rows})


def decode_sittings(content: bytes) -> tuple[Sitting, ...]:
    """The inverse. Raises BadInput naming the booking that is wrong, NewerVersion."""
    found = strict_json.loads(content, limit=MAX_ROSTER, what="The day's roster")
    version, rows = strict_json.version_of(found, what="The day's roster"), found.get("sittings")
    if set(found) != {"v", "sittings"} or version != 1 or type(rows) is not list or len(rows) > MAX_SITTINGS:
        raise BadInput("The day's roster is not in the expected form.")
    return tuple(_sitting(row, number) for number, row in enumerate(rows, 1))


def _sitting(row: Any, number: int) -> Sitting:
    wrong = BadInput(f"Booking {number} of the day's roster is not in the expected form.")
    names = {*_TEXTS, *_NUMBERS, "consent", "training_ok", "candidate"}
    if type(row) is not dict or set(row) != names or type(row["candidate"]) is not dict:
        raise wrong
    person = row["candidate"]
    if set(person) != {*_CANDIDATE, "photo"} or any(type(person[n]) is not str for n in person):
        raise wrong
    if any(type(row[n]) is not str for n in _TEXTS) or any(type(row[n]) is not int for n in _NUMBERS):
        raise wrong
    if row["consent"] not in [c.value for c in Consent] or type(row["training_ok"]) is not bool:
        raise wrong
    photo = from_base64(person["photo"], f"The photo of booking {number}")
    if len(photo) > _PHOTO or not 0 <= row["extra_percent"] <= 300:
        raise wrong
    candidate = Candidate(person["id"], person["name"], person["registration"], photo)
    rest = {name: row[name] for name in (*_TEXTS, *_NUMBERS, "training_ok")}
    return Sitting(candidate=candidate, consent=Consent(row["consent"]), **rest)


def _without_names(content: bytes, sittings: Collection[str]) -> bytes | None:
    """The roster without the names of these bookings' candidates; None where it holds none of them."""
    found = decode_sittings(content)
    named = {s.id for s in found if s.id in sittings and (s.candidate.name or s.candidate.photo)}
    nameless = (replace(s, candidate=Candidate(s.candidate.id, "", "", b"")) if s.id in named else s for s in found)
    return encode_sittings(list(nameless)) if named else None


def _unnamed(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """The bookings among the names of these settings."""
    return {str(row["key"]).removeprefix(_UNNAMED) for row in rows}


class Sittings:
    """Rosters and sitting events of a device store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read: dict[str, tuple[Sitting, ...]] = {}
        self._left_out: dict[str, tuple[int, Sitting | None]] = {}

    # ---- rosters ----

    def put_roster(self, statement: str, day: str, content: bytes) -> Future[None]:
        """Keeps a roster (content as `encode_sittings` gives it) whose statement the caller verified and stored.

        Raises BadInput at once when the content is not a roster of that day.
        """
        if any(s.day != day for s in decode_sittings(content)):
            raise BadInput("The roster holds bookings of another day.", advice="Ask the centre to send it again.")

        def job(db: Database) -> None:  # what was erased is looked up by the writer: nothing is erased in between
            kept = _without_names(content, _unnamed(db.query(_ERASED, _ERASED_KEYS))) or content
            db.execute(
                "INSERT OR IGNORE INTO rosters (statement, number, day, content) "
                "SELECT ?, 1 + coalesce(max(number), 0), ?, ? FROM rosters",
                (statement, day, kept),
            )

        return self._store.write(job)

    def without_erased(self, content: bytes) -> bytes:
        """The same roster, its own bytes where nothing in it was erased, without names that were."""
        return _without_names(content, _unnamed(self._store.rows(_ERASED, _ERASED_KEYS))) or content

    def erase_names(self, sittings: Collection[str]) -> frozenset[str]:
        """Takes candidates' names, registrations and photos out of every roster here, the bytes overwritten, and
        keeps them out of those to come; the days whose rosters named them. Waits until it is done."""

        def job(db: Database) -> frozenset[str]:
            days = set()
            for statement, day, kept in db.execute("SELECT statement, day, content FROM rosters").fetchall():
                content = _without_names(bytes(kept), sittings)
                if content is not None:
                    db.execute("UPDATE rosters SET content = ? WHERE statement = ?", (content, statement))
                    days.add(str(day))
            for sitting in sittings:
                db.execute("INSERT OR IGNORE INTO settings (key, value) VALUES (?, x'31')", (f"{_UNNAMED}{sitting}",))
            return frozenset(days)

        days = self._store.write(job).result()
        self._read, self._left_out = {}, {}
        return days

    def has_roster(self, statement: str) -> bool:
        """Whether the content of a signed roster is kept here."""
        return self._store.one("SELECT 1 FROM rosters WHERE statement = ?", (statement,)) is not None

    def roster(self, day: str) -> Roster | None:
        """The day's newest roster, or None."""
        row = self._store.one("SELECT statement FROM rosters WHERE day = ? ORDER BY number DESC LIMIT 1", (day,))
        if row is None:
            return None
        statement = str(row["statement"])
        if statement not in self._read:
            # Photos make it megabytes, and the screens ask often; a roster never changes, a later one takes its place.
            kept = self._store.rows("SELECT content FROM rosters WHERE statement = ?", (statement,))
            self._read = {**dict(list(self._read.items())[-3:]), statement: decode_sittings(bytes(kept[0]["content"]))}
        return Roster(day, statement, self._read[statement])

    def days(self) -> tuple[str, ...]:
        """Days with a roster, latest first."""
        return tuple(row["day"] for row in self._store.rows("SELECT DISTINCT day FROM rosters ORDER BY day DESC"))

    def states(self, day: str) -> tuple[SittingState, ...]:
        """Every booking of the day as it stands, in the roster's order; empty without a roster."""
        roster = self.roster(day)
        events: dict[str, list[SittingEvent]] = {}
        for event in self.events(day):
            events.setdefault(event.sitting, []).append(event)
        return tuple(fold_sitting(s, events.get(s.id, ())) for s in (roster.sittings if roster else ()))

    def state(self, day: str, sitting: str) -> SittingState:
        """One booking as it stands. Raises BadInput when it is not in the day's newest roster."""
        roster = self.roster(day)
        found = next((s for s in (roster.sittings if roster else ()) if s.id == sitting), None)
        if found is None:
            raise BadInput("This sitting is not in the day's list.", advice="Ask the centre manager.")
        return fold_sitting(found, self.events(day, sitting))

    def find(self, sitting: str) -> Sitting | None:
        """A booking by its id, also one that a later roster of its day left out; None when no roster here names it.

        A booking moved to a later day stands in the lists of both: the later day's is the one that counts."""
        rows = self._store.rows("SELECT statement, day FROM rosters ORDER BY day DESC, number DESC")
        for day in dict.fromkeys(str(row["day"]) for row in rows):
            roster = self.roster(day)
            found = next((s for s in (roster.sittings if roster else ()) if s.id == sitting), None)
            if found is not None:
                return found
        if self._left_out.get(sitting, (0, None))[0] != len(rows):  # they never change, there are only more of them
            self._left_out[sitting] = len(rows), self._in_any(sitting, [str(row["statement"]) for row in rows])
        return self._left_out[sitting][1]

    def _in_any(self, sitting: str, statements: Sequence[str]) -> Sitting | None:
        for statement in statements:
            kept = self._store.rows("SELECT content FROM rosters WHERE statement = ?", (statement,))
            found = next((s for s in decode_sittings(bytes(kept[0]["content"])) if s.id == sitting), None)
            if found is not None:
                return found
        return None

    # ---- what happened since ----

    def append(
        self, day: str, sitting: str, kind: str, by: str, at: Moment, value: str = "", reason: str = ""
    ) -> Future[SittingEvent]:
        """Appends to this device's chain, or to what waits for it; `reason` is a text, kept beside under its salted
        hash."""
        salted = SaltedText.new(reason) if reason else None

        def job(db: Database) -> SittingEvent:
            device = _WAITING if _setting(db, RESTORED) else OWN
            event = SittingEvent(0, sitting, kind, at, by, value, salted.hash if salted else "")
            if salted:
                salted.insert(db)
            return _append(db, device, day, event)

        return self._store.write(job)

    def settle(self) -> Future[int]:
        """What had been sent before a backup was restored is back: what waited goes into the chain after it, and the
        machine is restored no more; how much that was."""

        def job(db: Database) -> int:
            sql = "SELECT seq, day, payload FROM sitting_events WHERE device = ? AND seq > ? ORDER BY seq"
            rows = db.execute(sql, (_WAITING, int(_setting(db, _SETTLED) or b"0"))).fetchall()
            for _, day, payload in rows:
                _append(db, OWN, str(day), _read(bytes(payload)))
            if rows:
                last = str(rows[-1][0]).encode()
                db.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (_SETTLED, last))
            db.execute("DELETE FROM settings WHERE key = ?", (RESTORED,))
            return len(rows)

        return self._store.write(job)

    def take_in(self, device: str, day: str, payloads: Sequence[bytes], first_seq: int) -> Future[int]:
        """Another device's events, numbered from `first_seq`; how many were new.

        The future raises IntegrityBroken when they do not continue what is already here.
        """
        events = [_read(payload) for payload in payloads]

        def job(db: Database) -> int:
            new = 0
            for place, (event, payload) in enumerate(zip(events, payloads, strict=True), first_seq):
                row = db.execute(
                    "SELECT payload FROM sitting_events WHERE device = ? AND seq = ?", (device, place)
                ).fetchone()
                if row is not None and bytes(row[0]) == payload:
                    continue
                seq, head = _end(db, device)
                if row is not None or place != seq + 1 or event.seq != place:
                    raise IntegrityBroken(
                        "Entries about the day from another machine do not continue each other.",
                        advice="Ask the centre to send them again.",
                        subject=f"{device} {place}",
                    )
                _insert(db, device, day, event, payload, head)
                new += 1
            return new

        return self._store.write(job)

    def _settled(self) -> int:
        row = self._store.one("SELECT value FROM settings WHERE key = ?", (_SETTLED,))
        return int(bytes(row["value"])) if row else 0

    def payloads(self, device: str = OWN, after: int = 0) -> list[tuple[int, str, bytes]]:
        """(number, day, exact bytes) of a device's events after a number, in order."""
        rows = self._store.rows(
            "SELECT seq, day, payload FROM sitting_events WHERE device = ? AND seq > ? ORDER BY seq", (device, after)
        )
        return [(row["seq"], row["day"], bytes(row["payload"])) for row in rows]

    def events(self, day: str, sitting: str = "") -> list[SittingEvent]:
        """Of a day, or of one sitting, in the order of their claimed times; those of one machine always in its own
        order: a clock set back does not make a consent that was taken back the latest word."""
        extra = " AND sitting = ?" if sitting else ""
        rows = self._store.rows(
            "SELECT payload, max(wall_ms) OVER (PARTITION BY device ORDER BY seq) AS at FROM sitting_events "
            f"WHERE day = ?{extra} AND NOT (device = ? AND seq <= ?) ORDER BY at, device, seq",
            (day, *((sitting,) if sitting else ()), _WAITING, self._settled()),
        )
        return [_read(bytes(row["payload"])) for row in rows]


def _setting(db: Database, key: str) -> bytes:
    row = db.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    return bytes(row[0]) if row else b""


def _append(db: Database, device: str, day: str, event: SittingEvent) -> SittingEvent:
    seq, head = _end(db, device)
    numbered = replace(event, seq=seq + 1)
    _insert(db, device, day, numbered, strict_json.dumps(_payload(numbered)), head)
    return numbered


def _end(db: Database, device: str) -> tuple[int, bytes]:
    row = db.execute(
        "SELECT seq, head FROM sitting_events WHERE device = ? ORDER BY seq DESC LIMIT 1", (device,)
    ).fetchone()
    return (int(row[0]), bytes(row[1])) if row else (0, CHAIN_START)


def _insert(db: Database, device: str, day: str, event: SittingEvent, payload: bytes, head: bytes) -> None:
    db.execute(
        "INSERT INTO sitting_events (device, seq, day, sitting, payload, head, wall_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (device, event.seq, day, event.sitting, payload, event_hash(head, payload), event.at.wall_ms),
    )


def _payload(e: SittingEvent) -> dict[str, Any]:
    return {
        "v": 1,
        "seq": e.seq,
        "sitting": e.sitting,
        "kind": e.kind,
        "by": e.by,
        "value": e.value,
        "reason": e.reason,
        "monotonic_us": e.at.monotonic_us,
        "boot_id": e.at.boot_id,
        "wall_ms": e.at.wall_ms,
        "source": e.at.source.value,
    }


def _read(payload: bytes) -> SittingEvent:
    p = strict_json.loads(payload, limit=_MAX_EVENT, what="An entry about a sitting")
    version = strict_json.version_of(p, what="An entry about a sitting")
    numbers, texts = (
        ("seq", "monotonic_us", "wall_ms"),
        ("sitting", "kind", "by", "value", "reason", "boot_id", "source"),
    )
    if (
        version != 1
        or set(p) != _EVENT_FIELDS
        or any(type(p[n]) is not int for n in numbers)
        or any(type(p[n]) is not str for n in texts)
    ):
        raise BadInput("An entry about a sitting is not in the expected form.")
    if p["source"] not in {s.value for s in TimeSource}:
        raise BadInput("An entry about a sitting is not in the expected form.")
    at = Moment(p["monotonic_us"], p["boot_id"], p["wall_ms"], TimeSource(p["source"]))
    return SittingEvent(p["seq"], p["sitting"], p["kind"], at, p["by"], p["value"], p["reason"])
