# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets sealed under a passphrase: Argon2id, then XChaCha20-Poly1305.

Layout: magic (8), passes u32, KiB of memory u32 (big endian), salt (16), nonce (24), sealed secret, SHA-256 of all
before it (32). The last field tells a damaged file from a wrong passphrase, and says nothing an attacker lacks.
"""

from __future__ import annotations

import hashlib
import os
import struct
import time
import unicodedata
from dataclasses import dataclass

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

from observer_app.errors import BadInput, IntegrityBroken, NewerVersion, WrongPassphrase

__all__ = ["CHEAP_COST", "STANDARD_COST", "Cost", "choose_cost", "cost_of", "derive_key", "open_secret", "seal_secret"]

_FAMILY = b"OBSKEY"
_MAGIC = _FAMILY + b"\x00\x01"
_PARAMS = struct.Struct(">8sII16s24s")
_MAX_SECRET = 4096
_TAG = 16
_SUM = 32


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess costs: `passes` over `memory_kib` KiB."""

    passes: int
    memory_kib: int

    def check(self) -> None:
        """Raises BadInput outside 1..16 passes and 8 KiB..1 GiB: a hostile file must not eat the machine."""
        if not (1 <= self.passes <= 16 and 8 <= self.memory_kib <= 1024 * 1024):
            raise BadInput("A sealed key asks for more work than is allowed.", advice="It is not one of Observer's.")


STANDARD_COST = Cost(3, 256 * 1024)
CHEAP_COST = Cost(1, 64)  # for sample people, whose passphrases stand on the screen, and for tests


def derive_key(passphrase: str, salt: bytes, cost: Cost, size: int = 32) -> bytes:
    """Argon2id over the passphrase in Unicode's NFKC form, so that two keyboards give the same key."""
    cost.check()
    words = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
    return argon2id.kdf(size, words, salt, opslimit=cost.passes, memlimit=cost.memory_kib * 1024)


def choose_cost(target_s: float = 0.7, most_kib: int = 256 * 1024) -> Cost:
    """The memory (three passes) with which one guess takes about `target_s` on this machine; never below 64 MiB."""
    kib = 64 * 1024
    while kib < most_kib:
        started = time.perf_counter()
        derive_key("measure", bytes(16), Cost(3, kib))
        if (time.perf_counter() - started) * 1.5 >= target_s:
            break
        kib *= 2
    return Cost(3, kib)


def cost_of(sealed: bytes) -> Cost:
    """What one guess at a sealed secret costs, by its own word. Raises BadInput when it is no such file."""
    if not sealed.startswith(_MAGIC) or len(sealed) <= _PARAMS.size:
        raise BadInput("This is not a sealed key.")
    _, passes, memory_kib, _, _ = _PARAMS.unpack_from(sealed)
    return Cost(passes, memory_kib)


def seal_secret(
    secret: bytes, passphrase: str, cost: Cost = STANDARD_COST, *, salt: bytes = b"", nonce: bytes = b""
) -> bytes:
    """Seals 1 to 4096 bytes. `salt` (16) and `nonce` (24) are random unless given (golden files only)."""
    if not 1 <= len(secret) <= _MAX_SECRET:
        raise BadInput("A secret to be sealed must have 1 to 4096 bytes.")
    if not passphrase:
        raise BadInput("A passphrase is needed.", advice="Choose at least four words.")
    salt, nonce = salt or os.urandom(16), nonce or os.urandom(24)
    head = _PARAMS.pack(_MAGIC, cost.passes, cost.memory_kib, salt, nonce)
    key = derive_key(passphrase, salt, cost)
    sealed = head + crypto_aead_xchacha20poly1305_ietf_encrypt(secret, head, nonce, key)
    return sealed + hashlib.sha256(sealed).digest()


def open_secret(sealed: bytes, passphrase: str) -> bytes:
    """The secret. Raises WrongPassphrase; IntegrityBroken when it is damaged; BadInput when it is no such file."""
    if not sealed.startswith(_FAMILY) or not _PARAMS.size + _TAG + _SUM < len(sealed) <= _MAX_SECRET + 200:
        raise BadInput("This is not a sealed key.")
    if sealed[:8] > _MAGIC:
        raise NewerVersion("This key was sealed by a newer Observer.", advice="Install the newer Observer.")
    if hashlib.sha256(sealed[:-_SUM]).digest() != sealed[-_SUM:]:
        raise IntegrityBroken("The sealed key is damaged.", advice="Take it again from its copy.")
    magic, passes, memory_kib, salt, nonce = _PARAMS.unpack_from(sealed)
    if magic != _MAGIC:
        raise BadInput("This is not a sealed key.")
    head, body = sealed[: _PARAMS.size], sealed[_PARAMS.size : -_SUM]
    key = derive_key(passphrase, salt, Cost(passes, memory_kib))
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(body, head, nonce, key)
    except CryptoError as error:
        raise WrongPassphrase("The passphrase is not right.", advice="Check Caps Lock and try again.") from error
