# SPDX-License-Identifier: GPL-3.0-or-later
"""Any keys in any order, the window killed in between, leave what a plain model says: nothing lost or twice.

The model knows no events: it keeps what stands after every step, and undo and redo go from one step to another. What
stands is compared after every key, and in the end with a fold of what is on the disk, read by another window.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from observer_app.domain.events import UNDOABLE
from observer_app.domain.folding import fold
from observer_app.errors import Conflict
from observer_app.workflows.live import LiveObservation
from tests.unit.workflows.assess_cast import AssessCast
from tests.unit.workflows.record_cast import LIBRARY, SCENARIO

CRITERIA = [c.id for c in SCENARIO.criteria[:3]]
VALUES = list(SCENARIO.scale.values)
RULES = LIBRARY.frameworks[SCENARIO.framework_id].rules
APART_S = 2.0  # beyond the pack's guard: every press is meant
AGAIN_S = 0.1  # within it: a key that repeats
Key = tuple[str, str, int]

keys = st.lists(
    st.one_of(
        st.tuples(st.just("rate"), st.sampled_from([*CRITERIA, ""]), st.sampled_from(VALUES)),
        st.tuples(st.sampled_from(["again", "again", "flag", "open", "close", "clip"]), st.just(""), st.just(0)),
        st.tuples(st.just("withdraw"), st.sampled_from(CRITERIA), st.just(0)),
        st.tuples(st.just("note"), st.sampled_from([*CRITERIA, ""]), st.integers(0, 5)),
        st.tuples(st.sampled_from(["change", "move"]), st.sampled_from([*CRITERIA, ""]), st.integers(0, 5)),
        st.tuples(st.just("remove"), st.just(""), st.integers(0, 5)),
        st.tuples(st.sampled_from(["undo", "undo", "redo"]), st.just(""), st.just(0)),
        st.tuples(st.just("back_and_forth"), st.just(""), st.integers(1, 3)),
        st.tuples(st.sampled_from(["pause", "resume", "rest"]), st.just(""), st.integers(1, 90)),
        st.tuples(st.just("crash"), st.just(""), st.integers(1, 90)),
    ),
    min_size=12,
    max_size=30,
)


@dataclass(frozen=True)
class Plain:
    """What stands: values and when they were given, notes and when they were begun, flags, clips (end 0 while open)."""

    values: dict[str, tuple[int, int]] = field(default_factory=dict)
    notes: dict[int, tuple[str, str, int]] = field(default_factory=dict)
    flags: int = 0
    clips: tuple[tuple[int, int], ...] = ()

    @property
    def open_clip(self) -> bool:
        return any(end == 0 for _, end in self.clips)


class Model:
    """States one after another; undo goes back one, redo forward one, anything new cuts what was undone. A pause is no
    step: it cannot be undone, and its time does not count."""

    def __init__(self, started_us: int) -> None:
        self.states = [Plain()]
        self.at = self.written = self.notes_made = 0
        self.started_us, self.paused_us, self.paused_at = started_us, 0, 0

    @property
    def now(self) -> Plain:
        return self.states[self.at]

    def step(self, change: Callable[[Plain], Plain]) -> None:
        self.states[self.at + 1 :] = [change(self.now)]
        self.at += 1
        self.written += 1

    def undo(self) -> bool:
        able = self.at > 0
        self.at -= able
        return able

    def redo(self) -> bool:
        able = self.at + 1 < len(self.states)
        self.at += able
        return able

    def ran_s(self, now_us: int) -> int:
        """Whole seconds the phase has run."""
        return ((self.paused_at or now_us) - self.started_us - self.paused_us) // 1_000_000


class Run:
    """One list of keys against the real workflow and the model."""

    def __init__(self, root: Path) -> None:
        self.cast = AssessCast(root)
        self.live: LiveObservation = self.cast.interview()
        phase = self.live.journal.state.phase
        assert phase is not None
        self.model = Model(phase.started.monotonic_us)
        self.last: Key = ("", "", 0)

    def us(self) -> int:
        return self.cast.clock.now().monotonic_us

    def press(self, key: Key) -> None:
        what, criterion, number = key
        if what == "again":
            if self.last[0] == "rate":
                self.live.rate(self.last[1], self.last[2], self.cast.clock.go(AGAIN_S)).result(5)
            return
        self.cast.clock.go(APART_S)
        self.last = key
        getattr(self, f"_{what}")(criterion, number)

    def _set(self, **what: object) -> None:
        self.model.step(lambda s: replace(s, **what))  # type: ignore[arg-type]

    def _rate(self, criterion: str, value: int) -> None:
        self.live.rate(criterion, value, self.cast.clock.now())
        self._set(values={**self.model.now.values, criterion: (value, self.us())})

    def _withdraw(self, criterion: str, _: int) -> None:
        self.live.withdraw(criterion, self.cast.clock.now())
        if criterion in self.model.now.values:
            self._set(values={k: v for k, v in self.model.now.values.items() if k != criterion})

    def _note(self, criterion: str, number: int) -> None:
        began = self.cast.clock.now()
        self.live.write_note(f"note {number}", criterion, began, self.cast.clock.go(number))
        self.model.notes_made += 1
        written = (criterion, f"note {number}", began.monotonic_us)
        self._set(notes={**self.model.now.notes, self.model.notes_made: written})

    def _about_note(self, place: int, press: Callable[[str], object], now: Callable[..., tuple[str, str, int]]) -> None:
        notes = self.live.view(self.cast.clock.now()).notes
        if notes:
            press(notes[place % len(notes)].id)
            made, was = list(self.model.now.notes.items())[place % len(notes)]
            self._set(notes={**self.model.now.notes, made: now(*was)})

    def _change(self, criterion: str, place: int) -> None:
        at, words = self.cast.clock.now(), f"changed {self.us()}"
        self._about_note(
            place, lambda note: self.live.change_note(note, words, at), lambda tied, _, began: (tied, words, began)
        )

    def _move(self, criterion: str, place: int) -> None:
        at = self.cast.clock.now()
        self._about_note(
            place,
            lambda note: self.live.move_note(note, criterion, at),
            lambda _, text, began: (criterion, text, began),
        )

    def _remove(self, _: str, place: int) -> None:
        notes = self.live.view(self.cast.clock.now()).notes
        if notes:
            self.live.remove_note(notes[place % len(notes)].id, self.cast.clock.now())
            gone = list(self.model.now.notes)[place % len(notes)]
            self._set(notes={k: v for k, v in self.model.now.notes.items() if k != gone})

    def _flag(self, *_: object) -> None:
        self.live.flag(CRITERIA[0], self.cast.clock.now())
        self._set(flags=self.model.now.flags + 1)

    def _open(self, *_: object) -> None:
        if not self.model.now.open_clip:  # the screen does not offer a second one
            self.live.open_clip(self.cast.clock.now())
            self._set(clips=(*self.model.now.clips, (self.us(), 0)))

    def _close(self, *_: object) -> None:
        self._refused_unless(self.model.now.open_clip, self.live.close_clip(self.cast.clock.now()))
        if self.model.now.open_clip:
            self._set(clips=tuple((begin, end or self.us()) for begin, end in self.model.now.clips))

    def _clip(self, *_: object) -> None:
        self.live.mark_clip(self.cast.clock.now())
        whole = self.us() - RULES.clip_lead_ms * 1000, self.us() + RULES.clip_lag_ms * 1000
        self._set(clips=(*self.model.now.clips, whole))

    def _back_and_forth(self, _: str, steps: int) -> None:
        """Left to chance, hardly any redo follows an undo with nothing in between."""
        for _undone in range(steps):
            self._undo()
        self.check()
        for _redone in range(steps):
            self._redo()

    def _pause(self, *_: object) -> None:
        able = not self.model.paused_at
        self._refused_unless(able, self.live.pause("Fire bell", self.cast.clock.now()))
        self.model.paused_at = self.model.paused_at or self.us()

    def _resume(self, _: str, seconds: int) -> None:
        self.cast.clock.go(seconds)
        able = bool(self.model.paused_at)
        self._refused_unless(able, self.live.resume(self.cast.clock.now()))
        if able:
            self.model.paused_us += self.us() - self.model.paused_at
            self.model.paused_at = 0

    def _rest(self, criterion: str, seconds: int) -> None:
        self._pause()
        self._resume(criterion, seconds)

    def _crash(self, _: str, seconds: int) -> None:
        self.cast.new_window()
        self.cast.clock.go(seconds)
        self.live = self.cast.open()

    def _undo(self, *_: object) -> None:
        self._refused_unless(self.model.undo(), self.live.undo(self.cast.clock.now()))

    def _redo(self, *_: object) -> None:
        self._refused_unless(self.model.redo(), self.live.redo(self.cast.clock.now()))

    @staticmethod
    def _refused_unless(able: bool, done: Future[None]) -> None:
        error = done.exception(5)
        assert error is None if able else isinstance(error, Conflict)

    def check(self) -> None:
        now, wanted, model = self.cast.clock.now(), self.model.now, self.model
        view = self.live.view(now)

        def at_ms(us: int) -> int:
            return (us - model.started_us) // 1000

        rows = {r.criterion: (r.value, r.at_ms) for r in view.rows if r.value is not None}
        assert rows == {c: (value, at_ms(us)) for c, (value, us) in wanted.values.items()}
        notes = [(n.criterion, n.text, n.at_ms) for n in view.notes]
        assert notes == [(c, text, at_ms(us)) for c, text, us in wanted.notes.values()]
        assert len(self.live.journal.state.flags) == wanted.flags and view.clip_open == wanted.open_clip
        assert [(c.from_us, c.to_us) for c in self.live.journal.state.clips] == list(wanted.clips)
        assert view.can_undo == (model.at > 0) and view.can_redo == (model.at + 1 < len(model.states))
        assert view.phase is not None and view.paused == bool(model.paused_at)
        assert view.remaining_s == view.phase.planned_s - model.ran_s(now.monotonic_us)

    def finish(self) -> None:
        """Another window finds the same, the disk holds every step once, and folding it anew gives what was grown."""
        grown = self.live.journal.state
        self.cast.vault.write(lambda db: None).result(5)
        events = self.cast.vault.events(self.live.journal.observation)
        assert fold(events) == grown
        self._crash("", 1)
        self.check()
        events = self.cast.vault.events(self.live.journal.observation)
        assert sum(1 for e in events if e.kind in UNDOABLE) == self.model.written, "undo takes nothing away"
        times = [e.at.monotonic_us for e in events]
        assert times == sorted(times), "in the order of the keys"
        self.cast.close()


@settings(max_examples=20)
@given(keys)
def test_any_keys_leave_what_the_model_says(pressed: list[Key]) -> None:
    root = Path(tempfile.mkdtemp(prefix="keys-"))
    try:
        run = Run(root)
        for key in pressed:
            run.press(key)
            run.check()
        run.finish()
    finally:
        shutil.rmtree(root)
