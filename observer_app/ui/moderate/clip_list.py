# SPDX-License-Identifier: GPL-3.0-or-later
"""The clips of a recording: each is played, named and given out from here; what was given out stands below."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from observer_app.domain.record import RecordState
from observer_app.ui.moderate.compare_open import Sign
from observer_app.ui.strings import say
from observer_app.ui.widgets.buttons import Button, LinkButton
from observer_app.ui.widgets.give_out import span_words
from observer_app.ui.widgets.panel import Icon, column, emptied, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import ClipView, ReplayView

__all__ = ["ClipList"]


class ClipList(QWidget):
    """`play`, `name` and `give_out` carry a `ClipView`; `give_marks` asks for all marks as files,
    `correct_late` for the form that says how late the picture comes."""

    play = Signal(object)
    name = Signal(object)
    give_out = Signal(object)
    give_marks = Signal()
    correct_late = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[object, ...] = ()
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(20, 0, 20, 16)
        self._box.setSpacing(8)

    def render_view(self, view: ReplayView) -> None:
        """The clips and what was given out; made anew only when it differs."""
        signed = view.state >= RecordState.SIGNED
        wanted = (view.clips, view.given_out, view.lateness, signed)
        self.setVisible(bool(view.clips or view.given_out or signed))
        if wanted == self._shown:
            return
        self._shown = wanted
        emptied(self._box)
        if view.clips or signed:
            self._box.addWidget(Text(say("clip.title"), "lead"))
        for clip in view.clips:
            self._box.addWidget(self._row(clip, signed))
        if signed:
            marks = Button(say("clip.give_marks"), icon="download", high=40, weight=500)
            marks.clicked.connect(self.give_marks)
            self._box.addWidget(marks)
            late = Button(say("late.open"), icon="timer", high=40, weight=500)
            late.clicked.connect(self.correct_late)
            self._box.addWidget(late)
        for head, sentences in (("late.said", view.lateness), ("clip.given", view.given_out)):
            if sentences:
                self._box.addWidget(Text(say(head), weight=600))
            for words in sentences:
                self._box.addWidget(Text(words, tone="soft", wrap=True))

    def _row(self, clip: ClipView, signed: bool) -> QWidget:
        shown, words = QWidget(), span_words(clip)
        play = LinkButton(words, icon="play", name=say("clip.play", span=words))
        play.clicked.connect(lambda: self.play.emit(clip))
        give = Button("", kind="quiet", icon="download", high=36, name=say("clip.give_of", span=words))
        give.setToolTip(say("clip.give"))
        give.clicked.connect(lambda: self.give_out.emit(clip))
        parts: list[QWidget | int | None] = [Sign("live", "surface")] if clip.whose == "live" else []
        parts += [play, None]
        if clip.whose == "own":
            parts.append(Icon("circle-check" if clip.saved else "clock", "good" if clip.saved else "soft", 16))
            if not signed:
                name = Button("", kind="quiet", icon="pencil-line", high=36, name=say("clip.name_of", span=words))
                name.setToolTip(say("clip.rename"))
                name.clicked.connect(lambda: self.name.emit(clip))
                parts.append(name)
        parts.append(give)
        head = row(*parts, gap=4)
        called = [Text(clip.name, wrap=True)] if clip.name else []
        column(head, *called, into=shown)
        whose = say("clip.live") if clip.whose == "live" else clip.name or say("clip.nameless")
        shown.setAccessibleName(say("clip.row", span=words, name=whose))
        return shown
