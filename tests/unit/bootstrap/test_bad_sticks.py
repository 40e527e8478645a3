# SPDX-License-Identifier: GPL-3.0-or-later
"""Sticks and disks that are full, pulled out, half written or another machine's: a sentence, and nothing is harmed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from observer_app.bootstrap import backup
from observer_app.bootstrap.backup import backup_name
from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.restore import restore
from observer_app.errors import BadInput, EnvironmentFault
from observer_app.trust.verify import verify_paths
from tests.unit.bootstrap.conftest import CLOCK, WORDS, close_day, signed_in
from tests.unit.bootstrap.test_backup import NOW, files_below, filled, refuses, stick, stick_of

__all__ = ["stick"]

FAILING = {
    "full": (backup.os, "fsync", 28, "disk is full"),
    "full while a store is copied": (backup.shutil, "copyfile", 28, "disk is full"),
    "pulled out at the list": (backup, "write_list", 5, "cannot be reached"),
    "pulled out as it is tidied": (Path, "unlink", 5, "cannot be reached"),
}


@pytest.mark.parametrize("how", FAILING)
def test_a_full_stick_or_one_pulled_out_is_said_and_the_backup_before_stays(
    office: Desktop, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    owner, name, number, words = FAILING[how]
    real = getattr(owner, name)

    def fails(first: object, *given: object, **more: object) -> object:
        if name == "unlink" and stick not in Path(str(first)).parents:
            return real(first, *given, **more)
        raise OSError(number, os.strerror(number))

    with signed_in(office, "jo") as session:
        close_day(session)
        with monkeypatch.context() as broken:
            broken.setattr(owner, name, fails)
            with pytest.raises(EnvironmentFault, match=words):
                session.back_up(stick.parent)
        assert session.store.check() == [] and not (office.vault / "backup-part").exists()
    assert restore(stick, tmp_path / "new", "jo", WORDS, NOW)
    with signed_in(office, "jo") as session:
        session.back_up(stick.parent)
    assert verify_paths([stick]).exit_code == 0


def test_a_first_backup_that_was_cut_off_is_none(office: Desktop, tmp_path: Path) -> None:
    filled(office)
    with signed_in(office, "jo") as session, pytest.raises(EnvironmentFault), pytest.MonkeyPatch.context() as broken:
        broken.setattr(backup, "write_list", lambda *given, **more: (_ for _ in ()).throw(OSError(5, "I/O error")))
        session.back_up(stick_of(tmp_path))
    assert len(files_below(tmp_path / "stick")) > 3
    assert "no backup" in refuses(tmp_path / "stick", tmp_path, BadInput)


def test_a_disk_too_small_to_restore_onto_is_said_and_left_as_it_was(
    stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_below(stick)
    with monkeypatch.context() as broken:
        broken.setattr(
            "observer_app.bootstrap.restore.os.fsync",
            lambda fd: (_ for _ in ()).throw(OSError(28, "No space left on device")),
        )
        assert "disk is full" in refuses(stick, tmp_path, EnvironmentFault)
    assert files_below(stick) == before and restore(stick, tmp_path / "new", "jo", WORDS, NOW)


def test_of_two_machines_backups_on_one_stick_one_has_to_be_named(office: Desktop, stick: Path, tmp_path: Path) -> None:
    other = Desktop(tmp_path / "other", CLOCK)
    other.enrol.new_centre("another-programme", "Centre East", "Office", "jo", "Jo Other", WORDS)
    with signed_in(other, "jo") as session:
        session.back_up(stick.parent)
        theirs = stick.parent / backup_name(session.machine.device)
    assert "several machines" in refuses(stick.parent, tmp_path, BadInput)
    (theirs / "manifest.json").write_bytes((stick / "manifest.json").read_bytes())
    assert refuses(theirs, tmp_path)
