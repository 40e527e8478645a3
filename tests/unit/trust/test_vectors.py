# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile signatures are refused alike wherever one is looked at, and the passphrase's function is the RFC's.

One signature that the window takes and the central store refuses is a dispute nobody can settle. So each hostile
signature is made over a genuine record and handed to every door: the key itself, the desktop's trust, the central
store's intake, `observer verify`, and the second verifier for auditors.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from nacl.bindings import (
    crypto_core_ed25519_add,
    crypto_core_ed25519_scalar_mul,
    crypto_core_ed25519_scalar_reduce,
    crypto_scalarmult_ed25519_base_noclamp,
)

from observer_app.central.store import CentralStore
from observer_app.errors import ObserverError
from observer_app.trust import strict_json
from observer_app.trust.envelope import Envelope, Signature, open_envelope, to_base64
from observer_app.trust.examination import Examination
from observer_app.trust.keys import PublicKey
from observer_app.trust.merkle import inclusion_proof
from observer_app.trust.passphrase import Cost, derive_key
from observer_app.trust.programme import Trust
from observer_app.trust.signed_file import SignedFile, make_signed_file, read_signed_file
from tests.redteam.second import second
from tests.simulators.programme import Holder, Programme, chain
from tests.unit.trust.test_keys import ORDER, POINTS, PRIME, RFC8032
from tests.unit.trust.test_merkle import LEAVES, ROOTS

PACKAGE = Path(__file__).parents[3] / "observer_app"
Forge = Callable[[bytes, bytes, bytes], bytes]  # (signature, message, the signer's seed) -> another signature


def _scalar(seed: bytes) -> bytes:
    """The secret scalar of a seed, reduced."""
    digest = bytearray(hashlib.sha512(seed).digest()[:32])
    digest[0] &= 248
    digest[31] = (digest[31] & 127) | 64
    return crypto_core_ed25519_scalar_reduce(bytes(digest) + bytes(32))


def _public(seed: bytes) -> bytes:
    return crypto_scalarmult_ed25519_base_noclamp(_scalar(seed))


def _challenge(r: bytes, message: bytes, seed: bytes) -> bytes:
    return crypto_core_ed25519_scalar_reduce(hashlib.sha512(r + _public(seed) + message).digest())


def _with_r(point: bytes) -> Forge:
    """R as given and S = k * a: where R has small order, the equation with the cofactor holds."""
    return lambda _s, m, seed: point + crypto_core_ed25519_scalar_mul(_challenge(point, m, seed), _scalar(seed))


def _r_with_small_part(signature: bytes, message: bytes, seed: bytes) -> bytes:
    """R with a part of small order, S made to fit it: who multiplies by the cofactor takes it, who does not refuses."""
    nonce = crypto_core_ed25519_scalar_reduce(hashlib.sha512(b"nonce" + message).digest())
    r = crypto_core_ed25519_add(crypto_scalarmult_ed25519_base_noclamp(nonce), POINTS[4])
    product = crypto_core_ed25519_scalar_mul(_challenge(r, message, seed), _scalar(seed))
    total = (int.from_bytes(nonce, "little") + int.from_bytes(product, "little")) % ORDER
    return r + total.to_bytes(32, "little")


def _s(value: Callable[[int], int]) -> Forge:
    return lambda s, _m, _seed: s[:32] + (value(int.from_bytes(s[32:], "little")) % 2**256).to_bytes(32, "little")


def _turned(place: int) -> Forge:
    return lambda s, _m, _seed: s[:place] + bytes([s[place] ^ 1]) + s[place + 1 :]


