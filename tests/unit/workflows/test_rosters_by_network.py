# SPDX-License-Identifier: GPL-3.0-or-later
"""The day's roster from the manager's machine to a room's, over a real central store, and back again as a check-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from observer_app.central.serve import RunningCentral, start_in_background
from observer_app.domain.sitting import Attendance, Consent
from observer_app.sync.client import Client, Identity
from observer_app.sync.line import HttpTransport
from observer_app.sync.transfer import Summary, exchange
from observer_app.vault.device import DeviceStore
from observer_app.vault.objects import ObjectFiles
from observer_app.workflows.enrolment import load_machine
from observer_app.workflows.rosters import tell_arrivals
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


def _manager_exchange(place: Place, central: RunningCentral) -> Summary:
    """As the manager's window exchanges: signed by the person too."""
    machine, signatory = load_machine(place.store), place.desk._signatory
    who = Identity(machine.root, machine.device, machine.keys.signing, MANAGER.person, signatory.keys.signing,
                   frozenset({"manager"}))  # fmt: skip
    with HttpTransport(central.url) as line:
        return exchange(place.store, place.files, line, who)


def _room_tells(place: Place, central: RunningCentral) -> int:
    machine = load_machine(place.room_store)
    who = Identity(machine.root, machine.device, machine.keys.signing)
    with HttpTransport(central.url) as line:
        return tell_arrivals(place.room_store, Client(line, who).arrived)


def _room(place: Place) -> str:
    (room,) = place.desk.rooms(place.day)
    assert bool(room.last_seen) == (room.roster == "arrived")
    return room.roster


def test_the_room_says_back_that_the_list_arrived(place: Place, central: RunningCentral) -> None:
    place.desk.take_in(place.file, MANAGER.passphrase).result()
    assert _room(place) == "not_sent"
    _manager_exchange(place, central)
    assert _room(place) == "sent" and _room_tells(place, central) == 0
    _exchange(central, place.room_store, place.room_files)
    assert _room_tells(place, central) == 0  # fetched, but not taken in yet: that is not arrived
    assert place.room_takes_in() == 1
    assert _room_tells(place, central) == 1 and _room_tells(place, central) == 0  # once is enough
    assert _room(place) == "sent"
    _manager_exchange(place, central)
    assert _room(place) == "arrived"
    place.desk.send_roster(place.day).result()  # the day as it stands now is another list
    assert _room(place) == "not_sent"
    _manager_exchange(place, central)
    assert _room(place) == "sent"


def test_a_list_from_a_stick_is_said_to_have_arrived_once_both_are_connected(
    place: Place, central: RunningCentral
) -> None:
    place.desk.take_in(place.file, MANAGER.passphrase).result()
    place.carry_to_room()
    assert place.room_takes_in() == 1
    _exchange(central, place.room_store, place.room_files)
    assert _room_tells(place, central) == 0  # the store does not have that list itself: told again later
    _manager_exchange(place, central)
    assert _room_tells(place, central) == 1
    _manager_exchange(place, central)
    assert _room(place) == "arrived"


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
