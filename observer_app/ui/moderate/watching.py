# SPDX-License-Identifier: GPL-3.0-or-later
"""The left of Replay: picture, transport, timeline and keys over one `Player`."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QWidget

from observer_app.domain.record import RecordState
from observer_app.errors import ObserverError
from observer_app.ui.moderate.going import Going, LeadIn
from observer_app.ui.moderate.marking import Marking
from observer_app.ui.moderate.timeline import Lane, RecordingTimeline
from observer_app.ui.moderate.transport import KeyRow, Transport
from observer_app.ui.player import RATES, Player
from observer_app.ui.player_picture import Picture
from observer_app.ui.strings import say
from observer_app.ui.tasks import run
from observer_app.ui.widgets.panel import column
from observer_app.workflows.board_views import ReplayView
from observer_app.workflows.ports import PicturePort
from observer_app.workflows.views import MarkView

__all__ = ["Watching", "lanes_of"]

_THUMBS, _THUMB_HIGH, _PEAKS = 10, 92, 204
_TEN_MS = 10_000
_LOUD, _LOUDER = 80, 10
_KINDS = {"R": "rat", "N": "note", "F": "flag", "C": "clip"}


def lanes_of(view: ReplayView, marking: Marking) -> list[Lane]:
    """Own marks; once they are signed both sets, live above replay."""
    both = marking.both if view.state >= RecordState.SIGNED else None
    if both is None:
        return [Lane("own", view.marks)]

    def of(sign: str) -> tuple[MarkView, ...]:
        return tuple(mark for mark in both.marks if mark.lane.startswith(sign))

    return [Lane("live", of("live")), Lane("replay", of("replay") or view.marks)]


class Watching(QWidget):
    """`start` opens the recording once and shows it (`opened`), `stop` lets go of it. `failed` carries a sentence;
    `all_checked` what is wrong with the recording, "" for nothing, once every byte of it was looked at."""

    failed = Signal(str)
    opened = Signal()
    all_checked = Signal(str)

    def __init__(self, marking: Marking, view: ReplayView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marking = marking
        self._player: Player | None = None
        self._asked = self._filled = False
        self._flat = False
        self._going, self._loud = Going(), _LOUD
        self.picture, self.transport, self.timeline = Picture(), Transport(), RecordingTimeline()
        scale = [value for row in view.rows for value, _ in row.scale] or [1, 7]
        self.keys_row = KeyRow(min(scale), max(scale))
        self.timeline.render_recording(view.duration_ms, view.gaps)
        self._layout = column(self.picture, self.transport, self.timeline, self.keys_row, None,
                              margins=(24, 16, 24, 0), into=self)  # fmt: skip
        self._layout.setStretch(0, 100)
        self._layout.setStretch(4, 1)
        self.transport.render_at(0, view.duration_ms)
        self.transport.pressed.connect(self._press)
        self.timeline.wanted.connect(self.jump)

    # ---- size ----

    def set_flat(self, flat: bool) -> None:
        """Where the page scrolls, the picture takes the whole width."""
        self._flat = flat
        self._size_picture()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._size_picture()

    def _size_picture(self) -> None:
        high = max(1, (self.width() - 48) * 9 // 16)
        self.picture.setMaximumHeight(high)
        self.picture.setMinimumHeight(min(high, 480) if self._flat else 153)

    # ---- the recording ----

    @property
    def at_ms(self) -> int:
        """The time of the picture that is shown."""
        return self._player.at_ms if self._player is not None else 0

    @property
    def player(self) -> Player | None:
        """The player once the recording is open."""
        return self._player

    def start(self) -> None:
        """Opens the recording the first time; afterwards goes to what another page asked for."""
        if self._player is not None:
            self._go_to_wanted()
        elif not self._asked:
            self._asked = True
            self.picture.say_over(say("replay.opening"))
            run(self._marking.port.pictures, self).then(self._opened).or_else(self._not_opened)

    def stop(self) -> None:
        """Stops playing and lets go of the recording's sound."""
        if self._player is not None:
            self._player.close()

    def _not_opened(self, error: ObserverError) -> None:
        self._asked = False
        self.picture.say_over(str(error))
        self.failed.emit(str(error))

    def _opened(self, pictures: PicturePort) -> None:
        self.picture.say_over("")
        player = Player(pictures, parent=self)
        self._player = player
        player.set_size(*self.picture.pixels())
        self.picture.resized.connect(player.set_size)
        self._marking.pictures, self._marking.frames = pictures, player.frames
        player.shown.connect(self._shown)
        player.playing_changed.connect(self.transport.render_playing)
        player.in_gap.connect(self.picture.set_gap)
        player.in_gap.connect(lambda _start, _end: self.picture.say_over(""))
        player.broken.connect(self.picture.say_over)
        player.said.connect(self.failed)
        self.transport.rate_chosen.connect(player.set_rate)
        self.transport.volume_chosen.connect(player.set_volume)
        player.set_volume(self.transport.volume.value() / 100)
        player.set_rate(float(self.transport.rates.choice or 1))
        self._go_to_wanted()
        self._fetch_ahead()
        self.opened.emit()
        if pictures.warnings:
            self.failed.emit(" ".join(pictures.warnings))

    def _fill_timeline(self, player: Player, pictures: PicturePort) -> None:
        """After the first picture: nobody waits for these."""
        self._filled = True
        run(self._marking.port.check, self).then(self.checked).or_else(self.damaged)
        # What is damaged is said by the check above; the timeline only stays empty there.
        thumbs = run(lambda: player.frames.thumbnails(_THUMBS, _THUMB_HIGH), self)
        thumbs.then(self.timeline.render_thumbs).or_else(lambda _error: None)
        sound = run(lambda: pictures.waveform(_PEAKS), self)
        sound.then(self.timeline.render_sound).or_else(lambda _error: None)

    def _go_to_wanted(self) -> None:
        wanted, self._marking.wanted_ms = self._marking.wanted_ms, -1
        if self._player is not None:
            self._player.jump(wanted if wanted >= 0 else self._player.at_ms)

    def _shown(self, picture: QImage, at_ms: int) -> None:
        self.picture.render_picture(picture, at_ms)
        self.timeline.render_at(at_ms)
        player, pictures = self._player, self._marking.pictures
        if player is not None:
            self.transport.render_at(at_ms, player.duration_ms)
            if not self._filled and pictures is not None:
                self._fill_timeline(player, pictures)

    def checked(self, _words: str) -> None:
        """Every byte is what was signed."""
        self.all_checked.emit("")

    def damaged(self, error: ObserverError) -> None:
        """Not every byte is; what is shown is all the same only what was signed."""
        self.all_checked.emit(str(error))

    def render_marks(self, view: ReplayView) -> None:
        """The marks on the timeline."""
        self.timeline.render_recording(view.duration_ms, view.gaps)
        self.timeline.render_lanes(lanes_of(view, self._marking))
        self.keys_row.set_read_only(view.state >= RecordState.SIGNED)
        self._fetch_ahead()

    def _fetch_ahead(self) -> None:
        """A click on a mark, or a step to it, shall find its picture there."""
        if self._player is not None:
            moments = self.timeline.moments()
            before = LeadIn.seconds() * 1000
            self._player.want([*moments, *(max(0, ms - before) for ms in moments if before)])

    # ---- what is asked ----

    def jump(self, at_ms: int) -> None:
        """To a moment; before the recording is open it is remembered."""
        if self._player is None:
            self._marking.wanted_ms = at_ms
            return
        self._going.forget()
        self._player.jump(at_ms)

    def pause(self) -> None:
        """Stands still."""
        if self._player is not None:
            self._player.pause()

    def play_span(self, start_ms: int, end_ms: int) -> None:
        """Plays a clip."""
        if self._player is not None:
            self._going.forget()
            self._player.play_span(start_ms, end_ms)

    def _press(self, key: str) -> None:
        player = self._player
        if player is None:
            return
        if key not in ("play", "pause", "run"):
            self._going.forget()
        acts: dict[str, Callable[[], None]] = {
            "back_10": lambda: player.skip(-_TEN_MS), "back_1": lambda: player.step(-1), "play": player.toggle,
            "on_1": lambda: player.step(1), "on_10": lambda: player.skip(_TEN_MS), "pause": player.pause,
            "run": player.play,
        }  # fmt: skip
        acts[key]()

    def to_mark(self, direction: int, what: str = "") -> None:
        """To the next (-1: the one before) mark of a kind (`RecordingTimeline.moments`), the lead-in before it."""
        landing = self._going.step(self.timeline.moments(what), self.at_ms, direction)
        if landing >= 0 and self._player is not None:
            self._player.jump(landing)

    def louder(self, by: int) -> None:
        """Louder or, below 0, quieter, in hundredths."""
        self.transport.volume.setValue(self.transport.volume.value() + by)

    def mute(self) -> None:
        """Silence, and back to how loud it was."""
        slide = self.transport.volume
        before, self._loud = self._loud, slide.value()
        slide.setValue(0 if slide.value() else before or _LOUD)

    def _speed(self, by: int) -> None:
        rates = [f"{rate:g}" for rate in RATES]
        at = rates.index(self.transport.rates.choice) + by
        if 0 <= at < len(rates) and self._player is not None:
            self.transport.rates.choose(rates[at])
            self._player.set_rate(float(rates[at]))

    def keys(self) -> list[tuple[str, Callable[[], object]]]:
        """Keys and what they do: those of film cutters beside the plain ones."""

        def press(key: str) -> Callable[[], object]:
            return lambda: self._press(key)

        def go(direction: int, what: str = "") -> Callable[[], object]:
            return lambda: self.to_mark(direction, what)

        by_kind = [(f"{held}{letter}", go(direction, what)) for letter, what in _KINDS.items()
                   for held, direction in (("Shift+", 1), ("Ctrl+Shift+", -1))]  # fmt: skip
        return [
            ("Space", press("play")), ("K", press("pause")), ("J", press("back_10")), ("L", press("run")),
            (",", press("back_1")), (".", press("on_1")), ("Left", press("back_10")), ("Right", press("on_10")),
            ("Shift+Left", go(-1)), ("Shift+Right", go(1)), *by_kind,
            ("<", lambda: self._speed(-1)), (">", lambda: self._speed(1)),
            ("-", lambda: self.louder(-_LOUDER)), ("+", lambda: self.louder(_LOUDER)),
            ("=", lambda: self.louder(_LOUDER)), ("M", self.mute),
        ]  # fmt: skip
