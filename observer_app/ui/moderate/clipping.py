# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips by keys on the Replay page: begun, ended, named, given out. The page keeps the rest."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject

from observer_app.domain.record import RecordState
from observer_app.ui.moderate.marks_panel import MarksPanel
from observer_app.ui.moderate.watching import Watching
from observer_app.ui.strings import clock_words, say
from observer_app.ui.tasks import run
from observer_app.ui.widgets.give_out import span_words
from observer_app.workflows.board_views import ClipView, ReplayView
from observer_app.workflows.ports import ReplayPort

__all__ = ["ClippedPage", "Clipping"]

_WITHOUT_BEGINNING_MS = 15_000  # `]` alone: what was just seen, as in the room


class ClippedPage(Protocol):
    """The Replay page as its clips see it."""

    watching: Watching
    panel: MarksPanel

    @property
    def view(self) -> ReplayView:
        """What is shown."""
        ...

    @property
    def port(self) -> ReplayPort:
        """The marking."""
        ...

    def follow(self, future: Future[None]) -> None:
        """Shows what comes of something written."""
        ...

    def look(self) -> None:
        """Shows what the port has now."""
        ...


class Clipping:
    """`begin` and `end` are the keys [ and ]."""

    def __init__(self, page: ClippedPage, owner: QObject) -> None:
        self._page, self._owner = page, owner
        self._from = -1
        self._naming: ClipView | None = None
        self._giving: ClipView | None = None
        listed, give = page.panel.clips, page.panel.foot.give
        listed.play.connect(lambda clip: page.watching.play_span(clip.start_ms, clip.end_ms))
        listed.name.connect(self.name)
        listed.give_out.connect(self._ask_to_give)
        listed.give_marks.connect(lambda: self._ask_to_give(None))
        give.wanted.connect(self._give)

    def begin(self) -> None:
        """A clip begins at the picture that is shown; pressed again, it begins there."""
        if not self._writable:
            return
        self._from = self._page.watching.at_ms
        self._page.watching.timeline.render_open_clip(self._from)
        self._page.panel.foot.line.say(say("clip.begun", time=clock_words(self._from)), "good")

    def end(self) -> None:
        """It ends behind the picture that is shown."""
        if not self._writable:
            return
        at_ms = self._page.watching.at_ms
        start = self._from if self._from >= 0 else max(0, at_ms - _WITHOUT_BEGINNING_MS)
        if at_ms <= start:
            self._page.panel.foot.line.say(say("clip.too_short"), "bad")
            return
        self._from = -1
        self._page.watching.timeline.render_open_clip(-1)
        self._page.panel.foot.line.say("")
        self._page.follow(self._page.port.mark_clip(start, at_ms))

    def over(self) -> None:
        """The marks are signed: what was begun is not ended any more."""
        self._from = -1
        self._page.watching.timeline.render_open_clip(-1)

    @property
    def _writable(self) -> bool:
        return self._page.view.state < RecordState.SIGNED and not self._page.panel.foot.writing

    def name(self, clip: ClipView) -> None:
        """Asks for its name where notes are written."""
        if self._writable:
            self._naming = clip
            self._page.panel.foot.start_words(say("clip.name_head", span=span_words(clip)), clip.name)

    def keep_name(self, words: str) -> bool:
        """Takes what was written if it is a name; whether it was."""
        clip, self._naming = self._naming, None
        if clip is not None:
            self._page.follow(self._page.port.name_clip(clip.id, words))
        return clip is not None

    def drop_name(self) -> None:
        """What is written next is a note again."""
        self._naming = None

    def _ask_to_give(self, clip: ClipView | None) -> None:
        """A clip, or (None) the marks."""
        self._giving = clip
        self._page.panel.foot.ask_to_give(self._page.view, clip)

    def _give(self, purpose: str, reason: str, passphrase: str, file: Path) -> None:
        page, port, clip = self._page, self._page.port, self._giving
        page.watching.pause()
        what, start, end = ("marks", 0, 0) if clip is None else ("clip", clip.start_ms, clip.end_ms)
        task = run(lambda: port.give_out(what, start, end, purpose, reason, passphrase, file), self._owner)
        task.then(lambda _statement: self._given(file)).or_else(page.panel.foot.give.refused)

    def _given(self, file: Path) -> None:
        self._page.panel.foot.end_give(say("give.done", file=file.name))
        self._page.look()
