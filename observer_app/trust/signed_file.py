# SPDX-License-Identifier: GPL-3.0-or-later
"""A statement that stands alone in a file: its envelope, every certificate up to the root, and its receipt if it has
one. Such a file can be copied anywhere and checked there; no byte of it is free.

Rules: the file is exactly what `strict_json.dumps` writes; the certificates are those of the signers (then of the log)
and of everyone above them, each once, the root last, none besides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from observer_app.errors import BadInput, IntegrityBroken
from observer_app.trust import strict_json
from observer_app.trust.checkpoints import Checkpoint
from observer_app.trust.envelope import MAX_ENVELOPE, Envelope, is_sealed_form, open_envelope, open_one_form
from observer_app.trust.merkle import leaf_hash
from observer_app.trust.programme import Trust, Verified
from observer_app.trust.receipts import Receipt, parse_receipt
from observer_app.trust.statements import MAX_PAYLOAD

__all__ = [
    "FORMAT",
    "SUFFIX",
    "SignedFile",
    "check_certificates",
    "check_signed_file",
    "make_signed_file",
    "read_signed_file",
]

FORMAT = "observer-statement"
SUFFIX = ".observer"
_MAX_CERTIFICATES = 32
_BESIDES = 512 * 1024  # certificates and receipt
_START, _ENVELOPE = b'{"certificates":[', b'],"envelope":'
_RECEIPT, _END = b',"format":"observer-statement","receipt":', b',"v":1}'
_CONTROLS = bytes(range(32))
# How the file read before began, up to its envelope, and its certificates: files of one machine mostly begin alike.
_before: list[tuple[bytes, tuple[bytes, ...]]] = [(_START + _ENVELOPE, ())]


@dataclass(frozen=True, slots=True)
class SignedFile:
    """As read; nothing is verified yet. `receipt`: its bytes, or b"". The root is the last of `certificates`. `opened`:
    the envelope as an object, where it was read already."""

    envelope: bytes
    certificates: tuple[bytes, ...]
    receipt: bytes = b""
    opened: Envelope | None = field(default=None, compare=False, repr=False)

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        found = {
            "certificates": [_object(c) for c in self.certificates],
            "envelope": _object(self.envelope),
            "format": FORMAT,
            "receipt": self.receipt.decode() if self.receipt else None,
            "v": 1,
        }
        return strict_json.dumps(found)


def _object(envelope: bytes) -> dict[str, Any]:
    return strict_json.loads(envelope, limit=2**30, what="The envelope")


def _log_chain(trust: Trust, receipt: Receipt, among: tuple[bytes, ...] | None = None) -> list[bytes]:
    found = trust.log_certificates(receipt.checkpoint.origin)
    if among is not None:
        found = [c for c in found if c.data in among]
    if not found:
        raise IntegrityBroken("No certificate for the log that gave a receipt.")
    return trust.chain(found[-1:])


def make_signed_file(
    trust: Trust,
    envelope: bytes,
    receipt: bytes = b"",
    *,
    limit: int = MAX_ENVELOPE,
    payload_limit: int = MAX_PAYLOAD,
    revoked_too: bool = False,
) -> bytes:
    """Verifies `envelope` (and `receipt`) under `trust`, and gives the file's bytes. Certificates the receipt carries
    are accepted into `trust` and stand once, in the file. Raises what `Trust.verify` raises; with `revoked_too` not
    for a revoked key: whoever verifies the file has the revocation beside it."""
    index = None
    if receipt:
        index, receipt = _plain_receipt(trust, receipt)
    verified = trust.verify(
        envelope, log_index=index, limit=limit, payload_limit=payload_limit, revoked_too=revoked_too
    )
    chain = trust.chain(verified.signers)[:-1]
    if receipt:
        chain += _log_chain(trust, parse_receipt(receipt))[:-1]
    file = SignedFile(envelope, (*dict.fromkeys(chain), trust.root.data), receipt)
    if receipt:
        _check_receipt(file, leaf_hash(envelope), parse_receipt(receipt), trust)
    return file.data


def _plain_receipt(trust: Trust, receipt: bytes) -> tuple[int, bytes]:
    """(place in the log, the receipt without certificates of its own)."""
    found = parse_receipt(receipt)
    if found.certificates:
        check_certificates(trust, found.certificates)
    return found.index, replace(found, leaf=b"", certificates=()).data


@lru_cache(maxsize=256)  # one for each pair of signers, mostly
def _certificates(block: bytes) -> tuple[bytes, ...]:
    """The certificates between the brackets; () unless each is an envelope in its one form."""
    places = [m.start() + 2 for m in re.finditer(rb"\]\},\{", block)]
    found = tuple(block[a + (a > 0) : b] for a, b in pairwise([0, *places, len(block)]))
    return found if len(found) <= _MAX_CERTIFICATES and all(is_sealed_form(c) for c in found) else ()


def _one_form(data: bytes) -> SignedFile | None:
    """A file in its one form, cut at its seams; None when it has to be read as any JSON, to say what is wrong."""
    head, certificates = _before[0]
    if not data.startswith(head):
        middle = data.find(_ENVELOPE)
        if middle < 0 or not data.startswith(_START):
            return None
        certificates, head = _certificates(data[len(_START) : middle]), data[: middle + len(_ENVELOPE)]
        _before[0] = (head, certificates)
    end = data.rfind(_RECEIPT)
    if end < len(head) or not data.endswith(_END):
        return None
    envelope, text = data[len(head) : end], data[end + len(_RECEIPT) : -len(_END)]
    opened = open_one_form(envelope)
    if not certificates or opened is None:
        return None
    if text == b"null":
        return SignedFile(envelope, certificates, b"", opened)
    receipt = text[1:-1].replace(b"\\n", b"\n")
    if len(text) < 3 or text[:1] + text[-1:] != b'""' or b"\\" in receipt or b'"' in receipt:
        return None
    if len(text.translate(None, _CONTROLS)) != len(text):
        return None
    try:
        receipt.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return SignedFile(envelope, certificates, receipt, opened)


def read_signed_file(data: bytes, *, limit: int = MAX_ENVELOPE) -> SignedFile:
    """Reads a file's form. Raises BadInput, NewerVersion, IntegrityBroken when it is not in its one form."""
    quick = _one_form(data) if len(data) <= limit + _BESIDES else None
    if quick is not None:
        return quick
    found = strict_json.loads(data, limit=limit + _BESIDES, what="The file")
    if found.get("format") != FORMAT or type(found.get("v")) is not int:
        raise BadInput("This is not one of Observer's signed files.")
    fields = {"certificates", "envelope", "format", "receipt", "v"}
    if strict_json.version_of(found, what="This file") != 1 or set(found) != fields:
        raise BadInput("A signed file has fields that do not belong to it.")
    certificates, envelope, receipt = found["certificates"], found["envelope"], found["receipt"]
    if type(certificates) is not list or not 1 <= len(certificates) <= _MAX_CERTIFICATES:
        raise BadInput("A signed file does not carry the certificates it must.")
    if any(type(e) is not dict for e in (envelope, *certificates)) or type(receipt) not in (str, type(None)):
        raise BadInput("A signed file holds a value of the wrong kind.")
    if strict_json.dumps(found) != data:
        raise IntegrityBroken("A signed file was rewritten: its bytes are not as they were sealed.")
    return SignedFile(
        strict_json.dumps(envelope),
        tuple(strict_json.dumps(c) for c in certificates),
        receipt.encode() if receipt is not None else b"",
    )


