# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a camera and sound of a microphone on one clock. Real frames and real sound, no real devices."""

from __future__ import annotations

import itertools
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from observer_app.capture.camera import CameraSource, WithMicrophone
from observer_app.capture.clock import ClockFit, SampleClock, SystemClock
from observer_app.capture.config import RecorderConfig
from observer_app.capture.items import FrameSource, Item, Picture, Sound
from observer_app.capture.muxer import _SoundLine
from observer_app.capture.recorder import Recorder, _beginning
from observer_app.capture.sources import FileSource, _camera_number, list_sources, source_for, source_kind
from observer_app.errors import CameraMissing
from tests.waiting import until


def no_microphone() -> object:
    raise CameraMissing("none")


def a_tone(began_ns: int, stop: threading.Event) -> Iterator[Sound]:
    place = 4800
    while not stop.is_set():
        yield Sound(np.full(480, 0.25, np.float32), place)
        place += 480
        stop.wait(0.01)


def test_sound_of_a_microphone_comes_between_the_pictures(clip: Path) -> None:
    source = WithMicrophone(FileSource(clip, sound=False), lambda: a_tone)
    assert source.open().sound
    stop = threading.Event()
    pictures = sounds = 0
    for item in source.items(stop):
        pictures += isinstance(item, Picture)
        sounds += isinstance(item, Sound)
        if sounds > 10 and pictures > 10:
            stop.set()
    source.close()
    assert sounds > 10 and pictures > 10
    assert not [t for t in threading.enumerate() if t.name == "microphone"]


def test_without_the_microphone_there_is_still_the_picture(clip: Path) -> None:
    source = WithMicrophone(FileSource(clip, sound=False), no_microphone)  # type: ignore[arg-type]
    assert source.open().sound  # it may be plugged in later
    stop = threading.Event()
    for item in source.items(stop):
        assert isinstance(item, Picture)
        stop.set()
    source.close()


