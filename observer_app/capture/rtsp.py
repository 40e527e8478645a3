# SPDX-License-Identifier: GPL-3.0-or-later
"""A network camera: its coded picture is copied, its sound copied when AAC and encoded anew otherwise (G.711).

The address may carry a password: no message, log or exception of FFmpeg's is ever passed on from here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from observer_app.capture.health import SELDOM
from observer_app.capture.items import SOUND_RATE, CodedPicture, CodedSound, Item, Sound, SourceShape
from observer_app.capture.preview import loudness
from observer_app.errors import CameraMissing

if TYPE_CHECKING:
    import av

__all__ = ["RtspSource"]

_OPEN_S, _READ_S = 8.0, 3.0
# The socket itself gives up a camera that has fallen silent. PyAV's own limit asks Python for the time at each of some
# thousand looks at the socket a second, which costs as much as all the rest of the reading.
_OPTIONS = {"rtsp_transport": "tcp", "timeout": str(round(_READ_S * 1e6))}
_COPIED = {"h264", "hevc", "mpeg4", "mjpeg", "av1", "libdav1d"}  # decoders' names of what Matroska takes as it is
# Of these FFmpeg hands a picture out only when the next one begins to come (its parser looks for the end).
_ONE_BEHIND = {"h264", "hevc"}
_WHOLE_S = 12.0  # for the first whole picture
_SETS_WITHIN = 1024  # bytes at the beginning of a whole picture in which it says what it is
_LEVEL_EVERY = 10  # packets of AAC: five looks a second


class RtspSource:
    """See `FrameSource`. A silent or vanished camera raises `CameraMissing` within three seconds."""

    live = True

    def __init__(self, address: str, *, sound: bool = True) -> None:
        self._address = address
        self._want_sound = sound
        self._container: av.container.InputContainer | None = None
        self._base: float | None = None
        self._sound_copied = False
        self._sounds = 0
        self._one_behind = False
        self._before_ns = 0
        self._began = 0.0
        self._parts = 0  # pictures before the first whole one
        self._says = b""
        self._untimed: av.Packet[Any] | None = None
        self._rate = 25.0
        self._seconds: dict[int, float] = {}

    def open(self) -> SourceShape:
        import av

        try:
            container = av.open(self._address, options=_OPTIONS, timeout=(_OPEN_S, None))
        except (av.FFmpegError, OSError):
            raise self._missing("does not answer") from None
        if not container.streams.video:
            container.close()
            raise self._missing("sends no picture")
        video = container.streams.video[0]
        if video.codec_context.name not in _COPIED:
            container.close()
            raise self._missing("sends a picture Observer cannot record (set it to H.264)")
        self._container = container
        self._one_behind = video.codec_context.name in _ONE_BEHIND
        audio = container.streams.audio[0] if self._want_sound and container.streams.audio else None
        copied = audio if audio is not None and audio.codec_context.name == "aac" else None
        self._sound_copied = copied is not None
        rate = float(video.average_rate or video.guessed_rate or 25)
        self._rate = rate if 1 <= rate <= 120 else 25.0
        return SourceShape(video.width, video.height, rate, audio is not None, video, copied)

    @staticmethod
    def _missing(what: str) -> CameraMissing:
        return CameraMissing(
            f"The network camera {what}.",
            advice="Check its power, the cable and the address; the recording goes on as soon as it is back.",
        )

    def items(self, stop: threading.Event) -> Iterator[Item]:
        import av

        container = self._container
        assert container is not None, "open() first"
        video = container.streams.video[0]
        # Asked of each packet, a time base is a new Fraction: a third of what copying costs.
        self._seconds = {s.index: float(s.time_base or 0) for s in container.streams}
        streams: list[Any] = [video]
        if self._want_sound and container.streams.audio:
            streams.append(container.streams.audio[0])
        resampler = av.AudioResampler(format="flt", layout="mono", rate=SOUND_RATE)
        packets = iter(container.demux(streams))
        self._began = time.monotonic()
        while not stop.is_set():
            asked = time.monotonic()
            try:
                packet = next(packets)
            except StopIteration:
                raise self._missing("has closed the connection") from None
            except (av.FFmpegError, OSError):
                raise self._missing("has stopped sending") from None
            if time.monotonic() - asked > _READ_S * 0.95:
                # After a time-out FFmpeg first hands out what its parser still held and then waits all over again.
                raise self._missing("has stopped sending")
            if not packet.size:  # a flush packet
                continue
            if packet.pts is None:
                self._untimed = packet if packet.stream is video and packet.is_keyframe else None
                continue
            if packet.stream is video and self._untimed is not None:
                yield from self._first(self._untimed, packet, resampler)
                self._untimed = None
            yield from self._item(packet, video, resampler)

    def _first(self, packet: av.Packet[Any], following: av.Packet[Any], resampler: Any) -> Iterator[Item]:
        """FFmpeg gives the first picture of a connection without its time. It is a whole one, and without it nothing
        could be recorded up to the next: it came one picture before the one that follows."""
        if self._base is None and not following.is_keyframe and following.pts == following.dts:
            step = 1 / (self._rate * self._seconds[packet.stream_index])
            packet.pts = packet.dts = (following.pts or 0) - round(step)
            yield from self._item(packet, following.stream, resampler)

    def _item(self, packet: av.Packet[Any], video: Any, resampler: Any) -> Iterator[Item]:
        now_ns = arrived_ns = time.monotonic_ns()
        if packet.stream is video:
            if self._one_behind:
                arrived_ns = self._before_ns or now_ns
            self._before_ns = now_ns
        seconds = self._seconds[packet.stream_index]
        at = (packet.pts or 0) * seconds
        if self._base is None:
            if packet.stream is not video or not packet.is_keyframe:
                self._wait_for_whole(packet.stream is video)
                return  # the recording begins with a key frame
            self._base = at
        at -= self._base
        if packet.stream is video:
            self._check_same(packet)
            ahead = at - ((packet.pts or 0) - packet.dts) * seconds if packet.dts is not None else at
            yield CodedPicture(packet, round(at * 1000), round(ahead * 1000), packet.is_keyframe, arrived_ns)
        elif at >= 0:
            yield from self._sound(packet, at, resampler)

    def _wait_for_whole(self, picture: bool) -> None:
        self._parts += picture
        if time.monotonic() - self._began < _WHOLE_S:
            return
        if not self._parts:
            raise self._missing("sends sound and no picture")
        raise CameraMissing(
            "The network camera sends whole pictures too seldom to begin with one.",
            advice=SELDOM.advice,
        )

    def _check_same(self, packet: av.Packet[Any]) -> None:
        """What the camera codes may change (its size, set on its own page): that is another stream, to be opened anew,
        for a segment says once what it holds."""
        if not packet.is_keyframe:
            return
        says = _stream_says(bytes(memoryview(packet)[:_SETS_WITHIN]), packet.stream.codec_context.name)
        if says and self._says and says != self._says:
            raise CameraMissing(
                "The network camera's picture has been set to another size or quality.",
                advice="The recording goes on with the new picture in a moment.",
            )
        self._says = says or self._says

    def _sound(self, packet: av.Packet[Any], at: float, resampler: Any) -> Iterator[Item]:
        if self._sound_copied:
            # Copied; looked into only now and then, for the level: decoding all of it costs more than the recording.
            self._sounds += 1
            level = max(map(loudness, _samples(packet)), default=0.0) if self._sounds % _LEVEL_EVERY == 1 else None
            yield CodedSound(packet, round(at * 1000), level)
            return
        place = round(at * SOUND_RATE)
        for frame in _frames(packet):
            frame.pts = None
            for part in resampler.resample(frame):
                samples = part.to_ndarray().reshape(-1)
                yield Sound(samples, place)
                place += len(samples)

    def close(self) -> None:
        if self._container is not None:
            self._container.close()
            self._container = None


def _stream_says(data: bytes, codec: str) -> bytes:
    """The sequence parameter set (size, profile) in the beginning of a whole picture; empty when there is none."""
    if codec not in _ONE_BEHIND:
        return b""
    for unit in data.split(b"\0\0\1")[1:]:
        kind = (unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63) if unit else 0
        if kind == (7 if codec == "h264" else 33):
            return unit.rstrip(b"\0")
    return b""


def _frames(packet: av.Packet[Any]) -> list[Any]:
    """Decoded sound; a damaged packet is a click, not a lost camera."""
    import av

    try:
        return list(packet.decode())
    except av.FFmpegError:
        return []


def _samples(packet: av.Packet[Any]) -> Iterator[Any]:
    return (frame.to_ndarray().reshape(-1) for frame in _frames(packet))
