# SPDX-License-Identifier: GPL-3.0-or-later
"""The recording itself: source -> queue -> encoder -> sealed segment, and what is known of it at any moment.

1. A thread reads the source into a queue of about two seconds; the loop here encodes and writes. When the queue is
   full, pictures are dropped and counted; the source is never held up. Where many are missing the segment ends too.
2. A lost source ends the segment; a new one begins when it is back, and the gap stays on record.
3. It ends when told, when a file is over, at the planned end, or when the disk is full; never by the window's death.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise

from observer_app.capture.clock import SystemClock
from observer_app.capture.config import GapRow, HealthNote, RecorderConfig, RecorderState, RecorderStatus
from observer_app.capture.health import Stretches
from observer_app.capture.index import SegmentFiles
from observer_app.capture.items import CodedPicture, CodedSound, Item, Missing, Picture, SourceShape
from observer_app.capture.looking import Looker
from observer_app.capture.muxer import SegmentMuxer, fitted_size
from observer_app.capture.preview import PreviewStore, loudness
from observer_app.capture.reader import MISSING_NS, SourceReader
from observer_app.capture.recovery import recover_recording
from observer_app.capture.sources import source_for, source_kind
from observer_app.capture.words import say
from observer_app.errors import CameraMissing, EnvironmentFault, IntegrityBroken, ObserverError
from observer_app.media.container import segment_numbers
from observer_app.media.index_format import OpeningEntry, SegmentIndex
from observer_app.media.opened import open_recording
from observer_app.media.timeline import segment_monotonic_ns

__all__ = ["Recorder"]

_RETRY_S = 0.5
_SETTLE_S = 0.25
_SLEPT_MS = 1000
_HELD_UP_S = 3.0


class Recorder:
    """Records one recording into its folder; `run` in one thread, everything else from any."""

    def __init__(self, config: RecorderConfig, clock: SystemClock | None = None) -> None:
        self.config = config.check()
        self._clock = clock or SystemClock()
        self._boot_id = self._clock.boot_id()
        self.preview = PreviewStore(config.preview)
        self._stop = threading.Event()
        self._state: RecorderState = "starting"
        self._message = self._advice = ""
        self._segment = self._frames = self._dropped = self._size = 0
        self._before_ms = self._here_ms = 0
        self._last_frame_ns = self._origin_ns = 0
        self._origin_wall_ms = 0
        self._slept_origin_ns = self._clock.slept_ns()
        self._slept_ms = 0  # since the recording began, as of the last segment's start
        self._gaps: list[GapRow] = []
        self._reader: SourceReader | None = None
        self._working_since = 0.0  # at one item, or a segment's beginning or end; 0 while it waits for the next one
        self._stretches = Stretches(self._boot_id)
        self._looker = Looker(self.preview, self._stretches, sound=False)
        self._deadline = time.monotonic() + config.planned_end_s

    def stop(self) -> None:
        """Ask it to end; `run` returns within about a second."""
        self._stop.set()

    def status(self) -> RecorderStatus:
        """How the recording stands now."""
        held_up = self._state == "recording" and 0 < self._working_since < time.monotonic() - _HELD_UP_S
        state: RecorderState = "source_lost" if held_up else self._state
        reader = self._reader
        losing = reader is not None and reader.losing
        return RecorderStatus(
            state=state,
            recording=self.config.recording,
            segment=self._segment,
            frames=self._frames,
            dropped=self._dropped,
            seconds=round((self._before_ms + self._here_ms) / 1000, 3),
            level=round(self._looker.level, 4),
            size=self._size,
            last_frame_monotonic_ns=self._last_frame_ns,
            started_monotonic_ns=self._origin_ns,
            source_lost=state == "source_lost",
            message=say("capture.held_up") if held_up else self._message,
            advice=say("capture.held_up.do") if held_up else self._advice,
            health=(*self._looker.notes, HealthNote("dropping")) if losing else self._looker.notes,
            gaps=(*self._gaps, *self._missing_now(reader), *self._stretches.rows),
        )

    def _missing_now(self, reader: SourceReader | None) -> tuple[GapRow, ...]:
        """The gap that is there already, though what came before it is still being written."""
        since_ns = reader.missing_from_ns if reader is not None else 0
        if not since_ns or self._clock.monotonic_ns() - since_ns <= MISSING_NS:
            return ()
        return (GapRow(since_ns, 0, say("capture.missed"), self._boot_id),)

    def run(self) -> RecorderStatus:
        """Record until the end; the final status. Faults end up in it, not as exceptions."""
        try:
            self.config.folder.mkdir(parents=True, exist_ok=True)
            self._take_up_earlier_segments()
            while not self._over():
                self._one_source()
        except OSError as error:
            self._end("failed", f"The recording's folder cannot be used: {error.strerror}.", "Choose another disk.")
        except EnvironmentFault as fault:
            self._end("disk_full" if type(fault).__name__ == "DiskFull" else "failed", fault.message, fault.advice)
        return self.status()

    def _over(self) -> bool:
        if self.status().finished:
            return True
        if self._stop.is_set():
            self._end("stopped")
        elif time.monotonic() >= self._deadline:
            self._end("planned_end", say("capture.planned_end"))
        return self.status().finished

    def _end(self, state: RecorderState, message: str = "", advice: str = "") -> None:
        self._state, self._message, self._advice = state, message, advice

    def _take_up_earlier_segments(self) -> None:
        """Go on with a recording whose recorder died: close what it left, keep its origin, put the gap on record."""
        if not segment_numbers(self.config.folder):
            return
        try:
            recover_recording(self.config.folder, self.config.key, self.config.recording)
            with open_recording(self.config.folder, self.config.key, recording=self.config.recording) as earlier:
                indexes = [i for i in earlier.indexes if i.has_pictures]
                self._before_ms = sum(i.duration_ms for i in indexes)
        except (IntegrityBroken, EnvironmentFault) as fault:
            self._message = fault.message  # what is there stays as it is; recording must go on beside it
            return
        if not indexes:
            return
        first, last = indexes[0].opening, indexes[-1]
        self._origin_wall_ms = first.started_wall_ms - first.offset_ms
        if first.boot_id == self._boot_id == last.opening.boot_id:
            self._origin_ns = first.started_monotonic_ns - first.offset_ms * 1_000_000
            self._last_frame_ns = segment_monotonic_ns(last, last.duration_ms)
            self._deadline = min(self._deadline, self._origin_ns / 1e9 + self.config.planned_end_s)
            self._slept_ms = _slept_between(indexes[0], last)
            self._slept_origin_ns -= self._slept_ms * 1_000_000
        else:
            past_s = (self._clock.wall_ms() - self._origin_wall_ms) / 1000
            self._origin_ns = self._clock.monotonic_ns() - round(past_s * 1e9)
        self._gaps += _earlier_gaps(indexes)
        self._gaps.append(GapRow(self._last_frame_ns, 0, "The recorder stopped suddenly.", self._boot_id))

    def _one_source(self) -> None:
        """Open the source and record one segment from it, or wait a little when it cannot be opened."""
        source = source_for(self.config, self._origin_ns or None)
        try:
            shape = source.open()
        except CameraMissing as fault:
            self._lose(fault, first=self._origin_ns == 0, live=source.live)
            return
        self._reader = reader = SourceReader(source, shape)
        reader.start()
        dropped_before = self._dropped
        try:
            while self._record(reader, shape, dropped_before):
                self._gaps.append(GapRow(self._last_frame_ns, 0, say("capture.missed"), self._boot_id))
            if reader.fault is not None and not self._over():
                self._lose(reader.fault, first=False, live=True)
            elif not source.live and not self._over():
                self._end("ended", say("capture.ended"))
        finally:
            self._reader = None
            reader.finish()

    def _lose(self, fault: ObserverError, *, first: bool, live: bool) -> None:
        if (first and not self.config.keep_trying) or not live:
            self._end("failed", fault.message, fault.advice)
            return
        message = _slept_words(self._asleep_ms()) if self._has_slept() else fault.message
        self._state, self._message, self._advice = "source_lost", message, fault.advice
        if not first and (not self._gaps or self._gaps[-1].to_monotonic_ns):
            self._gaps.append(GapRow(self._last_frame_ns, 0, message, self._boot_id))
        self._stop.wait(_RETRY_S)

    def _record(self, reader: SourceReader, shape: SourceShape, dropped_before: int) -> bool:
        """One segment, from the source's first picture to its end; True when it ended because pictures are missing
        before the next one."""
        import av

        waiting = self._first_items(reader)
        if not waiting:
            return False
        self._working_since = time.monotonic()
        files, muxer = self._begin_segment(waiting, shape)
        self._looker = Looker(self.preview, self._stretches, sound=self.config.sound)
        try:
            while files.failed is None and (waiting or not self._due_to_end()):
                self._working_since = 0.0
                item = waiting.popleft() if waiting else reader.next(self._stop)
                if item is None or isinstance(item, Missing):
                    return item is not None
                self._working_since = time.monotonic()
                self._write(item, files, muxer)
                self._dropped = dropped_before + reader.dropped
                if self._has_slept():
                    reader.fault = CameraMissing(_slept_words(self._asleep_ms()))
                    break
        except av.FFmpegError:
            reader.fault = EnvironmentFault("The camera has sent something that cannot be recorded.")
        finally:
            self._stretches.end(self._last_frame_ns)
            self._working_since = time.monotonic()
            self._finish_segment(files, muxer)
            self._working_since = 0.0
        return False

    def _asleep_ms(self) -> int:
        """How long the machine has slept since the last segment began."""
        return (self._clock.slept_ns() - self._slept_origin_ns) // 1_000_000 - self._slept_ms

    def _has_slept(self) -> bool:
        return self._asleep_ms() > _SLEPT_MS

    def _due_to_end(self) -> bool:
        return self._stop.is_set() or time.monotonic() >= self._deadline

    def _write(self, item: Item, files: SegmentFiles, muxer: SegmentMuxer) -> None:
        if isinstance(item, Picture | CodedPicture):
            self._looker.see(item)
            pts = muxer.picture(item) if isinstance(item, Picture) else muxer.coded(item)
            files.clock(pts, item.arrived_ns, self._clock.wall_ms())
            self._frames += 1
            self._last_frame_ns = item.arrived_ns
            self._here_ms = max(pts, files.last_end_ms)
            self._size = files.size
        elif isinstance(item, CodedSound):
            self._looker.hear(item.level)
            muxer.coded_sound(item)
        else:
            self._looker.hear(loudness(item.samples))
            muxer.sound(item)

    def _first_items(self, reader: SourceReader) -> deque[Item | Missing]:
        """The first picture and what follows it within a moment; empty when none comes.

        A source's first pictures come late and then in a burst (a connection being opened, a film being found): only
        the moment after tells when the first one was really taken. Sound before it is left out.
        """
        items: deque[Item | Missing] = deque()
        until = float("inf")
        while time.monotonic() < until and not self._due_to_end() and (item := reader.next(self._stop)) is not None:
            if items or isinstance(item, Picture | CodedPicture):
                items.append(item)
                until = min(until, time.monotonic() + _SETTLE_S)
            if items and isinstance(item, Missing):
                break
        return items

    def _begin_segment(self, items: Iterable[Item | Missing], shape: SourceShape) -> tuple[SegmentFiles, SegmentMuxer]:
        zero_ms, began_ns = _beginning(items)
        now_wall = self._clock.wall_ms() - (self._clock.monotonic_ns() - began_ns) // 1_000_000
        if not self._origin_ns:
            self._slept_origin_ns = self._clock.slept_ns()
        asleep_ms = self._asleep_ms() if self._has_slept() else 0
        self._slept_ms += asleep_ms
        self._origin_ns = self._origin_ns or began_ns
        self._origin_wall_ms = self._origin_wall_ms or now_wall
        size = fitted_size(shape.width, shape.height, self.config.width, self.config.height)
        if shape.picture_template is not None:
            size = (shape.width, shape.height)
        opening = OpeningEntry(
            boot_id=self._boot_id,
            offset_ms=max(round((began_ns - self._origin_ns) / 1e6), 0) + self._slept_ms,
            started_monotonic_ns=began_ns,
            started_wall_ms=now_wall,
            width=size[0],
            height=size[1],
            sound=shape.sound,
            source_kind=source_kind(self.config.source),
        )
        frame_ms = max(round(1000 / max(shape.fps, 1)), 1)
        files = SegmentFiles(
            self.config.folder, self.config.key, opening, recording=self.config.recording, frame_ms=frame_ms
        )
        self._segment, self._here_ms = files.segment, 0
        if self._gaps and not self._gaps[-1].to_monotonic_ns:
            last = self._gaps[-1]
            start = last.from_monotonic_ns or began_ns
            self._gaps[-1] = GapRow(start, began_ns, last.reason, last.boot_id, slept_ms=asleep_ms)
        self._state, self._message, self._advice = "recording", "", ""
        return files, SegmentMuxer(files, shape, size, zero_ms)

    def _finish_segment(self, files: SegmentFiles, muxer: SegmentMuxer) -> None:
        import av

        try:
            with suppress(av.FFmpegError):  # what cannot be flushed is lost; what was written is closed all the same
                muxer.close()
            files.close("stopped" if self._due_to_end() else "source ended")
        finally:
            self._size = files.size
            self._before_ms += files.last_end_ms
            self._here_ms = 0


def _slept_between(before: SegmentIndex, after: SegmentIndex) -> int:
    """Milliseconds by which two segments of one boot lie further apart in the recording than on its monotonic clock."""
    one, other = before.opening, after.opening
    awake_ms = (other.started_monotonic_ns - one.started_monotonic_ns) // 1_000_000
    slept_ms = other.offset_ms - one.offset_ms - awake_ms
    return slept_ms if slept_ms > _SLEPT_MS else 0


def _slept_words(asleep_ms: int) -> str:
    seconds = round(asleep_ms / 1000)
    long = f"{seconds} seconds" if seconds < 90 else f"{round(seconds / 60)} minutes"
    return f"The computer slept for {long}."


def _beginning(items: Iterable[Item | Missing]) -> tuple[int, int]:
    """(source time ms of the first picture, monotonic ns at which it came or would have come without delay)."""
    pictures = [i for i in items if isinstance(i, Picture | CodedPicture)]
    zero_ms = pictures[0].pts_ms
    return zero_ms, min(p.arrived_ns - (p.pts_ms - zero_ms) * 1_000_000 for p in pictures)


def _earlier_gaps(indexes: list[SegmentIndex]) -> list[GapRow]:
    """Gaps between the segments that are there already."""
    return [
        GapRow(
            segment_monotonic_ns(before, before.duration_ms),
            after.opening.started_monotonic_ns,
            "The recording was interrupted.",
            after.opening.boot_id,
            slept_ms=_slept_between(before, after),
        )
        for before, after in pairwise(indexes)
        if before.opening.boot_id == after.opening.boot_id
    ]
