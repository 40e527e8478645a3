# SPDX-License-Identifier: GPL-3.0-or-later
"""Under the picture: back, play, on, how loud, how fast; and the keys that do the same."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QWidget

from observer_app.ui.player import RATES
from observer_app.ui.strings import clock_words, say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button, KeyCap
from observer_app.ui.widgets.flow import Flow
from observer_app.ui.widgets.panel import Icon, column, row
from observer_app.ui.widgets.pickers import Slide
from observer_app.ui.widgets.segments import Segment, Segments
from observer_app.ui.widgets.text import Text

__all__ = ["KeyRow", "Transport"]


class _Square(Button):
    """A button as high as it is wide, or as wide as its few signs."""

    def __init__(self, text: str, *, icon: str = "", name: str, wide: int = 44, kind: str = "plain") -> None:
        self._wide = wide
        super().__init__(text, icon=icon, name=name, kind=kind)

    def sizeHint(self) -> QSize:
        return QSize(max(Theme.current.size(self._wide), round(self._parts()) + 8), Theme.current.size(44))


class _Clock(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.now, self.total = Text(role="lead"), Text(tone="soft")
        row(self.now, 4, self.total, into=self)


class Transport(QWidget):
    """`pressed` says what: back_10, back_1, play, on_1, on_10; `rate_chosen` and `volume_chosen` the values."""

    pressed = Signal(str)
    rate_chosen = Signal(float)
    volume_chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons = {
            "back_10": _Square("−10", name=say("replay.back_10")),
            "back_1": _Square("", icon="step-back", name=say("replay.back_1")),
            "play": _Square("", icon="play", name=say("replay.play"), wide=64, kind="main"),
            "on_1": _Square("", icon="step-forward", name=say("replay.on_1")),
            "on_10": _Square("+10", name=say("replay.on_10")),
        }
        for key, button in self.buttons.items():
            button.clicked.connect(lambda _=False, key=key: self.pressed.emit(key))
        self.clock = _Clock()
        self.volume = Slide(say("replay.volume"))
        self.volume.setValue(80)
        self.volume.valueChanged.connect(lambda value: self.volume_chosen.emit(value / 100))
        loud = QWidget()
        row(Icon("volume-2"), self.volume, gap=8, into=loud)
        speeds = [Segment(f"{rate:g}", f"{rate:g}×", say("replay.speed_of", rate=f"{rate:g}")) for rate in RATES]
        self.rates = Segments(say("replay.speed"), speeds, high=44)
        self.rates.choose("1")
        self.rates.chosen.connect(lambda key: self.rate_chosen.emit(float(key)))
        flow = Flow([*self.buttons.values(), self.clock], [loud, self.rates], side=0, around=8, gap=8)
        column(flow, into=self)

    def render_at(self, at_ms: int, duration_ms: int) -> None:
        """The time of the picture shown."""
        self.clock.now.setText(clock_words(at_ms))
        self.clock.total.setText(say("replay.of", total=clock_words(duration_ms)))

    def render_playing(self, playing: bool) -> None:
        """Pause while it plays."""
        play = self.buttons["play"]
        play.set_icon("pause" if playing else "play")
        play.setAccessibleName(say("replay.pause" if playing else "replay.play"))


class KeyRow(QWidget):
    """The keys, asleep while words are typed."""

    def __init__(self, low: int, high: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        scale = say("replay.key.scale", low=low, high=high)
        self._caps: list[KeyCap] = []
        groups = [self._group(words, caps) for words, caps in (
            ("play", ("Space",)), ("frame", (",", ".")), ("ten", ("←", "→")), ("keys", ("F1",)), ("rate", (scale,)),
            ("note", ("N",)), ("flag", ("F",)), ("clip", ("[", "]")),
        )]  # fmt: skip
        self._marking = groups[4:]
        column(Flow(groups, [], side=0, around=12, gap=16), into=self)

    def _group(self, words: str, caps: tuple[str, ...]) -> QWidget:
        group = QWidget()
        keys = [KeyCap(cap) for cap in caps]
        self._caps += keys
        row(*keys, Text(say(f"replay.key.{words}"), tone="soft"), gap=8, into=group)
        return group

    def set_read_only(self, read_only: bool) -> None:
        """Without the keys that mark, once the marks are signed."""
        for group in self._marking:
            group.setVisible(not read_only)

    def set_asleep(self, asleep: bool) -> None:
        """Dashed while the keys type letters."""
        for cap in self._caps:
            cap.set_asleep(asleep)
