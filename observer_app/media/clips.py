# SPDX-License-Identifier: GPL-3.0-or-later
"""An exact cut of a recording as an ordinary MP4, for an appeal, another marker or training.

Encoded anew so that it begins and ends at the very frame. Time inside gaps stays: the picture is dark and says that
nothing was recorded, the sound is silent. An exported clip is no longer sealed: who may make one, and what is written
down of it, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from observer_app.errors import BadInput, EnvironmentFault
from observer_app.media.timeline import RecordingTimeline
from observer_app.media.virtual_file import SegmentContent, VirtualFile

__all__ = ["export_clip"]

_RATE = 48_000
_JITTER = _RATE * 2 // 1000
_MS = Fraction(1, 1000)
_NOTHING = "Nothing was recorded here"


def export_clip(
    timeline: RecordingTimeline,
    contents: dict[int, SegmentContent],
    start_ms: int,
    end_ms: int,
    path: Path,
    comment: str = "",
) -> Path:
    """Write the recording's time from `start_ms` to `end_ms` (exclusive) as MP4; `path` itself. `comment` goes with it.

    Raises `BadInput` when nothing was recorded in that time, `EnvironmentFault` when it cannot be written.
    """
    import av

    start_ms, end_ms = max(start_ms, 0), min(end_ms, timeline.duration_ms)
    parts = [c for c in contents.values() if c.index.has_pictures and _overlaps(c, start_ms, end_ms)]
    if start_ms >= end_ms or not parts:
        raise BadInput("Nothing was recorded in that time.", advice="Choose a stretch with picture.")
    opening = parts[0].index.opening
    try:
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            container.metadata["comment"] = comment
            video: Any = container.add_stream("libx264", rate=30)
            video.width, video.height, video.pix_fmt = opening.width, opening.height, "yuv420p"
            video.codec_context.time_base = _MS
            video.options = {"preset": "veryfast", "crf": "20", "bf": "0"}
            audio: Any = container.add_stream("aac", rate=_RATE, layout="mono") if opening.sound else None
            _write(_Cut(container, video, audio, start_ms, end_ms), parts)
    except OSError as error:
        raise EnvironmentFault(f"The clip {path.name} cannot be written: {error.strerror}.") from error
    return path


def _overlaps(content: SegmentContent, start_ms: int, end_ms: int) -> bool:
    offset = content.index.opening.offset_ms
    return offset < end_ms and offset + content.index.duration_ms > start_ms


class _Cut:
    """The clip being written; times are those of the recording."""

    def __init__(self, container: Any, video: Any, audio: Any, start_ms: int, end_ms: int) -> None:
        self._container, self._video, self._audio = container, video, audio
        self.start_ms, self.end_ms = start_ms, end_ms
        self._sound_at, self._length = 0, round((end_ms - start_ms) * _RATE / 1000)

    def show(self, frame: Any, at_ms: int) -> None:
        """A picture from its time on; one that came before the start is held from the start on."""
        import av

        picture: Any = frame.reformat(width=self._video.width, height=self._video.height, format="yuv420p")
        picture.pts, picture.time_base = max(at_ms - self.start_ms, 0), _MS
        picture.pict_type = av.video.frame.PictureType.NONE
        for packet in self._video.encode(picture):
            self._container.mux(packet)

    def show_nothing(self, at_ms: int) -> None:
        """From here on nothing was recorded."""
        import av
        import cv2
        import numpy as np

        wide, high = self._video.width, self._video.height
        rows = np.full((high, wide, 3), 24, np.uint8)
        place = (wide // 20, high // 2)
        cv2.putText(rows, _NOTHING, place, cv2.FONT_HERSHEY_SIMPLEX, wide / 640, (230, 230, 230), 2, cv2.LINE_AA)
        self.show(av.VideoFrame.from_ndarray(rows, format="rgb24"), at_ms)

    def sound(self, frame: Any, at_ms: int) -> None:
        """Sound at its time, to the sample: nothing of it lies before the start or behind the end of the clip."""
        if self._audio is None:
            return
        place = round((at_ms - self.start_ms) * _RATE / 1000)
        if abs(place - self._sound_at) <= _JITTER:
            place = self._sound_at  # times in the file are whole ms; sound goes on all the same
        samples = frame.to_ndarray()[:, max(0, self._sound_at - place) : max(0, self._length - place)]
        if samples.shape[1]:
            self._silence(place - self._sound_at)
            self._hear(samples)

    def _silence(self, samples: int) -> None:
        import numpy as np

        while samples > 0:
            self._hear(np.zeros((1, min(samples, _RATE)), np.float32))
            samples -= _RATE

    def _hear(self, samples: Any) -> None:
        """The next samples of the clip."""
        import av
        import numpy as np

        part: Any = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout="mono")
        part.sample_rate, part.pts, part.time_base = _RATE, self._sound_at, Fraction(1, _RATE)
        self._sound_at += samples.shape[1]
        for packet in self._audio.encode(part):
            self._container.mux(packet)

    def finish(self) -> None:
        for stream in (self._video, self._audio):
            if stream is not None:
                for packet in stream.encode(None):
                    self._container.mux(packet)


def _write(cut: _Cut, parts: list[SegmentContent]) -> None:
    import av

    covered = cut.start_ms
    for content in parts:
        begins = content.index.opening.offset_ms
        if begins > covered:
            cut.show_nothing(covered)
        for frame, at_ms in _frames(content, cut.start_ms, cut.end_ms):
            if isinstance(frame, av.VideoFrame):
                cut.show(frame, at_ms)
            else:
                cut.sound(frame, at_ms)
        covered = begins + content.index.duration_ms
    if covered < cut.end_ms:
        cut.show_nothing(covered)
    cut.finish()


def _frames(content: SegmentContent, start_ms: int, end_ms: int) -> Iterator[tuple[Any, int]]:
    """Decoded frames of one segment and their recording time: pictures from the one shown at the start on."""
    import av

    offset = content.index.opening.offset_ms
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=_RATE)
    held: tuple[Any, int] | None = None
    with av.open(VirtualFile(content), "r", format="matroska") as source:
        streams: list[Any] = [source.streams.video[0], *source.streams.audio[:1]]
        running = {stream.index for stream in streams}
        source.seek(max(start_ms - offset, 0) * 1000, backward=True)
        for packet in source.demux(streams):
            decoded: list[Any] = packet.decode()
            for frame in decoded:
                at_ms = offset + round(float((frame.pts or 0) * (frame.time_base or 0)) * 1000)
                if at_ms >= end_ms:
                    running.discard(packet.stream.index)
                elif isinstance(frame, av.VideoFrame):
                    if at_ms <= start_ms:
                        held = (frame, at_ms)
                        continue
                    yield from [held] if held else []
                    held = None
                    yield frame, at_ms
                elif at_ms + frame.samples * 1000 / frame.sample_rate > start_ms:
                    frame.pts = None
                    for part in resampler.resample(frame):
                        yield part, at_ms
                        at_ms += round(part.samples * 1000 / _RATE)
            if not running:  # both are past the end: the sound of a moment may lie behind its picture in the file
                break
    yield from [held] if held else []
