# SPDX-License-Identifier: GPL-3.0-or-later
"""Review and sign: what is left is said, what is signed verifies, what follows is an amendment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from observer_app.domain.events import Kind
from observer_app.domain.record import RecordState
from observer_app.errors import BadInput, Conflict, NotAllowed, WrongPassphrase
from observer_app.trust.certificates import read_certificate
from observer_app.trust.chain import split_events, verify_chain
from observer_app.vault.outbox import EVIDENCE, RESULTS
from observer_app.vault.sittings import encode_sittings
from tests.unit.workflows.assess_cast import HIGH, PASSPHRASE, AssessCast, assess_cast, end_phases
from tests.unit.workflows.record_cast import ASSESSOR, FRAMEWORK, MANAGER, MODERATOR, SCENARIO

ONE, TWO = SCENARIO.criteria[0].id, SCENARIO.criteria[1].id
CUT = FRAMEWORK.rules.cut


cast = assess_cast


def sign(cast: AssessCast) -> str:
    return cast.review().sign(PASSPHRASE, is_the_person=True, declared=True).result(10)


def test_what_is_left_is_said_one_by_one(cast: AssessCast) -> None:
    live = cast.interview()
    live.rate(ONE, CUT, cast.clock.go(1)).result(5)
    review = cast.review()
    view = review.view()
    assert view.left[0] == "End the last phase first"
    assert "Criterion 2 is not rated" in view.left and "Criterion 1 needs a comment" in view.left
    assert "The overall judgement is not given" in view.left and view.total == ""
    assert view.rows[0].needs and view.rows[1].needs and view.rows[-1].criterion == ""
    end_phases(live, cast.clock)
    review.comment(ONE, "Accepts the first answer", cast.clock.go(1)).result(5)
    for criterion in SCENARIO.criteria[1:]:
        review.rate(criterion.id, SCENARIO.scale.values[-1], cast.clock.go(1)).result(5)
    review.rate("", CUT, cast.clock.go(1)).result(5)
    assert review.view().left == ("The overall judgement needs its comment",)
    assert review.view().total.startswith("Total ")
    review.comment("", "Safe overall", cast.clock.go(1)).result(5)
    view = review.view()
    assert view.left == () and view.rows[0].comment == "Accepts the first answer" and view.rows[-1].comment
    review.comment(ONE, "Accepts the first answer twice", cast.clock.go(1)).result(5)
    assert review.view().rows[0].comment == "Accepts the first answer twice"
    review.comment(ONE, "", cast.clock.go(1)).result(5)
    assert review.view().left == ("Criterion 1 needs a comment",)


def test_what_was_written_in_review_is_undone_and_redone_and_nothing_of_the_room(cast: AssessCast) -> None:
    live = cast.interview()
    live.rate(ONE, 6, cast.clock.go(1)).result(5)
    live.flag("", cast.clock.go(1)).result(5)
    end_phases(live, cast.clock)
    live.close()
    review, two, three = cast.review(), SCENARIO.criteria[1].id, SCENARIO.criteria[2].id
    assert not review.view().can_undo and isinstance(review.undo(cast.clock.go(1)).exception(5), Conflict)
    review.rate(two, CUT, cast.clock.go(1)).result(5)
    review.comment(two, "Only in passing", cast.clock.go(1)).result(5)
    review.give_reason(three, "The chance did not come up", cast.clock.go(1)).result(5)
    review.rate("", 6, cast.clock.go(1)).result(5)
    whole = review.view()
    assert whole.total and whole.can_undo and not whole.can_redo
    for _ in range(4):
        review.undo(cast.clock.go(1)).result(5)
    view = review.view()
    assert (view.total, view.rows[1].value, view.rows[1].comment, view.rows[2].reason) == ("", None, "", "")
    assert not view.can_undo and view.can_redo and isinstance(review.undo(cast.clock.go(1)).exception(5), Conflict)
    assert view.rows[0].value == 6 and len(live.journal.state.flags) == 1, "what was seen in the room stands"
    for _ in range(4):
        review.redo(cast.clock.go(1)).result(5)
    assert replace(review.view(), rows=()) == replace(whole, rows=()) and review.view().rows[:3] == whole.rows[:3]
    events = cast.vault.events(live.journal.observation)
    assert [e.kind for e in events].count(Kind.UNDONE) == 4, "all of it stays on record"


def test_what_is_left_follows_the_rows(cast: AssessCast) -> None:
    live = cast.interview()
    live.rate(SCENARIO.criteria[2].id, CUT, cast.clock.go(1)).result(5)
    end_phases(live, cast.clock)
    assert cast.review().view().left[1:4] == (
        "Criterion 2 is not rated", "Criterion 3 needs a comment", "Criterion 4 is not rated",
    )  # fmt: skip


def test_nothing_is_signed_while_anything_is_left(cast: AssessCast) -> None:
    live = cast.finished()
    assert live.closed
    review = cast.review()
    review.rate(ONE, CUT, cast.clock.go(1)).result(5)
    with pytest.raises(Conflict, match="Criterion 1 needs a comment"):
        review.sign(PASSPHRASE, is_the_person=True, declared=True)
    review.comment(ONE, "Only in passing", cast.clock.go(1)).result(5)
    assert review.view().left == ()
    for person, declared, word in ((False, True, "the person"), (True, False, "declaration")):
        with pytest.raises(Conflict, match=word):
            review.sign(PASSPHRASE, is_the_person=person, declared=declared)
    with pytest.raises(WrongPassphrase):
        review.sign("wrong words entirely", is_the_person=True, declared=True)
    assert not cast.store.statements.of_type("record") and review.view().state is RecordState.SAVED


def test_a_signed_record_verifies_and_holds_no_words(cast: AssessCast) -> None:
    live = cast.interview()
    live.write_note("Mother turns to the door", ONE, cast.clock.go(1), cast.clock.go(5)).result(5)
    live.close()
    cast.assess.close()
    review, record = cast.signed()
    verified = cast.machine.trust().verify(cast.store.statements.get(record))
    body = verified.statement.body
    assert {c.kind for c in verified.signers} == {"person", "device"} and verified.warnings == ()
    assert {r["criterion"] for r in body["ratings"]} == {c.id for c in SCENARIO.criteria}
    assert body["outcome"]["passed"] == "yes" and body["global_rating"]["value"] == SCENARIO.global_scale.values[-1]
    log = cast.files.read(body["event_log"]["sha256"])
    payloads = split_events(log)
    assert verify_chain(payloads, bytes.fromhex(body["events"]["head"]), body["events"]["count"]) == len(payloads)
    clear = cast.store.statements.get(record) + log
    for personal in (cast.mine.candidate.name, cast.mine.candidate.registration, "turns to the door"):
        assert personal.encode() not in clear
    opened = cast.reader().open(record)
    assert opened.candidate.name == cast.mine.candidate.name
    assert any(text == "Mother turns to the door" for _, text, _ in opened.notes())
    assert opened.score is not None and opened.score.passed
    assert review.view().state is RecordState.SIGNED and review.view().record == record


def test_results_wait_before_evidence(cast: AssessCast) -> None:
    _, record = cast.signed()
    waiting = cast.store.outbox.waiting()
    mine = [w for w in waiting if w.about == record]
    assert (mine[0].kind, mine[0].ref, mine[0].priority) == ("statement", record, RESULTS)
    assert sorted(w.kind for w in mine if w.priority == EVIDENCE) == ["object", "object", "wrap", "wrap"]
    recipients = {w.ref.split("/")[1] for w in mine if w.kind == "wrap"}
    centre = read_certificate(cast.centre.certificate.data).key_id
    assert recipients == {centre, cast.officer.key_id}


def test_after_signing_it_is_read_only(cast: AssessCast) -> None:
    review, _ = cast.signed()
    with pytest.raises(Conflict):
        review.rate(ONE, 1, cast.clock.go(1)).result(5)
    with pytest.raises(Conflict):
        review.comment(ONE, "later", cast.clock.go(1)).result(5)
    with pytest.raises(Conflict):
        review.sign(PASSPHRASE, is_the_person=True, declared=True)
    with pytest.raises(Conflict):
        cast.open()
    assert len(cast.store.statements.of_type("record")) == 1
    card = cast.assess.today(cast.clock.now()).sittings[0]
    assert (card.status, card.can_open, card.state) == ("Signed", False, RecordState.SIGNED)


def test_a_stop_between_statement_and_entry_signs_once(cast: AssessCast, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.finished()
    review = cast.review()

    class Killed(BaseException):
        pass

    def stop(record: str) -> None:
        raise Killed

    monkeypatch.setattr(review, "_tell_journal", stop)
    with pytest.raises(Killed):
        review.sign(PASSPHRASE, is_the_person=True, declared=True)
    assert cast.assess.today(cast.clock.now()).sittings[0].status == "To be signed"
    cast.new_window()
    view = cast.review().view()
    assert view.record == cast.store.statements.of_type("record")[0].id and view.state is RecordState.SIGNED
    with pytest.raises(Conflict):
        sign(cast)


def test_an_amendment_whose_notes_were_erased_tells_its_reason_to_nobody_else(cast: AssessCast) -> None:
    review, _ = cast.signed()
    cast.vault.forget(cast.vault.observations(cast.mine.id)[-1].id).result(5)
    before = [w.ref for w in cast.store.outbox.waiting(100) if w.kind == "object"]
    statement = review.amend({ONE: HIGH - 1}, "I had pressed the wrong row", PASSPHRASE).result(10)
    assert cast.machine.trust().verify(cast.store.statements.get(statement))
    assert "I had pressed the wrong row" in review.view().amendments[0], "it stays on this machine"
    after = [w.ref for w in cast.store.outbox.waiting(100) if w.kind == "object"]
    assert after == before and before, "there is no key left to seal it under"


def test_an_amendment_stands_beside_the_record(cast: AssessCast) -> None:
    review, record = cast.signed()
    high = SCENARIO.scale.values[-1]
    for changes, error in (({ONE: high}, Conflict), ({ONE: 99}, BadInput), ({"": 3}, BadInput)):
        with pytest.raises(error):
            review.amend(changes, "wrong row", PASSPHRASE)
    with pytest.raises(BadInput):
        review.amend({ONE: high - 1}, " ", PASSPHRASE)
    statement = review.amend({ONE: high - 1}, "I had pressed the wrong row", PASSPHRASE).result(10)
    verified = cast.machine.trust().verify(cast.store.statements.get(statement))
    assert verified.statement.body["record"] == record
    assert review.countersign(MANAGER.person, MANAGER.passphrase).result(10)
    view = review.view()
    assert view.rows[0].value == high - 1 and view.rows[0].was == (high,)
    assert "I had pressed the wrong row" in view.amendments[0] and f"criterion 1 to {high - 1}" in view.amendments[0]
    assert "Signed a second time by Sample Manager" in view.amendments[0] and not view.waiting
    assert b"wrong row" not in cast.store.statements.get(statement)
    opened = cast.reader().open(record)
    assert opened.ratings[ONE] == high - 1 and opened.signed_ratings[ONE] == high
    assert opened.amendments[0].reason == "I had pressed the wrong row"
    cast.clock.go(60)
    second = review.amend({ONE: high}, "It was right after all", PASSPHRASE).result(10)
    review.countersign(MODERATOR.person, MODERATOR.passphrase).result(10)
    assert second != statement and cast.reader().open(record).ratings[ONE] == high


def test_a_correction_waits_until_another_person_signs_it_too(cast: AssessCast) -> None:
    """Seen red with `counts` always True, and with the list of those who may sign left unlooked at."""
    review, record = cast.signed()
    with pytest.raises(Conflict, match="No correction waits"):
        review.countersign(MANAGER.person, MANAGER.passphrase)
    assert not review.view().waiting and not review.view().second_signers
    review.amend({ONE: HIGH - 1}, "I had pressed the wrong row", PASSPHRASE).result(10)
    view = review.view()
    assert view.waiting and view.rows[0].value == HIGH and view.rows[0].was == ()
    assert "waits for a second signature and does not count yet" in view.amendments[0]
    assert cast.reader().open(record).ratings[ONE] == HIGH
    assert [name for _, name in view.second_signers] == ["Sample Assessor B", "Sample Manager", "Sample Moderator M"]
    for person, words, error in ((ASSESSOR.person, PASSPHRASE, NotAllowed), ("p-nobody", "x", NotAllowed),
                                 (MANAGER.person, PASSPHRASE, WrongPassphrase)):  # fmt: skip
        with pytest.raises(error):
            review.countersign(person, words)
    assert not cast.store.statements.of_type("countersignature")
    review.amend({ONE: HIGH - 2}, "Two below, not one", PASSPHRASE).result(10)
    assert "replaced before anyone signed it again" in review.view().amendments[0]
    cast.new_window()  # another day, another window
    review = cast.review()
    assert review.view().waiting and cast.assess.records()[0].waiting
    second = review.countersign(MODERATOR.person, MODERATOR.passphrase).result(10)
    verified = cast.machine.trust().verify(cast.store.statements.get(second))
    assert verified.statement.header.person == MODERATOR.person
    assert review.view().rows[0].value == HIGH - 2 and not review.view().waiting
    assert cast.reader().open(record).ratings[ONE] == HIGH - 2 and not cast.assess.records()[0].waiting


def test_my_records_are_mine_to_read_whoever_the_booking_went_to_since(cast: AssessCast) -> None:
    assert cast.assess.records() == ()
    _, record = cast.signed()
    (card,) = cast.assess.records()
    assert (card.sitting, card.candidate.name) == (cast.mine.id, cast.mine.candidate.name)
    assert (card.status, card.state, card.scenario) == ("Signed", RecordState.SIGNED, SCENARIO.title)
    given = replace(cast.mine, assessor=cast.other.assessor)
    cast.store.sittings.put_roster("2" * 64, cast.day, encode_sittings([given, cast.other])).result()
    view = cast.assess.review(card.sitting).view()
    assert view.record == record and view.rows[0].value == HIGH
    with pytest.raises(NotAllowed):
        cast.assess.open(card.sitting, cast.clock.go(1))


def test_a_signed_record_is_printed_with_its_words(cast: AssessCast, tmp_path: Path) -> None:
    live = cast.interview()
    live.write_note("Mother turns to the door", ONE, cast.clock.go(1), cast.clock.go(5)).result(5)
    live.close()
    review = cast.review()
    with pytest.raises(BadInput, match="not been signed"):
        review.print_to(tmp_path / "too-early.pdf")
    review, _ = cast.signed()
    review.print_to(tmp_path / "record.pdf")
    pages = pypdf.PdfReader(tmp_path / "record.pdf").pages
    words = " ".join(" ".join(page.extract_text() for page in pages).split())
    for wanted in ("Mother turns to the door", cast.mine.candidate.name, "Sample Assessor A", SCENARIO.title):
        assert wanted in words, wanted


def test_a_note_taken_back_is_still_named_by_the_log_and_kept(cast: AssessCast) -> None:
    live = cast.interview()
    live.write_note("Taken back", "", cast.clock.go(1), cast.clock.go(5)).result(5)
    live.undo(cast.clock.go(1)).result(5)
    live.close()
    _, record = cast.signed()
    assert "Taken back" in cast.reader().open(record).texts.values()


def test_states_rise_to_acknowledged(cast: AssessCast) -> None:
    review, record = cast.signed()
    seq = next(w.seq for w in cast.store.outbox.waiting() if w.ref == record)
    cast.store.outbox.mark_sent([seq]).result(5)
    assert review.view().state is RecordState.SENT
    cast.acknowledge(record)
    card = cast.assess.today(cast.clock.now()).sittings[0]
    assert review.view().state is RecordState.ACKNOWLEDGED
    assert card.status == "Acknowledged" and card.detail.startswith("Receipt ") and card.icon == "badge-check"


def test_an_abandoned_one_cannot_be_signed(cast: AssessCast) -> None:
    cast.interview().abandon("Candidate became ill", cast.clock.go(1)).result(5)
    review = cast.review()
    assert review.view().left == ("This observation was not finished: there is nothing to sign",)
    with pytest.raises(Conflict):
        sign(cast)
    with pytest.raises(Conflict):
        review.rate(ONE, 3, cast.clock.go(1)).result(5)


def test_the_last_entry_is_the_signature(cast: AssessCast) -> None:
    review, record = cast.signed()
    events = cast.vault.events(review.view().observation)
    assert events[-1].kind == Kind.SIGNED and events[-1].body == {"record": record}
    assert events[-2].kind == Kind.IDENTITY_CONFIRMED
