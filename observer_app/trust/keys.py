# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys: Ed25519 for signing, X25519 for wrapping the keys of recordings.

One verifier is used everywhere (window, central store, `observer verify`): libraries disagree on hostile
signatures, and a signature one party accepts and another refuses is a dispute nobody can settle.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property

from nacl.bindings import crypto_core_ed25519_is_valid_point, crypto_sign_open
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey as _BoxSecret
from nacl.public import PublicKey as _BoxPublic
from nacl.public import SealedBox
from nacl.signing import SigningKey

from observer_app.errors import BadInput, IntegrityBroken

__all__ = [
    "ALGORITHM",
    "KeySet",
    "OpeningKey",
    "PrivateKey",
    "PublicKey",
    "unwrap",
    "wrap_for",
]

ALGORITHM = "ed25519"
_PRIME = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_Y_MASK = 2**255 - 1
# The y coordinates of the eight points of small order; with such a key or R one signature fits many messages.
_SMALL_ORDER_Y = frozenset(
    {
        0,
        1,
        _PRIME - 1,
        int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
        int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    }
)
_WRAP_LABEL = b"observer-wrap-v1\0"


def _bad_point(encoded: bytes) -> bool:
    """True for an encoding that is not the one shortest form of its y, or of small order."""
    y = int.from_bytes(encoded, "little") & _Y_MASK
    return y >= _PRIME or y in _SMALL_ORDER_Y


class PublicKey:
    """An Ed25519 public key of 32 bytes that has been checked to be a full-order point in canonical form."""

    def __init__(self, raw: bytes) -> None:
        """Raises BadInput for anything but a sound key."""
        if len(raw) != 32:
            raise BadInput(f"A public key must have 32 bytes; this one has {len(raw)}.")
        if _bad_point(raw) or not crypto_core_ed25519_is_valid_point(raw):
            raise BadInput("A public key is not usable: it would accept forged signatures.")
        self.raw = bytes(raw)

    @cached_property
    def key_id(self) -> str:
        """`ed25519:` and the SHA-256 of the 32 bytes in hexadecimal."""
        return f"{ALGORITHM}:{hashlib.sha256(self.raw).hexdigest()}"

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raises IntegrityBroken unless `signature` (64 bytes) is this key's over `message`.

        Refused besides wrong ones: S not below the group order, R not in its one form or of small order.
        """
        if len(signature) != 64:
            raise IntegrityBroken("A signature has the wrong length.", subject=self.key_id)
        if int.from_bytes(signature[32:], "little") >= _ORDER or _bad_point(signature[:32]):
            raise IntegrityBroken("A signature is malformed.", subject=self.key_id)
        try:
            crypto_sign_open(signature + message, self.raw)
        except CryptoError as error:
            raise IntegrityBroken(
                "A signature does not fit what it stands under: the text or the signature was altered.",
                subject=self.key_id,
            ) from error

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and other.raw == self.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def __repr__(self) -> str:
        return f"PublicKey({self.key_id})"


class PrivateKey:
    """An Ed25519 private key; `seed` (32 bytes) is all there is to keep."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != 32:
            raise BadInput("A private key must have 32 bytes.")
        self.seed = bytes(seed)
        self._key = SigningKey(self.seed)
        self.public = PublicKey(bytes(self._key.verify_key))

    @classmethod
    def generate(cls) -> PrivateKey:
        """A new key from the system's randomness."""
        return cls(os.urandom(32))

    @classmethod
    def from_seed(cls, seed: bytes) -> PrivateKey:
        """The key that these 32 bytes determine."""
        return cls(seed)

    @property
    def key_id(self) -> str:
        """The public key's id."""
        return self.public.key_id

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature; the same message always gives the same."""
        return self._key.sign(message).signature

    def __repr__(self) -> str:
        return f"PrivateKey({self.key_id})"


class OpeningKey:
    """An X25519 private key: opens what was wrapped for `public` (32 bytes)."""

    def __init__(self, raw: bytes) -> None:
        if len(raw) != 32:
            raise BadInput("A private key must have 32 bytes.")
        self.raw = bytes(raw)
        self._key = _BoxSecret(self.raw)
        self.public = bytes(self._key.public_key)

    @classmethod
    def generate(cls) -> OpeningKey:
        """A new key from the system's randomness."""
        return cls(os.urandom(32))

    def __repr__(self) -> str:
        return f"OpeningKey({self.public.hex()})"

    def open(self, wrapped: bytes) -> bytes:
        """The content of a sealed box made for this key. Raises IntegrityBroken."""
        try:
            return SealedBox(self._key).decrypt(wrapped)
        except (CryptoError, ValueError, TypeError) as error:
            raise IntegrityBroken("A wrapped key does not open: it was altered or is for someone else.") from error


@dataclass(frozen=True)
class KeySet:
    """The two private keys one person, device, centre or officer holds."""

    signing: PrivateKey
    opening: OpeningKey

    @classmethod
    def generate(cls) -> KeySet:
        """Two new keys."""
        return cls(PrivateKey.generate(), OpeningKey.generate())

    @classmethod
    def from_secret(cls, secret: bytes) -> KeySet:
        """Reads the 64 bytes of `secret`: signing seed, then opening key."""
        if len(secret) != 64:
            raise BadInput("A kept pair of keys must have 64 bytes.")
        return cls(PrivateKey(secret[:32]), OpeningKey(secret[32:]))

    @property
    def secret(self) -> bytes:
        """64 bytes to be sealed under a passphrase (`passphrase.seal_secret`)."""
        return self.signing.seed + self.opening.raw

    @property
    def key_id(self) -> str:
        """The signing key's id."""
        return self.signing.key_id


def wrap_for(public: bytes, key: bytes, context: bytes = b"") -> bytes:
    """Seals `key` (1 to 64 bytes) so that only the holder of the X25519 key behind `public` opens it.

    `context` (the recording's id, say) must be given again to unwrap: a wrap cannot be passed off as another's.
    """
    if len(public) != 32:
        raise BadInput("A public key must have 32 bytes.")
    if not 1 <= len(key) <= 64:
        raise BadInput("Only a key of 1 to 64 bytes can be wrapped.")
    content = _WRAP_LABEL + hashlib.sha256(context).digest() + key
    try:
        return SealedBox(_BoxPublic(public)).encrypt(content)
    except CryptoError as error:
        raise BadInput("A public key is not usable for wrapping.") from error


def unwrap(opening: OpeningKey, wrapped: bytes, context: bytes = b"") -> bytes:
    """The key sealed by `wrap_for`. Raises IntegrityBroken when altered, not for us or of another context."""
    content = opening.open(wrapped)
    head = _WRAP_LABEL + hashlib.sha256(context).digest()
    if not content.startswith(head) or len(content) == len(head):
        raise IntegrityBroken("A wrapped key belongs to something else.")
    return content[len(head) :]
