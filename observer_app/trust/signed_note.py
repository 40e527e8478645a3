# SPDX-License-Identifier: GPL-3.0-or-later
"""What a log signs: a short text, an empty line, and lines of signatures (C2SP signed-note).

A log signs two kinds of text with one key, and neither can be taken for the other: a checkpoint begins with the log's
name, which never holds a blank; a time begins with words that do (`signed_time`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from observer_app.errors import BadInput, IntegrityBroken
from observer_app.trust.envelope import from_base64, to_base64
from observer_app.trust.keys import PrivateKey, PublicKey

__all__ = ["MAX_LINES", "MAX_NOTE", "NAME", "NUMBER", "LogKey", "NoteLine", "check_signed", "sign_note", "split_note"]

MAX_NOTE = 64 * 1024
MAX_LINES = 16
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/~-]{0,119}")
NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_ED25519 = b"\x01"
_DASH = "\u2014"

NoteLine = tuple[str, bytes, bytes]
"""A signature line: name, hint (4 bytes), signature."""


@dataclass(frozen=True)
class LogKey:
    """A log's name and the key it signs with."""

    name: str
    public: PublicKey

    @cached_property
    def hint(self) -> bytes:
        """The four bytes that stand before a signature."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public.raw).digest()[:4]

    @property
    def verifier(self) -> str:
        """The key in signed-note's text form, `name+hint+base64`."""
        return f"{self.name}+{self.hint.hex()}+{to_base64(_ED25519 + self.public.raw)}"


def sign_note(body: str, name: str, key: PrivateKey) -> str:
    """The text with an empty line and one signature below it."""
    hint = LogKey(name, key.public).hint
    return f"{body}\n{_DASH} {name} {to_base64(hint + key.sign(body.encode()))}\n"


def split_note(text: str, count: int, what: str) -> tuple[list[str], tuple[NoteLine, ...]]:
    """(the `count` lines that are signed, the signatures) of a note with 1 to 16 of them; nothing is verified.

    `what` names it in errors ("A checkpoint"). Raises BadInput.
    """
    if len(text) > MAX_NOTE or not text.endswith("\n"):
        raise BadInput(f"{what} is too large or cut off.")
    lines = text[:-1].split("\n")
    if not count + 2 <= len(lines) <= count + 1 + MAX_LINES or lines[count] != "":
        raise BadInput(f"{what} is not in the expected form.")
    return lines[:count], tuple(_signature_line(line, what) for line in lines[count + 1 :])


def _signature_line(line: str, what: str) -> NoteLine:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != _DASH or not NAME.fullmatch(parts[1]):
        raise BadInput(f"{what}'s signature line is not in the expected form.")
    raw = from_base64(parts[2], f"{what}'s signature")
    if len(raw) < 5:
        raise BadInput(f"{what}'s signature is cut off.")
    return parts[1], raw[:4], raw[4:]


def check_signed(
    body: str, lines: Sequence[NoteLine], log: LogKey, what: str, *, witnesses: Sequence[LogKey] = (), strict: bool
) -> None:
    """Raises IntegrityBroken unless the log signed `body`, and every known witness of whom there is a line. Lines of
    unknown keys are passed over, unless `strict`."""
    known = {(k.name, k.hint): k for k in (log, *witnesses)}
    signed, message = False, body.encode()
    for name, hint, signature in lines:
        key = known.get((name, hint))
        if key is not None:
            key.public.verify(message, signature)
            signed = signed or key is log
        elif strict:
            raise IntegrityBroken(f"{what} carries a line no known key signed.", subject=log.name)
    if strict and len({s[:2] for s in lines}) != len(lines):
        raise IntegrityBroken(f"{what} carries a signature twice.", subject=log.name)
    if not signed:
        raise IntegrityBroken(f"{what} is not signed by its log.", subject=log.name)
