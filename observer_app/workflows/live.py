# SPDX-License-Identifier: GPL-3.0-or-later
"""One open observation: everything an assessor does while people are in the room.

1. Every key becomes an entry; its future is done when the disk has confirmed. No call waits for disk or camera.
2. Recording follows scoring (`live_recording`), never the other way round.
3. The same value pressed again within the pack's guard time, or a key that repeats, changes nothing.
4. A window that comes back after a crash finds the same state and takes up the recorder that is still running.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from observer_app.domain.events import Kind
from observer_app.domain.moment import Moment, TimeSource
from observer_app.domain.observation import ObservationState
from observer_app.domain.sitting import Sitting
from observer_app.errors import BadInput, Conflict
from observer_app.vault.writer import Priority
from observer_app.workflows.coming_back import closed_words, forget_lock, lock_over, locked_over
from observer_app.workflows.journal import Journal
from observer_app.workflows.live_recording import LiveParts, RecordingFollower, finished
from observer_app.workflows.live_view import (
    Shown,
    candidate_card,
    late_min,
    mark_views,
    next_action,
    next_phase,
    note_views,
    phase_views,
    row_views,
)
from observer_app.workflows.recording import RecorderPort
from observer_app.workflows.saved import Saved, after_both, failed, nothing_to_save
from observer_app.workflows.views import LiveView, MarkView, NoteView, OtherPerson, PhaseView, RowView
from observer_app.workflows.words import say

__all__ = ["LIVE", "SEEN", "LiveObservation"]

LIVE, SEEN = "live/observation", "live/seen"
_SEEN_EVERY_MS = 5000
_STOP_S = 30.0
_NOT_WRITABLE = "This observation is finished."


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The parts of the view that change only with the journal."""

    rows: tuple[RowView, ...]
    notes: tuple[NoteView, ...]
    marks: tuple[MarkView, ...]
    phases: tuple[PhaseView, ...]


class _Preview:
    """The recorder as the window looks at it."""

    def __init__(self, recorder: RecorderPort) -> None:
        self._recorder = recorder

    def picture(self) -> bytes:
        """Latest small picture as JPEG, b"" when there is none."""
        return self._recorder.picture()

    def level(self) -> float:
        """Loudness 0..1 of the last moment."""
        return self._recorder.seen().level


