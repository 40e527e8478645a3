# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes on around an observation: signing while keys come in, a list that changes, days and clocks that do."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from observer_app.domain.events import Kind
from observer_app.domain.moment import Moment
from observer_app.domain.sitting import Consent
from observer_app.errors import Conflict, EnvironmentFault
from observer_app.packs.loading import pack_bytes, pack_files
from observer_app.shipped import shipped
from observer_app.vault.sittings import encode_sittings
from tests.unit.workflows.assess_cast import PASSPHRASE, AssessCast, assess_cast, rate_all
from tests.unit.workflows.record_cast import FRAMEWORK, SCENARIO

ONE, TWO = SCENARIO.criteria[0].id, SCENARIO.criteria[1].id
HIGH = SCENARIO.scale.values[-1]
DAY_S = 86_400


cast = assess_cast


# ---- signing while something else goes on ----


def test_a_key_pressed_while_the_record_is_signed_never_spoils_it(cast: AssessCast) -> None:
    """The entry may come at any step of signing; what is signed must hold, and nothing confirmed may be left out."""
    cast.finished()
    review = cast.review()
    answers: list[Future[None]] = []
    put = cast.files.put
    pressed = threading.Event()

    def put_and_press(content: bytes) -> str:
        if not pressed.is_set():  # the marks have been read, their log is being written
            pressed.set()
            answers.append(review.rate(ONE, HIGH - 1, cast.clock.go(1)))
        return put(content)

    cast.files.put = put_and_press  # type: ignore[method-assign]
    record = review.sign(PASSPHRASE, is_the_person=True, declared=True).result(10)
    opened = cast.reader().open(record)  # raises when marks and entries do not fit each other
    assert pressed.is_set() and opened.state is not None
    if answers[0].exception(5) is None:
        assert opened.signed_ratings[ONE] == HIGH - 1
    else:
        assert isinstance(answers[0].exception(), Conflict) and opened.signed_ratings[ONE] == HIGH


def test_what_was_not_saved_is_not_signed_as_if_it_were(cast: AssessCast) -> None:
    """A withdrawal of the last rating reaches the disk while the passphrase is being stretched."""
    cast.finished()
    review, live = cast.review(), cast.open()
    unlock = cast.assess._parts.signatory.unlock

    def slow(passphrase: str) -> object:
        live.withdraw(TWO, cast.clock.go(1)).result(5)
        return unlock(passphrase)

    cast.assess._parts.signatory.unlock = slow  # type: ignore[method-assign, assignment]
    with pytest.raises(Conflict, match="Criterion 2 is not rated"):
        review.sign(PASSPHRASE, is_the_person=True, declared=True)
    assert not cast.store.statements.of_type("record")
    review.rate(TWO, HIGH, cast.clock.go(1)).result(5)  # and it can be written again


