# SPDX-License-Identifier: GPL-3.0-or-later
"""A camera of this machine (USB or built in), through OpenCV. Its frames are timed by their arrival.

OpenCV gives no sound: the microphone comes from `sources_qt` when one is named, else there is picture only.
Not proven on hardware here: neither cameras nor microphones were at hand.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from observer_app.capture.config import RecorderConfig
from observer_app.capture.items import FrameSource, Item, Picture, Sound, SourceShape
from observer_app.capture.reader import note_failure
from observer_app.errors import CameraMissing

__all__ = ["CameraSource", "WithMicrophone"]

_LISTEN_AGAIN_S = 1.0


def _cv2() -> Any:
    """OpenCV without what its import does to Qt's environment."""
    # Media Foundation's hardware transforms make opening a camera take 12-20 s (opencv issue 17687).
    os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "3")  # seconds; its own 10 are too long for an alarm
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    import cv2

    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        os.environ.pop(name, None)
    return cv2


class CameraSource:
    """See `FrameSource`."""

    live = True

    def __init__(self, number: Callable[[], int], config: RecorderConfig) -> None:
        """`number` gives the camera's number as it is when it is opened, or raises `CameraMissing`."""
        self._number = number
        self._config = config
        self._device: Any = None

    def open(self) -> SourceShape:
        number, cv2 = self._number(), _cv2()
        backend = cv2.CAP_DSHOW if sys.platform == "win32" else cv2.CAP_ANY
        device = cv2.VideoCapture(number, backend)
        if not device.isOpened():
            device.release()
            raise CameraMissing(
                f"Camera {number} gives no picture.",
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


Sounds = Callable[[int, threading.Event], Iterator[Sound]]


class WithMicrophone:
    """A camera's pictures and a microphone's sound on one clock; see `FrameSource`.

    `find` gives the microphone's sounds (monotonic time 0, stop) or raises `CameraMissing`, as do the sounds of one
    that was pulled out. Then, and when anything else goes wrong with the sound, the picture is recorded with silence,
    which the window says, until one is there (again).
    """

    live = True

    def __init__(self, camera: FrameSource, find: Callable[[], Sounds]) -> None:
        self._camera = camera
        self._find = find
        self._heard: queue.Queue[Sound] = queue.Queue(500)

    def open(self) -> SourceShape:
        return replace(self._camera.open(), sound=True)

    def items(self, stop: threading.Event) -> Iterator[Item]:
        listening: threading.Thread | None = None
        over = threading.Event()
        try:
            for item in self._camera.items(stop):
                if listening is None and isinstance(item, Picture):
                    began_ns = item.arrived_ns - item.pts_ms * 1_000_000
                    listening = threading.Thread(target=self._listen, args=(began_ns, over), name="microphone")
                    listening.start()
                yield item
                while not self._heard.empty():
                    yield self._heard.get_nowait()
        finally:
            over.set()
            if listening is not None:
                listening.join()

    def _listen(self, began_ns: int, over: threading.Event) -> None:
        while not over.is_set():
            try:
                for sound in self._find()(began_ns, over):
                    if not self._heard.full():
                        self._heard.put_nowait(sound)
            except CameraMissing:
                pass
            except Exception as error:  # noqa: BLE001 - a driver's or a library's own: silence, which is said, and again
                note_failure("microphone", error)
            over.wait(_LISTEN_AGAIN_S)

    def close(self) -> None:
        self._camera.close()
