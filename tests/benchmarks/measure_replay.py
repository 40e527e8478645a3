# SPDX-License-Identifier: GPL-3.0-or-later
"""A click on a rating to its very frame painted, and opening, in sealed 30-minute recordings, in the real window.

Two recordings of the same kind of film (3 to 5 Mbit/s, as the recorder makes of a noisy room), one with pictures at a
constant rate and one with pictures 20 to 80 ms apart. The window is the program's own on a screen of its own; a jump
ends with the paint that draws the frame, and the number is read from the pixels painted. What the right frame is, is
told by FFmpeg's own list of the unencrypted copy's times.

`jump_ms_p95` is what a person meets who clicks a rating: the window fetches the pictures of the marks while nobody
waits, and `jump_ready_share` says how many stood ready. `jump_cold_ms_p95` is a click somewhere on the timeline, where
nothing could be fetched before; `jump_exact_share` is of both.

Beside them PyAV alone on the unencrypted copy: seek, decode up to the frame, colours; and open, first frame, colours.
`OBSERVER_BENCH_SECONDS` shortens the recordings; the times then say less (n is jumps, or openings).
"""

from __future__ import annotations

import bisect
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.benchmarks.films import copied_recording, noisy_clip, picture_times, plain_copy
from tests.benchmarks.registry import Figure, benchmark
from tests.benchmarks.screen import screen

KEY = bytes(range(32))
RECORDING = "ab" * 16
CLIP_S = 40
NOISE = 3.7
JUMPS = 200
OPENINGS = 5


def length_s() -> int:
    return int(os.environ.get("OBSERVER_BENCH_SECONDS", "1800"))


@benchmark("jump_exact_share", "jump_ms_p95", "jump_ready_share", "jump_cold_ms_p95", "open_30min_s")
def replay() -> list[Figure]:
    place = Path(tempfile.mkdtemp(prefix="observer-bench-"))
    try:
        measured = [_measure(place / kind, kind == "variable") for kind in ("constant", "variable")]
    finally:
        shutil.rmtree(place)
    return [*_jump_figures(measured), _open_figure(measured)]


@dataclass(frozen=True)
class Measured:
    """What one recording gave: the clicks (`right` added to each line), and in seconds the openings and both bare."""

    rated: list[dict[str, Any]]
    anywhere: list[dict[str, Any]]
    bare_jumps: list[float]
    opens: list[float]
    bare_opens: list[float]


def _p95_ms(seconds: list[float]) -> float:
    return float(np.percentile(seconds, 95)) * 1000


def _jump_figures(measured: list[Measured]) -> list[Figure]:
    rated = [line for one in measured for line in one.rated]
    anywhere = [line for one in measured for line in one.anywhere]
    exact = [line["right"] for line in rated + anywhere]
    ready = [line["ready"] for line in rated]
    bare = _p95_ms([s for one in measured for s in one.bare_jumps])
    return [
        Figure("jump_exact_share", sum(exact) / len(exact), "share", n=len(exact), aim=1.0, aim_is="at least"),
        Figure("jump_ms_p95", _p95_ms([line["s"] for line in rated]), "ms", n=len(rated), baseline=bare, aim=35.0),
        Figure("jump_ready_share", sum(ready) / len(ready), "share", n=len(ready)),
        Figure("jump_cold_ms_p95", _p95_ms([line["s"] for line in anywhere]), "ms", n=len(anywhere), baseline=bare),
    ]


def _open_figure(measured: list[Measured]) -> Figure:
    worst = max(statistics.median(one.opens) for one in measured)
    bare = max(statistics.median(one.bare_opens) for one in measured)
    return Figure("open_30min_s", worst, "s", n=sum(len(one.opens) for one in measured), baseline=bare, aim=0.3)


def _measure(place: Path, variable: bool) -> Measured:
    place.mkdir()
    clip = noisy_clip(place / "clip.mp4", CLIP_S, variable=variable, noise=NOISE)
    folder = place / RECORDING
    copied_recording(clip, folder, KEY, RECORDING, length_s())
    plain = _plain(folder, place / "plain.mkv")
    times = picture_times(plain)
    dice = random.Random(5)
    rated, anywhere = (dice.choices(range(times[-1]), k=JUMPS) for _ in range(2))
    shown = [_in_the_window(folder, *((rated, anywhere) if number == 0 else ([], []))) for number in range(OPENINGS)]
    clicks = [{**line, "right": line["number"] == _number(times, line["at"])} for line in shown[0][1:]]
    bare_opens = [_timed(lambda: _bare_open(plain)) for _ in range(OPENINGS)]
    opens = [lines[0]["s"] for lines in shown]
    return Measured(clicks[:JUMPS], clicks[JUMPS:], _bare_jumps(plain, anywhere), opens, bare_opens)


def _number(times: list[int], at_ms: int) -> int:
    """Which number the frame shown at a moment bears."""
    return (bisect.bisect_right(times, at_ms) - 1) % (CLIP_S * 30)


def _plain(folder: Path, path: Path) -> Path:
    from observer_app.media.opened import open_recording

    with open_recording(folder, KEY) as recording:
        return plain_copy(recording.open_stream(1), path)


def _in_the_window(folder: Path, rated: list[int], anywhere: list[int]) -> list[dict[str, Any]]:
    """What `jumping_window` says: a line for the opening and one for each click."""
    with screen() as place:
        process = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.jumping_window", str(folder), KEY.hex(), RECORDING],
            input=json.dumps({"rated": rated, "anywhere": anywhere}) + "\n",
            stdout=subprocess.PIPE, text=True, check=True,
            env={**os.environ, "DISPLAY": place.name, "QT_QPA_PLATFORM": "xcb", "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
    return [json.loads(line) for line in process.stdout.splitlines() if line.startswith("{")]


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _bare_open(path: Path) -> None:
    with av.open(str(path)) as source:
        next(source.decode(video=0)).to_ndarray(format="rgb24")


def _bare_jumps(path: Path, moments: list[int]) -> list[float]:
    """PyAV alone on the unencrypted copy: seek, decode up to the frame, colours. Nothing is painted."""
    taken = []
    with av.open(str(path)) as source:
        video = source.streams.video[0]
        video.thread_type = "SLICE"
        for at in moments:
            began = time.perf_counter()
            source.seek(at, stream=video, backward=True)
            held: Any = None
            for frame in source.decode(video):
                if (frame.pts or 0) > at:
                    break
                held = frame
            held.to_ndarray(format="rgb24")
            taken.append(time.perf_counter() - began)
    return taken
