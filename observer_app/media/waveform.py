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


def peaks(timeline: RecordingTimeline, contents: dict[int, SegmentContent], points: int) -> list[float]:
    """The highest absolute sample (0 to 1) in each of `points` equal stretches of recording time; 0 in gaps."""
    import numpy as np

    found: NDArray[np.float32] = np.zeros(max(points, 1), np.float32)
    length = max(timeline.duration_ms, 1)
    for content in contents.values():
        if content.index.has_pictures and content.index.opening.sound:
            _add_segment(found, content, content.index.opening.offset_ms, length)
    return [float(p) for p in found]


def _add_segment(found: NDArray[np.float32], content: SegmentContent, offset_ms: int, length_ms: int) -> None:
    """One peak for each decoded piece of sound (about 21 ms), laid over every point it touches."""
    import av
    import numpy as np

    per_ms = len(found) / length_ms
    with av.open(VirtualFile(content), "r", format="matroska") as container:
        if not container.streams.audio:
            return
        for frame in container.decode(container.streams.audio[0]):
            samples: Any = frame.to_ndarray()
            start_ms = offset_ms + float((frame.pts or 0) * (frame.time_base or 0)) * 1000
            first = min(int(start_ms * per_ms), len(found) - 1)
            last = min(int((start_ms + frame.samples * 1000 / frame.sample_rate) * per_ms), len(found) - 1)
            peak = min(float(np.abs(samples).max(initial=0)), 1.0)
            found[first : last + 1] = np.maximum(found[first : last + 1], peak)
