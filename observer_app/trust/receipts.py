# SPDX-License-Identifier: GPL-3.0-or-later
"""Receipts: the proof that a record stands in central's log (C2SP tlog-proof).

A leaf of the log is the envelope's bytes as first accepted. The format's `extra` line may carry the leaf's hash and
the certificates of the log, so that a receipt alone on a stick can be checked; nothing in it is believed unchecked.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from observer_app.errors import BadInput, IntegrityBroken
from observer_app.trust import strict_json
from observer_app.trust.checkpoints import MAX_NOTE, Checkpoint, LogKey, Note, parse_note, verify_checkpoint
from observer_app.trust.envelope import MAX_SIGNATURES, from_base64, to_base64
from observer_app.trust.merkle import leaf_hash, verify_inclusion

__all__ = ["FIRST_LINE", "MAX_RECEIPT", "Receipt", "make_receipt", "parse_receipt", "verify_receipt"]

FIRST_LINE = "c2sp.org/tlog-proof@v1"
MAX_RECEIPT = 128 * 1024
MAX_PATH = 63
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,15})")
# A receipt without an extra line in its one form: 32 bytes in base64 a line, no bit free in the last letter.
_PLAIN = re.compile(
    re.escape(FIRST_LINE.encode())
    + rb"\nindex (0|[1-9][0-9]{0,15})\n((?:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\n){0,63}+)\n(.*)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as read; nothing is verified yet.

    `note`: the checkpoint's text. `leaf`: 32 bytes of the leaf's hash, or b"" where the receipt does not stand alone;
    `certificates`: envelopes of the log's certificate and those above it, the root last.
    """

    index: int
    path: tuple[bytes, ...]
    note: str
    leaf: bytes = b""
    certificates: tuple[bytes, ...] = ()

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint it claims."""
        return self.parsed.checkpoint

    @property
    def parsed(self) -> Note:
        """The checkpoint's note, read."""
        return parse_note(self.note)

    @property
    def text(self) -> str:
        """The one form in text."""
        lines = [FIRST_LINE]
        if self.leaf:
            extra = {"certificates": [to_base64(c) for c in self.certificates], "leaf": self.leaf.hex()}
            lines.append(f"extra {to_base64(strict_json.dumps(extra))}")
        lines += [f"index {self.index}", *(to_base64(h) for h in self.path)]
        return "\n".join(lines) + "\n\n" + self.note

    @property
    def data(self) -> bytes:
        """`text` in UTF-8."""
        return self.text.encode()

    def verify(self, leaf: bytes, log: LogKey, *, strict: bool = False) -> Checkpoint:
        """Raises IntegrityBroken unless leaf hash `leaf` stands at `index` of the log; the verified checkpoint."""
        checkpoint = verify_checkpoint(self.note, log, strict=strict)
        if self.leaf and self.leaf != leaf:
            raise IntegrityBroken("A receipt is not of this record.")
        verify_inclusion(self.index, checkpoint.size, leaf, self.path, checkpoint.root)
        return checkpoint


def make_receipt(
    index: int, path: Sequence[bytes], note: str, *, leaf: bytes = b"", certificates: Sequence[bytes] = ()
) -> bytes:
    """The receipt's bytes. With `leaf` (its hash) and the log's `certificates` it can be checked on its own."""
    return Receipt(index, tuple(path), note, leaf, tuple(certificates)).data


def _extra(line: str) -> tuple[bytes, tuple[bytes, ...]]:
    raw = from_base64(line.removeprefix("extra "), "A receipt's extra line")
    found = strict_json.loads(raw, limit=MAX_RECEIPT, what="A receipt's extra line")
    if set(found) != {"certificates", "leaf"} or type(found["certificates"]) is not list:
        raise BadInput("A receipt's extra line is not Observer's.")
    leaf = found["leaf"]
    if type(leaf) is not str or not re.fullmatch("[0-9a-f]{64}", leaf) or len(found["certificates"]) > MAX_SIGNATURES:
        raise BadInput("A receipt's extra line is not Observer's.")
    return bytes.fromhex(leaf), tuple(from_base64(c, "A receipt's certificate") for c in found["certificates"])


def parse_receipt(data: bytes) -> Receipt:
    """Reads a receipt in its one form. Raises BadInput, IntegrityBroken."""
    if len(data) > MAX_RECEIPT:
        raise BadInput("The receipt is too large.")
    plain = _PLAIN.fullmatch(data)
    try:
        if plain is not None and len(plain[3]) <= MAX_NOTE:
            note = plain[3].decode("utf-8")
            parse_note(note)
            return Receipt(int(plain[1]), tuple(map(binascii.a2b_base64, plain[2].split())), note)
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput("The receipt is not text.") from error
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or len(lines) < 2 or lines[0] != FIRST_LINE or len(note) > MAX_NOTE:
        raise BadInput("This is not a receipt.")
    leaf, certificates = _extra(lines.pop(1)) if lines[1].startswith("extra ") else (b"", ())
    place = _INDEX.fullmatch(lines[1]) if len(lines) > 1 else None
    if place is None or len(lines) > 2 + MAX_PATH:
        raise BadInput("The receipt names no place in the log.")
    path = tuple(from_base64(line, "A receipt's proof") for line in lines[2:])
    found = Receipt(int(place.group(1)), path, note, leaf, certificates)
    parse_note(note)
    if found.data != data:
        raise IntegrityBroken("A receipt was rewritten: its bytes are not as they were given.")
    return found


def verify_receipt(receipt: bytes | Receipt, leaf_data: bytes, log: LogKey) -> Checkpoint:
    """The checkpoint, once `receipt` proves that `leaf_data` (the envelope's bytes) stands in `log`.

    Raises IntegrityBroken, BadInput.
    """
    found = parse_receipt(receipt) if isinstance(receipt, bytes) else receipt
    return found.verify(leaf_hash(leaf_data), log)
