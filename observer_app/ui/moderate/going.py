# SPDX-License-Identifier: GPL-3.0-or-later
"""From mark to mark: which one is next, and how much before it the recording is taken up.

With a lead-in the recording stands before the mark it went to; the next step then counts from that mark, not from where
the recording stands, or it would never leave it.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

__all__ = ["LEAD_INS_S", "Going", "LeadIn"]

LEAD_INS_S = (0, 2, 5, 10)
_FRAME_MS = 500  # the picture of a moment may have begun a little before it
_KEPT = "replay/lead_in_s"


class LeadIn:
    """How many seconds before a mark a step to it lands; this person's setting on this machine."""

    @staticmethod
    def seconds() -> int:
        """One of `LEAD_INS_S`."""
        kept = QSettings().value(_KEPT) if _is_real() else _chosen[0]
        found = int(kept) if isinstance(kept, int | str) and str(kept).isdecimal() else 0
        return found if found in LEAD_INS_S else 0

    @staticmethod
    def choose(seconds: int) -> None:
        """Keeps another choice."""
        _chosen[0] = seconds
        if _is_real():
            QSettings().setValue(_KEPT, seconds)


_chosen = [0]


def _is_real() -> bool:
    app = QApplication.instance()
    return app is not None and bool(app.organizationName())  # a test's bare application keeps nothing


class Going:
    """Steps from mark to mark."""

    def __init__(self) -> None:
        self._landed, self._mark = -1, -1

    def step(self, moments: Sequence[int], at_ms: int, direction: int) -> int:
        """Where to land for the next (or, -1, the one before) of the sorted `moments`; -1 when there is none."""
        here = self._mark if self._mark >= 0 and self._landed - _FRAME_MS <= at_ms <= self._mark else at_ms
        place = bisect.bisect_right(moments, here) if direction > 0 else bisect.bisect_left(moments, here) - 1
        if not 0 <= place < len(moments):
            return -1
        self._mark = moments[place]
        self._landed = max(0, self._mark - LeadIn.seconds() * 1000)
        return self._landed

    def forget(self) -> None:
        """Somebody went elsewhere by themselves."""
        self._landed, self._mark = -1, -1
