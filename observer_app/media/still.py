# SPDX-License-Identifier: GPL-3.0-or-later
"""One picture as JPEG, for screens that take files' bytes; and whether bytes from outside are a picture."""

from __future__ import annotations

from observer_app.errors import BadInput

__all__ = ["picture_size", "to_jpeg"]

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the markers of a JPEG that carry its size


def to_jpeg(width: int, height: int, rgb: bytes) -> bytes:
    """JPEG bytes of `width` x `height` pixels given as RGB rows without padding. Raises BadInput on a wrong size."""
    import cv2
    import numpy as np

    if width < 1 or height < 1 or len(rgb) != width * height * 3:
        raise BadInput("A picture's size and its bytes do not belong together.")
    pixels = np.frombuffer(rgb, dtype=np.uint8).reshape(height, width, 3)
    done, coded = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    return coded.tobytes() if done else b""


def picture_size(data: bytes, longest: int) -> tuple[int, int] | None:
    """(width, height) of a JPEG or PNG that can be decoded; None for anything else, and for one with a side beyond
    `longest` pixels, which is not unpacked to be looked at."""
    said = _said_size(data)
    if said is None or not all(1 <= side <= longest for side in said):
        return None
    import cv2
    import numpy as np

    try:
        pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if pixels is None else (int(pixels.shape[1]), int(pixels.shape[0]))


def _said_size(data: bytes) -> tuple[int, int] | None:
    """What the picture's head says of its size."""
    if data.startswith(_PNG) and data[12:16] == b"IHDR" and len(data) >= 24:
        return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    at = 2 if data.startswith(_JPEG) else len(data)
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker in _FRAMES:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        at += 2 + max(2, length)
    return None
