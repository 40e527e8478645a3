# SPDX-License-Identifier: GPL-3.0-or-later
"""The envelope: exact payload bytes, their type, and the signatures over both (DSSE).

What is signed is the pre-authentication encoding of type and payload, so a statement can never be passed off as one
of another type. An envelope has exactly one form in bytes; any other is refused, so no byte of a stored one is free.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from observer_app.errors import BadInput, IntegrityBroken
from observer_app.trust import strict_json
from observer_app.trust.keys import ALGORITHM, PrivateKey
from observer_app.trust.merkle import leaf_hash

__all__ = [
    "MAX_ENVELOPE",
    "MAX_SIGNATURES",
    "Envelope",
    "Signature",
    "from_base64",
    "is_sealed_form",
    "media_type",
    "open_envelope",
    "open_one_form",
    "pae",
    "record_id",
    "seal",
    "to_base64",
    "type_name",
]

MAX_ENVELOPE = 1024 * 1024
MAX_SIGNATURES = 8
_PREFIX, _SUFFIX = "application/vnd.observer.", "+json"
_TYPE = re.compile(r"[a-z][a-z_]{0,39}")
_KEY_ID = re.compile(r"[a-z0-9]{1,16}:[0-9a-f]{64}")
_ALGORITHM = re.compile(r"[a-z0-9-]{1,16}")

# The one form, read in one go. What does not match is read as any JSON, to say what is wrong with it.
_ONE = rb'\{"alg":"([a-z0-9-]{1,16})","keyid":"([a-z0-9]{1,16}:[0-9a-f]{64})","sig":"([A-Za-z0-9+/]+={0,2})"\}'
_EACH = re.compile(_ONE)
_SAME = re.sub(rb"\((?=\[)", rb"(?:", _ONE)
_START = b'{"payload":"'
_REST = re.compile(
    rb'","payloadType":"([a-z_./+]{1,80})","signatures":\[(' + _SAME + rb"(?:," + _SAME + rb"){0,7})\]\}"
)


def media_type(name: str) -> str:
    """`record` -> `application/vnd.observer.record+json`."""
    if not _TYPE.fullmatch(name):
        raise BadInput(f"{name!r} is not a statement's type.")
    return f"{_PREFIX}{name}{_SUFFIX}"


@lru_cache(maxsize=64)
def type_name(payload_type: str) -> str:
    """The inverse of `media_type`. Raises BadInput for any other text."""
    name = payload_type.removeprefix(_PREFIX).removesuffix(_SUFFIX)
    if not _TYPE.fullmatch(name) or payload_type != media_type(name):
        raise BadInput("An envelope is not one of Observer's: its type is unknown.")
    return name


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: the bytes that are signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def to_base64(data: bytes) -> str:
    """Standard base64 with padding."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def from_base64(text: Any, what: str = "A value") -> bytes:
    """Reads standard base64 in its one form. Raises BadInput for blanks, other alphabets, loose bits or no padding."""
    if type(text) is not str:
        raise BadInput(f"{what} is not text.")
    data = _decoded(text, what)
    if to_base64(data) != text:
        raise BadInput(f"{what} is not in the one form of base64.")
    return data


def _decoded(text: str, what: str) -> bytes:
    """Not yet known to be in the one form: whoever calls compares the whole with what writing it again gives."""
    try:
        return binascii.a2b_base64(text)
    except (binascii.Error, ValueError) as error:
        raise BadInput(f"{what} is not in base64.") from error


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: whose key (`keyid`), its bytes, the algorithm's name."""

    keyid: str
    sig: bytes
    alg: str = ALGORITHM


@dataclass(frozen=True)
class Envelope:
    """An envelope as read; `data` gives back exactly the bytes it was read from."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    @cached_property
    def signed_bytes(self) -> bytes:
        """What every signature is over."""
        return pae(self.payload_type, self.payload)

    @cached_property
    def record_id(self) -> str:
        """SHA-256 of what was signed, in hexadecimal: signing again cannot make a second record."""
        return hashlib.sha256(self.signed_bytes).hexdigest()

    @cached_property
    def leaf(self) -> bytes:
        """The hash of the log's entry this envelope is: 32 bytes, over `data`."""
        return leaf_hash(self.data)

    @property
    def type(self) -> str:
        """The statement's type, `record` say."""
        return type_name(self.payload_type)

    @cached_property
    def data(self) -> bytes:
        """The one form in bytes."""
        signatures = ",".join(
            f'{{"alg":"{s.alg}","keyid":"{s.keyid}","sig":"{to_base64(s.sig)}"}}' for s in self.signatures
        )
        text = (
            f'{{"payload":"{to_base64(self.payload)}","payloadType":"{self.payload_type}","signatures":[{signatures}]}}'
        )
        return text.encode("ascii")


