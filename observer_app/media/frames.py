# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact frame of a moment. One convention everywhere: the frame shown at t is the last one with pts <= t.

Seek to the key frame before, decode up to the wanted pts (from the index, never frame number / rate), keep the
decoded group of pictures so that stepping back costs nothing.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from observer_app.errors import BadInput, IntegrityBroken
from observer_app.media.timeline import Gap, RecordingTimeline
from observer_app.media.virtual_file import SegmentContent, VirtualFile

if TYPE_CHECKING:
    import av
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Frame", "FrameReader"]

# The header says all there is to know; FFmpeg would read on for seconds of film to find it out by itself.
_OPENING = {"analyzeduration": "1", "probesize": "100000"}
_SCALING = "BILINEAR"  # colours and size in one pass; finer filters cost as much as decoding
_KEPT_FRAMES = 64  # one group of pictures of an ordinary camera; about 90 MB at 720p


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded picture. `pts_ms`: its recording time; `rgb`: height x width x 3 bytes, contiguous.

    `in_gap`: the moment asked for was not recorded, this is the last picture before it.
    """

    pts_ms: int
    segment: int
    width: int
    height: int
    rgb: NDArray[np.uint8]
    in_gap: bool = False


class _SegmentDecoder:
    """Decodes one segment's frames by their place in the order of presentation."""

    def __init__(self, content: SegmentContent) -> None:
        import av

        self.pts = content.index.frames_ms
        self._keys = content.index.keys
        self._container: av.container.InputContainer = av.open(
            VirtualFile(content), "r", format="matroska", options=_OPENING
        )
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "SLICE"  # frame threads delay the first frame after every seek
        self._decoded: Iterator[av.VideoFrame] | None = None
        self._next = -1
        self._kept: dict[int, av.VideoFrame] = {}

    def place(self, pts_ms: int) -> int:
        """Number of the last frame with pts <= `pts_ms`; 0 before the first."""
        return max(bisect.bisect_right(self.pts, pts_ms) - 1, 0)

    def frame(self, place: int) -> av.VideoFrame:
        """The decoded frame at a place; `IntegrityBroken` when the decoder does not give it."""
        if place in self._kept:
            return self._kept[place]
        key = self._keys[max(bisect.bisect_right(self._keys, place) - 1, 0)] if self._keys else 0
        if self._decoded is None or not key <= self._next <= place:
            self._seek(key)
        while self._next <= place:
            found = self._advance()
            if found >= place:
                break
        if place not in self._kept:
            raise IntegrityBroken(
                f"The picture at {self.pts[place]} ms cannot be decoded.",
                advice="Step one picture further; tell the programme if many are like this.",
            )
        return self._kept[place]

    def _seek(self, key: int) -> None:
        target = _ticks(self.pts[key] if self.pts else 0, self._base)
        self._container.seek(target, stream=self._stream, backward=True)
        self._decoded = iter(self._container.decode(self._stream))
        self._next = key
        self._kept.clear()

    @property
    def _base(self) -> Fraction:
        return self._stream.time_base or Fraction(1, 1000)

    def _advance(self) -> int:
        """Decode one frame and keep it; its place, or beyond the end when there is none left."""
        import av

        try:
            picture = next(self._decoded) if self._decoded is not None else None
        except (StopIteration, av.FFmpegError):
            picture = None
        except BaseException:  # what is broken stays broken: the next wish begins at a key frame again
            self._decoded, self._next = None, -1
            raise
        if picture is None or picture.pts is None:
            self._decoded, self._next = None, len(self.pts)
            return self._next
        found = self.place(round(picture.pts * self._base * 1000))
        if len(self._kept) >= _KEPT_FRAMES:
            del self._kept[next(iter(self._kept))]
        self._kept[found] = picture
        self._next = found + 1
        return found

    def close(self) -> None:
        self._kept.clear()
        self._decoded = None
        self._container.close()


def _ticks(ms: int, base: Fraction) -> int:
    """The first tick of a time base that is not before `ms`. Exactly: a hair too early is the key frame before, and a
    whole group of pictures is decoded for nothing."""
    return math.ceil(Fraction(ms, 1000) / base)


