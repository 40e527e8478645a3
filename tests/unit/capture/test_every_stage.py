# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed before any one of its writes, syncs and new files, a recorder leaves what the next start can take up; and an
interview of an hour goes through the same code."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from observer_app.capture.drawing import read_frame_number
from observer_app.capture.made_clip import make_clip
from observer_app.capture.made_recording import make_recording
from observer_app.capture.recovery import recover_recording
from observer_app.errors import BadInput
from observer_app.media.opened import open_recording
from observer_app.media.segment import segment_summary
from tests.unit.capture.conftest import KEY

RECORDING = "ab" * 16
FPS = 15

# A recorder that kills itself before its n-th dealing with the disk, and says on the way what is safe there: the
# segment's bytes covered by a sync that has returned.
KILLED = """
import os, signal, sys
from pathlib import Path
from observer_app.capture import index
from observer_app.capture.made_recording import make_recording

clip, folder, last = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
index._SAFE_EVERY_S = 0.0
done = 0

def counted(name):
    real = getattr(os, name)
    def call(*given, **named):
        global done
        if name == "open" and not str(given[0]).startswith(str(folder)):
            return real(*given, **named)
        done += 1
        if done == last:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = real(*given, **named)
        if name == "fdatasync" and os.readlink(f"/proc/self/fd/{given[0]}").endswith(".obsv"):
            print("safe", os.fstat(given[0]).st_size, flush=True)
        return answer
    setattr(os, name, call)

for name in ("open", "write", "fdatasync", "fsync"):
    counted(name)
make_recording(clip, folder, bytes(range(32)), "ab" * 16, [(0.0, 1.5)])
print("stages", done, flush=True)
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("small") / "small.mp4", 20, fps=FPS, size=(320, 180))


def killed_before(small: Path, folder: Path, stage: int) -> tuple[int, list[list[str]]]:
    """(how the process ended, the words of each line it said)."""
    command = [sys.executable, "-c", KILLED, str(small), str(folder), str(stage)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    return ended.returncode, [line.split() for line in ended.stdout.splitlines()]


def check_taken_up(folder: Path, safe: int) -> None:
    """Everything that was safe is seen, shows its own number, and is closed after recovery."""
    if not any(p.stat().st_size for p in folder.glob("*.obsv")):
        assert safe == 0
        return
    recover_recording(folder, KEY, RECORDING)
    try:
        summary = segment_summary(folder)
    except BadInput:
        assert safe == 0
        return
    assert summary.size >= safe and summary.segments[0].torn_bytes == 0
    with open_recording(folder, KEY, recording=RECORDING) as recording:
        assert recording.warnings == []
        for at_ms in recording.indexes[0].frames_ms:
            shown = recording.frames.frame_at(at_ms)
            assert read_frame_number(shown.rgb) == round(at_ms * FPS / 1000)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_before_each_dealing_with_the_disk(small: Path, tmp_path: Path) -> None:
    code, said = killed_before(small, tmp_path / "whole", 0)
    stages = int(said[-1][1])
    assert code == 0 and stages > 20
    for stage in range(1, stages + 1):
        folder = tmp_path / str(stage)
        code, said = killed_before(small, folder, stage)
        assert code == -signal.SIGKILL, f"stage {stage} was never reached"
        check_taken_up(folder, max((int(words[1]) for words in said), default=0))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_interview_of_an_hour(small: Path, tmp_path: Path) -> None:
    """An hour with a gap in its middle: its length, its gap, its frames anywhere, and nothing altered."""
    folder = tmp_path / "hour"
    make_recording(small, folder, KEY, RECORDING, [(0.0, 1800.0), (1810.0, 3600.0)])
    summary = segment_summary(folder)
    assert [s.segment for s in summary.segments] == [1, 2] and abs(summary.duration_ms - 3_600_000) < 100
    with open_recording(folder, KEY, recording=RECORDING) as recording:
        (gap,) = recording.timeline.gaps
        assert abs(gap.start_ms - 1_800_000) < 100 and abs(gap.length_ms - 10_000) < 150
        assert recording.warnings == []
        for at_ms in range(0, 3_600_000, 61_003):
            shown = recording.frames.frame_at(at_ms)
            assert read_frame_number(shown.rgb) == round(shown.pts_ms * FPS / 1000) % (20 * FPS)
            assert shown.in_gap or 0 <= at_ms - shown.pts_ms <= 1000 / FPS + 1
