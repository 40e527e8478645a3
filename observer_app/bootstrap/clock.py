# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine's clock as the workflows want it."""

from __future__ import annotations

from observer_app.capture.clock import SystemClock
from observer_app.domain.moment import Moment

__all__ = ["MachineClock"]


class MachineClock:
    """Port `Clock` over the system's clocks; the boot id is read once."""

    def __init__(self) -> None:
        self._system = SystemClock()
        self._boot_id = self._system.boot_id()

    def now(self) -> Moment:
        """The present moment."""
        return Moment(self._system.monotonic_ns() // 1000, self._boot_id, self._system.wall_ms())
