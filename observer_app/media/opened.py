# SPDX-License-Identifier: GPL-3.0-or-later
"""An opened recording: the one door for the window, the moderator's workflow and exports."""

from __future__ import annotations

import threading
from pathlib import Path

from observer_app.errors import BadInput
from observer_app.media.clips import export_clip
from observer_app.media.container import CLUSTER_MAGIC, HEAD_BYTES, UnitHead, segment_numbers, segment_path
from observer_app.media.frames import Frame, FrameReader
from observer_app.media.index_format import SegmentIndex, read_index
from observer_app.media.timeline import RecordingTimeline
from observer_app.media.virtual_file import SegmentContent, VirtualFile
from observer_app.media.waveform import peaks

__all__ = ["Recording", "get_ready", "open_recording", "recording_id_of"]


def get_ready() -> None:
    """SLOW the first time, nothing afterwards: loads what the first picture needs, while nobody waits for it."""
    import av
    import numpy

    _ = av, numpy


class Recording:
    """A recording's segments, opened with its key. Close it (or use `with`): it holds files and open clusters.

    `warnings`: sentences for a person about what a crash left behind; empty for a recording that was closed well.
    """

    def __init__(self, recording: str, folder: Path, indexes: list[SegmentIndex], key: bytes) -> None:
        self.recording = recording
        self.folder = folder
        self.indexes = indexes
        self.timeline = RecordingTimeline(indexes)
        self.contents = _contents(indexes, key, recording)
        self.warnings = [w for i in indexes for w in _warnings(i)]
        self._frames: FrameReader | None = None
        self._ahead: FrameReader | None = None
        self._ahead_lock = threading.Lock()
        self._closed = False

    @property
    def duration_ms(self) -> int:
        return self.timeline.duration_ms

    @property
    def frames(self) -> FrameReader:
        """The recording's own frame reader (one thread); `new_frame_reader` for another thread."""
        if self._frames is None:
            self._frames = self.new_frame_reader()
        return self._frames

    def new_frame_reader(self) -> FrameReader:
        """A reader of its own for another thread; the caller closes it."""
        return FrameReader(self.timeline, self.contents)

    def frame(self, at_ms: int, fit: tuple[int, int] | None = None) -> tuple[int, int, int, bytes]:
        """(pts ms, width, height, RGB bytes) of the last frame at or before a recording time; `fit` as in `frames`."""
        shown = self.frames.frame_at(at_ms, fit=fit)
        return shown.pts_ms, shown.width, shown.height, shown.rgb.tobytes()

    def frame_ahead(self, at_ms: int, fit: tuple[int, int] | None = None) -> tuple[int, int, int, bytes]:
        """As `frame`, from any thread and with a decoder of its own: who uses `frame` meanwhile neither waits nor loses
        the place. Raises `BadInput` once the recording is closed."""
        shown = self._look_ahead(at_ms, fit)
        return shown.pts_ms, shown.width, shown.height, shown.rgb.tobytes()

    def _look_ahead(self, at_ms: int, fit: tuple[int, int] | None) -> Frame:
        with self._ahead_lock:
            if self._closed:
                raise BadInput("The recording has been closed.")
            if self._ahead is None:
                self._ahead = self.new_frame_reader()
            return self._ahead.frame_at(at_ms, fit=fit)

    def step(self, at_ms: int, frames: int) -> int:
        """Recording time of the frame `frames` after (negative: before) the one shown at `at_ms`."""
        return self.frames.time_of_step(at_ms, frames)

    def segments(self) -> tuple[tuple[int, int], ...]:
        """(from ms, to ms) of each segment in recording time; segment n of `open_stream` is number n of these, from 1,
        when every segment holds pictures."""
        return tuple((i.opening.offset_ms, i.opening.offset_ms + i.duration_ms) for i in self.indexes if i.has_pictures)

    def waveform(self, points: int) -> list[float]:
        """Peaks (0 to 1) of the sound in `points` equal stretches of the recording."""
        return peaks(self.timeline, self.contents, points)

    def thumbnails(self, count: int, height: int) -> list[tuple[int, int, bytes]]:
        """(width, height, RGB bytes) of `count` pictures, one from the middle of each equal stretch."""
        moments = (self.duration_ms * (2 * i + 1) // (2 * count) for i in range(count))
        return [self.frame_ahead(ms, (16_384, height))[1:] for ms in moments]

    def export_clip(self, start_ms: int, end_ms: int, path: Path, comment: str = "") -> Path:
        """An exact cut as MP4; see `clips.export_clip`."""
        return export_clip(self.timeline, self.contents, start_ms, end_ms, path, comment)

    def open_stream(self, segment: int) -> VirtualFile:
        """A fresh seekable file object of a segment's Matroska (by segment number), for players and decoders."""
        if segment not in self.contents:
            raise BadInput(f"The recording has no part {segment}.")
        return VirtualFile(self.contents[segment])

    def close(self) -> None:
        with self._ahead_lock:
            self._closed = True
            if self._ahead is not None:
                self._ahead.close()
        if self._frames is not None:
            self._frames.close()
        for content in self.contents.values():
            content.close()

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _contents(indexes: list[SegmentIndex], key: bytes, recording: str) -> dict[int, SegmentContent]:
    """All or none: where one segment cannot be opened, no other's file stays open."""
    found: dict[int, SegmentContent] = {}
    try:
        for index in indexes:
            if len(index.entries) > 1:
                found[index.segment] = SegmentContent(index, key, recording)
    except BaseException:
        for content in found.values():
            content.close()
        raise
    return found


def _warnings(index: SegmentIndex) -> list[str]:
    found = []
    if index.shortened:
        found.append(f"Part {index.segment} of the recording is damaged: its file ends before what was recorded.")
    if index.closing is None:
        found.append(f"Part {index.segment} of the recording was not closed: the recorder stopped suddenly.")
    if index.torn_bytes and not index.shortened:
        found.append(f"The last {index.torn_bytes} bytes of part {index.segment} are half-written and are left out.")
    return found


def recording_id_of(folder: Path) -> str:
    """The recording's identity as its first segment's clear head says it (no key needed)."""
    for number in segment_numbers(folder):
        path = segment_path(folder, number)
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        if len(head) == HEAD_BYTES:
            return UnitHead.unpack(head, CLUSTER_MAGIC, f"{path.name}, cluster 0").recording
    raise BadInput(f"The folder {folder.name} holds no recording.", advice="Choose the folder with the .obsv files.")


def open_recording(folder: Path, key: bytes, *, recording: str | None = None, whole: bool = True) -> Recording:
    """Open a recording's folder for replay, also while it is still being recorded or after a crash.

    Not `whole`: what was shortened opens up to where it ends, and `warnings` say so.
    `recording`: the identity the record names; when given, another recording's folder is refused.
    Raises `BadInput` (no recording there, key of wrong length), `IntegrityBroken` naming file and cluster.
    """
    found = recording_id_of(folder)
    wanted = (recording or found).replace("-", "").lower()
    indexes = []
    for number in segment_numbers(folder):
        if segment_path(folder, number).stat().st_size >= HEAD_BYTES:
            indexes.append(read_index(folder, number, key, wanted, whole=whole))
    return Recording(wanted, folder, indexes, key)