def test_a_microphone_pulled_out_is_heard_again_when_it_is_back(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("observer_app.capture.camera._LISTEN_AGAIN_S", 0.05)
    found: list[int] = []

    def three_sounds(began_ns: int, stop: threading.Event) -> Iterator[Sound]:
        yield from itertools.islice(a_tone(began_ns, stop), 3)
        raise CameraMissing("pulled out")

    def find() -> Callable[[int, threading.Event], Iterator[Sound]]:
        found.append(1)
        if len(found) == 2:
            raise CameraMissing("not back yet")
        return three_sounds

    source = WithMicrophone(FileSource(clip, sound=False), find)
    source.open()
    stop, sounds = threading.Event(), 0
    for item in source.items(stop):
        sounds += isinstance(item, Sound)
        if sounds >= 6:
            stop.set()
    source.close()
    assert len(found) >= 3


def test_a_microphone_whose_driver_fails_in_its_own_way_is_heard_again(
    clip: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("observer_app.capture.camera._LISTEN_AGAIN_S", 0.05)
    found: list[int] = []
    words = "rtsp://somebody:secret@camera"

    def find() -> Callable[[int, threading.Event], Iterator[Sound]]:
        found.append(1)
        if len(found) == 1:
            raise RuntimeError(words)
        return a_tone

    source = WithMicrophone(FileSource(clip, sound=False), find)
    source.open()
    stop = threading.Event()
    for item in source.items(stop):
        if isinstance(item, Sound):
            stop.set()
    source.close()
    assert len(found) == 2
    told = capsys.readouterr().err
    assert "microphone failed with RuntimeError" in told and "test_camera.py" in told and "secret" not in told


class _Failing:
    """A camera whose driver fails in its own way after the first pictures, and is well the next time."""

    live = True

    def __init__(self, clip: Path, fails: bool) -> None:
        self._film, self._fails = FileSource(clip, sound=False, loop=True), fails
        self.open, self.close = self._film.open, self._film.close

    def items(self, stop: threading.Event) -> Iterator[Item]:
        for number, item in enumerate(self._film.items(stop)):
            if self._fails and number == 20:
                raise ValueError("a driver's own words")
            yield item


def test_a_camera_whose_driver_fails_in_its_own_way_is_a_lost_camera_with_a_gap(
    config: Callable[..., RecorderConfig], clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []

    def source_for(_config: RecorderConfig, _began_ns: int | None = None) -> FrameSource:
        opened.append(1)
        return _Failing(clip, fails=len(opened) == 1)

    monkeypatch.setattr("observer_app.capture.recorder.source_for", source_for)
    recorder = Recorder(config())
    running = threading.Thread(target=recorder.run)
    running.start()
    lost = until(lambda: (s := recorder.status()).source_lost and s, "the alarm")
    assert lost.message == "The camera has failed." and lost.gaps[-1].to_monotonic_ns == 0
    back = until(lambda: (s := recorder.status()).state == "recording" and s.segment == 2 and s, "the next segment")
    recorder.stop()
    running.join()
    assert len(back.gaps) == 1 and back.gaps[0].to_monotonic_ns > back.gaps[0].from_monotonic_ns > 0


def test_a_camera_is_known_by_its_name_whatever_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("observer_app.capture.sources._VIDEO4LINUX", tmp_path)

    def plug(number: int, name: str, index: str = "0") -> Path:
        place = tmp_path / f"video{number}"
        place.mkdir()
        (place / "name").write_text(name + "\n")
        (place / "index").write_text(index + "\n")
        return place

    first = plug(0, "Room camera")
    plug(1, "Room camera", index="1")  # a node of the same camera that carries no picture
    plug(2, "Room camera")
    room, other = list_sources()
    assert (room.label, other.label) == ("Room camera", "Room camera#2")
    assert source_kind(room.source) == source_kind("Room camera") == "camera"
    assert (_camera_number(room.source), _camera_number(other.source)) == (0, 2)
    shutil.rmtree(first)
    shutil.rmtree(tmp_path / "video2")
    assert source_kind(room.source) == "camera"  # unplugged it is still a camera, and not a film that is missing
    with pytest.raises(CameraMissing, match="Room camera is not there"):
        _camera_number(room.source)
    plug(4, "Room camera")
    assert _camera_number(room.source) == 4


def test_a_microphones_samples_keep_their_time_though_its_crystal_drifts_and_some_are_lost() -> None:
    """300 ppm fast, buffers up to 40 ms late, a quarter of a second lost after ten minutes."""
    late, line = np.random.default_rng(5).exponential(0.01, 120_000), SampleClock(7_000_000_000)
    worst, taken, lost = 0.0, 0, 0
    for number in range(120_000):
        taken += 480
        lost += 12_000 if number == 60_000 else 0
        true_end_s = (taken + lost) / (48_000 * 1.0003)
        place = line.place(480, 7_000_000_000 + round((true_end_s + min(late[number], 0.04)) * 1e9))
        if number > 100 and not 60_000 <= number < 60_400:
            worst = max(worst, abs(place + 480 - true_end_s * 48_000) / 48)
    assert worst < 8.0, f"{worst:.1f} ms away"


def test_sound_that_drifts_is_caught_up_without_a_jump() -> None:
    """A tick each second of a crystal 200 ppm fast stays where it belongs, and no piece is cut out or put in."""
    line, fast, ticks = _SoundLine(0), 1.0002, []
    tick = np.zeros(48_000, np.float32)
    tick[0] = 1.0
    heard: list[NDArray[np.float32]] = []
    for second in range(400):
        for part in range(100):
            at = (second * 48_000 + part * 480) / fast
            line.add(Sound(tick[part * 480 : part * 480 + 480], 1024 + round(at)))
        heard += [samples for _, samples in line.take()]
    sound = np.concatenate(heard)
    ticks = np.flatnonzero(sound > 0.3)
    ticks = ticks[np.insert(np.diff(ticks) > 100, 0, True)]
    away_ms = np.abs(ticks - np.arange(len(ticks)) * 48_000 / fast) / 48
    assert len(ticks) >= 398 and away_ms.max() < 7.0, f"{away_ms.max():.1f} ms away"
    assert np.abs(np.diff(ticks) - 48_000 / fast).max() < 120  # nowhere more than 2.5 ms in a second


def test_a_camera_that_is_not_there_is_said_in_words(config: object) -> None:
    assert callable(config)
    told: RecorderConfig = config(source="77", microphone="none")
    assert source_kind("77") == "camera" and isinstance(source_for(told), WithMicrophone)
    with pytest.raises(CameraMissing, match="Camera 77 gives no picture") as said:
        CameraSource(lambda: 77, told).open()
    assert "plugged in" in said.value.advice
    assert isinstance(list_sources(), list)


def test_names_of_devices_can_be_asked_for_without_a_window(qapp: object) -> None:
    from observer_app.capture.sources_qt import Microphone, list_cameras, list_microphones

    assert all(s.kind == "camera" for s in list_cameras()) and all(s.kind == "microphone" for s in list_microphones())
    with pytest.raises(CameraMissing, match="microphone chosen is not there"):
        Microphone("no such microphone")


def test_a_cameras_clock_is_laid_on_ours_by_the_earliest_arrivals() -> None:
    fit = ClockFit()
    late = np.random.default_rng(4).exponential(0.02, 900)
    errors = []
    for number in range(900):
        pts = number * 33
        true_ns = 10_000_000_000 + round(pts * 1.00005e6)  # a camera whose clock runs 50 ppm slow
        errors.append(abs(fit.add(pts, true_ns + round(late[number] * 1e9)) - true_ns) / 1e6)
    assert max(errors[60:]) < 5.0


def test_the_boot_has_one_identity() -> None:
    clock = SystemClock()
    assert clock.boot_id() == clock.boot_id() and len(clock.boot_id()) == 32
    assert clock.monotonic_ns() <= clock.monotonic_ns() and clock.wall_ms() > 1_600_000_000_000


def test_a_late_burst_at_the_start_does_not_move_the_beginning() -> None:
    """A connection being opened hands over its first pictures late and at once: the steady ones after tell the time."""
    steady = [(number * 33, 5_000_000_000 + number * 33_000_000) for number in range(20)]
    burst = [Picture(None, pts, max(at, 5_300_000_000)) for pts, at in steady]  # type: ignore[arg-type]
    assert _beginning([Sound(np.zeros(1, np.float32), 0), *burst]) == (0, 5_000_000_000)
