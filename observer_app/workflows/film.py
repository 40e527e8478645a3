# SPDX-License-Identifier: GPL-3.0-or-later
"""The recording of one record as one film, whatever number of recordings it was made in (PicturePort).

1. Nothing of it is shown that is not what the record's signatures name. Before the first picture that is the index of
   every segment (`check_indexes`); it holds the hash of each cluster, against which a cluster is checked when it is
   read. The whole of it, whether anybody looks at it or not, is `check_recording`'s.
2. Recordings of one observation lie on one time: by the clock they share, so that what was not recorded between them
   keeps its length; by order where a restart of the machine took that clock away.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from observer_app.domain.moment import Moment
from observer_app.errors import BadInput, IntegrityBroken
from observer_app.media.container import index_path, segment_path
from observer_app.media.opened import Recording, open_recording
from observer_app.media.segment import SegmentSummary, summarise_segment
from observer_app.media.timeline import Gap, Position
from observer_app.media.virtual_file import VirtualFile
from observer_app.vault.objects import ObjectFiles
from observer_app.workflows.record_parts import MediaSegment, OpenedRecord

__all__ = ["Film", "check_indexes", "check_recording", "open_film", "recording_here"]


@dataclass(frozen=True, slots=True)
class _Part:
    """One recording, and where it begins on the film (ms)."""

    recording: Recording
    offset_ms: int
    latency_ms: int = 0

    @property
    def end_ms(self) -> int:
        return self.offset_ms + self.recording.duration_ms


class Film:
    """PicturePort over opened recordings. May be called from any thread; close it when its screen goes."""

    def __init__(self, recordings: Sequence[Recording], latencies: Mapping[str, int] | None = None) -> None:
        """`latencies`: by recording, how many ms later than the room its picture comes (a fold's `latencies`)."""
        self._recordings = tuple(
            recordings
        )  # one without a picture is no part of the film; its file is open all the same
        self._parts = _placed(recordings, latencies or {})
        self._lock = threading.Lock()  # a decoder has one place in its file

    @property
    def duration_ms(self) -> int:
        """Length on the film's time."""
        return max((p.end_ms for p in self._parts), default=0)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a crash left behind, in sentences."""
        return tuple(w for p in self._parts for w in p.recording.warnings)

    def set_latencies(self, latencies: Mapping[str, int]) -> None:
        """It turned out how late the pictures come: moments of the room lie elsewhere from now on, frames do not."""
        late = _by_plain_name(latencies)
        self._parts = [replace(p, latency_ms=late.get(p.recording.recording, 0)) for p in self._parts]

    def lateness_at(self, at_ms: int) -> tuple[str, int]:
        """(recording, ms its picture comes later than the room) of a time."""
        part = self._part_at(at_ms)
        return part.recording.recording, part.latency_ms

    def _part_at(self, at_ms: int) -> _Part:
        """The last recording that has begun at a time; the first one before any has."""
        begun = [p for p in self._parts if p.offset_ms <= at_ms]
        return begun[-1] if begun else self._parts[0]

    def frame(self, at_ms: int, fit: tuple[int, int] | None = None) -> tuple[int, int, int, bytes]:
        """(pts ms, width, height, RGB bytes) of the last frame at or before a time, no larger than `fit`."""
        part = self._part_at(at_ms)
        with self._lock:
            pts, width, height, rgb = part.recording.frame(at_ms - part.offset_ms, fit)
        return part.offset_ms + pts, width, height, rgb

    def frame_ahead(self, at_ms: int, fit: tuple[int, int] | None = None) -> tuple[int, int, int, bytes]:
        """As `frame`, with a decoder of its own: a jump meanwhile neither waits for it nor loses its place."""
        part = self._part_at(at_ms)
        pts, width, height, rgb = part.recording.frame_ahead(at_ms - part.offset_ms, fit)
        return part.offset_ms + pts, width, height, rgb

    def step(self, at_ms: int, frames: int) -> int:
        """The time of the frame `frames` after (before, when negative) the one at a time. From the last (first) frame
        of a recording it goes on to the next one's first (last)."""
        parts = self._parts
        place = max((n for n, p in enumerate(parts) if p.offset_ms <= at_ms), default=0)
        part = parts[place]
        with self._lock:
            here, found = (part.recording.step(at_ms - part.offset_ms, count) for count in (0, frames))
            if found != here or not 0 <= place + (1 if frames > 0 else -1) < len(parts) or not frames:
                return part.offset_ms + found
            beside = parts[place + (1 if frames > 0 else -1)]
            return beside.offset_ms + beside.recording.step(0 if frames > 0 else beside.recording.duration_ms, 0)

    def waveform(self, points: int) -> list[float]:
        """Peaks (0 to 1) in `points` equal stretches."""
        length, found = max(1, self.duration_ms), [0.0] * max(1, points)
        for part in self._parts:
            share = max(1, round(len(found) * part.recording.duration_ms / length))
            first = len(found) * part.offset_ms // length
            with self._lock:
                peaks = part.recording.waveform(share)
            for place, peak in enumerate(peaks, first):
                if place < len(found):
                    found[place] = max(found[place], peak)
        return found

    def thumbnails(self, count: int, height: int) -> list[tuple[int, int, bytes]]:
        """(width, height, RGB bytes) of `count` pictures, one from the middle of each equal stretch."""
        found = []
        for number in range(count):
            at_ms = self.duration_ms * (2 * number + 1) // (2 * count)
            try:
                found.append(self.frame_ahead(at_ms, (16_384, height))[1:])
            except IntegrityBroken:  # dark where it is damaged; what is wrong is said by `check_recording`
                wide = height * 16 // 9
                found.append((wide, height, bytes(wide * height * 3)))
        return found

    def _segments(self) -> list[tuple[_Part, int, int, int]]:
        """(part, segment number in it, from ms, to ms) of every segment with pictures, in order."""
        return [
            (p, i.segment, p.offset_ms + i.opening.offset_ms, p.offset_ms + i.opening.offset_ms + i.duration_ms)
            for p in self._parts
            for i in p.recording.indexes
            if i.has_pictures
        ]

    def segments(self) -> tuple[tuple[int, int], ...]:
        """(from ms, to ms) of each segment; number n of these, from 1, is segment n of `open_stream`."""
        return tuple((start, end) for _, _, start, end in self._segments())

    def open_stream(self, segment: int) -> VirtualFile:
        """A fresh seekable file object of segment number `segment` (from 1). Raises BadInput."""
        found = self._segments()
        if not 1 <= segment <= len(found):
            raise BadInput(f"The recording has no part {segment}.")
        part, number, _, _ = found[segment - 1]
        return part.recording.open_stream(number)

    def gaps(self) -> tuple[tuple[int, int], ...]:
        """(from ms, to ms) of everything between the first and the last picture that was not recorded."""
        return tuple((a[1], b[0]) for a, b in pairwise(self.segments()) if b[0] > a[1])

    def position_ms(self, at: Moment) -> int | None:
        """Where a moment of the room lies on the film; in a gap, the gap's beginning. None when no recording knows
        that clock."""
        best: int | None = None
        for part in self._parts:
            if all(i.opening.boot_id != at.boot_id for i in part.recording.indexes):
                continue
            moment_ns = at.monotonic_us * 1000
            place = part.recording.timeline.locate(at.boot_id, moment_ns, latency_ms=part.latency_ms)
            if isinstance(place, Position):
                return part.offset_ms + place.recording_ms
            if best is None or place.start_ms > 0:
                best = part.offset_ms + _edge(place)
        return best

    def export_clip(self, start_ms: int, end_ms: int, path: Path, comment: str = "") -> Path:
        """SLOW. An exact cut as MP4. Raises BadInput (nothing recorded, over the seam of two recordings),
        EnvironmentFault. Readers of its own: replay goes on meanwhile."""
        part = self._part_at(start_ms)
        if end_ms > part.end_ms and part is not self._parts[-1]:
            advice = "Export the part before and the part after by themselves."
            raise BadInput("The recording was begun anew within this clip.", advice=advice)
        return part.recording.export_clip(start_ms - part.offset_ms, end_ms - part.offset_ms, path, comment)

    def close(self) -> None:
        """Lets go of the files."""
        with self._lock:
            for recording in self._recordings:
                recording.close()


def _edge(gap: Gap) -> int:
    return max(0, gap.start_ms)


def _by_plain_name(latencies: Mapping[str, int]) -> dict[str, int]:
    return {name.replace("-", "").lower(): ms for name, ms in latencies.items()}


def _placed(recordings: Sequence[Recording], latencies: Mapping[str, int]) -> list[_Part]:
    late = _by_plain_name(latencies)
    parts: list[_Part] = []
    for recording in recordings:
        openings = [i.opening for i in recording.indexes if i.has_pictures]
        if not openings:
            continue
        offset = 0
        if parts:
            first = parts[0].recording.indexes[0].opening
            apart = (openings[0].started_monotonic_ns - first.started_monotonic_ns) // 1_000_000
            same = openings[0].boot_id == first.boot_id
            offset = max(parts[-1].end_ms, apart if same else 0)
        parts.append(_Part(recording, offset, late.get(recording.recording, 0)))
    if not parts:
        raise BadInput("The recording is empty: it holds no picture.")
    return parts


# ---- is it here, is it whole ----


def _by_recording(opened: OpenedRecord) -> dict[str, list[MediaSegment]]:
    found: dict[str, list[MediaSegment]] = {}
    for segment in opened.media:
        found.setdefault(segment.recording, []).append(segment)
    return found


def recording_here(opened: OpenedRecord, files: ObjectFiles) -> bool:
    """Whether every segment signed for has arrived on this machine. Quick: sizes only."""
    return bool(opened.media) and all(_arrived(segment, files) for segment in opened.media)


def _arrived(segment: MediaSegment, files: ObjectFiles) -> bool:
    folder = files.recording(segment.recording)
    film, index = segment_path(folder, segment.number), index_path(folder, segment.number)
    whole = film.is_file() and index.is_file()
    return whole or (files.has(segment.file_sha256) and files.has(segment.index_sha256))


def _put_in_place(segment: MediaSegment, files: ObjectFiles) -> None:
    """A segment that came as objects gets its name in the recording's folder as well, without a second copy."""
    folder = files.recording(segment.recording, create=True)
    for path, name in (
        (segment_path(folder, segment.number), segment.file_sha256),
        (index_path(folder, segment.number), segment.index_sha256),
    ):
        if not path.exists() and files.has(name):
            os.link(files.path(name), path)


def check_indexes(opened: OpenedRecord, files: ObjectFiles) -> None:
    """The indexes of all segments, and the segments' sizes, against what was signed. Raises as `check_recording`."""
    _put_all_in_place(opened, files)
    for segment in opened.media:
        folder = files.recording(segment.recording)
        index = index_path(folder, segment.number)
        with index.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != segment.index_sha256:
            raise _altered(segment.recording, index.name)
        path = segment_path(folder, segment.number)
        if path.stat().st_size > segment.size:
            raise _altered(segment.recording, path.name)


def _put_all_in_place(opened: OpenedRecord, files: ObjectFiles) -> None:
    if not opened.media:
        raise BadInput("This record has no recording.", advice="It can only be judged from its notes.")
    if not recording_here(opened, files):
        raise BadInput("The recording has not arrived on this machine yet.", advice="Connect to fetch it.")
    for segment in opened.media:
        _put_in_place(segment, files)


def check_recording(opened: OpenedRecord, files: ObjectFiles) -> str:
    """SLOW. Every byte of the recording against what was signed; the words for the screen.

    Raises BadInput when it is not all here, IntegrityBroken naming the file that is not what was signed.
    """
    _put_all_in_place(opened, files)
    for segment in opened.media:
        folder = files.recording(segment.recording)
        path = segment_path(folder, segment.number)
        name, found = summarise_segment(path)
        _check_segment(path, segment, name, found)
    return "Record and recording checked"


def _check_segment(path: Path, signed: MediaSegment, recording: str, found: SegmentSummary) -> None:
    wanted = signed.recording.replace("-", "").lower()
    expected = (wanted, signed.file_sha256, signed.root, signed.size, signed.clusters)
    if (recording, found.sha256, found.root, found.size, found.clusters) != expected:
        raise _altered(signed.recording, path.name)
    if found.index_sha256 != signed.index_sha256:
        raise _altered(signed.recording, index_path(path.parent, signed.number).name)


def _altered(recording: str, name: str) -> IntegrityBroken:
    return IntegrityBroken(
        f"The recording's file {name} is not what was signed: it was altered or exchanged.",
        advice="Fetch it again from where it was sent; if it is still not, tell the programme.",
        subject=f"{recording}/{name}",
    )


def open_film(opened: OpenedRecord, files: ObjectFiles, key: bytes) -> Film:
    """The recording of a record, ready to be looked at; its bytes are decoded only when asked for.

    Raises BadInput when there is none or it is not here, IntegrityBroken. `check_recording` is the caller's to call.
    """
    found: list[Recording] = []
    try:
        for recording, segments in _by_recording(opened).items():
            for segment in segments:
                _put_in_place(segment, files)
            found.append(open_recording(files.recording(recording), key, recording=recording, whole=False))
        return Film(found, opened.latencies)
    except (BadInput, IntegrityBroken, OSError) as error:
        for each in found:
            each.close()
        if isinstance(error, OSError):
            raise BadInput("The recording cannot be read on this machine.", advice="Connect to fetch it.") from error
        raise
