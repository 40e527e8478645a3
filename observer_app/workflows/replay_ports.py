# SPDX-License-Identifier: GPL-3.0-or-later
"""What the moderator's windows may ask: the work list, one marking, an opened recording. The rules of `ports` hold."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

from observer_app.workflows.board_views import (
    CompareView,
    ReplayView,
    WorkList,
)

__all__ = ["ModeratePort", "PicturePort", "ReplayPort"]

Saved = Future[None]


class PicturePort(Protocol):
    """An opened recording. All SLOW but cheap; times are ms in the recording."""

    @property
    def duration_ms(self) -> int: ...
    @property
    def warnings(self) -> Sequence[str]:
        """What a crash or damage left, in sentences."""
        ...

    def frame(self, at_ms: int, fit: tuple[int, int] | None = None) -> tuple[int, int, int, bytes]:
        """(pts_ms, width, height, RGB bytes) of the last frame at or before; scaled down into `fit` (width, height)."""
        ...

    def frame_ahead(self, at_ms: int, fit: tuple[int, int] | None = None) -> tuple[int, int, int, bytes]:
        """As `frame`, for what nobody waits for: a jump meanwhile neither waits for it nor loses its place."""
        ...

    def step(self, at_ms: int, frames: int) -> int:
        """The time of the frame `frames` after (or before, negative) the one at `at_ms`."""
        ...

    def waveform(self, points: int) -> list[float]: ...
    def thumbnails(self, count: int, height: int) -> list[tuple[int, int, bytes]]:
        """(width, height, RGB bytes) evenly spaced."""
        ...

    def open_stream(self, segment: int) -> object:
        """A seekable binary file object for the player."""
        ...

    def segments(self) -> tuple[tuple[int, int], ...]:
        """(from_ms, to_ms) of each segment in recording time."""
        ...


class ReplayPort(Protocol):
    """A moderator's marking of one record; `at_ms` are positions in the recording."""

    def view(self) -> ReplayView: ...
    def pictures(self) -> PicturePort:
        """SLOW. Raises BadInput when the recording is not here, IntegrityBroken when its indexes are altered."""
        ...

    def check(self) -> str:
        """SLOW. Every byte of the recording; the words for the screen. Raises as `pictures`."""
        ...

    def rate(self, criterion: str, value: int, at_ms: int) -> Saved: ...
    def write_note(self, text: str, criterion: str, at_ms: int) -> Saved: ...
    def flag(self, criterion: str, at_ms: int) -> Saved: ...
    def mark_clip(self, start_ms: int, end_ms: int) -> Saved: ...
    def name_clip(self, clip: int, name: str) -> Saved: ...
    def give_out(
        self, what: str, start_ms: int, end_ms: int, purpose: str, reason: str, passphrase: str, file: Path
    ) -> str:
        """SLOW. A clip ("clip") or all marks ("marks") as files, written down in the log first. Raises NotAllowed,
        BadInput, WrongPassphrase, IntegrityBroken, EnvironmentFault."""
        ...

    def undo(self) -> Saved: ...
    def redo(self) -> Saved: ...
    def sign(self, passphrase: str) -> Future[str]: ...
    def compare(self) -> CompareView:
        """SLOW. Raises NotAllowed until the own marks are signed."""
        ...

    def decide(self, decisions: dict[str, str], reason: str, passphrase: str) -> Future[str]:
        """Signs the adjudication; decisions by criterion are live, replay or third."""
        ...


class ModeratePort(Protocol):
    """The moderator's work."""

    def work_list(self) -> WorkList: ...
    def open(self, record: str) -> ReplayPort: ...
