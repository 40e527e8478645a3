# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawn scene of a made clip: two people at a table, and the strip that says which frame it is.

All positions are shares of the height on a 16:9 picture, so the scene fits any size. Faces are flat and
belong to nobody.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from observer_app.errors import BadInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MOUTHS", "POSES", "Scene", "number_blocks", "read_frame_number"]

POSES = 12  # places of a slow nod, one after the other
MOUTHS = 3  # shut, half open, open
_BLOCKS, _BITS = 32, 24
_CREAM, _WALL, _TABLE, _TABLE_EDGE = (226, 236, 240), (214, 222, 226), (96, 132, 168), (72, 104, 140)
_INK = (70, 60, 52)


def number_blocks(number: int) -> list[bool]:
    """32 blocks, white is True: guard 1 0, 24 bits highest first, 4 bits of checksum, guard 0 1."""
    if not 0 <= number < 1 << _BITS:
        raise BadInput("A made clip has too many frames.")
    bits = [bool(number >> (_BITS - 1 - i) & 1) for i in range(_BITS)]
    check = _checksum(number)
    return [True, False, *bits, *(bool(check >> (3 - i) & 1) for i in range(4)), False, True]


def _checksum(number: int) -> int:
    """Sum of the six half-bytes with odd weights, in four bits: any one half-byte read wrongly shows."""
    return (5 + sum((2 * i + 1) * (number >> (4 * i) & 15) for i in range(6))) & 15


