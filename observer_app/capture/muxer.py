# SPDX-License-Identifier: GPL-3.0-or-later
"""From pictures and sound to one segment's Matroska stream.

H.264 that never waits (`picture_encoder`), a key frame each second of media time, a cluster each quarter of a second,
everything flushed at once: what a kill can take is the cluster being filled. Sound keeps to the sample count and
starts at sample 1024 at the earliest, so that the AAC encoder's priming never reaches below time 0 (players
shift the whole picture otherwise); those first 21 ms are left out rather than moved.
"""

from __future__ import annotations

import time
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from observer_app.capture.index import SegmentFiles
from observer_app.capture.items import SOUND_RATE, CodedPicture, CodedSound, Picture, Sound, SourceShape
from observer_app.capture.picture_encoder import PictureEncoder

if TYPE_CHECKING:
    import av
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SegmentMuxer", "fitted_size"]

_MS = Fraction(1, 1000)
_SOUND_FRAME = 1024
_SMALL_SLIP = SOUND_RATE // 20  # 50 ms: a hole, or sound that was there already
_DRIFT_SLIP = SOUND_RATE // 200  # 5 ms: below it the sample count is right and the time stamp only trembles
_STRETCH = 1000  # one sample in a thousand is added or left out until a drift is caught up; nobody hears it
_SILENCE_AFTER = SOUND_RATE  # one second without sound is filled, or the picture would wait for it
# Left alone, FFmpeg begins a cluster every 32 KB of a file it cannot seek in: at 4 Mbit/s that is 16 a second, and an
# index four times as long to be read before the first picture.
_OPTIONS = {
    "cluster_time_limit": "250",
    "cluster_size_limit": str(16 << 20),
    "flush_packets": "1",
    "max_interleave_delta": "300000",
}
_AT_ONCE = 1 << 20  # bytes handed over in one call: a cluster, not 32 KB of it


def fitted_size(width: int, height: int, most_width: int, most_height: int) -> tuple[int, int]:
    """The picture's size scaled down into the box, even numbers, never enlarged."""
    share = min(most_width / width, most_height / height, 1.0)
    return max(round(width * share / 2) * 2, 2), max(round(height * share / 2) * 2, 2)


