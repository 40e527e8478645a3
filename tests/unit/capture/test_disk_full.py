# SPDX-License-Identifier: GPL-3.0-or-later
"""The disk is full: recording ends in words, what was recorded is whole and closed, and nothing else is harmed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from observer_app.capture.client import RecorderClient
from observer_app.capture.config import RecorderConfig
from observer_app.capture.drawing import read_frame_number
from observer_app.capture.made_clip import make_clip
from observer_app.errors import DiskFull
from observer_app.media.opened import open_recording
from observer_app.media.segment import segment_summary
from tests.unit.capture.conftest import FPS, KEY, until

Start = Callable[[RecorderConfig], RecorderClient]
Configure = Callable[..., RecorderConfig]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 2 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if os.name != "posix" or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_recording_onto_a_full_disk_ends_well(
    config: Configure, started: Start, small_disk: Path, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "long.mp4", 30, fps=FPS, size=(1280, 720))
    told = config(folder=small_disk / "rec", source=str(clip))
    (small_disk / "neighbour.txt").write_text("unharmed" * 90_000)
    client = started(told)
    full = until(lambda: (s := client.status()).finished and s, 60)
    assert full.state == "disk_full" and "disk is full" in full.message and "Make room" in full.advice
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
    (small_disk / "filling").write_bytes(bytes(1_900_000))
    client = started(config(folder=small_disk / "rec"))
    full = until(lambda: (s := client.status()).finished and s)
    assert full.state == "disk_full" and full.frames == 0 and "disk is full" in full.message


def test_a_write_that_fails_leaves_only_whole_units(small_disk: Path) -> None:
    from observer_app.capture.index import AppendFile

    file = AppendFile(small_disk / "file")
    with pytest.raises(DiskFull):
        for _ in range(100):
            file.append(bytes(300_000))
    file.close()
    assert (small_disk / "file").stat().st_size == file.size and file.size % 300_000 == 0 < file.size
