# SPDX-License-Identifier: GPL-3.0-or-later
"""A second signature at the countersigner's own machine: who sees which correction, what signing and refusing do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from observer_app.domain.roles import Role
from observer_app.errors import BadInput, Conflict, NotAllowed, WrongPassphrase
from observer_app.workflows.second_signature import SecondDesk
from tests.unit.workflows.record_cast import MANAGER, MODERATOR, SCENARIO, CentreCast, Person

FIRST = SCENARIO.criteria[0]


@pytest.fixture
def cast(tmp_path: Path) -> Iterator[CentreCast]:
    made = CentreCast(tmp_path)
    yield made
    made.close()


def desk(cast: CentreCast, person: Person, *roles: Role) -> SecondDesk:
    return SecondDesk(cast.reader(), person.signatory, frozenset(roles))


def test_a_manager_sees_old_and_new_marks_with_the_reason_and_signs(cast: CentreCast) -> None:
    record = cast.record()
    assert desk(cast, cast.manager, Role.MANAGER).waiting() == ()
    correction = cast.amend(record, FIRST.id, 4, 3, "The wrong row", second="")
    manager = desk(cast, cast.manager, Role.MANAGER)
    (waits,) = manager.waiting()
    (change,) = waits.changes
    assert (waits.id, waits.by, waits.reason) == (correction, "Sample Assessor A", "The wrong row")
    assert waits.candidate.name == cast.sittings[0].candidate.name and waits.scenario == SCENARIO.title
    assert (change.number, change.title) == (FIRST.number, FIRST.title)
    assert change.was.startswith("4, ") and change.now.startswith("3, ")
    with pytest.raises(WrongPassphrase):
        manager.sign(correction, "not the passphrase")
    assert cast.reader().open(record).ratings[FIRST.id] == 4
    manager.sign(correction, MANAGER.passphrase).result()
    assert cast.reader().open(record).ratings[FIRST.id] == 3 and manager.waiting() == ()
    with pytest.raises(Conflict, match="waits no longer"):
        manager.sign(correction, MANAGER.passphrase)


def test_a_refusal_has_a_reason_changes_nothing_and_takes_it_from_the_list(cast: CentreCast) -> None:
    record = cast.record()
    correction = cast.amend(record, FIRST.id, 4, 3, "The wrong row", second="")
    manager = desk(cast, cast.manager, Role.MANAGER)
    with pytest.raises(BadInput, match="reason"):
        manager.refuse(correction, "  ", MANAGER.passphrase)
    assert not cast.store.statements.of_type("refusal")
    manager.refuse(correction, "The recording shows a 4", MANAGER.passphrase).result()
    opened = cast.reader().open(record)
    assert manager.waiting() == () and opened.ratings[FIRST.id] == 4
    assert opened.amendments[0].refusals == ((cast.manager.secrets.person, "The recording shows a 4"),)
    cast.countersign(record, correction)
    assert cast.reader().open(record).ratings[FIRST.id] == 3, "a second signature counts whoever refused before"


def test_nobody_answers_their_own_and_a_newer_one_takes_its_place(cast: CentreCast) -> None:
    record = cast.record()
    old = cast.amend(record, FIRST.id, 4, 3, "The wrong row", second="")
    new = cast.amend(record, FIRST.id, 4, 2, "Two below", second="")
    own = desk(cast, cast.assessor, Role.MANAGER)  # even were the assessor a manager too
    assert own.waiting() == ()
    with pytest.raises(NotAllowed):
        own.sign(new, "whatever")
    manager = desk(cast, cast.manager, Role.MANAGER)
    assert [c.id for c in manager.waiting()] == [new]
    with pytest.raises(Conflict):
        manager.sign(old, MANAGER.passphrase)


def test_a_moderator_who_has_not_marked_it_learns_of_no_first_mark(cast: CentreCast) -> None:
    record = cast.record()
    correction = cast.amend(record, FIRST.id, 4, 3, "The wrong row", second="")
    moderator = desk(cast, cast.moderator, Role.MODERATOR)
    assert moderator.waiting() == ()
    for answer in (
        lambda: moderator.sign(correction, MODERATOR.passphrase),
        lambda: moderator.refuse(correction, "No", MODERATOR.passphrase),
    ):
        with pytest.raises(NotAllowed):
            answer()
