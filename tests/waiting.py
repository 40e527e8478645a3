# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for what another process or thread does: for the condition, never for a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["until"]

T = TypeVar("T")
_LOOK_S = 0.03


def until(so: Callable[[], T], what: str = "what was waited for", seconds: float = 60.0) -> T:
    """Looks until `so` gives something true, which is returned; fails after `seconds`, naming `what`."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not (found := so()):
        assert time.monotonic() < end, f"{what} never came"
        pause.wait(_LOOK_S)
    return found
