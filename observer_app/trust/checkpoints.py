# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints: central's log says, signed, how long it is and what its root is (C2SP signed-note, tlog-checkpoint)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from observer_app.errors import BadInput, IntegrityBroken
from observer_app.trust.envelope import from_base64, to_base64
from observer_app.trust.keys import PrivateKey
from observer_app.trust.merkle import verify_consistency
from observer_app.trust.signed_note import MAX_NOTE, NAME, NUMBER, LogKey, NoteLine, check_signed, sign_note, split_note

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

_WHAT = "A checkpoint"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`origin` names the log; `root` is the 32-byte root of its first `size` entries."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint's text as read: nothing is verified yet."""

    checkpoint: Checkpoint
    signatures: tuple[NoteLine, ...]


def sign_checkpoint(checkpoint: Checkpoint, key: PrivateKey) -> str:
    """The signed note: the log signs under its origin's name."""
    if not NAME.fullmatch(checkpoint.origin) or checkpoint.size < 0 or len(checkpoint.root) != 32:
        raise BadInput("This is not a checkpoint that can be signed.")
    return sign_note(checkpoint.body(), checkpoint.origin, key)


@lru_cache(maxsize=256)  # thousands of receipts share a checkpoint
def parse_note(text: str) -> Note:
    """Reads a checkpoint note of exactly three lines, a blank one and 1 to 16 signature lines. Raises BadInput."""
    (origin, size, hashed), signatures = split_note(text, 3, _WHAT)
    if not NAME.fullmatch(origin) or not NUMBER.fullmatch(size):
        raise BadInput("A checkpoint names no log or no size.")
    root = from_base64(hashed, "A checkpoint's root")
    if len(root) != 32:
        raise BadInput("A checkpoint's root has the wrong length.")
    return Note(Checkpoint(origin, int(size), root), signatures)


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
    check_signed(note.checkpoint.body(), note.signatures, log, _WHAT, witnesses=witnesses, strict=strict)
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
