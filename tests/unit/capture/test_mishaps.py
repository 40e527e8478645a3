# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a camera, its picture, its sound and the machine while it records: said soon, on record, overcome.

The recorder runs here in this process, with real films and real coded pictures; only the machine's sleep is simulated.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from observer_app.capture.clock import SystemClock
from observer_app.capture.config import RecorderConfig, RecorderStatus
from observer_app.capture.items import FrameSource, Item, Picture, SourceShape
from observer_app.capture.made_clip import read_frame_number
from observer_app.capture.recorder import Recorder
from observer_app.capture.sources import FileSource
from observer_app.errors import CameraMissing
from observer_app.media.opened import open_recording
from observer_app.media.timeline import Position
from tests.unit.capture.conftest import FPS, KEY, until

Configure = Callable[..., RecorderConfig]


class SleepyClock(SystemClock):
    """The machine's clocks; `nap` is a sleep just over."""

    slept = 0

    def slept_ns(self) -> int:
        return self.slept

    def nap(self, seconds: float) -> None:
        self.slept += round(seconds * 1e9)


class HangingCamera:
    """A camera with a real film's pictures, whose driver hangs after some of them the first time it is opened."""

    live = True

    def __init__(self, film: Path, pictures: int) -> None:
        self._film, self._pictures = film, pictures
        self.opened = 0
        self.let_go = threading.Event()

    def open(self) -> SourceShape:
        if self.opened and not self.let_go.is_set():
            raise CameraMissing("The camera is busy.")
        self.opened += 1
        self._source = FileSource(self._film, sound=False, loop=True)
        return self._source.open()

    def items(self, stop: threading.Event) -> Iterator[Item]:
        first = self.opened == 1
        for number, item in enumerate(self._source.items(stop)):
            if first and number == self._pictures:
                self.let_go.wait(20)
                return
            yield item

    def close(self) -> None:
        self._source.close()


@contextmanager
def at_work(recorder: Recorder) -> Iterator[Recorder]:
    """The recorder running; stopped at the end."""
    thread = threading.Thread(target=recorder.run)
    thread.start()
    try:
        yield recorder
    finally:
        recorder.stop()
        thread.join()


def recorded(recorder: Recorder, seconds: float) -> RecorderStatus:
    return until(lambda: (s := recorder.status()).seconds >= seconds and s)


def test_a_sleep_is_a_gap_of_its_true_length_and_a_new_segment(config: Configure) -> None:
    clock, told = SleepyClock(), config()
    with at_work(Recorder(told, clock)) as recorder:
        recorded(recorder, 1.5)
        clock.nap(600)
        woken = until(lambda: (s := recorder.status()).gaps and s, seconds=5)
        assert woken.gaps[0].reason == "The computer slept for 10 minutes."
        until(lambda: recorder.status().segment == 2 and recorded(recorder, woken.seconds + 1))
    (gap,) = recorder.status().gaps
    assert abs(gap.slept_ms - 600_000) <= 1 and 600 < gap.seconds < 605
    again = Recorder(told, clock)
    with at_work(again):  # and a recorder that takes it up later knows it too
        until(lambda: again.status().segment == 3)
    with open_recording(told.folder, KEY) as recording:
        first, second = recording.timeline.gaps
        assert 600_000 < first.length_ms < 605_000 and second.length_ms < 10_000
        opening = recording.indexes[1].opening
        place = recording.timeline.locate(opening.boot_id, opening.started_monotonic_ns + 300_000_000)
        assert isinstance(place, Position) and place.segment == 2
        assert abs(place.pts_ms - 300) <= 1  # anchors are written in whole milliseconds
    assert [round(g.slept_ms, -1) for g in again.status().gaps] == [600_000, 0]


def test_a_nap_before_the_first_picture_is_no_gap(config: Configure) -> None:
    clock = SleepyClock()
    recorder = Recorder(config(), clock)
    clock.nap(60)
    with at_work(recorder):
        recorded(recorder, 0.5)
    assert recorder.status().gaps == () and recorder.status().segment == 1