# The kinds of the published hostile sets, each made anew over our own message.
HOSTILE: dict[str, Forge] = {
    "another message's": lambda s, m, seed: bytes(reversed(s)),
    "all zeros": lambda s, m, seed: bytes(64),
    "all ones": lambda s, m, seed: b"\xff" * 64,
    "R zero, S zero": lambda s, m, seed: bytes(32) + s[32:],
    "S zero": _s(lambda s: 0),
    "S the order": _s(lambda s: ORDER),
    "S beyond the order": _s(lambda s: s + ORDER),
    "S beyond the order, eight times": _s(lambda s: s + 8 * ORDER),
    "S negated": _s(lambda s: ORDER - s),
    "S with the highest bit": _s(lambda s: s | 1 << 255),
    "S plus one": _s(lambda s: s + 1),
    "R with its sign turned": lambda s, m, seed: s[:31] + bytes([s[31] ^ 128]) + s[32:],
    "R in its second form": lambda s, m, seed: (2**255 - 18).to_bytes(32, "little") + s[32:],
    "R with a part of small order": _r_with_small_part,
    "cut by one": lambda s, m, seed: s[:63],
    "one too many": lambda s, m, seed: s + b"\0",
    "only R": lambda s, m, seed: s[:32],
    "twice": lambda s, m, seed: s + s,
    "R and S exchanged": lambda s, m, seed: s[32:] + s[:32],
    **{f"R of small order {p.hex()[:6]}{p.hex()[-2:]}": _with_r(p) for p in POINTS},
    **{f"a bit of byte {n} turned": _turned(n) for n in (0, 15, 31, 32, 47, 63)},
}  # fmt: skip


@dataclass
class Doors:
    """Every place that looks at a signature, as a question: is this envelope genuine?"""

    programme: Programme
    store: CentralStore
    person: Holder
    device: Holder
    envelope: bytes

    def answers(self, envelope: bytes) -> dict[str, bool]:
        genuine = read_signed_file(
            make_signed_file(Trust(self.programme.root, self.programme.certificates), self.envelope)
        )
        file = SignedFile(envelope, genuine.certificates).data
        opened = open_envelope(envelope)
        signer = second.Audit(self.programme.root.data)
        signer.trial(4, "file", lambda: signer.signed("file", file))
        return {
            "key": all(
                self._holds(k, opened, s) for k, s in zip((self.person, self.device), opened.signatures, strict=True)
            ),
            "desktop": _taken(lambda: Trust(self.programme.root, self.programme.certificates).verify(envelope)),
            "central": self.store.intake.accept([envelope]).answers[0].status != "refused",
            "observer verify": _taken(lambda: Examination(self.programme.root).signed_file("file", file)),
            "second verifier": bool(signer.ok),
        }

    @staticmethod
    def _holds(holder: Holder, envelope: Envelope, signature: Signature) -> bool:
        return _taken(lambda: PublicKey(holder.keys.signing.public.raw).verify(envelope.signed_bytes, signature.sig))


def _taken(look: Callable[[], object]) -> bool:
    try:
        look()
    except ObserverError:
        return False
    return True


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    programme, data = Programme(), tmp_path_factory.mktemp("central")
    centre = programme.centre("north")
    device, person = programme.device(centre, "d-1"), programme.person(centre, "p-1", "assessor")
    programme.set_up(data)
    store = CentralStore(data)
    store.registry.add(programme.certificates)
    yield Doors(programme, store, person, device, chain(programme, device, person, 1)[0])
    store.close()


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("whose", [0, 1], ids=["person", "device"])
def test_a_hostile_signature_is_refused_alike_everywhere(doors: Doors, kind: str, whose: int) -> None:
    opened = open_envelope(doors.envelope)
    listed = list(opened.signatures)
    seed = (doors.person, doors.device)[whose].keys.signing.seed
    forged = HOSTILE[kind](listed[whose].sig, opened.signed_bytes, seed)
    listed[whose] = Signature(listed[whose].keyid, forged)
    envelope = Envelope(opened.payload_type, opened.payload, tuple(listed)).data
    assert envelope != doors.envelope
    assert set(doors.answers(envelope).values()) == {False}


def test_the_genuine_signature_is_taken_everywhere(doors: Doors) -> None:
    """Last in this file's order or not: what is refused above is refused for its signature, nothing else."""
    assert set(doors.answers(doors.envelope).values()) == {True}


@pytest.mark.parametrize("point", POINTS, ids=lambda p: p.hex()[:8])
def test_a_key_of_small_order_is_certified_nowhere(point: bytes) -> None:
    """With such a key one signature fits many messages; both verifiers refuse the key before any signature."""
    with pytest.raises(ObserverError):
        PublicKey(point)
    with pytest.raises(second.Wrong, match="sound point"):
        second.check_signature(point, b"mark", point + bytes(32))


