# SPDX-License-Identifier: GPL-3.0-or-later
"""Talking to the central store: `Client` signs what it asks and reads what comes back over a `line`.

What the store says of a record's place is believed only once `transfer` has verified it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

from observer_app.errors import (
    BadInput,
    Conflict,
    DiskFull,
    EnvironmentFault,
    IntegrityBroken,
    NewerVersion,
    NotAllowed,
    ObserverError,
    SampleRefused,
    Unreachable,
)
from observer_app.protocol import (
    MAX_ENTRIES,
    MAX_JSON,
    PREFIX,
    About,
    Arrivals,
    Assignment,
    Assignments,
    BatchAnswer,
    Board,
    CertificatePage,
    ConsistencyAnswer,
    Credentials,
    DeviceState,
    Done,
    EnrolAnswer,
    EnrolRequest,
    LoggedStatement,
    Names,
    NoteAnswer,
    ObjectInfo,
    ObjectList,
    ObjectOffer,
    ObjectState,
    Refusal,
    RenewRequest,
    StatementBatch,
    StatementPage,
    Wrap,
    WrapPage,
    as_dict,
    read,
    request_message,
)
from observer_app.sync.line import ABOUT, KEPT, MAX_ANSWER, Answer, OtherAnswer, TooSlow, Transport
from observer_app.trust import strict_json
from observer_app.trust.keys import PrivateKey

__all__ = ["Client", "Identity", "NotThere", "refusal_error"]

T = TypeVar("T")
_MOST_VALUES = 10 * MAX_ENTRIES


class NotThere(BadInput):
    """The central store has no such thing for this machine."""


@dataclass(frozen=True)
class Identity:
    """Who sends: the device, and the person signed in (None: nobody is; what needs a role is left out).

    `root`: the programme's root certificate (envelope), the one thing that is believed. `device` and `person` are
    pseudonymous ids; `roles` are the person's.
    """

    root: bytes
    device: str
    device_key: PrivateKey = field(repr=False)
    person: str = ""
    person_key: PrivateKey | None = field(default=None, repr=False)
    roles: frozenset[str] = frozenset()


_ERRORS: dict[str, type[ObserverError]] = {
    "not_allowed": NotAllowed,
    "clock": NotAllowed,
    "not_found": NotThere,
    "too_large": BadInput,
    "bad_input": BadInput,
    "newer": NewerVersion,
    "sample": SampleRefused,
    "integrity": IntegrityBroken,
    "conflict": Conflict,
    "gap": Conflict,
    "full": DiskFull,
    "fault": Unreachable,
}


def refusal_error(refusal: Refusal) -> ObserverError:
    """The store's refusal as the error it is here."""
    kind = _ERRORS.get(refusal.code, EnvironmentFault)
    found = kind(refusal.message, advice=refusal.advice)
    if isinstance(found, IntegrityBroken):
        found.subject = refusal.subject
    return found


