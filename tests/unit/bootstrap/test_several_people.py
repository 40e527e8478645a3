# SPDX-License-Identifier: GPL-3.0-or-later
"""Several people, one machine: nobody sees another's candidates, and what one left unsent the next one sends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from observer_app.bootstrap import sample_day
from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.sample_day import ensure_sample_day
from observer_app.bootstrap.sample_people import PEOPLE
from observer_app.bootstrap.session import Session
from observer_app.central.serve import RunningCentral, start_in_background
from observer_app.domain.record import RecordState
from observer_app.domain.roles import Role
from observer_app.errors import NotAllowed, ObserverError
from observer_app.vault.people import open_person, person_vault_path
from observer_app.vault.person import PersonVault

CLOCK = MachineClock()
FIRST, SECOND = (p for p in PEOPLE if p.role is Role.ASSESSOR)
MANAGER = next(p for p in PEOPLE if p.role is Role.MANAGER)


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    monkeypatch.setattr(sample_day, "sample_clip", lambda folder: folder / "no-camera.mp4")
    ensure_sample_day(tmp_path / "machine", CLOCK, datetime.now())
    yield Desktop(tmp_path / "machine", CLOCK)


@pytest.fixture
def central(tmp_path: Path) -> Iterator[RunningCentral]:
    running = start_in_background(tmp_path / "central")
    yield running
    running.stop()


def sign_one(session: Session, passphrase: str) -> str:
    """The first sitting of the day, rated and signed; the sitting."""
    sitting = session.assess.today(CLOCK.now()).sittings[0].sitting
    live = session.assess.open(sitting, CLOCK.now())
    live.confirm_identity(CLOCK.now()).result(5)
    for row in live.view(CLOCK.now()).rows:
        live.rate(row.criterion, row.scale[-1][0], CLOCK.now()).result(5)
    while live.view(CLOCK.now()).next_action:
        live.next_phase(CLOCK.now()).result(5)
    review = session.assess.review(sitting)
    for one in review.view().rows:
        if one.needs:
            review.comment(one.criterion, "Seen throughout", CLOCK.now()).result(5)
    review.sign(passphrase, is_the_person=True, declared=True).result(30)
    return sitting


def test_what_one_left_unsent_is_sent_by_whoever_is_there(desktop: Desktop, central: RunningCentral) -> None:
    first = desktop.sign_in(FIRST.name, FIRST.passphrase)  # no network: signing in and signing need none
    sitting = sign_one(first, FIRST.passphrase)
    waiting = first.send.waiting()
    first.lock()
    assert waiting[0] >= 1
    for next_one in (SECOND, MANAGER):
        session = desktop.sign_in(next_one.name, next_one.passphrase)
        session.send.use(central.url)
        session.send.exchange(lambda words: None)
        assert session.send.waiting()[0] == 0
        session.lock()
    back = desktop.sign_in(FIRST.name, FIRST.passphrase)
    card = next(c for c in back.assess.today(CLOCK.now()).sittings if c.sitting == sitting)
    back.lock()
    assert card.state is RecordState.ACKNOWLEDGED


def test_nobody_sees_anothers_candidates(desktop: Desktop) -> None:
    first = desktop.sign_in(FIRST.name, FIRST.passphrase)
    hers = {c.sitting: c.candidate.name for c in first.assess.today(CLOCK.now()).sittings}
    first.assess.open(next(iter(hers)), CLOCK.now())
    first.lock()
    second = desktop.sign_in(SECOND.name, SECOND.passphrase)
    try:
        his = second.assess.today(CLOCK.now()).sittings
        assert his and not set(hers) & {c.sitting for c in his}
        assert not set(hers.values()) & {c.candidate.name for c in his} and second.assess.running() == ""
        for sitting in hers:
            with pytest.raises(NotAllowed):
                second.assess.open(sitting, CLOCK.now())
            with pytest.raises(NotAllowed):
                second.assess.review(sitting)
        with pytest.raises(NotAllowed):
            second.centre  # noqa: B018  the board with everybody on it is the manager's
        own = open_person(second.root, SECOND.name, SECOND.passphrase, CLOCK.now())
        with pytest.raises(ObserverError):
            PersonVault(person_vault_path(second.root, FIRST.person), own.vault_key)
    finally:
        second.lock()
