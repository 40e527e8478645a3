# SPDX-License-Identifier: GPL-3.0-or-later
"""Live: every key an entry, saved only when the disk says so, recording as it follows scoring."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from observer_app.capture.config import HealthNote, RecorderStatus
from observer_app.domain.events import Kind
from observer_app.domain.sitting import Consent
from observer_app.errors import BadInput, Conflict
from observer_app.vault.writer import Priority
from observer_app.workflows.live_view import late_min
from observer_app.workflows.recording import Seen, _seen
from observer_app.workflows.views import RowState
from tests.unit.workflows.assess_cast import AssessCast, assess_cast, end_phases
from tests.unit.workflows.record_cast import SCENARIO

ONE, TWO = SCENARIO.criteria[0].id, SCENARIO.criteria[1].id


cast = assess_cast


def test_a_row_says_saving_until_the_disk_has_it(cast: AssessCast) -> None:
    live = cast.interview()
    gate = threading.Event()
    cast.vault.write(lambda db: gate.wait(10), Priority.RATING)  # the disk is slow
    saved = live.rate(ONE, 3, cast.clock.go(1))
    view = live.view(cast.clock.now())
    assert (view.rows[0].value, view.rows[0].state, view.saved) == (3, RowState.SAVING, False)
    assert not saved.done()
    gate.set()
    saved.result(5)
    view = live.view(cast.clock.now())
    assert (view.rows[0].value, view.rows[0].state, view.saved) == (3, RowState.SAVED, True)


def test_what_could_not_be_saved_never_gets_a_tick(cast: AssessCast) -> None:
    live = cast.interview()
    live.rate(ONE, 2, cast.clock.go(1)).result(5)
    pages = cast.vault.write(lambda db: db.execute("PRAGMA page_count").fetchone()[0]).result(5)
    cast.vault.write(lambda db: db.execute(f"PRAGMA max_page_count = {pages}")).result(5)
    failure = None
    for n in range(400):  # until the last free page is used up
        failure = live.rate(TWO, n % 2 + 1, cast.clock.go(1)).exception(5)
        if failure is not None:
            break
    view = live.view(cast.clock.now())
    assert failure is not None and view.rows[1].state is RowState.NOT_SAVED
    assert "disk is full" in view.trouble and not view.saved and view.rows[0].state is RowState.SAVED
    cast.vault.write(lambda db: db.execute("PRAGMA max_page_count = 1000000")).result(5)
    live.rate(TWO, 3, cast.clock.go(1)).result(5)
    view = live.view(cast.clock.now())
    assert view.rows[1].state is RowState.SAVED and view.rows[1].value == 3 and view.saved
    assert "nearly full" in view.trouble  # the reserve has been given up, and says so


def test_a_key_pressed_twice_or_held_rates_once(cast: AssessCast) -> None:
    live = cast.interview()
    before = len(cast.kinds())
    for _ in range(40):
        live.rate(ONE, 3, cast.clock.go(0.03)).result(5)
    assert len(cast.kinds()) == before + 1
    live.rate(ONE, 4, cast.clock.go(0.03)).result(5)
    live.rate(ONE, 4, cast.clock.go(1)).result(5)  # meant, a second later: the moment moves
    view = live.view(cast.clock.now())
    assert len(cast.kinds()) == before + 3 and view.rows[0].value == 4 and view.rows[0].was == (3,)
    live.rate(ONE, 3, cast.clock.go(0.1)).result(5)
    live.rate(ONE, 4, cast.clock.go(0.1)).result(5)  # back within the guard is a change, not a repeat
    assert live.view(cast.clock.now()).rows[0].value == 4 and len(cast.kinds()) == before + 5


def test_undo_and_redo_take_nothing_away(cast: AssessCast) -> None:
    live = cast.interview()
    live.rate(ONE, 3, cast.clock.go(1)).result(5)
    live.rate(ONE, 5, cast.clock.go(1)).result(5)
    live.undo(cast.clock.go(1)).result(5)
    view = live.view(cast.clock.now())
    assert view.rows[0].value == 3 and view.can_redo
    live.redo(cast.clock.go(1)).result(5)
    assert live.view(cast.clock.now()).rows[0].value == 5
    for _ in range(2):
        live.undo(cast.clock.go(1)).result(5)
    assert live.view(cast.clock.now()).rows[0].state is RowState.EMPTY
    with pytest.raises(Conflict):
        live.undo(cast.clock.go(1)).result(5)
    assert cast.kinds().count(Kind.RATED) == 2
    live.rate(ONE, 3, cast.clock.go(0.01)).result(5)  # after an undo the same key is meant
    assert live.view(cast.clock.now()).rows[0].value == 3


def test_keys_faster_than_the_disk_keep_their_order(cast: AssessCast) -> None:
    live = cast.interview()
    gate = threading.Event()
    cast.vault.write(lambda db: gate.wait(10), Priority.RATING)
    live.rate(ONE, 2, cast.clock.go(1))
    live.undo(cast.clock.go(1))
    live.rate(ONE, 5, cast.clock.go(1))
    last = live.undo(cast.clock.go(1))
    view = live.view(cast.clock.now())
    assert view.rows[0].value is None and view.can_redo
    gate.set()
    last.result(5)
    assert live.view(cast.clock.now()).rows[0].value is None
    live.redo(cast.clock.go(1)).result(5)
    assert live.view(cast.clock.now()).rows[0].value == 5


def test_a_failure_takes_nothing_after_it_along(cast: AssessCast) -> None:
    live = cast.interview()
    gate = threading.Event()
    cast.vault.write(lambda db: gate.wait(10), Priority.RATING)
    journal = live.journal
    too_large = journal.append(Kind.FLAGGED, cast.clock.go(1), {"criterion": "x" * 70_000})
    first = live.rate(ONE, 2, cast.clock.go(1))
    second = live.rate(TWO, 3, cast.clock.go(1))
    foretold = set(journal.pending)
    gate.set()
    assert isinstance(too_large.exception(5), BadInput)
    first.result(5), second.result(5)
    live.undo(cast.clock.go(1)).result(5)  # aims at the number the disk gave, not the one foretold
    view = live.view(cast.clock.now())
    assert (view.rows[0].value, view.rows[1].value) == (2, None) and len(foretold) == 3
    assert not journal.pending and journal.last_event.seq == max(foretold)


def test_a_note_belongs_to_the_moment_its_line_was_opened(cast: AssessCast) -> None:
    live = cast.interview()
    began = cast.clock.go(10)
    live.keep_draft("Asks when he", TWO, began)
    at = cast.clock.go(25)
    live.write_note("Asks when he last stayed", TWO, began, at).result(5)
    note = live.view(cast.clock.now()).notes[0]
    assert (note.text, note.criterion, note.number, note.saved) == ("Asks when he last stayed", TWO, 2, True)
    assert live.view(began).elapsed_ms == note.at_ms
    assert live.draft() is None
    live.move_note(note.id, ONE, cast.clock.go(1)).result(5)
    live.change_note(note.id, "Asks who stays", cast.clock.go(1)).result(5)
    note = live.view(cast.clock.now()).notes[0]
    assert (note.text, note.number) == ("Asks who stays", 1)
    live.remove_note(note.id, cast.clock.go(1)).result(5)
    assert not live.view(cast.clock.now()).notes
    live.undo(cast.clock.go(1)).result(5)
    assert live.view(cast.clock.now()).notes[0].text == "Asks who stays"
    with pytest.raises(BadInput):
        live.remove_note("n-nothing", cast.clock.go(1)).result(5)


def test_a_draft_goes_with_the_note_it_became_however_fast_it_was_typed(cast: AssessCast) -> None:
    live = cast.interview()
    gate = threading.Event()
    cast.vault.write(lambda db: gate.wait(10), Priority.RATING)
    live.keep_draft("Asks", TWO, cast.clock.now())
    saved = live.write_note("Asks twice", TWO, cast.clock.now(), cast.clock.go(1))
    gate.set()
    saved.result(5)
    cast.vault.write(lambda db: None, Priority.BULK).result(5)
    assert live.draft() is None


def test_a_half_written_note_survives_a_crash(cast: AssessCast) -> None:
    live = cast.interview()
    began = cast.clock.go(3)
    live.keep_draft("Mother says he comes and g", ONE, began)
    live.flag("", cast.clock.go(1)).result(5)
    cast.new_window()
    draft = cast.open().draft()
    assert draft is not None and draft[:2] == ("Mother says he comes and g", ONE)
    assert draft[2].monotonic_us == began.monotonic_us


def test_phases_follow_each_other_with_their_extra_time(cast: AssessCast) -> None:
    live = cast.open()
    view = live.view(cast.clock.now())
    assert view.phase is None and view.next_action.startswith("Start ")
    for phase in SCENARIO.phases:
        live.next_phase(cast.clock.go(1)).result(5)
        start = cast.clock.now()
        view = live.view(start)
        assert view.phase and view.phase.id == phase.id
        assert view.remaining_s == phase.planned_s(cast.mine.extra_percent)
        cast.clock.go(phase.planned_s(cast.mine.extra_percent) + 90)
        assert live.view(cast.clock.now()).remaining_s == -90
    live.next_phase(cast.clock.go(1)).result(5)
    view = live.view(cast.clock.now())
    assert view.phase is None and view.next_action == "" and {p.state for p in view.phases} == {"done"}
    with pytest.raises(Conflict):
        live.next_phase(cast.clock.go(1)).result(5)


def test_a_pause_stops_the_clock_and_says_why(cast: AssessCast) -> None:
    live = cast.interview()
    cast.clock.go(10)
    left = live.view(cast.clock.now()).remaining_s
    live.pause("Fire alarm", cast.clock.now()).result(5)
    view = live.view(cast.clock.go(300))
    assert view.paused and view.remaining_s == left and "Paused" in view.trouble
    live.resume(cast.clock.now()).result(5)
    assert not live.view(cast.clock.now()).paused
    with pytest.raises(Conflict):
        live.resume(cast.clock.now()).result(5)


def test_clips_and_flags(cast: AssessCast) -> None:
    live = cast.interview()
    live.open_clip(cast.clock.go(5)).result(5)
    assert live.view(cast.clock.now()).clip_open
    live.close_clip(cast.clock.go(8)).result(5)
    live.flag(ONE, cast.clock.go(1)).result(5)
    with pytest.raises(Conflict):
        live.close_clip(cast.clock.go(1)).result(5)
    live.mark_clip(cast.clock.go(60)).result(5)  # by one key: some time before it and some after
    clips = [m for m in live.view(cast.clock.now()).marks if m.kind == Kind.CLIP_MARKED]
    pressed, rules = live.view(cast.clock.now()).elapsed_ms, live._parts.framework.rules
    assert clips[0].end_ms - clips[0].at_ms == 8000 and len(clips) == 2
    assert (clips[1].at_ms, clips[1].end_ms) == (pressed - rules.clip_lead_ms, pressed + rules.clip_lag_ms)
    assert any(m.label == "Flag" for m in live.view(cast.clock.now()).marks)


def test_recording_runs_with_the_scenario_and_its_key_is_the_observations(cast: AssessCast) -> None:
    live = cast.interview()
    view = live.view(cast.clock.now())
    recorder = cast.recorders[-1]
    assert view.recording == "recording" and live.preview.picture() and live.preview.level() == 0.4
    assert recorder.orders[0].key == cast.vault.evidence_key(view.observation)
    assert cast.store.recordings(view.observation)[0].id == recorder.orders[0].recording
    end_phases(live, cast.clock)
    assert recorder.stops == 1 and cast.kinds().count(Kind.RECORDING_STOPPED) == 1
    assert live.view(cast.clock.now()).recording == "off"


@pytest.mark.parametrize("consent", [Consent.UNKNOWN, Consent.REFUSED])
def test_without_consent_nothing_is_recorded_and_scoring_goes_on(tmp_path: Path, consent: Consent) -> None:
    cast = AssessCast(tmp_path, consent)
    live = cast.interview()
    live.rate(ONE, 3, cast.clock.go(1)).result(5)
    view = live.view(cast.clock.now())
    assert view.recording == "refused" and view.recording_words.startswith("Not recorded")
    assert not cast.recorders[-1].orders and Kind.RECORDING_STARTED not in cast.kinds()
    cast.assess.close()
    cast.close()


def test_a_lost_camera_is_a_gap_on_record_once(cast: AssessCast) -> None:
    live = cast.interview()
    recorder = cast.recorders[-1]
    gone = cast.clock.go(10).monotonic_us
    recorder.gap(gone, 0)
    recorder.gap(gone, 0)
    view = live.view(cast.clock.go(5))
    assert view.recording == "lost" and "Scoring goes on" in view.trouble
    live.rate(ONE, 4, cast.clock.now()).result(5)
    back = cast.clock.go(2).monotonic_us
    recorder.gap(gone, back)
    recorder.gap(gone, back)
    live.flag("", cast.clock.now()).result(5)
    gaps = [m for m in live.view(cast.clock.now()).marks if m.kind == "gap"]
    assert cast.kinds().count(Kind.RECORDING_GAP) == 2
    assert len(gaps) == 1 and gaps[0].label == "No picture 0:07" and gaps[0].end_ms - gaps[0].at_ms == 7000


def test_a_camera_lost_again_at_once_is_a_second_gap(cast: AssessCast) -> None:
    """A recorder that was replaced tells its gap again a little otherwise; the next gap may follow within a second."""
    live = cast.interview()
    recorder = cast.recorders[-1]
    gone = cast.clock.go(10).monotonic_us
    back = cast.clock.go(1).monotonic_us
    recorder.gap(gone, back)
    recorder.gap(gone - 400_000, back)
    again = cast.clock.go(1).monotonic_us
    recorder.gap(again, 0, "The cable was pulled.")
    recorder.gap(again, cast.clock.go(1).monotonic_us, "The cable was pulled.")
    live.flag("", cast.clock.now()).result(5)
    gaps = [(g.from_us, g.cause) for g in live.journal.state.gaps]
    assert gaps == [(gone, "The camera was unplugged."), (again, "The cable was pulled.")]


def test_a_gap_that_lasts_ends_with_the_recording(cast: AssessCast) -> None:
    live = cast.interview()
    cast.recorders[-1].gap(cast.clock.go(10).monotonic_us, 0)
    end_phases(live, cast.clock)
    observation = live.view(cast.clock.now()).observation
    gaps = [e.body for e in cast.vault.events(observation) if e.kind == Kind.RECORDING_GAP]
    assert gaps[0]["to_us"] == 0 and gaps[-1]["to_us"] > gaps[-1]["from_us"] == gaps[0]["from_us"]


def test_values_off_the_scale_and_unknown_criteria_are_refused(cast: AssessCast) -> None:
    live = cast.interview()
    for criterion, value in ((ONE, 99), ("nothing", 3), ("", 99)):
        with pytest.raises(BadInput):
            live.rate(criterion, value, cast.clock.go(1)).result(5)
    live.withdraw(ONE, cast.clock.go(1)).result(5)  # nothing to withdraw: nothing written
    assert Kind.WITHDRAWN not in cast.kinds()
    live.rate(ONE, 3, cast.clock.go(1)).result(5)
    live.withdraw(ONE, cast.clock.go(1)).result(5)
    row = live.view(cast.clock.now()).rows[0]
    assert row.state is RowState.WITHDRAWN and row.value is None and row.was == (3,)


def test_the_window_is_told_of_every_change(cast: AssessCast) -> None:
    live = cast.interview()
    told = threading.Semaphore(0)
    live.on_change(lambda: told.release())
    live.rate(ONE, 3, cast.clock.go(1)).result(5)
    assert told.acquire(timeout=5) and told.acquire(timeout=5)  # when pressed, and when saved


def test_looking_is_cheap_after_three_hundred_entries(cast: AssessCast) -> None:
    live = cast.interview()
    last = None
    for n in range(300):
        last = live.rate(SCENARIO.criteria[n % 7].id, n % 7 + 1, cast.clock.go(1))
    assert last is not None
    last.result(20)
    live.view(cast.clock.now())
    started = time.perf_counter()
    for _ in range(100):
        live.view(cast.clock.go(0.1))
    assert (time.perf_counter() - started) / 100 < 0.005
    started = time.perf_counter()
    live.rate(ONE, 4, cast.clock.go(1))
    live.view(cast.clock.now())
    assert time.perf_counter() - started < 0.1


def test_an_overrun_is_on_record_and_a_pause_is_none(cast: AssessCast) -> None:
    live = cast.interview()
    phase = live.view(cast.clock.now()).phase
    assert phase is not None
    live.pause("Fire bell", cast.clock.go(10)).result(5)
    live.resume(cast.clock.go(300)).result(5)
    live.next_phase(cast.clock.go(phase.planned_s - 10 + 72)).result(5)
    done = next(p for p in live.view(cast.clock.now()).phases if p.id == phase.id)
    assert done.over_s == 72


def test_how_late_it_starts_is_said_until_it_has_started(cast: AssessCast) -> None:
    live = cast.open()
    at = datetime.fromisoformat(f"{cast.day}T12:25:00")
    later = replace(cast.clock.now(), wall_ms=round(at.timestamp() * 1000))
    sitting = replace(cast.mine, starts="12:00")
    assert late_min(sitting, live.journal.state, later) == 25
    assert late_min(replace(sitting, starts="12:40"), live.journal.state, later) == 0
    assert late_min(replace(sitting, day="2001-01-01"), live.journal.state, later) == 0
    assert late_min(replace(sitting, starts="soon"), live.journal.state, later) == 0
    live.next_phase(cast.clock.go(1)).result(5)
    assert late_min(sitting, live.journal.state, later) == 0


def test_what_is_wrong_while_it_records_stands_in_the_bar_with_what_to_do() -> None:
    silent, blurred, frozen = HealthNote("silent"), HealthNote("blurred"), HealthNote("frozen")
    told = RecorderStatus.from_json(RecorderStatus("recording", "ab" * 16, health=(blurred,)).to_json())
    assert told.health == (blurred,), "as the recorder's process tells the window"
    for notes, words, sound, alarm in (
        ((), "Recording", "Sound good", ""),
        (
            (silent,),
            "Recording",
            "No sound",
            "There is no sound. Check that the microphone is on and is the one chosen.",
        ),
        (
            (blurred,),
            "Check the picture",
            "Sound good",
            "The picture is out of focus. Clean the lens or set the camera's focus.",
        ),
        (
            (blurred, frozen, silent),
            "Check the picture",
            "No sound",
            "The picture has not changed for some seconds. Unplug the camera and plug it in again.",
        ),
    ):
        seen = _seen(RecorderStatus("recording", "ab" * 16, health=notes), sound=True)
        assert (seen.state, seen.words, seen.sound_words, seen.alarm) == ("recording", words, sound, alarm)


def test_the_bar_tells_of_a_gap_that_is_over_for_a_while_and_of_an_alarm_while_it_lasts(cast: AssessCast) -> None:
    live = cast.interview()
    recorder = cast.recorders[-1]
    now = cast.clock.now()
    recorder.state = Seen("recording", "Recording", "No sound", 0.0, "There is no sound. Check the microphone.")
    assert live.view(now).trouble == "There is no sound. Check the microphone. Scoring goes on."
    recorder.gap(now.monotonic_us, now.monotonic_us + 4_000_000)
    soon = replace(now, monotonic_us=now.monotonic_us + 5_000_000)
    told = live.view(soon).trouble
    assert told.startswith("The recording goes on. No picture for 0:04: The camera was unplugged.")
    assert live.view(replace(now, monotonic_us=now.monotonic_us + 30_000_000)).trouble == ""
