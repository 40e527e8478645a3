# SPDX-License-Identifier: GPL-3.0-or-later
"""Live: candidate and camera on the left, the rubric in the middle, notes on the right, everything so far below.

Every key works from anywhere in the page but inside a text. What a key does is in `LiveKeys`; this module shows.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from observer_app.domain.moment import Moment
from observer_app.domain.record import RecordState
from observer_app.errors import ObserverError
from observer_app.ui.assess.actions import ActionBar, KeysOverlay
from observer_app.ui.assess.candidate import CandidatePanel, TopStrip
from observer_app.ui.assess.live_keys import LiveKeys
from observer_app.ui.assess.notes import NotesPanel
from observer_app.ui.assess.other_person import OtherPersonStep
from observer_app.ui.assess.rubric import Rubric
from observer_app.ui.assess.steps import DeafStep, DoneStep, IdentityStep, StartStep
from observer_app.ui.assess.strip import Strip
from observer_app.ui.page import Chrome, PageWidget, ShellPort
from observer_app.ui.strings import say
from observer_app.ui.tasks import on_qt_thread
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.panel import Panel, column, row
from observer_app.ui.widgets.timeline import Timeline, TimelineState
from observer_app.workflows.ports import LivePort
from observer_app.workflows.views import LiveView

__all__ = ["LivePage"]

_PREVIEW_MS = 125
_RUBRIC, _IDENTITY, _START, _DONE, _KEYS, _LIST, _OTHER, _DEAF = range(8)


class LivePage(PageWidget):
    """Page. `left` is called to go back to Today, `review` to go to review and sign, `moved(sitting)` when it is about
    another candidate from now on."""

    key = "live"
    label = ""
    mark = ""  # what the top bar says of this page alone: a practice

    def __init__(
        self,
        port: LivePort,
        shell: ShellPort,
        left: Callable[[], None],
        review: Callable[[], None],
        moved: Callable[[str], None] = lambda sitting: None,
    ) -> None:
        super().__init__()
        self.port, self.shell, self._left, self._review, self._moved = port, shell, left, review, moved
        self._seen_at: Moment = shell.keys.now()
        self._view = port.view(self._seen_at)
        self._pending = self._closed = self.overlay = self.list_shown = self.rows_after = False
        self.other_shown = self._deaf = False
        self._narrow: bool | None = None
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # Tab would come to a place nobody sees
        self.setAccessibleName(say("live.rubric"))
        self.panel, self.top, self.notes = CandidatePanel(), TopStrip(), NotesPanel()
        self.strip, self.rubric, self.timeline, self.bar = Strip(), Rubric(), Timeline(), ActionBar()
        self.identity, self.start, self.done, self.keys_table = IdentityStep(), StartStep(), DoneStep(), KeysOverlay()
        self.other, self.deaf = OtherPersonStep(), DeafStep()
        self.centre = QStackedWidget()
        self._list_place, self._editor_place = QWidget(), QWidget()
        for part in (self.rubric, self.identity, self.start, self.done, self.keys_table, self._list_place,
                     self.other, self.deaf):  # fmt: skip
            self.centre.addWidget(part)
        self._lay_out()
        self.keys = LiveKeys(self)
        self._clock_timer, self._preview_timer = QTimer(self), QTimer(self)
        self._clock_timer.setSingleShot(True)
        self._clock_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock_timer.timeout.connect(self._tick)
        self._preview_timer.setInterval(_PREVIEW_MS)
        self._preview_timer.timeout.connect(self._preview)
        port.on_change(self._heard)
        self._render()
        self._go_where_they_were()

    def _go_where_they_were(self) -> None:
        """To the row over which the window was locked; after a crash to the one last rated."""
        stood = self.port.stood_at()
        if stood is not None and any(view.criterion == stood for view in self._view.rows):
            self.rubric.pick(stood)
            return
        rated = [(view.at_ms, index) for index, view in enumerate(self._view.rows) if view.value is not None]
        if rated:
            self.rubric.go_to(max(rated)[1])

    def _lay_out(self) -> None:
        middle = Panel("surface")
        column(self.strip, self.centre, into=middle).setStretch(1, 1)
        self._middle = middle
        self._list_box = column(margins=(16, 8, 16, 8), into=self._list_place)
        self._editor_box = column(margins=(16, 4, 16, 4), into=self._editor_place)
        columns = row(self.panel, middle, self.notes)
        columns.setStretch(1, 1)
        column(self.top, columns, self._editor_place, self.timeline, self.bar, into=self).setStretch(1, 1)

    # ---- Page ----

    def chrome(self) -> Chrome:
        """The scenario instead of tabs, the record's trail instead of the person."""
        heading, place = self._view.scenario.title, self._view.place
        if self._narrow:  # the strip below says what is saved
            return Chrome(heading, place, person=False)
        return Chrome(heading, place, RecordState.SAVED if self._view.saved else RecordState.NONE)

    def on_shown(self) -> None:
        """Clock and picture run; a half-written note is there again."""
        # Python now and then looks through all it holds, 70 ms of it in this window: what is here by now is left out.
        gc.freeze()
        self._preview_timer.start()
        self.refresh()
        self._tick()
        self.take_focus()
        draft = self.port.draft()
        if draft is not None:
            self.keys.notes.reopen_draft(*draft)

    def on_hidden(self) -> None:
        """Nothing runs on here; a recording does."""
        if not self._closed:
            self._closed = True
            gc.unfreeze()
            self._clock_timer.stop()
            self._preview_timer.stop()
            self.keys.notes.flush_draft()
            self.port.close()

    def on_locked(self) -> None:
        """Whoever signs in again comes back here."""
        if not self._closed:
            self.port.lock_over(self.rubric.criterion)

    @property
    def in_use(self) -> bool:
        """Whoever watches an interview within its time presses no key and is there all the same."""
        view = self._view
        return view.phase is not None and not view.paused and view.remaining_s > 0

    def leave(self) -> None:
        """Back to Today."""
        self._left()

    def to_review(self) -> None:
        """On to review and sign."""
        self._review()

    def moved_to(self, sitting: str) -> None:
        """To the same observation as another sitting's."""
        self._moved(sitting)

    # ---- what is shown ----

    @property
    def view(self) -> LiveView:
        """The view last shown."""
        return self._view

    @property
    def rating(self) -> bool:
        """Whether the rubric is in front, so that keys rate."""
        return self.centre.currentIndex() == _RUBRIC

    def at_ms(self, moment: Moment) -> int:
        """A moment as the views count it."""
        return self._view.elapsed_ms + moment.since_us(self._seen_at) // 1000

    def _heard(self) -> None:
        """From any thread: something differs."""
        if not self._pending:
            self._pending = True
            on_qt_thread(self._refresh_if_heard, self)

    def _refresh_if_heard(self) -> None:
        """Unless what was heard has been shown meanwhile: a rating is to be painted once, not waited for twice."""
        if self._pending:
            self.refresh()

    def refresh(self) -> None:
        """The port's view of this moment."""
        self._pending = False
        if self._closed:
            return
        before = self._view
        self._seen_at = self.shell.keys.now()
        self._view = self.port.view(self._seen_at)
        self._render()
        if before.saved != self._view.saved:
            self.shell.chrome_changed()

    def failed(self, error: ObserverError) -> None:
        """Something was not written: said over the rubric until something is."""
        self.strip.set_failure(str(error))
        self.refresh()

    def _render(self) -> None:
        view = self._view
        self._choose_centre()
        self.rubric.render_rows(view.rows)
        self.strip.render_view(view)
        (self.top if self._narrow else self.panel).render_view(view)
        self.notes.render_view(view)
        self.render_actions()
        self._render_timeline()
        if not view.identity_confirmed:
            self.identity.render_view(view)
        self.start.render_view(view)
        self.done.render_view(view)
        self.keys_table.render_view(view, self.rubric.view)

    def render_actions(self) -> None:
        """Which keys are awake."""
        current, asleep = self.rubric.view, self.notes.editor.writing or self.strip.asking
        self.notes.set_row(current.number if current is not None else 0)
        self.bar.render_view(self._view, self.rating, asleep)
        self._editor_place.setVisible(bool(self._narrow) and self.notes.editor.writing)
        needed = self.rating or self.list_shown
        choosing = self.notes.editor.choosing
        for part in (self.timeline, self.bar):  # where text is large the steps and the phrases need their room
            part.setVisible(not self._narrow or (needed and not choosing))

    def _choose_centre(self) -> None:
        view, wanted = self._view, _RUBRIC
        done = bool(view.phases) and all(phase.state == "done" for phase in view.phases)
        if self._deaf:
            wanted = _DEAF
        elif self.overlay:
            wanted = _KEYS
        elif self.other_shown:
            wanted = _OTHER
        elif not view.identity_confirmed:
            wanted = _IDENTITY
        elif view.phase is None and all(phase.state == "to_come" for phase in view.phases):
            wanted = _START
        elif done and not self.rows_after:
            wanted = _DONE
        elif self.list_shown and self._narrow:
            wanted = _LIST
        if wanted != self.centre.currentIndex():
            self.centre.setCurrentIndex(wanted)
            if self.isVisible():
                self.take_focus()

    def take_focus(self) -> None:
        """To whatever Enter or a key should meet next."""
        steps: dict[int, IdentityStep | StartStep | DoneStep | KeysOverlay | OtherPersonStep] = {
            _IDENTITY: self.identity,
            _START: self.start,
            _DONE: self.done,
            _KEYS: self.keys_table,
            _OTHER: self.other,
        }
        step = steps.get(self.centre.currentIndex())
        if self.strip.asking or self.notes.editor.writing:
            return
        if step is not None:
            step.take_focus()
        else:
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _render_timeline(self) -> None:
        view = self._view
        interview = {phase.id for phase in view.scenario.phases if phase.interview}
        phase = next((p for p in view.phases if p.id in interview), view.phases[0] if view.phases else None)
        length = phase.planned_s * 1000 if phase else 60_000
        started = phase is not None and phase.state != "to_come"
        if view.elapsed_ms > length:
            length = view.elapsed_ms
        minutes = phase.warn_at if phase and phase.state != "done" and phase.planned_s * 1000 == length else ()
        reminders = tuple((length - m * 60_000, say("live.min_left", n=m)) for m in minutes)
        note = self.notes.editor.open_note
        writing = note.at_ms if note is not None and note.began is not None else -1
        now = view.elapsed_ms if started else -1  # before the interview its time has not begun
        self.timeline.render_state(TimelineState(view.marks, length, now, reminders, writing))

    def _tick(self) -> None:
        if self._closed:
            return
        self.refresh()
        self._clock_timer.start(1000 - self._view.elapsed_ms % 1000 + 5)

    def _preview(self) -> None:
        if not self._narrow and self.isVisible():
            preview = self.port.preview
            self.panel.render_preview(preview.picture(), preview.level(), self._view.sound_words)

    # ---- keys ----

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.keys.press(event):
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """A window without the keyboard says so in the rubric's place."""
        if event.type() in (QEvent.Type.WindowActivate, QEvent.Type.WindowDeactivate):
            self._deaf = event.type() == QEvent.Type.WindowDeactivate
            self._choose_centre()
            self.render_actions()
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._arrange()

    # ---- measures ----

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        theme, wide = Theme.current, self.width() >= 1800
        least = theme.size(256 + 680 + 304)
        narrow = theme.one_column or self.width() < least
        if narrow != self._narrow:
            self._narrow = narrow
            self._move_notes(narrow)
            for part in (self.panel, self.notes):
                part.setVisible(not narrow)
            self.top.setVisible(narrow)
            self.strip.set_narrow(narrow)
            self.notes.editor.set_narrow(narrow)
            self.bar.set_narrow(narrow)
            self.shell.chrome_changed()
        large = wide and not narrow
        self.panel.setFixedWidth(theme.size(320 if large else 256))
        self.notes.setFixedWidth(theme.size(432 if large else 304))
        self.panel.set_wide(large)
        self.timeline.set_measures(single=narrow, lane=32 if large else 22 if narrow else 24)
        # Where text is large the phrases stand in place of timeline and buttons: what is above them does not move.
        phrases, room = self.notes.editor.phrases, self.timeline.sizeHint().height() + self.bar.sizeHint().height()
        phrases.setMinimumHeight(room if narrow else 0)
        phrases.setMaximumHeight(room if narrow else 16_777_215)
        self.rubric.set_measures(narrow=narrow, wide=large)
        self.panel.show_phases(self.height() - theme.size(56) - self.timeline.sizeHint().height() > theme.size(560))
        self._render()

    def _move_notes(self, narrow: bool) -> None:
        if narrow:
            self._editor_box.addWidget(self.notes.editor)
            self._editor_box.addWidget(self.notes.editor.phrases)
            self.notes.give_list(self._list_box)
        else:
            self.notes.take_back()
