# SPDX-License-Identifier: GPL-3.0-or-later
"""First run: a centre of one's own, joining with codes, adding people, and what a sample may never do."""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path

import pytest

from observer_app.bootstrap import enrolling
from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.enrolling import NewPerson, enrol_new_centre
from observer_app.domain.roles import Role, Workspace
from observer_app.errors import BadInput, Conflict, ObserverError, StoreLocked, WrongPassphrase
from observer_app.shipped import shipped
from observer_app.trust.passphrase import CHEAP_COST

CLOCK = MachineClock()
WORDS = "four words of ours"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolling, "choose_cost", lambda: CHEAP_COST)


@pytest.fixture
def desktop(tmp_path: Path) -> Desktop:
    found = Desktop(tmp_path / "vault", CLOCK)
    assert not found.enrolled()
    found.enrol.new_centre("our-programme", "Centre South", "Office", "jo", "Jo Example", WORDS)
    return found


def test_a_new_centre_signs_in_with_every_workspace_but_no_samples(desktop: Desktop) -> None:
    assert [p.handle for p in desktop.people()] == ["jo"]
    assert all(not p.hint for p in desktop.people())
    with contextlib.closing(_Session(desktop, "jo")) as session:
        view = session.view()
        assert (view.name, view.centre, view.sample) == ("Jo Example", "Centre South", False)
        assert set(view.spaces) == {Workspace.ASSESS, Workspace.CENTRE, Workspace.MODERATE}
        assert dict(session.library.scenarios) == {}


def test_packs_of_ones_own_are_offered_and_samples_among_them_are_not(desktop: Desktop) -> None:
    folder = desktop.vault / "packs"
    framework = (shipped("rubrics") / "child-and-family-practitioner.yaml").read_text()
    (folder / "rubrics" / "own.yaml").write_text(framework)
    with contextlib.closing(_Session(desktop, "jo")) as session:
        assert dict(session.library.frameworks) == {}
    (folder / "rubrics" / "own.yaml").write_text(framework.replace("sample: true", "sample: false", 1))
    with contextlib.closing(_Session(desktop, "jo")) as session:
        assert list(session.library.frameworks) == ["child-and-family-practitioner"]


def test_the_manager_adds_an_assessor_who_sees_only_assess(desktop: Desktop) -> None:
    with contextlib.closing(_Session(desktop, "jo")) as session:
        session.staff.add("sam", "Sam Example", frozenset({"assessor"}), WORDS)
        with pytest.raises(Conflict):
            session.staff.add("SAM", "Other", frozenset({"assessor"}), WORDS)
        with pytest.raises(BadInput, match="role"):
            session.staff.add("alex", "Other", frozenset(), WORDS)
        assert [p.name for p in session.staff.here()] == ["Jo Example", "Sam Example"]
    with contextlib.closing(_Session(desktop, "sam")) as session:
        assert session.view().spaces == (Workspace.ASSESS,)
        with pytest.raises(ObserverError, match="role"):
            _ = session.centre


def test_weak_passphrases_and_wrong_ones_are_sentences(desktop: Desktop, tmp_path: Path) -> None:
    with pytest.raises(WrongPassphrase):
        desktop.sign_in("jo", "something else")
    with pytest.raises(StoreLocked):
        desktop.sign_in("nobody", WORDS)
    person = NewPerson("p-x", "x", "X", frozenset({Role.MANAGER}), "short")
    with pytest.raises(BadInput, match="12"):
        enrol_new_centre(tmp_path / "other", CLOCK, "p", "c", "d", person, cost=CHEAP_COST)
    assert not (tmp_path / "other").exists()


def test_a_real_machine_never_becomes_a_sample_day(desktop: Desktop) -> None:
    with pytest.raises(Conflict, match="sample day"):
        desktop.enrol.sample_day()


def test_two_people_cannot_be_signed_in_at_once_and_signing_out_frees_the_stores(desktop: Desktop) -> None:
    first = desktop.sign_in("jo", WORDS)
    with pytest.raises(StoreLocked):
        desktop.sign_in("jo", WORDS)
    first.lock()
    first.lock()
    desktop.sign_in("jo", WORDS).lock()


class _Session:
    """A session that `contextlib.closing` can close."""

    def __init__(self, desktop: Desktop, handle: str) -> None:
        self.session = desktop.sign_in(handle, WORDS)

    def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
        return getattr(self.session, name)

    def close(self) -> None:
        self.session.lock()


def test_the_day_is_todays(desktop: Desktop) -> None:
    with contextlib.closing(_Session(desktop, "jo")) as session:
        assert session.assess.today(CLOCK.now()).sittings == ()
        assert session.centre.days() == ()
        assert datetime.now().date().isoformat() not in session.centre.days()
