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
from observer_app.workflows.preflight import camera_check, look_at_camera
from observer_app.workflows.recording import CameraSettings
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
        assert recording.indexes[0].keys[0] == 0
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


def coded_anew(clip: Path, path: Path, codec: str, *, seconds: int, apart: int = FPS) -> Path:
    """The clip's pictures in another coding, `apart` pictures from key frame to key frame."""
    with av.open(str(clip)) as source, av.open(str(path), "w", format="mp4") as film:
        video = film.add_stream(codec, rate=FPS)
        video.width, video.height, video.pix_fmt = 640, 360, "yuv420p"
        coding = f"{codec[3:]}-params"
        video.options = {
            "preset": "ultrafast", coding: f"keyint={apart}:min-keyint={apart}:scenecut=0:bframes=0:log-level=none"
        }  # fmt: skip
        for number, frame in enumerate(source.decode(video=0)):
            if number == seconds * FPS:
                break
            frame.pict_type = av.video.frame.PictureType.NONE
            film.mux(video.encode(frame))
        film.mux(video.encode(None))
    return path


@pytest.mark.slow
def test_whole_pictures_that_come_seldom_are_said_and_recorded_and_seen_meanwhile(
    config: Configure, started: Start, clip: Path, tmp_path: Path
) -> None:
    film = coded_anew(clip, tmp_path / "seldom.mp4", "libx264", seconds=14, apart=8 * FPS)
    with network_cameras(film) as start:
        address, _ = start("silent")
        check = camera_check(look_at_camera(CameraSettings(source=address, sound=False), seconds=1.0), "Room camera")
        assert check.title == "The camera sends a whole picture only every few seconds"
        assert "key-frame interval" in check.remedy and check.picture.startswith(b"\xff\xd8")
        address, _ = start("silent")
        told = config(source=address, sound=False)
        client = started(told)
        until(lambda: client.status().seconds >= 3)
        asked = time.monotonic_ns()
        seen = until(
            lambda: (p := client.preview()) and p.monotonic_ns > asked and p, seconds=3
        )  # not at the next whole one
        assert seen.rgb
        until(lambda: any(note.code == "seldom" for note in client.status().health))
        client.stop()
    with open_recording(told.folder, KEY) as recording:
        for ms in (0, 2500, 4900):  # from the very first picture on, though the next whole one was eight seconds away
            shown = recording.frames.frame_at(ms)
            assert read_frame_number(shown.rgb) == round(shown.pts_ms * FPS / 1000)


@pytest.mark.slow
def test_a_camera_set_to_another_size_goes_on_in_a_new_segment(config: Configure, started: Start, serve: Serve) -> None:
    address, _ = serve("changing")
    told = config(source=address, sound=False)
    client = started(told)
    lost = until(lambda: (s := client.status()).source_lost and s)
    assert "another size" in lost.message and lost.advice
    until(lambda: (s := client.status()).segment == 2 and s.state == "recording" and s.frames > lost.frames + 15)
    final = client.stop()
    assert len(final.gaps) == 1 and final.gaps[0].seconds < 5
    with open_recording(told.folder, KEY) as recording:
        assert [(i.opening.width, i.opening.height) for i in recording.indexes] == [(320, 180), (640, 360)]
        shapes = [recording.frames.frame_at(i.opening.offset_ms + 200).rgb.shape for i in recording.indexes]
        assert shapes == [(180, 320, 3), (360, 640, 3)] and recording.warnings == []


@pytest.mark.slow
def test_a_camera_that_ends_and_comes_back_coding_otherwise_goes_on_in_a_new_segment(
    config: Configure, started: Start, clip: Path, tmp_path: Path
) -> None:
    short = coded_anew(clip, tmp_path / "short.mp4", "libx264", seconds=3)
    other = coded_anew(clip, tmp_path / "other.mp4", "libx265", seconds=10)
    with network_cameras(short) as start, network_cameras(other) as start_other:
        address, server = start("silent")
        told = config(source=address, sound=False)
        client = started(told)
        lost = until(lambda: (s := client.status()).source_lost and s)  # the film is over: the server says goodbye
        assert lost.seconds > 1.5 and lost.message
        server.kill()
        server.wait()
        start_other("hevc", "", address.split(":")[2].split("/")[0])
        until(lambda: (s := client.status()).state == "recording" and s.frames > lost.frames + 45)
        client.stop()
    with open_recording(told.folder, KEY) as recording:
        last = recording.indexes[-1]
        shown = recording.frames.frame_at(last.opening.offset_ms + 500)
        first = read_frame_number(recording.frames.frame_at(last.opening.offset_ms).rgb)
        assert last.segment > 1 and read_frame_number(shown.rgb) - first == 15 and recording.warnings == []


@pytest.mark.slow
def test_a_camera_that_sends_only_sound_says_so(clip: Path, serve: Serve) -> None:
    address, _ = serve("only-sound")
    look = look_at_camera(CameraSettings(source=address))
    assert look.fault is not None and "sends no picture" in str(look.fault) and look.fault.advice


def test_an_address_where_nobody_listens_is_said_in_words() -> None:
    with pytest.raises(CameraMissing, match="network camera does not answer") as told:
        RtspSource("rtsp://admin:hunter2@127.0.0.1:9/none").open()
    assert "hunter2" not in str(told.value) and told.value.__cause__ is None
