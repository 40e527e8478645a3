# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the command line takes to answer: what every script pays for each call."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from tests.benchmarks.registry import Figure, benchmark

TIMES = 9


def median_s(command: list[str]) -> float:
    """Median wall time in seconds of running `command`, after one run to warm the disk's cache."""
    subprocess.run(command, check=True, capture_output=True)
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


@benchmark("version_answer_s")
def version_answer() -> list[Figure]:
    bare = median_s([sys.executable, "-c", ""])
    ours = median_s([sys.executable, "-m", "observer_app", "--version"])
    return [Figure("version_answer_s", ours, "s", n=TIMES, baseline=bare, aim=0.3)]