def strip_rows(height: int) -> int:
    """Height of the strip at the picture's lower edge, even."""
    return max(height // 24 // 2 * 2, 2)


def read_frame_number(rgb: NDArray[np.uint8]) -> int:
    """The frame number in a picture (height x width x 3) of a made clip, of any size and after coding.

    `BadInput` when there is no readable number.
    """
    import numpy as np

    height, width = rgb.shape[:2]
    rows = strip_rows(height)
    band = rgb[height - rows + rows // 4 : height - rows // 4].astype(np.float64).mean(axis=(0, 2))
    block = width / _BLOCKS
    values = [band[int(i * block + block / 4) : math.ceil(i * block + block * 3 / 4)].mean() for i in range(_BLOCKS)]
    middle = (max(values) + min(values)) / 2
    blocks = [v > middle for v in values]
    number = sum(1 << (_BITS - 1 - i) for i in range(_BITS) if blocks[2 + i])
    if max(values) - min(values) < 60 or blocks != number_blocks(number):
        raise BadInput("This picture carries no readable frame number.")
    return number


class Scene:
    """Draws BGR pictures of the scene. `pose` 0..POSES-1; `mouths`: how far each person's mouth is open."""

    def __init__(self, width: int, height: int, title: str) -> None:
        import cv2
        import numpy as np

        self._cv2, self._np = cv2, np
        self.width, self.height = width, height
        self._unit = height / 1000
        self._middle = width / 2 / self._unit
        self._back = self._background(title)

    def draw(self, pose: int, mouths: tuple[int, int]) -> NDArray[np.uint8]:
        """One picture, height x width x 3, BGR, without the strip and the clock."""
        picture: NDArray[np.uint8] = self._back.copy()
        turn = 2 * math.pi * pose / POSES
        left = _Person(skin=(150, 182, 222), hair=(48, 62, 84), coat=(134, 96, 58), x=self._middle - 390, facing=1)
        right = _Person(skin=(98, 134, 184), hair=(36, 34, 38), coat=(92, 120, 74), x=self._middle + 390, facing=-1)
        self._person(picture, left, 6 * math.sin(turn), mouths[0])
        self._person(picture, right, 6 * math.sin(turn + 2.1), mouths[1])
        self._table(picture)
        return picture

    def _at(self, x: float, y: float) -> tuple[int, int]:
        return round(x * self._unit), round(y * self._unit)

    def _ellipse(self, on: Any, x: float, y: float, rx: float, ry: float, colour: Any, turn: float = 0) -> None:
        axes = max(round(rx * self._unit), 1), max(round(ry * self._unit), 1)
        self._cv2.ellipse(on, self._at(x, y), axes, turn, 0, 360, colour, -1, self._cv2.LINE_AA)

    def _shape(self, on: Any, points: list[tuple[float, float]], colour: Any) -> None:
        corners = self._np.array([self._at(x, y) for x, y in points], dtype=self._np.int32)
        self._cv2.fillPoly(on, [corners], colour, self._cv2.LINE_AA)

    def _box(self, on: Any, x: float, y: float, w: float, h: float, colour: Any) -> None:
        self._cv2.rectangle(on, self._at(x, y), self._at(x + w, y + h), colour, -1, self._cv2.LINE_AA)

    def _background(self, title: str) -> NDArray[np.uint8]:
        import numpy as np

        picture: NDArray[np.uint8] = np.empty((self.height, self.width, 3), np.uint8)
        shade = np.linspace(1.03, 0.9, self.height)[:, None, None]
        picture[:] = np.clip(np.array(_CREAM) * shade, 0, 255)
        grain = np.random.default_rng(7).normal(0, 1.6, (self.height, self.width, 1))
        picture[:] = np.clip(picture + grain, 0, 255)
        middle = self._middle
        self._box(picture, 0, 760, 2 * middle, 240, (150, 164, 172))
        self._box(picture, middle - 200, 120, 400, 300, (240, 244, 246))
        self._box(picture, middle - 182, 138, 364, 264, (222, 206, 178))
        self._shape(picture, [(middle - 182, 402), (middle - 60, 250), (middle + 20, 402)], (146, 170, 128))
        self._shape(picture, [(middle - 60, 402), (middle + 80, 290), (middle + 182, 402)], (126, 152, 110))
        self._ellipse(picture, middle + 110, 200, 34, 34, (196, 226, 246))
        self._box(picture, middle + 640, 180, 150, 14, (120, 150, 176))
        for i, colour in enumerate([(90, 96, 160), (140, 120, 70), (96, 140, 110), (80, 110, 150)]):
            self._box(picture, middle + 650 + i * 30, 96 + i % 2 * 14, 24, 84 - i % 2 * 14, colour)
        self._box(picture, middle - 800, 560, 70, 90, (104, 128, 170))
        for turn in (-34, -8, 20):
            self._ellipse(picture, middle - 765 + turn, 480 - abs(turn), 26, 100, (86, 132, 88), turn)
        self._cv2.putText(
            picture, title, self._at(40, 66), self._cv2.FONT_HERSHEY_SIMPLEX, 1.1 * self._unit * 1.2, _INK,
            max(round(2 * self._unit), 1), self._cv2.LINE_AA,
        )  # fmt: skip
        return picture

    def _person(self, on: Any, who: _Person, nod: float, mouth: int) -> None:
        x, face = who.x, who.x + who.facing * 8
        head = 400 + nod
        self._box(on, x - who.facing * 150 - 20, 470, 40, 420, (88, 92, 98))
        self._shape(
            on, [(x - 150, 900), (x - 128, 590), (x - 60, 540), (x + 60, 540), (x + 128, 590), (x + 150, 900)], who.coat
        )
        self._box(on, x - 30, 490 + nod / 2, 60, 70, tuple(c * 0.9 for c in who.skin))
        self._ellipse(on, x, head - 16, 104, 122, who.hair)
        self._ellipse(on, face, head + 8, 84, 104, who.skin)
        self._ellipse(on, x - who.facing * 14, head - 78, 94, 50, who.hair)
        for side in (-1, 1):
            eye = face + side * 32 + who.facing * 14
            self._ellipse(on, eye, head - 4, 8, 10, _INK)
            self._ellipse(on, eye, head - 28, 17, 4, who.hair)
        self._ellipse(on, face + who.facing * 18, head + 24, 8, 12, tuple(c * 0.86 for c in who.skin))
        self._ellipse(on, face + who.facing * 10, head + 60, 24, (4, 9, 15)[mouth], (78, 74, 140))
        arm = x + who.facing * 120
        self._shape(
            on,
            [(x + who.facing * 70, 620), (x + who.facing * 128, 600), (arm + who.facing * 70, 770 + nod), (arm, 800)],
            who.coat,
        )
        self._ellipse(on, arm + who.facing * 56, 776 + nod, 36, 26, who.skin)

    def _table(self, on: Any) -> None:
        middle = self._middle
        self._shape(on, [(middle - 430, 780), (middle + 430, 780), (middle + 520, 880), (middle - 520, 880)], _TABLE)
        self._box(on, middle - 520, 880, 1040, 30, _TABLE_EDGE)
        self._shape(
            on, [(middle - 90, 800), (middle + 40, 800), (middle + 60, 850), (middle - 100, 850)], (244, 246, 248)
        )
        self._box(on, middle + 120, 770, 34, 56, (206, 190, 160))


class _Person:
    def __init__(self, *, skin: Any, hair: Any, coat: Any, x: float, facing: int) -> None:
        self.skin, self.hair, self.coat, self.x, self.facing = skin, hair, coat, x, facing
