# SPDX-License-Identifier: GPL-3.0-or-later
"""The office's machine comes back from a backup older than the morning: the rooms go on hearing from it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.restore import restore
from observer_app.central.serve import RunningCentral
from observer_app.errors import NotAllowed
from tests.unit.bootstrap.conftest import CLOCK, WORDS, signed_in
from tests.unit.bootstrap.test_backup import _packs_and_sitting, stick_of

NOW = CLOCK.now().wall_ms


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
