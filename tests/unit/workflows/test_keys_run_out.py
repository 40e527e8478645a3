# SPDX-License-Identifier: GPL-3.0-or-later
"""A key runs out by a clock, and a clock is a claim: it is said beforehand, and what is signed all the same counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from observer_app.trust.samples import sample_root
from observer_app.trust.signed_file import make_signed_file
from observer_app.trust.verify import verify_paths
from observer_app.workflows.preflight import key_check
from observer_app.workflows.views import CheckState
from tests.redteam.second import second_blames
from tests.unit.workflows.assess_cast import PASSPHRASE, AssessCast, assess_cast, end_phases, rate_all

__all__ = ["assess_cast"]
DAY_S = 86_400


def test_a_machines_key_that_runs_out_within_an_interview_keeps_nobody_from_signing(
    assess_cast: AssessCast, tmp_path: Path
) -> None:
    cast = assess_cast
    cast.clock.go(90 * DAY_S - 300)
    live = cast.interview()
    began = cast.clock.now().wall_ms
    rate_all(live, cast.clock)
    end_phases(live, cast.clock)
    live.close()
    (held,) = cast.machine.trust().certificates_for(cast.machine.keys.key_id)
    cast.clock.go(DAY_S)
    assert began < held.not_after_ms < cast.clock.now().wall_ms
    record = cast.review().sign(PASSPHRASE, is_the_person=True, declared=True).result(10)
    verified = cast.machine.trust().verify(cast.store.statements.get(record))
    assert verified.warnings == (f"The clock of the machine stood outside the certificate of {held.subject}.",)
    assert any(waiting.ref == record for waiting in cast.store.outbox.waiting())
    file = tmp_path / "record.observer"
    file.write_bytes(make_signed_file(cast.machine.trust(), verified.envelope.data))
    report = verify_paths([file])
    assert report.exit_code == 0 and second_blames([file], sample_root().data) == set()
    assert any("stood outside the certificate" in line for line in report.lines())


@pytest.mark.parametrize(
    ("person", "machine", "title"),
    [
        (0, 0, "Ready to sign"),
        (300, None, "Ready to sign"),
        (None, 80, "You cannot sign here yet"),
        (-1, 80, "Your certificate has run out"),
        (-1, -1, "Your certificate has run out"),
        (300, -1, "This machine's certificate has run out"),
    ],
)
def test_a_key_that_has_run_out_is_said_with_what_becomes_of_what_is_signed(
    person: int | None, machine: int | None, title: str
) -> None:
    check = key_check(person, machine)
    assert check.title == title
    assert (check.state is CheckState.GOOD) == (title == "Ready to sign")
    assert ("sent once it is renewed" in check.detail) == ("run out" in title)


def test_the_check_before_the_first_candidate_looks_at_both_keys(assess_cast: AssessCast) -> None:
    def said(days: float) -> str:
        assess_cast.clock.go(days * DAY_S)
        return next(check.title for check in assess_cast.assess.checks() if check.kind == "key")

    assert [said(0), said(91), said(700)] == [
        "Ready to sign", "This machine's certificate has run out", "Your certificate has run out",
    ]  # fmt: skip
