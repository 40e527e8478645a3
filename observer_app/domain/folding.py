# SPDX-License-Identifier: GPL-3.0-or-later
"""The fold: events, one at a time, into the state of an observation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from observer_app.domain.events import UNDOABLE, Event, Kind
from observer_app.domain.moment import Moment
from observer_app.domain.observation import Clip, Flag, Gap, Note, ObservationState, PhaseRun, Rating, TimelineItem

__all__ = ["Fold", "fold"]

_ON_TIMELINE = UNDOABLE | {
    Kind.PHASE_STARTED,
    Kind.PHASE_ENDED,
    Kind.PAUSED,
    Kind.RESUMED,
    Kind.RECORDING_GAP,
    Kind.RESUMED_AFTER_CRASH,
    Kind.REASSIGNED,
    Kind.RECORDING_STARTED,
    Kind.RECORDING_STOPPED,
}


def fold(events: Iterable[Event]) -> ObservationState:
    """The state after `events`, which must be in order of seq."""
    return Fold(events).state


class Fold:
    """The same fold, growing: one more event costs the same however many there were. `state` is that after all."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._events = list(events)
        self._folding = _Folding(frozenset())
        self._targets = (0, 0)
        self._state: ObservationState | None = None
        self._over_again()

    def add(self, event: Event) -> None:
        """Takes in the next event; only an undo or redo, which reach back, fold everything over again."""
        self._events.append(event)
        self._state = None
        if event.kind in (Kind.UNDONE, Kind.REDONE):
            self._over_again()
            return
        if event.kind in UNDOABLE:
            self._targets = (event.seq, 0)
        self._folding.apply(event)

    @property
    def state(self) -> ObservationState:
        """The state after all events so far; the same object until there is another."""
        if self._state is None:
            self._state = self._folding.state(*self._targets, len(self._events))
        return self._state

    def _over_again(self) -> None:
        undone, *targets = _in_force(self._events)
        self._targets = (targets[0], targets[1])
        self._folding = _Folding(undone)
        for event in self._events:
            self._folding.apply(event)


def _in_force(events: list[Event]) -> tuple[frozenset[int], int, int]:
    """Seqs undone at the end, the seq the next undo takes back, and the one the next redo puts back (0 = none)."""
    done: list[int] = []
    back: list[int] = []
    undone: set[int] = set()
    for event in events:
        if event.kind in UNDOABLE:
            done.append(event.seq)
            back.clear()
        elif event.kind == Kind.UNDONE and done and event.body.get("target") == done[-1]:
            back.append(done.pop())
            undone.add(back[-1])
        elif event.kind == Kind.REDONE and back and event.body.get("target") == back[-1]:
            done.append(back.pop())
            undone.discard(done[-1])
    return frozenset(undone), done[-1] if done else 0, back[-1] if back else 0


