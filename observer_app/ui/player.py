# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording being watched. A jump or a step shows the exact frame; playing hands over to the multimedia player.

`at_ms` is always the time of the picture that is shown, in recording time, never a player's idea of its position.
Segments follow one another; a gap between them is passed over while playing and shown as what it is when jumped into.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from observer_app.ui.player_frames import FrameDesk, SilentPlay
from observer_app.ui.strings import register, say
from observer_app.ui.tasks import run
from observer_app.workflows.ports import PicturePort

if TYPE_CHECKING:
    from observer_app.ui.player_stream import StreamPlay

__all__ = ["RATES", "Player"]

RATES = (0.5, 1.0, 1.25, 1.5, 2.0)

register(
    {
        "player.silent": "This machine cannot play sound, so the picture runs without it.",
        "player.failed": "The recording cannot be played here: {words} You can still step through it.",
    }
)


def _stream_play(parent: QObject) -> StreamPlay | None:
    """The player with sound; None where the machine has no multimedia part."""
    try:
        from observer_app.ui.player_stream import StreamPlay, usable
    except ImportError:
        return None
    return StreamPlay(parent) if usable() else None


class Player(QObject):
    """`shown(picture, at_ms)` for every picture, a null one where nothing was recorded; `in_gap(from ms, to ms)` before
    it, -1 and -1 once there is a picture again; `broken(words)` where what was recorded cannot be shown, after a null
    picture; `playing_changed`; `said(words)` for troubles."""

    shown = Signal(QImage, int)
    playing_changed = Signal(bool)
    in_gap = Signal(int, int)
    said = Signal(str)
    broken = Signal(str)

    def __init__(self, pictures: PicturePort, *, with_sound: bool = True, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._segments = pictures.segments()
        self._with_sound = with_sound
        self.duration_ms = pictures.duration_ms
        self.at_ms = 0
        self.rate, self.volume = 1.0, 0.8
        self.playing = False
        self._segment, self._until = -1, -1
        self._opening = 0
        self._stream: StreamPlay | None = None
        self._silent: SilentPlay | None = None
        self.frames = FrameDesk(pictures, self)
        self.frames.shown.connect(self._show_exact)
        self.frames.failed.connect(self._failed)

    def want(self, moments: Sequence[int]) -> None:
        """Where somebody may go next: those pictures are fetched before they are asked for, the nearest first."""
        self.frames.ahead.want([ms for ms in moments if self.frames.gap_at(ms) is None])

    def set_size(self, wide: int, high: int) -> None:
        """How large pictures are shown, in pixels; the one that stands is fetched again where it was smaller."""
        grew = self.frames.fit is not None and (wide > self.frames.fit[0] or high > self.frames.fit[1])
        self.frames.fit = wide, high
        if grew and not self.playing:
            self._stand(self.at_ms)

    # ---- exact ----

    def jump(self, at_ms: int) -> None:
        """Shows the frame of a moment, or that there is none; playing goes on from there."""
        at_ms = min(max(at_ms, 0), max(0, self.duration_ms - 1))
        self.at_ms, self._until = at_ms, -1
        if self.playing:
            self._run_from(at_ms)
        else:
            self._stand(at_ms)

    def _stand(self, at_ms: int) -> None:
        gap = self.frames.gap_at(at_ms)
        if gap is None:
            self.frames.show(at_ms)
            return
        self.frames.forget()
        self.at_ms = at_ms
        self.in_gap.emit(*gap)
        self.shown.emit(QImage(), at_ms)

    def skip(self, by_ms: int) -> None:
        """On (or back) by a time."""
        self.jump(self.at_ms + by_ms)

    def step(self, frames: int) -> None:
        """One or more frames on or back, standing."""
        self.pause()
        gap = self.frames.gap_at(self.at_ms)
        if gap is not None and frames < 0:  # the first one back is the last before the gap
            self.frames.step(max(0, gap[0] - 1), frames + 1)
        else:
            self.frames.step(self.at_ms, frames)

    def _show_exact(self, picture: QImage, pts: int, _asked: int) -> None:
        if self.playing and self._stream is not None and self._silent is None:
            return  # playing has taken over
        self.at_ms = pts
        self.in_gap.emit(-1, -1)
        self.shown.emit(picture, pts)

    # ---- playing ----

    def play_span(self, start_ms: int, end_ms: int) -> None:
        """From a moment up to another, and stands there."""
        self.jump(start_ms)
        self._until = end_ms
        self.play()

    def _span_over(self, at_ms: int) -> bool:
        """Stands still once the end of a span is reached."""
        if not 0 <= self._until <= at_ms:
            return False
        self.at_ms = max(0, self._until - 1)  # its last picture is the one before its end
        self.pause()
        return True

    def toggle(self) -> None:
        """Plays or pauses."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def play(self) -> None:
        """From where it stands; from the beginning at the end."""
        if self.playing or not self._segments:
            return
        if self.at_ms >= self._segments[-1][1] - 50:
            self.at_ms = self._segments[0][0]
        self._set_playing(True)
        self._run_from(self.at_ms)

    def pause(self) -> None:
        """Stands still on the exact frame last shown."""
        self._until = -1
        if self.playing:
            self._stop_engines()
            self._set_playing(False)
            self._stand(self.at_ms)

    def set_rate(self, rate: float) -> None:
        """Speed, 0.5 to 2."""
        self.rate = rate
        if self.playing and self._stream is not None:
            self._stream.set_rate(rate)
        if self.playing and self._silent is not None:
            self._silent.set_rate(rate)

    def set_volume(self, volume: float) -> None:
        """Loudness 0..1."""
        self.volume = volume
        if self._stream is not None:
            self._stream.set_volume(volume)

    def close(self) -> None:
        """Stops and lets go of everything; it may be shown again later."""
        self._stop_engines()
        self.frames.forget()
        self.frames.ahead.stop()
        if self.playing:
            self._set_playing(False)

    # ---- inside ----

    def _set_playing(self, playing: bool) -> None:
        self.playing = playing
        self.frames.ahead.hold(playing)
        self.playing_changed.emit(playing)

    def _stop_engines(self) -> None:
        self._opening += 1
        self.frames.forget()
        if self._stream is not None:
            self._stream.halt()
        if self._silent is not None:
            self._silent.halt()

    def _segment_for(self, at_ms: int) -> int:
        """The segment of a moment, or the next one after a gap; -1 behind the last."""
        return next((number for number, (_, end) in enumerate(self._segments) if at_ms < end), -1)

    def _run_from(self, at_ms: int) -> None:
        self._stop_engines()
        number = self._segment_for(at_ms)
        if number < 0:
            self._finish()
            return
        start, _ = self._segments[number]
        self._segment, at_ms = number, max(at_ms, start)
        self.at_ms = at_ms
        self.in_gap.emit(-1, -1)
        if not self._engine_with_sound():
            self._run_silent(at_ms)
            return
        opening = self._opening
        task = run(lambda: self._pictures.open_stream(number + 1), self)
        task.then(lambda stream: self._opened(opening, stream, at_ms - start))
        task.or_else(lambda error: self._stream_failed(str(error)))

    def _engine_with_sound(self) -> bool:
        if self._silent is not None or not self._with_sound:
            return False
        if self._stream is None:
            self._stream = _stream_play(self)
            if self._stream is not None:
                self._stream.shown.connect(self._show_played)
                self._stream.ended.connect(self._segment_ended)
                self._stream.failed.connect(self._stream_failed)
        return self._stream is not None

    def _opened(self, opening: int, stream: object, from_ms: int) -> None:
        if self.playing and opening == self._opening and self._stream is not None:
            self._stream.start(stream, from_ms, self.rate, self.volume)

    def _show_played(self, picture: QImage, in_segment: int) -> None:
        if self.playing:
            start, end = self._segments[self._segment]
            self.at_ms = min(start + in_segment, end)
            if self._span_over(self.at_ms):
                return
            self.shown.emit(picture, self.at_ms)

    def _segment_ended(self) -> None:
        if self.playing:
            self._run_from(self._segments[self._segment][1])

    def _finish(self) -> None:
        self._set_playing(False)
        self.frames.show(max(0, self.duration_ms - 1))

    def _stream_failed(self, words: str) -> None:
        """Sound is lost; the pictures go on."""
        self._stop_engines()
        self.said.emit(say("player.failed", words=words) if words else say("player.silent"))
        self._with_sound = False
        if self.playing:
            self._run_silent(self.at_ms)

    def _run_silent(self, at_ms: int) -> None:
        if self._silent is None:
            self._silent = SilentPlay(self)
            self._silent.due.connect(self._silent_due)
            if self._stream is None:
                self.said.emit(say("player.silent"))
        self._silent.start(at_ms, self.rate)

    def _silent_due(self, at_ms: int) -> None:
        start, end = self._segments[self._segment]
        if self._span_over(at_ms):
            return
        if at_ms >= end:
            self._run_from(end)
        elif not self.frames.busy:
            self.frames.show(max(at_ms, start))

    def _failed(self, words: str) -> None:
        self._stop_engines()
        if self.playing:
            self._set_playing(False)
        self.shown.emit(QImage(), self.at_ms)  # never another moment's picture in its place
        self.broken.emit(words)
