# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration: a whole sample day without a person, through the real workflows, recorder and central store."""

from __future__ import annotations

import os
from pathlib import Path

from observer_app.capture.machine import ENDS_WITH

__all__ = ["run_demo"]


def run_demo(out: Path, seconds: int, *, as_json: bool = False) -> int:
    """Plays the day into `out`; the exit status. Raises ObserverError with what to do."""
    from observer_app.demo.day import play

    # What a machine lacks for sound and graphics cards is no part of the account; the windows' processes inherit it.
    os.environ.setdefault("QT_LOGGING_RULES", "qt.multimedia.*=false")
    os.environ[ENDS_WITH] = str(os.getpid())  # a demonstration that is stopped leaves no recorder behind
    return play(out, seconds, as_json=as_json)