class LiveObservation:
    """Implements `ports.LivePort`. Made by `assess.AssessDay`, which has written or read the opening."""

    def __init__(self, journal: Journal, parts: LiveParts) -> None:
        self.journal = journal
        self.preview = _Preview(parts.recorder)
        self._parts = parts
        self._recording = RecordingFollower(journal, parts)
        self._drawn: tuple[int, ObservationState, _Drawn] | None = None
        self._pressed: dict[str, tuple[int, Moment]] = {}
        self._seen_at: Moment | None = None
        self._left: Saved | None = None
        locked, criterion = locked_over(journal.vault)
        self._stood_at = criterion if locked == journal.observation else None
        forget_lock(journal.vault)
        self._closed = journal.events(Kind.RESUMED_AFTER_CRASH)[-1:]
        journal.vault.set_setting(LIVE, journal.observation)
        self._recording.take_up()

    # ---- what is shown ----

    @property
    def _state(self) -> ObservationState:
        return self.journal.state

    @property
    def _sitting(self) -> Sitting:
        return self._recording.sitting

    def on_change(self, callback: Callable[[], None]) -> None:
        self.journal.on_change(callback)

    def view(self, now: Moment) -> LiveView:
        self._note_seen(now)
        self._recording.look_at_sitting(now)
        state, scenario, drawn = self._state, self._parts.scenario, self._draw()
        phase = next((p for p in drawn.phases if p.state == "now"), None)
        elapsed_s = state.phase.elapsed_us(now) // 1_000_000 if state.phase else 0
        shown = self._shown()
        recording, words, sound, level = self._recording.words()
        paused = state.phase is not None and state.phase.paused_since is not None
        refused = bool(self.journal.unsaved or self.journal.trouble)
        return LiveView(
            observation=self.journal.observation,
            candidate=candidate_card(shown.sitting),
            scenario=scenario,
            place=self._parts.place,
            pack=f"{self._parts.framework.title} {self._parts.framework.ref.version}",
            rows=drawn.rows,
            notes=drawn.notes,
            marks=drawn.marks,
            phases=drawn.phases,
            phase=phase,
            elapsed_ms=shown.at_ms(now),
            remaining_s=phase.planned_s - elapsed_s if phase else 0,
            paused=paused,
            next_action=next_action(scenario, state),
            recording=recording,
            recording_words=words,
            sound_words=sound,
            level=level,
            saved=not self.journal.pending and not refused,
            can_undo=bool(state.undo_target),
            can_redo=bool(state.redo_target),
            identity_confirmed=state.identity_confirmed,
            trouble=self._trouble(now, paused),
            clip_open=any(clip.to_us == 0 for clip in state.clips),
            snippets=self._parts.phrases,
            late_min=late_min(shown.sitting, state, now),
            refused=refused,
        )

    def _shown(self) -> Shown:
        j = self.journal
        return Shown(self._parts.scenario, self._sitting, j.state, j.pending, j.unsaved, j.words)

    def _draw(self) -> _Drawn:
        """Drawn again only after a change: the screen asks ten times a second."""
        version, before = self.journal.version, self._drawn
        if before is None or before[0] != version:
            shown = self._shown()
            phases = phase_views(self._parts.scenario, shown.state, shown.sitting.extra_percent)
            # What the disk has confirmed changes no mark: they are placed anew only when there is another event.
            marks = before[2].marks if before is not None and before[1] is shown.state else mark_views(shown)
            self._drawn = version, shown.state, _Drawn(row_views(shown), note_views(shown), marks, phases)
            return self._drawn[2]
        return before[2]

    def _trouble(self, now: Moment, paused: bool) -> str:
        if self.journal.trouble:
            return self.journal.trouble
        if self.journal.vault.space_low:
            return say("view.live.disk_nearly_full")
        told = self._recording.alarm(now) or closed_words(self._closed, now)
        return told or (say("view.live.paused_clock_stands_still") if paused else "")

    # ---- what the assessor does ----

    def confirm_identity(self, at: Moment) -> Saved:
        return self._write(Kind.IDENTITY_CONFIRMED, at)

    def rate(self, criterion: str, value: int, at: Moment) -> Saved:
        scenario = self._parts.scenario
        scale = scenario.scale if criterion else scenario.global_scale
        if (criterion and scenario.criterion(criterion) is None) or value not in scale.values:
            return failed(BadInput(f"{value} is not on this scale."))
        if self._repeated(criterion, value, at):
            return nothing_to_save()
        if not criterion:
            return self._write(Kind.GLOBAL_RATED, at, {"value": value})
        return self._write(Kind.RATED, at, {"criterion": criterion, "value": value})

    def _repeated(self, criterion: str, value: int, at: Moment) -> bool:
        """Measured from press to press, so that a key held down rates once however long it is held."""
        last = self._pressed.get(criterion)
        self._pressed[criterion] = value, at
        rating = self._state.ratings.get(criterion) if criterion else self._state.global_rating
        guard_us = self._parts.framework.rules.repeat_guard_ms * 1000
        if rating is None or rating.value != value:
            return False
        since = rating.at if last is None or last[0] != value else last[1]
        return at.since_us(since) < guard_us

    def withdraw(self, criterion: str, at: Moment) -> Saved:
        if not criterion:
            return failed(BadInput("The overall judgement can be changed or undone, not withdrawn."))
        if self._state.value(criterion) is None:
            return nothing_to_save()
        self._pressed.pop(criterion, None)
        return self._write(Kind.WITHDRAWN, at, {"criterion": criterion})

    def write_note(self, text: str, criterion: str, began: Moment, at: Moment) -> Saved:
        if not text.strip():
            return nothing_to_save()
        if criterion and self._parts.scenario.criterion(criterion) is None:
            return failed(BadInput("There is no such criterion."))
        began_us = began.monotonic_us if began.boot_id == at.boot_id else 0
        body = {"note": f"n-{uuid.uuid4().hex[:16]}", "criterion": criterion, "began_us": began_us}
        return self._write(Kind.NOTE_WRITTEN, at, body, text=text, drop_draft=True)

    def keep_draft(self, text: str, criterion: str, began: Moment | None) -> None:
        moment = [began.monotonic_us, began.boot_id, began.wall_ms] if began else []
        draft = json.dumps({"text": text, "criterion": criterion, "began": moment}) if text else ""
        self.journal.vault.keep_draft(self.journal.observation, draft)

    def draft(self) -> tuple[str, str, Moment] | None:
        kept = self.journal.vault.draft(self.journal.observation)
        if not kept:
            return None
        found = json.loads(kept)
        if not found["began"]:
            return found["text"], found["criterion"], self._parts.clock.now()
        monotonic_us, boot_id, wall_ms = found["began"]
        began = Moment(monotonic_us, boot_id, wall_ms, TimeSource.KEY)
        return found["text"], found["criterion"], began

    def move_note(self, note: str, criterion: str, at: Moment) -> Saved:
        return self._about_note(Kind.NOTE_MOVED, note, at, {"criterion": criterion})

    def change_note(self, note: str, text: str, at: Moment) -> Saved:
        if not text.strip():
            return self.remove_note(note, at)
        return self._about_note(Kind.NOTE_CHANGED, note, at, text=text)

    def remove_note(self, note: str, at: Moment) -> Saved:
        return self._about_note(Kind.NOTE_REMOVED, note, at)

    def _about_note(
        self, kind: str, note: str, at: Moment, more: dict[str, Any] | None = None, text: str | None = None
    ) -> Saved:
        if all(n.id != note for n in self._state.notes):
            return failed(BadInput("This note is no longer there."))
        return self._write(kind, at, {"note": note, **(more or {})}, text=text)

    def flag(self, criterion: str, at: Moment) -> Saved:
        return self._write(Kind.FLAGGED, at, {"criterion": criterion})

    def open_clip(self, at: Moment) -> Saved:
        return self._write(Kind.CLIP_OPENED, at)

    def close_clip(self, at: Moment) -> Saved:
        if all(clip.to_us for clip in self._state.clips):
            return failed(Conflict("No clip has been begun."))
        return self._write(Kind.CLIP_CLOSED, at)

    def mark_clip(self, at: Moment) -> Saved:
        rules = self._parts.framework.rules
        begins, ends = at.monotonic_us - rules.clip_lead_ms * 1000, at.monotonic_us + rules.clip_lag_ms * 1000
        return self._write(Kind.CLIP_MARKED, at, {"from_us": max(0, begins), "to_us": ends})

    def undo(self, at: Moment) -> Saved:
        self._pressed.clear()
        return failed(Conflict(_NOT_WRITABLE)) if self._finished else self.journal.undo(at)

    def redo(self, at: Moment) -> Saved:
        self._pressed.clear()
        return failed(Conflict(_NOT_WRITABLE)) if self._finished else self.journal.redo(at)

    # ---- phases and recording ----

    def next_phase(self, at: Moment) -> Saved:
        state, scenario = self._state, self._parts.scenario
        following = next_phase(scenario, state)
        if state.phase is None and following is None:
            return failed(Conflict("Every phase is over.", advice="Go on to review and sign."))
        saved = self._write(Kind.PHASE_ENDED, at, {"phase": state.phase.phase}) if state.phase else nothing_to_save()
        if following is not None:
            saved = self._write(Kind.PHASE_STARTED, at, {"phase": following.id})
        # Entries keep their order: once the last is on disk, so is the phase.
        return self._recording.follow(following, at) or saved

    # ---- interruptions and ends ----

    def pause(self, reason: str, at: Moment) -> Saved:
        if self._state.phase is None or self._state.phase.paused_since is not None:
            return failed(Conflict("There is nothing to pause."))
        return self._write(Kind.PAUSED, at, text=reason)

    def resume(self, at: Moment) -> Saved:
        if self._state.phase is None or self._state.phase.paused_since is None:
            return failed(Conflict("Nothing is paused."))
        return self._write(Kind.RESUMED, at)

    def abandon(self, reason: str, at: Moment) -> Saved:
        return self._end(Kind.ABANDONED, "abandoned", reason, at)

    def wrong_candidate(self, reason: str, at: Moment) -> Saved:
        return self._end(Kind.REOPENED, "reopened", reason, at)

    def others(self) -> tuple[OtherPerson, ...]:
        found = sorted(self._parts.others(self._sitting), key=lambda s: (s.sitting.starts, s.sitting.id))
        return tuple(OtherPerson(s.sitting.id, s.sitting.starts, candidate_card(s.sitting)) for s in found)

    def move_to(self, sitting: str, reason: str, at: Moment) -> Saved:
        other = next((s.sitting for s in self._parts.others(self._sitting) if s.sitting.id == sitting), None)
        if other is None:
            return failed(BadInput("It cannot be about this candidate.", advice="Choose one of those offered."))
        if not reason.strip():
            return failed(BadInput("A reason is needed.", advice="Say in a few words what happened."))
        about = {"sitting": other.id, "candidate": other.candidate.id, "actor": other.actor}
        before = self._sitting
        saved = self._write(Kind.REASSIGNED, at, {**about, "extra_percent": other.extra_percent}, text=reason)
        if saved.done() and saved.exception() is not None:
            return saved
        self._recording.other_person(other, at)
        me, sittings = self.journal.person, self._parts.store.sittings
        told = sittings.append(before.day, before.id, "reopened", me, at, reason=reason)
        started = sittings.append(other.day, other.id, "started", me, at)
        return after_both(after_both(saved, told), started)

    def _end(self, kind: str, for_the_board: str, reason: str, at: Moment) -> Saved:
        if not reason.strip():
            return failed(BadInput("A reason is needed.", advice="Say in a few words what happened."))
        if self._finished:
            return failed(Conflict(_NOT_WRITABLE))
        self._recording.stop(at)
        saved = self._write(kind, at, text=reason)
        self._recording.left_unsigned(saved)
        sitting = self._sitting
        told = self._parts.store.sittings.append(
            sitting.day, sitting.id, for_the_board, self.journal.person, at, reason=reason
        )
        return after_both(saved, told)

    def finish(self, at: Moment) -> None:
        """SLOW. Ends a recording that still runs and returns once its files are closed."""
        self._recording.stop(at)
        self._parts.recorder.stop().result(_STOP_S)

    @property
    def recording(self) -> bool:
        """Whether a recording is meant to run now."""
        return bool(self._state.recording_now)

    @property
    def closed(self) -> bool:
        """Whether the screen has been left."""
        return self._left is not None

    def lock_over(self, criterion: str) -> None:
        lock_over(self.journal.vault, self.journal.observation, criterion)

    def stood_at(self) -> str | None:
        return self._stood_at

    def close(self) -> None:
        if self._left is None:
            self._left = self._parts.recorder.leave()
            self.journal.vault.set_setting(LIVE, "")

    def settled(self) -> None:
        """SLOW. Returns once nothing of a closed observation touches its recording any more."""
        if self._left is not None:
            self._left.result(_STOP_S)

    # ---- underneath ----

    @property
    def _finished(self) -> bool:
        return finished(self._state)

    def _write(
        self,
        kind: str,
        at: Moment,
        body: dict[str, Any] | None = None,
        *,
        text: str | None = None,
        drop_draft: bool = False,
    ) -> Saved:
        if self._finished:
            return failed(Conflict(_NOT_WRITABLE, advice="A correction after signing is an amendment."))
        return self.journal.append(kind, at, body, text=text, drop_draft=drop_draft)

    def _note_seen(self, now: Moment) -> None:
        """Now and then, so that after a crash the screen can say how long it was away."""
        if self.closed or (self._seen_at is not None and now.since_us(self._seen_at) < _SEEN_EVERY_MS * 1000):
            return
        self._seen_at = now
        seen = json.dumps([self.journal.observation, now.monotonic_us, now.boot_id, now.wall_ms])
        self.journal.vault.set_setting(SEEN, seen, Priority.BULK)
