# SPDX-License-Identifier: GPL-3.0-or-later
"""The recording itself: source -> queue -> encoder -> sealed segment, and what is known of it at any moment.

1. A thread reads the source into a queue of about two seconds; the loop here encodes and writes. When the queue is
   full, pictures are dropped and counted; the source is never held up.
2. A lost source ends the segment; a new one begins when it is back, and the gap stays on record.
3. It ends when told, when a file is over, at the planned end, or when the disk is full; never by the window's death.
"""

from __future__ import annotations

import queue
import threading
import time
from itertools import pairwise

from observer_app.capture.clock import ClockFit, SystemClock
from observer_app.capture.config import GapRow, HealthNote, RecorderConfig, RecorderState, RecorderStatus
from observer_app.capture.health import HEALTH_SIZE, PictureHealth
from observer_app.capture.index import SegmentFiles
from observer_app.capture.muxer import SegmentMuxer, fitted_size
from observer_app.capture.preview import PreviewStore, loudness
from observer_app.capture.recovery import recover_recording
from observer_app.capture.sources import (
    CodedPicture,
    CodedSound,
    FrameSource,
    Item,
    Picture,
    SourceShape,
    source_for,
    source_kind,
)
from observer_app.errors import CameraMissing, EnvironmentFault, IntegrityBroken, ObserverError
from observer_app.media.container import segment_numbers
from observer_app.media.index_format import Anchor, OpeningEntry, SegmentIndex
from observer_app.media.opened import open_recording
from observer_app.media.timeline import segment_monotonic_ns

__all__ = ["Recorder"]

_QUEUE_S = 2.5
_SOUNDS_PER_S = 50
_ANCHOR_EVERY_MS = 500
_RETRY_S = 0.5