class SegmentMuxer:
    """One segment's encoders and container. All times are of the source's clock; `zero_ms` is the first picture's."""

    def __init__(self, files: SegmentFiles, shape: SourceShape, size: tuple[int, int], zero_ms: int) -> None:
        import av

        self._zero_ms = zero_ms
        self._size = size
        self._last_pts = -1
        self._encoder: PictureEncoder | None = None
        self._container: Any = av.open(files, "w", format="matroska", options=_OPTIONS, buffer_size=_AT_ONCE)
        self._video: Any = self._add_video(shape)
        self._audio: Any = self._add_audio(shape) if shape.sound else None
        self._line = _SoundLine(zero_ms) if shape.sound and shape.sound_template is None else None

    def _add_video(self, shape: SourceShape) -> Any:
        if shape.picture_template is not None:
            return self._container.add_stream_from_template(shape.picture_template)
        video = self._container.add_stream("libx264")
        self._encoder = PictureEncoder(video, self._size, shape.fps)
        return video

    def _add_audio(self, shape: SourceShape) -> Any:
        if shape.sound_template is not None:
            return self._container.add_stream_from_template(shape.sound_template)
        audio = self._container.add_stream("aac", rate=SOUND_RATE, layout="mono")
        audio.bit_rate = 64_000
        audio.options = {
            "aac_coder": "fast"
        }  # FFmpeg's usual search takes 2.5 times as long, for speech further from it
        return audio

    def picture(self, item: Picture) -> int:
        """Encode one picture; its media time in the segment (ms). Times are kept strictly rising."""
        assert self._encoder is not None, "copied pictures go to `coded`"
        pts = max(item.pts_ms - self._zero_ms, self._last_pts + 1)
        self._last_pts = pts
        frame = item.frame.reformat(width=self._size[0], height=self._size[1], format="yuv420p")
        frame.pts, frame.time_base = pts, _MS
        behind_ms = (time.monotonic_ns() - item.arrived_ns) / 1e6 if item.arrived_ns else 0.0
        for packet in self._encoder.encode(frame, behind_ms):
            self._container.mux(packet)
        self._fill_silence(pts)
        return pts

    def coded(self, item: CodedPicture) -> int:
        """Copy one coded picture; its media time in the segment (ms)."""
        pts = item.pts_ms - self._zero_ms
        _retime(item.packet, pts, item.dts_ms - self._zero_ms)
        item.packet.stream = self._video
        self._container.mux(item.packet)
        self._last_pts = max(self._last_pts, pts)
        self._fill_silence(pts)
        return pts

    def sound(self, item: Sound) -> None:
        """Encode samples at their place; short slips are trusted to the sample count, real holes become silence."""
        if self._line is not None:
            self._line.add(item)
            self._encode_sound()

    def coded_sound(self, item: CodedSound) -> None:
        """Copy coded sound; what lies before the first picture is left out."""
        pts = item.pts_ms - self._zero_ms
        if self._audio is None or pts < 0:
            return
        _retime(item.packet, pts, pts)
        item.packet.stream = self._audio
        self._container.mux(item.packet)

    def _fill_silence(self, pts_ms: int) -> None:
        if self._line is not None:
            self._line.fill_to(pts_ms * SOUND_RATE // 1000 - _SILENCE_AFTER)
            self._encode_sound()

    def _encode_sound(self) -> None:
        import av

        assert self._line is not None
        for at, samples in self._line.take():
            frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, at, Fraction(1, SOUND_RATE)
            for packet in self._audio.encode(frame):
                self._container.mux(packet)

    def close(self) -> None:
        """Flush the encoders and end the stream."""
        if self._line is not None:
            for packet in self._audio.encode(None):
                self._container.mux(packet)
        if self._encoder is not None and self._last_pts >= 0:
            for packet in self._encoder.rest():
                self._container.mux(packet)
        self._container.close()


def _retime(packet: av.Packet[Any], pts_ms: int, dts_ms: int) -> None:
    """Give a packet its time in the segment; how long it lasts follows from the next one."""
    packet.pts, packet.dts, packet.duration = pts_ms, dts_ms, 0
    packet.time_base = _MS


class _SoundLine:
    """Sound as one unbroken line of samples, cut into encoder frames."""

    def __init__(self, zero_ms: int) -> None:
        import numpy as np

        self._np = np
        self._zero = zero_ms * SOUND_RATE // 1000
        self._next = _SOUND_FRAME  # place of the first sample not yet taken
        self._parts: list[NDArray[np.float32]] = []
        self._have = 0

    def add(self, item: Sound) -> None:
        at, samples = item.at_sample - self._zero, item.samples
        end = self._next + self._have
        slip = at - end
        if slip > _SMALL_SLIP:
            self.fill_to(at)
        elif slip < -_SMALL_SLIP or (end == _SOUND_FRAME and slip < 0):
            samples = samples[-slip:]
        elif abs(slip) > _DRIFT_SLIP:
            samples = self._stretched(samples, slip)
        self._push(samples)

    def _stretched(self, samples: NDArray[np.float32], slip: int) -> NDArray[np.float32]:
        """The same sound a little longer or shorter, towards `slip` samples."""
        most = max(len(samples) // _STRETCH, 1)
        count = len(samples) + min(max(slip, -most), most)
        if len(samples) < 2 or count < 2:
            return samples
        places = self._np.linspace(0, len(samples) - 1, count)
        return self._np.interp(places, self._np.arange(len(samples)), samples).astype(self._np.float32)

    def fill_to(self, at: int) -> None:
        missing = at - self._next - self._have
        if missing > 0:
            self._push(self._np.zeros(missing, dtype=self._np.float32))

    def _push(self, samples: NDArray[np.float32]) -> None:
        if len(samples):
            self._parts.append(samples)
            self._have += len(samples)

    def take(self) -> list[tuple[int, NDArray[np.float32]]]:
        """Whole encoder frames and their places."""
        if self._have < _SOUND_FRAME:
            return []
        line = self._np.concatenate(self._parts)
        count = len(line) // _SOUND_FRAME
        frames = [
            (self._next + i * _SOUND_FRAME, line[i * _SOUND_FRAME : (i + 1) * _SOUND_FRAME]) for i in range(count)
        ]
        self._next += count * _SOUND_FRAME
        self._parts = [line[count * _SOUND_FRAME :]]
        self._have = len(self._parts[0])
        return frames
