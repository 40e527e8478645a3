# SPDX-License-Identifier: GPL-3.0-or-later
"""A microphone of a real sound server, chosen by its name: heard, pulled out, put in again, while a recording runs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from observer_app.capture.config import RecorderConfig
from observer_app.media.opened import open_recording
from tests.servers.sound_server import RATE, PluggedMicrophone, microphone
from tests.unit.capture.conftest import KEY
from tests.waiting import until

Configure = Callable[..., RecorderConfig]
Ask = Callable[[], dict[str, Any]]


@contextmanager
def hearing(config: RecorderConfig, clip: Path, mic: PluggedMicrophone, folder: Path) -> Iterator[Ask]:
    """A recorder in a process of its own; what it says when it is asked."""
    told = folder / "told.json"
    told.write_text(config.to_json())
    command = [sys.executable, "-m", "tests.unit.capture.hearing_recorder", str(told), str(clip)]
    process = subprocess.Popen(command, env=mic.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None

    def ask() -> dict[str, Any]:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write("\n")
        process.stdin.flush()
        found: dict[str, Any] = json.loads(process.stdout.readline())
        return found

    try:
        yield ask
    finally:
        process.stdin.close()
        ended = process.wait(20)
        process.stdout.close()
    assert ended == 0, "it has not ended well"


def silent(status: dict[str, Any]) -> bool:
    return "silent" in [note["code"] for note in status["health"]]


@pytest.mark.slow
def test_a_microphone_is_heard_missed_within_five_seconds_and_heard_again(
    config: Configure, clip: Path, tmp_path: Path
) -> None:
    told = config(microphone=PluggedMicrophone.name)
    with microphone(tmp_path) as mic, hearing(told, clip, mic, tmp_path) as ask:
        until(lambda: ask()["seconds"] > 1, "the recording, without it")
        mic.plug(440)
        until(lambda: PluggedMicrophone.name in ask()["there"], "its name")
        heard = until(lambda: (s := ask())["level"] > 0.1 and s, "its sound")
        until(lambda: (s := ask())["seconds"] > heard["seconds"] + 3 and not silent(s), "three seconds of it")
        mic.pull()
        pulled, before = time.monotonic(), ask()["seconds"]
        until(lambda: silent(ask()), "the alarm")
        said = time.monotonic() - pulled
        until(lambda: ask()["seconds"] > before + 7, "it was looked for in vain")
        mic.plug(660)
        back = until(lambda: (s := ask())["level"] > 0.1 and not silent(s) and s, "its sound again")
        until(lambda: ask()["seconds"] > back["seconds"] + 3, "three seconds of it")
        gaps = ask()["gaps"]
    print(f"said after {said:.1f} s")
    assert said < 5
    assert [gap["what"] for gap in gaps if gap["from_monotonic_ns"] > 0][-1] == "sound"
    with open_recording(told.folder, KEY) as recording:
        assert len(recording.indexes) == 1 and recording.warnings == []
        with av.open(recording.open_stream(1)) as film:
            sound = np.concatenate([f.to_ndarray().reshape(-1) for f in film.decode(audio=0)])  # one unbroken line
    assert tone(sound, heard["seconds"] + 1) == tone(sound, before - 1) == 440
    assert tone(sound, before + said) == 0 and tone(sound, back["seconds"] + 1) == 660
    places = np.arange(0, len(sound) / RATE - 0.5, 0.25)
    assert PluggedMicrophone.OTHER_HZ not in {tone(sound, place) for place in places}, "the other one was recorded"


def tone(sound: Any, second: float) -> int:
    """The pitch (Hz, to the nearest ten) of the half second from a moment on, 0 where it is silent."""
    part = sound[round(second * RATE) : round((second + 0.5) * RATE)]
    if np.abs(part).max() < 0.02:
        return 0
    return int(round(np.abs(np.fft.rfft(part * np.hanning(len(part)))).argmax() * 2, -1))
