# SPDX-License-Identifier: GPL-3.0-or-later
"""Rosters that come late, out of turn, or after a long season: the day's newest list stays the newest."""

from __future__ import annotations

from pathlib import Path

import pytest

from observer_app.domain.moment import Moment
from observer_app.domain.sitting import Attendance
from observer_app.trust.envelope import open_envelope
from observer_app.trust.statements import read_statement
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


def test_a_room_that_never_saw_the_record_loses_an_erased_name_with_the_next_list(place: Place) -> None:
    place.desk.take_in(place.file, MANAGER.passphrase).result()
    place.carry_to_room()
    assert place.room_takes_in() == 1
    (gone, *others) = (s.sitting for s in place.room_store.sittings.states(place.day))
    before = [str(kept.id) for kept in place.store.statements.of_type("roster")]
    rosters.forget_lists(place.store.sittings.erase_names({gone.id}), place.store, place.files)
    assert place.desk.pass_on() == 1
    place.carry_to_room()
    assert place.room_takes_in() == 1
    here = [s.sitting for s in place.room_store.sittings.states(place.day)]
    assert [s.candidate.name for s in here] == ["", *(s.candidate.name for s in others)]
    contents = [row["content"] for row in place.room_store.rows("SELECT content FROM rosters")]
    assert len(contents) == 2 and not any(gone.candidate.name.encode() in bytes(content) for content in contents)
    for kept in place.room_store.statements.of_type("roster"):
        bookings = read_statement(open_envelope(kept.envelope).payload).body["sittings"]["sha256"]
        there = (place.room_files.has(bookings), bool(place.room_store.wraps(bookings)))
        assert there == ((False, False) if kept.id in before else (True, True))
    place.carry_to_room()
    assert place.room_takes_in() == 0
