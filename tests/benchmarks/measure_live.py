# SPDX-License-Identifier: GPL-3.0-or-later
"""A rating from its key to its painted tick, and how true a key's time is, in the real window with a camera recording.

Keys are real X events. A rating's time runs from the X server's time of its key to the end of the paint that draws the
tick, which is after the disk's answer; beside it the bare fdatasync of the same bytes while the same recording runs.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from observer_app.domain.events import Kind
from observer_app.domain.moment import Moment
from observer_app.vault.person import PersonVault
from tests.benchmarks.registry import Figure, benchmark
from tests.benchmarks.screen import screen
from tests.benchmarks.window_cast import Line, Window, sample_machine, settle, watched

KEYS, STALLED_KEYS, STALL_MS = 520, 40, 300
_AIM_MS, _STAMP_AIM_MS = 16.7, 20.0


@dataclass(frozen=True)
class Pressed:
    """A rating key: its true time, and the place in the window's lines where it was pressed."""

    value: int
    ns: int
    after: int


@contextmanager
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="observer-bench-"))
    try:
        yield made
    finally:
        shutil.rmtree(made)


def rate(window: Window, count: int, pause: tuple[float, float]) -> list[Pressed]:
    """Presses rating keys at uneven intervals, now and then going to another row; no value twice running in a row."""
    dice, pressed, value = random.Random(11), list[Pressed](), 0
    for number in range(count):
        if number % 6 == 5:
            window.screen.press("Down" if number // 18 % 2 == 0 else "Up")
            settle(dice.uniform(*pause))
        value = dice.choice([v for v in (2, 3, 4, 5, 6) if v != value])
        after = len(window.lines)
        key = Pressed(value, window.screen.press(str(value)), after)
        pressed.append(key)
        ticked_ms(window, key)  # a tick overtaken by the next rating would never be seen
        settle(dice.uniform(*pause))
    return pressed


def handled(window: Window, key: Pressed) -> tuple[Line, Line]:
    """(the key as the window saw it, the rating it became)."""
    place = window.wait(lambda line: line["what"] == "key" and line["text"] == str(key.value), key.after, 5)
    rated = window.wait(lambda line: line["what"] == "rated" and line["value"] == key.value, place, 5)
    return window.lines[place], window.lines[rated]


def ticked_ms(window: Window, key: Pressed) -> float:
    """From the X time of the key (whole ms, rounded down) to the end of the paint with its tick."""
    seen, rated = handled(window, key)
    tick = [rated["criterion"], key.value]
    begun = window.lines.index(rated)
    place = window.wait(lambda line: line["what"] == "painted" and tick in line["ticks"], begun, 5)
    return float(window.lines[place]["ns"] / 1e6 - seen["stamp"])


def bytes_of_a_rating(where: Path) -> int:
    """How much the disk is given for one rating, taken from the growing log of a store of its own."""
    vault, log, many = PersonVault(where / "p.db", bytes(32), create=True), where / "p.db-wal", 20
    try:
        at = Moment(1, "b" * 32, 1_764_000_000_000)
        vault.append("o", Kind.OPENED, "p", at, {"sitting": "s"}).result()
        before = log.stat().st_size
        writes = [vault.append("o", Kind.RATED, "p", at, {"criterion": "c", "value": n % 7}) for n in range(many)]
        for one in writes:
            one.result()
        return max(4096, (log.stat().st_size - before) // many)
    finally:
        vault.close()


def bare_syncs_ms(where: Path, size: int, count: int) -> list[float]:
    """The bare operation: the same bytes written and fdatasynced, at an uneven pace of its own."""
    dice, taken, content = random.Random(12), list[float](), os.urandom(size)
    with (where / "bare").open("wb", buffering=0) as file:
        for _ in range(count):
            began = time.perf_counter()
            file.write(content)
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
            settle(dice.uniform(0.01, 0.03))
    return taken


def share(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


@benchmark("rating_durable_painted_ms_p50", "rating_durable_painted_ms_p99")
def rating_durable_painted() -> list[Figure]:
    with folder() as where, screen() as display:
        size = bytes_of_a_rating(where)
        with watched(sample_machine(where / "vault", noisy=True), display, "live") as window:
            window.sign_in()
            window.to_interview()
            keys = rate(window, KEYS, (0.08, 0.2))
            bare = bare_syncs_ms(where, size, KEYS)
            took = [ticked_ms(window, key) for key in keys]
            window.still_recording()
    return [
        Figure(f"rating_durable_painted_ms_p{p}", share(took, p), "ms", KEYS, share(bare, p), _AIM_MS)
        for p in (50, 99)
    ]  # fmt: skip


@benchmark("key_stamp_error_ms_max")
def key_stamp_error() -> list[Figure]:
    """The window's thread is busy 300 ms out of every 700; the handler's own time is the baseline."""
    with folder() as where, screen() as display:
        vault = sample_machine(where / "vault", noisy=True)
        with watched(vault, display, "live", str(STALL_MS)) as window:
            window.sign_in()
            window.to_interview()
            keys = rate(window, STALLED_KEYS, (0.9, 1.3))
            errors, late = [], []
            for key in keys:
                seen, rated = handled(window, key)
                errors.append(abs(rated["at_us"] / 1e3 - key.ns / 1e6))
                late.append((seen["ns"] - key.ns) / 1e6)
    if max(late) < STALL_MS / 2:
        raise RuntimeError("no key met a busy window: nothing was measured")
    return [Figure("key_stamp_error_ms_max", max(errors), "ms", STALLED_KEYS, max(late), _STAMP_AIM_MS)]
