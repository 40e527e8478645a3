# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing a segment: the order in which things reach the disk, and that nothing is written twice or over."""

from __future__ import annotations

import os
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from observer_app.capture.index import SegmentFiles, new_segment_number
from observer_app.capture.items import Picture
from observer_app.capture.muxer import SegmentMuxer
from observer_app.capture.sources import FileSource
from observer_app.errors import EnvironmentFault
from observer_app.media.container import index_path, segment_path
from observer_app.media.index_format import OpeningEntry, read_index
from tests.unit.capture.conftest import KEY

RECORDING = "ab" * 16
OPENING = OpeningEntry("b0" * 16, 0, 1, 1, 640, 360, False, "file")


def write_some(files: SegmentFiles, clip: Path, pictures: int, safe_every: int = 0) -> None:
    source = FileSource(clip, sound=False, paced=False)
    muxer = SegmentMuxer(files, source.open(), (640, 360), 0)
    for number, item in enumerate(source.items(threading.Event())):
        if number == pictures:
            break
        assert isinstance(item, Picture)
        files.clock(muxer.picture(item), number * 33_000_000, 0)
        if safe_every and number % safe_every == 0:
            files.make_safe()
    muxer.close()
    source.close()


def test_no_entry_reaches_the_index_before_its_cluster_is_on_the_disk(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every sync is seen with what it covered; the real one is still done."""
    data, index = segment_path(tmp_path, 1), index_path(tmp_path, 1)
    synced = {data.name: 0, index.name: 0}
    real = os.fdatasync
    checked = []

    def seen(fd: int) -> None:
        name = Path(os.readlink(f"/proc/self/fd/{fd}")).name
        if name == index.name and data.exists() and data.stat().st_size:
            done = read_index(tmp_path, 1, KEY, RECORDING)
            kept = done.entries[: len(done.entries) - done.rebuilt]
            checked.append(len(kept))
            assert all(e.offset + e.length <= synced[data.name] for e in kept)
        real(fd)
        synced[name] = os.fstat(fd).st_size

    monkeypatch.setattr(os, "fdatasync", seen)
    files = SegmentFiles(tmp_path, KEY, OPENING, recording=RECORDING, frame_ms=33)
    write_some(files, clip, 90, safe_every=20)
    files.close("stopped")
    assert max(checked) >= 10 and len(checked) >= 4
    assert synced == {data.name: data.stat().st_size, index.name: index.stat().st_size}


def test_a_segment_number_is_never_used_twice(clip: Path, tmp_path: Path) -> None:
    for expected in (1, 2):
        files = SegmentFiles(tmp_path, KEY, OPENING, recording=RECORDING, frame_ms=33)
        assert files.segment == expected
        files.close("stopped")
    segment_path(tmp_path, 2).unlink()
    assert new_segment_number(tmp_path) == 3


def test_a_file_somebody_else_wrote_to_is_left_alone(clip: Path, tmp_path: Path) -> None:
    files = SegmentFiles(tmp_path, KEY, OPENING, recording=RECORDING, frame_ms=33)
    write_some(files, clip, 30)
    with index_path(tmp_path, 1).open("ab") as other:
        other.write(b"x")
    before = segment_path(tmp_path, 1).stat().st_size
    write_some(files, clip, 30)
    assert isinstance(files.failed, EnvironmentFault) and segment_path(tmp_path, 1).stat().st_size == before
    with pytest.raises(EnvironmentFault, match="taken over"):
        files.close("stopped")


def test_a_key_frame_each_second_and_a_cluster_each_quarter(clip: Path, tmp_path: Path) -> None:
    files = SegmentFiles(tmp_path, KEY, OPENING, recording=RECORDING, frame_ms=33)
    write_some(files, clip, 150)
    files.close("stopped")
    index = read_index(tmp_path, 1, KEY, RECORDING)
    keys = [index.frames_ms[place] for place in index.keys]
    assert keys == [0, 1000, 2000, 3000, 4000]
    assert all(e.end_ms - e.start_ms <= 300 for e in index.entries[1:])
    anchors = [a.pts_ms for a in index.anchors]
    assert anchors[0] == 0 and all(b - a <= 534 for a, b in pairwise(anchors))
