# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras and microphones by the names people know, and a microphone's sound, through QtMultimedia (no widgets).

Names need a Qt application (the window has one). The recorder's process makes one of its own for the microphone,
without ever running its loop: sound is read by asking, in the thread that wants it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QCoreApplication, QEventLoop, QIODevice
from PySide6.QtMultimedia import QAudioDevice, QAudioFormat, QAudioSource, QMediaDevices, QtAudio

from observer_app.capture.clock import SampleClock
from observer_app.capture.items import SOUND_RATE, Sound, SourceName
from observer_app.capture.pulse import ChosenMicrophone
from observer_app.errors import CameraMissing

__all__ = ["Microphone", "be_ready", "list_cameras", "list_microphones"]

_ASK_S = 0.02
_GONE_S = 3.0  # a device can take two until its first buffer


def list_cameras() -> list[SourceName]:
    """Cameras in the system's order; `source` is the number OpenCV knows them by (the same order, not proven on
    Windows and macOS)."""
    _application()
    return [SourceName(str(i), d.description(), "camera") for i, d in enumerate(QMediaDevices.videoInputs())]


def list_microphones() -> list[SourceName]:
    """Microphones; `source` goes into `RecorderConfig.microphone`."""
    _application()
    return [SourceName(_name(d), d.description(), "microphone") for d in QMediaDevices.audioInputs()]


def be_ready() -> None:
    """To be called first in a program without a window, in its main thread: made in another one, Qt's application
    takes the whole program down at its end."""
    _application()


def _application() -> QCoreApplication:
    return QCoreApplication.instance() or QCoreApplication([])


def _name(device: QAudioDevice) -> str:
    return bytes(device.id().data()).decode(errors="replace")


class Microphone:
    """Sound of one microphone as mono samples at 48 kHz, placed by counting samples (`clock.SampleClock`)."""

    def __init__(self, name: str) -> None:
        """`name` "" is the system's own choice. Raises CameraMissing when it is not there."""
        _application()
        inputs = QMediaDevices.audioInputs()
        found = [d for d in inputs if name in (_name(d), d.description())]
        if not name:  # nobody chose one: the system's own choice
            found = [d for d in (QMediaDevices.defaultAudioInput(),) if not d.isNull()] or inputs
        if not found:
            raise CameraMissing(
                "The microphone chosen is not there.", advice="Plug it in or choose another; the picture is recorded."
            )
        form = QAudioFormat()
        form.setSampleRate(SOUND_RATE)
        form.setChannelCount(1)
        form.setSampleFormat(QAudioFormat.SampleFormat.Float)
        self._device, self._format = found[0], form
        self._chosen = bool(name)

    def sounds(self, began_ns: int, stop: threading.Event) -> Iterator[Sound]:
        """Sound until `stop`, on a clock whose 0 is the monotonic time `began_ns`. Call it in one thread.

        Raises `CameraMissing` when it gives nothing any more, and when the one chosen is gone: another one that the
        system puts in its place is not recorded for it."""
        import numpy as np

        watch = ChosenMicrophone(_name(self._device)) if self._chosen else None
        source = QAudioSource(self._device, self._format)
        stream: QIODevice | None = source.start()
        loop = QEventLoop()
        line = SampleClock(began_ns)
        heard_at = time.monotonic()
        try:
            if stream is None:  # it stands in the list for a while after it was pulled out
                raise CameraMissing(
                    "The microphone cannot be listened to.", advice="Check its cable; its sound comes back by itself."
                )
            while not stop.wait(_ASK_S):
                loop.processEvents()
                raw: Any = stream.readAll().data()
                samples = np.frombuffer(raw[: len(raw) // 4 * 4], np.float32)
                now_ns = time.monotonic_ns()
                gone = watch is not None and watch.gone  # then what came just now may be another one's
                if len(samples) and not gone:
                    heard_at = now_ns / 1e9
                    yield Sound(samples, line.place(len(samples), now_ns))
                elif gone or now_ns / 1e9 - heard_at > _GONE_S or source.error() != QtAudio.Error.NoError:
                    raise CameraMissing(
                        "The microphone has stopped.", advice="Check its cable; its sound comes back by itself."
                    )
        finally:
            source.stop()
            if watch is not None:
                watch.close()
