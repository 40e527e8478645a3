# SPDX-License-Identifier: GPL-3.0-or-later
"""A programme of one's own, from an empty folder to an acknowledged roster in a room: the way that is not a sample."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.sample_people import sample_file, sample_sittings
from observer_app.central.serve import RunningCentral
from observer_app.domain.record import RecordState
from observer_app.errors import BadInput, NotAllowed, ObserverError
from observer_app.shipped import shipped
from observer_app.trust.passphrase import CHEAP_COST
from tests.unit.bootstrap.conftest import CLOCK, WORDS, codes_for


def _packs(vault: Path) -> None:
    """The samples copied and made one's own."""
    for kind, folder in (("rubrics", shipped("rubrics")), ("scenarios", shipped("resources") / "scenarios")):
        for path in folder.glob("*.yaml"):
            words = path.read_text().replace("sample: true", "sample: false")
            (vault / "packs" / kind / path.name).write_text(words)


def test_from_an_empty_folder_to_a_roster_in_a_room(
    office: Desktop, central: RunningCentral, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _packs(office.vault)
    session = office.sign_in("jo", WORDS)
    session.send.use(central.url)
    session.send.exchange(lambda words: None)
    codes = codes_for(tmp_path / "central", office.vault, session.machine.centre, capsys)
    room = Desktop(tmp_path / "room", CLOCK)
    with pytest.raises(BadInput, match="Two codes"):
        room.enrol.with_code(codes.split()[0], central.url, "sam", "Sam Example", WORDS)
    room.enrol.with_code(codes, central.url, "sam", "Sam Example", WORDS)
    with pytest.raises(ObserverError):
        Desktop(tmp_path / "other", CLOCK).enrol.with_code(codes, central.url, "eve", "Eve", WORDS)
    _exchange(room, "sam")
    session.send.exchange(lambda words: None)
    library = dict(session.library.scenarios)
    sittings = sample_sittings(datetime.now(), list(library.values()), 2)
    file = tmp_path / "day.csv"
    file.write_text(
        sample_file(sittings, library).replace("Sample Assessor A", "p-sam").replace("Sample Assessor B", "p-sam")
    )
    with pytest.raises(BadInput):
        session.centre.take_in(file, WORDS)  # one assessor in two rooms at once
    file.write_text("\n".join(file.read_text().splitlines()[:2]))
    day = session.centre.take_in(file, WORDS).result()
    session.send.exchange(lambda words: None)
    (roster,) = session.store.statements.of_type("roster")
    assert session.store.record_state(roster.id) is RecordState.ACKNOWLEDGED
    assert [room.roster for room in session.centre.rooms(day)] == ["sent"]
    assert _exchange(room, "sam") == [day]
    session.send.exchange(lambda words: None)
    assert [room.roster for room in session.centre.rooms(day)] == ["arrived"]
    session.lock()


def _exchange(desktop: Desktop, handle: str) -> list[str]:
    session = desktop.sign_in(handle, WORDS)
    try:
        session.send.exchange(lambda words: None)
        assert not session.view().sample
        return list(session.store.sittings.days())
    finally:
        session.lock()


def test_a_sample_machine_is_refused_by_a_real_store(central: RunningCentral, tmp_path: Path) -> None:
    from observer_app.bootstrap.enrolling import add_person, make_machine, sample_centre
    from observer_app.bootstrap.sample_people import PEOPLE
    from observer_app.trust.samples import sample_root

    now = CLOCK.now().wall_ms
    centre = sample_centre("Sample", now)
    store, key = make_machine(tmp_path / "sample", centre, sample_root(), "Sample", now, central=central.url)
    add_person(
        tmp_path / "sample", store, key, PEOPLE[0].new(), centre.certificate, centre.keys.signing, now, cost=CHEAP_COST
    )
    store.close()
    session = Desktop(tmp_path / "sample", CLOCK).sign_in(PEOPLE[0].name, PEOPLE[0].passphrase)
    try:
        with pytest.raises((ObserverError, NotAllowed)) as caught:
            session.send.exchange(lambda words: None)
        assert "sample" in str(caught.value).lower()
    finally:
        session.lock()
