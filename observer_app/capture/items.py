# SPDX-License-Identifier: GPL-3.0-or-later
"""What a source gives and what it is asked: the one port of everything with a picture, and the shapes that pass it.

A source gives items in order of time. Each says when it was taken on the source's own clock (`pts_ms`, sound in
samples at 48 kHz) and when it arrived on the monotonic clock. Frames are never timed by number / rate.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import av
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "SOUND_RATE",
    "CodedPicture",
    "CodedSound",
    "FrameSource",
    "Item",
    "Missing",
    "Picture",
    "Sound",
    "SourceName",
    "SourceShape",
]

SOUND_RATE = 48_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture, to be encoded."""

    frame: av.VideoFrame
    pts_ms: int
    arrived_ns: int


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """A picture the camera has coded already, to be copied as it is. `dts_ms`: when it must be decoded (never after
    it is shown)."""

    packet: av.Packet[Any]
    pts_ms: int
    dts_ms: int
    key: bool
    arrived_ns: int


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono samples (float32, -1 to 1) at 48 kHz; `at_sample`: place of the first on the source's clock."""

    samples: NDArray[np.float32]
    at_sample: int


@dataclass(frozen=True, slots=True)
class CodedSound:
    """Sound the camera has coded as AAC, to be copied; `level` is its loudness (0 to 1), None when not looked into."""

    packet: av.Packet[Any]
    pts_ms: int
    level: float | None


@dataclass(frozen=True, slots=True)
class Missing:
    """Between what came before and the next picture others came that nobody could take in time."""


Item = Picture | CodedPicture | Sound | CodedSound


@dataclass(frozen=True, slots=True)
class SourceShape:
    """What an opened source gives. Templates are set where its packets are to be copied."""

    width: int
    height: int
    fps: float
    sound: bool
    picture_template: Any = None
    sound_template: Any = None


class FrameSource(Protocol):
    """The port. `live`: an end of the items is a loss of the source, not its end."""

    live: bool

    def open(self) -> SourceShape:
        """Connect; `CameraMissing` with advice when there is no picture to be had."""

    def items(self, stop: threading.Event) -> Iterator[Item]:
        """Items in real time until the source ends or `stop` is set; `CameraMissing` when it is lost."""

    def close(self) -> None:
        """Let go of the device, file or connection."""


@dataclass(frozen=True, slots=True)
class SourceName:
    """A source a person can choose: `source` goes into the configuration, `label` onto the screen."""

    source: str
    label: str
    kind: str
