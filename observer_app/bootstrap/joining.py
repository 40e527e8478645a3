# SPDX-License-Identifier: GPL-3.0-or-later
"""Joining a programme with one-time codes: keys are made here, only their public halves travel.

A code counts once, for the keys it was first used with. So these are on the disk before the code leaves, in a folder
beside the machine's own, each sealed under its code: a stop, a slip in the other code or an answer that was lost costs
no new code. Joining that comes to its end removes the folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from observer_app.bootstrap.enrolling import check_new_passphrase, refuse_enrolled, setting_up
from observer_app.domain.moment import Clock
from observer_app.domain.roles import Role
from observer_app.errors import BadInput, IntegrityBroken, ObserverError
from observer_app.protocol import About, EnrolAnswer
from observer_app.sync.client import Client
from observer_app.sync.line import HttpTransport
from observer_app.trust.certificates import Certificate, read_certificate
from observer_app.trust.keys import KeySet
from observer_app.trust.passphrase import CHEAP_COST, choose_cost, open_secret, seal_secret
from observer_app.trust.programme import Trust
from observer_app.vault.device import DeviceStore, KnownPerson
from observer_app.vault.durable import make_folder, write_durably
from observer_app.vault.people import Secrets, check_handle, device_store_path, enrol_person, person_vault_path
from observer_app.vault.person import PersonVault
from observer_app.workflows.enrolment import Machine, save_machine

__all__ = ["join_with_code"]

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{7,40}")


def join_with_code(
    vault: Path, clock: Clock, codes: str, central: str, handle: str, name: str, passphrase: str
) -> None:
    """SLOW. Enrols this machine and its first person with the two codes the centre gave, in whichever order.

    It can be tried again with the same codes, after a restart too. Raises BadInput, Conflict, NotAllowed (a code
    unknown, used or run out), Unreachable, IntegrityBroken.
    """
    check_new_passphrase(passphrase)
    check_handle(handle)
    found = _CODE.findall(codes)
    if len(found) != 2:
        advice = "Type both codes, the machine's and yours, with a blank between them."
        raise BadInput("Two codes are needed: one for this machine, one for you.", advice=advice)
    refuse_enrolled(vault)
    with HttpTransport(central) as transport:
        client = Client(transport, None, clock=lambda: clock.now().wall_ms)
        about = client.about()
        kept = vault.with_name(f".{vault.name}.joining")
        answers = _redeemed(client, found, kept)
    trust = Trust(about.root)
    (device, device_keys), (person, person_keys) = answers
    device_certificate = _believed(trust, device, device_keys, "device")
    person_certificate = _believed(trust, person, person_keys, "person")
    if person_certificate.centre not in ("", device_certificate.centre):
        raise BadInput("The two codes are from different centres.", advice="Ask for two codes of one centre.")
    machine = _machine(about, trust, device_certificate, device_keys, central)
    with setting_up(vault):
        _keep(vault, machine, person_certificate, person_keys, handle, name, passphrase)
    shutil.rmtree(kept, ignore_errors=True)


def _machine(about: About, trust: Trust, device: Certificate, keys: KeySet, central: str) -> Machine:
    return Machine(
        programme=about.programme,
        sample=about.sample,
        centre=device.centre,
        centre_name=device.centre,
        device=device.subject,
        device_name=device.subject,
        root=about.root,
        certificates=tuple(c.data for c in trust.certificates if c is not trust.root) + about.log_certificates[:1],
        keys=keys,
        central=central,
    )


def _keys_for(code: str, kept: Path) -> KeySet:
    """The keys made for a code before, else new ones, durable. A code is long and random: sealing needs not be slow."""
    plain = "".join(c for c in code.upper() if c.isalnum())
    path = kept / hashlib.sha256(b"observer-joining-v1\0" + plain.encode()).hexdigest()[:32]
    try:
        return KeySet.from_secret(open_secret(path.read_bytes(), plain))
    except (FileNotFoundError, ObserverError):
        keys = KeySet.generate()
    make_folder(kept)
    write_durably(path, seal_secret(keys.secret, plain, CHEAP_COST))
    return keys


def _redeemed(client: Client, codes: Sequence[str], kept: Path) -> list[tuple[EnrolAnswer, KeySet]]:
    """What each code gave, and for which keys; the machine's first."""
    found = []
    for code in codes:
        keys = _keys_for(code, kept)
        found.append((client.enrol(code, keys.signing.public.raw, keys.opening.public), keys))
    return found[::-1] if [answer.kind for answer, _ in found] == ["person", "device"] else found


def _believed(trust: Trust, answer: EnrolAnswer, keys: KeySet, kind: str) -> Certificate:
    """The certificate we were given, once it leads to the programme's root and is for our own key."""
    if not answer.certificates:
        raise IntegrityBroken("The central store answered a code without a certificate.", subject=kind)
    trust.add(answer.certificates[:-1])
    found = read_certificate(answer.certificates[0])
    if found.kind != kind or found.key_id != keys.key_id:
        words = "One code has to be this machine's, the other your own."
        raise BadInput("A code is for something else than it was used for.", advice=words)
    return found


def _keep(
    vault: Path, machine: Machine, person: Certificate, keys: KeySet, handle: str, name: str, passphrase: str
) -> None:
    device_key, vault_key = os.urandom(32), os.urandom(32)
    with closing(DeviceStore(device_store_path(vault), device_key, create=True)) as store:
        save_machine(store, machine)
        roles = frozenset(Role(r) for r in person.roles if r in {x.value for x in Role})
        store.put_person(KnownPerson(person.subject, name, roles)).result()
    path = person_vault_path(vault, person.subject)
    make_folder(path.parent)
    PersonVault(path, vault_key, create=True).close()
    enrol_person(vault, Secrets(person.subject, handle, keys, vault_key, device_key), passphrase, choose_cost())
