# SPDX-License-Identifier: GPL-3.0-or-later
"""What a recorder asks of a machine, as far as Linux: how long it slept, when another process is gone, to go first.

Elsewhere nothing is known and nothing is claimed: no sleep is ever seen (a lost camera is, and its gap), and a
recorder ends at its planned end only.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

__all__ = ["ENDS_WITH", "call_when_gone", "go_first", "slept_ns"]

ENDS_WITH = "OBSERVER_RECORDER_ENDS_WITH"
"""Environment: the number of a process with whose end a recorder ends too. Set by tests, benchmarks and the
demonstration, never by the window: a recorder outlives its window."""


def slept_ns() -> int:
    """Nanoseconds this machine has been asleep since its start; 0 where that is not told.

    The monotonic clock stands still meanwhile, the boot-time clock does not.
    """
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def call_when_gone(pid: int, then: Callable[[], None]) -> None:
    """Call `then` (in a thread of its own) once the process `pid` has ended; at once when there is none."""
    if not hasattr(os, "pidfd_open"):
        return
    try:
        fd = os.pidfd_open(pid)
    except OSError:
        then()
        return

    def wait() -> None:
        with os.fdopen(fd):
            select.select([fd], [], [])
        then()

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


_FIRST = -10
_GROUP = Path("/proc/self/autogroup")


def go_first() -> None:
    """Ask for this process's turn before programs that can wait: what a camera sends in the meantime cannot.

    Only as far as the system allows it (on Linux a person's own program may not, as a rule; on Windows whoever starts
    the recorder asks for it). To be called before any other thread is started. Never so far that it could hold up the
    window: recording takes half a processor.
    """
    if hasattr(os, "setpriority"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, _FIRST)
        with suppress(OSError):  # Linux shares time between sessions first, and a recorder has one of its own
            _GROUP.write_text(str(_FIRST))
