# SPDX-License-Identifier: GPL-3.0-or-later
"""A real sound server of a test's own (Debian's PulseAudio): a loudspeaker one can listen to, a microphone one can pull
out."""

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

__all__ = ["RATE", "Loudspeaker", "PluggedMicrophone", "loudspeaker", "microphone"]

RATE = 48_000
_FORM = ["--raw", f"--rate={RATE}", "--channels=1", "--format=float32le"]
_DEVICE = [f"rate={RATE}", "channels=1", "format=float32le"]


class _Server:
    """`environment` brings a program to it."""

    def __init__(self, folder: Path) -> None:
        socket, run = folder / "sound", folder / "run"
        run.mkdir(mode=0o700)
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": str(run), "PULSE_SERVER": f"unix:{socket}"}
        self._running: list[subprocess.Popen[bytes]] = []
        native = f"module-native-protocol-unix socket={socket} auth-anonymous=1"
        try:
            self.start("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-L", native)
        except FileNotFoundError:
            pytest.skip("Debian's pulseaudio is not installed (see README)")
        until(lambda: socket.exists() and self.ask("info"), "the sound server")

    def start(self, *command: str, out: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        self._running.append(
            subprocess.Popen(command, env=self.environment, stdout=out, stderr=subprocess.DEVNULL)
        )  # fmt: skip
        return self._running[-1]

    def ask(self, *words: str) -> str:
        done = subprocess.run(["pactl", *words], env=self.environment, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def stop(self) -> None:
        for process in reversed(self._running):
            process.terminate()
            process.wait()


class Loudspeaker:
    """`environment` brings a program to it; `heard` is everything that came out of it until now."""

    def __init__(self, environment: dict[str, str], taken: Path) -> None:
        self.environment = environment
        self._taken = taken

    def heard(self) -> NDArray[np.float32]:
        """Samples of one channel, -1 to 1, `RATE` a second."""
        return np.frombuffer(self._taken.read_bytes()[: self._taken.stat().st_size // 4 * 4], np.float32)


@contextmanager
def loudspeaker(folder: Path) -> Iterator[Loudspeaker]:
    """For as long as the block lasts. Skips the test where the server is not installed."""
    server, taken = _Server(folder), folder / "heard.raw"
    try:
        server.ask("load-module", "module-null-sink", "sink_name=room", *_DEVICE)
        with taken.open("wb") as out:
            server.start("parec", "-d", "room.monitor", *_FORM, "--latency-msec=20", out=out.fileno())
            until(lambda: server.ask("list", "short", "source-outputs"), "an ear")
        yield Loudspeaker(server.environment, taken)
    finally:
        server.stop()


class PluggedMicrophone:
    """A microphone that hears one tone for as long as it is plugged in. Another one, which is the server's own choice,
    is always there and hears a tone of `OTHER_HZ`."""

    OTHER_HZ = 880
    name = "Room-microphone"

    def __init__(self, server: _Server, folder: Path) -> None:
        self.environment = server.environment
        self._server, self._folder = server, folder
        self._modules: list[str] = []
        self._put_in("elsewhere", "other", "Other-microphone", self.OTHER_HZ)
        server.ask("set-default-source", "other")

    def plug(self, hertz: int) -> None:
        """In it goes; what it hears is a tone of so many Hz."""
        self._modules = self._put_in("air", "mic", self.name, hertz)

    def _put_in(self, sink: str, source: str, name: str, hertz: int) -> list[str]:
        wanted = (
            ["module-null-sink", f"sink_name={sink}", *_DEVICE],
            ["module-remap-source", f"master={sink}.monitor", f"source_name={source}"],
        )
        about = f"source_properties=device.description={name}"
        modules = [self._server.ask("load-module", *wanted[0]), self._server.ask("load-module", *wanted[1], about)]
        tone = self._folder / f"{hertz}.raw"
        (0.4 * np.sin(2 * np.pi * hertz * np.arange(RATE * 60) / RATE)).astype(np.float32).tofile(tone)
        self._server.start("pacat", "-d", sink, *_FORM, "--latency-msec=20", str(tone))
        return modules

    def pull(self) -> None:
        """Out it comes: the server moves whoever listens to it on to the other one."""
        while self._modules:
            self._server.ask("unload-module", self._modules.pop())


@contextmanager
def microphone(folder: Path) -> Iterator[PluggedMicrophone]:
    """For as long as the block lasts, not plugged in yet. Skips the test where the server is not installed."""
    server = _Server(folder)
    try:
        yield PluggedMicrophone(server, folder)
    finally:
        server.stop()
