# SPDX-License-Identifier: GPL-3.0-or-later
"""A network camera: its coded picture is copied, its sound copied when AAC and encoded anew otherwise (G.711).

The address may carry a password: no message, log or exception of FFmpeg's is ever passed on from here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from observer_app.capture.items import SOUND_RATE, CodedPicture, CodedSound, Item, Sound, SourceShape
from observer_app.capture.preview import loudness
from observer_app.errors import CameraMissing

if TYPE_CHECKING:
    import av

__all__ = ["RtspSource"]

_OPEN_S, _READ_S = 8.0, 3.0
_COPIED = {"h264", "hevc", "mpeg4", "mjpeg", "av1", "libdav1d"}  # decoders' names of what Matroska takes as it is
# Of these FFmpeg hands a picture out only when the next one begins to come (its parser looks for the end).
_ONE_BEHIND = {"h264", "hevc"}
_LEVEL_EVERY = 10  # packets of AAC: five looks a second


class RtspSource:
    """See `FrameSource`. A silent or vanished camera raises `CameraMissing` within three seconds."""

    live = True

    def __init__(self, address: str, *, sound: bool = True) -> None:
        self._address = address
        self._want_sound = sound
        self._container: av.container.InputContainer | None = None
        self._base: float | None = None
        self._sounds = 0
        self._one_behind = False
        self._before_ns = 0
        self._seconds: dict[int, float] = {}

    def open(self) -> SourceShape:
        import av

        try:
            container = av.open(self._address, options={"rtsp_transport": "tcp"}, timeout=(_OPEN_S, _READ_S))
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
        rate = float(video.average_rate or video.guessed_rate or 25)
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
            # A flush packet has no size; once a session a packet comes without a time.
            if packet.pts is None or not packet.size:
                continue
            yield from self._item(packet, video, resampler)

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
                return  # the recording begins with a key frame
            self._base = at
        at -= self._base
        if packet.stream is video:
            ahead = at - ((packet.pts or 0) - packet.dts) * seconds if packet.dts is not None else at
            yield CodedPicture(packet, round(at * 1000), round(ahead * 1000), packet.is_keyframe, arrived_ns)
        elif at >= 0:
            yield from self._sound(packet, at, resampler)

    def _sound(self, packet: av.Packet[Any], at: float, resampler: Any) -> Iterator[Item]:
        if packet.stream.codec_context.name == "aac":
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


def _frames(packet: av.Packet[Any]) -> list[Any]:
    """Decoded sound; a damaged packet is a click, not a lost camera."""
    import av

    try:
        return list(packet.decode())
    except av.FFmpegError:
        return []


def _samples(packet: av.Packet[Any]) -> Iterator[Any]:
    return (frame.to_ndarray().reshape(-1) for frame in _frames(packet))
