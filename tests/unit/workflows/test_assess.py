# SPDX-License-Identifier: GPL-3.0-or-later
"""The assessor's day: whom to see, opening, finding it again after a crash."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from observer_app.domain.events import Kind
from observer_app.domain.record import RecordState
from observer_app.errors import BadInput, Conflict, NotAllowed
from observer_app.sync.central_time import TimeSeen
from observer_app.trust import strict_json
from observer_app.vault.sittings import encode_sittings
from observer_app.workflows.clock_check import awake_or_asleep
from observer_app.workflows.views import CheckState, CheckView
from tests.unit.workflows.assess_cast import AssessCast, assess_cast
from tests.unit.workflows.record_cast import ASSESSOR, SCENARIO

cast = assess_cast


def test_today_shows_my_sittings_and_no_others(cast: AssessCast) -> None:
    today = cast.assess.today(cast.clock.now())
    assert [c.sitting for c in today.sittings] == [cast.mine.id]
    card = today.sittings[0]
    assert (card.status, card.icon, card.state, card.is_next, card.can_open) == (
        "Expected", "circle", RecordState.NONE, True, True
    )  # fmt: skip
    assert card.scenario == SCENARIO.title and card.candidate.photo and today.subtitle.endswith("one observation")
    assert {c.state for c in today.checks} == {CheckState.CHECKING}


def test_the_next_one_is_who_is_here_then_who_is_being_watched(cast: AssessCast) -> None:
    later = replace(cast.mine, id="s-later", starts="23:30")
    cast.store.sittings.put_roster("2" * 64, cast.day, encode_sittings([later, *cast.sittings])).result(5)

    def chosen() -> list[str]:
        return [c.sitting for c in cast.assess.today(cast.clock.now()).sittings if c.is_next]

    assert chosen() == [cast.mine.id]
    cast.store.sittings.append(cast.day, "s-later", "arrived", "p-m", cast.clock.go(1)).result(5)
    assert chosen() == ["s-later"]
    live = cast.open()
    assert chosen() == [cast.mine.id]
    live.close()
    assert [c.sitting for c in cast.assess.today(cast.clock.now()).sittings] == [cast.mine.id, "s-later"]


def test_the_status_follows_what_the_centre_enters(cast: AssessCast) -> None:
    sittings, at = cast.store.sittings, cast.clock.go(1)

    def status() -> tuple[str, str, str]:
        card = cast.assess.today(cast.clock.now()).sittings[0]
        return card.status, card.detail, card.icon

    sittings.append(cast.day, cast.mine.id, "late", "p-m", at, "20").result(5)
    assert status()[0] == "Late" and status()[1].startswith("Expected at ") and status()[2] == "clock"
    sittings.append(cast.day, cast.mine.id, "arrived", "p-m", at).result(5)
    assert status()[0] == "Arrived" and status()[2] == "user-round-check"
    sittings.append(cast.day, cast.mine.id, "absent", "p-m", at).result(5)
    assert status()[0] == "Absent"
    with pytest.raises(Conflict):
        cast.open()


def test_opening_and_leaving_and_opening_again_is_one_observation(cast: AssessCast) -> None:
    live = cast.open()
    assert cast.assess.open(cast.mine.id, cast.clock.go(1)) is live
    live.rate(SCENARIO.criteria[0].id, 3, cast.clock.go(1)).result(5)
    live.close()
    again = cast.open()
    assert again.view(cast.clock.now()).rows[0].value == 3
    assert cast.kinds() == [Kind.OPENED, Kind.RATED]
    assert cast.assess.today(cast.clock.now()).sittings[0].status == "In progress"


def test_only_my_own_sittings_open(cast: AssessCast) -> None:
    with pytest.raises(NotAllowed):
        cast.assess.open(cast.other.id, cast.clock.now())
    with pytest.raises(BadInput):
        cast.assess.open("s-nothing", cast.clock.now())
    with pytest.raises(BadInput):
        cast.assess.review(cast.mine.id)


def test_after_a_crash_the_same_screen_and_how_long_it_was_away(cast: AssessCast) -> None:
    live = cast.interview()
    live.rate(SCENARIO.criteria[1].id, 4, cast.clock.go(30)).result(5)
    before = live.view(cast.clock.go(20))
    assert live.view(cast.clock.now()).recording == "recording"
    assess = cast.new_window()
    assert assess.running() == cast.mine.id
    cast.clock.go(12)
    again = cast.open()
    after = again.view(cast.clock.now())
    assert [r.value for r in after.rows] == [r.value for r in before.rows]
    assert after.phase and before.phase and after.phase.id == before.phase.id
    assert after.elapsed_ms - before.elapsed_ms == 13_000
    away = next(e for e in cast.vault.events(before.observation) if e.kind == Kind.RESUMED_AFTER_CRASH)
    assert 12_000_000 <= away.body["away_us"] <= 18_000_000
    seconds = round(away.body["away_us"] / 1_000_000)
    assert after.trouble == f"This window was closed for {seconds} seconds. Everything with a tick is here."
    assert again.view(cast.clock.go(20)).trouble == "", "it is said for a while"
    first, second = (r.orders[0] for r in cast.recorders)
    assert second.recording == first.recording and second.key == first.key
    assert assess.running() == ""


def test_what_was_locked_over_is_come_back_to_at_its_row_and_is_no_crash(cast: AssessCast) -> None:
    live = cast.interview()
    third = SCENARIO.criteria[2].id
    live.rate(SCENARIO.criteria[0].id, 4, cast.clock.go(30)).result(5)
    live.keep_draft("Half a sentence", third, cast.clock.now())
    live.lock_over(third)
    live.close()
    assess = cast.new_window()
    assert assess.running() == cast.mine.id
    again = cast.open()
    draft = again.draft()
    assert again.stood_at() == third and draft is not None and draft[:2] == ("Half a sentence", third)
    assert Kind.RESUMED_AFTER_CRASH not in cast.kinds()
    again.close()
    assert cast.new_window().running() == "", "come back to once, then left on purpose"
    assert cast.open().stood_at() is None


def test_leaving_is_no_crash(cast: AssessCast) -> None:
    cast.open().close()
    assert cast.new_window().running() == ""
    cast.open()
    assert cast.kinds() == [Kind.OPENED]


def test_a_wrong_candidate_is_taken_back_and_the_right_one_opens_anew(cast: AssessCast) -> None:
    live = cast.open()
    first = live.view(cast.clock.now()).observation
    live.wrong_candidate("It was the next one in the room", cast.clock.go(1)).result(5)
    with pytest.raises(Conflict):
        live.rate(SCENARIO.criteria[0].id, 3, cast.clock.go(1)).result(5)
    second = cast.open().view(cast.clock.now()).observation
    assert first != second
    assert [o.state for o in cast.vault.observations(cast.mine.id)] == ["reopened", "open"]


def test_an_abandoned_observation_stays_as_it_is_and_the_board_hears_of_it(cast: AssessCast) -> None:
    cast.open().abandon("Fire alarm, the candidate left", cast.clock.go(1)).result(5)
    assert cast.assess.today(cast.clock.now()).sittings[0].status == "Abandoned"
    assert cast.store.sittings.state(cast.day, cast.mine.id).abandoned
    with pytest.raises(Conflict):
        cast.open()


def test_checks_say_what_to_do_and_an_override_stands_on_the_record(cast: AssessCast) -> None:
    camera, sound, space, _power, clock, key = cast.assess.checks()
    assert camera.state is CheckState.NEEDS_YOU and camera.remedy and sound.state is CheckState.NEEDS_YOU
    assert space.kind == "space" and clock.state is CheckState.GOOD and key.state is CheckState.GOOD
    assert cast.assess.today(cast.clock.now()).checks[0] == camera
    cast.assess.override_check("camera", "The centre records with its own camera", cast.clock.go(1))
    cast.assess.override_check("sound", "Its own microphone too", cast.clock.go(1)).result(5)
    cast.new_window()
    with pytest.raises(BadInput):
        cast.assess.override_check("camera", "  ", cast.clock.now()).result(5)
    live = cast.open()
    live.flag("", cast.clock.go(1)).result(5)
    observation = live.view(cast.clock.now()).observation
    found = [e for e in cast.vault.events(observation) if e.kind == Kind.CHECK_OVERRIDDEN]
    assert [e.body["check"] for e in found] == ["camera", "sound"]
    written = found[0]
    assert cast.vault.text(written.body["text"]) == "The centre records with its own camera"
    assert ASSESSOR.person == written.person


def test_the_clock_is_judged_anew_once_central_has_told_the_time(cast: AssessCast) -> None:
    def clock() -> CheckView:
        return next(c for c in cast.assess.today(cast.clock.now()).checks if c.kind == "clock")

    assert clock().state is CheckState.CHECKING, "nobody has looked yet"
    camera = cast.assess.checks()[0]
    assert clock().title == "Clock not compared"
    now = awake_or_asleep(cast.clock)
    told = TimeSeen(now.wall_ms - 90_000, 20, now.monotonic_us, now.boot_id, now.wall_ms, "note", "0" * 32)
    cast.store.set_setting("central/signed_time", strict_json.dumps(asdict(told))).result()
    assert clock().state is CheckState.NEEDS_YOU and clock().remedy
    assert cast.assess.today(cast.clock.now()).checks[0] is camera, "the others stand as they were looked at"


def test_own_phrases_stay_in_ones_own_vault(cast: AssessCast) -> None:
    cast.assess.keep_phrases([("eye", "Keeps eye contact.")]).result(5)
    with pytest.raises(BadInput):
        cast.assess.keep_phrases([("eye", "One."), ("eye", "Two.")]).result(5)
    cast.new_window()
    assert cast.assess.phrases().own == (("eye", "Keeps eye contact."),)
    snippets = cast.open().view(cast.clock.now()).snippets
    assert snippets[0] == ("eye", "Keeps eye contact.") and len(snippets) > 1
