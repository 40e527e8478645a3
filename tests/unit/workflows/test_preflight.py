# SPDX-License-Identifier: GPL-3.0-or-later
"""The pre-flight: real films of every fault, batteries as Linux lists them, disks and clocks by figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from observer_app.capture.power import Battery, battery, battery_in
from observer_app.domain.moment import Moment
from observer_app.sync.central_time import TimeSeen
from observer_app.workflows.clock_check import clock_check, compare
from observer_app.workflows.preflight import (
    BYTES_PER_SECOND,
    CameraLook,
    camera_check,
    look_at_camera,
    power_check,
    rate_of,
    sound_check,
    space_check,
)
from observer_app.workflows.recording import CameraSettings
from observer_app.workflows.views import CheckState, CheckView

NOW = 1_780_000_000_000
SECONDS, FPS = 2.2, 10
GOOD, NEEDS = CheckState.GOOD, CheckState.NEEDS_YOU
Draw = Callable[[int, Any], Any]


def film(path: Path, draw: Draw, size: tuple[int, int] = (640, 360), loud: float = 0.2) -> CameraSettings:
    """A film of what `draw(number, dice)` gives, with a tone, as the room's camera."""
    dice = np.random.default_rng(7)
    with av.open(str(path), "w", format="matroska") as made:
        picture = made.add_stream("ffv1", rate=FPS)
        picture.width, picture.height, picture.pix_fmt = *size, "yuv420p"
        sound = made.add_stream("aac", rate=48_000, layout="mono")
        for number in range(round(SECONDS * FPS)):
            grey = np.clip(draw(number, dice), 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.stack([grey] * 3, axis=2), format="rgb24")
            made.mux(picture.encode(frame.reformat(format="yuv420p")))
        wave = (loud * np.sin(np.arange(round(SECONDS * 48_000)) / 20)).astype(np.float32)
        for begin in range(0, len(wave) - 1024, 1024):
            heard = av.AudioFrame.from_ndarray(wave[None, begin : begin + 1024], format="fltp", layout="mono")
            heard.sample_rate, heard.pts = 48_000, begin
            made.mux(sound.encode(heard))
        made.mux(picture.encode(None))
        made.mux(sound.encode(None))
    return CameraSettings(source=str(path), fps=FPS)


