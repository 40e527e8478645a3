# SPDX-License-Identifier: GPL-3.0-or-later
"""A click on a rating to its very frame painted, and opening, in sealed 30-minute recordings, in the real window.

Two recordings of the same kind of film (3 to 5 Mbit/s, as the recorder makes of a noisy room), one with pictures at a
constant rate and one with pictures 20 to 80 ms apart. The window is the program's own on a screen of its own; a jump
ends with the paint that draws the frame, and the number is read from the pixels painted. No frame was decoded before
its click. What the right frame is, is told by FFmpeg's own list of the unencrypted copy's times.

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


@benchmark("jump_exact_share", "jump_ms_p95", "open_30min_s")
def replay() -> list[Figure]:
    place = Path(tempfile.mkdtemp(prefix="observer-bench-"))
    try:
        measured = [_measure(place / kind, kind == "variable") for kind in ("constant", "variable")]
    finally:
        shutil.rmtree(place)
    exact = [right for one in measured for right in one[0]]
    jumps, bare_jumps, opens = ([t for one in measured for t in one[i]] for i in (1, 2, 3))
    p95, bare_p95 = (float(np.percentile(t, 95)) * 1000 for t in (jumps, bare_jumps))
    share = sum(exact) / len(exact)
    worst = max(statistics.median(one[3]) for one in measured)
    bare = max(statistics.median(one[4]) for one in measured)
    return [
        Figure("jump_exact_share", share, "share", n=len(exact), aim=1.0, aim_is="at least"),
        Figure("jump_ms_p95", p95, "ms", n=len(jumps), baseline=bare_p95, aim=35.0),
        Figure("open_30min_s", worst, "s", n=len(opens), baseline=bare, aim=0.3),
    ]


Measured = tuple[list[bool], list[float], list[float], list[float], list[float]]


def _measure(place: Path, variable: bool) -> Measured:
    """(right or not, jump s, bare jump s, opening s, bare opening s) of one recording."""
    place.mkdir()
    clip = noisy_clip(place / "clip.mp4", CLIP_S, variable=variable, noise=NOISE)
    numbers = CLIP_S * 30
    folder = place / RECORDING
    copied_recording(clip, folder, KEY, RECORDING, length_s())
    plain = _plain(folder, place / "plain.mkv")
    times = picture_times(plain)
    moments = random.Random(5).choices(range(times[-1]), k=JUMPS)
    shown = [_in_the_window(folder, moments if number == 0 else []) for number in range(OPENINGS)]
    opens = [lines[0]["s"] for lines in shown]
    jumps = shown[0][1:]
    wanted = [(bisect.bisect_right(times, at) - 1) % numbers for at in moments]
    exact = [line["number"] == number for line, number in zip(jumps, wanted, strict=True)]
    bare_opens = [_timed(lambda: _bare_open(plain)) for _ in range(OPENINGS)]
    return exact, [line["s"] for line in jumps], _bare_jumps(plain, moments), opens, bare_opens


def _plain(folder: Path, path: Path) -> Path:
    from observer_app.media.opened import open_recording

    with open_recording(folder, KEY) as recording:
        return plain_copy(recording.open_stream(1), path)


def _in_the_window(folder: Path, moments: list[int]) -> list[dict[str, Any]]:
    """What `jumping_window` says: a line for the opening and one for each jump."""
    with screen() as place:
        process = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.jumping_window", str(folder), KEY.hex(), RECORDING],
            input=json.dumps(moments) + "\n", stdout=subprocess.PIPE, text=True, check=True,
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
