# SPDX-License-Identifier: GPL-3.0-or-later
"""One time for a whole recording: where each segment lies on it, what is missing, and which clock time is which.

Recording time is milliseconds since the first picture of the first segment. Time is never squeezed: a gap keeps
its length. A moment of the monotonic clock is mapped through the anchors of its own boot, by straight lines
between neighbouring anchors (a camera's clock drifts), never through frame numbers.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from observer_app.media.index_format import Anchor, SegmentIndex

__all__ = ["Gap", "Position", "RecordingTimeline", "segment_monotonic_ns"]


@dataclass(frozen=True, slots=True)
class Position:
    """A moment that was recorded: segment (1-based), media time in it and recording time, ms."""

    segment: int
    pts_ms: int
    recording_ms: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Recording time (ms) without picture. `before` and `after`: the neighbouring segments, 0 where there is none
    (before the first picture, behind the last)."""

    start_ms: int
    end_ms: int
    before: int
    after: int

    @property
    def length_ms(self) -> int:
        """How long it is."""
        return self.end_ms - self.start_ms


class RecordingTimeline:
    """Built from the segments' indexes, in order. Segments without any picture are left out."""

    def __init__(self, segments: Sequence[SegmentIndex]) -> None:
        self._segments = [s for s in segments if s.has_pictures]
        self._starts = [s.opening.offset_ms for s in self._segments]
        self._ends = [s.opening.offset_ms + s.duration_ms for s in self._segments]

    @property
    def duration_ms(self) -> int:
        """Recording time at the end of the last frame."""
        return max(self._ends, default=0)

    @property
    def gaps(self) -> list[Gap]:
        """Everything between the first and the last picture that was not recorded."""
        rows = []
        for i in range(1, len(self._segments)):
            before, after = self._segments[i - 1], self._segments[i]
            if self._starts[i] > self._ends[i - 1]:
                rows.append(Gap(self._ends[i - 1], self._starts[i], before.segment, after.segment))
        return rows

    def at(self, recording_ms: int) -> Position | Gap:
        """The position of a recording time, or the gap it falls into (also before 0 and behind the end)."""
        i = bisect.bisect_right(self._starts, recording_ms) - 1
        if i >= 0 and recording_ms < self._ends[i]:
            return Position(self._segments[i].segment, recording_ms - self._starts[i], recording_ms)
        start = self._ends[i] if i >= 0 else min(recording_ms, 0)
        end = self._starts[i + 1] if i + 1 < len(self._starts) else max(recording_ms, self.duration_ms)
        before = self._segments[i].segment if i >= 0 else 0
        after = self._segments[i + 1].segment if i + 1 < len(self._segments) else 0
        return Gap(start, end, before, after)

    def recording_ms(self, segment: int, pts_ms: int) -> int:
        """Recording time of a segment's media time."""
        return next(s.opening.offset_ms for s in self._segments if s.segment == segment) + pts_ms

    def locate(self, boot_id: str, monotonic_ns: int, *, latency_ms: int = 0) -> Position | Gap:
        """Where a moment of the monotonic clock lies in the recording.

        `latency_ms`: how much later than the room the camera delivers (a setting of the camera); what the assessor
        saw at the moment is that much later in the recording. A moment of a boot without any segment is a gap.
        """
        best: Position | Gap | None = None
        for segment in self._segments:
            if segment.opening.boot_id != boot_id:
                continue
            pts = _pts_of(_anchors(segment), monotonic_ns) + latency_ms
            if pts < 0 and best is not None:
                continue  # before this segment and already placed behind an earlier one
            best = self.at(segment.opening.offset_ms + pts)
            if isinstance(best, Position) and best.segment == segment.segment:
                return best
        if best is not None:
            return best
        return Gap(self.duration_ms, self.duration_ms, self._segments[-1].segment if self._segments else 0, 0)

    def monotonic_ns(self, recording_ms: int) -> tuple[str, int] | None:
        """(boot id, monotonic ns) of a recorded moment; None inside a gap."""
        place = self.at(recording_ms)
        if isinstance(place, Gap):
            return None
        segment = next(s for s in self._segments if s.segment == place.segment)
        return segment.opening.boot_id, segment_monotonic_ns(segment, place.pts_ms)


def segment_monotonic_ns(segment: SegmentIndex, pts_ms: int) -> int:
    """The monotonic time (ns, of the segment's boot) of a segment's media time."""
    return _monotonic_of(_anchors(segment), pts_ms)


def _anchors(segment: SegmentIndex) -> list[Anchor]:
    """The segment's anchors; a segment killed before its first one is anchored at its start."""
    opening = segment.opening
    return segment.anchors or [Anchor(opening.started_monotonic_ns, 0, opening.started_wall_ms)]


def _pts_of(anchors: list[Anchor], monotonic_ns: int) -> int:
    i = bisect.bisect_right(anchors, monotonic_ns, key=lambda a: a.monotonic_ns)
    left, right = anchors[max(i - 1, 0)], anchors[min(i, len(anchors) - 1)]
    if i == 0 or right.monotonic_ns <= left.monotonic_ns:
        return left.pts_ms + round((monotonic_ns - left.monotonic_ns) / 1e6)
    share = (monotonic_ns - left.monotonic_ns) / (right.monotonic_ns - left.monotonic_ns)
    return left.pts_ms + round((right.pts_ms - left.pts_ms) * share)


def _monotonic_of(anchors: list[Anchor], pts_ms: int) -> int:
    i = bisect.bisect_right(anchors, pts_ms, key=lambda a: a.pts_ms)
    left, right = anchors[max(i - 1, 0)], anchors[min(i, len(anchors) - 1)]
    if i == 0 or right.pts_ms <= left.pts_ms:
        return left.monotonic_ns + (pts_ms - left.pts_ms) * 1_000_000
    share = (pts_ms - left.pts_ms) / (right.pts_ms - left.pts_ms)
    return left.monotonic_ns + round((right.monotonic_ns - left.monotonic_ns) * share)