@pytest.mark.parametrize("y", [PRIME + 3, PRIME + 9, 2, 2**255 - 1])
def test_a_key_in_no_or_a_second_form_is_certified_nowhere(y: int) -> None:
    key = y.to_bytes(32, "little")
    with pytest.raises(ObserverError):
        PublicKey(key)
    with pytest.raises(second.Wrong, match="sound point"):
        second.check_signature(key, b"mark", bytes(64))


def test_a_key_with_a_part_of_small_order_is_certified_nowhere() -> None:
    """Its genuine signatures are taken by who multiplies by the cofactor, refused by who does not: so the key is."""
    for point in POINTS:
        if point[0] not in (0x26, 0xC7):
            continue
        seed = bytes(range(32))
        mixed = crypto_core_ed25519_add(_public(seed), point)
        with pytest.raises(ObserverError):
            PublicKey(mixed)
        with pytest.raises(second.Wrong, match="sound point"):
            second.check_signature(mixed, b"mark", bytes(64))


def test_the_published_tree_of_eight_leaves_is_the_second_verifiers_tree() -> None:
    """Every place in every beginning of it, and no other root, place or leaf."""
    for size in range(1, 9):
        for index in range(size):
            proof = inclusion_proof(index, size, LEAVES)
            spans = dict(second.nodes_of(index, size, LEAVES[index], proof))
            assert spans[0, size].hex() == ROOTS[size - 1]
            for other in (LEAVES[index - 1], bytes(32)):
                if other != LEAVES[index]:
                    assert dict(second.nodes_of(index, size, other, proof))[0, size].hex() != ROOTS[size - 1]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC8032)
def test_rfc_8032_by_the_second_verifier(seed: str, public: str, message: str, signature: str) -> None:
    key, text, signed = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    second.check_signature(key, text, signed)
    with pytest.raises(second.Wrong):
        second.check_signature(key, text + b"x", signed)


def imports(text: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{n.name}" for n in node.names}
        elif isinstance(node, ast.Import):
            found |= {n.name for n in node.names}
    return found


def looks_at_signatures(text: str) -> bool:
    return any("nacl.signing" in name or "ed25519" in name.lower() for name in imports(text))


def test_one_function_looks_at_signatures_in_the_whole_program() -> None:
    """Nobody but trust/keys.py has a verifier at hand; the auditors' file is no part of the program."""
    found = {
        p.relative_to(PACKAGE).as_posix() for p in PACKAGE.rglob("*.py") if looks_at_signatures(p.read_text("utf-8"))
    }
    assert found == {"trust/keys.py"}
    assert looks_at_signatures("from cryptography.hazmat.primitives.asymmetric import ed25519")
    assert looks_at_signatures("from nacl.signing import VerifyKey")


# ---- Argon2id ----


def test_rfc_9106_and_that_ours_is_the_same_function() -> None:
    """The RFC's vector has four lanes, a secret and associated data, which ours never has: an independent maker of
    Argon2id is held to the vector, and ours to that maker, at costs like those in use."""
    vector = Argon2id(
        salt=b"\2" * 16, length=32, iterations=3, lanes=4, memory_cost=32, ad=b"\4" * 12, secret=b"\3" * 8
    ).derive(b"\1" * 32)
    assert vector.hex() == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    for passes, kib, size in ((1, 8, 32), (1, 64, 32), (3, 256, 32), (3, 4096, 32), (2, 1024, 64)):
        for words in ("correct horse", "Größe – «naïve»", "x" * 200):
            other = Argon2id(salt=bytes(range(16)), length=size, iterations=passes, lanes=1, memory_cost=kib)
            assert derive_key(words, bytes(range(16)), Cost(passes, kib), size) == other.derive(words.encode())


def test_what_a_forged_signature_looks_like_on_the_disk_is_the_one_form() -> None:
    """The forgeries above are refused for the signature, not for the form of the file they came in."""
    text = {"alg": "ed25519", "keyid": "ed25519:" + "0" * 64, "sig": to_base64(bytes(64))}
    envelope = Envelope("application/vnd.observer.record+json", b"{}", (Signature(text["keyid"], bytes(64)),))
    assert strict_json.loads(envelope.data, limit=1000)["signatures"] == [text]
