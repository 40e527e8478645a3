# SPDX-License-Identifier: GPL-3.0-or-later
"""Network cameras, against a real RTSP server: copied exactly, with sound, and a lost one is found again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest

from observer_app.capture.client import RecorderClient
from observer_app.capture.config import RecorderConfig
from observer_app.capture.drawing import read_frame_number
from observer_app.capture.rtsp import RtspSource
from observer_app.errors import CameraMissing
from observer_app.media.opened import open_recording
from tests.servers.network_cameras import Serve, network_cameras
from tests.unit.capture.conftest import FPS, KEY
from tests.waiting import until

Start = Callable[[RecorderConfig], RecorderClient]
Configure = Callable[..., RecorderConfig]


@pytest.fixture
def serve(clip: Path) -> Iterator[Serve]:
    """Starts servers playing the clip; (address, process)."""
    with network_cameras(clip) as start:
        yield start


@pytest.mark.slow
@pytest.mark.parametrize("sound", ["aac", "g711", "silent"])
def test_a_network_camera_is_copied_frame_by_frame(config: Configure, started: Start, serve: Serve, sound: str) -> None:
    address, _ = serve(sound)
    told = config(source=address)
    client = started(told)
    until(lambda: client.preview() is not None)
    until(lambda: client.status().seconds >= 4)
    final = client.stop()
    assert final.state == "stopped" and final.dropped == 0
    with open_recording(told.folder, KEY) as recording:
        assert recording.indexes[0].frames[0].key
        first = read_frame_number(recording.frames.frame_at(0).rgb)
        for ms in range(0, recording.duration_ms, 210):
            frame = recording.frames.frame_at(ms)
            assert read_frame_number(frame.rgb) - first == round(frame.pts_ms * FPS / 1000)
        with av.open(recording.open_stream(1), "r") as container:
            kinds = [s.type for s in container.streams]
        assert kinds == (["video"] if sound == "silent" else ["video", "audio"])
        assert (max(recording.waveform(80)) > 0.05) == (sound != "silent")


@pytest.mark.slow
def test_a_camera_that_goes_and_comes_back_leaves_one_gap(config: Configure, started: Start, serve: Serve) -> None:
    address, server = serve("aac")
    told = config(source=address)
    client = started(told)
    until(lambda: client.status().seconds >= 2)
    server.kill()
    lost = until(lambda: (s := client.status()).source_lost and s)
    assert "network camera" in lost.message and lost.advice and lost.gaps[0].to_monotonic_ns == 0
    serve("aac", "", address.split(":")[2].split("/")[0])
    until(lambda: (s := client.status()).segment == 2 and s.frames > lost.frames + 30)
    final = client.stop()
    (gap,) = final.gaps
    with open_recording(told.folder, KEY) as recording:
        (seen,) = recording.timeline.gaps
        assert abs(seen.length_ms - gap.seconds * 1000) < 150 and recording.warnings == []


@pytest.mark.slow
def test_a_frozen_camera_is_noticed_within_four_seconds(config: Configure, started: Start, serve: Serve) -> None:
    address, server = serve("silent")
    client = started(config(source=address))
    until(lambda: client.status().seconds >= 1)
    os.kill(server.pid, signal.SIGSTOP)
    frozen = time.monotonic()
    until(lambda: client.status().source_lost)
    assert time.monotonic() - frozen < 4.5
    os.kill(server.pid, signal.SIGCONT)


@pytest.mark.slow
def test_a_password_is_used_and_never_written(config: Configure, started: Start, serve: Serve, tmp_path: Path) -> None:
    address, _ = serve("silent", "admin:hunter2")
    wrong = started(config(source=address.replace("hunter2", "wrong77"), keep_trying=False))
    status = until(lambda: (s := wrong.status()).finished and s)
    assert status.state == "failed" and "wrong77" not in str(status)
    right = started(config(source=address))
    until(lambda: right.status().seconds >= 1)
    right.stop()
    written = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert b"hunter2" not in written and b"wrong77" not in written


def test_an_address_where_nobody_listens_is_said_in_words() -> None:
    with pytest.raises(CameraMissing, match="network camera does not answer") as told:
        RtspSource("rtsp://admin:hunter2@127.0.0.1:9/none").open()
    assert "hunter2" not in str(told.value) and told.value.__cause__ is None
