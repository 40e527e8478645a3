# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine and the central store say to each other, version 1.

Every question and answer is a frozen dataclass; `as_dict` and `read` give and take its plain form (JSON objects; bytes
in standard base64). Reading the bytes strictly is the caller's affair (`trust.strict_json`). Nothing is optional and
nothing unknown is passed over: another field is another version of the path.

A request is signed by the device, and by the person too where a role is needed: `request_message` is what is signed.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from observer_app.errors import BadInput
from observer_app.protocol.plain import MAX_ENTRIES, as_dict, bytes_of, read

__all__ = [
    "MAX_BATCH", "MAX_ENTRIES", "MAX_JSON", "PART_SIZE", "PREFIX", "TIME_WINDOW_MS", "About", "Arrival", "Arrivals",
    "Assignment", "Assignments",
    "BatchAnswer", "Board", "BoardRow", "CertificatePage", "ConsistencyAnswer", "Credentials", "DeviceState", "Done",
    "EnrolAnswer", "EnrolRequest", "LoggedStatement", "Names", "NoteAnswer", "ObjectInfo", "ObjectList",
    "ObjectOffer", "ObjectState", "Refusal", "RenewRequest", "StatementAnswer", "StatementBatch", "StatementPage",
    "Wrap", "WrapPage", "as_dict", "read", "request_message", "sha256_hex",
]  # fmt: skip

PREFIX = "/v1"
PART_SIZE = 4 * 1024 * 1024
MAX_BATCH = 100
MAX_JSON = 16 * 1024 * 1024
TIME_WINDOW_MS = 10 * 60 * 1000
_LABEL = "observer-request-v1"
_NONCE = re.compile(r"[0-9a-f]{32}")
_KEY_ID = re.compile(r"ed25519:[0-9a-f]{64}")


# ---- who asks ----


@dataclass(frozen=True, slots=True)
class Credentials:
    """Headers that sign one request. `person_key` and `person_signature` are "" and b"" where no role is needed."""

    time_ms: int
    nonce: str
    device_key: str
    device_signature: bytes
    person_key: str = ""
    person_signature: bytes = b""

    def headers(self) -> dict[str, str]:
        """The headers of the request."""
        found = {
            "Observer-Time": str(self.time_ms),
            "Observer-Nonce": self.nonce,
            "Observer-Device": self.device_key,
            "Observer-Device-Signature": base64.b64encode(self.device_signature).decode(),
        }
        if self.person_key:
            found["Observer-Person"] = self.person_key
            found["Observer-Person-Signature"] = base64.b64encode(self.person_signature).decode()
        return found

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> Credentials:
        """Reads them (names in any case). Raises BadInput when one is missing or malformed."""
        found = {k.lower(): v for k, v in headers.items() if k.lower().startswith("observer-")}
        time, nonce = found.get("observer-time", ""), found.get("observer-nonce", "")
        device, person = found.get("observer-device", ""), found.get("observer-person", "")
        sound = re.fullmatch(r"[0-9]{1,15}", time) and _NONCE.fullmatch(nonce) and _KEY_ID.fullmatch(device)
        if not sound or (person and not _KEY_ID.fullmatch(person)):
            raise BadInput("The request is not signed by a machine.", advice="Enrol this machine first.")
        device_signature = bytes_of(found.get("observer-device-signature", ""), "A request's signature")
        person_signature = bytes_of(found.get("observer-person-signature", ""), "A request's signature")
        return cls(int(time), nonce, device, device_signature, person, person_signature)


def request_message(
    origin: str, method: str, path: str, body: bytes, *, time_ms: int, nonce: str, device_key: str, person_key: str = ""
) -> bytes:
    """What device and person sign: the store asked (its log's `origin`), what is asked, the body's hash, when, once."""
    lines = (_LABEL, origin, method, path, sha256_hex(body), str(time_ms), nonce, device_key, person_key)
    return "\n".join(lines).encode()