class _Reader(threading.Thread):
    """Reads a source into a queue; None is its last item, `fault` says why a live source ended."""

    def __init__(self, source: FrameSource, shape: SourceShape, stop: threading.Event) -> None:
        super().__init__(name="source", daemon=True)
        self._source = source
        self._asked_to_stop = stop
        self.queue: queue.Queue[Item | None] = queue.Queue(int(_QUEUE_S * (shape.fps + _SOUNDS_PER_S)))
        self.dropped = 0
        self.fault: ObserverError | None = None
        self._wait_for_key = False

    def run(self) -> None:
        try:
            for item in self._source.items(self._asked_to_stop):
                self._put(item)
        except ObserverError as fault:
            self.fault = fault
        finally:
            self.queue.put(None)  # first: taking leave of a silent network camera takes seconds
            self._source.close()

    def _put(self, item: Item) -> None:
        picture = isinstance(item, Picture | CodedPicture)
        if isinstance(item, CodedPicture) and self._wait_for_key and not item.key:
            self.dropped += 1
            return
        try:
            self.queue.put_nowait(item)
            self._wait_for_key = self._wait_for_key and not isinstance(item, CodedPicture)
        except queue.Full:
            self.dropped += picture
            # Copied pictures build on each other: one left out spoils all up to the next key frame.
            self._wait_for_key = self._wait_for_key or isinstance(item, CodedPicture)


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
        self._level = 0.0
        self._loudest = 0.0
        self._last_frame_ns = self._origin_ns = 0
        self._origin_wall_ms = 0
        self._resumed = False
        self._gaps: list[GapRow] = []
        self._notes: tuple[HealthNote, ...] = ()
        self._deadline = time.monotonic() + config.planned_end_s

    def stop(self) -> None:
        """Ask it to end; `run` returns within about a second."""
        self._stop.set()

    def status(self) -> RecorderStatus:
        """How the recording stands now."""
        return RecorderStatus(
            state=self._state,
            recording=self.config.recording,
            segment=self._segment,
            frames=self._frames,
            dropped=self._dropped,
            seconds=round((self._before_ms + self._here_ms) / 1000, 3),
            level=round(self._level, 4),
            size=self._size,
            last_frame_monotonic_ns=self._last_frame_ns,
            started_monotonic_ns=self._origin_ns,
            source_lost=self._state == "source_lost",
            message=self._message,
            advice=self._advice,
            health=self._notes,
            gaps=tuple(self._gaps),
        )

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
            self._end("planned_end", "The recording has stopped at its planned end.")
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
                indexes = [i for i in earlier.indexes if i.frames]
                self._before_ms = sum(i.duration_ms for i in indexes)
        except (IntegrityBroken, EnvironmentFault) as fault:
            self._message = fault.message  # what is there stays as it is; recording must go on beside it
            return
        if not indexes:
            return
        first, last = indexes[0].opening, indexes[-1]
        self._origin_wall_ms = first.started_wall_ms - first.offset_ms
        self._resumed = True
        if first.boot_id == self._boot_id == last.opening.boot_id:
            self._origin_ns = first.started_monotonic_ns - first.offset_ms * 1_000_000
            self._last_frame_ns = segment_monotonic_ns(last, last.duration_ms)
            self._deadline = min(self._deadline, self._origin_ns / 1e9 + self.config.planned_end_s)
        else:
            past_s = (self._clock.wall_ms() - self._origin_wall_ms) / 1000
            self._origin_ns = self._clock.monotonic_ns() - round(past_s * 1e9)
        self._gaps += _earlier_gaps(indexes)
        self._gaps.append(GapRow(self._last_frame_ns, 0, "The recorder stopped suddenly.", self._boot_id))

    def _one_source(self) -> None:
        """Open the source and record one segment from it, or wait a little when it cannot be opened."""
        past_s = (self._clock.monotonic_ns() - self._origin_ns) / 1e9 if self._origin_ns else 0.0
        source = source_for(self.config, past_s)
        try:
            shape = source.open()
        except CameraMissing as fault:
            self._lose(fault, first=self._origin_ns == 0, live=source.live)
            return
        stop_reading = threading.Event()
        reader = _Reader(source, shape, stop_reading)
        reader.start()
        try:
            self._record(reader, shape)
            if reader.fault is not None and not self._over():
                self._lose(reader.fault, first=False, live=True)
            elif not source.live and not self._over():
                self._end("ended", "The file is over.")
        finally:
            stop_reading.set()
            while reader.is_alive():  # it may be waiting to put into a full queue
                _drain(reader.queue)
                reader.join(0.05)

    def _lose(self, fault: ObserverError, *, first: bool, live: bool) -> None:
        if (first and not self.config.keep_trying) or not live:
            self._end("failed", fault.message, fault.advice)
            return
        self._state, self._message, self._advice = "source_lost", fault.message, fault.advice
        if not first and (not self._gaps or self._gaps[-1].to_monotonic_ns):
            self._gaps.append(GapRow(self._last_frame_ns, 0, fault.message, self._boot_id))
        self._stop.wait(_RETRY_S)

    def _record(self, reader: _Reader, shape: SourceShape) -> None:
        first = self._first_picture(reader)
        if first is None:
            return
        files, muxer = self._begin_segment(first, shape)
        fit = ClockFit()
        health = PictureHealth(sound=shape.sound)
        reason = "source ended"
        item: Item | None = first
        anchored = looked = -(10**9)
        dropped_before = self._dropped
        while item is not None and files.failed is None:
            if isinstance(item, Picture | CodedPicture):
                frame = self._to_look_at(item)
                pts = muxer.picture(item) if isinstance(item, Picture) else muxer.coded(item)
                at_ns = fit.add(pts, item.arrived_ns)
                if pts - anchored >= _ANCHOR_EVERY_MS:
                    files.add_anchor(Anchor(at_ns, pts, self._clock.wall_ms()))
                    anchored = pts
                self._count(item, pts, files)
                if frame is not None:
                    looked = self._look(frame, item.arrived_ns, pts, looked, health)
            else:
                self._hear(item, muxer)
            self._dropped = dropped_before + reader.dropped
            if self._stop.is_set() or time.monotonic() >= self._deadline:
                reason = "stopped"
                break
            item = _next(reader.queue, self._stop)
        self._finish_segment(files, muxer, reason)

    def _first_picture(self, reader: _Reader) -> Picture | CodedPicture | None:
        """The first picture; sound before it belongs to no picture and is left out."""
        while not self._stop.is_set() and time.monotonic() < self._deadline:
            item = _next(reader.queue, self._stop)
            if item is None:
                return None
            if isinstance(item, Picture | CodedPicture):
                return item
        return None

    def _begin_segment(self, first: Picture | CodedPicture, shape: SourceShape) -> tuple[SegmentFiles, SegmentMuxer]:
        now_wall = self._clock.wall_ms()
        self._origin_ns = self._origin_ns or first.arrived_ns
        self._origin_wall_ms = self._origin_wall_ms or now_wall
        size = fitted_size(shape.width, shape.height, self.config.width, self.config.height)
        if shape.picture_template is not None:
            size = (shape.width, shape.height)
        opening = OpeningEntry(
            boot_id=self._boot_id,
            offset_ms=max((first.arrived_ns - self._origin_ns) // 1_000_000, 0),
            started_monotonic_ns=first.arrived_ns,
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
            start = last.from_monotonic_ns or first.arrived_ns
            self._gaps[-1] = GapRow(start, first.arrived_ns, last.reason, last.boot_id)
        self._state, self._message, self._advice = "recording", "", ""
        return files, SegmentMuxer(files, shape, size, first.pts_ms)

    def _count(self, item: Picture | CodedPicture, pts: int, files: SegmentFiles) -> None:
        self._frames += 1
        self._last_frame_ns = item.arrived_ns
        self._here_ms = max(pts, files.last_end_ms)
        self._size = files.size

    def _to_look_at(self, item: Picture | CodedPicture) -> object | None:
        """A decoded picture, if there is one without much work: a copied stream is decoded only at its key frames,
        or wholly while someone watches the preview. Must come before the packet is handed to the muxer."""
        if isinstance(item, Picture):
            return item.frame
        if not item.key and not self.preview.watched:
            self._decoding = False
            return None
        if not item.key and not getattr(self, "_decoding", False):
            return None
        self._decoding = True
        return _decoded(item)

    def _look(self, frame: object, arrived_ns: int, pts: int, looked: int, health: PictureHealth) -> int:
        if self.preview.due:
            self.preview.put(frame, arrived_ns)
        if pts - looked < 1000:
            return looked
        grey = frame.reformat(width=HEALTH_SIZE[0], height=HEALTH_SIZE[1], format="gray").to_ndarray()  # type: ignore[attr-defined]
        self._notes = health.look(grey, frame.width, frame.height, self._loudest)  # type: ignore[attr-defined]
        self._loudest = 0.0
        return pts

    def _hear(self, item: Item, muxer: SegmentMuxer) -> None:
        if isinstance(item, CodedSound):
            level = item.level if item.level is not None else self._level
            muxer.coded_sound(item)
        elif not isinstance(item, Picture | CodedPicture):
            level = loudness(item.samples)
            muxer.sound(item)
        self._level = max(level, self._level * 0.8)
        self._loudest = max(level, self._loudest)

    def _finish_segment(self, files: SegmentFiles, muxer: SegmentMuxer, reason: str) -> None:
        muxer.close()
        try:
            files.close(reason)
        finally:
            self._size = files.size
            self._before_ms += files.last_end_ms
            self._here_ms = 0


def _earlier_gaps(indexes: list[SegmentIndex]) -> list[GapRow]:
    """Gaps between the segments that are there already."""
    return [
        GapRow(
            segment_monotonic_ns(before, before.duration_ms),
            after.opening.started_monotonic_ns,
            "The recording was interrupted.",
            after.opening.boot_id,
        )
        for before, after in pairwise(indexes)
        if before.opening.boot_id == after.opening.boot_id
    ]


def _decoded(item: CodedPicture) -> object | None:
    import av

    try:
        frames = item.packet.decode()
    except av.FFmpegError:
        return None
    return frames[-1] if frames else None


def _next(items: queue.Queue[Item | None], stop: threading.Event) -> Item | None:
    while not stop.is_set():
        try:
            return items.get(timeout=0.2)
        except queue.Empty:
            continue
    return None


def _drain(items: queue.Queue[Item | None]) -> None:
    while True:
        try:
            items.get_nowait()
        except queue.Empty:
            return
