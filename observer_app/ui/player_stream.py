# SPDX-License-Identifier: GPL-3.0-or-later
"""Playing with sound: one segment of a recording through QMediaPlayer. Its truth is each frame's own start time."""

from __future__ import annotations

import io
from typing import Any, cast

from PySide6.QtCore import QIODevice, QLoggingCategory, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QImage
from PySide6.QtMultimedia import QAudioOutput, QMediaDevices, QMediaPlayer, QVideoFrame, QVideoSink

from observer_app.errors import ObserverError

__all__ = ["StreamDevice", "StreamPlay", "usable"]

_NEAR_US = 60_000

# Opening anything would otherwise print its streams, and every machine's missing decoders, to the terminal.
QLoggingCategory.setFilterRules(
    # The last names every library for decoding on the graphics card that the machine lacks, and goes on without.
    "qt.multimedia.*.info=false\nqt.multimedia.*.debug=false\nqt.multimedia.symbolsresolver.warning=false"
)


def usable() -> bool:
    """Whether this machine's multimedia part can play at all."""
    return bool(QMediaPlayer().isAvailable())


class StreamDevice(QIODevice):
    """A seekable binary file object, read by Qt on a thread of its own. `broken` is the first error of ours; `broke`
    says that there is one, for Qt's player itself waits for ever."""

    broke = Signal()

    def __init__(self, stream: Any, parent: QObject) -> None:
        super().__init__(parent)
        self._stream = stream
        self._size = int(stream.seek(0, io.SEEK_END))
        stream.seek(0)
        self.broken: ObserverError | None = None
        self.open(QIODevice.OpenModeFlag.ReadOnly | QIODevice.OpenModeFlag.Unbuffered)

    def isSequential(self) -> bool:
        return False

    def size(self) -> int:
        return self._size

    def bytesAvailable(self) -> int:
        return max(0, self._size - self.pos())

    def atEnd(self) -> bool:
        return self.pos() >= self._size

    def seek(self, at: int) -> bool:
        if not 0 <= at <= self._size or not super().seek(at):
            return False
        self._stream.seek(at)
        return True

    def readData(self, most: int) -> bytes:
        try:
            return cast(bytes, self._stream.read(most))
        except ObserverError as error:
            self.broken = self.broken or error
            self.broke.emit()
            # Nothing at all would be asked for again without end, and a player asked to stop would wait for its answer.
            filling = bytes(min(most, self._size - self._stream.tell()))
            self._stream.seek(len(filling), io.SEEK_CUR)
            return filling
        except (OSError, ValueError):  # closed while the player was still reading
            pass
        return b""

    def writeData(self, data: bytes | bytearray | memoryview[int], length: int) -> int:
        return -1


class StreamPlay(QObject):
    """Plays one segment: `shown(picture, ms in the segment)`, `ended` at its end, `failed(words)` where it cannot."""

    shown = Signal(QImage, int)
    ended = Signal()
    failed = Signal(str)
    sounds = True

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._player = QMediaPlayer(self)
        self._sink = QVideoSink(self)
        self._player.setVideoSink(self._sink)
        self._player.setPitchCompensation(True)  # the default of today's backend, but not by any promise
        self._audio: QAudioOutput | None = None
        if not QMediaDevices.defaultAudioOutput().isNull():
            self._audio = QAudioOutput(self)
            self._player.setAudioOutput(self._audio)
        self._device: StreamDevice | None = None
        self._from_ms = -1
        self._waiting = False
        self._running = False
        self._sink.videoFrameChanged.connect(self._take)
        self._player.mediaStatusChanged.connect(self._status)
        self._player.errorOccurred.connect(self._error)

    def start(self, stream: Any, from_ms: int, rate: float, volume: float) -> None:
        """Plays `stream` from a time in it."""
        self.halt()
        self._from_ms, self._waiting, self._running = from_ms, True, True
        self._device = StreamDevice(stream, self)
        self._device.broke.connect(self._broke, Qt.ConnectionType.QueuedConnection)
        self.set_volume(volume)
        self._player.setPlaybackRate(rate)
        self._player.setSourceDevice(self._device, QUrl("recording.mkv"))
        self._status(self._player.mediaStatus())

    def set_rate(self, rate: float) -> None:
        """Speed; the voice keeps its pitch."""
        self._player.setPlaybackRate(rate)

    def set_volume(self, volume: float) -> None:
        """Loudness 0..1."""
        if self._audio is not None:
            self._audio.setVolume(volume)

    def halt(self) -> None:
        """Stops and lets go of the recording."""
        self._running = self._waiting = False
        if self._device is not None:
            self._player.stop()
            self._player.setSource(QUrl())
            self._device.close()
            self._device.deleteLater()
            self._device = None

    def _status(self, status: QMediaPlayer.MediaStatus) -> None:
        kinds = QMediaPlayer.MediaStatus
        if status in (kinds.LoadedMedia, kinds.BufferedMedia) and self._waiting:
            self._waiting = False
            self._player.pause()
            self._player.setPosition(self._from_ms)
            self._player.play()
        elif status == kinds.EndOfMedia and self._running:
            if self._device is not None and self._device.broken is not None:
                self._error(QMediaPlayer.Error.ResourceError, "")  # an end that is damage is none
                return
            self._running = False
            self.ended.emit()
        elif status == kinds.InvalidMedia and self._running:
            self._error(self._player.error(), self._player.errorString())

    def _take(self, frame: QVideoFrame) -> None:
        if not self._running or not frame.isValid():
            return
        at_us = frame.startTime()
        if self._from_ms >= 0 and at_us < self._from_ms * 1000 - _NEAR_US:
            return  # decoded on the way to where it starts
        self._from_ms = -1
        picture = frame.toImage()
        if not picture.isNull():
            self.shown.emit(picture, at_us // 1000)

    def _broke(self) -> None:
        """It may have been read ahead of what is shown: the pictures go on up to it without this player."""
        if self._device is not None and self._device.broken is not None:
            self._error(QMediaPlayer.Error.ResourceError, "")

    def _error(self, error: QMediaPlayer.Error, words: str) -> None:
        if error == QMediaPlayer.Error.NoError or not self._running:
            return
        self._running = False
        broken = self._device.broken if self._device is not None else None
        self.failed.emit(str(broken) if broken else words)
