# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates: who holds which key, for what, said by whom.

    programme root (threshold of its keys, 1 of 1 for now)
      -> centre -> device | person | log
      -> person (moderator, key officer: centre "") | log (central's)

A certificate is itself a signed statement; its subject is a pseudonymous id, for a log its origin. `programme.Trust`
follows the chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from observer_app.errors import BadInput, IntegrityBroken
from observer_app.trust.envelope import Envelope, from_base64, open_envelope, seal, to_base64
from observer_app.trust.keys import ALGORITHM, PrivateKey, PublicKey
from observer_app.trust.statements import NO_PREVIOUS, Header, build_statement, read_statement

__all__ = [
    "ISSUES",
    "Certificate",
    "issue_certificate",
    "make_root",
    "read_certificate",
    "revoke",
    "vouch_for_pack",
]

_BUILD = "issued"  # where nobody says which program it was: the sample root is the same in all of them
# Which kinds a certificate of a kind may issue.
ISSUES = {
    "root": frozenset({"centre", "person", "log"}),
    "centre": frozenset({"device", "person", "log"}),
    "device": frozenset[str](),
    "person": frozenset[str](),
    "log": frozenset[str](),
}


@dataclass(frozen=True)
class Certificate:
    """A certificate as read; its chain is not yet checked.

    `kind`: root, centre, device, person or log. `roles`: of a person (`domain.roles`). `centre`: "" for the whole
    programme. `threshold`: how many of `signing_keys` must sign what it issues. `opening_key`: 32 bytes of X25519 or
    None. Times in ms since 1970 UTC. `issuer_keys`: ids of the keys that signed it. `data`: the envelope's bytes.
    """

    subject: str
    kind: str
    roles: frozenset[str]
    programme: str
    centre: str
    sample: bool
    threshold: int
    signing_keys: tuple[PublicKey, ...]
    opening_key: bytes | None
    not_before_ms: int
    not_after_ms: int
    issuer_keys: tuple[str, ...]
    record_id: str
    data: bytes

    @property
    def key_id(self) -> str:
        """The id of its (first) signing key."""
        return self.signing_keys[0].key_id

    @property
    def key_ids(self) -> frozenset[str]:
        """The ids of all its signing keys."""
        return frozenset(k.key_id for k in self.signing_keys)

    def covers(self, at_ms: int) -> bool:
        """Whether the moment lies within its validity."""
        return self.not_before_ms <= at_ms <= self.not_after_ms


def read_certificate(data: bytes | Envelope) -> Certificate:
    """Reads a certificate's envelope. Checks its form only. Raises BadInput, NewerVersion, IntegrityBroken."""
    envelope = open_envelope(data) if isinstance(data, bytes) else data
    statement = read_statement(envelope.payload)
    header, body = statement.header, statement.body
    if header.type != "certificate" or envelope.type != "certificate":
        raise BadInput("This is not a certificate.")
    if header.keys != tuple(s.keyid for s in envelope.signatures):
        raise IntegrityBroken("A certificate does not carry the signatures it names.", subject=body["subject"])
    if body["not_before_ms"] > body["not_after_ms"] or body["threshold"] > len(body["signing_keys"]):
        raise BadInput("A certificate contradicts itself.")
    opening = body["opening_key"]
    return Certificate(
        subject=body["subject"],
        kind=body["kind"],
        roles=frozenset(body["roles"]),
        programme=header.programme,
        centre=body["centre"],
        sample=header.sample,
        threshold=body["threshold"],
        signing_keys=tuple(PublicKey(from_base64(k["public"])) for k in body["signing_keys"]),
        opening_key=from_base64(opening["public"]) if opening else None,
        not_before_ms=body["not_before_ms"],
        not_after_ms=body["not_after_ms"],
        issuer_keys=header.keys,
        record_id=envelope.record_id,
        data=envelope.data,
    )


def _issued_header(
    kind: str, programme: str, centre: str, sample: bool, keys: Sequence[PrivateKey], at: int, build: str
) -> Header:
    """The header of what is issued outside any device's chain; `build` names the program that issues."""
    return Header(
        type=kind,
        sample=sample,
        programme=programme,
        centre=centre,
        device="",
        device_seq=0,
        prev=NO_PREVIOUS,
        person="",
        keys=tuple(k.key_id for k in keys),
        claimed_wall_ms=at,
        monotonic_ms=0,
        boot_id="",
        app_build=build,
    )


def _listed(keys: Iterable[PublicKey]) -> list[dict[str, str]]:
    return [{"alg": ALGORITHM, "public": to_base64(k.raw)} for k in keys]


def make_root(
    programme: str,
    keys: Sequence[PrivateKey],
    *,
    not_before_ms: int,
    not_after_ms: int,
    sample: bool = False,
    threshold: int = 1,
    build: str = _BUILD,
) -> bytes:
    """The programme's root certificate, signed by all its keys. Returns the envelope's bytes."""
    header = _issued_header("certificate", programme, "", sample, keys, not_before_ms, build)
    body = {
        "subject": programme,
        "kind": "root",
        "roles": [],
        "centre": "",
        "threshold": threshold,
        "signing_keys": _listed(k.public for k in keys),
        "opening_key": None,
        "not_before_ms": not_before_ms,
        "not_after_ms": not_after_ms,
    }
    return seal(build_statement(header, body), "certificate", keys)


def issue_certificate(
    issuer: Certificate,
    issuer_keys: Sequence[PrivateKey],
    *,
    kind: str,
    subject: str,
    signing: PublicKey,
    not_before_ms: int,
    not_after_ms: int,
    opening: bytes | None = None,
    roles: Iterable[str] = (),
    centre: str | None = None,
    build: str = _BUILD,
) -> bytes:
    """Certifies `signing` (and the X25519 key `opening`) as `subject`'s; returns the envelope's bytes.

    `centre` defaults to the issuer's, for a centre to the subject itself. Raises BadInput where `issuer` may not issue
    this kind or its keys are not given.
    """
    if kind not in ISSUES[issuer.kind]:
        raise BadInput(f"A {issuer.kind} cannot certify a {kind}.")
    if len(issuer_keys) < issuer.threshold or any(k.key_id not in issuer.key_ids for k in issuer_keys):
        raise BadInput("The keys given are not those of the issuer.")
    where = centre if centre is not None else subject if kind == "centre" else issuer.centre
    header = _issued_header(
        "certificate", issuer.programme, issuer.centre, issuer.sample, issuer_keys, not_before_ms, build
    )
    body = {
        "subject": subject,
        "kind": kind,
        "roles": sorted(roles),
        "centre": where,
        "threshold": 1,
        "signing_keys": _listed([signing]),
        "opening_key": {"alg": "x25519", "public": to_base64(opening)} if opening is not None else None,
        "not_before_ms": max(not_before_ms, issuer.not_before_ms),
        "not_after_ms": min(not_after_ms, issuer.not_after_ms),
    }
    return seal(build_statement(header, body), "certificate", issuer_keys)


def revoke(
    issuer: Certificate,
    issuer_keys: Sequence[PrivateKey],
    key_id: str,
    *,
    valid_until_size: int,
    reason: str,
    at_ms: int,
    build: str = _BUILD,
) -> bytes:
    """Revokes a key by position: what stands in central's log before `valid_until_size` stays good, nothing after it,
    whatever a clock says. `reason`: lost, stolen, left, replaced or misused. Returns the envelope's bytes."""
    header = _issued_header("revocation", issuer.programme, issuer.centre, issuer.sample, issuer_keys, at_ms, build)
    body = {"key": key_id, "valid_until_size": valid_until_size, "reason": reason}
    return seal(build_statement(header, body), "revocation", issuer_keys)


def vouch_for_pack(
    issuer: Certificate,
    issuer_keys: Sequence[PrivateKey],
    pack: Mapping[str, str],
    *,
    kind: str,
    size: int,
    at_ms: int,
    build: str = _BUILD,
) -> bytes:
    """Signs that `pack` (`id`, `version`, `sha256` of its file) is the programme's or the centre's; the envelope's
    bytes. `kind`: framework or scenario; `size`: of the file."""
    header = _issued_header("pack", issuer.programme, issuer.centre, issuer.sample, issuer_keys, at_ms, build)
    return seal(build_statement(header, {"pack": dict(pack), "kind": kind, "size": size}), "pack", issuer_keys)
