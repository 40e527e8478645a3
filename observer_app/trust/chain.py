# SPDX-License-Identifier: GPL-3.0-or-later
"""Hash chains: of an observation's events, and of a device's statements; and the salted hash of a text."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Sequence
from typing import Protocol

from observer_app.errors import BadInput, IntegrityBroken

__all__ = [
    "CHAIN_START",
    "SALT_BYTES",
    "chain_head",
    "event_hash",
    "join_events",
    "split_events",
    "text_hash",
    "verify_chain",
    "verify_device_chain",
]

CHAIN_START = bytes(32)
SALT_BYTES = 16
MAX_EVENT = 64 * 1024
MAX_EVENTS = 1_000_000
_EVENT, _TEXT = b"observer-event-v1\0", b"observer-text-v1\0"
_LOG_MAGIC = b"OBSEVLG\x01"
_LENGTH = struct.Struct(">I")


def event_hash(prev: bytes, payload: bytes) -> bytes:
    """SHA-256(`observer-event-v1` 00 prev payload); `prev` is CHAIN_START for the first event."""
    if len(prev) != 32:
        raise BadInput("The hash before an entry must have 32 bytes.")
    return hashlib.sha256(_EVENT + prev + payload).digest()


def chain_head(payloads: Iterable[bytes]) -> tuple[int, bytes]:
    """(count, head) of a chain; (0, CHAIN_START) for none."""
    count, head = 0, CHAIN_START
    for payload in payloads:
        count, head = count + 1, event_hash(head, payload)
    return count, head


def verify_chain(payloads: Iterable[bytes], head: bytes, count: int | None = None) -> int:
    """How many entries there are. Raises IntegrityBroken unless they lead to `head` (and are `count` many)."""
    found, last = chain_head(payloads)
    if last != head or (count is not None and found != count):
        raise IntegrityBroken("The observation's entries are not those signed: one was altered, added or left out.")
    return found


def text_hash(salt: bytes, text: str) -> str:
    """SHA-256(`observer-text-v1` 00 salt text), hexadecimal. Without the salt (16 bytes, kept with the sealed text) a
    short text cannot be guessed from its hash; destroying both is the erasure."""
    if len(salt) != SALT_BYTES:
        raise BadInput("A text's salt must have 16 bytes.")
    return hashlib.sha256(_TEXT + salt + text.encode("utf-8", "surrogatepass")).hexdigest()


def join_events(payloads: Sequence[bytes]) -> bytes:
    """The event log as one object: magic (8), then each payload behind its length (u32, big endian)."""
    return _LOG_MAGIC + b"".join(_LENGTH.pack(len(p)) + p for p in payloads)


def split_events(data: bytes) -> list[bytes]:
    """The inverse of `join_events`. Raises BadInput on anything else."""
    if not data.startswith(_LOG_MAGIC):
        raise BadInput("This is not an observation's log.")
    place, found = len(_LOG_MAGIC), list[bytes]()
    while place < len(data):
        if len(data) - place < _LENGTH.size or len(found) >= MAX_EVENTS:
            raise BadInput("An observation's log is cut off.")
        (size,) = _LENGTH.unpack_from(data, place)
        place += _LENGTH.size
        if size > MAX_EVENT or place + size > len(data):
            raise BadInput("An observation's log is cut off.")
        found.append(data[place : place + size])
        place += size
    return found


class Linked(Protocol):
    """What is known of one statement of a device: its place, the id before it, its own id."""

    @property
    def device(self) -> str:
        """The device's id."""
        ...

    @property
    def device_seq(self) -> int:
        """Its number among that device's statements, from 1."""
        ...

    @property
    def prev(self) -> str:
        """The id of the device's statement before it."""
        ...

    @property
    def record_id(self) -> str:
        """Its own id."""
        ...


def verify_device_chain(links: Sequence[Linked]) -> None:
    """Raises IntegrityBroken unless these statements of one device, in order, continue each other without a gap.

    The first may be any of the chain; number 1 must have no predecessor.
    """
    for place, link in enumerate(links):
        before = links[place - 1] if place else None
        name = f"{link.device} {link.device_seq}"
        if before is None:
            if (link.device_seq == 1) != (link.prev == "0" * 64):
                raise IntegrityBroken("A device's first statement is not its first.", subject=name)
        elif link.device_seq != before.device_seq + 1:
            raise IntegrityBroken(f"A device's statements have a gap before number {link.device_seq}.", subject=name)
        elif link.prev != before.record_id:
            raise IntegrityBroken(
                f"Statement number {link.device_seq} of a device does not continue the one before it.", subject=name
            )
