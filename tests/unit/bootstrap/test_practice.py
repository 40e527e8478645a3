# SPDX-License-Identifier: GPL-3.0-or-later
"""A practice run leaves nothing: no signature, no way out, no folder, whatever was done in it and however it ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from observer_app.bootstrap import practice as practice_module
from observer_app.bootstrap import sample_day
from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.practice import Practice
from observer_app.bootstrap.sample_day import ensure_sample_day
from observer_app.bootstrap.sample_people import PEOPLE
from observer_app.bootstrap.session import Session
from observer_app.capture.client import RecorderClient
from observer_app.capture.made_clip import make_clip
from observer_app.domain.roles import Role
from observer_app.errors import NotAllowed
from observer_app.workflows.signing import Signatory
from tests.waiting import until

CLOCK = MachineClock()
ASSESSOR = next(p for p in PEOPLE if p.role is Role.ASSESSOR)
MANAGER = next(p for p in PEOPLE if p.role is Role.MANAGER)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "room.mp4", 2, fps=10, size=(320, 180))


@pytest.fixture
def session(tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    (tmp_path / "sample-room.mp4").write_bytes(clip.read_bytes())
    monkeypatch.setattr(sample_day, "_CLIP_S", 2)
    ensure_sample_day(tmp_path, CLOCK, datetime.now())
    found = Desktop(tmp_path, CLOCK).sign_in(ASSESSOR.name, ASSESSOR.passphrase)
    yield found
    found.lock()


def begun(session: Session) -> Practice:
    found = session.practice()
    assert isinstance(found, Practice)
    return found


def whole_run(practice: Practice) -> Any:
    """Everything up to the signature, recorded; the review."""
    live = practice.live()
    live.confirm_identity(CLOCK.now()).result(5)
    while not live.recording:
        live.next_phase(CLOCK.now()).result(5)
        live.journal.vault.write(lambda db: None).result(5)
    until(lambda: live.view(CLOCK.now()).recording == "recording")
    for row in live.view(CLOCK.now()).rows:
        live.rate(row.criterion, row.scale[-1][0], CLOCK.now()).result(5)
    while live.view(CLOCK.now()).next_action:
        live.next_phase(CLOCK.now()).result(5)
    review = practice.review()
    for one in review.view().rows:
        if one.needs:
            review.comment(one.criterion, "Practised", CLOCK.now()).result(5)
    assert review.view().left == ()
    return review


def made_so_far(session: Session) -> tuple[Any, ...]:
    """(waiting to be sent, observations, statements) of a session's stores."""
    return session.send.waiting(), session.vault.observations(), session.store.statements.own()


def folders(root: Path) -> list[Path]:
    return list(root.glob("practice-*"))


def test_nothing_of_a_practice_is_signed_kept_or_sent(session: Session) -> None:
    before = made_so_far(session)
    practice = begun(session)
    inside = made_so_far(practice._session)
    review = whole_run(practice)
    for passphrase in (ASSESSOR.passphrase, "anything"):
        with pytest.raises(NotAllowed, match="practice"):
            review.sign(passphrase, is_the_person=True, declared=True).result(20)
    (folder,) = folders(session.root)
    waiting, _, statements = made_so_far(practice._session)
    assert (waiting, statements) == (inside[0], inside[2]), "nothing that could be sent was made either"
    practice.close()
    assert not folder.exists() and not RecorderClient.known(session.root / "recorders")
    assert made_so_far(session) == before


def test_there_is_nothing_in_it_that_signs_or_sends(session: Session) -> None:
    practice = begun(session)
    signatory = practice._session.signatory
    assert signatory.machine.sample, "the sample programme's, which every real central store refuses"
    makers = [name for name in vars(Signatory) if not name.startswith("_")]
    assert {"sign", "sign_as_centre", "sign_as_machine", "unlock"} <= set(makers)
    for name in makers:
        if callable(getattr(signatory, name)):
            with pytest.raises(NotAllowed):
                getattr(signatory, name)("record", {}, None)
    assert {n for n in vars(Practice) if not n.startswith("_")} == {"live", "review", "close"}


def test_signing_out_ends_it_and_a_crash_leaves_nothing_for_long(session: Session, monkeypatch: Any) -> None:
    first = begun(session)
    first.live()
    second = begun(session)
    assert folders(session.root) == [second._folder] and not first._folder.exists(), "one at a time"
    left = session.root / "practice-crashed"
    (left / "recorders").mkdir(parents=True)
    (left / "store.db").write_bytes(b"left by a crash")
    third = begun(session)
    assert not left.exists()
    session.lock()
    assert not third._folder.exists() and folders(session.root) == []


def test_what_cannot_be_made_leaves_no_folder(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(practice_module, "open_person", lambda *_: (_ for _ in ()).throw(NotAllowed("no")))
    with pytest.raises(NotAllowed):
        session.practice()
    assert folders(session.root) == []


def test_only_an_assessor_practises(session: Session) -> None:
    session.lock()
    manager = Desktop(session.root, CLOCK).sign_in(MANAGER.name, MANAGER.passphrase)
    try:
        with pytest.raises(NotAllowed):
            manager.practice()
    finally:
        manager.lock()
