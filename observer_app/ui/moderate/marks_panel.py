# SPDX-License-Identifier: GPL-3.0-or-later
"""The moderator's side: who, what stays hidden, own marks and notes, note and sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from observer_app.domain.record import RecordState
from observer_app.ui.moderate.clip_list import ClipList
from observer_app.ui.moderate.mark_row import MarkRow
from observer_app.ui.moderate.sign_foot import SignFoot
from observer_app.ui.strings import clock_words, say
from observer_app.ui.widgets.buttons import Button, LinkButton
from observer_app.ui.widgets.marks import Photo
from observer_app.ui.widgets.panel import Icon, Panel, Rule, column, emptied, row, scrolling
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import ReplayView
from observer_app.workflows.views import NoteView, RowState

__all__ = ["MarksPanel"]


class MarksPanel(Panel):
    """Signals say what was asked: a moment, a row, a rating, flag, undo, redo; the foot's are its own."""

    wanted = Signal(int)
    chosen = Signal(str)
    rated = Signal(str, int)
    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "l", parent=parent)
        self.rows: dict[str, MarkRow] = {}
        self.photo = Photo(48, 56)
        self.name, self.details = Text(role="lead", wrap=True), Text(tone="soft", wrap=True)
        self._hidden_icon, self.hidden = Icon("eye-off", "accent"), Text(wrap=True)
        self.rated_words = Text(weight=500)
        self.tools = {
            key: Button("", kind="quiet", icon=icon, high=36, name=say(f"replay.{key}"))
            for key, icon in (("flag", "flag"), ("undo", "undo-2"), ("redo", "redo-2"))
        }
        for key, button in self.tools.items():
            button.setToolTip(say(f"replay.{key}"))
            button.clicked.connect(lambda _=False, key=key: self.asked.emit(key))
        self._list, self._notes = QVBoxLayout(), QVBoxLayout()
        self._shown_notes: tuple[NoteView, ...] = ()
        self._notes_head = Text(say("replay.notes"), "lead")
        self.clips = ClipList()
        self.foot = SignFoot()
        self._lay_out()

    def _lay_out(self) -> None:
        self._list.setSpacing(0)
        self._notes.setSpacing(12)
        self._notes.setContentsMargins(20, 8, 20, 16)
        who = row(self.photo, column(self.name, self.details, None), gap=12, margins=(20, 12, 20, 12))
        who.setStretch(1, 1)
        band = Panel("tint", "t b")
        hidden = row(self._hidden_icon, self.hidden, gap=12, margins=(20, 12, 20, 12), into=band)
        hidden.setStretch(1, 1)
        head = row(Text(say("replay.marks"), "lead"), 8, *self.tools.values(), None, self.rated_words,
                   margins=(20, 6, 20, 6))  # fmt: skip
        self._notes_head.setContentsMargins(20, 0, 20, 0)
        self._inside = inside = QWidget()
        notes_head = row(self._notes_head, margins=(20, 12, 20, 0))
        column(self._list, notes_head, self._notes, self.clips, None, into=inside)
        self.area = scrolling(inside)
        column(who, band, head, Rule(), self.area, self.foot, margins=(1, 0, 0, 0), into=self).setStretch(4, 1)

    def set_flat(self, flat: bool) -> None:
        """All of it without a scroll of its own, where the page scrolls."""
        self.area.setMinimumHeight(self._inside.sizeHint().height() if flat else 0)

    def render_view(self, view: ReplayView, current: str, states: Mapping[str, tuple[int, int, RowState]]) -> None:
        """The marks as they stand; `states` are values the disk has not confirmed, by criterion."""
        person, signed = view.candidate, view.state >= RecordState.SIGNED
        self.photo.render_bytes(person.photo, say("photo.of" if person.photo else "photo.none", name=person.name))
        self.name.setText(person.name)
        self.details.setText(say("replay.id", id=person.id, scenario=view.scenario))
        self._hidden_icon.render_icon("eye" if signed else "eye-off", "accent")
        self.hidden.setText(say("replay.open_now" if signed else "replay.hidden"))
        rated = sum(row.value is not None for row in view.rows)
        self.rated_words.setText(say("replay.rated", n=rated, total=len(view.rows)))
        for key, button in self.tools.items():
            button.setVisible(not signed)
            button.set_ready({"undo": view.can_undo, "redo": view.can_redo}.get(key, True))
        for found in view.rows:
            shown = self.rows.get(found.criterion) or self._add_row(found.criterion)
            if found.criterion in states:
                value, at_ms, state = states[found.criterion]
                found = replace(found, value=value, at_ms=at_ms, state=state)
            shown.render_row(found, current=found.criterion == current, read_only=signed)
        self._render_notes(view.notes)
        self.clips.render_view(view)
        self.foot.render_view(view)

    def _add_row(self, criterion: str) -> MarkRow:
        shown = MarkRow()
        shown.wanted.connect(self.wanted)
        shown.chosen.connect(self.chosen)
        shown.rated.connect(self.rated)
        self.rows[criterion] = shown
        self._list.addWidget(shown)
        return shown

    def show_row(self, criterion: str) -> None:
        """Brings a row into sight."""
        if criterion in self.rows:
            self.area.ensureWidgetVisible(self.rows[criterion], 0, 24)

    def _render_notes(self, notes: tuple[NoteView, ...]) -> None:
        self._notes_head.setVisible(bool(notes))
        if notes == self._shown_notes:
            return
        self._shown_notes = notes
        emptied(self._notes)
        for note in notes:
            self._notes.addWidget(self._note(note))

    def _note(self, note: NoteView) -> QWidget:
        shown = QWidget()
        time = LinkButton(clock_words(note.at_ms), name=say("replay.go", time=clock_words(note.at_ms)))
        time.clicked.connect(lambda: self.wanted.emit(note.at_ms))
        about = Text(str(note.number) if note.number else "", "caption", "soft", weight=600)
        saved = Icon("circle-check" if note.saved else "clock", "good" if note.saved else "soft", 16)
        column(row(time, 8, about, None, saved), Text(note.text, wrap=True), into=shown)
        shown.setAccessibleName(say("replay.note_of", time=clock_words(note.at_ms), text=note.text))
        return shown
