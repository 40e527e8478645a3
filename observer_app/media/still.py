# SPDX-License-Identifier: GPL-3.0-or-later
"""One picture as JPEG, for screens that take files' bytes."""

from __future__ import annotations

from observer_app.errors import BadInput

__all__ = ["to_jpeg"]


def to_jpeg(width: int, height: int, rgb: bytes) -> bytes:
    """JPEG bytes of `width` x `height` pixels given as RGB rows without padding. Raises BadInput on a wrong size."""
    import cv2
    import numpy as np

    if width < 1 or height < 1 or len(rgb) != width * height * 3:
        raise BadInput("A picture's size and its bytes do not belong together.")
    pixels = np.frombuffer(rgb, dtype=np.uint8).reshape(height, width, 3)
    done, coded = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    return coded.tobytes() if done else b""
