# SPDX-License-Identifier: GPL-3.0-or-later
"""Any keys in any order, the window killed in between, leave what a plain model says: nothing lost or twice."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from observer_app.domain.events import UNDOABLE
from observer_app.errors import Conflict
from observer_app.workflows.live import LiveObservation
from tests.unit.workflows.assess_cast import AssessCast
from tests.unit.workflows.record_cast import SCENARIO

CRITERIA = [c.id for c in SCENARIO.criteria[:3]]
VALUES = list(SCENARIO.scale.values)
GUARD_S = 2.0  # beyond the pack's guard: every press is meant

keys = st.lists(
    st.one_of(
        st.tuples(st.just("rate"), st.sampled_from([*CRITERIA, ""]), st.sampled_from(VALUES)),
        st.tuples(st.just("withdraw"), st.sampled_from(CRITERIA), st.just(0)),
        st.tuples(st.just("note"), st.sampled_from([*CRITERIA, ""]), st.integers(0, 9)),
        st.tuples(st.just("remove"), st.just(""), st.integers(0, 5)),
        st.tuples(st.just("flag"), st.sampled_from(CRITERIA), st.just(0)),
        st.tuples(st.sampled_from(["undo", "redo"]), st.just(""), st.just(0)),
        st.tuples(st.just("crash"), st.just(""), st.just(0)),
    ),
    max_size=25,
)


@dataclass
class Plain:
    """What should be: values and notes as they were after every step, and where undo stands among the steps."""

    values: dict[str, int] = field(default_factory=dict)
    notes: dict[int, tuple[str, str]] = field(default_factory=dict)
    flags: int = 0


class Model:
    """States one after another; undo goes back one, redo forward one, anything new cuts what was undone."""

    def __init__(self) -> None:
        self.states = [Plain()]
        self.at = 0
        self.written = 0
        self.notes_made = 0

    @property
    def now(self) -> Plain:
        return self.states[self.at]

    def step(self, change: Callable[[Plain], None]) -> None:
        after = Plain(dict(self.now.values), dict(self.now.notes), self.now.flags)
        change(after)
        self.states[self.at + 1 :] = [after]
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


class Run:
    """One list of keys against the real workflow and the model."""

    def __init__(self, root: Path) -> None:
        self.cast = AssessCast(root)
        self.live: LiveObservation = self.cast.interview()
        self.model = Model()

    def press(self, what: str, criterion: str, number: int) -> None:
        at = self.cast.clock.go(GUARD_S)
        model, live = self.model, self.live
        if what == "rate":
            live.rate(criterion, number, at)
            model.step(lambda s: s.values.__setitem__(criterion, number))
        elif what == "withdraw":
            live.withdraw(criterion, at)
            if criterion in model.now.values:
                model.step(lambda s: s.values.pop(criterion))
        elif what == "note":
            live.write_note(f"note {number}", criterion, at, at)
            model.notes_made += 1
            made = model.notes_made
            model.step(lambda s: s.notes.__setitem__(made, (criterion, f"note {number}")))
        elif what == "remove":
            self._remove(number)
        elif what == "flag":
            live.flag(criterion, at)
            model.step(lambda s: setattr(s, "flags", s.flags + 1))
        elif what in ("undo", "redo"):
            self._back_or_forth(what)
        else:
            self.cast.new_window()
            self.live = self.cast.open()

    def _remove(self, place: int) -> None:
        notes = self.live.view(self.cast.clock.now()).notes
        if place < len(notes):
            self.live.remove_note(notes[place].id, self.cast.clock.now())
            gone = list(self.model.now.notes)[place]
            self.model.step(lambda s: s.notes.pop(gone))

    def _back_or_forth(self, what: str) -> None:
        able = self.model.undo() if what == "undo" else self.model.redo()
        done = getattr(self.live, what)(self.cast.clock.now())
        assert (done.exception(5) is None) == able
        if not able:
            assert isinstance(done.exception(5), Conflict)

    def check(self) -> None:
        view = self.live.view(self.cast.clock.now())
        wanted = self.model.now
        assert {r.criterion: r.value for r in view.rows if r.value is not None} == wanted.values
        assert [(n.criterion, n.text) for n in view.notes] == list(wanted.notes.values())
        assert view.can_undo == (self.model.at > 0) and view.can_redo == (self.model.at + 1 < len(self.model.states))

    def finish(self) -> None:
        self.cast.new_window()
        self.live = self.cast.open()
        self.check()
        events = self.cast.vault.events(self.live.journal.observation)
        assert sum(1 for e in events if e.kind in UNDOABLE) == self.model.written, "undo takes nothing away"
        self.cast.assess.close()
        self.cast.close()


@settings(max_examples=25)
@given(keys)
def test_any_keys_leave_what_the_model_says(pressed: list[tuple[str, str, int]]) -> None:
    root = Path(tempfile.mkdtemp(prefix="keys-"))
    try:
        run = Run(root)
        for key in pressed:
            run.press(*key)
            run.check()
        run.finish()
    finally:
        shutil.rmtree(root)
