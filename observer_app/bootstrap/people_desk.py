# SPDX-License-Identifier: GPL-3.0-or-later
"""PeoplePort: who may sign in on the centre manager's machine, and adding someone."""

from __future__ import annotations

from pathlib import Path

from observer_app.bootstrap.enrolling import NewPerson, add_person
from observer_app.domain.moment import Clock
from observer_app.domain.roles import Role
from observer_app.errors import BadInput, NotAllowed
from observer_app.vault.device import DeviceStore
from observer_app.vault.people import enrolled_people
from observer_app.workflows.enrolment import Machine, new_id
from observer_app.workflows.views import PersonCard

__all__ = ["PeopleDesk"]


class PeopleDesk:
    """For a signed-in manager. `device_key` is the machine's store's, to be sealed for the new person."""

    def __init__(self, vault: Path, clock: Clock, store: DeviceStore, machine: Machine, device_key: bytes) -> None:
        self._vault, self._clock, self._store = vault, clock, store
        self._machine, self._device_key = machine, device_key

    def here(self) -> tuple[PersonCard, ...]:
        """Everyone who may sign in on this machine."""
        known = {p.person: p for p in self._store.people()}
        return tuple(
            PersonCard(p.handle, known[p.person].name if p.person in known else p.handle,
                       known[p.person].roles if p.person in known else frozenset())
            for p in enrolled_people(self._vault)
        )  # fmt: skip

    def add(self, handle: str, name: str, roles: frozenset[str], passphrase: str) -> None:
        """SLOW. Certifies and enrols. Raises BadInput, Conflict, NotAllowed where the centre's key is not."""
        keys = self._machine.centre_keys
        if keys is None:
            raise NotAllowed("This machine does not hold the centre's key.", advice="Use the manager's machine.")
        own = self._machine.trust().certificates_for(keys.key_id)
        if not own or not roles or roles - {r.value for r in Role}:
            raise BadInput("No role was chosen for this person.", advice="Tick at least one.")
        new = NewPerson(new_id("p"), handle, name, frozenset(Role(r) for r in roles), passphrase)
        now_ms = self._clock.now().wall_ms
        add_person(self._vault, self._store, self._device_key, new, own[-1], keys.signing, now_ms)