def lively(size: tuple[int, int] = (640, 360)) -> Draw:
    """A sharp pattern that moves."""
    across = np.where(np.arange(size[0]) // 16 % 2, 180.0, 60.0)[None, :].repeat(size[1], axis=0)
    return lambda number, dice: np.roll(across, 5 * number, axis=1) + dice.normal(0, 3, size[::-1])


def still(number: int, dice: Any) -> Any:
    return lively()(0, np.random.default_rng(1))


def smooth(number: int, dice: Any) -> Any:
    return np.linspace(60, 180, 640)[None, :].repeat(360, axis=0) + 8 * np.sin(number)


@pytest.mark.parametrize(
    ("draw", "size", "title"),
    [
        (lively(), (640, 360), "Camera ready"),
        (lambda number, dice: dice.normal(4, 1, (360, 640)), (640, 360), "The picture is nearly black"),
        (still, (640, 360), "The picture has not changed for some seconds"),
        (smooth, (640, 360), "The picture is out of focus"),
        (lively((320, 180)), (320, 180), "The picture is very small"),
        (lively((360, 640)), (360, 640), "The picture stands upright"),
    ],
    ids=["good", "dark", "frozen", "blurred", "small", "upright"],
)
def test_the_picture_is_judged_in_one_look(tmp_path: Path, draw: Draw, size: tuple[int, int], title: str) -> None:
    check = camera_check(look_at_camera(film(tmp_path / "room.mkv", draw, size), seconds=1.5), "Room camera")
    assert check.title == title
    assert check.picture.startswith(b"\xff\xd8") and bool(check.remedy) == (check.state is NEEDS)


@pytest.mark.parametrize(("loud", "state"), [(0.2, GOOD), (0.002, NEEDS)])
def test_the_microphones_level(tmp_path: Path, loud: float, state: CheckState) -> None:
    look = look_at_camera(film(tmp_path / "room.mkv", lively(), loud=loud), seconds=0.5)
    check = sound_check(look)
    assert check.state is state and bool(check.remedy) == (state is NEEDS)
    assert sound_check(look, wanted=False).state is GOOD
    assert sound_check(CameraLook()).title == "No sound"


def test_no_camera_says_what_to_do(tmp_path: Path) -> None:
    look = look_at_camera(CameraSettings(source=str(tmp_path / "none.mp4")))
    check = camera_check(look, "Room camera")
    assert check.state is NEEDS and check.remedy and check.picture == b""


def test_room_is_reckoned_at_this_pictures_rate() -> None:
    full, small = CameraSettings(source="0"), CameraSettings(source="0", width=640, height=360)
    assert rate_of(full) == BYTES_PER_SECOND and rate_of(small) == BYTES_PER_SECOND // 4
    hour, free = 3600, 2_500_000_000
    assert space_check(free, hour, rate_of(full)).state is NEEDS
    assert space_check(free, hour, rate_of(small)).state is GOOD
    assert "Today needs about 540 MB" in space_check(free, hour, rate_of(small)).detail


@pytest.mark.parametrize(
    ("found", "seconds", "title"),
    [
        (None, 3600, "Power"),
        (Battery(40, True), 3600, "Power connected"),
        (Battery(90, False, 3 * 3600), 3600, "Battery lasts"),
        (Battery(90, False, 1800), 3600, "Not plugged in"),
        (Battery(90, False), 3600, "Not plugged in"),
    ],
)
def test_power_has_to_last(found: Battery | None, seconds: int, title: str) -> None:
    check = power_check(found, seconds)
    assert check.title == title and bool(check.remedy) == (check.state is NEEDS) == (title == "Not plugged in")
    asleep = power_check(found, seconds, awake=False)
    assert "turn its sleep off" in asleep.detail and (asleep.title, asleep.state) == (check.title, check.state)


def supply(folder: Path, **values: str) -> None:
    folder.mkdir(parents=True)
    for name, value in values.items():
        (folder / name).write_text(f"{value}\n")


def test_a_battery_as_linux_lists_it(tmp_path: Path) -> None:
    assert battery_in(tmp_path / "nowhere") is None and battery_in(tmp_path) is None
    supply(tmp_path / "AC", type="Mains", online="0")
    supply(tmp_path / "A-mouse", type="Battery", scope="Device", capacity="15")
    assert battery_in(tmp_path) is None, "a mouse's battery is not the machine's"
    supply(tmp_path / "BAT0", type="Battery", status="Discharging", capacity="62", energy_now="31000000",
           power_now="10000000")  # fmt: skip
    assert battery_in(tmp_path) == Battery(62, False, 11_160)
    (tmp_path / "AC" / "online").write_text("1\n")
    assert battery_in(tmp_path) == Battery(62, True, 11_160)
    (tmp_path / "BAT0" / "power_now").write_text("0\n")
    assert battery_in(tmp_path) == Battery(62, True)
    (tmp_path / "BAT0" / "capacity").write_text("many\n")
    assert battery_in(tmp_path) is None
    battery()  # whatever this machine has, it is told or not, and nothing is raised


def _seen(clock_ahead_ms: int = 0, round_trip_ms: int = 200) -> TimeSeen:
    """Central signed NOW; this machine, `clock_ahead_ms` ahead, had asked just before."""
    return TimeSeen(NOW, round_trip_ms, 5_000_000_000, "a" * 32, NOW + clock_ahead_ms, "note", "0" * 32)


def _later(seconds: int, wall_ms: int | None = None, boot: str = "a") -> Moment:
    """This machine `seconds` after that moment, its wall clock right unless it is told."""
    return Moment(5_000_000_000 + seconds * 1_000_000, boot * 32, NOW + seconds * 1000 if wall_ms is None else wall_ms)


def _judged(seen: TimeSeen | None, now: Moment, *, tells_sleep: bool = True) -> CheckView:
    return clock_check(compare(seen, now, tells_sleep=tells_sleep), now.wall_ms)


def test_the_clock_against_centrals_last_signed_time() -> None:
    assert _judged(None, _later(0)).title == "Clock not compared" and _judged(None, _later(0)).state is GOOD
    assert _judged(_seen(), _later(3600)).title == "Clock agrees"
    assert _judged(_seen(), _later(8 * 86_400)).title == "Clock not compared lately"
    ahead = _judged(_seen(), _later(3600, NOW + 3_690_000))
    assert ahead.state is NEEDS and ahead.detail.startswith("90 seconds off central time"), "set wrong since"
    assert _judged(_seen(), _later(3600, NOW + 3_510_000)).state is NEEDS


def test_after_a_new_start_only_what_is_certain_is_said() -> None:
    restarted = _later(10, NOW + 3_600_000, boot="c")
    assert _judged(_seen(), restarted).title == "Clock agrees"
    assert _judged(_seen(90_000), restarted).state is NEEDS, "it was wrong when they spoke"
    before = _judged(_seen(), _later(10, NOW - 3_600_000, boot="c"))
    assert before.state is NEEDS and "which central signed already" in before.detail
    slept = _later(3600, NOW + 8 * 3_600_000)  # the monotonic clock stood still and nobody tells for how long
    assert _judged(_seen(), slept, tells_sleep=False).title == "Clock agrees"


def test_a_slow_line_makes_the_clock_neither_right_nor_wrong() -> None:
    slow = _seen(round_trip_ms=300_000)
    assert _judged(slow, _later(0)).title == "Clock not compared" and _judged(slow, _later(0)).state is GOOD
    assert _judged(_seen(round_trip_ms=8_000), _later(0, NOW + 4_000)).title == "Clock nearly agrees"
    far = _judged(slow, _later(0, NOW + 3_600_000))
    assert far.state is NEEDS, "an hour off is certain on any line"
