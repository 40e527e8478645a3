# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a moment lies in a recording is derived from what was stored and can be derived again: anchors, events."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from observer_app.capture.clock import ClockFit
from observer_app.domain.events import Event, Kind
from observer_app.domain.folding import fold
from observer_app.domain.moment import Moment
from observer_app.media.index_format import Anchor, ClusterEntry, OpeningEntry, SegmentIndex
from observer_app.media.matroska import FrameRow
from observer_app.media.timeline import Position, RecordingTimeline

BOOT, ORIGIN_NS, REC = "b0" * 16, 9_000_000_000, "ab" * 16


def stored(number: int, offset_ms: int, began_ns: int, pts: list[int], anchors: list[Anchor]) -> SegmentIndex:
    """A segment's index as the recorder writes it and a reader gets it back, through its bytes."""
    opening = OpeningEntry(BOOT, offset_ms, began_ns, 0, 640, 360, True, "network")
    frames = tuple(FrameRow(at, at == 0, 100) for at in pts)
    entry = ClusterEntry(1, 0, 1000, bytes(32), 0, pts[-1] + 40).holding(frames, anchors)
    head = ClusterEntry(0, 0, 100, bytes(32), 0, 0)
    entries = tuple(ClusterEntry.unpack(e.pack()) for e in (head, entry))
    opening = OpeningEntry.unpack(opening.pack())
    return SegmentIndex(Path("0001.obsv"), number, opening, entries, None, 0, 0, 0, 0, b"", 0)


@st.composite
def recordings(draw: st.DrawFn) -> tuple[list[SegmentIndex], list[tuple[int, int, int]]]:
    """Segments of a camera whose clock drifts and whose pictures come late, with sleeps between them; and of every
    picture (when it was really taken on our clock, segment, pts)."""
    drift_ppm = draw(st.integers(-150, 150))
    segments, truth, began_ns, slept_ms = [], [], ORIGIN_NS, 0
    for number in range(1, draw(st.integers(1, 3)) + 1):
        steps = draw(st.lists(st.integers(20, 80), min_size=40, max_size=120))
        late_us = draw(st.lists(st.integers(0, 25_000), min_size=len(steps), max_size=len(steps)))
        offset_ms = (began_ns - ORIGIN_NS) // 1_000_000 + slept_ms
        fit, anchors, pts, at, due = ClockFit(), [], [], 0, 0
        fit.add(0, began_ns)
        for step, late in zip([0, *steps], [0, *late_us], strict=False):
            at += step
            true_ns = began_ns + at * (1_000_000 + drift_ppm)
            placed_ns = fit.add(at, true_ns + late * 1000)
            truth.append((true_ns, number, at))
            pts.append(at)
            if at >= due:
                due = at + 500
                anchors.append(Anchor(placed_ns, at, 0))
        segments.append(stored(number, offset_ms, began_ns, pts, anchors))
        began_ns += (at + draw(st.integers(100, 5000))) * 1_000_000
        slept_ms += draw(st.sampled_from([0, 0, 600_000]))
    return segments, truth


@given(recordings(), st.integers(-400, 400))
def test_every_picture_is_found_at_the_moment_it_was_taken(
    found: tuple[list[SegmentIndex], list[tuple[int, int, int]]], latency_ms: int
) -> None:
    """Within a few ms: the drift of the window, never more, whatever the lateness, the gaps and the sleeps."""
    segments, truth = found
    timeline = RecordingTimeline(segments)
    ends = {s.segment: s.duration_ms for s in segments}
    for true_ns, segment, pts in truth:
        place = timeline.locate(BOOT, true_ns)
        if 5 <= pts <= ends[segment] - 10:
            assert isinstance(place, Position) and place.segment == segment and abs(place.pts_ms - pts) <= 4
        if isinstance(place, Position):
            told = timeline.monotonic_ns(place.recording_ms)
            assert told is not None and told[0] == BOOT and abs(told[1] - true_ns) <= 3_000_000
            later = timeline.locate(BOOT, true_ns, latency_ms=latency_ms)
            if isinstance(later, Position) and later.segment == segment:
                assert later.pts_ms == place.pts_ms + latency_ms


@given(st.lists(st.integers(-5000, 5000), max_size=6), st.integers(0, 5000))
def test_corrections_destroy_nothing(said: list[int], first: int) -> None:
    """The last correction counts, every one stays, and no rating moves on the clock it was given by."""
    at = [Moment(1_000_000 * n, BOOT, 0) for n in range(1, 20)]
    events = [
        Event("o", 1, Kind.RECORDING_STARTED, "p", at[0], {"recording": REC, "segment": 1, "latency_ms": first}),
        Event("o", 2, Kind.RATED, "p", at[1], {"criterion": "c", "value": 4}),
        *(Event("o", 3 + n, Kind.RECORDING_OFFSET, "p", at[2 + n], {"recording": REC, "latency_ms": ms})
          for n, ms in enumerate(said)),
    ]  # fmt: skip
    again = [Event.from_payload(json.loads(json.dumps(e.as_payload()))) for e in events]
    for taken in range(2, len(events) + 1):  # what held at any time can be derived again
        state = fold(again[:taken])
        assert state.latencies == {REC: [first, *said][taken - 2]}
        assert state.ratings["c"].at == at[1] and state.value("c") == 4
    assert [e.body["latency_ms"] for e in again if "latency_ms" in e.body] == [first, *said]
