# SPDX-License-Identifier: GPL-3.0-or-later
"""Rosters that come late, out of turn, or after a long season: the day's newest list stays the newest."""

from __future__ import annotations

from pathlib import Path

import pytest

from observer_app.domain.moment import Moment
from observer_app.domain.sitting import Attendance
from observer_app.workflows import rosters
from observer_app.workflows.enrolment import load_machine
from observer_app.workflows.roster_file import read_roster_file
from tests.unit.workflows.place_cast import CLOCK, MANAGER, Place, two_machines

place = two_machines


def test_an_earlier_list_that_comes_later_does_not_take_the_place_of_the_newest(place: Place, tmp_path: Path) -> None:
    """The newest came on a stick while the line was down; then the line brings them all in their order."""
    place.desk.take_in(place.file, MANAGER.passphrase).result()
    place.desk.send_roster(place.day).result()
    machine = load_machine(place.room_store)
    file = place.desk.write_roster(place.day, tmp_path)
    read_roster_file(file, place.room_store, place.room_files, machine, machine.trust())
    newest = place.store.sittings.roster(place.day)
    taken = place.room_store.sittings.roster(place.day)
    assert newest is not None and taken is not None and taken.statement == newest.statement
    place.carry_to_room()
    place.room_takes_in()
    after = place.room_store.sittings.roster(place.day)
    assert after is not None and after.statement == newest.statement
    place.desk.send_roster(place.day).result()
    place.carry_to_room()
    assert place.room_takes_in() == 1
    last, here = place.store.sittings.roster(place.day), place.room_store.sittings.roster(place.day)
    assert last is not None and here is not None and here.statement == last.statement != newest.statement


def test_a_long_season_of_check_ins_still_reaches_the_rooms(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """What happened since the machine was new travels along; beyond one object's limit it takes several."""
    monkeypatch.setattr(rosters, "_MAX_HISTORY", 24_000)
    place.desk.take_in(place.file, MANAGER.passphrase).result()
    sittings = place.store.sittings.states(place.day)
    for number in range(150):
        now = CLOCK.now()
        at = Moment(now.monotonic_us, now.boot_id, now.wall_ms + number)
        one = sittings[number % len(sittings)].sitting.id
        saved = place.store.sittings.append(place.day, one, "arrived", "p-m", at)
    saved.result(10)
    place.desk.send_roster(place.day).result()
    place.carry_to_room()
    assert place.room_takes_in() == 2
    states = place.room_store.sittings.states(place.day)
    assert {s.attendance for s in states} == {Attendance.ARRIVED}
