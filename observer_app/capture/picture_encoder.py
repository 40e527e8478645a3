# SPDX-License-Identifier: GPL-3.0-or-later
"""H.264 that never waits and never falls far behind: a careful encoder, and a hurried one for a busy machine.

Pictures that wait to be encoded are what a kill takes. When the machine is so busy that they wait, the same stream goes
on from a second x264 that looks less hard for the best coding (twice as fast, a little coarser), until none waits any
more. Both write the same parameter sets, so that a player sees one stream; each change is at a key frame.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import av

__all__ = ["PictureEncoder"]

_MS = Fraction(1, 1000)
_GOP_MS = 1000
_BEHIND_MS, _CAUGHT_UP_MS = 300, 100
_OPTIONS = {"preset": "veryfast", "tune": "zerolatency", "crf": "23", "forced-idr": "1"}
_BOTH = "keyint=600:min-keyint=1:scenecut=0"
# Of a noisy room's picture the smallest blocks cost a quarter of the work and gain 0.2 dB.
_CAREFUL = f"{_BOTH}:partitions=i8x8"
# Nothing here may change the parameter sets (so no other reference count, transform, entropy coding or quality).
_HURRIED = f"{_BOTH}:partitions=none:subme=1:me=dia:aq-mode=0"


class PictureEncoder:
    """Encodes the pictures of one segment into `stream`, a libx264 stream whose container is not begun yet."""

    def __init__(self, stream: Any, size: tuple[int, int], fps: float) -> None:
        self._stream = stream
        self._rate = Fraction(max(fps, 1)).limit_denominator(1001)
        self._size = size
        self._careful = stream.codec_context
        self._set_up(self._careful, _CAREFUL)
        self._spare: Any = None
        self._now: Any = self._careful
        self._last_key = -_GOP_MS

    def _set_up(self, context: Any, how: str) -> None:
        context.width, context.height = self._size
        context.pix_fmt = "yuv420p"
        context.framerate, context.time_base = self._rate, _MS
        context.thread_count = 1 if self._size[1] <= 720 else 2
        context.options = {**_OPTIONS, "x264-params": how}

    @property
    def hurried(self) -> bool:
        """Whether the last picture was encoded in a hurry."""
        return self._now is not self._careful

    def encode(self, frame: av.VideoFrame, behind_ms: float) -> list[av.Packet[Any]]:
        """The packets of a picture whose pts (ms, rising) is set. `behind_ms`: how long it has waited."""
        import av

        pts = frame.pts or 0
        key = pts - self._last_key >= _GOP_MS
        if not self.hurried and behind_ms > _BEHIND_MS:
            self._now = self._hurried()
            key = key or self.hurried
        elif self.hurried and key and behind_ms < _CAUGHT_UP_MS:
            self._now = self._careful
        self._last_key = pts if key else self._last_key
        frame.pict_type = av.video.frame.PictureType.I if key else av.video.frame.PictureType.NONE
        packets: list[av.Packet[Any]] = self._now.encode(frame)
        for packet in packets:
            packet.stream = self._stream
        return packets

    def _hurried(self) -> Any:
        """The second encoder; the careful one where their streams would not be one."""
        import av

        if self._spare is None:
            spare: Any = av.CodecContext.create("libx264", "w")
            self._set_up(spare, _HURRIED)
            spare.flags |= av.codec.context.Flags.global_header
            spare.open()
            self._spare = spare
        return self._spare if self._spare.extradata == self._careful.extradata else self._careful

    def rest(self) -> list[av.Packet[Any]]:
        """What the encoders still hold (nothing, as they are set up)."""
        return [packet for one in (self._careful, self._spare) if one is not None for packet in one.encode(None)]
