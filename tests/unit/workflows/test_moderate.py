# SPDX-License-Identifier: GPL-3.0-or-later
"""The moderator's work on real stores and a real recording: blind until signed, then side by side."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from observer_app.capture.made_clip import make_clip
from observer_app.domain.record import RecordState
from observer_app.errors import BadInput, Conflict, IntegrityBroken, NotAllowed, WrongPassphrase
from observer_app.trust.keys import KeySet
from observer_app.workflows.assigning import assign, choose_for_moderation, moderators
from observer_app.workflows.moderate import ModerateDesk
from observer_app.workflows.replay import ReplayObservation
from observer_app.workflows.views import RowState
from tests.open_files import open_films
from tests.unit.workflows.record_cast import DAY, MODERATOR, SCENARIO, CentreCast, centre_cast

IDS = [c.id for c in SCENARIO.criteria]
COUNT = len(IDS)


cast = centre_cast


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "talk.mp4", 6, fps=15, size=(320, 180))


@pytest.fixture
def assigned(cast: CentreCast) -> tuple[str, ModerateDesk]:
    """A record without a recording, given to the moderator."""
    record = cast.record(0, [4, 5, 3, 4, 4, 6, 4, 4])
    assign(cast.reader(), record, MODERATOR.person)
    return record, _desk(cast)


def _desk(cast: CentreCast) -> ModerateDesk:
    m = cast.moderator
    return ModerateDesk(cast.reader(m.secrets.keys), m.vault, m.signatory)


def _mark_all(replay: ReplayObservation, values: list[int], overall: int = 4) -> None:
    for place, (criterion, value) in enumerate(zip(IDS, values, strict=True)):
        replay.rate(criterion, value, 1000 * place).result()
    replay.rate("", overall, 9000).result()


def _texts(value: object) -> Iterator[object]:
    """Every value in a view, however deep."""
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
    elif isinstance(value, tuple):
        for inner in value:
            yield from _texts(inner)
    else:
        yield value


# ---- the list ----


def test_only_what_was_assigned_is_on_the_list_and_opens(cast: CentreCast) -> None:
    one, other = cast.record(0), cast.record(1)
    desk = _desk(cast)
    assert desk.work_list().items == ()
    assign(cast.reader(), one, MODERATOR.person)
    (item,) = desk.work_list().items
    assert (item.record, item.state, item.signed, item.recording_here) == (one, "Not begun", False, False)
    assert item.candidate.name == cast.sittings[0].candidate.name
    with pytest.raises(NotAllowed):
        desk.open(other)


def test_an_assignment_carries_key_and_order_to_be_sent(cast: CentreCast) -> None:
    record = cast.record(0)
    reader = cast.reader()
    before = len(cast.store.outbox.waiting())
    for _ in range(2):
        assign(reader, record, MODERATOR.person)
    waiting = [(w.kind, w.ref) for w in cast.store.outbox.waiting()][before:]
    observation = reader.open(record).observation
    key_id = cast.moderator.secrets.keys.key_id
    assert waiting == [("wrap", f"{observation}/{key_id}"), ("assignment", f"{record}/{MODERATOR.person}")]
    assert cast.reader(cast.moderator.secrets.keys).evidence_key(observation) == reader.evidence_key(observation)


def test_records_are_only_given_to_moderators_by_who_holds_the_key(cast: CentreCast) -> None:
    record = cast.record(0)
    with pytest.raises(BadInput, match="moderator"):
        assign(cast.reader(), record, cast.manager.secrets.person)
    with pytest.raises(Conflict, match="their own"):
        assign(cast.reader(), record, cast.assessor.secrets.person)
    with pytest.raises(NotAllowed, match="key"):
        assign(cast.reader(KeySet.generate()), record, MODERATOR.person)
    assert [m.subject for m in moderators(cast.reader())] == [MODERATOR.person]


def test_an_altered_record_on_the_list_says_so(cast: CentreCast, assigned: tuple[str, ModerateDesk]) -> None:
    record, desk = assigned
    log = next(o for o in cast.store.objects(record, "event_log"))
    path = cast.files.path(log.sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    fresh = _desk(cast)
    (item,) = fresh.work_list().items
    assert "altered" in item.state and not item.signed
    with pytest.raises(IntegrityBroken):
        fresh.open(record)
    desk.close()


# ---- marking, blind ----


def test_nothing_of_the_assessors_shows_before_signing(cast: CentreCast, assigned: tuple[str, ModerateDesk]) -> None:
    record, desk = assigned
    replay = desk.open(record)
    shown = list(_texts(replay.view())) + list(_texts(desk.work_list()))
    assert not [text for text in shown if isinstance(text, str) and "Note on" in text]
    assert all(row.value is None and row.state is RowState.EMPTY for row in replay.view().rows)
    assert replay.view().notes == () and replay.view().marks == ()
    with pytest.raises(NotAllowed, match="hidden"):
        replay.compare()
    with pytest.raises(NotAllowed):
        replay.decide({}, "because", MODERATOR.passphrase)
    _mark_all(replay, [4] * COUNT)
    assert {row.value for row in replay.view().rows} == {4}
    with pytest.raises(NotAllowed):
        replay.compare()


def test_marks_stand_at_their_place_in_the_recording(assigned: tuple[str, ModerateDesk]) -> None:
    replay = assigned[1].open(assigned[0])
    assert replay.view().state is RecordState.NONE
    replay.rate(IDS[0], 5, 4400).result()
    replay.rate(IDS[0], 5, 4900).result()
    replay.write_note("Looks at the child first", IDS[0], 5200).result()
    replay.flag("", 1000).result()
    view = replay.view()
    assert (view.rows[0].value, view.rows[0].at_ms, view.rows[0].state) == (5, 4400, RowState.SAVED)
    assert [(n.text, n.at_ms, n.number, n.saved) for n in view.notes] == [("Looks at the child first", 5200, 1, True)]
    assert [(m.lane, m.at_ms) for m in view.marks] == [("marks", 1000), ("ratings", 4400), ("notes", 5200)]
    assert view.state is RecordState.SAVED and view.can_undo and not view.can_redo
    replay.undo().result()
    replay.undo().result()
    assert replay.view().notes == () and replay.view().can_redo
    replay.redo().result()
    assert [n.at_ms for n in replay.view().notes] == [5200]


def test_marks_survive_leaving_the_screen(cast: CentreCast, assigned: tuple[str, ModerateDesk]) -> None:
    record, desk = assigned
    desk.open(record).rate(IDS[2], 3, 7000).result()
    (item,) = desk.work_list().items
    assert item.state == "Begun"
    again = _desk(cast).open(record).view()
    assert (again.rows[2].value, again.rows[2].at_ms) == (3, 7000)


@pytest.mark.parametrize(("criterion", "value"), [("nothing-like-it", 4), (IDS[0], 99), ("", 99)])
def test_what_is_not_on_the_scale_is_refused(assigned: tuple[str, ModerateDesk], criterion: str, value: int) -> None:
    replay = assigned[1].open(assigned[0])
    with pytest.raises(BadInput):
        replay.rate(criterion, value, 0).result()
    with pytest.raises(BadInput):
        replay.rate(IDS[0], 4, -1).result()
    with pytest.raises(BadInput):
        replay.write_note("  ", IDS[0], 0).result()


def test_signing_says_what_is_left_and_needs_the_passphrase(assigned: tuple[str, ModerateDesk]) -> None:
    replay = assigned[1].open(assigned[0])
    _mark_all(replay, [4] * COUNT)
    replay.undo().result()
    assert replay.view().left == ("Give the overall judgement",)
    with pytest.raises(Conflict, match="overall judgement"):
        replay.sign(MODERATOR.passphrase)
    replay.redo().result()
    assert replay.view().left == ()
    with pytest.raises(WrongPassphrase):
        replay.sign("not the passphrase")
    assert replay.mine is None


def test_a_note_is_the_reason_where_a_criterion_is_not_rated(
    cast: CentreCast, assigned: tuple[str, ModerateDesk]
) -> None:
    record, desk = assigned
    replay = desk.open(record)
    for criterion in IDS[1:]:
        replay.rate(criterion, 4, 100).result()
    replay.rate("", 4, 100).result()
    assert len(replay.view().left) == 1 and "note" in replay.view().left[0]
    replay.write_note("The sound is gone here", IDS[0], 200).result()
    replay.sign(MODERATOR.passphrase).result()
    (second,) = cast.reader().open(record).second_marks
    assert second.unrated == {IDS[0]} and IDS[0] not in second.ratings


# ---- signed ----


def test_signed_marks_are_a_statement_the_centre_reads(cast: CentreCast, assigned: tuple[str, ModerateDesk]) -> None:
    record, desk = assigned
    replay = desk.open(record)
    _mark_all(replay, [4, 4, 4, 4, 4, 4, 4, 2], overall=3)
    replay.write_note("Second look at this", IDS[1], 2500).result()
    statement = replay.sign(MODERATOR.passphrase).result()
    assert replay.view().state is RecordState.SIGNED
    for reader in (cast.reader(), cast.reader(cast.officer), cast.reader(cast.moderator.secrets.keys)):
        (second,) = reader.open(record).second_marks
        assert (second.id, second.by) == (statement, MODERATOR.person)
        assert second.ratings[IDS[7]] == 2 and second.overall == 3 and second.at_ms[IDS[7]] == 7000
        assert second.notes == ((IDS[1], "Second look at this", 2500),)
    envelope = cast.store.statements.get(statement)
    assert b"Second look" not in envelope
    waiting = {(w.kind, w.ref) for w in cast.store.outbox.waiting() if w.about == record}
    assert ("statement", statement) in waiting
    with pytest.raises(Conflict):
        replay.rate(IDS[0], 1, 0).result()
    with pytest.raises(Conflict):
        replay.undo().result()
    with pytest.raises(Conflict):
        replay.sign(MODERATOR.passphrase)
    assert _desk(cast).work_list().items[0].signed


def test_side_by_side_once_signed(assigned: tuple[str, ModerateDesk]) -> None:
    replay = assigned[1].open(assigned[0])
    _mark_all(replay, [4, 4, 4, 2, 4, 6, 4, 4])  # live: 4 5 3 4 4 6 4 4, cut 4
    replay.write_note("Takes the first answer", IDS[3], 3500).result()
    replay.sign(MODERATOR.passphrase).result()
    view = replay.compare()
    by = {row.criterion: row for row in view.rows}
    assert [(by[c].live, by[c].replay) for c in IDS[:4]] == [(4, 4), (5, 4), (3, 4), (4, 2)]
    assert [by[c].difference for c in IDS[:4]] == ["Same", "1 apart", "Across the pass mark", "Across the pass mark"]
    assert by[IDS[2]].across_cut and not by[IDS[1]].across_cut
    assert by[IDS[0]].live_notes == (f"Note on {IDS[0]}",) and by[IDS[3]].replay_notes == ("Takes the first answer",)
    assert by[IDS[0]].live_ms == 59_000  # no recording here: the entries' own time
    assert by[""].difference == "Same" and view.rows[-1].criterion == ""
    assert view.agreement.same == "6 of 9" and view.agreement.within_one == "8 of 9"
    assert view.agreement.records == 1 and "10 records" in view.agreement.kappa
    assert {m.lane for m in view.marks} == {"live", "replay"}
    assert view.live_by.startswith("Sample Assessor A, ") and view.replay_by.startswith("you, ")
    assert view.cut_words == "4 or more passes, from Child and family practitioner 2.1"
    assert not view.decided and view.cut == 4


def test_an_amendment_by_the_assessor_counts_as_the_live_mark(
    cast: CentreCast, assigned: tuple[str, ModerateDesk]
) -> None:
    record, desk = assigned
    cast.amend(record, IDS[2], 3, 4, "misheard")
    replay = desk.open(record)
    _mark_all(replay, [4] * COUNT)
    replay.sign(MODERATOR.passphrase).result()
    row = next(r for r in replay.compare().rows if r.criterion == IDS[2])
    assert (row.live, row.difference) == (4, "Same")


def test_a_decision_stands_beside_both_and_changes_the_result(
    cast: CentreCast, assigned: tuple[str, ModerateDesk]
) -> None:
    record, desk = assigned
    replay = desk.open(record)
    _mark_all(replay, [4, 4, 3, 2, 4, 6, 4, 4])
    replay.sign(MODERATOR.passphrase).result()
    with pytest.raises(BadInput, match="No decision yet"):
        replay.decide({IDS[1]: "live"}, "reason", MODERATOR.passphrase)
    with pytest.raises(BadInput, match="reason"):
        replay.decide({IDS[1]: "live", IDS[3]: "replay"}, " ", MODERATOR.passphrase)
    with pytest.raises(BadInput, match="third"):
        replay.decide({IDS[1]: "live", IDS[3]: "both"}, "reason", MODERATOR.passphrase)
    future: Future[str] = replay.decide({IDS[1]: "live", IDS[3]: "replay"}, "First answer taken", MODERATOR.passphrase)
    statement = future.result()
    opened = cast.reader().open(record)
    (decision,) = opened.adjudications
    assert (decision.id, decision.decision, decision.reason) == (statement, "changed", "First answer taken")
    assert opened.signed_ratings[IDS[3]] == 4 and opened.ratings[IDS[3]] == 2 and opened.ratings[IDS[1]] == 5
    view = replay.compare()
    assert view.decided
    assert {r.criterion: r.decision for r in view.rows if r.decision} == {IDS[1]: "live", IDS[3]: "replay"}
    with pytest.raises(Conflict, match="decided"):
        replay.decide({IDS[1]: "live", IDS[3]: "replay"}, "again", MODERATOR.passphrase)


def test_a_third_marker_leaves_the_result_as_it_is(cast: CentreCast, assigned: tuple[str, ModerateDesk]) -> None:
    record, desk = assigned
    replay = desk.open(record)
    _mark_all(replay, [4, 4, 3, 2, 4, 6, 4, 4])
    replay.sign(MODERATOR.passphrase).result()
    replay.decide({IDS[1]: "replay", IDS[3]: "third"}, "Cannot be heard", MODERATOR.passphrase).result()
    opened = cast.reader().open(record)
    assert opened.adjudications[0].decision == "second_look"
    assert opened.ratings == opened.signed_ratings
    view = replay.compare()
    assert not view.decided
    assert {r.criterion: r.decision for r in view.rows if r.decision} == {IDS[1]: "replay", IDS[3]: "third"}


# ---- choosing ----


def test_the_lot_is_the_same_when_drawn_again(cast: CentreCast) -> None:
    failed = cast.record(0, [4, 4, 4, 4, 2, 4, 4, 4])
    passed = [cast.record(n, [7] * COUNT) for n in (1, 2, 3)]
    reader = cast.reader()
    chosen = choose_for_moderation(reader, DAY)
    assert failed in {c.record for c in chosen}
    assert len({c.record for c in chosen} & set(passed)) <= 1
    assert choose_for_moderation(reader, DAY) == chosen
    flagged = choose_for_moderation(reader, DAY, flagged=passed)
    assert {c.record for c in flagged} == {failed, *passed}
    with pytest.raises(BadInput, match="no bookings"):
        choose_for_moderation(reader, "2026-01-01")


# ---- with a recording ----


@pytest.fixture
def filmed(cast: CentreCast, clip: Path) -> tuple[str, str]:
    """(record, recording) of a record with a recording of 0-2 s and 3-5 s that began half a second before the first
    mark."""
    sitting = cast.sittings[0]
    observation = cast.observe(sitting, [4] * COUNT)
    recording = cast.film(observation, clip)
    record = cast.sign(sitting, observation, media=cast.media(observation, recording))
    assign(cast.reader(), record, MODERATOR.person)
    return record, recording


def _close(*things: Any) -> None:
    for thing in things:
        thing.close()


def test_the_recording_is_checked_and_played(cast: CentreCast, filmed: tuple[str, str]) -> None:
    record, _ = filmed
    desk = _desk(cast)
    assert desk.work_list().items[0].recording_here
    replay = desk.open(record)
    assert replay.view().checked == ""
    film = replay.pictures()
    assert replay.view().checked == "" and film.warnings == ()
    assert replay.check() == replay.view().checked == "Record and recording checked"
    assert abs(film.duration_ms - 5000) < 100 and len(film.segments()) == 2
    pts, width, height, rgb = film.frame(3500)
    assert abs(pts - 3500) < 100 and len(rgb) == width * height * 3
    assert film.step(pts, 1) > pts
    assert len(film.waveform(50)) == 50 and max(film.waveform(50)) > 0
    assert len(film.thumbnails(4, 90)) == 4
    with film.open_stream(2) as stream:
        assert stream.read(4) == b"\x1a\x45\xdf\xa3"
    (gap,) = replay.view().gaps
    assert abs(gap.at_ms - 2000) < 100 and abs(gap.end_ms - 3000) < 100
    desk.close()


def test_a_closed_replay_opens_nothing_again(cast: CentreCast, filmed: tuple[str, str]) -> None:
    """The window is left while another thread is still about to look: no film stays open that nobody will close."""
    desk = _desk(cast)
    replay = desk.open(filmed[0])
    _mark_all(replay, [4] * COUNT)
    replay.sign(MODERATOR.passphrase).result()
    replay.pictures()
    assert open_films()
    desk.close()
    with pytest.raises(BadInput, match="closed"):
        replay.pictures()
    assert replay.compare().rows  # by the entries' own time
    assert open_films() == []


def test_live_marks_are_placed_by_the_recordings_own_clock(cast: CentreCast, filmed: tuple[str, str]) -> None:
    record, _ = filmed
    desk = _desk(cast)
    replay = desk.open(record)
    _mark_all(replay, [4] * COUNT)
    replay.sign(MODERATOR.passphrase).result()
    row = replay.compare().rows[0]
    assert abs(row.live_ms - 500) < 70
    assert [m.kind for m in replay.compare().marks if m.lane == "live"].count("note_written") == 2
    assert replay.compare().live_gaps
    desk.close()


def _flip_the_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def test_an_altered_index_is_named_before_a_picture_shows(cast: CentreCast, filmed: tuple[str, str]) -> None:
    record, recording = filmed
    _flip_the_middle(cast.files.recording(recording) / "0002.obsi")
    replay = _desk(cast).open(record)
    for look in (replay.pictures, replay.check):
        with pytest.raises(IntegrityBroken) as caught:
            look()
        assert caught.value.subject == f"{recording}/0002.obsi"
    assert replay.view().checked == ""


def test_a_damaged_recording_shows_what_is_whole_and_nothing_else_and_nothing_is_signed(
    cast: CentreCast, filmed: tuple[str, str]
) -> None:
    record, recording = filmed
    _flip_the_middle(cast.files.recording(recording) / "0002.obsv")
    desk = _desk(cast)
    replay = desk.open(record)
    film = replay.pictures()
    shown, broken = [], []
    for at in (*range(0, 2000, 100), *range(3000, 5000, 100)):
        try:
            pts, *_ = film.frame(at)
            assert 0 <= at - pts < 100
            shown.append(at)
        except IntegrityBroken as error:
            assert "0002.obsv, cluster" in str(error)
            broken.append(at)
    assert set(range(0, 2000, 100)) <= set(shown) and broken
    with pytest.raises(IntegrityBroken) as caught:
        replay.check()
    assert caught.value.subject == f"{recording}/0002.obsv" and replay.view().checked == ""
    _mark_all(replay, [4] * COUNT)
    with pytest.raises(IntegrityBroken):
        replay.sign(MODERATOR.passphrase)
    assert replay.mine is None
    desk.close()


def test_a_shortened_recording_opens_up_to_its_end_and_says_so(cast: CentreCast, filmed: tuple[str, str]) -> None:
    record, recording = filmed
    path = cast.files.recording(recording) / "0002.obsv"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    desk = _desk(cast)
    replay = desk.open(record)
    film = replay.pictures()
    assert film.warnings == ("Part 2 of the recording is damaged: its file ends before what was recorded.",)
    assert 3300 < film.duration_ms < 4900 and film.frame(3200)[0] > 3100
    with pytest.raises(IntegrityBroken):
        replay.check()
    desk.close()


def test_a_recording_that_came_as_objects_is_put_together(cast: CentreCast, filmed: tuple[str, str]) -> None:
    record, recording = filmed
    folder = cast.files.recording(recording)
    for path in sorted(folder.iterdir()):
        cast.files.put(path.read_bytes())
    shutil.rmtree(folder)
    desk = _desk(cast)
    assert desk.work_list().items[0].recording_here
    assert desk.open(record).pictures().duration_ms > 4000
    desk.close()


def test_a_recording_that_is_not_here_is_said_and_marks_go_on(cast: CentreCast, filmed: tuple[str, str]) -> None:
    record, recording = filmed
    shutil.rmtree(cast.files.recording(recording))
    desk = _desk(cast)
    assert not desk.work_list().items[0].recording_here
    replay = desk.open(record)
    with pytest.raises(BadInput, match="not arrived"):
        replay.pictures()
    _mark_all(replay, [4] * COUNT)
    replay.sign(MODERATOR.passphrase).result()
    assert replay.compare().rows[0].live_ms == 59_000
