# SPDX-License-Identifier: GPL-3.0-or-later
"""Joining and setting up, with slips, lost answers and a kill in the middle: it can always be tried again."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from observer_app.bootstrap import enrolling, joining
from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.sample_day import ensure_sample_day
from observer_app.bootstrap.sample_people import PEOPLE
from observer_app.central.serve import RunningCentral
from observer_app.errors import BadInput, Conflict, NotAllowed, StoreLocked
from tests.unit.bootstrap.conftest import CLOCK, WORDS, codes_for, signed_in


@pytest.fixture
def codes(office: Desktop, central: RunningCentral, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The machine's and the person's."""
    with signed_in(office, "jo") as session:
        session.send.use(central.url)
        session.send.exchange(lambda words: None)
        return codes_for(tmp_path / "central", office.vault, session.machine.centre, capsys)


@pytest.fixture
def fresh(tmp_path: Path) -> Desktop:
    return Desktop(tmp_path / "fresh", CLOCK)


def join(desktop: Desktop, codes: str, central: RunningCentral, handle: str = "sam") -> None:
    desktop.enrol.with_code(codes, central.url, handle, "Sam Example", WORDS)


def test_a_slip_in_the_second_code_does_not_cost_the_first(codes: str, fresh: Desktop, central: RunningCentral) -> None:
    machine, person = codes.split()
    with pytest.raises(NotAllowed, match="not known"):
        join(fresh, f"{machine} {person[:-1]}{'3' if person[-1] == '2' else '2'}", central)
    assert not fresh.enrolled()
    join(fresh, codes, central)
    with signed_in(fresh, "sam") as session:
        assert session.machine.device == "room-1" and session.person == "p-sam"


def test_the_codes_may_come_in_either_order(codes: str, fresh: Desktop, central: RunningCentral) -> None:
    join(fresh, " ".join(reversed(codes.split())), central)
    with signed_in(fresh, "sam") as session:
        assert session.machine.device == "room-1" and session.person == "p-sam"
        session.send.exchange(lambda words: None)


def test_a_name_that_cannot_be_is_said_before_a_code_is_used(
    codes: str, fresh: Desktop, central: RunningCentral, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="sign-in name"):
        join(fresh, codes, central, "x" * 61)
    join(Desktop(tmp_path / "another", CLOCK), codes, central)  # used by nobody yet


def test_an_error_while_it_is_written_leaves_no_machine_and_no_code_is_lost(
    codes: str, fresh: Desktop, central: RunningCentral, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> None:
        raise StoreLocked("The disk went away.")

    with monkeypatch.context() as broken:
        broken.setattr(joining, "enrol_person", full)
        with pytest.raises(StoreLocked):
            join(fresh, codes, central)
    assert not fresh.enrolled() and not (fresh.vault / "device.db").exists()
    join(fresh, codes, central)
    with pytest.raises(Conflict, match="already"):
        join(fresh, codes, central)
    assert fresh.enrolled()


JOINED = """
import os, sys
from pathlib import Path
from observer_app.bootstrap import joining
from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.desktop import Desktop
joining._keep = lambda *given: os.kill(os.getpid(), 9)
Desktop(Path(sys.argv[1]), MachineClock()).enrol.with_code(sys.argv[2], sys.argv[3], "sam", "Sam", "four words of ours")
"""


def test_the_codes_count_again_after_a_kill_between_their_use_and_the_disk(
    codes: str, fresh: Desktop, central: RunningCentral
) -> None:
    """The store has given its certificates; the machine that asked for them went out before it had anything."""
    words = [sys.executable, "-c", JOINED, str(fresh.vault), codes, central.url]
    assert subprocess.run(words, timeout=60).returncode == -9
    kept = fresh.vault.with_name(f".{fresh.vault.name}.joining")
    files = list(kept.iterdir())
    assert len(files) == 2 and not fresh.enrolled()
    assert all(code.encode() not in file.read_bytes() for code in codes.split() for file in files)
    join(Desktop(fresh.vault, CLOCK), codes, central)
    with signed_in(fresh, "sam") as session:
        assert session.machine.device == "room-1" and session.person == "p-sam"
    assert not kept.exists()


def test_codes_that_others_used_stay_used_whatever_lies_beside(
    codes: str, fresh: Desktop, central: RunningCentral, tmp_path: Path
) -> None:
    join(Desktop(tmp_path / "another", CLOCK), codes, central)
    with pytest.raises(NotAllowed, match="was used"):
        join(fresh, codes, central)
    for file in fresh.vault.with_name(f".{fresh.vault.name}.joining").iterdir():
        file.write_bytes(b"spoilt")
    with pytest.raises(NotAllowed, match="was used"):
        join(fresh, codes, central)


KILLED = """
import os, sys
from pathlib import Path
from datetime import datetime
from observer_app.bootstrap import enrolling
from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.sample_day import ensure_sample_day
what, vault, left = sys.argv[1], Path(sys.argv[2]), [int(sys.argv[3])]
real = enrolling.enrol_person
def killed(*given):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), 9)
    real(*given)
enrolling.enrol_person = killed
if what == "centre":
    Desktop(vault, MachineClock()).enrol.new_centre("ours", "South", "Office", "jo", "Jo", "four words of ours")
else:
    ensure_sample_day(vault, MachineClock(), datetime.now())
"""


@pytest.mark.parametrize(("what", "left"), [("centre", 0), ("samples", 0), ("samples", 2)])
def test_a_machine_killed_while_it_was_set_up_is_set_up_by_the_next_try(
    what: str, left: int, fresh: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolling, "choose_cost", lambda: enrolling.SAMPLE_COST)
    done = subprocess.run([sys.executable, "-c", KILLED, what, str(fresh.vault), str(left)], timeout=60)
    assert done.returncode == -9 and (fresh.vault / "device.db").exists()
    if what == "centre":
        assert not fresh.enrolled()
        fresh.enrol.new_centre("ours", "South", "Office", "jo", "Jo Example", WORDS)
        fresh.sign_in("jo", WORDS).lock()
    else:
        (fresh.vault / "sample-room.mp4").write_bytes(b"made before")
        ensure_sample_day(fresh.vault, CLOCK, datetime.now())
        assert len(fresh.people()) == len(PEOPLE)
    assert not list(fresh.vault.glob("*.unfinished"))


def test_what_somebody_works_on_is_never_cleared_away(office: Desktop) -> None:
    """Even with the mark beside it, as when the last step of setting up was cut off."""
    (office.vault / "setting-up.unfinished").write_bytes(b"1")
    with pytest.raises(Conflict, match="already"):
        office.enrol.new_centre("ours", "South", "Office", "eve", "Eve Example", WORDS)
    with signed_in(office, "jo") as session:
        assert session.store.check() == []
