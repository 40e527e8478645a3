# SPDX-License-Identifier: GPL-3.0-or-later
"""The wrong candidate was opened and all that was seen becomes the right one's; nobody is kept on film unasked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from observer_app.domain.sitting import Consent, Sitting
from observer_app.errors import BadInput
from observer_app.vault.sittings import encode_sittings
from observer_app.workflows.live import LiveObservation
from tests.unit.workflows.assess_cast import PASSPHRASE, AssessCast, assess_cast, end_phases, rate_all

cast = assess_cast


def mine_too(cast: AssessCast, consent: Consent = Consent.GIVEN) -> Sitting:
    """The other sitting of the day is Assessor A's as well, of the same scenario."""
    moved = replace(cast.other, assessor=cast.mine.assessor, scenario_id=cast.mine.scenario_id, consent=consent)
    cast.store.sittings.put_roster("2" * 64, cast.day, encode_sittings([cast.mine, moved])).result()
    return moved


def seen_so_far(live: LiveObservation, cast: AssessCast) -> tuple[object, ...]:
    view = live.view(cast.clock.now())
    return view.observation, [(r.criterion, r.value, r.at_ms) for r in view.rows], view.notes, view.phase, view.can_undo


def test_the_wrong_candidate_found_out_late_takes_nothing_seen_away(cast: AssessCast) -> None:
    other = mine_too(cast)
    live = cast.interview()
    live.confirm_identity(cast.clock.go(1)).result(5)
    criterion = live.view(cast.clock.now()).rows[0].criterion
    live.rate(criterion, 5, cast.clock.go(30)).result(5)
    live.write_note("Looks at the door", criterion, cast.clock.now(), cast.clock.go(2)).result(5)
    before = seen_so_far(live, cast)
    assert [(o.sitting, o.candidate.name) for o in live.others()] == [(other.id, other.candidate.name)]
    for sitting, reason in (("s-nobody", "x"), (other.id, "  ")):
        with pytest.raises(BadInput):
            live.move_to(sitting, reason, cast.clock.now()).result(5)
    live.move_to(other.id, "They came in the other order", cast.clock.go(1)).result(5)
    again = cast.assess.open(other.id, cast.clock.now())
    assert seen_so_far(again, cast) == before
    view = again.view(cast.clock.now())
    assert view.candidate.id == other.candidate.id and not view.identity_confirmed
    assert again.journal.state.opening["candidate"] == other.candidate.id
    assert again.recording and len(again.journal.state.recordings) == 1, "they consented: it goes on"
    events = cast.store.sittings.events
    assert [e.kind for e in events(cast.day, cast.mine.id)][-1] == "reopened"
    assert [e.kind for e in events(cast.day, other.id)][-1] == "started"
    first = cast.store.sittings.state(cast.day, cast.mine.id)
    assert first.started_at is None
    fresh = cast.assess.open(cast.mine.id, cast.clock.go(1))
    assert fresh.view(cast.clock.now()).observation != view.observation
    assert all(r.value is None for r in fresh.view(cast.clock.now()).rows)


def test_it_survives_a_crash_and_is_signed_as_the_right_persons(cast: AssessCast) -> None:
    other = mine_too(cast)
    live = cast.interview()
    rate_all(live, cast.clock)
    live.move_to(other.id, "Swapped at the door", cast.clock.go(1)).result(5)
    cast.new_window()
    assert cast.assess.running() == other.id
    again = cast.assess.open(other.id, cast.clock.go(1))
    again.confirm_identity(cast.clock.go(1)).result(5)
    end_phases(again, cast.clock)
    record = cast.assess.review(other.id).sign(PASSPHRASE, is_the_person=True, declared=True).result(20)
    body = cast.machine.trust().verify(cast.store.statements.get(record)).statement.body
    assert (body["sitting"], body["candidate"]) == (other.id, other.candidate.id)


@pytest.mark.parametrize("consent", [Consent.REFUSED, Consent.UNKNOWN])
def test_who_did_not_consent_is_not_kept_on_film(cast: AssessCast, consent: Consent) -> None:
    other = mine_too(cast, consent)
    live = cast.interview()
    (recording,) = live.journal.state.recordings
    folder = cast.files.recording(recording, create=True)
    (folder / "0001.obsv").write_bytes(b"film")
    live.move_to(other.id, "Swapped at the door", cast.clock.go(1)).result(5)
    assert not folder.exists() and not live.recording
    (gap,) = live.journal.state.gaps
    assert gap.recording == recording and "not consented" in gap.cause and gap.to_us > gap.from_us
    assert cast.assess.open(other.id, cast.clock.go(1)).view(cast.clock.now()).recording == "refused"


def test_only_who_it_could_be_is_offered(cast: AssessCast) -> None:
    assert cast.interview().others() == (), "the other one is somebody else's"
    cast.assess.close()
    other = mine_too(cast)
    cast.assess.open(other.id, cast.clock.go(1)).close()
    assert cast.open().others() == (), "one that is begun is its own"
