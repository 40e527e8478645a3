# SPDX-License-Identifier: GPL-3.0-or-later
"""A sealed recording made from a film as fast as it can be coded, by the recorder's own encoder and writer.

For the sample day's earlier sittings, for benchmarks and tests; a live recording never comes this way.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from observer_app.capture.clock import SystemClock
from observer_app.capture.index import SegmentFiles
from observer_app.capture.items import Picture, Sound
from observer_app.capture.muxer import SegmentMuxer, fitted_size
from observer_app.capture.sources import FileSource
from observer_app.errors import BadInput
from observer_app.media.container import normal_recording_id
from observer_app.media.index_format import OpeningEntry

__all__ = ["make_recording"]


def make_recording(
    clip: Path,
    folder: Path,
    key: bytes,
    recording: str,
    pieces: Sequence[tuple[float, float]],
    *,
    origin_ns: int | None = None,
    origin_wall_ms: int | None = None,
    boot_id: str | None = None,
) -> None:
    """Record `clip` (repeated as often as needed) into `folder`, a segment for each of `pieces`.

    `pieces`: (from, to) in seconds of recording time, rising; what lies between them becomes gaps. `origin_*`: the
    clocks at recording time 0 (default: as if it had just ended). Raises `CameraMissing` when the clip does not play.
    """
    clock = SystemClock()
    if not pieces:
        raise BadInput("A recording needs at least one piece.")
    length_ms = round(pieces[-1][1] * 1000)
    origin = origin_ns if origin_ns is not None else max(clock.monotonic_ns() - length_ms * 1_000_000, 0)
    wall = origin_wall_ms if origin_wall_ms is not None else clock.wall_ms() - length_ms
    folder.mkdir(parents=True, exist_ok=True)
    for start_s, end_s in pieces:
        writer = _PieceWriter(folder, key, normal_recording_id(recording), boot_id or clock.boot_id(), origin, wall)
        writer.write(clip, start_s, end_s)


class _PieceWriter:
    def __init__(self, folder: Path, key: bytes, recording: str, boot_id: str, origin_ns: int, wall_ms: int) -> None:
        self._folder, self._key, self._recording = folder, key, recording
        self._boot_id, self._origin_ns, self._wall_ms = boot_id, origin_ns, wall_ms
        self._files: SegmentFiles | None = None
        self._muxer: SegmentMuxer | None = None
        self._zero_ms = 0

    def write(self, clip: Path, start_s: float, end_s: float) -> None:
        source = FileSource(clip, loop=True, start_s=start_s, paced=False)
        shape = source.open()
        try:
            for item in source.items(threading.Event()):
                if isinstance(item, Picture):
                    if item.pts_ms >= end_s * 1000:
                        break
                    if self._muxer is None:
                        size = fitted_size(shape.width, shape.height, 1280, 720)
                        self._begin(item.pts_ms, size, shape.sound, shape.fps)
                        assert self._files is not None
                        self._muxer = SegmentMuxer(self._files, shape, size, item.pts_ms)
                    self._picture(item)
                elif isinstance(item, Sound) and self._muxer is not None:
                    self._muxer.sound(item)
        finally:
            source.close()
        if self._muxer is not None and self._files is not None:
            self._muxer.close()
            self._files.close("stopped")

    def _begin(self, at_ms: int, size: tuple[int, int], sound: bool, fps: float) -> None:
        self._zero_ms = at_ms
        opening = OpeningEntry(
            boot_id=self._boot_id,
            offset_ms=at_ms,
            started_monotonic_ns=self._origin_ns + at_ms * 1_000_000,
            started_wall_ms=self._wall_ms + at_ms,
            width=size[0],
            height=size[1],
            sound=sound,
            source_kind="file",
        )
        frame_ms = max(round(1000 / max(fps, 1)), 1)
        self._files = SegmentFiles(self._folder, self._key, opening, recording=self._recording, frame_ms=frame_ms)

    def _picture(self, item: Picture) -> None:
        assert self._muxer is not None and self._files is not None
        pts = self._muxer.picture(item)
        at_ms = self._zero_ms + pts
        self._files.clock(pts, self._origin_ns + at_ms * 1_000_000, self._wall_ms + at_ms)
