# SPDX-License-Identifier: GPL-3.0-or-later
"""A busy machine is not let behind: pictures that had to wait are encoded in a hurry, in the same stream."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest

from observer_app.capture.client import RecorderClient
from observer_app.capture.config import RecorderConfig
from observer_app.capture.drawing import read_frame_number
from observer_app.capture.index import SegmentFiles
from observer_app.capture.items import Picture
from observer_app.capture.muxer import SegmentMuxer
from observer_app.capture.sources import FileSource
from observer_app.media.index_format import OpeningEntry
from observer_app.media.opened import open_recording
from tests.unit.capture.conftest import KEY

LATE = (range(40, 75), range(125, 135))  # of 160 pictures; calm again from the next key frame on
COUNT = 160


def pictures(clip: Path, count: int) -> Iterator[Picture]:
    source = FileSource(clip, sound=False, paced=False)
    source.open()
    try:
        found = (item for item in source.items(Event()) if isinstance(item, Picture))
        yield from (next(found) for _ in range(count))
    finally:
        source.close()


def test_pictures_that_waited_are_encoded_in_a_hurry_and_are_one_stream_with_the_others(
    clip: Path, tmp_path: Path
) -> None:
    opening = OpeningEntry("b0" * 16, 0, 1_000_000_000, 0, 640, 360, False, "file")
    files = SegmentFiles(tmp_path, KEY, opening, recording="ab" * 16, frame_ms=33)
    source = FileSource(clip, sound=False)
    muxer = SegmentMuxer(files, source.open(), (640, 360), 0)
    source.close()
    encoder = muxer._encoder
    assert encoder is not None
    hurried = []
    for number, item in enumerate(pictures(clip, COUNT)):
        waited_ns = 400_000_000 if any(number in late for late in LATE) else 0
        muxer.picture(replace(item, arrived_ns=time.monotonic_ns() - waited_ns))
        hurried.append(encoder.hurried)
    muxer.close()
    files.close("stopped")
    assert all(hurried[number] for late in LATE for number in late)
    with open_recording(tmp_path, KEY) as recording:
        frames, keys = recording.indexes[0].frames_ms, recording.indexes[0].keys
        changes = [i for i in range(1, COUNT) if hurried[i] != hurried[i - 1]]
        assert [i for i in changes if hurried[i]] == [late.start for late in LATE]
        assert len(changes) == 4 and set(changes) <= set(keys)
        for number, at_ms in enumerate(frames):
            assert read_frame_number(recording.frames.frame_at(at_ms).rgb) == number
        assert max(frames[after] - frames[before] for before, after in pairwise(keys)) <= 1034


def test_a_recorder_goes_before_programs_that_can_wait(
    config: Callable[..., RecorderConfig], started: Callable[[RecorderConfig], RecorderClient]
) -> None:
    asking = "import os; os.setpriority(os.PRIO_PROCESS, 0, -10)"
    if subprocess.run([sys.executable, "-c", asking], capture_output=True, check=False).returncode:
        pytest.skip("this system does not allow it")
    pid = started(config()).status().pid
    assert os.getpriority(os.PRIO_PROCESS, pid) == -10
    group = Path(f"/proc/{pid}/autogroup")
    if group.exists() and (told := group.read_text()):
        assert told.endswith("nice -10\n")
