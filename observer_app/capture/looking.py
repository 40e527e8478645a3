# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at what is being recorded, beside recording it: the window's preview and the picture's health.

Copied streams are decoded only at their key frames, or wholly while someone watches the preview or where key frames
come so seldom that nothing else would tell a frozen picture in time. One key frame a second is enough to tell a frozen
picture; where the stream itself shows that the picture moves (`Stirring`), one in four seconds tells the rest, but for
what was wrong at the last look: when that is over is looked for every second.
"""

from __future__ import annotations

from typing import Any

from observer_app.capture.config import HealthNote
from observer_app.capture.health import HEALTH_SIZE, SELDOM, SELDOM_MS, PictureHealth, Stretches
from observer_app.capture.items import CodedPicture, Picture
from observer_app.capture.preview import PreviewStore

__all__ = ["Looker", "Stirring"]

_HEALTH_EVERY_MS = 1000
_STIRRING_EVERY_MS = 4000
_SPARSE_MS = 2500
_PASSES = frozenset({"blurred", "covered", "dark", "frozen"})
_STIRRED = 1.0
# What a camera sends to keep its rate up when it has nothing to say: units of these kinds (H.264: 12, H.265: 38).
_FILLER = {"h264": b"\0\0\1\x0c", "hevc": b"\0\0\1\x4c"}
_SEARCHED = 8  # of so many frames one is searched for it: who fills up fills up most of them


class Stirring:
    """Whether a coded picture moves, told from the sizes of its frames: where nothing changes, all the frames between
    two key frames together are a small part of one; in a room with people and a little noise they are several times
    one. In doubt, and of codings without such frames, it does not."""

    def __init__(self) -> None:
        self.moves = False
        self._key = self._between = self._frames = 0
        self._filled = True  # as the last frame that was searched

    def take(self, item: CodedPicture) -> None:
        """Take the next picture; at a key frame `moves` says how it was since the one before."""
        if item.key:
            self.moves = not self._filled and self._between > _STIRRED * self._key > 0
            self._key, self._between = item.packet.size, 0
            return
        self._between += item.packet.size
        self._frames += 1
        if self._frames % _SEARCHED == 0:
            filler = _FILLER.get(item.packet.stream.codec_context.name)
            self._filled = filler is None or filler in bytes(item.packet)


class Looker:
    """Give it each picture before it is written, and each sound's loudness."""

    def __init__(self, preview: PreviewStore, stretches: Stretches, *, sound: bool) -> None:
        self.notes: tuple[HealthNote, ...] = ()
        self.level = 0.0
        self._preview = preview
        self._health = PictureHealth(sound=sound)
        self._stretches = stretches
        self._loudest = 0.0
        self._looked_ms = self._seen_ms = -_HEALTH_EVERY_MS  # at anything; at a picture
        self._stirring = Stirring()
        self._decoding = False
        self._key_ms = 0
        self._apart_ms = _SPARSE_MS  # between the last two key frames; until there were two, they may be far apart

    def hear(self, level: float | None) -> None:
        """Take a sound's loudness (None: not looked into); the shown level falls slowly."""
        if level is not None:
            self.level = max(level, self.level * 0.8)
            self._loudest = max(level, self._loudest)

    def see(self, item: Picture | CodedPicture) -> None:
        """Take a picture. Must come before it is handed to the muxer, which takes a packet's content away."""
        frame: Any = item.frame if isinstance(item, Picture) else self._decoded(item)
        if frame is not None and self._preview.due:
            self._preview.put(frame, item.arrived_ns)
        if frame is not None and item.pts_ms - self._seen_ms >= _HEALTH_EVERY_MS:
            self._seen_ms = item.pts_ms
            grey = frame.reformat(width=HEALTH_SIZE[0], height=HEALTH_SIZE[1], format="gray").to_ndarray()
            notes = self._health.look(grey, frame.width, frame.height, self._loudest, item.pts_ms)
            self._say(notes, item)
        elif item.pts_ms - self._looked_ms >= _HEALTH_EVERY_MS:
            self._say(self._health.listen(self._loudest, item.pts_ms), item)

    def _say(self, notes: tuple[HealthNote, ...], item: Picture | CodedPicture) -> None:
        self._looked_ms = item.pts_ms
        self.notes = (*notes, SELDOM) if self._apart_ms >= SELDOM_MS else notes
        self._loudest = 0.0
        since = {"frozen": self._health.still_since_ms, "silent": self._health.silent_since_ms}
        began_ns = item.arrived_ns - item.pts_ms * 1_000_000
        self._stretches.see(
            self.notes, {code: began_ns + ms * 1_000_000 for code, ms in since.items()}, item.arrived_ns
        )

    @property
    def _ails(self) -> bool:
        """Whether the last picture had something that may be over with the next."""
        return any(note.code in _PASSES for note in self.notes)

    def _decoded(self, item: CodedPicture) -> object | None:
        import av

        if item.key and item.pts_ms > self._key_ms:
            self._apart_ms, self._key_ms = item.pts_ms - self._key_ms, item.pts_ms
        self._apart_ms = max(self._apart_ms, item.pts_ms - self._key_ms)
        # Decoding can only begin at a key frame and must then take every packet.
        wholly = self._preview.watched or self._apart_ms >= _SPARSE_MS
        self._stirring.take(item)
        every_ms = _STIRRING_EVERY_MS if self._stirring.moves and not self._ails else _HEALTH_EVERY_MS
        due = item.pts_ms - self._seen_ms >= every_ms
        self._decoding = (item.key and (wholly or due)) or (self._decoding and wholly)
        if not self._decoding:
            return None
        try:
            frames = item.packet.decode()
        except av.FFmpegError:
            return None
        return frames[-1] if frames else None