def _fitted(wide: int, high: int, fit: tuple[int, int] | None) -> tuple[int, int]:
    """The largest size of the picture's shape that fits, even in width, never above its own."""
    share = min(fit[0] / wide, fit[1] / high, 1.0) if fit else 1.0
    if share >= 1.0:
        return wide, high
    return max(round(wide * share / 2) * 2, 2), max(round(high * share), 2)


class FrameReader:
    """Exact frames of a whole recording by recording time (ms). Not for several threads at once."""

    def __init__(self, timeline: RecordingTimeline, contents: dict[int, SegmentContent]) -> None:
        self.timeline = timeline
        self._contents = {n: c for n, c in contents.items() if c.index.has_pictures}
        self._decoders: dict[int, _SegmentDecoder] = {}
        self._at: tuple[int, int] | None = None
        if not self._contents:
            raise BadInput("The recording holds no picture.", advice="Nothing had been recorded when it stopped.")

    @property
    def duration_ms(self) -> int:
        return self.timeline.duration_ms

    def frame_at(self, ms: int, *, height: int | None = None, fit: tuple[int, int] | None = None) -> Frame:
        """The last frame with recording time <= `ms`; the first frame for times before it.

        In a gap it is the last frame before the gap, marked `in_gap`. `height` scales the picture down to it, `fit`
        (width, height) down to what fits in there; neither makes it larger.
        """
        segment, number, in_gap = self._find(ms)
        return self._show(segment, number, fit or ((16_384, height) if height else None), in_gap)

    def _find(self, ms: int) -> tuple[int, int, bool]:
        """(segment, place of the frame in it, inside a gap) for a recording time."""
        place = self.timeline.at(ms)
        if isinstance(place, Gap):
            segment = place.before or min(self._contents)
            decoder = self._decoder(segment)
            number = len(decoder.pts) - 1 if place.before else 0
            return segment, number, place.before != 0 and place.after != 0
        return place.segment, self._decoder(place.segment).place(place.pts_ms), False

    def time_of_step(self, ms: int, count: int) -> int:
        """Recording time of the frame `count` frames after (before) the one shown at `ms`; nothing is decoded."""
        segment, number, _ = self._find(ms)
        segment, number = self._moved(segment, number + count)
        return self.timeline.recording_ms(segment, self._decoder(segment).pts[number])

    def step(self, count: int = 1) -> Frame:
        """The frame `count` frames after (before, if negative) the one shown last, across segments; stays at the
        first and last frame. Shows the first frame when none was shown yet."""
        segment, number = self._at or (min(self._contents), 0)
        segment, number = self._moved(segment, number + count if self._at else 0)
        return self._show(segment, number, None, False)

    def _moved(self, segment: int, number: int) -> tuple[int, int]:
        """A place that may lie outside its segment, brought into the one it lies in."""
        order = sorted(self._contents)
        i = order.index(segment)
        while number < 0 and i > 0:
            i -= 1
            number += len(self._decoder(order[i]).pts)
        while number >= (have := len(self._decoder(order[i]).pts)) and i + 1 < len(order):
            number -= have
            i += 1
        last = len(self._decoder(order[i]).pts) - 1
        return order[i], min(max(number, 0), last)

    def _show(self, segment: int, number: int, fit: tuple[int, int] | None, in_gap: bool) -> Frame:
        decoder = self._decoder(segment)
        picture: Any = decoder.frame(number)
        self._at = (segment, number)
        width, height = _fitted(picture.width, picture.height, fit)
        rgb = picture.reformat(width=width, height=height, format="rgb24", interpolation=_SCALING).to_ndarray()
        pts = self.timeline.recording_ms(segment, decoder.pts[number])
        return Frame(pts, segment, rgb.shape[1], rgb.shape[0], rgb, in_gap)

    def _decoder(self, segment: int) -> _SegmentDecoder:
        """Kept, with its place in the file: a jump within a group of pictures decodes only what is new."""
        if segment not in self._decoders:
            self._decoders[segment] = _SegmentDecoder(self._contents[segment])
        return self._decoders[segment]

    def close(self) -> None:
        for decoder in self._decoders.values():
            decoder.close()
        self._decoders.clear()

    def __enter__(self) -> FrameReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
