# SPDX-License-Identifier: GPL-3.0-or-later
"""A network camera killed and frozen in the middle of an interview: the real programs, a real screen, real keys.

The window says it within five seconds, ratings go on being saved, and once the camera answers again the recording goes
on by itself in a new segment, with what was missed as a gap on record.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from observer_app.capture.drawing import read_frame_number
from observer_app.capture.made_clip import make_clip
from observer_app.domain.events import Kind
from observer_app.workflows.recording import CameraSettings
from tests.pages.room import Room
from tests.pages.sample_machine import ASSESSOR
from tests.pages.window_process import Seen, WindowProcess
from tests.servers.network_cameras import network_cameras
from tests.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="the screen of its own and its keyboard are X's"),
]

FPS, MOST_S = 30, 5.0


def said_within(window: WindowProcess, since: float) -> float:
    """Seconds until words about the camera stand on the screen."""
    window.until(alarmed, "the alarm")
    return time.monotonic() - since


def alarmed(seen: Seen) -> bool:
    lost = bool(seen["live"]) and seen["live"]["recording"] == "lost"
    return lost and any("network camera" in text for text in seen["texts"])


def rate(window: WindowProcess, value: int) -> None:
    row = str(window.live()["current"])
    window.press(str(value)).live(lambda live: live["rows"].get(row) == [value, "saved"], "a rating without a camera")


def goes_on(window: WindowProcess, room: Room, segment: int) -> None:
    window.live(lambda live: live["recording"] == "recording", "the recording again")
    until(lambda: (s := room.recorder().status()).segment == segment and s.state == "recording", "a new segment")
    begun = room.recorder().status().frames
    until(lambda: room.recorder().status().frames > begun + FPS, "a second of film")


def test_killed_then_frozen_it_is_said_and_taken_up_again(room: Room, tmp_path: Path) -> None:
    talk = make_clip(tmp_path / "talk.mp4", 90, fps=FPS, size=(640, 360))
    with network_cameras(talk) as serve:
        address, server = serve("aac")
        port = address.split(":")[2].split("/")[0]
        room.machine.camera(CameraSettings(address))
        window = room.open().sign_in(ASSESSOR).into_the_simulation()
        until(lambda: room.recorder().status().seconds > 1.5, "a second of film")

        server.kill()
        killed = said_within(window, time.monotonic())
        rate(window, 5)
        _, server = serve("aac", "", port)
        goes_on(window, room, 2)

        os.kill(server.pid, signal.SIGSTOP)
        frozen = said_within(window, time.monotonic())
        rate(window, 3)
        os.kill(server.pid, signal.SIGCONT)
        goes_on(window, room, 3)

        recorder = room.recorder()
        observation = window.live()["observation"]
        recorder.stop()
        window.kill()
    print(f"said after {killed:.1f} s (killed) and {frozen:.1f} s (frozen)")
    assert killed < MOST_S and frozen < MOST_S
    film, events = room.film(observation)
    with closing(film):
        assert [index.segment for index in film.indexes] == [1, 2, 3] and film.warnings == []
        assert len(film.timeline.gaps) == 2
        for index in film.indexes:  # each from a whole picture on, its pictures one after the other
            times = [index.opening.offset_ms + at_ms for at_ms in index.frames_ms[:20]]
            numbers = [read_frame_number(film.frames.frame_at(at).rgb) for at in times]
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    over = [e.body for e in events if e.kind == Kind.RECORDING_GAP and e.body["to_us"]]
    assert len(over) == 2 and all("network camera" in body["cause"] for body in over)
    assert [e.body["value"] for e in events if e.kind == Kind.RATED] == [5, 3]
