# SPDX-License-Identifier: GPL-3.0-or-later
"""A real sound server of a test's own (Debian's PulseAudio) with one loudspeaker, and what comes out of that."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.waiting import until

__all__ = ["RATE", "Loudspeaker", "loudspeaker"]

RATE = 48_000


class Loudspeaker:
    """`environment` brings a program to it; `heard` is everything that came out of it until now."""

    def __init__(self, environment: dict[str, str], taken: Path) -> None:
        self.environment = environment
        self._taken = taken

    def heard(self) -> NDArray[np.float32]:
        """Samples of one channel, -1 to 1, `RATE` a second, without what nobody played."""
        return np.frombuffer(self._taken.read_bytes()[: self._taken.stat().st_size // 4 * 4], np.float32)


@contextmanager
def loudspeaker(folder: Path) -> Iterator[Loudspeaker]:
    """For as long as the block lasts. Skips the test where the server is not installed."""
    socket, taken, run = folder / "sound", folder / "heard.raw", folder / "run"
    run.mkdir(mode=0o700)
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(run), "PULSE_SERVER": f"unix:{socket}"}
    form = [f"--rate={RATE}", "--channels=1", "--format=float32le"]
    command = [
        "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
        "-L", f"module-native-protocol-unix socket={socket} auth-anonymous=1",
        "-L", f"module-null-sink sink_name=room rate={RATE} channels=1 format=float32le",
    ]  # fmt: skip
    running: list[subprocess.Popen[bytes]] = []
    try:
        running.append(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL))
    except FileNotFoundError:
        pytest.skip("Debian's pulseaudio is not installed (see README)")
    try:
        until(socket.exists, "the sound server")
        with taken.open("wb") as out:
            listening = ["parec", "-d", "room.monitor", "--raw", *form, "--latency-msec=20"]
            running.append(subprocess.Popen(listening, env=environment, stdout=out, stderr=subprocess.DEVNULL))
            asked = ["pactl", "list", "short", "source-outputs"]
            until(lambda: subprocess.run(asked, env=environment, capture_output=True, check=False).stdout, "an ear")
        yield Loudspeaker(environment, taken)
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait()
