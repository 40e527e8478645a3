# SPDX-License-Identifier: GPL-3.0-or-later
"""A small picture for the window and the loudness of the sound, made only while someone looks."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["PREVIEW_SIZE", "Preview", "PreviewStore", "loudness"]

PREVIEW_SIZE = (448, 252)
_WATCHED_S = 3.0
_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Preview:
    """`rgb`: width x height x 3 bytes without padding; `monotonic_ns`: when the picture came; `level` 0 to 1."""

    width: int
    height: int
    rgb: bytes
    monotonic_ns: int
    level: float


def loudness(samples: NDArray[np.float32]) -> float:
    """Root mean square of samples in -1..1, as 0 to 1."""
    return math.sqrt(float(samples.dot(samples)) / len(samples)) if len(samples) else 0.0


class PreviewStore:
    """The latest small picture; safe between the recording thread and those that answer the window."""

    def __init__(self, allowed: bool) -> None:
        self._allowed = allowed
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._made_at = float("-inf")
        self._latest: tuple[int, int, bytes, int] | None = None

    @property
    def watched(self) -> bool:
        """Someone asked for a preview during the last seconds."""
        return self._allowed and time.monotonic() - self._asked_at < _WATCHED_S

    @property
    def due(self) -> bool:
        """Somebody looks, and the last picture is old enough for another."""
        return self.watched and time.monotonic() - self._made_at >= _EVERY_S

    def ask(self, level: float) -> Preview | None:
        """The latest picture, None while there is none; asking is what keeps pictures coming."""
        self._asked_at = time.monotonic()
        with self._lock:
            latest = self._latest
        return Preview(*latest, level) if latest is not None else None

    def put(self, frame: Any, arrived_ns: int) -> None:
        """Make the small picture of a decoded frame (its shape kept, within `PREVIEW_SIZE`)."""
        share = min(PREVIEW_SIZE[0] / frame.width, PREVIEW_SIZE[1] / frame.height)
        width, height = max(round(frame.width * share / 2) * 2, 2), max(round(frame.height * share / 2) * 2, 2)
        # Averaging what falls together: half the work of FFmpeg's usual way, and nothing flickers.
        small = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA").to_ndarray().tobytes()
        self._made_at = time.monotonic()
        with self._lock:
            self._latest = (width, height, small, arrived_ns)
