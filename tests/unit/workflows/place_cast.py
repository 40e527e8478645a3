# SPDX-License-Identifier: GPL-3.0-or-later
"""A centre's machine with its manager and a day's file, and a room's machine of the same centre, on real stores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.enrolling import add_person, make_machine, sample_centre
from observer_app.bootstrap.sample_people import PEOPLE, sample_file, sample_sittings
from observer_app.domain.roles import Role
from observer_app.packs.loading import load_all
from observer_app.shipped import shipped
from observer_app.trust.passphrase import CHEAP_COST
from observer_app.trust.samples import sample_root
from observer_app.vault.objects import ObjectFiles
from observer_app.vault.people import open_person
from observer_app.workflows.board_views import ExportView
from observer_app.workflows.centre import CentreDesk
from observer_app.workflows.enrolment import Centre, load_machine
from observer_app.workflows.records import RecordReader
from observer_app.workflows.rosters import take_in_rosters
from observer_app.workflows.signing import Signatory

CLOCK = MachineClock()
LIBRARY = load_all([shipped("rubrics"), shipped("resources") / "scenarios"])
SCENARIOS = list(LIBRARY.scenarios.values())
MANAGER = next(p for p in PEOPLE if p.role is Role.MANAGER)


class Place:
    """A centre machine with its manager, and a room's machine of the same centre."""

    def __init__(self, folder: Path) -> None:
        now = CLOCK.now().wall_ms
        self.centre: Centre = sample_centre("Sample Centre North", now)
        self.room_store, _ = make_machine(folder / "room", self.centre, sample_root(), "Room 1", now)
        room = load_machine(self.room_store)
        certificates = [c for c in room.certificates if c != self.centre.certificate.data]
        root = folder / "centre"
        self.store, key = make_machine(
            root, self.centre, sample_root(), "Centre", now, certificates=certificates, holds_centre=True
        )
        for person in PEOPLE:
            add_person(
                root, self.store, key, person.new(), self.centre.certificate, self.centre.keys.signing, now,
                cost=CHEAP_COST,
            )  # fmt: skip
        secrets = open_person(root, MANAGER.name, MANAGER.passphrase, CLOCK.now())
        self.files = ObjectFiles(root)
        self.room_files = ObjectFiles(folder / "room")
        machine = load_machine(self.store)
        signatory = Signatory(root, machine, self.store, CLOCK, secrets.person, secrets.keys)
        keys = [secrets.keys, machine.keys, self.centre.keys]
        reader = RecordReader(self.store, self.files, machine, machine.trust(), LIBRARY, keys)
        self.desk = CentreDesk(
            signatory, self.files, SCENARIOS, lambda day, out, progress: ExportView(str(out), ()), reader
        )
        self.file = folder / "day.csv"
        sittings = sample_sittings(datetime(2026, 11, 24, 9, 0), SCENARIOS, 4)
        self.day = sittings[0].day
        self.file.write_text(sample_file(sittings, dict(LIBRARY.scenarios)))

    def carry_to_room(self) -> None:
        """What the central store would carry: statements, objects and wraps, as they are."""
        for kept in self.store.statements.of_type("certificate"):
            self.room_store.statements.put(kept.envelope).result()
        for kept in self.store.statements.of_type("roster"):
            self.room_store.statements.put(kept.envelope).result()
            for item in (i for i in self.store.objects(kept.about) if self.files.has(i.sha256)):
                self.room_files.put(self.files.read(item.sha256))
                for wrap in self.store.wraps(item.sha256):
                    self.room_store.put_wrap(wrap).result()

    def room_takes_in(self) -> int:
        machine = load_machine(self.room_store)
        return take_in_rosters(self.room_store, self.room_files, machine, machine.trust())


@pytest.fixture
def two_machines(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path)
    yield found
    found.store.close()
    found.room_store.close()
