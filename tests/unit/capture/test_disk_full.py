# SPDX-License-Identifier: GPL-3.0-or-later
"""The disk is full: recording ends in words, what was recorded is whole and closed, and nothing else is harmed."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from observer_app.capture.client import RecorderClient
from observer_app.capture.config import RecorderConfig
from observer_app.capture.drawing import read_frame_number
from observer_app.capture.made_clip import make_clip
from observer_app.errors import DiskFull
from observer_app.media.opened import open_recording
from observer_app.media.segment import segment_summary
from tests.unit.capture.conftest import FPS, KEY
from tests.waiting import until

Start = Callable[[RecorderConfig], RecorderClient]
Configure = Callable[..., RecorderConfig]
LEFT = 64  # MB
SHUT_DOWN = 0x8004587D  # Linux: every dealing with this file system fails from now on


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system with 2 MB more than recording leaves to scoring."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={LEFT + 2}m", "tmpfs", str(place)]
    if os.name != "posix" or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
def test_recording_onto_a_full_disk_ends_well(
    config: Configure, started: Start, small_disk: Path, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "long.mp4", 30, fps=FPS, size=(1280, 720))
    told = config(folder=small_disk / "rec", source=str(clip))
    (small_disk / "neighbour.txt").write_text("unharmed" * 90_000)
    client = started(told)
    full = until(lambda: (s := client.status()).finished and s, seconds=60)
    assert full.state == "disk_full" and "disk is nearly full" in full.message and "Make room" in full.advice
    assert shutil.disk_usage(small_disk).free > (LEFT - 1) << 20  # for the ratings
    assert (small_disk / "neighbour.txt").read_text() == "unharmed" * 90_000
    assert sorted(p.name for p in told.folder.iterdir()) == ["0001.obsi", "0001.obsv"]
    assert segment_summary(told.folder).segments[0].torn_bytes == 0
    with open_recording(told.folder, KEY) as recording:
        assert recording.warnings == [] and recording.duration_ms > 1000
        assert recording.duration_ms > full.frames * 1000 / FPS - 1500
        last = recording.frames.frame_at(recording.duration_ms)
        assert read_frame_number(last.rgb) == round(last.pts_ms * FPS / 1000)


def test_a_disk_without_room_is_said_before_anything_is_recorded(
    config: Configure, started: Start, small_disk: Path
) -> None:
    (small_disk / "filling").write_bytes(bytes(2_300_000))
    client = started(config(folder=small_disk / "rec"))
    full = until(lambda: (s := client.status()).finished and s)
    assert full.state == "disk_full" and full.frames == 0 and "disk is nearly full" in full.message


def test_a_write_that_fails_leaves_only_whole_units(small_disk: Path) -> None:
    from observer_app.capture.index import AppendFile

    file = AppendFile(small_disk / "file")
    with pytest.raises(DiskFull):
        for _ in range(100):
            file.append(bytes(3_000_000))
    file.close()
    assert (small_disk / "file").stat().st_size == file.size and file.size % 3_000_000 == 0 < file.size


@pytest.mark.slow
def test_somebody_else_fills_the_disk_to_the_last_byte(config: Configure, started: Start, small_disk: Path) -> None:
    told = config(folder=small_disk / "rec")
    client = started(told)
    until(lambda: client.status().seconds >= 2)
    with (small_disk / "somebody elses").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(100_000))
    full = until(lambda: (s := client.status()).finished and s)
    assert full.state == "disk_full"
    with open_recording(told.folder, KEY) as recording:
        assert recording.warnings == [] and recording.duration_ms > 1000


@pytest.fixture
def failing_disk() -> Iterator[tuple[Path, Callable[[], None]]]:
    """A real file system, and what makes it fail as it does when its disk breaks: (where, how)."""
    # Not below tmp_path: whatever tidies up there later would meet a disk that fails.
    folder = Path(tempfile.mkdtemp(prefix="observer-disk-"))
    image, place = folder / "image", folder / "disk"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(200 << 20)

    def run(*command: object) -> bool:
        return subprocess.run([str(c) for c in command], capture_output=True, check=False).returncode == 0

    if os.name != "posix" or not (run("mkfs.ext4", "-q", image) and run("mount", "-o", "loop", image, place)):
        shutil.rmtree(folder)
        pytest.skip("a disk that fails can only be made by root")

    def fail() -> None:
        fd = os.open(place, os.O_RDONLY)
        fcntl.ioctl(fd, SHUT_DOWN, struct.pack("I", 2))
        os.close(fd)

    yield place, fail
    assert run("umount", "-l", place)
    shutil.rmtree(folder)


@pytest.mark.slow
def test_a_disk_that_fails_ends_the_recording_in_words(
    config: Configure, started: Start, failing_disk: tuple[Path, Callable[[], None]]
) -> None:
    place, fail = failing_disk
    told = config(folder=place / "rec")
    client = started(told)
    until(lambda: client.status().seconds >= 2)
    fail()
    over = until(lambda: (s := client.status()).finished and s)
    assert over.state == "failed" and "cannot be written" in over.message and "disk is connected" in over.advice
