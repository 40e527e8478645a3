# SPDX-License-Identifier: GPL-3.0-or-later
"""Which source a configuration names, and the simplest of them: a file played in real time, as if it were a camera."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from observer_app.capture.config import RecorderConfig
from observer_app.capture.items import SOUND_RATE, FrameSource, Item, Picture, Sound, SourceName, SourceShape
from observer_app.errors import CameraMissing

if TYPE_CHECKING:
    import av

__all__ = ["NAMED", "FileSource", "list_sources", "source_for", "source_kind"]


NAMED = "camera:"  # and the camera's name; with #2 behind it, the second one of that name
_VIDEO4LINUX = Path("/sys/class/video4linux")


def source_kind(source: str) -> str:
    """`network`, `camera` or `file` (what goes into the index; never the address or name itself)."""
    if source.lower().startswith(("rtsp://", "rtsps://")):
        return "network"
    if source.isdigit() or source.startswith(NAMED) or f"{NAMED}{source}" in _cameras():
        return "camera"
    return "file"


def source_for(config: RecorderConfig, began_ns: int | None = None) -> FrameSource:
    """The source a configuration names. `began_ns`: when the recording began that is going on (a film ran on)."""
    kind = source_kind(config.source)
    if kind == "network":
        from observer_app.capture.rtsp import RtspSource

        return RtspSource(config.source, sound=config.sound)
    if kind == "camera":
        return _camera(config)
    return FileSource(Path(config.source), sound=config.sound, loop=config.loop, began_ns=began_ns)


def _camera(config: RecorderConfig) -> FrameSource:
    from observer_app.capture.camera import CameraSource, Sounds, WithMicrophone

    camera = CameraSource(lambda: _camera_number(config.source), config)
    if not config.sound:
        return camera

    def find() -> Sounds:
        from observer_app.capture.sources_qt import Microphone

        return Microphone(config.microphone).sounds

    return WithMicrophone(camera, find)


def list_sources() -> list[SourceName]:
    """Cameras this machine knows by name. Empty where their names cannot be read without a window.

    `source` holds the name, for a camera that was unplugged comes back under another number."""
    return [SourceName(source, source.removeprefix(NAMED), "camera") for source in _cameras()]


def _camera_number(source: str) -> int:
    """The number a camera has now; CameraMissing when it is not there."""
    if source.isdigit():
        return int(source)
    name = source if source.startswith(NAMED) else f"{NAMED}{source}"
    number = _cameras().get(name)
    if number is None:
        raise CameraMissing(
            f"The camera {name.removeprefix(NAMED)} is not there.",
            advice="Plug it in; the recording goes on as soon as it is back. Or choose another camera.",
        )
    return number


def _cameras() -> dict[str, int]:
    """The number of every camera by its `source`."""
    found: dict[str, int] = {}
    if not sys.platform.startswith("linux"):
        return found
    for place in sorted(_VIDEO4LINUX.glob("video*")):
        try:
            name, number = (place / "name").read_text().strip(), place.name.removeprefix("video")
            first = (place / "index").read_text().strip() == "0"
        except OSError:
            continue
        if first and number.isdigit():  # further nodes of one camera carry no picture
            same = sum(1 for source in found if source.split("#")[0] == f"{NAMED}{name}")
            found[f"{NAMED}{name}#{same + 1}" if same else f"{NAMED}{name}"] = int(number)
    return found


class FileSource:
    """A picture file played at its own speed, as if it were a camera; with `loop` it never ends."""

    live = False

    def __init__(
        self,
        path: Path,
        *,
        sound: bool = True,
        loop: bool = False,
        began_ns: int | None = None,
        start_s: float = 0.0,
        paced: bool = True,
    ) -> None:
        """`began_ns`: monotonic time at which the film began to run, for one that runs already (default: now);
        `start_s`: where to begin otherwise; `paced` False: as fast as it can be read."""
        self._path = path
        self._sound = sound
        self._loop = loop
        self._began_ns = began_ns
        self._start_s = start_s
        self._paced = paced
        self._container: av.container.InputContainer | None = None

    def open(self) -> SourceShape:
        import av

        try:
            container = av.open(str(self._path))
        except FileNotFoundError:
            raise CameraMissing(
                f"There is no file {self._path.name} to play.", advice="Choose another file or a camera."
            ) from None
        except (av.FFmpegError, OSError):
            raise CameraMissing(
                f"{self._path.name} cannot be played as a film.", advice="Choose an MP4 or MKV file, or a camera."
            ) from None
        if not container.streams.video:
            container.close()
            raise CameraMissing(f"{self._path.name} has no picture.", advice="Choose a file with a picture.")
        self._container = container
        video = container.streams.video[0]
        sound = self._sound and bool(container.streams.audio)
        return SourceShape(video.width, video.height, float(video.average_rate or 25), sound)

    def items(self, stop: threading.Event) -> Iterator[Item]:
        container = self._container
        assert container is not None, "open() first"
        length, now = self._length_s(), time.monotonic_ns()
        start_s = self._start_s if self._began_ns is None else (now - self._began_ns) / 1e9
        if start_s >= length > 0 and not self._loop:
            return
        skip = start_s % length if length else 0.0
        began_ns = now - round(start_s * 1e9)
        passed = start_s - skip
        while not stop.is_set():
            last = passed
            for item, due_s in self._once(skip, passed):
                if self._paced and stop.wait(max(began_ns / 1e9 + due_s - time.monotonic(), 0)):
                    return
                last = max(last, due_s)
                yield _arrived(item)
            if not self._loop or last <= passed:
                return
            passed, skip = passed + length, 0.0

    def _length_s(self) -> float:
        """Seconds of picture: sound that goes on a little longer must not stretch a loop."""
        container = self._container
        assert container is not None
        video = container.streams.video[0]
        if video.duration and video.time_base:
            return float(video.duration * video.time_base)
        return (container.duration or 0) / 1e6

    def _once(self, skip: float, passed: float) -> Iterator[tuple[Item, float]]:
        """The file once from `skip` seconds, with the time (s) each item is due; `passed`: loops before."""
        import av

        container = self._container
        assert container is not None
        video = container.streams.video[0]
        streams: list[Any] = [video]
        if self._sound and container.streams.audio:
            streams.append(container.streams.audio[0])
        base = (container.start_time or 0) / 1e6
        container.seek(round((skip + base) * 1e6), backward=True)
        resampler = av.AudioResampler(format="flt", layout="mono", rate=SOUND_RATE)
        for packet in container.demux(streams):
            try:
                decoded: list[Any] = packet.decode()
            except av.FFmpegError:  # one bad packet of a film is no reason to stop
                continue
            for frame in decoded:
                if frame.pts is None or frame.time_base is None:
                    continue
                due = float(frame.pts * frame.time_base) - base
                if due < skip - 1e-6 or (self._loop and due >= self._length_s()):
                    continue
                if isinstance(frame, av.VideoFrame):
                    yield Picture(frame, round((due + passed) * 1000), 0), due + passed
                elif isinstance(frame, av.AudioFrame):
                    yield from _sounds(resampler, frame, due + passed)

    def close(self) -> None:
        if self._container is not None:
            self._container.close()
            self._container = None


def _sounds(resampler: av.AudioResampler, frame: av.AudioFrame, due: float) -> Iterator[tuple[Sound, float]]:
    frame.pts = None
    at = round(due * SOUND_RATE)
    for part in resampler.resample(frame):
        samples: Any = part.to_ndarray().reshape(-1)
        yield Sound(samples, at), due
        at += len(samples)


def _arrived(item: Item) -> Item:
    return Picture(item.frame, item.pts_ms, time.monotonic_ns()) if isinstance(item, Picture) else item
