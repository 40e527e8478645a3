# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is in the room, what is being recorded and how long is left: the left column of Live, or a strip on top."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from observer_app.ui.strings import clock_words, counted, minutes_words, say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import paint_text
from observer_app.ui.widgets.marks import Lamp, Meter, Photo
from observer_app.ui.widgets.measured import Measured
from observer_app.ui.widgets.panel import Icon, Panel, column, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.views import RECORDING, LiveView, PhaseView

__all__ = ["CandidatePanel", "PhaseClock", "TopStrip", "rated_words"]

_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
_PHASE_SIGNS = {"done": ("check", "good"), "now": ("arrow-right", "accent"), "to_come": ("circle", "soft")}


def _clock_words(view: LiveView) -> str:
    left = view.remaining_s
    return ("+" if left < 0 else "") + clock_words(abs(left) * 1000)


class PhaseClock(Measured, QWidget):
    """The phase, the time left in large figures, how far it is, the reminders. Changes without a layout."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._words = ("", "", "")
        self._share = 0.0
        self._warn: tuple[float, ...] = ()
        self._reminders = self._due = ""
        self._over = False

    def sizeHint(self) -> QSize:
        theme = Theme.current
        return QSize(200, theme.line("body") + theme.line("clock") + 20 + theme.line("caption"))

    def render_view(self, view: LiveView) -> None:
        """The running phase of a view."""
        before = self._words, self._share, self._warn, self._reminders
        phase = view.phase
        if phase is None:
            words = _no_phase_words(view)
            self._words = (words, "", "")
            self._share, self._warn = (1.0 if words == say("live.finished") else 0.0), ()
        else:
            length = minutes_words(phase.planned_s)
            self._over = view.remaining_s < 0
            after = say("live.over_of" if self._over else "live.left_of", length=length)
            self._words = (phase.title, _clock_words(view), after)
            planned = max(1, phase.planned_s)
            self._share = min(1.0, max(0.0, 1 - view.remaining_s / planned))
            self._warn = tuple(1 - minutes * 60 / planned for minutes in phase.warn_at if minutes * 60 < planned)
        self._due = due_words(view)
        self._reminders = self._due or _reminder_words(phase)
        name = self._words[0]
        if phase is not None:
            name = say("live.clock", time=self._words[1], length=self._words[2], phase=name)
        self.setAccessibleName(". ".join(part for part in (name, self._due) if part))
        if before != (self._words, self._share, self._warn, self._reminders):
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), Theme.current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        title, time, after = self._words
        top = 0.0
        ink, soft, wide = theme.colour("ink"), theme.colour("soft"), self.width()
        left = theme.metrics("clock").horizontalAdvance(time) + 6
        length = theme.metrics().horizontalAdvance(after)
        above = left + length > wide  # an hour and more: beside the title, or it would be cut
        head = QRectF(0, top, wide, theme.line("body"))
        room = wide - length - 8 if above else wide
        words = theme.metrics("body", 600).elidedText(title, Qt.TextElideMode.ElideRight, room)
        paint_text(painter, head, words, "body", ink, 600, _LEFT)
        if above:
            paint_text(painter, head, after, "body", soft, 400, _RIGHT)
        top += theme.line("body")
        if time:
            paint_text(painter, QRectF(-2, top, wide, theme.line("clock")), time, "clock", ink, 600, _LEFT)
            base = top + theme.line("clock") / 2 + theme.metrics("clock").capHeight() / 2
            painter.setFont(theme.font())
            painter.setPen(soft)
            if not above:
                painter.drawText(round(left), round(base), after)
        top += theme.line("clock") + 4
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("line"))
        painter.drawRoundedRect(QRectF(0, top, wide, 8), 4, 4)
        if self._share > 0:
            painter.setBrush(theme.colour("warn" if self._over and time else "accent"))
            painter.drawRoundedRect(QRectF(0, top, max(8.0, wide * self._share), 8), 4, 4)
        for share in self._warn:
            painter.fillRect(QRectF(wide * share, top - 4, 2, 16), ink)
        top += 16
        tone, weight = (theme.colour("warn"), 600) if self._due else (soft, 400)
        place = QRectF(0, top, wide, theme.line("caption"))
        words = theme.metrics("caption", weight).elidedText(self._reminders, Qt.TextElideMode.ElideRight, wide)
        paint_text(painter, place, words, "caption", tone, weight, _LEFT)


def due_words(view: LiveView) -> str:
    """ "5 minutes left" for the minute in which the scenario wants to be reminded, else ""."""
    minutes = view.phase.warn_at if view.phase is not None else ()
    due = next((m for m in minutes if m * 60 - 60 < view.remaining_s <= m * 60), 0)
    return counted("live.due", due) if due else ""


def _reminder_words(phase: PhaseView | None) -> str:
    minutes = [str(m) for m in phase.warn_at] if phase is not None else []
    if not minutes:
        return ""
    if minutes == ["1"]:
        return say("live.reminder_one")
    if len(minutes) == 1:
        return say("live.reminder", minutes=minutes[0])
    return say("live.reminders", minutes=say("live.and", first=", ".join(minutes[:-1]), last=minutes[-1]))


def phases_around(phases: tuple[PhaseView, ...], most: int = 5) -> tuple[PhaseView, ...]:
    """As many as there is room for: the running one (or the next) with one before it, and what follows."""
    at = next((n for n, phase in enumerate(phases) if phase.state != "done"), len(phases))
    first = max(0, min(at - 1, len(phases) - most))
    return phases[first : first + most]


class _Phases(QWidget):
    """The phases one below another; of many those around the running one."""

    def __init__(self) -> None:
        super().__init__()
        self._list = QVBoxLayout(self)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self._shown: tuple[PhaseView, ...] = ()
        self._rows: list[tuple[Icon, Text, Text]] = []

    def render_phases(self, every: tuple[PhaseView, ...]) -> None:
        phases = phases_around(every)
        if phases == self._shown:
            return
        self.setToolTip("\n".join(phase.title for phase in every) if phases != every else "")
        if len(phases) != len(self._rows):
            for _ in range(len(phases) - len(self._rows)):
                parts = (Icon("circle", "soft", 16), Text(tone="soft", shorten=True), Text(tone="soft"))
                line = row(parts[0], parts[1], parts[2], gap=8)
                line.setStretch(1, 1)
                self._list.addLayout(line)
                self._list.setSpacing(4)
                self._rows.append(parts)
        self._shown = phases
        for (icon, title, length), phase in zip(self._rows, phases, strict=False):
            icon.render_icon(*_PHASE_SIGNS[phase.state])
            title.setText(phase.title)
            planned, over = minutes_words(phase.planned_s), minutes_words(phase.over_s)
            length.setText(say("live.over_by", length=planned, over=over) if phase.over_s else planned)
            for text in (title, length):
                text.set_tone("ink" if phase.state == "now" else "soft")
                text.set_weight(600 if phase.state == "now" else 400)


def _recording_tone(view: LiveView) -> str:
    return {"lost": "bad", "refused": "soft", "starting": "soft"}.get(view.recording, "ink")


class CandidatePanel(Panel):
    """The left column: candidate, camera, recording light, sound, clock, phases."""

    def __init__(self) -> None:
        super().__init__("surface", "r")
        self.photo, self.picture = Photo(72, 88), Photo(224, 126, empty="video-off")
        self._name, self._id = Text(role="lead", wrap=True), Text(tone="soft")
        self._extra = Text(role="caption", tone="soft")
        self.lamp, self._recording = Lamp(), Text(weight=600, wrap=True)
        self._picture_words = Text(role="caption")
        self.meter, self._sound = Meter(), Text(role="caption")
        self.clock, self._phases = PhaseClock(), _Phases()
        who = row(self.photo, column(self._name, self._id, 2, self._extra, None), gap=12)
        who.setStretch(1, 1)
        light = row(self.lamp, self._recording, self._picture_words, gap=8)
        light.setStretch(1, 1)
        sound = row(Icon("mic", "soft"), self.meter, self._sound, gap=8)
        sound.setStretch(1, 1)
        column(who, 16, self.picture, 12, light, 8, sound, 16, self.clock, 16, self._phases, None,
                           margins=(16, 16, 17, 12), into=self)  # fmt: skip

    def set_wide(self, wide: bool) -> None:
        """The larger picture of a larger screen."""
        self.picture.set_size(*((288, 162) if wide else (224, 126)))

    def show_phases(self, shown: bool) -> None:
        """The phase list is given up first where it is low."""
        self._phases.setVisible(shown)

    def render_view(self, view: LiveView) -> None:
        """Everything but the picture."""
        who = view.candidate
        self.photo.render_bytes(who.photo, say("photo.of" if who.photo else "photo.none", name=who.name))
        self._name.setText(who.name)
        self._id.setText(say("today.id", id=who.id))
        self._extra.setText(say("today.extra", percent=who.extra_percent) if who.extra_percent else "")
        self._extra.setVisible(bool(who.extra_percent))
        self.lamp.set_lit(view.recording == "recording")
        self._recording.setText(view.recording_words)
        self._recording.set_tone(_recording_tone(view))
        good = (view.recording, view.recording_words) == ("recording", RECORDING) and self.picture.has_picture
        self._picture_words.setText(say("live.picture_good") if good else "")
        self._picture_words.setVisible(good)
        self._sound.setText(view.sound_words)
        self.clock.render_view(view)
        self._phases.render_phases(view.phases)

    def render_preview(self, picture: bytes, level: float, words: str) -> None:
        """The picture and loudness of the moment."""
        self.picture.render_bytes(picture, say("live.camera" if picture else "live.no_picture"))
        self.meter.render_level(level, words)


def rated_words(view: LiveView) -> str:
    """How many rows are rated, of how many."""
    return say("live.rated", rated=sum(one.value is not None for one in view.rows), all=len(view.rows))


def _no_phase_words(view: LiveView) -> str:
    done = bool(view.phases) and all(phase.state == "done" for phase in view.phases)
    return say("live.finished" if done else "live.no_phase")


def _length_words(view: LiveView) -> str:
    if view.phase is None:
        return ""
    return say("live.over_of" if view.remaining_s < 0 else "live.left_of", length=minutes_words(view.phase.planned_s))


def _saved_signs(view: LiveView) -> tuple[str, str, str]:
    """(icon, its tone, words) of what has become of everything so far."""
    if view.refused:
        return "octagon-alert", "bad", say("live.not_saved")
    return ("circle-check", "good", say("state.saved")) if view.saved else ("circle-dashed", "soft", say("live.saving"))


class TopStrip(Panel):
    """Large text: photo, name, ID, light with its word, time left, saved state, in one strip."""

    def __init__(self) -> None:
        super().__init__("surface", "b")
        self.photo, self._name, self._id = Photo(56, 68), Text(role="lead", wrap=True), Text(tone="soft")
        self.lamp, self._recording = Lamp(), Text(weight=600)
        self._phase, self._time = Text(tone="soft"), Text(role="title")
        self._saved_icon, self._saved = Icon("circle-check", "good"), Text(weight=600)
        self.count_words = Text()  # the strip over the rubric, which has it else, has given its place up
        who = column(None, self._name, self._id, None)
        light = column(None, row(self.lamp, self._recording, None, gap=8),
                       row(self._saved_icon, self._saved, 4, self.count_words, None, gap=8), None)  # fmt: skip
        time = column(None, self._time, self._phase, None)
        strip = row(self.photo, who, light, time, gap=16, margins=(16, 8, 16, 8), into=self)
        strip.setStretch(1, 1)

    def render_view(self, view: LiveView) -> None:
        """The same view as the left column."""
        who = view.candidate
        self.photo.render_bytes(who.photo, say("photo.of" if who.photo else "photo.none", name=who.name))
        self._name.setText(who.name)
        extra = f", {say('today.extra', percent=who.extra_percent)}" if who.extra_percent else ""
        self._id.setText(say("today.id", id=who.id) + extra)
        self.lamp.set_lit(view.recording == "recording")
        self._recording.setText(view.recording_words)
        self._recording.set_tone(_recording_tone(view))
        self._phase.setText(due_words(view) or _length_words(view))
        self._phase.set_tone("warn" if due_words(view) or view.remaining_s < 0 else "soft")
        self._time.setText(_clock_words(view) if view.phase else _no_phase_words(view))
        icon, tone, words = _saved_signs(view)
        self._saved_icon.render_icon(icon, tone)
        self._saved.setText(words)
        self._saved.set_tone("bad" if view.refused else "ink")
        self.count_words.setText(rated_words(view))