@pytest.mark.slow
def test_a_camera_whose_driver_hangs_is_said_within_five_seconds_and_taken_up_again(
    config: Configure, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = HangingCamera(clip, 30)

    def source_for(config: RecorderConfig, began_ns: int | None = None) -> FrameSource:
        return camera

    monkeypatch.setattr("observer_app.capture.recorder.source_for", source_for)
    with at_work(Recorder(config(sound=False))) as recorder:
        recorded(recorder, 0.9)
        hung = time.monotonic()
        lost = until(lambda: (s := recorder.status()).source_lost and s, seconds=5)
        assert time.monotonic() - hung < 5 and "stopped giving a picture" in lost.message and lost.advice
        camera.let_go.set()
        until(lambda: recorder.status().segment == 2)
    assert len(recorder.status().gaps) == 1 and camera.opened == 2


@pytest.mark.slow
def test_a_disk_that_hangs_is_said_within_five_seconds_and_what_was_missed_is_a_gap(
    config: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, safe, going = config(loop=True), os.fdatasync, threading.Event()

    def hang(fd: int) -> None:
        going.wait(20)
        safe(fd)

    with at_work(Recorder(told)) as recorder:
        recorded(recorder, 1.5)
        monkeypatch.setattr(os, "fdatasync", hang)
        hung = time.monotonic()
        lost = until(lambda: (s := recorder.status()).source_lost and s, seconds=5.5)
        assert time.monotonic() - hung < 5 and "disk does not take" in lost.message and lost.advice
        opened = until(lambda: recorder.status().gaps, seconds=5)
        assert [note.code for note in recorder.status().health] == ["dropping"]
        going.set()
        back = until(lambda: (s := recorder.status()).segment == 2 and s)
        assert back.state == "recording"
        recorded(recorder, back.seconds + 1)
    (gap,) = recorder.status().gaps
    assert gap.from_monotonic_ns == opened[0].from_monotonic_ns > hung * 1e9 + 1.5e9  # what waited is not lost
    assert 1.5 < gap.seconds < 10 and gap.reason == "The computer did not keep up with the camera."
    with open_recording(told.folder, KEY) as recording:
        (missing,) = recording.timeline.gaps
        assert abs(missing.length_ms - gap.seconds * 1000) < 100
        for place in (missing.start_ms - 200, missing.end_ms + 200):
            shown = recording.frames.frame_at(place)
            assert abs(read_frame_number(shown.rgb) - shown.pts_ms * FPS / 1000) <= 3


@pytest.mark.slow
@pytest.mark.parametrize("what", ["still", "sound"])
def test_a_picture_that_stands_still_and_sound_that_is_gone_are_said_within_five_seconds_and_on_record(
    config: Configure, clip: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """For two seconds all is well, then for seven not, then it is again; scoring's side sees one stretch, over."""
    source = Spoiled(clip, what, 2000, 9000)
    monkeypatch.setattr("observer_app.capture.recorder.source_for", lambda config, began_ns=None: source)
    with at_work(Recorder(config())) as recorder:
        spoilt = until(lambda: source.spoilt_at or 0.0)
        said = until(lambda: (s := recorder.status()).health and s, seconds=8)
        assert time.monotonic() - spoilt < 5 and said.state == "recording"
        assert [n.code for n in said.health] == [{"still": "frozen", "sound": "silent"}[what]]
        over = until(lambda: (s := recorder.status()).gaps and s.gaps[0].to_monotonic_ns and s)
    (row,) = over.gaps
    assert row.what == what and 5 < row.seconds < 9.5 and over.health == () and over.segment == 1


class Spoiled(FileSource):
    """A film that stands still, or falls silent, between two of its moments (ms)."""

    def __init__(self, path: Path, what: str, from_ms: int, to_ms: int) -> None:
        super().__init__(path, loop=True)
        self._what, self._from, self._to = what, from_ms, to_ms
        self.spoilt_at = 0.0

    def items(self, stop: threading.Event) -> Iterator[Item]:
        kept: Picture | None = None
        bad: Callable[[int], bool] = lambda ms: self._from <= ms < self._to  # noqa: E731
        for item in super().items(stop):
            if isinstance(item, Picture):
                kept = item if kept is None or not bad(item.pts_ms) else kept
                self.spoilt_at = self.spoilt_at or (time.monotonic() if bad(item.pts_ms) else 0.0)
                yield Picture(kept.frame, item.pts_ms, item.arrived_ns) if self._what == "still" else item
            elif self._what == "still" or not bad(item.at_sample // 48):
                yield item