def record_id(envelope: Envelope | bytes) -> str:
    """The identity of a statement: SHA-256 of what was signed, in hexadecimal, without the signatures."""
    return (open_envelope(envelope) if isinstance(envelope, bytes) else envelope).record_id


def seal(payload: bytes, type: str, signers: Sequence[PrivateKey], *, limit: int = MAX_ENVELOPE) -> bytes:
    """Signs `payload` as a statement of `type` with each key, in the order given; returns the envelope's bytes.

    The order must be that of the statement's header field `keys`. Raises BadInput when it would be too large.
    """
    if not 1 <= len(signers) <= MAX_SIGNATURES:
        raise BadInput(f"A statement carries 1 to {MAX_SIGNATURES} signatures.")
    payload_type = media_type(type)
    message = pae(payload_type, payload)
    data = Envelope(payload_type, payload, tuple(Signature(k.key_id, k.sign(message)) for k in signers)).data
    if len(data) > limit:
        raise BadInput(f"The statement is too large to be signed ({len(data)} bytes; at most {limit}).")
    return data


def _signature(found: Any) -> Signature:
    if type(found) is not dict or set(found) != {"alg", "keyid", "sig"}:
        raise BadInput("An envelope's signature has fields that do not belong to it.")
    keyid, alg = found["keyid"], found["alg"]
    if type(keyid) is not str or not _KEY_ID.fullmatch(keyid) or type(alg) is not str or not _ALGORITHM.fullmatch(alg):
        raise BadInput("An envelope's signature names no key.")
    if type(found["sig"]) is not str:
        raise BadInput("An envelope holds a value of the wrong kind.")
    return Signature(keyid, _decoded(found["sig"], "A signature"), alg)


def _one_base64(encoded: bytes) -> bytes:
    """What `encoded` says, if it is in the one form: the strict reader refuses other letters and padding elsewhere, so
    only the last group can be written in two ways. Raises binascii.Error."""
    found = binascii.a2b_base64(encoded, strict_mode=True)
    if binascii.b2a_base64(found[-(len(found) % 3 or 3) :], newline=False) != encoded[-4:]:
        raise binascii.Error("loose bits")
    return found


def open_one_form(data: bytes) -> Envelope | None:
    """An envelope in the one form; None for any other, and for one that is refused."""
    end = data.find(b'"', len(_START))
    rest = _REST.fullmatch(data, end) if end > 0 and data.startswith(_START) else None
    if rest is None:
        return None
    encoded = data[len(_START) : end]
    kind, listed = rest[1].decode("ascii"), _EACH.findall(rest[2])
    try:
        type_name(kind)
        payload, raw = _one_base64(encoded), [_one_base64(s) for _, _, s in listed]
    except (BadInput, binascii.Error):
        return None
    if len({k for _, k, _ in listed}) != len(listed):
        return None
    signatures = (Signature(k.decode("ascii"), r, a.decode("ascii")) for r, (a, k, _) in zip(raw, listed, strict=True))
    envelope = Envelope(kind, payload, tuple(signatures))
    envelope.__dict__["data"] = data  # what it would be written as again
    return envelope


def is_sealed_form(data: bytes) -> bool:
    """Whether `data` has the outline of an envelope in its one form; `open_envelope` still decides."""
    end = data.find(b'"', len(_START))
    return end > 0 and data.startswith(_START) and _REST.fullmatch(data, end) is not None


def open_envelope(data: bytes, *, limit: int = MAX_ENVELOPE) -> Envelope:
    """Reads an envelope; checks its form, not its signatures (`certificates.Trust.verify` does that).

    Raises BadInput for a wrong form, IntegrityBroken when it is sound but not byte for byte in the one form.
    """
    quick = open_one_form(data) if len(data) <= limit else None
    if quick is not None:
        return quick
    found = strict_json.loads(data, limit=limit, what="The envelope", shape_follows=True)
    if set(found) != {"payload", "payloadType", "signatures"}:
        raise BadInput("An envelope has fields that do not belong to it.")
    payload_type, signatures = found["payloadType"], found["signatures"]
    if type(payload_type) is not str or type(signatures) is not list or type(found["payload"]) is not str:
        raise BadInput("An envelope holds a value of the wrong kind.")
    type_name(payload_type)
    if not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise BadInput(f"An envelope carries {len(signatures)} signatures; 1 to {MAX_SIGNATURES} are allowed.")
    payload = _decoded(found["payload"], "An envelope's payload")
    envelope = Envelope(payload_type, payload, tuple(_signature(s) for s in signatures))
    if len({s.keyid for s in envelope.signatures}) != len(signatures):
        raise BadInput("An envelope is signed twice with the same key.")
    if envelope.data != data:
        raise IntegrityBroken("An envelope was rewritten: its bytes are not as they were sealed.")
    return envelope
