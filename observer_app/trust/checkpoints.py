# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints: central's log says, signed, how long it is and what its root is (C2SP signed-note, tlog-checkpoint)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from observer_app.errors import BadInput, IntegrityBroken
from observer_app.trust.envelope import from_base64, to_base64
from observer_app.trust.keys import PrivateKey, PublicKey
from observer_app.trust.merkle import verify_consistency

__all__ = [
    "MAX_NOTE",
    "Checkpoint",
    "LogKey",
    "Note",
    "check_consistent",
    "parse_note",
    "sign_checkpoint",
    "verify_checkpoint",
]

MAX_NOTE = 64 * 1024
MAX_LINES = 16
_ED25519 = b"\x01"
_DASH = "\u2014"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_ORIGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/~-]{0,119}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`origin` names the log; `root` is the 32-byte root of its first `size` entries."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


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


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint's text as read: nothing is verified yet. `signatures`: name, hint (4 bytes), signature."""

    checkpoint: Checkpoint
    signatures: tuple[tuple[str, bytes, bytes], ...]


def sign_checkpoint(checkpoint: Checkpoint, key: PrivateKey) -> str:
    """The signed note: the log signs under its origin's name."""
    if not _ORIGIN.fullmatch(checkpoint.origin) or checkpoint.size < 0 or len(checkpoint.root) != 32:
        raise BadInput("This is not a checkpoint that can be signed.")
    body = checkpoint.body()
    hint = LogKey(checkpoint.origin, key.public).hint
    return f"{body}\n{_DASH} {checkpoint.origin} {to_base64(hint + key.sign(body.encode()))}\n"


def _signature_line(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != _DASH or not _ORIGIN.fullmatch(parts[1]):
        raise BadInput("A checkpoint's signature line is not in the expected form.")
    raw = from_base64(parts[2], "A checkpoint's signature")
    if len(raw) < 5:
        raise BadInput("A checkpoint's signature is cut off.")
    return parts[1], raw[:4], raw[4:]


@lru_cache(maxsize=256)  # thousands of receipts share a checkpoint
def parse_note(text: str) -> Note:
    """Reads a checkpoint note of exactly three lines, a blank one and 1 to 16 signature lines. Raises BadInput."""
    if len(text) > MAX_NOTE or not text.endswith("\n"):
        raise BadInput("A checkpoint is too large or cut off.")
    lines = text[:-1].split("\n")
    if not 5 <= len(lines) <= 4 + MAX_LINES or lines[3] != "":
        raise BadInput("A checkpoint is not in the expected form.")
    origin, size = lines[0], lines[1]
    if not _ORIGIN.fullmatch(origin) or not _NUMBER.fullmatch(size):
        raise BadInput("A checkpoint names no log or no size.")
    root = from_base64(lines[2], "A checkpoint's root")
    if len(root) != 32:
        raise BadInput("A checkpoint's root has the wrong length.")
    return Note(Checkpoint(origin, int(size), root), tuple(_signature_line(line) for line in lines[4:]))


def verify_checkpoint(text: str, log: LogKey, *, witnesses: Sequence[LogKey] = (), strict: bool = False) -> Checkpoint:
    """The checkpoint, once the log's signature is found and fits, and every line of a known witness too.

    Lines of unknown keys are passed over, unless `strict`: then they are refused (files that may hold no free byte).
    Raises IntegrityBroken, BadInput.
    """
    return _verified(text, log, tuple(witnesses), strict)


@lru_cache(maxsize=256)
def _verified(text: str, log: LogKey, witnesses: tuple[LogKey, ...], strict: bool) -> Checkpoint:
    note = parse_note(text)
    if note.checkpoint.origin != log.name:
        raise IntegrityBroken("A checkpoint is of another log.", subject=note.checkpoint.origin)
    known = {(k.name, k.hint): k for k in (log, *witnesses)}
    signed, message = False, note.checkpoint.body().encode()
    for name, hint, signature in note.signatures:
        key = known.get((name, hint))
        if key is not None:
            key.public.verify(message, signature)
            signed = signed or key is log
        elif strict:
            raise IntegrityBroken("A checkpoint carries a line no known key signed.", subject=log.name)
    if strict and len({s[:2] for s in note.signatures}) != len(note.signatures):
        raise IntegrityBroken("A checkpoint carries a signature twice.", subject=log.name)
    if not signed:
        raise IntegrityBroken("A checkpoint is not signed by its log.", subject=log.name)
    return note.checkpoint


def check_consistent(old: Checkpoint | None, new: Checkpoint, proof: Sequence[bytes]) -> None:
    """Raises IntegrityBroken when `new` does not continue `old`: another log, a shorter one, or a rewritten one.

    Where and how `old` is kept is the caller's affair; None when nothing was seen before.
    """
    if old is None:
        return
    if old.origin != new.origin:
        raise IntegrityBroken("The log has changed its name.", subject=new.origin)
    if new.size < old.size:
        raise IntegrityBroken(
            f"The log has become shorter: it had {old.size} entries and shows {new.size}.",
            advice="Keep this machine's stores as they are and call the central team.",
            subject=new.origin,
        )
    verify_consistency(old.size, new.size, old.root, new.root, proof)
