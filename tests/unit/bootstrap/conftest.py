# SPDX-License-Identifier: GPL-3.0-or-later
"""A programme of one's own: its office's machine, and a central store that has adopted it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from observer_app.bootstrap import enrolling, joining, key_desk
from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.enrolling import ROOT_CERTIFICATE, ROOT_KEY
from observer_app.bootstrap.session import Session
from observer_app.central.enrol import run_enrol
from observer_app.central.serve import RunningCentral, start_in_background
from observer_app.trust.passphrase import CHEAP_COST
from observer_app.vault import recovery

CLOCK = MachineClock()
WORDS = "four words of ours"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desktop:
    """The office's machine, which holds the centre's keys; "jo" manages and assesses there."""
    for module in (enrolling, joining, key_desk):
        monkeypatch.setattr(module, "choose_cost", lambda: CHEAP_COST)
    monkeypatch.setattr(recovery, "RECOVERY_COST", CHEAP_COST)
    monkeypatch.setenv("OBSERVER_ROOT_PASSPHRASE", WORDS)
    found = Desktop(tmp_path / "office", CLOCK)
    found.enrol.new_centre("our-programme", "Centre South", "Office", "jo", "Jo Example", WORDS)
    return found


@pytest.fixture
def central(office: Desktop, tmp_path: Path) -> Iterator[RunningCentral]:
    """The programme's central store, running."""
    data = tmp_path / "central"
    root = [str(office.vault / ROOT_CERTIFICATE), str(office.vault / ROOT_KEY)]
    assert (
        run_enrol(["adopt", "--data", str(data), "--root", root[0], "--root-key", root[1], "--origin", "ours/log"]) == 0
    )
    running = start_in_background(data)
    yield running
    running.stop()


def codes_for(
    data: Path, vault: Path, centre: str, capsys: pytest.CaptureFixture[str], *, device: str = "room-1",
    person: str = "p-sam",
) -> str:  # fmt: skip
    """One-time codes for a room's machine and its assessor; the store's desk key is made where it is not."""
    if not list((data / "keys").glob("desk-*.key")):
        shutil.copy(vault / ROOT_KEY, data / "keys" / "root.sealed")
        assert run_enrol(["desk", "--data", str(data), "--centre", centre]) == 0
        (data / "keys" / "root.sealed").unlink()
    codes = []
    for kind, subject, role in (("device", device, []), ("person", person, ["--role", "assessor"])):
        capsys.readouterr()
        more = ["--centre", centre, "--kind", kind, "--subject", subject, *role]
        assert run_enrol(["code", "--data", str(data), *more], as_json=True) == 0
        codes.append(json.loads(capsys.readouterr().out)["code"])
    return " ".join(codes)


@contextmanager
def signed_in(desktop: Desktop, handle: str, words: str = WORDS) -> Iterator[Session]:
    session = desktop.sign_in(handle, words)
    try:
        yield session
    finally:
        session.lock()


@pytest.fixture
def room(office: Desktop, central: RunningCentral, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desktop:
    """A room's machine, joined with codes; "sam" assesses there."""
    with signed_in(office, "jo") as session:
        session.send.use(central.url)
        session.send.exchange(lambda words: None)
        codes = codes_for(tmp_path / "central", office.vault, session.machine.centre, capsys)
    found = Desktop(tmp_path / "room", CLOCK)
    found.enrol.with_code(codes, central.url, "sam", "Sam Example", WORDS)
    return found


def close_day(session: Session, words: str = WORDS) -> str:
    """Something signed by person and machine."""
    key = session.signatory.unlock(words)
    body = {"record": "ab" * 32, "reason_sha256": "cd" * 32}
    return session.signatory.sign("void", body, key).result()
