# SPDX-License-Identifier: GPL-3.0-or-later
"""An exact cut of a recording as an ordinary MP4, for showing in training or at an appeal.

Encoded anew so that it begins and ends at the very frame; time inside gaps stays (the picture stands still and
the sound is silent). An exported clip is no longer sealed: who may make one is decided elsewhere.
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


def export_clip(
    timeline: RecordingTimeline, contents: dict[int, SegmentContent], start_ms: int, end_ms: int, path: Path
) -> Path:
    """Write the recording's time from `start_ms` to `end_ms` (exclusive) as MP4; `path` itself.

    Raises `BadInput` when nothing was recorded in that time, `EnvironmentFault` when it cannot be written.
    """
    import av

    start_ms, end_ms = max(start_ms, 0), min(end_ms, timeline.duration_ms)
    parts = [c for c in contents.values() if c.index.frames and _overlaps(c, start_ms, end_ms)]
    if start_ms >= end_ms or not parts:
        raise BadInput("Nothing was recorded in that time.", advice="Choose a stretch with picture.")
    opening = parts[0].index.opening
    try:
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            video: Any = container.add_stream("libx264", rate=30)
            video.width, video.height, video.pix_fmt = opening.width, opening.height, "yuv420p"
            video.codec_context.time_base = Fraction(1, 1000)
            video.options = {"preset": "veryfast", "crf": "20", "bf": "0"}
            audio: Any = container.add_stream("aac", rate=_RATE, layout="mono") if opening.sound else None
            _write(container, video, audio, parts, start_ms, end_ms)
    except OSError as error:
        raise EnvironmentFault(f"The clip {path.name} cannot be written: {error.strerror}.") from error
    return path


def _overlaps(content: SegmentContent, start_ms: int, end_ms: int) -> bool:
    offset = content.index.opening.offset_ms
    return offset < end_ms and offset + content.index.duration_ms > start_ms


def _write(container: Any, video: Any, audio: Any, parts: list[SegmentContent], start_ms: int, end_ms: int) -> None:
    import av

    sound_at = 0
    for content in parts:
        for frame, at_ms in _frames(content, start_ms, end_ms):
            if isinstance(frame, av.VideoFrame):
                # The frame shown at the start may have come before it: it is held from the start on.
                picture: Any = frame.reformat(width=video.width, height=video.height, format="yuv420p")
                picture.pts, picture.time_base = max(at_ms - start_ms, 0), Fraction(1, 1000)
                picture.pict_type = av.video.frame.PictureType.NONE
                for packet in video.encode(picture):
                    container.mux(packet)
            elif audio is not None:
                place = max(round((at_ms - start_ms) * _RATE / 1000), sound_at)
                frame.pts, frame.time_base = place, Fraction(1, _RATE)
                sound_at = place + frame.samples
                for packet in audio.encode(frame):
                    container.mux(packet)
    for stream in (video, audio):
        if stream is not None:
            for packet in stream.encode(None):
                container.mux(packet)


def _frames(content: SegmentContent, start_ms: int, end_ms: int) -> Iterator[tuple[Any, int]]:
    """Decoded frames of one segment and their recording time: pictures from the one shown at the start on."""
    import av

    offset = content.index.opening.offset_ms
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=_RATE)
    held: tuple[Any, int] | None = None
    with av.open(VirtualFile(content), "r", format="matroska") as source:
        video = source.streams.video[0]
        streams: list[Any] = [video, *source.streams.audio[:1]]
        source.seek(max(start_ms - offset, 0) * 1000, backward=True)
        for packet in source.demux(streams):
            decoded: list[Any] = packet.decode()
            for frame in decoded:
                at_ms = offset + round(float((frame.pts or 0) * (frame.time_base or 0)) * 1000)
                if at_ms >= end_ms:
                    if packet.stream is video:
                        yield from [held] if held else []
                        return
                elif isinstance(frame, av.VideoFrame):
                    if at_ms <= start_ms:
                        held = (frame, at_ms)
                        continue
                    yield from [held] if held else []
                    held = None
                    yield frame, at_ms
                elif at_ms >= start_ms:
                    frame.pts = None
                    for part in resampler.resample(frame):
                        yield part, at_ms
    yield from [held] if held else []