def test_signing_twice_at_once_makes_one_record(cast: AssessCast) -> None:
    cast.finished()
    reviews, records, refused = [cast.review(), cast.review()], list[str](), list[Conflict]()
    both = threading.Barrier(2)
    unlock = cast.assess._parts.signatory.unlock

    def together(passphrase: str) -> object:
        key = unlock(passphrase)
        both.wait(10)
        return key

    cast.assess._parts.signatory.unlock = together  # type: ignore[method-assign, assignment]

    def sign(number: int) -> None:
        try:
            records.append(reviews[number].sign(PASSPHRASE, is_the_person=True, declared=True).result(10))
        except Conflict as error:
            refused.append(error)

    threads = [threading.Thread(target=sign, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(records) == 1 and len(refused) == 1
    assert len(cast.store.statements.of_type("record")) == 1


def test_a_stop_between_statement_and_entry_is_put_right_before_anything_is_written(cast: AssessCast) -> None:
    cast.finished()
    review = cast.review()

    class Killed(Exception):
        pass

    def killed(record: str) -> None:
        raise Killed

    review._tell_journal = killed  # type: ignore[method-assign]
    with pytest.raises(Killed):
        review.sign(PASSPHRASE, is_the_person=True, declared=True)
    cast.new_window()
    with pytest.raises(Conflict):  # signed: nothing more is written under it
        cast.open().rate(ONE, HIGH - 1, cast.clock.go(1)).result(5)
    assert cast.assess.today(cast.clock.now()).sittings[0].status == "Signed"
    assert cast.kinds()[-1] == Kind.SIGNED


# ---- the day's list changes under way ----


def test_a_list_without_the_sitting_does_not_stop_who_is_being_watched(cast: AssessCast) -> None:
    live = cast.interview()
    cast.store.sittings.put_roster("2" * 64, cast.day, encode_sittings([cast.other])).result(5)
    cast.clock.go(2)
    assert live.view(cast.clock.now()).candidate.name == cast.mine.candidate.name
    rate_all(live, cast.clock)
    while live.view(cast.clock.now()).phase or live.view(cast.clock.now()).next_action:
        live.next_phase(cast.clock.go(60)).result(5)
    live.close()
    cast.new_window()
    assert [c.sitting for c in cast.assess.today(cast.clock.now()).sittings] == [cast.mine.id]
    cast.review().sign(PASSPHRASE, is_the_person=True, declared=True).result(10)


def test_what_was_begun_yesterday_can_be_signed_today(cast: AssessCast) -> None:
    cast.finished()
    cast.new_window()
    cast.clock.go(DAY_S)
    today = cast.assess.today(cast.clock.now())
    assert [(c.sitting, c.status, c.can_open, c.is_next) for c in today.sittings] == [
        (cast.mine.id, "To be signed", True, True)
    ]
    assert today.sittings[0].part and today.sittings[0].part != "Morning"
    cast.review().sign(PASSPHRASE, is_the_person=True, declared=True).result(10)
    assert cast.assess.today(cast.clock.now()).sittings == ()


def test_an_open_observation_opens_though_its_scenario_is_no_longer_offered(cast: AssessCast) -> None:
    cast.interview().close()
    parts = cast.assess._parts
    for kind, pack in (("framework", FRAMEWORK), ("scenario", SCENARIO)):
        folder = shipped("rubrics") if kind == "framework" else shipped("resources") / "scenarios"
        content = next(c for p in pack_files(folder) if sha256(c := pack_bytes(p)).hexdigest() == pack.ref.sha256)
        cast.store.put_pack(pack.ref.sha256, kind, f"{pack.ref.id}.yaml", content).result(5)
    cast.new_window()
    object.__setattr__(cast.assess._parts, "library", replace(parts.library, scenarios={}))
    card = cast.assess.today(cast.clock.now()).sittings[0]
    assert card.can_open


# ---- consent ----


def test_consent_taken_back_ends_the_recording(cast: AssessCast) -> None:
    live = cast.interview()
    assert live.view(cast.clock.now()).recording == "recording"
    cast.store.sittings.append(cast.day, cast.mine.id, "consent", "p-m", cast.clock.go(1), "refused").result(5)
    view = live.view(cast.clock.go(2))
    assert view.recording == "refused"
    assert Kind.RECORDING_STOPPED in cast.kinds() and cast.recorders[-1].stops == 1


def test_consent_given_late_begins_the_recording(tmp_path: Path) -> None:
    cast = AssessCast(tmp_path, Consent.UNKNOWN)
    try:
        live = cast.interview()
        assert live.view(cast.clock.now()).recording == "refused"
        cast.store.sittings.append(cast.day, cast.mine.id, "consent", "p-m", cast.clock.go(1), "given").result(5)
        live.view(cast.clock.go(2))
        assert live.view(cast.clock.go(2)).recording == "recording"
        assert cast.kinds().count(Kind.RECORDING_STARTED) == 1
    finally:
        cast.assess.close()
        cast.close()


def test_a_clock_set_back_does_not_bring_an_old_consent_back(cast: AssessCast) -> None:
    now = cast.clock.now()
    sittings = cast.store.sittings
    sittings.append(cast.day, cast.mine.id, "consent", "p-m", now, "given").result(5)
    earlier = Moment(now.monotonic_us + 60_000_000, now.boot_id, now.wall_ms - 3_600_000)
    sittings.append(cast.day, cast.mine.id, "consent", "p-m", earlier, "refused").result(5)
    assert sittings.state(cast.day, cast.mine.id).sitting.consent is Consent.REFUSED


# ---- leaving ----


def test_a_recorder_that_does_not_let_go_is_said_in_words(cast: AssessCast) -> None:
    cast.finished()
    live = cast.open()
    broken: Future[None] = Future()
    broken.set_exception(EnvironmentFault("The recorder has not closed the recording yet."))
    live._left = broken
    with pytest.raises(EnvironmentFault):
        cast.review().sign(PASSPHRASE, is_the_person=True, declared=True)
