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
from observer_app.workflows.saved import Saved

__all__ = ["ModeratePort", "PicturePort", "ReplayPort"]


class PicturePort(Protocol):
    """An opened recording. All SLOW but cheap; times are ms in the recording."""

    @property
    def duration_ms(self) -> int:
        """The whole recording, its gaps included."""
        ...

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

    def waveform(self, points: int) -> list[float]:
        """Peaks of the sound (0 to 1) in so many equal stretches."""
        ...

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

    def view(self) -> ReplayView:
        """The screen: the moderator's own marks only."""
        ...

    def pictures(self) -> PicturePort:
        """SLOW. Raises BadInput when the recording is not here, IntegrityBroken when its indexes are altered."""
        ...

    def check(self) -> str:
        """SLOW. Every byte of the recording; the words for the screen. Raises as `pictures`."""
        ...

    def rate(self, criterion: str, value: int, at_ms: int) -> Saved:
        """Rates; the value that stands changes nothing. Fails with BadInput off the scale, Conflict once signed."""
        ...

    def write_note(self, text: str, criterion: str, at_ms: int) -> Saved:
        """A note on a criterion, or on the whole (""). Fails with BadInput without words."""
        ...

    def flag(self, criterion: str, at_ms: int) -> Saved:
        """Marks the position as worth looking at again."""
        ...

    def mark_clip(self, start_ms: int, end_ms: int) -> Saved:
        """A stretch worth showing. Fails with BadInput when it ends before it begins."""
        ...

    def name_clip(self, clip: int, name: str) -> Saved:
        """The name of a clip, by its entry. Fails with BadInput without a name, or once it is gone."""
        ...

    def give_out(
        self, what: str, start_ms: int, end_ms: int, purpose: str, reason: str, passphrase: str, file: Path
    ) -> str:
        """SLOW. A clip ("clip") or all marks ("marks") as files, written down in the log first. Raises NotAllowed,
        BadInput, WrongPassphrase, IntegrityBroken, EnvironmentFault."""
        ...

    def late_ms(self, at_ms: int) -> int:
        """SLOW. How much later than the room the picture at a position is said to come, ms; negative: earlier."""
        ...

    def correct_late(self, at_ms: int, late_ms: int, reason: str, passphrase: str) -> str:
        """SLOW. Signs how late it comes after all. Raises NotAllowed before the own marks are signed, BadInput,
        Conflict, WrongPassphrase."""
        ...

    def undo(self) -> Saved:
        """Takes back what was marked last. Fails with Conflict when there is nothing."""
        ...

    def redo(self) -> Saved:
        """Puts back what was taken back last. Fails with Conflict when there is nothing."""
        ...

    def sign(self, passphrase: str) -> Future[str]:
        """SLOW. Signs the own marks; the statement id. Raises Conflict (left to do, signed), WrongPassphrase,
        IntegrityBroken."""
        ...

    def compare(self) -> CompareView:
        """SLOW. Raises NotAllowed until the own marks are signed."""
        ...

    def decide(self, decisions: dict[str, str], reason: str, passphrase: str) -> Future[str]:
        """Signs the adjudication; decisions by criterion are live, replay or third."""
        ...


class ModeratePort(Protocol):
    """The moderator's work."""

    def work_list(self) -> WorkList:
        """What was given to this moderator."""
        ...

    def open(self, record: str) -> ReplayPort:
        """SLOW. One record of the list, its signatures verified. Raises BadInput, IntegrityBroken."""
        ...
