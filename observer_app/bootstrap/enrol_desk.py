# SPDX-License-Identifier: GPL-3.0-or-later
"""EnrolPort: the first run of a machine, and people added later."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from observer_app.bootstrap.enrolling import NewPerson, add_person, enrol_new_centre
from observer_app.bootstrap.joining import join_with_code
from observer_app.bootstrap.machine_files import make_pack_folders
from observer_app.bootstrap.sample_day import ensure_sample_day
from observer_app.bootstrap.session import Session
from observer_app.domain.moment import Clock
from observer_app.domain.roles import Role
from observer_app.errors import BadInput, NotAllowed
from observer_app.workflows.enrolment import new_id
from observer_app.workflows.ports import SessionPort

__all__ = ["EnrolDesk"]


class EnrolDesk:
    """Every method is SLOW: keys are made and passphrases stretched."""

    def __init__(self, vault: Path, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    def sample_day(self) -> None:
        """Sets this machine up with the sample programme, its people and bookings for today; again on another day it
        only adds that day's bookings."""
        ensure_sample_day(self._vault, self._clock, datetime.now())

    def new_centre(self, programme: str, centre: str, device: str, handle: str, name: str, passphrase: str) -> None:
        """A programme of its own with this machine as its first."""
        person = NewPerson(new_id("p"), handle, name, frozenset({Role.MANAGER, Role.ASSESSOR}), passphrase)
        enrol_new_centre(self._vault, self._clock, programme, centre, device, person)
        make_pack_folders(self._vault)

    def with_code(self, code: str, central: str, handle: str, name: str, passphrase: str) -> None:
        """Enrols this machine, or a person on it, with a one-time code of the centre."""
        join_with_code(self._vault, self._clock, code, central, handle, name, passphrase)
        make_pack_folders(self._vault)

    def add_person(self, session: SessionPort, handle: str, name: str, roles: frozenset[str], passphrase: str) -> None:
        """Adds a person at the centre manager's machine. Raises NotAllowed elsewhere."""
        if not isinstance(session, Session) or Role.MANAGER not in session.roles:
            raise NotAllowed("Only the centre manager adds people.", advice="Sign in as the manager.")
        machine = session.machine
        if machine.centre_keys is None:
            raise NotAllowed("This machine does not hold the centre's key.", advice="Use the manager's machine.")
        own = session.trust.certificates_for(machine.centre_keys.key_id)
        unknown = roles - {r.value for r in Role}
        if not own or unknown or not roles:
            raise BadInput("Choose at least one role for this person.")
        new = NewPerson(new_id("p"), handle, name, frozenset(Role(r) for r in roles), passphrase)
        key = session.device_key()
        now_ms = self._clock.now().wall_ms
        add_person(self._vault, session.store, key, new, own[-1], machine.centre_keys.signing, now_ms)
