# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole small programme for tests: root, centres, machines, people, and statements they really sign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from observer_app.central.serve import RunningCentral, start_in_background
from observer_app.central.store import now_ms, set_up
from observer_app.sync.client import Identity
from observer_app.trust.certificates import Certificate, issue_certificate, make_root, read_certificate
from observer_app.trust.envelope import seal
from observer_app.trust.keys import KeySet, PrivateKey
from observer_app.trust.samples import sample_root, sample_root_key
from observer_app.trust.statements import NO_PREVIOUS, Header, build_statement
from observer_app.vault.device import DeviceStore
from observer_app.vault.objects import ObjectFiles
from observer_app.vault.outbox import ToSend
from observer_app.vault.statements import Wrap

H = "ab" * 32
_SPAN = {"not_before_ms": now_ms() - 86_400_000, "not_after_ms": now_ms() + 86_400_000 * 300}


@dataclass(frozen=True)
class Holder:
    """Someone with a certificate: a machine, person or centre."""

    certificate: Certificate
    keys: KeySet

    @property
    def id(self) -> str:
        return self.certificate.subject


class Programme:
    """One root and what it certifies; `sample` uses the published root."""

    def __init__(self, name: str = "england", *, sample: bool = False) -> None:
        self.root_key = sample_root_key() if sample else PrivateKey.generate()
        self.root = sample_root() if sample else read_certificate(make_root(name, [self.root_key], **_SPAN))
        self.log_key = PrivateKey.generate()
        log = issue_certificate(
            self.root, [self.root_key], kind="log", subject=f"{self.root.programme}/central",
            signing=self.log_key.public, **_SPAN,
        )  # fmt: skip
        self.log = log
        self.certificates: list[bytes] = []

    def _hold(self, issuer: Certificate, key: PrivateKey, kind: str, subject: str, **more: Any) -> Holder:
        keys = KeySet.generate()
        data = issue_certificate(
            issuer, [key], kind=kind, subject=subject, signing=keys.signing.public, opening=keys.opening.public,
            **_SPAN, **more,
        )  # fmt: skip
        self.certificates.append(data)
        return Holder(read_certificate(data), keys)

    def centre(self, subject: str) -> Holder:
        return self._hold(self.root, self.root_key, "centre", subject)

    def device(self, centre: Holder, subject: str) -> Holder:
        return self._hold(centre.certificate, centre.keys.signing, "device", subject)

    def person(self, centre: Holder | None, subject: str, *roles: str) -> Holder:
        issuer, key = (centre.certificate, centre.keys.signing) if centre else (self.root, self.root_key)
        return self._hold(issuer, key, "person", subject, roles=roles)

    def set_up(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        set_up(data, self.root.data, [self.log], self.log_key)

    def serve(self, data: Path) -> RunningCentral:
        self.set_up(data)
        return start_in_background(data)

    def header(self, kind: str, seq: int, prev: str, device: Holder | None, signers: Sequence[Holder]) -> Header:
        person = next((s.id for s in signers if s.certificate.kind == "person"), "")
        return Header(
            type=kind, sample=self.root.sample, programme=self.root.programme,
            centre=device.certificate.centre if device else signers[0].certificate.centre,
            device=device.id if device else "", device_seq=seq, prev=prev, person=person,
            keys=tuple(s.keys.key_id for s in signers), claimed_wall_ms=now_ms(), monotonic_ms=1, boot_id="boot",
            app_build="test",
        )  # fmt: skip


def sealed(header: Header, body: dict[str, Any], signers: Iterable[Holder]) -> bytes:
    return seal(build_statement(header, body), header.type, [s.keys.signing for s in signers])


def record_body(number: int = 1, *, event_log: str = H, media: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    pack = {"id": "pack", "version": "1", "sha256": H}
    return {
        "observation": f"o-{number}", "sitting": f"s-{number}", "candidate": f"c-{number}", "actor": "",
        "framework": pack, "scenario": pack,
        "ratings": [{"criterion": "k1", "value": 3, "at_ms": 5, "event": 7}], "unrated": [],
        "global_rating": None, "outcome": {"score": 3, "passed": "yes"}, "events": {"count": 7, "head": H},
        "event_log": {"sha256": event_log, "size": 1}, "media": list(media),
    }  # fmt: skip


def second_mark_body(record: str) -> dict[str, Any]:
    names = ("ratings", "unrated", "global_rating", "outcome", "events", "event_log")
    return {"record": record, **{n: record_body()[n] for n in names}}


@dataclass
class Machine:
    """A machine with a real device store; `person` is whoever is signed in."""

    programme: Programme
    device: Holder
    root: Path
    store: DeviceStore = field(init=False)
    files: ObjectFiles = field(init=False)

    def __post_init__(self) -> None:
        self.store = DeviceStore(self.root / "device.db", bytes(32), create=True)
        self.files = ObjectFiles(self.root)
        for certificate in self.programme.certificates:
            self.store.statements.put(certificate).result()

    def identity(self, person: Holder | None = None) -> Identity:
        if person is None:
            return Identity(self.programme.root.data, self.device.id, self.device.keys.signing)
        return Identity(
            self.programme.root.data, self.device.id, self.device.keys.signing, person.id, person.keys.signing,
            person.certificate.roles,
        )  # fmt: skip

    def sign(
        self, kind: str, body: dict[str, Any], *signers: Holder, send: Sequence[ToSend] = (),
        wraps: Sequence[Wrap] = (), objects: Sequence[tuple[str, str, int]] = (), about: str = "",
    ) -> str:  # fmt: skip
        who = (*signers, self.device)

        def build(seq: int, prev: str) -> bytes:
            return sealed(self.programme.header(kind, seq, prev, self.device, who), body, who)

        return self.store.statements.sign_and_store(
            build, send=send, wraps=wraps, objects=objects, about=about
        ).result()

    def close(self) -> None:
        self.store.close()


def chain(programme: Programme, device: Holder, person: Holder, count: int) -> list[bytes]:
    """Envelopes of `count` records of one device, without a store."""
    from observer_app.trust.envelope import record_id

    found, prev = list[bytes](), NO_PREVIOUS
    for seq in range(1, count + 1):
        header = programme.header("record", seq, prev, device, (person, device))
        body = {**record_body(seq), "observation": f"o-{device.id}-{seq}"}  # another machine's is another
        found.append(sealed(header, body, (person, device)))
        prev = record_id(found[-1])
    return found
