# SPDX-License-Identifier: GPL-3.0-or-later
"""The day's roster from the manager's machine to a room's, over a real central store, and back again as a check-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from observer_app.central.serve import RunningCentral, start_in_background
from observer_app.domain.sitting import Attendance, Consent
from observer_app.sync.client import Identity
from observer_app.sync.line import HttpTransport
from observer_app.sync.transfer import Summary, exchange
from observer_app.vault.device import DeviceStore
from observer_app.vault.objects import ObjectFiles
from observer_app.workflows.enrolment import load_machine
from tests.unit.workflows.place_cast import CLOCK, MANAGER, Place, two_machines


@pytest.fixture
def central(tmp_path: Path) -> Iterator[RunningCentral]:
    found = start_in_background(tmp_path / "central")
    yield found
    found.stop()


place = two_machines


def _exchange(central: RunningCentral, store: DeviceStore, files: ObjectFiles) -> Summary:
    machine = load_machine(store)
    with HttpTransport(central.url) as line:
        return exchange(store, files, line, Identity(machine.root, machine.device, machine.keys.signing))


def test_check_in_reaches_the_room_over_the_network(place: Place, central: RunningCentral) -> None:
    place.desk.take_in(place.file, MANAGER.passphrase).result()
    assert _exchange(central, place.store, place.files).problems == ()
    got = _exchange(central, place.room_store, place.room_files)
    assert (got.problems, got.objects_received, got.wraps_received) == ((), 2, 1)
    assert place.room_takes_in() == 1
    first = place.desk.board(place.day, CLOCK.now()).rows[0]
    place.desk.check_in(first.sitting, identity=True, consent="given", at=CLOCK.now()).result()
    place.desk.send_roster(place.day).result()
    _exchange(central, place.store, place.files)
    _exchange(central, place.room_store, place.room_files)
    assert place.room_takes_in() == 1
    state = next(s for s in place.room_store.sittings.states(place.day) if s.sitting.candidate.id == first.candidate.id)
    assert (state.attendance, state.sitting.consent) == (Attendance.ARRIVED, Consent.GIVEN)
    assert central.store.faults() == []
