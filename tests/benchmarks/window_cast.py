# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample machine and the real window on it, in a process of its own on a screen of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import av
import numpy as np

from observer_app.bootstrap import sample_day
from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.sample_people import PEOPLE
from observer_app.trust.passphrase import STANDARD_COST
from tests.benchmarks.screen import Screen

__all__ = ["ASSESSOR", "Line", "Window", "noisy_clip", "sample_machine", "settle", "watched"]

ASSESSOR = PEOPLE[0]
Line = dict[str, Any]
_PATIENCE_S = 60.0


def sample_machine(folder: Path, *, noisy: bool = False) -> Path:
    """A machine with the sample day, its passphrases as costly as real ones; with `noisy` a hard film as its camera."""
    if noisy:
        noisy_clip(folder / "sample-room.mp4")  # found there, it is taken for the room's camera
    cheap, sample_day.CHEAP_COST = sample_day.CHEAP_COST, STANDARD_COST
    try:
        sample_day.ensure_sample_day(folder, MachineClock(), datetime.now())
    finally:
        sample_day.CHEAP_COST = cheap
    return folder


def noisy_clip(path: Path, seconds: int = 6, fps: int = 30) -> Path:
    """1280 x 720 as a cheap camera gives it in poor light: moving, every pixel noisy, each picture JPEG coded."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dice, across = np.random.default_rng(4), np.linspace(40, 200, 1280)[None, :]
    with av.open(str(path), "w", format="matroska") as film:
        picture = film.add_stream("mjpeg", rate=fps, options={"q:v": "6"})
        picture.width, picture.height, picture.pix_fmt = 1280, 720, "yuvj420p"
        sound = film.add_stream("pcm_s16le", rate=48_000, layout="mono")
        for number in range(seconds * fps):
            ground = np.roll(np.repeat(across, 720, axis=0), number * 9, axis=1)
            grey = np.clip(ground + dice.normal(0, 12, (720, 1280)), 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.stack([grey, grey, grey], axis=2), format="rgb24")
            film.mux(picture.encode(frame.reformat(format="yuvj420p")))
            noise = dice.normal(0, 3000, (1, 48_000 // fps)).astype(np.int16)
            heard = av.AudioFrame.from_ndarray(noise, format="s16", layout="mono")
            heard.sample_rate, heard.pts = 48_000, number * (48_000 // fps)
            film.mux(sound.encode(heard))
        film.mux(picture.encode(None))
        film.mux(sound.encode(None))
    return path


class Window:
    """The process of a window and what it has said so far."""

    def __init__(self, vault: Path, screen: Screen, *options: str) -> None:
        self.screen, self.lines = screen, list[Line]()
        self._news = threading.Condition()
        settings = vault.parent / "settings"
        self.began_ns = time.monotonic_ns()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.watched_window", *options, "--", "--vault", str(vault)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "DISPLAY": screen.name, "QT_QPA_PLATFORM": "xcb", "XDG_CONFIG_HOME": str(settings),
                 "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.lines.append(json.loads(line))
                self._news.notify_all()

    def wait(self, so: Callable[[Line], bool], after: int = 0, seconds: float = _PATIENCE_S) -> int:
        """Waits for a line of which `so` is true among those from place `after` on; its place."""
        end = time.monotonic() + seconds
        with self._news:
            while True:
                for place in range(after, len(self.lines)):
                    if so(self.lines[place]):
                        return place
                after = max(after, len(self.lines))
                left = end - time.monotonic()
                if left <= 0 or self.process.poll() is not None:
                    raise RuntimeError(f"the window never came to it; last: {self.lines[-3:]}")
                self._news.wait(min(left, 1.0))

    def painted(self, page: str, after: int = 0) -> int:
        """Waits for the first paint of a page; the place of that line."""
        return self.wait(lambda line: line["what"] == "painted" and line["page"] == page, after)

    def sign_in(self, every_s: float = 0.01) -> tuple[int, int]:
        """From the sign-in page to Today by keys: (ns of the Return key, ns of Today's first paint)."""
        self.painted("sign-in")
        self.screen.give_keyboard()
        self.screen.type(ASSESSOR.passphrase, every_s)
        pressed = self.screen.press("Return")
        return pressed, int(self.lines[self.painted("today")]["ns"])

    def to_interview(self) -> Self:
        """From Today to a running, recorded interview."""
        for page in ("today", "live"):
            self.wait(lambda line, page=page: line["what"] == "page" and line["page"] == page)  # type: ignore[misc]
            settle(1.0)
            self.screen.press("Return")
        settle(0.5)
        self.screen.press("Return")
        settle(0.5)
        assert self.process.stdin is not None
        self.process.stdin.write(b"next\n")
        self.process.stdin.flush()
        settle(0.5)
        self.screen.press("Return")
        self.wait(lambda line: line["what"] == "recording")
        settle(1.0)
        return self

    def still_recording(self) -> None:
        """Raises when the film did not go on to the end: then something else was measured."""
        last = [line for line in self.lines if line["what"] == "recording"][-1]
        if time.monotonic_ns() - last["ns"] > 5_000_000_000:
            raise RuntimeError("the recording stopped")

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


def settle(seconds: float) -> None:
    """The time between two keys, or two writes: it is what is measured under, not a wait for something."""
    time.sleep(seconds)


@contextmanager
def watched(vault: Path, screen: Screen, *options: str) -> Iterator[Window]:
    """A window for as long as the block lasts."""
    window = Window(vault, screen, *options)
    try:
        yield window
    finally:
        window.close()