def sha256_hex(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


# ---- what is said ----


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was not done, in a person's words. `code` is one of: bad_input, newer, sample, integrity, conflict,
    gap, clock, not_allowed, not_found, too_large, full, fault. `last_seq`: for a gap, the device's last statement the
    store holds; -1 otherwise. `subject` names what was refused."""

    code: str
    message: str
    advice: str = ""
    subject: str = ""
    last_seq: int = -1


@dataclass(frozen=True, slots=True)
class Done:
    """It was done; `count` things are new."""

    count: int


@dataclass(frozen=True, slots=True)
class About:
    """What a store says of itself to anyone. `root` and `log_certificates` are envelopes; `time_ms` its clock."""

    origin: str
    programme: str
    sample: bool
    time_ms: int
    root: bytes
    log_certificates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class StatementBatch:
    """At most MAX_BATCH envelopes."""

    statements: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class StatementAnswer:
    """`status`: logged (now), known (before, the same receipt again) or refused (then `refusal` says why)."""

    record_id: str
    status: str
    receipt: bytes
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """One answer a statement, in the order sent."""

    answers: tuple[StatementAnswer, ...]


@dataclass(frozen=True, slots=True)
class NoteAnswer:
    """A signed note: the newest checkpoint, or the store's time (`trust.signed_time`)."""

    note: str


@dataclass(frozen=True, slots=True)
class ConsistencyAnswer:
    """That the log at `size` continues the one asked about: 32-byte hashes, and the note at `size`."""

    size: int
    note: str
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class LoggedStatement:
    """A statement as it stands in the log."""

    position: int
    envelope: bytes
    receipt: bytes


@dataclass(frozen=True, slots=True)
class StatementPage:
    """Statements from a position on that the caller may see; ask again from `next` while `more`."""

    statements: tuple[LoggedStatement, ...]
    next: int
    more: bool


@dataclass(frozen=True, slots=True)
class CertificatePage:
    """Certificates and revocations (envelopes) from a number on."""

    certificates: tuple[bytes, ...]
    next: int
    more: bool


@dataclass(frozen=True, slots=True)
class DeviceState:
    """How far the store holds a device's statements: the last one's number (0: none) and id ("")."""

    last_seq: int
    last_id: str


@dataclass(frozen=True, slots=True)
class Names:
    """Names (SHA-256) of objects."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object at rest. `kind` and `about` (a record's or observation's id) are the sender's words."""

    sha256: str
    size: int
    kind: str
    about: str


@dataclass(frozen=True, slots=True)
class ObjectList:
    """Complete objects the caller may fetch; in order of completion when asked from a number on."""

    objects: tuple[ObjectInfo, ...]
    next: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class ObjectOffer:
    """An object to be sent in parts of PART_SIZE (the last may be shorter); `parts` are their SHA-256 in order."""

    sha256: str
    size: int
    kind: str
    about: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObjectState:
    """Whether the object is complete (read back and hashed), and which parts (from 0) are missing."""

    sha256: str
    complete: bool
    missing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wrap:
    """A key (of `subject`: a recording, record or roster) that only `recipient` can open. Never in the log."""

    subject: str
    recipient: str
    box: bytes


@dataclass(frozen=True, slots=True)
class WrapPage:
    """Wraps, from a number on when answered."""

    wraps: tuple[Wrap, ...]
    next: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """`record` is to be moderated by `person`; `by` the manager who said so, `content` what they added, or b""."""

    record: str
    person: str
    by: str
    at_ms: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Assignments:
    """Assignments, asked for or given."""

    assignments: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class Arrival:
    """`device` has said that the roster (a statement's id) is taken in there; `at_ms` by the store's clock."""

    roster: str
    device: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What was said at the caller's centre since the number asked from; ask again from `next` while `more`."""

    arrivals: tuple[Arrival, ...]
    next: int
    more: bool


@dataclass(frozen=True, slots=True)
class BoardRow:
    """How far one record has come here; `objects` of `expected` objects that it names are complete."""

    record_id: str
    sitting: str
    observation: str
    device: str
    person: str
    position: int
    expected: int
    objects: int


@dataclass(frozen=True, slots=True)
class Board:
    """A day's records (by the claimed date, UTC) at the caller's centre."""

    day: str
    rows: tuple[BoardRow, ...]


@dataclass(frozen=True, slots=True)
class EnrolRequest:
    """A one-time code, and the public keys (32 bytes each; `opening` may be b"") it is to certify."""

    code: str
    signing: bytes
    opening: bytes


@dataclass(frozen=True, slots=True)
class RenewRequest:
    """Public keys for the machine (`kind` device) or person (person) that signs this request, to take the place of
    those it has; the same keys ask for a later certificate."""

    kind: str
    signing: bytes
    opening: bytes


@dataclass(frozen=True, slots=True)
class EnrolAnswer:
    """The new certificate first, then those above it, the root last."""

    kind: str
    subject: str
    certificates: tuple[bytes, ...]
