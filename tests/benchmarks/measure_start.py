# SPDX-License-Identifier: GPL-3.0-or-later
"""From starting the process to a sign-in screen that takes a key, and from the passphrase to Today; disk warm."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from observer_app.trust.passphrase import STANDARD_COST, derive_key
from tests.benchmarks.registry import Figure, benchmark
from tests.benchmarks.screen import Screen, screen
from tests.benchmarks.window_cast import ASSESSOR, sample_machine, watched

STARTS, SIGN_INS = 9, 5
_TYPING_S = 0.1  # a quick typist; what is loaded meanwhile is loaded meanwhile
_BARE = "from PySide6.QtWidgets import QApplication, QWidget; a = QApplication([]); w = QWidget(); w.show()"


def start_s(vault: Path, display: Screen) -> float:
    """Process start to the end of the paint that shows the first letter typed. The key waits at the window's door."""
    with watched(vault, display) as window:
        display.give_keyboard()
        display.press("x")
        taken = window.wait(lambda line: line["what"] == "typed")
        shown = window.wait(lambda line: line["what"] == "painted", taken)
        return float(window.lines[shown]["ns"] - window.began_ns) / 1e9


def bare_start_s(display: Screen) -> float:
    """A process that loads Qt and shows an empty window."""
    began = time.perf_counter()
    command = [sys.executable, "-c", _BARE]
    subprocess.run(command, check=True, env={"DISPLAY": display.name, "QT_QPA_PLATFORM": "xcb"}, capture_output=True)
    return time.perf_counter() - began


def sign_in_s(vault: Path, display: Screen) -> float:
    """Enter after the passphrase to the end of Today's first paint."""
    with watched(vault, display) as window:
        pressed, shown = window.sign_in(_TYPING_S)
        return (shown - pressed) / 1e9


def stretch_s() -> float:
    """The passphrase's stretching alone, which is meant to take its time."""
    began = time.perf_counter()
    derive_key(ASSESSOR.passphrase, bytes(16), STANDARD_COST)
    return time.perf_counter() - began


@benchmark("start_to_usable_s", "sign_in_to_today_s")
def starting() -> list[Figure]:
    folder = Path(tempfile.mkdtemp(prefix="observer-bench-"))
    try:
        vault = sample_machine(folder / "vault")
        with screen() as display:
            start_s(vault, display), bare_start_s(display)  # warms the disk's cache
            starts = [start_s(vault, display) for _ in range(STARTS)]
            bare = [bare_start_s(display) for _ in range(STARTS)]
            signed = [sign_in_s(vault, display) for _ in range(SIGN_INS)]
            stretched = [stretch_s() for _ in range(SIGN_INS)]
    finally:
        shutil.rmtree(folder)
    middle = statistics.median
    return [
        Figure("start_to_usable_s", middle(starts), "s", STARTS, middle(bare), 1.0),
        Figure("sign_in_to_today_s", middle(signed), "s", SIGN_INS, middle(stretched)),
    ]
