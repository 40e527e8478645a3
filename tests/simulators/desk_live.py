# SPDX-License-Identifier: GPL-3.0-or-later
"""One observation at the simulated desk: LivePort and ReviewPort over `domain.folding.fold`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from observer_app.domain.events import Event, Kind
from observer_app.domain.folding import fold
from observer_app.domain.moment import Moment
from observer_app.domain.observation import ObservationState
from observer_app.domain.phrases import together
from observer_app.domain.record import RecordState
from observer_app.errors import Conflict, WrongPassphrase
from observer_app.workflows.live_view import phase_views
from observer_app.workflows.review_view import steps_back
from observer_app.workflows.views import (
    LiveView,
    MarkView,
    NoteView,
    OtherPerson,
    PhaseView,
    ReviewRow,
    ReviewView,
    RowState,
    RowView,
)
from tests.simulators.drawing import room

if TYPE_CHECKING:
    from tests.simulators.desk import Desk

__all__ = ["DeskLive", "DeskReview"]

_LANES = {Kind.RATED: "ratings", Kind.GLOBAL_RATED: "ratings", Kind.NOTE_WRITTEN: "notes", Kind.FLAGGED: "marks"}


class DeskLive:
    """LivePort; also PreviewPort."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.events: list[Event] = []
        self.saving: dict[str, RowState] = {}
        self.held: set[int] = set()  # what the disk has not confirmed
        self.texts: dict[str, str] = {}
        self.comments: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        self.kept_draft: tuple[str, str, Moment] | None = None
        self.callbacks: list[Callable[[], None]] = []
        self.recording = ("off", "Not recording")
        self.trouble = ""
        self.loudness = 0.6
        self.pictures = 0
        self.closed = 0
        self.locked_at: str | None = None
        self.record_state = RecordState.SAVED
        self.preview = self

    # ---- PreviewPort ----

    def picture(self) -> bytes:
        self.pictures += 1
        return room(self.pictures % 4) if self.recording[0] == "recording" else b""

    def level(self) -> float:
        return self.loudness

    # ---- writing ----

    def changed(self) -> None:
        for callback in list(self.callbacks):
            callback()

    def camera(self, kind: str, words: str, trouble: str = "") -> None:
        self.recording, self.trouble = (kind, words), trouble
        self.changed()

    def open(self, at: Moment) -> None:
        if not self.events:
            self._add(Kind.OPENED, at, sitting="sit-7", candidate="S-0007")

    def _add(self, kind: str, at: Moment, **body: Any) -> Future[Any]:
        refused = self.desk.disk.refusal is not None
        held = self.desk.disk.held is not None
        event = Event("obs-7", len(self.events) + 1, kind, "p1", at, body)
        if not refused:
            self.events.append(event)
        key = str(body.get("criterion", "")) if kind in (Kind.RATED, Kind.WITHDRAWN, Kind.GLOBAL_RATED) else None
        if key is not None:
            self.saving[key] = RowState.NOT_SAVED if refused else RowState.SAVING if held else RowState.SAVED
        future = self.desk.disk.confirm()
        if held and not refused:
            self.held.add(event.seq)
            future.add_done_callback(lambda _: self.held.discard(event.seq))
        if key is not None and held:
            future.add_done_callback(lambda _: self.saving.__setitem__(key, RowState.SAVED))
        return future

    @property
    def state(self) -> ObservationState:
        return fold(self.events)

    def confirm_identity(self, at: Moment) -> Future[None]:
        return self._add(Kind.IDENTITY_CONFIRMED, at)

    def rate(self, criterion: str, value: int, at: Moment) -> Future[None]:
        now = self.state
        rating = now.ratings.get(criterion) if criterion else now.global_rating
        guard = self.desk.framework.rules.repeat_guard_ms * 1000
        if rating is not None and rating.value == value and at.since_us(rating.at) <= guard:
            done: Future[None] = Future()
            done.set_result(None)
            return done
        if criterion:
            return self._add(Kind.RATED, at, criterion=criterion, value=value)
        return self._add(Kind.GLOBAL_RATED, at, value=value)

    def withdraw(self, criterion: str, at: Moment) -> Future[None]:
        return self._add(Kind.WITHDRAWN, at, criterion=criterion)

    def write_note(self, text: str, criterion: str, began: Moment, at: Moment) -> Future[None]:
        note = f"n{len(self.events)}"
        self.texts[note] = text
        self.kept_draft = None
        return self._add(Kind.NOTE_WRITTEN, at, note=note, criterion=criterion, text=note, began_us=began.monotonic_us)

    def keep_draft(self, text: str, criterion: str, began: Moment | None) -> None:
        self.kept_draft = (text, criterion, began) if text and began is not None else None

    def draft(self) -> tuple[str, str, Moment] | None:
        return self.kept_draft

    def move_note(self, note: str, criterion: str, at: Moment) -> Future[None]:
        return self._add(Kind.NOTE_MOVED, at, note=note, criterion=criterion)

    def change_note(self, note: str, text: str, at: Moment) -> Future[None]:
        self.texts[f"{note}'"] = text
        return self._add(Kind.NOTE_CHANGED, at, note=note, text=f"{note}'")

    def remove_note(self, note: str, at: Moment) -> Future[None]:
        return self._add(Kind.NOTE_REMOVED, at, note=note)

    def flag(self, criterion: str, at: Moment) -> Future[None]:
        return self._add(Kind.FLAGGED, at, criterion=criterion)

    def open_clip(self, at: Moment) -> Future[None]:
        return self._add(Kind.CLIP_OPENED, at)

    def close_clip(self, at: Moment) -> Future[None]:
        return self._add(Kind.CLIP_CLOSED, at)

    def mark_clip(self, at: Moment) -> Future[None]:
        rules = self.desk.framework.rules
        begins, ends = at.monotonic_us - rules.clip_lead_ms * 1000, at.monotonic_us + rules.clip_lag_ms * 1000
        return self._add(Kind.CLIP_MARKED, at, from_us=begins, to_us=ends)

    def others(self) -> tuple[OtherPerson, ...]:
        return tuple(OtherPerson(c.sitting, c.starts, c.candidate) for c in self.desk.others)

    def move_to(self, sitting: str, reason: str, at: Moment) -> Future[None]:
        self.texts["moved"] = reason
        return self._add(Kind.REASSIGNED, at, sitting=sitting, text="moved")

    def undo(self, at: Moment) -> Future[None]:
        return self._add(Kind.UNDONE, at, target=self.state.undo_target)

    def redo(self, at: Moment) -> Future[None]:
        return self._add(Kind.REDONE, at, target=self.state.redo_target)

    def next_phase(self, at: Moment) -> Future[None]:
        state, phases = self.state, self.desk.scenario.phases
        done = len(state.phases_done) + (1 if state.phase else 0)
        if done >= len(phases):
            self.recording = ("off", "Not recording")
            return self._add(Kind.PHASE_ENDED, at)
        phase = phases[done]
        self.recording = ("recording", "Recording") if phase.recorded else ("off", "Not recording")
        return self._add(Kind.PHASE_STARTED, at, phase=phase.id)

    def pause(self, reason: str, at: Moment) -> Future[None]:
        self.texts["pause"] = reason
        return self._add(Kind.PAUSED, at, text="pause")

    def resume(self, at: Moment) -> Future[None]:
        return self._add(Kind.RESUMED, at)

    def abandon(self, reason: str, at: Moment) -> Future[None]:
        self.texts["abandon"] = reason
        return self._add(Kind.ABANDONED, at, text="abandon")

    def wrong_candidate(self, reason: str, at: Moment) -> Future[None]:
        self.texts["wrong"] = reason
        return self._add(Kind.REOPENED, at, text="wrong")

    def on_change(self, callback: Callable[[], None]) -> None:
        self.callbacks.append(callback)

    def lock_over(self, criterion: str) -> None:
        self.locked_at = criterion
        self.desk.assess.was_running = "sit-7"

    def stood_at(self) -> str | None:
        return self.locked_at

    def close(self) -> None:
        self.closed += 1

    # ---- the view ----

    def _zero(self, state: ObservationState) -> Moment:
        interview = {p.id for p in self.desk.scenario.phases if p.interview}
        runs = (*state.phases_done, *((state.phase,) if state.phase else ()))
        started = next((r.started for r in runs if r.phase in interview), None)
        return started or state.opened or self.desk.clock.now()

    def view(self, now: Moment) -> LiveView:
        state, scenario, zero = self.state, self.desk.scenario, self._zero(self.state)
        phases = self._phases(state)
        phase = next((p for p in phases if p.state == "now"), None)
        run = state.phase
        left = phase.planned_s - run.elapsed_us(now) // 1_000_000 if phase and run else 0
        paused = run is not None and run.paused_since is not None
        upcoming = next((p for p in phases if p.state == "to_come"), None)
        action = f"End {phase.title.lower()}" if phase else f"Start {upcoming.title.lower()}" if upcoming else ""
        sound = "Sound good" if self.recording[0] == "recording" else "Sound off"
        return LiveView(
            "obs-7", self.desk.candidate, scenario, "Room 2, Sample Actor 3", "Sample practitioner pack 2.1",
            self.rows(), self._notes(state, zero), self._marks(state, zero), phases, phase,
            now.since_us(zero) // 1000, left, paused, action, self.recording[0], self.recording[1],
            sound, self.loudness, all(s is RowState.SAVED for s in self.saving.values()), state.undo_target > 0,
            state.redo_target > 0, state.identity_confirmed, self.trouble,
            any(c.to_us == 0 for c in state.clips),
            together(self.desk.assess.own_phrases, self.desk.framework.snippets),
            refused=RowState.NOT_SAVED in self.saving.values(),
        )  # fmt: skip

    def rows(self) -> tuple[RowView, ...]:
        state, scenario = self.state, self.desk.scenario
        zero = self._zero(state)
        found = []
        for c in scenario.criteria:
            points = tuple((p.value, p.label) for p in scenario.scale.points)
            found.append((c.id, c.number, c.title, points, c.anchors, state.ratings.get(c.id)))
        whole = tuple((p.value, p.label) for p in scenario.global_scale.points)
        found.append(("", 0, "Overall judgement", whole, (), state.global_rating))
        rows = []
        for key, number, title, points, anchors, rating in found:
            kind = self.saving.get(key, RowState.EMPTY if rating is None else RowState.SAVED)
            if rating is not None and rating.value is None:
                kind = RowState.WITHDRAWN
            if rating is None and kind is RowState.SAVED:
                kind = RowState.EMPTY
            at = rating.at.since_us(zero) // 1000 if rating else 0
            value = rating.value if rating else None
            rows.append(RowView(key, number, title, points, anchors, value, kind, at, rating.was if rating else ()))
        return tuple(rows)

    def _phases(self, state: ObservationState) -> tuple[PhaseView, ...]:
        return phase_views(self.desk.scenario, state, self.desk.candidate.extra_percent)

    def _notes(self, state: ObservationState, zero: Moment) -> tuple[NoteView, ...]:
        numbers = {c.id: c.number for c in self.desk.scenario.criteria}
        return tuple(
            NoteView(n.id, self.texts[n.text], (n.began_us - zero.monotonic_us) // 1000, n.criterion,
                     numbers.get(n.criterion, 0), n.seq not in self.held)
            for n in state.notes
        )  # fmt: skip

    def _marks(self, state: ObservationState, zero: Moment) -> tuple[MarkView, ...]:
        marks = []
        for item in state.timeline:
            lane = _LANES.get(item.kind)
            at = item.at.since_us(zero) // 1000
            if lane is not None and at >= 0:
                label = str(item.value) if item.value is not None else ""
                marks.append(MarkView(lane, item.kind, at, label, item.in_force))
        for clip in state.clips:
            end = (clip.to_us - zero.monotonic_us) // 1000 if clip.to_us else -1
            marks.append(MarkView("marks", "clip", (clip.from_us - zero.monotonic_us) // 1000, "Clip", True, end))
        for gap in state.gaps:
            start, end = ((us - zero.monotonic_us) // 1000 for us in (gap.from_us, gap.to_us))
            words = f"No picture {(end - start) // 60000}:{(end - start) // 1000 % 60:02d}"
            marks.append(MarkView("marks", "gap", start, words, True, end))
        return tuple(marks)


class DeskReview:
    """ReviewPort over the same observation."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.signed_with: list[tuple[bool, bool]] = []
        self.amended: list[tuple[dict[str, int], str]] = []
        self.countersigned: list[str] = []
        self.printed: list[Path] = []
        self.takes_reason = True
        self.others: tuple[tuple[str, str], ...] = (("p2", "Sample Assessor B"), ("p3", "Sample Manager"))

    @property
    def waiting(self) -> bool:
        """The framework asks for a second signature under every correction."""
        return self.desk.framework.rules.second_signature and len(self.amended) > len(self.countersigned)

    def view(self) -> ReviewView:
        live, rules = self.desk.live, self.desk.framework.rules
        notes = {n.criterion: n.text for n in live._notes(live.state, live._zero(live.state))}
        rows, left, done = [], [], []
        for r in live.rows():
            near = r.value is not None and abs(r.value - rules.cut) <= rules.comment_within
            comment, reason = live.comments.get(r.criterion, ""), live.reasons.get(r.criterion, "")
            needs = ""
            name = f"Criterion {r.number}" if r.criterion else "Overall judgement"
            if r.value is None and not reason:
                needs = "Rate it, or say why not" if r.criterion else "Rate it"
                left.append(f"{name} is not rated")
            elif near and not comment:
                needs = "Comment needed next to the pass mark"
                left.append(f"{name} needs its comment")
            note = (notes[r.criterion],) if r.criterion in notes else ()
            rows.append(
                ReviewRow(r.criterion, r.number, r.title, r.value, r.at_ms, r.was, note, comment, near, reason, needs)
            )
        done.append("Recording whole")
        values = [r.value for r in rows if r.criterion and r.value is not None]
        whole = rows[-1].value is not None
        total = f"Total {sum(values)} of {7 * (len(rows) - 1)}" if whole else ""
        detail = f"Added up by the computer, {len(values)} of {len(rows) - 1} criteria rated" if whole else ""
        return ReviewView(
            "obs-7", self.desk.candidate, "First home visit, 11:20 to 13:05", tuple(rows), total, detail,
            tuple(done), tuple(left), self.desk.framework.declaration, self.takes_reason, live.record_state,
            "ab" * 32 if live.record_state >= RecordState.SIGNED else "", "",
            tuple(f"{reason}" for _, reason in self.amended),
            tuple((p.value, p.label) for p in self.desk.scenario.scale.points),
            tuple((p.value, p.label) for p in self.desk.scenario.global_scale.points),
            self.waiting, self.others if self.waiting else (), *steps_back(live.state),
            together(self.desk.assess.own_phrases, self.desk.framework.snippets),
        )  # fmt: skip

    def undo(self, at: Moment) -> Future[None]:
        return self.desk.live.undo(at)

    def redo(self, at: Moment) -> Future[None]:
        return self.desk.live.redo(at)

    def rate(self, criterion: str, value: int, at: Moment) -> Future[None]:
        return self.desk.live.rate(criterion, value, at)

    def comment(self, criterion: str, text: str, at: Moment) -> Future[None]:
        self.desk.live.comments[criterion] = text
        return self.desk.disk.confirm()

    def give_reason(self, criterion: str, text: str, at: Moment) -> Future[None]:
        self.desk.live.reasons[criterion] = text
        return self.desk.disk.confirm()

    def sign(self, passphrase: str, *, is_the_person: bool, declared: bool) -> Future[str]:
        future: Future[str] = Future()
        if passphrase != "maple kettle river stone":
            future.set_exception(WrongPassphrase("That is not your passphrase.", advice="Type it again."))
        elif self.view().left or not (is_the_person and declared):
            future.set_exception(Conflict("There are things left to do before signing."))
        else:
            self.signed_with.append((is_the_person, declared))
            self.desk.live.record_state = RecordState.SIGNED
            future.set_result("ab" * 32)
        return future

    def amend(self, changes: dict[str, int], reason: str, passphrase: str) -> Future[str]:
        future: Future[str] = Future()
        if passphrase != "maple kettle river stone":
            future.set_exception(WrongPassphrase("That is not your passphrase.", advice="Type it again."))
        else:
            self.amended.append((changes, reason))
            future.set_result("cd" * 32)
        return future

    def countersign(self, person: str, passphrase: str) -> Future[str]:
        future: Future[str] = Future()
        if passphrase != "copper window garden":
            future.set_exception(WrongPassphrase("That is not their passphrase.", advice="Type it again."))
        else:
            self.countersigned.append(person)
            future.set_result("ef" * 32)
        return future

    def print_to(self, file: Path) -> None:
        self.printed.append(file)

    def frame(self, at_ms: int) -> bytes:
        return room(at_ms // 1000)
