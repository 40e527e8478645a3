# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a camera and sound of a microphone on one clock. Real frames and real sound, no real devices."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from observer_app.capture.camera import CameraSource, WithMicrophone
from observer_app.capture.clock import ClockFit, SystemClock
from observer_app.capture.config import RecorderConfig
from observer_app.capture.items import Picture, Sound
from observer_app.capture.recorder import _beginning
from observer_app.capture.sources import FileSource, list_sources, source_for, source_kind
from observer_app.errors import CameraMissing


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
    assert not source.open().sound
    stop = threading.Event()
    assert isinstance(next(iter(source.items(stop))), Picture)
    source.close()


def test_a_camera_that_is_not_there_is_said_in_words(config: object) -> None:
    assert callable(config)
    told: RecorderConfig = config(source="77", microphone="none")
    assert source_kind("77") == "camera" and isinstance(source_for(told), WithMicrophone)
    with pytest.raises(CameraMissing, match="Camera 77 gives no picture") as said:
        CameraSource(77, told).open()
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
