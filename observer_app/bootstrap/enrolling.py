# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting a machine up: its store, its keys, its certificates, the people who sign in on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from observer_app import BUILD
from observer_app.domain.moment import Clock
from observer_app.domain.roles import Role
from observer_app.errors import BadInput, Conflict
from observer_app.trust.certificates import Certificate, make_root, read_certificate
from observer_app.trust.keys import KeySet, PrivateKey
from observer_app.trust.passphrase import CHEAP_COST, Cost, choose_cost, seal_secret
from observer_app.trust.samples import SAMPLE_PROGRAMME, sample_root, sample_root_key
from observer_app.vault.device import DeviceStore, KnownPerson
from observer_app.vault.durable import make_folder, write_durably
from observer_app.vault.people import (
    Secrets,
    check_handle,
    device_store_path,
    enrol_person,
    enrolled_people,
    person_vault_path,
)
from observer_app.vault.person import PersonVault
from observer_app.workflows.enrolment import (
    CENTRE_LIFE_MS,
    Centre,
    Machine,
    certify_device,
    certify_person,
    new_centre,
    new_id,
    save_machine,
)

__all__ = [
    "ROOT_CERTIFICATE", "ROOT_KEY", "NewPerson", "add_person", "check_new_passphrase", "enrol_new_centre",
    "make_machine", "refuse_enrolled", "sample_centre", "setting_up", "unfinished",
]  # fmt: skip

