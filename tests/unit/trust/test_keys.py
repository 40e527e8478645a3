# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys: published vectors, and everything a lenient verifier would let pass."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_core_ed25519_scalar_mul, crypto_core_ed25519_scalar_reduce

from observer_app.errors import BadInput, IntegrityBroken, NewerVersion, ObserverError, WrongPassphrase
from observer_app.trust.keys import KeySet, OpeningKey, PrivateKey, PublicKey, unwrap, wrap_for
from observer_app.trust.passphrase import CHEAP_COST, Cost, choose_cost, derive_key, open_secret, seal_secret
from tests.unit.trust.cast import every_flip, flips

# RFC 8032, section 7.1: seed, public key, message, signature.
RFC8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]
ORDER = 2**252 + 27742317777372353535851937790883648493
PRIME = 2**255 - 19
SMALL = [0, 1, PRIME - 1, PRIME, PRIME + 1] + [
    int.from_bytes(bytes.fromhex(point), "little")
    for point in (
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    )
]
POINTS = sorted({(y | sign << 255).to_bytes(32, "little") for y in SMALL for sign in (0, 1)})


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC8032)
def test_rfc_8032(seed: str, public: str, message: str, signature: str) -> None:
    key = PrivateKey.from_seed(bytes.fromhex(seed))
    assert key.public.raw.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    key.public.verify(bytes.fromhex(message), bytes.fromhex(signature))
    with pytest.raises(IntegrityBroken):
        key.public.verify(bytes.fromhex(message) + b"x", bytes.fromhex(signature))


@pytest.mark.parametrize("point", POINTS, ids=lambda p: p.hex()[:8])
def test_keys_of_small_order_or_in_a_second_form_are_refused(point: bytes) -> None:
    with pytest.raises(BadInput):
        PublicKey(point)


@pytest.mark.parametrize("y", [PRIME + 3, PRIME + 9, 2, 2**255 - 1])
def test_keys_that_are_no_point_in_canonical_form_are_refused(y: int) -> None:
    with pytest.raises(BadInput):
        PublicKey(y.to_bytes(32, "little"))


def test_keys_with_a_small_order_part_are_refused() -> None:
    """A key on the curve but outside the main group: some libraries accept its signatures, some do not."""
    from nacl.bindings import crypto_core_ed25519_add

    small = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
    mixed = crypto_core_ed25519_add(PrivateKey.generate().public.raw, small)
    with pytest.raises(BadInput):
        PublicKey(mixed)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_keys_and_signatures_of_a_wrong_length_are_refused(size: int) -> None:
    with pytest.raises(BadInput):
        PublicKey(b"\x09" * size)
    with pytest.raises(BadInput):
        PrivateKey(bytes(size))
    with pytest.raises(BadInput):
        OpeningKey(bytes(size))
    with pytest.raises(IntegrityBroken):
        PrivateKey(bytes(32)).public.verify(b"", bytes(2 * size))