class _Folding:
    """Holds the state under construction; `undone` are the seqs that are out of force."""

    def __init__(self, undone: frozenset[int]) -> None:
        self._undone = undone
        self._s = ObservationState()
        self._ratings: dict[str, Rating] = {}
        self._notes: dict[str, Note] = {}
        self._reasons: dict[str, str] = {}
        self._timeline: list[TimelineItem] = []
        self._current: dict[str, int] = {}

    def apply(self, event: Event) -> None:
        """Takes one event in; an undone or unknown one leaves only its mark on the timeline."""
        in_force = event.seq not in self._undone
        if event.kind in _ON_TIMELINE:
            self._mark(event, in_force)
        step = getattr(self, f"_on_{event.kind}", None)
        if in_force and step is not None:
            step(event)

    def state(self, undo_target: int, redo_target: int, count: int) -> ObservationState:
        """The finished state."""
        return replace(
            self._s,
            ratings=dict(self._ratings),
            notes=tuple(sorted(self._notes.values(), key=lambda n: n.seq)),
            unrated_reasons=dict(self._reasons),
            timeline=tuple(self._timeline),
            undo_target=undo_target,
            redo_target=redo_target,
            count=count,
        )

    def _mark(self, event: Event, in_force: bool) -> None:
        criterion = str(event.body.get("criterion", ""))
        value = event.body.get("value")
        item = TimelineItem(
            event.seq, event.kind, event.at, criterion, value if isinstance(value, int) else None, in_force
        )
        if in_force and event.kind in (Kind.RATED, Kind.WITHDRAWN, Kind.GLOBAL_RATED):
            key = criterion if event.kind != Kind.GLOBAL_RATED else "\0global"
            if key in self._current:
                index = self._current[key]
                self._timeline[index] = replace(self._timeline[index], in_force=False)
            self._current[key] = len(self._timeline)
        self._timeline.append(item)

    def _on_opened(self, e: Event) -> None:
        self._s = replace(self._s, observation=e.observation, opening=dict(e.body), opened=e.at)

    def _on_identity_confirmed(self, e: Event) -> None:
        self._s = replace(self._s, identity_confirmed=True)

    def _on_phase_started(self, e: Event) -> None:
        self._end_phase(e.at)
        self._s = replace(self._s, phase=PhaseRun(str(e.body["phase"]), e.at))

    def _on_phase_ended(self, e: Event) -> None:
        self._end_phase(e.at)

    def _end_phase(self, at: Moment) -> None:
        run = self._s.phase
        if run is not None:
            finished = replace(self._resumed(run, at), ended=at)
            self._s = replace(self._s, phase=None, phases_done=(*self._s.phases_done, finished))

    @staticmethod
    def _resumed(run: PhaseRun, at: Moment) -> PhaseRun:
        if run.paused_since is None:
            return run
        return replace(run, paused_since=None, pauses_us=run.pauses_us + at.since_us(run.paused_since))

    def _on_paused(self, e: Event) -> None:
        if self._s.phase is not None and self._s.phase.paused_since is None:
            self._s = replace(self._s, phase=replace(self._s.phase, paused_since=e.at))

    def _on_resumed(self, e: Event) -> None:
        if self._s.phase is not None:
            self._s = replace(self._s, phase=self._resumed(self._s.phase, e.at))

    def _on_rated(self, e: Event) -> None:
        self._rate(e, int(e.body["value"]))

    def _on_withdrawn(self, e: Event) -> None:
        self._rate(e, None)

    def _rate(self, e: Event, value: int | None) -> None:
        criterion = str(e.body["criterion"])
        before = self._ratings.get(criterion)
        was: tuple[int, ...] = before.was if before else ()
        if before is not None and before.value is not None:
            was = (*was, before.value)
        self._ratings[criterion] = Rating(criterion, value, e.at, e.seq, was)

    def _on_note_written(self, e: Event) -> None:
        b = e.body
        self._notes[str(b["note"])] = Note(
            str(b["note"]), str(b["criterion"]), str(b["text"]), int(b["began_us"]), e.at, e.seq
        )

    def _on_note_changed(self, e: Event) -> None:
        note = self._notes.get(str(e.body["note"]))
        if note is not None:
            self._notes[note.id] = replace(note, text=str(e.body["text"]))

    def _on_note_moved(self, e: Event) -> None:
        note = self._notes.get(str(e.body["note"]))
        if note is not None:
            self._notes[note.id] = replace(note, criterion=str(e.body["criterion"]))

    def _on_note_removed(self, e: Event) -> None:
        self._notes.pop(str(e.body["note"]), None)

    def _on_flagged(self, e: Event) -> None:
        flag = Flag(str(e.body.get("criterion", "")), e.at, e.seq)
        self._s = replace(self._s, flags=(*self._s.flags, flag))

    def _on_clip_marked(self, e: Event) -> None:
        clip = Clip(int(e.body["from_us"]), int(e.body["to_us"]), e.at, e.seq)
        self._s = replace(self._s, clips=(*self._s.clips, clip))

    def _on_clip_opened(self, e: Event) -> None:
        self._s = replace(self._s, clips=(*self._s.clips, Clip(e.at.monotonic_us, 0, e.at, e.seq)))

    def _on_clip_closed(self, e: Event) -> None:
        clips = list(self._s.clips)
        for index in range(len(clips) - 1, -1, -1):
            if clips[index].to_us == 0:
                clips[index] = replace(clips[index], to_us=e.at.monotonic_us)
                break
        self._s = replace(self._s, clips=tuple(clips))

    def _on_global_rated(self, e: Event) -> None:
        before = self._s.global_rating
        was: tuple[int, ...] = ()
        if before is not None and before.value is not None:
            was = (*before.was, before.value)
        self._s = replace(self._s, global_rating=Rating("", int(e.body["value"]), e.at, e.seq, was))

    def _on_unrated_reason(self, e: Event) -> None:
        self._reasons[str(e.body["criterion"])] = str(e.body["text"])

    def _on_recording_started(self, e: Event) -> None:
        name = str(e.body["recording"])
        known = self._s.recordings if name in self._s.recordings else (*self._s.recordings, name)
        self._s = replace(self._s, recordings=known, recording_now=name)
        self._on_recording_offset(e)

    def _on_recording_offset(self, e: Event) -> None:
        latency_ms = int(e.body.get("latency_ms", 0))
        self._s = replace(self._s, latencies={**self._s.latencies, str(e.body["recording"]): latency_ms})

    def _on_recording_stopped(self, e: Event) -> None:
        self._s = replace(self._s, recording_now="")

    def _on_recording_gap(self, e: Event) -> None:
        b = e.body
        what, slept_ms = str(b.get("what", "picture")), int(b.get("slept_ms", 0))
        gap = Gap(str(b["recording"]), int(b["from_us"]), int(b["to_us"]), str(b["cause"]), e.seq, what, slept_ms)
        begun = gap.from_us, gap.what, 0
        earlier = tuple(g for g in self._s.gaps if (g.from_us, g.what, g.to_us) != begun)
        self._s = replace(self._s, gaps=(*earlier, gap))

    def _on_abandoned(self, e: Event) -> None:
        self._end_phase(e.at)
        self._s = replace(self._s, abandoned=True)

    def _on_reopened(self, e: Event) -> None:
        self._s = replace(self._s, reopened=True)

    def _on_reassigned(self, e: Event) -> None:
        about = {k: v for k, v in e.body.items() if k != "text"}
        self._s = replace(self._s, opening={**self._s.opening, **about}, identity_confirmed=False)

    def _on_signed(self, e: Event) -> None:
        self._s = replace(self._s, record=str(e.body["record"]))

    def _on_amended(self, e: Event) -> None:
        self._s = replace(self._s, amendments=(*self._s.amendments, str(e.body["statement"])))
