# SPDX-License-Identifier: GPL-3.0-or-later
"""Is the picture worth recording, is there sound? Measured about once a second, said in plain words.

Said within five seconds: a picture that does not move at all, sound that has gone altogether. Sound that is only very
quiet is given ten, for people fall silent.

Plain numpy on 320 x 180 points: 0.2 ms a picture, and no OpenCV beside PyAV in the recorder (on macOS the two bring
the same classes into one process).
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from observer_app.capture.config import GapRow, HealthNote

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["HEALTH_SIZE", "SELDOM", "SELDOM_MS", "PictureHealth", "Stretches", "room_for_s"]

HEALTH_SIZE = (320, 180)
_DARK, _FLAT, _SHARP, _STILL = 18.0, 3.0, 6.0, 0.02
_GONE_MS, _QUIET_MS = 2900, 9500  # looked at once a second, and it may have begun just after a look: four at most
_SILENCE, _NOTHING = 1e-3, 1e-5  # -60 and -100 dB of full scale: a silent room, and no microphone at all

SELDOM_MS = 5000
SELDOM = HealthNote("seldom")
"""Of a network camera: until its next whole picture nothing of it can be recorded, shown or found again."""


class PictureHealth:
    """Looks at a picture now and then, keeps what is needed to tell a frozen one."""

    def __init__(self, *, sound: bool, gone_ms: int = _GONE_MS) -> None:
        """`gone_ms`: how long without any change, or any sound at all, is too long."""
        self._sound = sound
        self._gone_ms = gone_ms
        self._last: NDArray[np.int16] | None = None
        self._codes: list[str] = []  # of the last picture looked at
        self.still_since_ms = 0
        """Since when the picture has been as it is now."""
        self._heard_ms = self._alive_ms = -1

    @property
    def silent_since_ms(self) -> int:
        """When anything was heard last."""
        return self._heard_ms

    def look(
        self, grey: NDArray[np.uint8], width: int, height: int, level: float, at_ms: int = 0
    ) -> tuple[HealthNote, ...]:
        """Notes on one picture. `grey`: height x width luminance; `width`, `height`: of the picture as recorded;
        `level`: loudest sound since the last look (0 to 1); `at_ms`: when, on any clock. Call it, or `listen`, about
        once a second."""
        import numpy as np

        here = grey.astype(np.int16)
        codes = self._light(here) or self._focus(here)
        if not self._same(here):
            self.still_since_ms = at_ms
        self._last = here
        if at_ms - self.still_since_ms >= self._gone_ms:
            codes.append("frozen")
        if height > width:
            codes.append("upright")
        elif height < 360:
            codes.append("small")
        self._codes = codes
        return self.listen(level, at_ms)

    def listen(self, level: float, at_ms: int) -> tuple[HealthNote, ...]:
        """As `look`, of the sound alone; of the picture is said what the last look at it gave."""
        silent = self._sound and self._silent(level, at_ms)
        return tuple(HealthNote(c) for c in (*self._codes, *(["silent"] if silent else [])))

    def _silent(self, level: float, at_ms: int) -> bool:
        first = self._heard_ms < 0
        self._heard_ms = at_ms if first or level >= _SILENCE else self._heard_ms
        self._alive_ms = at_ms if first or level >= _NOTHING else self._alive_ms
        return at_ms - self._alive_ms >= self._gone_ms or at_ms - self._heard_ms >= _QUIET_MS

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


class Stretches:
    """The stretches of a recording in which the picture stood still or there was no sound, for the record."""

    _NAMED = (("still", "frozen"), ("sound", "silent"))

    def __init__(self, boot_id: str) -> None:
        self.rows: tuple[GapRow, ...] = ()
        self._boot_id = boot_id

    def see(self, notes: tuple[HealthNote, ...], since_ns: dict[str, int], now_ns: int) -> None:
        """Take a look's notes. `since_ns`: since when (monotonic), should the note of that code be there."""
        said = {note.code: note for note in notes}
        for what, code in self._NAMED:
            lasting = any(row.what == what and not row.to_monotonic_ns for row in self.rows)
            if code in said and not lasting:
                row = GapRow(since_ns[code], 0, said[code].message, self._boot_id, what)
                self.rows = (*self.rows, row)
            elif code not in said and lasting:
                self._end(what, now_ns)

    def end(self, now_ns: int) -> None:
        """The source is gone: what lasts is over, for now nothing at all is recorded."""
        for what, _ in self._NAMED:
            self._end(what, now_ns)

    def _end(self, what: str, now_ns: int) -> None:
        self.rows = tuple(
            replace(row, to_monotonic_ns=max(now_ns, row.from_monotonic_ns + 1))
            if row.what == what and not row.to_monotonic_ns
            else row
            for row in self.rows
        )


def room_for_s(folder: Path, bytes_per_second: int = 600_000) -> int:
    """Seconds of recording the disk has room for; the default rate is a noisy 720p picture with sound, and more."""
    return shutil.disk_usage(folder).free // max(bytes_per_second, 1)
