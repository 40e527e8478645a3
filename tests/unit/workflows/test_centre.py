# SPDX-License-Identifier: GPL-3.0-or-later
"""The manager's day on real stores: nothing taken in by halves, nothing closed unexplained, rosters that arrive."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from observer_app.bootstrap.enrolling import sample_centre
from observer_app.bootstrap.sample_people import sample_file, sample_sittings, write_sample_day
from observer_app.domain.sitting import Attendance, Consent
from observer_app.errors import BadInput, Conflict, IntegrityBroken, ObserverError, WrongPassphrase
from observer_app.trust.envelope import open_envelope
from observer_app.trust.keys import KeySet
from observer_app.trust.statements import read_statement
from observer_app.vault.device import DeviceStore
from observer_app.workflows.enrolment import certify_device, load_machine
from observer_app.workflows.roster_file import read_roster_file
from tests.unit.workflows.place_cast import CLOCK, LIBRARY, MANAGER, SCENARIOS, Place, two_machines

place = two_machines


def _states(store: DeviceStore, day: str) -> dict[str, tuple[Attendance, Consent]]:
    return {s.sitting.candidate.id: (s.attendance, s.sitting.consent) for s in store.sittings.states(day)}


def test_the_file_becomes_a_signed_roster_and_reaches_the_room(place: Place) -> None:
    view = place.desk.look_at(place.file)
    assert (view.sittings, view.faults) == (4, ())
    assert place.desk.days() == ()
    with pytest.raises(WrongPassphrase):
        place.desk.take_in(place.file, "not the passphrase")
    assert place.desk.days() == ()
    assert place.desk.take_in(place.file, MANAGER.passphrase).result() == place.day
    place.carry_to_room()
    assert place.room_takes_in() == 1
    assert place.room_takes_in() == 0
    assert set(_states(place.room_store, place.day)) == {"S-0001", "S-0002", "S-0003", "S-0004"}


def test_photos_come_in_with_the_file_and_reach_the_room_sealed(place: Place) -> None:
    sittings = sample_sittings(datetime(2026, 11, 24, 9, 0), SCENARIOS, 4)
    write_sample_day(place.file, sittings, dict(LIBRARY.scenarios))
    assert place.desk.look_at(place.file).photos == 4
    place.desk.take_in(place.file, MANAGER.passphrase)
    place.carry_to_room()
    place.room_takes_in()
    here = {s.sitting.candidate.id: s.sitting.candidate.photo for s in place.room_store.sittings.states(place.day)}
    assert here == {s.candidate.id: s.candidate.photo for s in sittings} and all(here.values())
    assert not any(
        sittings[0].candidate.photo in p.read_bytes() for p in place.room_files.root.rglob("*") if p.is_file()
    )


def test_check_in_reaches_the_room_with_consent(place: Place) -> None:
    place.desk.take_in(place.file, MANAGER.passphrase)
    board = place.desk.board(place.day, CLOCK.now())
    first = board.rows[0]
    with pytest.raises(BadInput, match="photo ID"):
        place.desk.check_in(first.sitting, identity=False, consent="given", at=CLOCK.now())
    with pytest.raises(BadInput, match="filmed"):
        place.desk.check_in(first.sitting, identity=True, consent="perhaps", at=CLOCK.now())
    place.desk.check_in(first.sitting, identity=True, consent="given", at=CLOCK.now()).result()
    assert place.desk.pass_on() == 1
    assert place.desk.pass_on() == 0
    place.carry_to_room()
    place.room_takes_in()
    assert _states(place.room_store, place.day)[first.candidate.id] == (Attendance.ARRIVED, Consent.GIVEN)


def test_an_altered_roster_is_refused_and_the_good_one_kept(place: Place) -> None:
    place.desk.take_in(place.file, MANAGER.passphrase)
    place.carry_to_room()
    (kept,) = place.store.statements.of_type("roster")
    name = next(o.sha256 for o in place.store.objects(kept.about) if o.kind == "roster")
    path = place.room_files.path(name)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(IntegrityBroken):
        place.room_takes_in()
    assert place.room_store.sittings.roster(place.day) is None


def test_the_day_closes_only_when_everything_is_explained(place: Place) -> None:
    place.desk.take_in(place.file, MANAGER.passphrase)
    with pytest.raises(Conflict, match="4 things"):
        place.desk.close_day(place.day, MANAGER.passphrase)
    rows = place.desk.board(place.day, CLOCK.now()).rows
    for row in rows[:-1]:
        place.desk.absent(row.sitting, "Sent word in the morning.", CLOCK.now()).result()
    place.desk.absent(rows[-1].sitting, "", CLOCK.now()).result()
    board = place.desk.board(place.day, CLOCK.now())
    assert board.gaps == (f"{rows[-1].candidate.name}, {rows[-1].starts}: Absent, no reason yet",)
    with pytest.raises(BadInput, match="empty"):
        place.desk.explain(rows[-1].sitting, "  ", CLOCK.now())
    place.desk.explain(rows[-1].sitting, "No answer on the telephone.", CLOCK.now()).result()
    place.desk.close_day(place.day, MANAGER.passphrase).result()
    assert place.desk.board(place.day, CLOCK.now()).closed
    with pytest.raises(Conflict, match="closed already"):
        place.desk.close_day(place.day, MANAGER.passphrase)


def test_a_swap_moves_assessor_and_room(place: Place) -> None:
    place.desk.take_in(place.file, MANAGER.passphrase)
    row = place.desk.board(place.day, CLOCK.now()).rows[0]
    other = next(p for p, name in place.desk.assessors() if name != row.assessor)
    place.desk.swap(row.sitting, other, "Room 9", "Assessor is ill.", CLOCK.now()).result()
    changed = next(r for r in place.desk.board(place.day, CLOCK.now()).rows if r.sitting == row.sitting)
    assert (changed.room, changed.assessor != row.assessor) == ("Room 9", True)


def test_a_bad_file_takes_nothing_in(place: Place) -> None:
    place.file.write_text(place.file.read_text().replace("Sample Assessor B", "Nobody"))
    assert {f.column for f in place.desk.look_at(place.file).faults} == {"assessor"}
    with pytest.raises(BadInput, match="Nobody"):
        place.desk.take_in(place.file, MANAGER.passphrase)
    assert place.desk.days() == ()


def test_a_certificate_of_another_centre_gets_no_key(place: Place) -> None:
    now = CLOCK.now().wall_ms
    other = sample_centre("Elsewhere", now)
    stranger = KeySet.generate()
    place.store.statements.put(other.certificate.data).result()
    place.store.statements.put(certify_device(other, "d-stranger", stranger, now)).result()
    place.desk.take_in(place.file, MANAGER.passphrase)
    (kept,) = place.store.statements.of_type("roster")
    recipients = {w.recipient for o in place.store.objects(kept.about) for w in place.store.wraps(o.sha256)}
    assert recipients
    assert stranger.key_id not in recipients


def test_the_roster_on_a_stick_is_what_the_network_would_have_carried(place: Place, tmp_path: Path) -> None:
    place.desk.take_in(place.file, MANAGER.passphrase)
    file = place.desk.write_roster(place.day, tmp_path)
    machine = load_machine(place.room_store)
    assert read_roster_file(file, place.room_store, place.room_files, machine, machine.trust()) == place.day
    assert len(_states(place.room_store, place.day)) == 4
    assert b"Sample Candidate" not in file.read_bytes()


@pytest.mark.parametrize("at", range(7))
def test_an_altered_stick_takes_nothing_in(place: Place, tmp_path: Path, at: int) -> None:
    place.desk.take_in(place.file, MANAGER.passphrase)
    file = place.desk.write_roster(place.day, tmp_path)
    data = bytearray(file.read_bytes())
    where = len(data) * (2 * at + 1) // 14
    data[where] = ord("A") if data[where] != ord("A") else ord("B")
    file.write_bytes(data)
    machine = load_machine(place.room_store)
    with pytest.raises(ObserverError):
        read_roster_file(file, place.room_store, place.room_files, machine, machine.trust())
    assert place.room_store.sittings.roster(place.day) is None


def test_the_second_close_answers_from_the_first_on(place: Place, tmp_path: Path) -> None:
    for number, day in enumerate((24, 25)):
        sittings = sample_sittings(datetime(2026, 11, day, 9, 0), SCENARIOS, 2)
        place.file.write_text(sample_file(sittings, dict(LIBRARY.scenarios)))
        iso = place.desk.take_in(place.file, MANAGER.passphrase).result()
        for row in place.desk.board(iso, CLOCK.now()).rows:
            place.desk.absent(row.sitting, "Sent word.", CLOCK.now()).result()
        place.desk.close_day(iso, MANAGER.passphrase).result()
        close = place.store.statements.of_type("day_close")[number]
        body = read_statement(open_envelope(close.envelope).payload).body
        assert (body["first_seq"], body["last_seq"]) == ((1, 1), (3, 3))[number]
        assert body["head"] == place.store.statements.own(body["last_seq"])[0].id