def test_a_second_s_for_the_same_signature_is_refused() -> None:
    key = PrivateKey.from_seed(bytes(32))
    signature = key.sign(b"mark")
    other = (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little")
    with pytest.raises(IntegrityBroken, match="malformed"):
        key.public.verify(b"mark", signature[:32] + other)


@pytest.mark.parametrize("r_point", POINTS, ids=lambda p: p.hex()[:8])
def test_a_signature_with_r_of_small_order_is_refused_though_its_equation_holds(r_point: bytes) -> None:
    """Made with the key and nonce 0, so the textbook equation S*B = R + k*A holds for R = the identity."""
    key = PrivateKey.from_seed(bytes(range(32)))
    digest = bytearray(hashlib.sha512(key.seed).digest()[:32])
    digest[0] &= 248
    digest[31] = (digest[31] & 127) | 64
    k = crypto_core_ed25519_scalar_reduce(hashlib.sha512(r_point + key.public.raw + b"mark").digest())
    s = crypto_core_ed25519_scalar_mul(k, crypto_core_ed25519_scalar_reduce(bytes(digest) + bytes(32)))
    with pytest.raises(IntegrityBroken, match="malformed"):
        key.public.verify(b"mark", r_point + s)


def test_every_flipped_bit_of_a_signature_is_refused() -> None:
    key = PrivateKey.from_seed(b"k" * 32)
    signature = key.sign(b"mark")
    for flipped in every_flip(signature):
        with pytest.raises(IntegrityBroken):
            key.public.verify(b"mark", flipped)


@given(st.binary(max_size=70), st.binary(max_size=70))
def test_only_our_own_errors_escape(raw: bytes, signature: bytes) -> None:
    for call in (lambda: PublicKey(raw), lambda: PrivateKey(bytes(32)).public.verify(raw, signature)):
        with pytest.raises((BadInput, IntegrityBroken)):
            call()
            raise BadInput("a sound key by chance")


def test_a_wrapped_key_opens_only_for_its_holder_and_its_context() -> None:
    officer, other = OpeningKey.generate(), OpeningKey.generate()
    wrapped = wrap_for(officer.public, b"k" * 32, b"rec-1")
    assert wrap_for(officer.public, b"k" * 32, b"rec-1") != wrapped
    assert unwrap(officer, wrapped, b"rec-1") == b"k" * 32
    for opening, data, context in (
        (other, wrapped, b"rec-1"),
        (officer, wrapped, b"rec-2"),
        (officer, wrapped[:-1], b"rec-1"),
        (officer, b"", b"rec-1"),
    ):
        with pytest.raises(IntegrityBroken):
            unwrap(opening, data, context)
    for flipped in flips(wrapped):
        with pytest.raises(IntegrityBroken):
            unwrap(officer, flipped, b"rec-1")


def test_wrapping_refuses_what_is_no_key() -> None:
    with pytest.raises(BadInput):
        wrap_for(b"short", b"k")
    with pytest.raises(BadInput):
        wrap_for(OpeningKey.generate().public, b"")
    with pytest.raises(BadInput):
        wrap_for(bytes(32), b"k" * 32)


def test_a_key_set_is_kept_as_64_bytes_and_never_shown() -> None:
    pair = KeySet.generate()
    again = KeySet.from_secret(pair.secret)
    assert (again.key_id, again.opening.public) == (pair.key_id, pair.opening.public)
    assert pair.signing.seed.hex() not in repr(pair)
    assert pair.opening.raw.hex() not in repr(pair)
    with pytest.raises(BadInput):
        KeySet.from_secret(bytes(63))


def test_a_secret_opens_with_its_passphrase_only() -> None:
    sealed = seal_secret(b"secret" * 10, "four words or more", CHEAP_COST)
    assert open_secret(sealed, "four words or more") == b"secret" * 10
    with pytest.raises(WrongPassphrase):
        open_secret(sealed, "four words or mor")
    assert b"secret" not in sealed


def test_two_keyboards_give_the_same_passphrase() -> None:
    sealed = seal_secret(b"s", "Müller", CHEAP_COST)
    assert open_secret(sealed, "Mu\u0308ller") == b"s"


def test_a_damaged_file_is_not_called_a_wrong_passphrase() -> None:
    sealed = seal_secret(b"s", "pass", CHEAP_COST)
    for flipped in flips(sealed):
        with pytest.raises((IntegrityBroken, BadInput)):
            open_secret(flipped, "pass")
    for data in (b"", sealed[:20], sealed[:-1], sealed + b"x", b"x" * len(sealed)):
        with pytest.raises((IntegrityBroken, BadInput)):
            open_secret(data, "pass")


def test_a_newer_file_is_said_to_be_newer() -> None:
    sealed = seal_secret(b"s", "pass", CHEAP_COST)
    with pytest.raises(NewerVersion):
        open_secret(sealed[:7] + b"\x02" + sealed[8:], "pass")


@pytest.mark.parametrize("cost", [Cost(0, 64), Cost(17, 64), Cost(1, 7), Cost(1, 2**21)])
def test_a_hostile_cost_is_refused_before_it_is_paid(cost: Cost) -> None:
    with pytest.raises(BadInput):
        derive_key("p", bytes(16), cost)
    good = seal_secret(b"s", "p", CHEAP_COST)
    forged = good[:8] + cost.passes.to_bytes(4, "big") + cost.memory_kib.to_bytes(4, "big") + good[16:-32]
    with pytest.raises(BadInput):
        open_secret(forged + hashlib.sha256(forged).digest(), "p")


def test_the_cost_chosen_is_one_that_may_be_used() -> None:
    choose_cost(0.05).check()
    assert choose_cost(0.0) == Cost(3, 64 * 1024)


@given(st.binary(max_size=300))
def test_only_our_own_errors_escape_sealed_keys(data: bytes) -> None:
    with pytest.raises(ObserverError):
        open_secret(data, "p")
