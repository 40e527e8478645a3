# SPDX-License-Identifier: GPL-3.0-or-later
"""The sealed unit: the one shape in which every byte of a recording lies on disk.

Both files of a segment are nothing but sealed units end to end, so that each can be cut into units,
numbered and hashed without any key, and no byte lies outside a unit. docs/formats-recording.md has the
layout byte by byte.

1. The clear head says whose unit it is, of which segment, which number, how long.
2. The whole head but the nonce is bound to the content (AES-256-GCM associated data): a unit moved to
   another place, segment or recording does not open.
3. An index entry also binds the hash of the entry before it: none can be left out of the middle.
4. The keys for clusters and for index entries are derived apart from the recording's one key.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from observer_app.errors import BadInput, IntegrityBroken, NewerVersion

__all__ = [
    "CLUSTER_MAGIC",
    "CONTENT_CLUSTER",
    "CONTENT_HEADER",
    "ENTRY_CLOSE",
    "ENTRY_CLUSTER",
    "ENTRY_OPENING",
    "HEAD_BYTES",
    "INDEX_MAGIC",
    "KEY_BYTES",
    "MAX_SEALED",
    "TAG_BYTES",
    "Sealer",
    "UnitHead",
    "index_path",
    "normal_recording_id",
    "segment_numbers",
    "segment_path",
]

CLUSTER_MAGIC = b"OBSV"
INDEX_MAGIC = b"OBSI"
VERSION = 1
CONTENT_HEADER, CONTENT_CLUSTER = 0, 1
ENTRY_OPENING, ENTRY_CLUSTER, ENTRY_CLOSE = 0, 1, 2
KEY_BYTES = 32
TAG_BYTES = 16
NONCE_BYTES = 12
# A cluster is a quarter of a second; even a raw-like 4K camera stays far below. Refuses absurd lengths unread.
MAX_SEALED = 64 * 1024 * 1024

_HEAD = struct.Struct(">4sBBH16sIIIII12s")
HEAD_BYTES = _HEAD.size
_BOUND_BYTES = HEAD_BYTES - NONCE_BYTES


def normal_recording_id(text: str) -> str:
    """32 lower-case hexadecimal digits from them or from a UUID's text; `BadInput` otherwise."""
    plain = text.replace("-", "").lower()
    if len(plain) != 32 or any(c not in "0123456789abcdef" for c in plain):
        raise BadInput(f"“{text[:60]}” is not a recording's identity.", advice="It has 32 digits 0-9 and a-f.")
    return plain


def segment_path(folder: Path, segment: int) -> Path:
    """The file of sealed picture and sound of one segment (1-based)."""
    return folder / f"{segment:04d}.obsv"


def index_path(folder: Path, segment: int) -> Path:
    """The sealed index beside it."""
    return folder / f"{segment:04d}.obsi"


def segment_numbers(folder: Path) -> list[int]:
    """Segments present in the folder, ascending; files of other names are not looked at."""
    return sorted(int(p.stem) for p in folder.glob("[0-9][0-9][0-9][0-9].obsv"))


class UnitHead(NamedTuple):  # a tuple: thousands are read before the first picture
    """The clear head of a sealed unit.

    `start_ms` and `end_ms` are media time within the segment; in cluster 0 both are the segment's own
    offset on the recording's time; in index entries both are 0.
    """

    magic: bytes
    kind: int
    recording: str
    segment: int
    number: int
    start_ms: int
    end_ms: int
    sealed_length: int
    nonce: bytes

    @property
    def length(self) -> int:
        """Bytes of the whole unit on disk."""
        return HEAD_BYTES + self.sealed_length

    def pack(self) -> bytes:
        """The head's bytes as they stand in a file."""
        return _HEAD.pack(
            self.magic,
            VERSION,
            self.kind,
            0,
            bytes.fromhex(self.recording),
            self.segment,
            self.number,
            self.start_ms,
            self.end_ms,
            self.sealed_length,
            self.nonce,
        )

    @classmethod
    def unpack(cls, head: bytes, magic: bytes, where: str) -> UnitHead:
        """Read a head; `IntegrityBroken` names `where` when it is none, `NewerVersion` when it is from later."""
        found, version, kind, reserved, rec, seg, num, start, end, length, nonce = _HEAD.unpack(head)
        if found != magic:
            raise broken(where, "does not begin as it should")
        if version > VERSION:
            raise NewerVersion(f"{where} was made by a newer Observer.", advice="Update Observer to open it.")
        if version != VERSION or reserved or kind > 2 or not TAG_BYTES <= length <= MAX_SEALED or end < start:
            raise broken(where, "has an impossible beginning")
        return cls(found, kind, rec.hex(), seg, num, start, end, length, nonce)


def broken(where: str, what: str) -> IntegrityBroken:
    """The error for a unit that is not what was written; `where` names file and cluster or entry."""
    return IntegrityBroken(
        f"The recording has been altered or damaged: {where} {what}.",
        advice="Keep the file as it is and tell the programme; the central copy may still be whole.",
        subject=where,
    )


class Sealer:
    """Seals and opens the units of one segment with the recording's 32-byte key."""

    def __init__(self, key: bytes, recording: str, segment: int) -> None:
        if len(key) != KEY_BYTES:
            raise BadInput(
                "A recording's key has 32 bytes; this one has not.", advice="Choose the recording's own key."
            )
        self.recording = normal_recording_id(recording)
        self.segment = segment
        salt = bytes.fromhex(self.recording)
        self._ciphers = {
            CLUSTER_MAGIC: AESGCM(_derive(key, salt, b"observer/recording/1/cluster")),
            INDEX_MAGIC: AESGCM(_derive(key, salt, b"observer/recording/1/index")),
        }

    def seal(
        self,
        magic: bytes,
        kind: int,
        number: int,
        content: bytes,
        *,
        start_ms: int = 0,
        end_ms: int = 0,
        chain: bytes = b"",
        nonce: bytes | None = None,
    ) -> bytes:
        """One whole unit. `nonce` only for golden bytes: left out, 96 random bits (never counted, so that two
        recorders started twice on one folder cannot meet)."""
        nonce = nonce or os.urandom(NONCE_BYTES)
        length = len(content) + TAG_BYTES
        head = UnitHead(magic, kind, self.recording, self.segment, number, start_ms, end_ms, length, nonce).pack()
        return head + self._ciphers[magic].encrypt(nonce, content, head[:_BOUND_BYTES] + chain)

    def open(self, unit: bytes, head: UnitHead, where: str, chain: bytes = b"") -> bytes:
        """The content of a unit; `IntegrityBroken` names `where` when it is not ours, moved or changed."""
        if head.recording != self.recording:
            raise broken(where, "belongs to another recording")
        if head.segment != self.segment:
            raise broken(where, f"belongs to segment {head.segment}")
        try:
            return self._ciphers[head.magic].decrypt(head.nonce, unit[HEAD_BYTES:], unit[:_BOUND_BYTES] + chain)
        except InvalidTag:
            raise broken(where, "does not open with the recording's key") from None


def _derive(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=purpose).derive(key)