def check_certificates(trust: Trust, certificates: tuple[bytes, ...]) -> None:
    """Accepts a file's certificates into `trust`. Raises IntegrityBroken unless the last is `trust`'s root."""
    if certificates[-1] != trust.root.data:
        raise IntegrityBroken("A signed file ends in another root than the one believed.", subject=trust.root.subject)
    trust.add(certificates[:-1])


def _check_receipt(file: SignedFile, leaf: bytes, receipt: Receipt, trust: Trust) -> Checkpoint:
    if receipt.leaf:
        raise BadInput("A receipt within a signed file needs no certificates of its own.")
    known = trust.log_certificates(receipt.checkpoint.origin)
    if not any(c.data in file.certificates for c in known):
        raise IntegrityBroken("No certificate for the log that gave a receipt.")
    return receipt.verify(leaf, trust.log_key(receipt.checkpoint.origin), strict=True)


def check_signed_file(
    file: SignedFile, trust: Trust, *, limit: int = MAX_ENVELOPE, payload_limit: int = MAX_PAYLOAD
) -> tuple[Verified, Receipt | None]:
    """Verifies everything in the file under `trust`; the statement, and its receipt if it has one.

    Raises IntegrityBroken, SampleRefused, NewerVersion, BadInput.
    """
    check_certificates(trust, file.certificates)
    receipt = parse_receipt(file.receipt) if file.receipt else None
    if len(file.envelope) > limit:
        raise BadInput("The envelope in a signed file is too large.")
    envelope = file.opened or open_envelope(file.envelope, limit=limit)
    if receipt:
        _check_receipt(file, envelope.leaf, receipt, trust)
    index = receipt.index if receipt else None
    verified = trust.verify(envelope, log_index=index, among=file.certificates, payload_limit=payload_limit)
    chain = trust.chain(verified.signers)[:-1]
    if receipt:
        chain += _log_chain(trust, receipt, file.certificates)[:-1]
    if (*dict.fromkeys(chain), trust.root.data) != file.certificates:
        raise IntegrityBroken("A signed file carries certificates it has no use for.", subject=verified.record_id)
    return verified, receipt
