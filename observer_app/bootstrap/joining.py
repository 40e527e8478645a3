# SPDX-License-Identifier: GPL-3.0-or-later
"""Joining a programme with one-time codes: keys are made here, only their public halves travel."""

from __future__ import annotations

import os
import re
from contextlib import closing
from pathlib import Path

from observer_app.bootstrap.enrolling import check_new_passphrase
from observer_app.domain.moment import Clock
from observer_app.domain.roles import Role
from observer_app.errors import BadInput, Conflict
from observer_app.protocol import EnrolAnswer
from observer_app.sync.client import Client
from observer_app.sync.line import HttpTransport
from observer_app.trust.certificates import Certificate, read_certificate
from observer_app.trust.keys import KeySet
from observer_app.trust.passphrase import choose_cost
from observer_app.trust.programme import Trust
from observer_app.vault.device import DeviceStore, KnownPerson
from observer_app.vault.durable import make_folder
from observer_app.vault.people import Secrets, device_store_path, enrol_person, person_vault_path
from observer_app.vault.person import PersonVault
from observer_app.workflows.enrolment import Machine, save_machine

__all__ = ["join_with_code"]

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{7,40}")


def join_with_code(
    vault: Path, clock: Clock, codes: str, central: str, handle: str, name: str, passphrase: str
) -> None:
    """SLOW. Enrols this machine and its first person with the two codes the centre gave: the machine's, the person's.

    Raises BadInput, Conflict, NotAllowed (a code unknown, used or run out), Unreachable, IntegrityBroken.
    """
    check_new_passphrase(passphrase)
    found = _CODE.findall(codes)
    if len(found) != 2:
        advice = "Type both codes, first the machine's, then yours, with a blank between them."
        raise BadInput("Two codes are needed: one for this machine, one for you.", advice=advice)
    path = device_store_path(vault)
    if path.exists():
        raise Conflict("This machine is enrolled already.", advice="Ask the centre manager to add you on it.")
    device_keys, person_keys = KeySet.generate(), KeySet.generate()
    with HttpTransport(central) as transport:
        client = Client(transport, None, clock=lambda: clock.now().wall_ms)
        about = client.about()
        device = client.enrol(found[0], device_keys.signing.public.raw, device_keys.opening.public)
        person = client.enrol(found[1], person_keys.signing.public.raw, person_keys.opening.public)
    trust = Trust(about.root)
    device_certificate = _believed(trust, device, device_keys, "device")
    person_certificate = _believed(trust, person, person_keys, "person")
    if person_certificate.centre not in ("", device_certificate.centre):
        raise BadInput("The two codes are from different centres.", advice="Ask for two codes of one centre.")
    machine = Machine(
        programme=about.programme,
        sample=about.sample,
        centre=device_certificate.centre,
        centre_name=device_certificate.centre,
        device=device_certificate.subject,
        device_name=device_certificate.subject,
        root=about.root,
        certificates=tuple(c.data for c in trust.certificates if c is not trust.root) + about.log_certificates[:1],
        keys=device_keys,
        central=central,
    )
    _keep(vault, machine, person_certificate, person_keys, handle, name, passphrase)


def _believed(trust: Trust, answer: EnrolAnswer, keys: KeySet, kind: str) -> Certificate:
    """The certificate we were given, once it leads to the programme's root and is for our own key."""
    trust.add(answer.certificates[:-1])
    found = read_certificate(answer.certificates[0])
    if found.kind != kind or found.key_id != keys.key_id:
        words = "the machine's code first, then yours" if kind == "device" else "your own code second"
        raise BadInput("A code is for something else than it was used for.", advice=f"Type {words}.")
    return found


def _keep(
    vault: Path, machine: Machine, person: Certificate, keys: KeySet, handle: str, name: str, passphrase: str
) -> None:
    device_key, vault_key = os.urandom(32), os.urandom(32)
    make_folder(vault)
    with closing(DeviceStore(device_store_path(vault), device_key, create=True)) as store:
        save_machine(store, machine)
        roles = frozenset(Role(r) for r in person.roles if r in {x.value for x in Role})
        store.put_person(KnownPerson(person.subject, name, roles)).result()
    path = person_vault_path(vault, person.subject)
    make_folder(path.parent)
    PersonVault(path, vault_key, create=True).close()
    enrol_person(vault, Secrets(person.subject, handle, keys, vault_key, device_key), passphrase, choose_cost())
