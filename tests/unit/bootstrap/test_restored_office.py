# SPDX-License-Identifier: GPL-3.0-or-later
"""The office's machine comes back from a backup older than the morning: the rooms go on hearing from it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.restore import restore
from observer_app.central.serve import RunningCentral
from observer_app.errors import IntegrityBroken, NotAllowed
from observer_app.trust.envelope import open_envelope
from observer_app.trust.statements import read_statement
from observer_app.vault.device import RESTORED
from tests.unit.bootstrap.conftest import CLOCK, WORDS, signed_in
from tests.unit.bootstrap.test_backup import _packs_and_sitting, stick_of

NOW = CLOCK.now()


def _quiet(words: str) -> None:
    """Nobody is watching."""


def test_check_ins_since_the_backup_come_back_and_later_ones_reach_the_rooms(
    office: Desktop, room: Desktop, central: RunningCentral, tmp_path: Path
) -> None:
    _packs_and_sitting(office, room, tmp_path)
    with signed_in(office, "jo") as session:
        day = session.store.sittings.days()[-1]
        (booking,) = [s.sitting.id for s in session.store.sittings.states(day)]
        session.centre.late(booking, 5, "The bus", CLOCK.now()).result()
        session.back_up(stick_of(tmp_path))  # before that went out to the rooms
        session.centre.check_in(booking, identity=True, consent="given", at=CLOCK.now()).result()
        session.send.exchange(_quiet)
        before = session.store.sittings.states(day)
    shutil.rmtree(office.vault)
    restore(tmp_path / "stick", tmp_path / "new", "jo", WORDS, NOW)
    with signed_in(Desktop(tmp_path / "new", CLOCK), "jo") as session:
        with pytest.raises(NotAllowed, match="restored from a backup"):
            session.centre.absent(booking, "Nobody came", CLOCK.now())
        session.send.exchange(_quiet)
        assert session.store.sittings.states(day) == before
        session.centre.explain(booking, "The machine was changed", CLOCK.now()).result()
        session.send.exchange(_quiet)
        after = session.store.sittings.states(day)
    with signed_in(room, "sam") as session:
        session.send.exchange(_quiet)
        assert [e.kind for e in session.store.sittings.events(day)] == [
            "late", "identity_checked", "consent", "arrived", "explained",
        ]  # fmt: skip
        assert session.store.sittings.states(day) == after
    assert central.store.faults() == []


def test_an_interview_before_it_is_connected_takes_no_number_that_is_given_out(
    office: Desktop, room: Desktop, central: RunningCentral, tmp_path: Path
) -> None:
    """Nothing in the room waits for a network. That the interview began is noted with a number of its own once it is
    known which are free: before, it had the check-in's, and every room refused whatever the office said afterwards."""
    with signed_in(office, "jo") as session:
        jo = session.person
    _packs_and_sitting(office, room, tmp_path, jo)
    with signed_in(office, "jo") as session:
        day = session.store.sittings.days()[-1]
        (booking,) = [s.sitting.id for s in session.store.sittings.states(day)]
        session.back_up(stick_of(tmp_path))
        session.centre.check_in(booking, identity=True, consent="given", at=CLOCK.now()).result()
        session.send.exchange(_quiet)
    with signed_in(room, "sam") as session:
        session.send.exchange(_quiet)
    shutil.rmtree(office.vault)
    restore(tmp_path / "stick", tmp_path / "new", "jo", WORDS, NOW)
    came = ["identity_checked", "consent", "arrived"]
    with signed_in(Desktop(tmp_path / "new", CLOCK), "jo") as session:
        session.assess.open(booking, CLOCK.now())
        session.assess.close()
        (state,) = session.store.sittings.states(day)
        assert state.started_at is not None and not session.store.sittings.payloads()
        session.send.exchange(_quiet)
        assert not session.store.setting(RESTORED)
        assert [e.kind for e in session.store.sittings.events(day)] == [*came, "started"]
        assert session.store.sittings.settle().result() == 0
        session.send.exchange(_quiet)
    with signed_in(room, "sam") as session:
        session.send.exchange(_quiet)
        assert [e.kind for e in session.store.sittings.events(day)] == [*came, "started"]
    assert central.store.faults() == []


def test_it_is_restored_no_more_only_once_its_own_lists_are_back(
    office: Desktop, room: Desktop, central: RunningCentral, tmp_path: Path
) -> None:
    """Central holds the newest list, and it does not hold what its name says: what had happened is not known, so no
    number may be given. All else goes on."""
    _packs_and_sitting(office, room, tmp_path)
    with signed_in(office, "jo") as session:
        session.back_up(stick_of(tmp_path))
        day = session.store.sittings.days()[-1]
        (booking,) = [s.sitting.id for s in session.store.sittings.states(day)]
        session.centre.check_in(booking, identity=True, consent="given", at=CLOCK.now()).result()
        session.send.exchange(_quiet)
        newest = session.store.statements.of_type("roster")[-1]
    history = read_statement(open_envelope(newest.envelope).payload).body["objects"][0]
    shutil.rmtree(office.vault)
    stored = central.store.files.path(history)
    whole = stored.read_bytes()
    stored.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    restore(tmp_path / "stick", tmp_path / "new", "jo", WORDS, NOW)
    with signed_in(Desktop(tmp_path / "new", CLOCK), "jo") as session:
        with pytest.raises(IntegrityBroken, match="not what its name says"):
            session.send.exchange(_quiet)
        with pytest.raises(NotAllowed, match="restored from a backup"):
            session.centre.absent(booking, "Nobody came", CLOCK.now())
        stored.write_bytes(whole)
        session.send.exchange(_quiet)
        session.centre.explain(booking, "The machine was changed", CLOCK.now()).result()
        kinds = [e.kind for e in session.store.sittings.events(day)]
        assert kinds == ["identity_checked", "consent", "arrived", "explained"]
