# SPDX-License-Identifier: GPL-3.0-or-later
"""Correcting how late a recording's picture comes: by the picture a mark of the assessor's belongs to.

The mark nearest to where the recording stands is gone to; from there one steps (or types) to the picture that belongs
to it. How far that is from the mark's own picture is how much later the picture comes than was said.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QImage

from observer_app.domain.record import RecordState
from observer_app.ui.moderate.marking import Marking
from observer_app.ui.moderate.marks_panel import MarksPanel
from observer_app.ui.moderate.watching import Watching
from observer_app.ui.player import Player
from observer_app.ui.strings import clock_words, say
from observer_app.ui.tasks import run
from observer_app.workflows.board_views import CompareView, ReplayView
from observer_app.workflows.views import MarkView

__all__ = ["CorrectedPage", "Correcting"]


class CorrectedPage(Protocol):
    """The Replay page as a correction sees it."""

    watching: Watching
    panel: MarksPanel

    @property
    def view(self) -> ReplayView:
        """What is shown."""
        ...

    def look(self) -> None:
        """Shows the marks as they are now."""
        ...


class Correcting:
    """`begin` is the key T and the button under the marks."""

    def __init__(self, page: CorrectedPage, marking: Marking, owner: QObject) -> None:
        self._page, self._marking, self._owner = page, marking, owner
        self._player: Player | None = None
        self._mark: MarkView | None = None
        self._was_ms = 0
        self._own_ms = -1  # the time of the mark's own picture, -1 until it is shown
        form = page.panel.foot.late
        page.panel.clips.correct_late.connect(self.begin)
        form.stepped.connect(self._step)
        form.typed.connect(self._look_at)
        form.wanted.connect(self._write)
        form.left.connect(self.over)

    @property
    def open(self) -> bool:
        """Whether the form is there."""
        return self._mark is not None

    def begin(self) -> None:
        """Fetches the assessor's marks, goes to the nearest one and asks which picture belongs to it."""
        player, signed = self._page.watching.player, self._page.view.state >= RecordState.SIGNED
        if player is None or not signed or self.open:
            return
        player.pause()
        task = run(self._marking.fetch, self._owner)
        task.then(lambda both: self._begin_at(both, player)).or_else(
            lambda error: self._page.panel.foot.line.say(str(error), "bad")
        )

    def _begin_at(self, both: CompareView, player: Player) -> None:
        live = [m for m in both.marks if m.lane.startswith("live") and m.in_force and m.at_ms < player.duration_ms
                and player.frames.gap_at(m.at_ms) is None]  # fmt: skip
        if not live:
            self._page.panel.foot.line.say(say("late.none"), "bad")
            return
        mark = min(live, key=lambda m: abs(m.at_ms - player.at_ms))
        task = run(lambda: self._marking.port.late_ms(mark.at_ms), self._owner)
        task.then(lambda late_ms: self._ask_about(mark, late_ms, player))

    def _ask_about(self, mark: MarkView, late_ms: int, player: Player) -> None:
        self._mark, self._was_ms, self._own_ms = mark, late_ms, -1
        if self._player is not player:
            self._player = player
            player.shown.connect(self._shown)
        foot = self._page.panel.foot
        foot.late.start(say("late.head", sign=_sign(mark), time=clock_words(mark.at_ms)))
        foot.late.render_late(late_ms, 0)
        foot.ask_late()
        self._page.watching.jump(mark.at_ms)
        self._page.watching.transport.buttons["play"].setFocus(Qt.FocusReason.OtherFocusReason)

    def _shown(self, picture: QImage, at_ms: int) -> None:
        if self._mark is None or picture.isNull():
            return
        if self._own_ms < 0:
            self._own_ms = at_ms
        apart = at_ms - self._own_ms
        form = self._page.panel.foot.late
        late_ms = form.number if form.late.hasFocus() else None  # what is typed is exact, a picture lasts a while
        form.render_late(self._was_ms + apart if late_ms is None else late_ms, apart)

    def _step(self, frames: int) -> None:
        if self._player is not None:
            self._player.step(frames)

    def _look_at(self, late_ms: int) -> None:
        """What is typed is shown: the picture that would be the mark's own."""
        if self._mark is not None:
            self._page.watching.jump(max(0, self._mark.at_ms + late_ms - self._was_ms))

    def _write(self, late_ms: int, reason: str, passphrase: str) -> None:
        mark = self._mark
        if mark is None:
            return

        def work() -> CompareView:
            self._marking.port.correct_late(mark.at_ms, late_ms, reason, passphrase)
            return self._marking.fetch()

        moved = max(0, mark.at_ms + late_ms - self._was_ms)
        task = run(work, self._owner).then(lambda _: self._written(moved))
        task.or_else(self._page.panel.foot.late.refused)

    def _written(self, mark_ms: int) -> None:
        self._mark = None
        self._page.panel.foot.end_late(say("late.done"))
        self._page.look()
        self._page.watching.jump(mark_ms)

    def over(self) -> None:
        """Nothing is corrected."""
        if self.open:
            self._mark = None
            self._page.panel.foot.end_late()


def _sign(mark: MarkView) -> str:
    for kind in ("note", "flag", "clip"):
        if mark.kind.startswith(kind):
            return say(f"late.kind.{kind}")
    return say("late.kind.rating", value=mark.label)
