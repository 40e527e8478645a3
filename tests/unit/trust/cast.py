# SPDX-License-Identifier: GPL-3.0-or-later
"""A small programme with fixed keys: the people, machines and log that the tests of trust and its golden files use."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from observer_app.trust import merkle
from observer_app.trust.certificates import Certificate, issue_certificate, make_root, read_certificate
from observer_app.trust.checkpoints import Checkpoint, sign_checkpoint
from observer_app.trust.envelope import record_id, seal
from observer_app.trust.keys import KeySet, OpeningKey, PrivateKey
from observer_app.trust.programme import Trust
from observer_app.trust.receipts import make_receipt
from observer_app.trust.samples import sample_root, sample_root_key
from observer_app.trust.statements import NO_PREVIOUS, Header, build_statement

T0 = 1_750_000_000_000
YEAR = 366 * 24 * 3600 * 1000
LOG_NAME = "central.example/log"


def seed(name: str) -> bytes:
    return hashlib.sha256(f"golden {name}".encode()).digest()


def keys(name: str) -> KeySet:
    return KeySet(PrivateKey.from_seed(seed(name)), OpeningKey(seed(name + " x25519")))


def flips(data: bytes, every: int = 1) -> Iterator[bytes]:
    """`data` with one byte changed, at every place (or every `every`-th), in one bit, chosen by place."""
    for place in range(0, len(data), every):
        yield data[:place] + bytes([data[place] ^ (1 << place % 8)]) + data[place + 1 :]


def every_flip(data: bytes) -> Iterator[bytes]:
    """`data` with one bit the other way, for every bit of it."""
    for place in range(len(data)):
        for bit in range(8):
            yield data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


def h(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def record_body(**changes: Any) -> dict[str, Any]:
    body = {
        "observation": "obs-0001",
        "sitting": "sit-0001",
        "candidate": "cand-0001",
        "actor": "",
        "framework": {"id": "kss-practitioner", "version": "2026.1", "sha256": h("framework")},
        "scenario": {"id": "home-visit", "version": "3", "sha256": h("scenario")},
        "ratings": [
            {"criterion": "relationships", "value": 5, "at_ms": 61_250, "event": 4},
            {"criterion": "analysis", "value": 3, "at_ms": 903_004, "event": 9},
        ],
        "unrated": [{"criterion": "supervision", "reason_sha256": h("reason")}],
        "global_rating": {"value": 4, "at_ms": 1_500_000, "event": 12},
        "outcome": {"score": 4000, "passed": "yes"},
        "events": {"count": 12, "head": h("head")},
        "event_log": {"sha256": h("log"), "size": 4711},
        "media": [segment()],
    }
    return {**body, **changes}


def segment(file_sha256: str = h("segment"), size: int = 15_000_000) -> dict[str, Any]:
    return {
        "recording": "rec-0001",
        "segment": 1,
        "file_sha256": file_sha256,
        "index_sha256": h("index"),
        "root": h("root"),
        "size": size,
        "clusters": 7200,
        "gaps": 0,
    }


@dataclass
class Cast:
    """A programme: root, centre, device, assessor, moderator, manager, log."""

    sample: bool = False
    seq: int = 0
    last: str = NO_PREVIOUS
    centre: str = "centre-07"
    people: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {"assessor-1": ("assessor",), "moderator-1": ("moderator",), "manager-1": ("manager",)}
    )

    @cached_property
    def root(self) -> Certificate:
        if self.sample:
            return sample_root()
        data = make_root("kss", [keys("root").signing], not_before_ms=T0 - YEAR, not_after_ms=T0 + 20 * YEAR)
        return read_certificate(data)

    @property
    def root_key(self) -> PrivateKey:
        return sample_root_key() if self.sample else keys("root").signing

    def certify(self, issuer: Certificate, issuer_key: PrivateKey, kind: str, subject: str, **more: Any) -> bytes:
        mine = keys(subject)
        opening = mine.opening.public if kind != "log" else None
        times = {"not_before_ms": T0 - 1000, "not_after_ms": T0 + YEAR, **more}
        return issue_certificate(
            issuer, [issuer_key], kind=kind, subject=subject, signing=mine.signing.public, opening=opening, **times
        )

    @cached_property
    def centre_certificate(self) -> Certificate:
        return read_certificate(self.certify(self.root, self.root_key, "centre", self.centre))

    @cached_property
    def certificates(self) -> dict[str, bytes]:
        by_centre = (self.centre_certificate, keys(self.centre).signing)
        found = {self.centre: self.centre_certificate.data, "laptop-3": self.certify(*by_centre, "device", "laptop-3")}
        for name, roles in self.people.items():
            found[name] = self.certify(*by_centre, "person", name, roles=roles)
        found["log"] = self.certify(self.root, self.root_key, "log", LOG_NAME)
        return found

    @cached_property
    def trust(self) -> Trust:
        return Trust(self.root, self.certificates.values())

    def header(self, type: str, person: str = "assessor-1", device: str = "laptop-3", **changes: Any) -> Header:
        header = Header(
            type=type,
            sample=self.sample,
            programme=self.root.programme,
            centre=self.centre,
            device=device,
            device_seq=self.seq + 1,
            prev=self.last,
            person=person,
            keys=tuple(keys(n).key_id for n in (person, device) if n),
            claimed_wall_ms=T0,
            monotonic_ms=3_600_000,
            boot_id="b0075e1d",
            app_build="0.1.0",
        )
        return replace(header, **changes)

    def sign(self, type: str, body: dict[str, Any], person: str = "assessor-1", **changes: Any) -> bytes:
        """The next statement of the device."""
        header = self.header(type, person, **changes)
        data = seal(build_statement(header, body), type, [keys(n).signing for n in (person, header.device) if n])
        self.seq, self.last = self.seq + 1, record_id(data)
        return data

    def receipt(self, envelopes: list[bytes], index: int, *, alone: bool = True) -> bytes:
        leaves = [merkle.leaf_hash(e) for e in envelopes]
        note = sign_checkpoint(Checkpoint(LOG_NAME, len(leaves), merkle.root_of(leaves)), keys(LOG_NAME).signing)
        path = merkle.inclusion_proof(index, len(leaves), leaves)
        if not alone:
            return make_receipt(index, path, note)
        chain = self.trust.chain(self.trust.log_certificates(LOG_NAME))
        return make_receipt(index, path, note, leaf=leaves[index], certificates=chain)
