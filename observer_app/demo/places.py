# SPDX-License-Identifier: GPL-3.0-or-later
"""The machines of the demonstration: the centre's, two rooms', the moderator's, each with stores of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.enrolling import add_person, make_machine
from observer_app.bootstrap.sample_day import name_people
from observer_app.bootstrap.sample_people import SamplePerson
from observer_app.bootstrap.session import Session
from observer_app.domain.moment import Clock
from observer_app.trust.passphrase import CHEAP_COST
from observer_app.trust.samples import sample_root
from observer_app.workflows.enrolment import Centre
from observer_app.workflows.recording import CameraSettings
from observer_app.workflows.room import keep_camera

__all__ = ["Place", "Say"]

Say = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    """One machine with the person who works at it."""

    name: str
    vault: Path
    person: SamplePerson
    clock: Clock

    @classmethod
    def set_up(
        cls, folder: Path, name: str, person: SamplePerson, centre: Centre, clock: Clock, central: str,
        *, camera: Path | None = None, holds_centre: bool = False, also: SamplePerson | None = None,
    ) -> Place:  # fmt: skip
        """A new machine of the centre with `person` enrolled on it, and perhaps somebody else too."""
        now_ms = clock.now().wall_ms
        vault = folder / name
        store, key = make_machine(
            vault, centre, sample_root(), name.capitalize(), now_ms, central=central, holds_centre=holds_centre
        )
        try:
            for one in (person, also):
                if one is not None:
                    add_person(
                        vault, store, key, one.new(), centre.certificate, centre.keys.signing, now_ms, cost=CHEAP_COST
                    )
            name_people(store)
            if camera is not None:
                keep_camera(store, CameraSettings(str(camera), width=640, height=360, fps=25))
        finally:
            store.close()
        return cls(name, vault, person, clock)

    @contextmanager
    def signed_in(self) -> Iterator[Session]:
        """The person signed in with their own passphrase; locked again afterwards."""
        session = Desktop(self.vault, self.clock).sign_in(self.person.name, self.person.passphrase)
        try:
            yield session
        finally:
            session.lock()

    def exchange(self) -> str:
        """Sends and fetches once."""
        with self.signed_in() as session:
            return session.send.exchange(lambda words: None)
