# SPDX-License-Identifier: GPL-3.0-or-later
"""Is the picture worth recording? Measured about once a second on a small grey copy, said in plain words.

Plain numpy on 320 x 180 points: 0.2 ms a picture, and no OpenCV beside PyAV in the recorder (on macOS the two bring
the same classes into one process).
"""

from __future__ import annotations

import shutil
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from observer_app.capture.config import HealthNote

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["HEALTH_SIZE", "LOOKS_TO_TELL_FROZEN", "PictureHealth", "room_for_s"]

HEALTH_SIZE = (320, 180)
_DARK, _FLAT, _SHARP, _STILL = 18.0, 3.0, 6.0, 0.02
_STILL_LOOKS, _SILENT_LOOKS = 5, 10
LOOKS_TO_TELL_FROZEN = _STILL_LOOKS + 1
_SILENCE = 0.001  # -60 dB of full scale

_NOTES = {
    "dark": HealthNote("dark", "The picture is nearly black.", "Turn on the light or take the cap off the camera."),
    "covered": HealthNote(
        "covered", "The picture shows nothing but one colour.", "Check that nothing covers the camera."
    ),
    "frozen": HealthNote(
        "frozen", "The picture has not changed for some seconds.", "Unplug the camera and plug it in again."
    ),
    "blurred": HealthNote("blurred", "The picture is out of focus.", "Clean the lens or set the camera's focus."),
    "small": HealthNote("small", "The picture is very small.", "Choose a larger picture in the camera's settings."),
    "upright": HealthNote("upright", "The picture stands upright.", "Turn the camera on its side."),
    "silent": HealthNote("silent", "There is no sound.", "Check that the microphone is on and is the one chosen."),
}


class PictureHealth:
    """Looks at a picture now and then, keeps what is needed to tell a frozen one."""

    def __init__(self, *, sound: bool) -> None:
        self._sound = sound
        self._last: NDArray[np.int16] | None = None
        self._still = 0
        self._levels: deque[float] = deque(maxlen=_SILENT_LOOKS)

    def look(self, grey: NDArray[np.uint8], width: int, height: int, level: float) -> tuple[HealthNote, ...]:
        """Notes on one picture. `grey`: height x width luminance; `width`, `height`: of the picture as recorded;
        `level`: loudest sound since the last look (0 to 1). Call it about once a second."""
        import numpy as np

        here = grey.astype(np.int16)
        codes = self._light(here) or self._focus(here)
        self._still = self._still + 1 if self._same(here) else 0
        self._last = here
        if self._still >= _STILL_LOOKS:
            codes.append("frozen")
        if height > width:
            codes.append("upright")
        elif height < 360:
            codes.append("small")
        self._levels.append(level)
        if self._sound and len(self._levels) == _SILENT_LOOKS and max(self._levels) < _SILENCE:
            codes.append("silent")
        return tuple(_NOTES[c] for c in codes)

    def _light(self, here: NDArray[np.int16]) -> list[str]:
        if float(here.mean()) < _DARK and float(here.std()) < 3 * _FLAT:
            return ["dark"]
        return ["covered"] if float(here.std()) < _FLAT else []

    def _focus(self, here: NDArray[np.int16]) -> list[str]:
        middle = here[1:-1, 1:-1]
        edges = 4 * middle - here[:-2, 1:-1] - here[2:, 1:-1] - here[1:-1, :-2] - here[1:-1, 2:]
        return ["blurred"] if float(edges.var()) < _SHARP else []

    def _same(self, here: NDArray[np.int16]) -> bool:
        if self._last is None or self._last.shape != here.shape:
            return False
        return float(abs(here - self._last).mean()) < _STILL


def room_for_s(folder: Path, bytes_per_second: int = 600_000) -> int:
    """Seconds of recording the disk has room for; the default rate is a noisy 720p picture with sound, and more."""
    return shutil.disk_usage(folder).free // max(bytes_per_second, 1)
