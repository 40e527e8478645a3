# SPDX-License-Identifier: GPL-3.0-or-later
"""Enrolment: who may sign what on a machine, decided once, kept in the device store.

1. Keys are made where they are used; only public keys and certificates ever travel.
2. A centre's own key lies in the store of its manager's machine alone: it certifies machines and people of the centre
   and opens what is wrapped to the centre.
3. What is kept here under `setting` names is a format: a machine enrolled today is opened by next year's Observer.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from observer_app import BUILD
from observer_app.domain.roles import Role
from observer_app.errors import BadInput
from observer_app.trust.certificates import Certificate, issue_certificate, read_certificate
from observer_app.trust.keys import KeySet, PrivateKey
from observer_app.trust.programme import Trust
from observer_app.vault.device import DeviceStore

__all__ = ["DEVICE_LIFE_MS", "PERSON_LIFE_MS", "Centre", "Machine", "certify_device", "certify_person", "load_machine",
           "new_centre", "new_id", "save_machine"]  # fmt: skip

_DAY_MS = 86_400_000
DEVICE_LIFE_MS = 90 * _DAY_MS
PERSON_LIFE_MS = 730 * _DAY_MS
CENTRE_LIFE_MS = 3650 * _DAY_MS
_EARLIER_MS = _DAY_MS  # a certificate begins a day early: clocks of other machines may be behind


@dataclass(frozen=True)
class Centre:
    """A centre that can certify: its certificate and keys."""

    id: str
    name: str
    certificate: Certificate
    keys: KeySet = field(repr=False)


@dataclass(frozen=True)
class Machine:
    """What a machine is: its ids, its keys, the programme it trusts, and on a manager's machine the centre's keys.

    `certificates` are envelopes under the root (the root itself not among them). `central` is the store's address, ""
    while it has none. `former_keys` were this machine's before; they sign no more, and open what was wrapped to them.
    """

    programme: str
    sample: bool
    centre: str
    centre_name: str
    device: str
    device_name: str
    root: bytes
    certificates: tuple[bytes, ...]
    keys: KeySet = field(repr=False)
    centre_keys: KeySet | None = field(default=None, repr=False)
    central: str = ""
    former_keys: tuple[KeySet, ...] = field(default=(), repr=False)
    former_centre_keys: tuple[KeySet, ...] = field(default=(), repr=False)

    @property
    def opening_keys(self) -> tuple[KeySet, ...]:
        """This machine's keys, the newest first: what was wrapped to a former one is still opened with it."""
        return (self.keys, *self.former_keys)

    def trust(self) -> Trust:
        """The programme's root with every certificate known here."""
        return Trust(self.root, self.certificates)


def new_id(kind: str) -> str:
    """A pseudonymous id: the kind's letter and 96 random bits."""
    return f"{kind}-{secrets.token_hex(12)}"


def new_centre(root: Certificate, root_keys: Iterable[PrivateKey], centre: str, name: str, now_ms: int) -> Centre:
    """A centre certified by the programme's root."""
    keys = KeySet.generate()
    data = issue_certificate(
        root,
        list(root_keys),
        kind="centre",
        subject=centre,
        signing=keys.signing.public,
        opening=keys.opening.public,
        build=BUILD,
        not_before_ms=now_ms - _EARLIER_MS,
        not_after_ms=now_ms + CENTRE_LIFE_MS,
    )
    return Centre(centre, name, read_certificate(data), keys)


def certify_device(centre: Centre, device: str, keys: KeySet, now_ms: int) -> bytes:
    """A device's certificate, for ninety days."""
    return issue_certificate(
        centre.certificate,
        [centre.keys.signing],
        kind="device",
        subject=device,
        signing=keys.signing.public,
        opening=keys.opening.public,
        build=BUILD,
        not_before_ms=now_ms - _EARLIER_MS,
        not_after_ms=now_ms + DEVICE_LIFE_MS,
    )


def certify_person(
    issuer: Certificate, issuer_key: PrivateKey, person: str, keys: KeySet, roles: Iterable[Role], now_ms: int
) -> bytes:
    """A person's certificate: by a centre for its own people, by the root for moderators and key officers."""
    return issue_certificate(
        issuer,
        [issuer_key],
        kind="person",
        subject=person,
        signing=keys.signing.public,
        opening=keys.opening.public,
        roles=[role.value for role in roles],
        build=BUILD,
        not_before_ms=now_ms - _EARLIER_MS,
        not_after_ms=now_ms + PERSON_LIFE_MS,
    )


def save_machine(store: DeviceStore, machine: Machine) -> None:
    """Keeps the machine in its own store. Returns once it is durable."""
    texts = {
        "machine/programme": machine.programme,
        "machine/centre": machine.centre,
        "machine/centre_name": machine.centre_name,
        "machine/device": machine.device,
        "machine/device_name": machine.device_name,
        "machine/central": machine.central,
        "machine/sample": "1" if machine.sample else "",
    }
    values = {name: words.encode() for name, words in texts.items()}
    values["machine/root"] = machine.root
    values["machine/keys"] = machine.keys.secret
    if machine.centre_keys is not None:
        values["machine/centre_keys"] = machine.centre_keys.secret
    for name, value in values.items():
        store.set_setting(name, value).result()
    for certificate in machine.certificates:
        store.statements.put(certificate).result()


def load_machine(store: DeviceStore) -> Machine:
    """Reads back what `save_machine` kept, with every certificate that has arrived since.

    Raises BadInput when the set-up was cut short.
    """
    found = store.settings("machine/")

    def words(name: str) -> str:
        return found.get(f"machine/{name}", b"").decode()

    if "machine/root" not in found or "machine/keys" not in found:
        advice = "Start Observer in a folder of its own, or restore this one from its copy."
        raise BadInput("This machine was never completely set up.", advice=advice)
    centre_keys = found.get("machine/centre_keys")
    arrived = (*store.statements.of_type("certificate"), *store.statements.of_type("revocation"))
    return Machine(
        programme=words("programme"),
        sample=words("sample") == "1",
        centre=words("centre"),
        centre_name=words("centre_name"),
        device=words("device"),
        device_name=words("device_name"),
        root=found["machine/root"],
        certificates=tuple(s.envelope for s in arrived),
        keys=KeySet.from_secret(found["machine/keys"]),
        centre_keys=KeySet.from_secret(centre_keys) if centre_keys else None,
        central=words("central"),
        former_keys=_several(found.get("machine/former_keys", b"")),
        former_centre_keys=_several(found.get("machine/former_centre_keys", b"")),
    )


def _several(secrets_of: bytes) -> tuple[KeySet, ...]:
    return tuple(KeySet.from_secret(secrets_of[at : at + 64]) for at in range(0, len(secrets_of), 64))
