# SPDX-License-Identifier: GPL-3.0-or-later
"""EnrolPort: the first run of a machine."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from observer_app.bootstrap.enrolling import ROOT_CERTIFICATE, ROOT_KEY, NewPerson, enrol_new_centre
from observer_app.bootstrap.joining import join_with_code
from observer_app.bootstrap.machine_files import make_pack_folders
from observer_app.bootstrap.sample_day import ensure_sample_day
from observer_app.domain.moment import Clock
from observer_app.domain.roles import Role
from observer_app.workflows.enrolment import new_id
from observer_app.workflows.ports import StickProgress

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

    def new_centre(self, programme: str, centre: str, device: str, handle: str, name: str, passphrase: str) -> str:
        """A programme of its own with this machine as its first; what is to be kept safe now, in a sentence."""
        person = NewPerson(new_id("p"), handle, name, frozenset({Role.MANAGER, Role.ASSESSOR}), passphrase)
        enrol_new_centre(self._vault, self._clock, programme, centre, device, person)
        make_pack_folders(self._vault)
        return f"Copy {ROOT_KEY} and {ROOT_CERTIFICATE} from {self._vault} to two safe places now."

    def with_code(self, code: str, central: str, handle: str, name: str, passphrase: str) -> None:
        """Enrols this machine, or a person on it, with a one-time code of the centre."""
        join_with_code(self._vault, self._clock, code, central, handle, name, passphrase)
        make_pack_folders(self._vault)

    def restore(self, place: Path, handle: str, passphrase: str, progress: StickProgress) -> str:
        """Makes this machine the one whose backup lies in `place`, its packs' folders included."""
        from observer_app.bootstrap.restore import restore

        return restore(place, self._vault, handle, passphrase, self._clock.now(), progress=progress)