class Client:
    """The store's questions, one method each. Every method raises Unreachable, and what the store refuses with."""

    def __init__(
        self, transport: Transport, identity: Identity | None, *, clock: Callable[[], int] | None = None
    ) -> None:
        """`clock`: ms since 1970; the store's own time is asked for first, so that a wrong clock here does no harm."""
        self._transport, self._identity = transport, identity
        self._clock = clock or (lambda: time.time_ns() // 1_000_000)
        self._away_ms: int | None = None
        self._origin = ""

    # ---- asking ----

    def _send(self, method: str, path: str, body: bytes = b"", *, signed: bool = True, span: str = "") -> Answer:
        """Asks; once more when no answer came (every request may be repeated) or when our clock was far off."""
        for last in (False, True):
            headers = self._signed(method, path, body) if signed else {}
            headers |= {"Range": span} if span else {}
            if body:
                headers["Content-Type"] = "application/json" if method == "POST" else "application/octet-stream"
            try:
                answer = self._transport.request(method, path, headers, body)
            except Unreachable as error:
                # Who does not say hello is not asked anything else; who answers nonsense, or too slowly, not again.
                if last or path == ABOUT or isinstance(error, (OtherAnswer, TooSlow)):
                    raise
                continue
            if answer.status < 300:
                return answer
            if answer.status == 416 and span:  # there are fewer bytes than the store has written down
                return Answer(206, b"")
            refusal = _refusal(answer)
            if refusal.code != "clock" or last:
                raise refusal_error(refusal)
            self.about()
        raise Unreachable("The central store does not answer.", advice=KEPT)

    def _signed(self, method: str, path: str, body: bytes) -> dict[str, str]:
        who = self._identity
        if who is None:
            raise NotAllowed("This machine is not enrolled.", advice="Enrol it at the centre first.")
        if self._away_ms is None:
            self.about()
        time_ms, nonce = self._clock() + (self._away_ms or 0), os.urandom(16).hex()
        person = who.person_key.key_id if who.person_key else ""
        message = request_message(
            self._origin, method, path, body, time_ms=time_ms, nonce=nonce, device_key=who.device_key.key_id,
            person_key=person,
        )  # fmt: skip
        signature = who.person_key.sign(message) if who.person_key else b""
        return Credentials(
            time_ms, nonce, who.device_key.key_id, who.device_key.sign(message), person, signature
        ).headers()

    def _get(self, kind: type[T], path: str, *, signed: bool = True) -> T:
        return _read(kind, self._send("GET", PREFIX + path, signed=signed).body)

    def _post(self, kind: type[T], path: str, message: Any, *, signed: bool = True) -> T:
        body = strict_json.dumps(as_dict(message))
        return _read(kind, self._send("POST", PREFIX + path, body, signed=signed).body)

    # ---- the questions ----

    def about(self) -> About:
        """Which store this is, and its time."""
        found = self._get(About, "/about", signed=False)
        self._origin, self._away_ms = found.origin, found.time_ms - self._clock()
        return found

    def enrol(self, code: str, signing: bytes, opening: bytes) -> EnrolAnswer:
        """Redeems a one-time code for public keys."""
        return self._post(EnrolAnswer, "/enrol", EnrolRequest(code, signing, opening), signed=False)

    def renew(self, kind: str, signing: bytes, opening: bytes) -> EnrolAnswer:
        """New keys, or a later certificate for the same, for the machine or person asking. Raises NotAllowed."""
        return self._post(EnrolAnswer, "/renew", RenewRequest(kind, signing, opening))

    def put_certificates(self, certificates: Sequence[bytes]) -> int:
        """Publishes certificates and revocations; how many were new."""
        return self._post(Done, "/certificates", CertificatePage(tuple(certificates), 0, False), signed=False).count

    def certificates(self, after: int) -> CertificatePage:
        """Certificates numbered above `after`."""
        return self._get(CertificatePage, f"/certificates?after={after}")

    def checkpoint(self) -> str:
        """The newest note."""
        return self._get(NoteAnswer, "/checkpoint", signed=False).note

    def consistency(self, old: int, new: int) -> ConsistencyAnswer:
        """That the log at `new` continues it at `old`."""
        return self._get(ConsistencyAnswer, f"/consistency?from={old}&to={new}", signed=False)

    def time(self, nonce: str) -> str:
        """The store's time as its log signs it over `nonce` (`trust.signed_time`). Raises NotThere."""
        return self._get(NoteAnswer, f"/time?nonce={quote(nonce, safe='')}", signed=False).note

    def put_statements(self, envelopes: Sequence[bytes]) -> BatchAnswer:
        """Hands in at most 100."""
        return self._post(BatchAnswer, "/statements", StatementBatch(tuple(envelopes)))

    def statements(self, after: int, kind: str = "") -> StatementPage:
        """What stands in the log from position `after` on that we may see, of one type or all."""
        return self._get(StatementPage, f"/statements?after={after}&type={quote(kind, safe='')}")

    def statement(self, record_id: str) -> LoggedStatement:
        """One statement. Raises NotThere."""
        return self._get(LoggedStatement, f"/statements/{quote(record_id, safe='')}")

    def proof(self, record_id: str) -> LoggedStatement:
        """One statement with a receipt made anew. Raises NotThere."""
        return self._get(LoggedStatement, f"/statements/{quote(record_id, safe='')}/proof")

    def device(self, device: str) -> DeviceState:
        """How far the store holds a device's statements."""
        return self._get(DeviceState, f"/devices/{quote(device, safe='')}")

    def missing(self, names: Sequence[str]) -> tuple[str, ...]:
        """Which objects the store lacks."""
        return self._post(Names, "/objects/missing", Names(tuple(names))).names

    def objects(self, about: str) -> tuple[ObjectInfo, ...]:
        """The objects about a record (or roster ...) that we may fetch."""
        return self._get(ObjectList, f"/objects?about={quote(about, safe='')}").objects

    def completed(self, after: int) -> ObjectList:
        """Objects that became complete after number `after` and that we may fetch."""
        return self._get(ObjectList, f"/objects?after={after}")

    def info(self, sha256: str) -> ObjectInfo:
        """What an object is. Raises NotThere."""
        return self._get(ObjectInfo, f"/objects/{sha256}/info")

    def offer(self, offer: ObjectOffer) -> ObjectState:
        """Offers an object; which parts are missing."""
        return self._post(ObjectState, f"/objects/{offer.sha256}", offer)

    def put_part(self, sha256: str, number: int, body: bytes) -> ObjectState:
        """Sends one part."""
        return _read(ObjectState, self._send("PUT", f"{PREFIX}/objects/{sha256}/parts/{number}", body).body)

    def fetch(self, sha256: str, start: int, end: int) -> bytes:
        """Bytes start..end-1 of an object, fewer where there are none. Raises NotThere."""
        answer = self._send("GET", f"{PREFIX}/objects/{sha256}", span=f"bytes={start}-{end - 1}")
        return answer.body[start:end] if answer.status == 200 else answer.body[: end - start]

    def put_wraps(self, wraps: Sequence[Wrap]) -> int:
        """Hands in wrapped keys."""
        return self._post(Done, "/wraps", WrapPage(tuple(wraps))).count

    def wraps(self, after: int) -> WrapPage:
        """Wraps addressed to us, numbered above `after`."""
        return self._get(WrapPage, f"/wraps?after={after}")

    def assign(self, assignments: Sequence[Assignment]) -> int:
        """Has records moderated. Raises NotAllowed for anyone but a manager."""
        return self._post(Done, "/assignments", Assignments(tuple(assignments))).count

    def assignments(self) -> tuple[Assignment, ...]:
        """A moderator's own, a manager's centre's."""
        return self._get(Assignments, "/assignments").assignments

    def arrived(self, rosters: Sequence[str]) -> tuple[str, ...]:
        """Says that these rosters are taken in here; those the store has taken note of."""
        return self._post(Names, "/arrivals", Names(tuple(rosters))).names

    def arrivals(self, after: int) -> Arrivals:
        """Which machines of a manager's centre have which roster, numbered above `after`. Raises NotAllowed."""
        return self._get(Arrivals, f"/arrivals?after={after}")

    def board(self, day: str) -> Board:
        """How far the day's records have come."""
        return self._get(Board, f"/board?day={quote(day, safe='')}")


def _read(kind: type[T], body: bytes) -> T:
    try:
        if body.count(b",") > _MOST_VALUES:  # a little text can become a great many things
            raise BadInput("The central store's answer holds too much.")
        return read(kind, strict_json.loads(body, limit=MAX_ANSWER, what="The central store's answer"))
    except BadInput as error:
        raise OtherAnswer(
            "What answered is not a central store, or a newer one.", advice=f"Check its address. {KEPT}"
        ) from error


def _refusal(answer: Answer) -> Refusal:
    """The store's words; something between us and it (a proxy, a hotel's sign-in page) has none."""
    try:
        return read(Refusal, strict_json.loads(answer.body, limit=MAX_JSON, what="The answer"))
    except BadInput as error:
        raise OtherAnswer(
            f"Something between this machine and the central store refused (status {answer.status}).", advice=KEPT
        ) from error