_SHORTEST = 12
_UNFINISHED = "setting-up.unfinished"
ROOT_KEY, ROOT_CERTIFICATE = "programme-root.key", "programme-root.certificate"


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Someone to be enrolled. `person` is the pseudonymous id, `handle` the sign-in name, `name` shown here only."""

    person: str
    handle: str
    name: str
    roles: frozenset[Role]
    passphrase: str


def check_new_passphrase(words: str) -> None:
    """Raises BadInput for a passphrase that could be guessed by trying."""
    if len(words.strip()) < _SHORTEST:
        advice = "Choose at least four words that do not belong together."
        raise BadInput(f"A passphrase needs at least {_SHORTEST} characters.", advice=advice)


@contextmanager
def setting_up(root: Path, people: int = 1) -> Iterator[None]:
    """A machine is set up whole or not at all, with so many people on it. What a stop or an error has left of one that
    was never finished goes: nobody can sign in there, for its key was sealed for nobody. Raises Conflict where there is
    a machine."""
    mark = root / _UNFINISHED
    refuse_enrolled(root)
    _clear(root)
    write_durably(make_folder(root) / _UNFINISHED, str(people).encode())
    try:
        yield
    except BaseException:
        if unfinished(root):
            _clear(root)
        raise
    mark.unlink(missing_ok=True)


def refuse_enrolled(root: Path) -> None:
    """Raises Conflict where there is a machine; one whose setting up was stopped is none."""
    if device_store_path(root).exists() and not unfinished(root):
        raise Conflict("This machine is enrolled already.", advice="Ask the centre manager to add you on it.")


def unfinished(root: Path) -> bool:
    """Whether setting this machine up was stopped before everybody it was for could sign in on it."""
    mark = root / _UNFINISHED
    return mark.exists() and len(enrolled_people(root)) < int(mark.read_bytes() or b"1")


def _clear(root: Path) -> None:
    """What setting up makes, its mark last."""
    if not (root / _UNFINISHED).exists():
        return
    shutil.rmtree(root / "people", ignore_errors=True)
    for path in [root / ROOT_KEY, root / ROOT_CERTIFICATE, root / "people.json", *root.glob("device.*")]:
        path.unlink(missing_ok=True)
    (root / _UNFINISHED).unlink()


def sample_centre(name: str, now_ms: int) -> Centre:
    """A centre of the sample programme, whose root key is published."""
    return new_centre(sample_root(), [sample_root_key()], new_id("c"), name, now_ms)


def make_machine(
    root: Path, centre: Centre, programme_root: Certificate, device_name: str, now_ms: int,
    *, certificates: Iterable[bytes] = (), central: str = "", holds_centre: bool = False,
) -> tuple[DeviceStore, bytes]:  # fmt: skip
    """A new machine of `centre` in the folder `root`: (its open store, the store's key). Raises Conflict when the
    folder is one already."""
    path = device_store_path(root)
    if path.exists():
        raise Conflict("This folder already holds a machine's stores.", advice="Choose an empty folder.")
    make_folder(root)
    key, keys, device = os.urandom(32), KeySet.generate(), new_id("d")
    machine = Machine(
        programme=programme_root.programme,
        sample=programme_root.sample,
        centre=centre.id,
        centre_name=centre.name,
        device=device,
        device_name=device_name,
        root=programme_root.data,
        certificates=(centre.certificate.data, certify_device(centre, device, keys, now_ms), *certificates),
        keys=keys,
        centre_keys=centre.keys if holds_centre else None,
        central=central,
    )
    store = DeviceStore(path, key, create=True)
    save_machine(store, machine)
    store.set_setting(f"device_name/{device}", device_name.encode()).result()
    return store, key


def add_person(
    root: Path, store: DeviceStore, device_key: bytes, new: NewPerson,
    issuer: Certificate, issuer_key: PrivateKey, now_ms: int, *, cost: Cost | None = None,
) -> bytes:  # fmt: skip
    """SLOW. Enrols a person on this machine; their certificate. Raises Conflict, BadInput."""
    check_new_passphrase(new.passphrase)
    if any(p.handle.casefold() == new.handle.strip().casefold() for p in enrolled_people(root)):
        raise Conflict(f"“{new.handle}” is already enrolled on this machine.", advice="Choose another sign-in name.")
    keys, vault_key = KeySet.generate(), os.urandom(32)
    certificate = certify_person(issuer, issuer_key, new.person, keys, sorted(new.roles), now_ms)
    path = person_vault_path(root, new.person)
    make_folder(path.parent)
    PersonVault(path, vault_key, create=True).close()
    store.statements.put(certificate).result()
    store.put_person(KnownPerson(new.person, new.name, new.roles)).result()
    secrets = Secrets(new.person, new.handle, keys, vault_key, device_key)
    enrol_person(root, secrets, new.passphrase, cost or choose_cost())
    return certificate


def enrol_new_centre(
    root: Path, clock: Clock, programme: str, centre: str, device: str, person: NewPerson, *, cost: Cost | None = None
) -> None:
    """SLOW. A programme of its own with one centre, this machine and its first person, who manages it.

    The programme's root key is left in `programme-root.key`, sealed under the person's passphrase, to be moved to a
    safe place; its certificate beside it is what a central store adopts and `observer verify --root` believes. Raises
    BadInput, Conflict.
    """
    check_new_passphrase(person.passphrase)
    check_handle(person.handle)
    if programme == SAMPLE_PROGRAMME:
        raise BadInput("“sample” is the name of the sample programme.", advice="Choose another name.")
    now_ms, root_key, cost = clock.now().wall_ms, PrivateKey.generate(), cost or choose_cost()
    until = now_ms + 2 * CENTRE_LIFE_MS
    made = read_certificate(
        make_root(programme, [root_key], build=BUILD, not_before_ms=now_ms - 86_400_000, not_after_ms=until)
    )
    own = new_centre(made, [root_key], new_id("c"), centre, now_ms)
    with setting_up(root):
        store, key = make_machine(root, own, made, device, now_ms, holds_centre=True)
        with closing(store):
            write_durably(root / ROOT_KEY, seal_secret(root_key.seed, person.passphrase, cost))
            write_durably(root / ROOT_CERTIFICATE, made.data)
            officer = replace(person, roles=person.roles | {Role.KEY_OFFICER, Role.MODERATOR})
            add_person(root, store, key, officer, made, root_key, now_ms, cost=cost)


SAMPLE_COST = CHEAP_COST
