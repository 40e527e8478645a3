# SPDX-License-Identifier: GPL-3.0-or-later
"""Sealed objects: what is too personal to be signed (notes, photos, rosters' names, event logs) lies beside, encrypted.

Layout: magic (8), nonce (24), content and tag (XChaCha20-Poly1305, the magic bound in). An object is named by the
SHA-256 of all its bytes, so anyone can check that it is the one a statement names, and only the key's holder reads it.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from observer_app.errors import BadInput, IntegrityBroken, NewerVersion

__all__ = ["KEY_BYTES", "MAX_OBJECT", "SealedObject", "new_key", "object_name", "open_object", "seal_object"]

KEY_BYTES = 32
MAX_OBJECT = 64 * 1024 * 1024
_FAMILY = b"OBSOBJ"
_MAGIC = _FAMILY + b"\x00\x01"
_NONCE = 24
_TAG = 16


@dataclass(frozen=True, slots=True)
class SealedObject:
    """`name` is the SHA-256 of `data` in hexadecimal."""

    name: str
    data: bytes


def new_key() -> bytes:
    """A random key for one object or one recording."""
    return os.urandom(KEY_BYTES)


def object_name(data: bytes) -> str:
    """The name of sealed bytes."""
    return hashlib.sha256(data).hexdigest()


def seal_object(content: bytes, key: bytes, *, nonce: bytes = b"") -> SealedObject:
    """Seals up to 64 MiB. `nonce` (24 bytes) is random unless given (golden files only)."""
    if len(key) != KEY_BYTES:
        raise BadInput("An object's key must have 32 bytes.")
    if len(content) > MAX_OBJECT:
        raise BadInput("The content is too large to be sealed as one object.")
    nonce = nonce or os.urandom(_NONCE)
    data = _MAGIC + nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(content, _MAGIC, nonce, key)
    return SealedObject(object_name(data), data)


def open_object(data: bytes, key: bytes, name: str = "") -> bytes:
    """The content. Raises IntegrityBroken when `name` is given and is not its hash, or when it does not open."""
    if name and object_name(data) != name:
        raise IntegrityBroken("A sealed object is not what its name says: it was altered or exchanged.", subject=name)
    if len(key) != KEY_BYTES:
        raise BadInput("An object's key must have 32 bytes.")
    if not data.startswith(_FAMILY) or not len(_MAGIC) + _NONCE + _TAG <= len(data) <= MAX_OBJECT + 64:
        raise BadInput("This is not a sealed object.")
    if data[:8] > _MAGIC:
        raise NewerVersion("This object was sealed by a newer Observer.", advice="Install the newer Observer.")
    nonce, body = data[8 : 8 + _NONCE], data[8 + _NONCE :]
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(body, data[:8], nonce, key)
    except CryptoError as error:
        raise IntegrityBroken(
            "A sealed object does not open: it was altered, or the key is not its own.", subject=name
        ) from error
