# SPDX-License-Identifier: GPL-3.0-or-later
"""A camera of this machine (USB or built in), through OpenCV. Its frames are timed by their arrival.

OpenCV gives no sound: the microphone comes from `sources_qt` when one is named, else there is picture only.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from observer_app.capture.config import RecorderConfig
from observer_app.capture.sources import Item, Picture, SourceShape
from observer_app.errors import CameraMissing

__all__ = ["CameraSource"]


def _cv2() -> Any:
    """OpenCV without what its import does to Qt's environment."""
    # Media Foundation's hardware transforms make opening a camera take 12-20 s (opencv issue 17687).
    os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    import cv2

    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        os.environ.pop(name, None)
    return cv2


class CameraSource:
    """See `FrameSource`."""

    live = True

    def __init__(self, number: int, config: RecorderConfig) -> None:
        self._number = number
        self._config = config
        self._device: Any = None

    def open(self) -> SourceShape:
        cv2 = _cv2()
        backend = cv2.CAP_DSHOW if sys.platform == "win32" else cv2.CAP_ANY
        device = cv2.VideoCapture(self._number, backend)
        if not device.isOpened():
            device.release()
            raise CameraMissing(
                f"Camera {self._number} gives no picture.",
                advice="Check that it is plugged in and that no other program is using it.",
            )
        device.set(cv2.CAP_PROP_FRAME_WIDTH, self._config.width)
        device.set(cv2.CAP_PROP_FRAME_HEIGHT, self._config.height)
        device.set(cv2.CAP_PROP_FPS, self._config.fps)
        self._device = device
        width, height = int(device.get(cv2.CAP_PROP_FRAME_WIDTH)), int(device.get(cv2.CAP_PROP_FRAME_HEIGHT))
        return SourceShape(width, height, float(device.get(cv2.CAP_PROP_FPS) or self._config.fps), False)

    def items(self, stop: threading.Event) -> Iterator[Item]:
        import av

        began = 0
        while not stop.is_set():
            good, pixels = self._device.read()
            arrived = time.monotonic_ns()
            if not good:
                raise CameraMissing(
                    "The camera has stopped giving a picture.",
                    advice="Check its cable; recording goes on when it is back.",
                )
            began = began or arrived
            yield Picture(av.VideoFrame.from_ndarray(pixels, format="bgr24"), (arrived - began) // 1_000_000, arrived)

    def close(self) -> None:
        if self._device is not None:
            self._device.release()
            self._device = None
