# SPDX-License-Identifier: GPL-3.0-or-later
"""The loudness of a recording drawn as a line: peaks for so many points across its whole length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from observer_app.media.timeline import RecordingTimeline
from observer_app.media.virtual_file import SegmentContent, VirtualFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["peaks"]

_RATE = 8_000  # enough for a picture of loudness, and quick


def peaks(timeline: RecordingTimeline, contents: dict[int, SegmentContent], points: int) -> list[float]:
    """The highest absolute sample (0 to 1) in each of `points` equal stretches of recording time; 0 in gaps."""
    import numpy as np

    found: NDArray[np.float32] = np.zeros(max(points, 1), np.float32)
    length = max(timeline.duration_ms, 1)
    for content in contents.values():
        if content.index.frames and content.index.opening.sound:
            _add_segment(found, content, content.index.opening.offset_ms, length)
    return [float(p) for p in found]


def _add_segment(found: NDArray[np.float32], content: SegmentContent, offset_ms: int, length_ms: int) -> None:
    import av
    import numpy as np

    resampler = av.AudioResampler(format="flt", layout="mono", rate=_RATE)
    with av.open(VirtualFile(content), "r", format="matroska") as container:
        if not container.streams.audio:
            return
        for frame in container.decode(container.streams.audio[0]):
            at_ms = offset_ms + float((frame.pts or 0) * (frame.time_base or 0)) * 1000
            frame.pts = None
            for part in resampler.resample(frame):
                samples: Any = np.abs(part.to_ndarray().reshape(-1))
                places = (at_ms + np.arange(len(samples)) * (1000 / _RATE)) * (len(found) / length_ms)
                np.maximum.at(found, np.clip(places.astype(np.int64), 0, len(found) - 1), samples)
                at_ms += len(samples) * 1000 / _RATE
