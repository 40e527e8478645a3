# SPDX-License-Identifier: GPL-3.0-or-later
"""A click on a rating to its very frame painted, and opening, in sealed 30-minute recordings.

Two recordings of the same kind of film, one with pictures at a constant rate and one with pictures 20 to 80 ms apart.
What the right frame is, is told by FFmpeg's own list of the unencrypted copy's times and the number drawn in the frame.
`OBSERVER_BENCH_SECONDS` shortens the recordings; the times then say less (n is jumps, or openings).
"""

from __future__ import annotations

import bisect
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np

from observer_app.capture.drawing import read_frame_number
from observer_app.media.opened import open_recording
from tests.benchmarks.films import copied_recording, noisy_clip, picture_times, plain_copy
from tests.benchmarks.registry import Figure, benchmark

KEY = bytes(range(32))
RECORDING = "ab" * 16
CLIP_S = 40
JUMPS = 200
OPENINGS = 7


def length_s() -> int:
    return int(os.environ.get("OBSERVER_BENCH_SECONDS", "1800"))


@benchmark("jump_exact_share", "jump_ms_p95", "open_30min_s")
def replay() -> list[Figure]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
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
    clip = noisy_clip(place / "clip.mp4", CLIP_S, variable=variable)
    numbers = CLIP_S * 30
    folder = place / RECORDING
    copied_recording(clip, folder, KEY, RECORDING, length_s())
    opens = [_timed(lambda: _open(folder)) for _ in range(OPENINGS)]
    with open_recording(folder, KEY) as recording:
        plain = plain_copy(recording.open_stream(1), place / "plain.mkv")
        times = picture_times(plain)
        moments = random.Random(5).choices(range(times[-1]), k=JUMPS)
        paint = _painter()
        exact, taken = [], []
        for at in moments:
            began = time.perf_counter()
            _, width, height, rgb = recording.frame(at)
            paint(width, height, rgb)
            taken.append(time.perf_counter() - began)
            shown = np.frombuffer(rgb, np.uint8).reshape(height, width, 3)
            right = (bisect.bisect_right(times, at) - 1) % numbers
            exact.append(read_frame_number(shown) == right)
    bare_opens = [_timed(lambda: _bare_open(plain)) for _ in range(OPENINGS)]
    return exact, taken, _bare_jumps(plain, moments, paint), opens, bare_opens


def _painter() -> Callable[[int, int, bytes], None]:
    """Paints a frame in the window's own picture; returns once it is painted."""
    from PySide6.QtWidgets import QApplication

    from observer_app.ui.player_frames import image_of
    from observer_app.ui.player_picture import Picture

    application: Any = QApplication.instance() or QApplication([])
    picture = Picture()
    picture.resize(816, 459)
    picture.show()
    application.processEvents()

    def paint(width: int, height: int, rgb: bytes) -> None:
        picture.render_picture(image_of(width, height, rgb), 0)
        picture.repaint()

    return paint


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _open(folder: Path) -> None:
    with open_recording(folder, KEY) as recording:
        recording.frame(0)


def _bare_open(path: Path) -> None:
    with av.open(str(path)) as source:
        next(source.decode(video=0)).to_ndarray(format="rgb24")


def _bare_jumps(path: Path, moments: list[int], paint: Callable[[int, int, bytes], None]) -> list[float]:
    """PyAV alone on the unencrypted copy: seek, decode up to the frame, paint."""
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
            rgb = held.to_ndarray(format="rgb24").tobytes()
            paint(held.width, held.height, rgb)
            taken.append(time.perf_counter() - began)
    return taken
