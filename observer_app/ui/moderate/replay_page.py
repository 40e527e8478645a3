# SPDX-License-Identifier: GPL-3.0-or-later
"""Replay: the recording and the moderator's own marks at its time. Nothing of the first marks before signing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut

from observer_app.domain.record import RecordState
from observer_app.errors import ObserverError
from observer_app.ui.moderate.clipping import Clipping
from observer_app.ui.moderate.correcting import Correcting
from observer_app.ui.moderate.keys_page import offer_keys
from observer_app.ui.moderate.marking import REPLAY, Marking
from observer_app.ui.moderate.marks_panel import MarksPanel
from observer_app.ui.moderate.watching import Watching
from observer_app.ui.page import Chrome, PageWidget, ShellPort
from observer_app.ui.strings import say
from observer_app.ui.tasks import run, watch
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.beside import Beside
from observer_app.ui.widgets.panel import column
from observer_app.workflows.board_views import ReplayView
from observer_app.workflows.ports import ReplayPort
from observer_app.workflows.views import RowState

__all__ = ["ReplayPage"]


class ReplayPage(PageWidget):
    """Page. Every key works wherever the focus is, but where words are typed."""

    key = REPLAY

    def __init__(self, marking: Marking, shell: ShellPort, signed: Callable[[Marking], None]) -> None:
        super().__init__()
        self.label = say("replay.tab")
        self._marking, self._shell, self._signed = marking, shell, signed
        offer_keys(self, shell, REPLAY)
        self._view: ReplayView = marking.port.view()
        self._current = self._view.rows[0].criterion if self._view.rows else ""
        self._unsaved: dict[str, tuple[int, int, RowState]] = {}
        self._note: tuple[int, str] = (0, "")
        self._damage = ""
        self.watching = Watching(marking, self._view)
        self.panel = MarksPanel()
        self.clipping = Clipping(self, self)
        self.correcting = Correcting(self, marking, self)
        self._lay_out()
        self._connect()
        self._shortcuts()
        self._render()

    def _lay_out(self) -> None:
        column(Beside(self.watching, self.panel, wide=416), into=self)
        self._arrange()

    def _arrange(self) -> None:
        below = Theme.current.one_column
        self.watching.set_flat(below)
        self.panel.set_flat(below)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _connect(self) -> None:
        panel, foot = self.panel, self.panel.foot
        panel.wanted.connect(self.watching.jump)
        panel.chosen.connect(self._choose)
        panel.rated.connect(self._rate)
        panel.asked.connect(self._ask)
        foot.note_asked.connect(self._start_note)
        foot.noted.connect(self._write_note)
        foot.note_dropped.connect(self._note_over)
        foot.signed_with.connect(self._sign)
        foot.compare_asked.connect(lambda: self._signed(self._marking))
        self.watching.opened.connect(self._recording_open)
        self.watching.all_checked.connect(self._checked)
        self.watching.failed.connect(lambda words: self._shell.say(words, "warn"))

    def _shortcuts(self) -> None:
        actions: list[tuple[str, Callable[[], object]]] = [
            ("Ctrl+Z", lambda: self._ask("undo")), ("Ctrl+Y", lambda: self._ask("redo")),
            ("Ctrl+Shift+Z", lambda: self._ask("redo")), ("N", self._start_note), ("F", lambda: self._ask("flag")),
            ("Up", lambda: self._move(-1)), ("Down", lambda: self._move(1)),
            ("[", self.clipping.begin), ("]", self.clipping.end), ("T", self.correcting.begin),
        ]  # fmt: skip
        actions += [(str(digit), self._rater(digit)) for digit in range(10)]
        for keys, act in [*actions, *self.watching.keys()]:
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(keys in ("Left", "Right", ",", ".", "Up", "Down"))
            shortcut.activated.connect(act)

    def _rater(self, digit: int) -> Callable[[], object]:
        return lambda: self._rate(self._current, digit)

    # ---- Page ----

    @property
    def in_use(self) -> bool:
        """Whoever watches a film presses no key and is there all the same."""
        player = self.watching.player
        return player is not None and player.playing

    def chrome(self) -> Chrome:
        """Whether record and recording were checked, in the workflow's words, and what came of it."""
        if self._damage:
            return Chrome(status=("octagon-alert", say("replay.damaged"), "bad"))
        if self._view.checked:
            return Chrome(status=("badge-check", self._view.checked, "good"))
        opening = self.watching.player is not None
        return Chrome(status=("clock", say("replay.checking"), "soft") if opening else None)

    def _checked(self, damage: str) -> None:
        self._damage = damage
        self.look()
        if damage:
            self._shell.say(damage, "bad")
        self._shell.chrome_changed()

    def on_shown(self) -> None:
        """Opens the recording the first time; goes to the moment another page asked for."""
        self._arrange()
        self.look()
        self.watching.start()
        self.watching.transport.buttons["play"].setFocus(Qt.FocusReason.OtherFocusReason)

    def on_hidden(self) -> None:
        """Lets go of the recording; the passphrase does not stay."""
        self.watching.stop()
        self.correcting.over()
        self.panel.foot.end_sign()

    # ---- what is shown ----

    def look(self) -> None:
        """The marks as the port has them now."""
        self._view = self._marking.port.view()
        self._render()

    def _recording_open(self) -> None:
        """How long it is, what is missing in it and that it was checked is known only now."""
        self.look()
        self._shell.chrome_changed()

    @property
    def view(self) -> ReplayView:
        """What is shown."""
        return self._view

    @property
    def port(self) -> ReplayPort:
        """What it is asked of."""
        return self._marking.port

    def _render(self) -> None:
        self.panel.render_view(self._view, self._current, self._unsaved)
        self.watching.render_marks(self._view)

    @property
    def _read_only(self) -> bool:
        return self._view.state >= RecordState.SIGNED

    def _choose(self, criterion: str) -> None:
        self._current = criterion
        self._render()
        self.panel.show_row(criterion)

    def _move(self, by: int) -> None:
        order = [row.criterion for row in self._view.rows]
        if order and not self._read_only:
            at = order.index(self._current) if self._current in order else 0
            self._choose(order[min(max(at + by, 0), len(order) - 1)])

    # ---- marks ----

    def _rate(self, criterion: str, value: int) -> None:
        """Rates at the time of the picture that is shown."""
        found = next((row for row in self._view.rows if row.criterion == criterion), None)
        if found is None or self._read_only or value not in [one for one, _ in found.scale]:
            return
        at_ms = self.watching.at_ms
        self._current = criterion
        self._unsaved[criterion] = (value, at_ms, RowState.SAVING)
        future = self._marking.port.rate(criterion, value, at_ms)
        self._render()
        task = watch(future, self).then(lambda _: self._rated(criterion, value, at_ms))
        task.or_else(lambda error: self._not_rated(criterion, value, at_ms, error))

    def _rated(self, criterion: str, value: int, at_ms: int) -> None:
        if self._unsaved.get(criterion, (0, 0))[:2] == (value, at_ms):
            del self._unsaved[criterion]
        self.look()

    def _not_rated(self, criterion: str, value: int, at_ms: int, error: ObserverError) -> None:
        self._unsaved[criterion] = (value, at_ms, RowState.NOT_SAVED)
        self._shell.say(str(error), "bad")
        self._render()

    def _ask(self, what: str) -> None:
        port = self._marking.port
        if self._read_only:
            return
        if what == "flag":
            self.follow(port.flag(self._current, self.watching.at_ms))
        elif what == "undo" and self._view.can_undo:
            self.follow(port.undo())
        elif what == "redo" and self._view.can_redo:
            self.follow(port.redo())

    def follow(self, future: Future[None]) -> None:
        """Looks again once it is on disk; says what kept it from that."""
        watch(future, self).then(lambda _: self.look()).or_else(lambda error: self._shell.say(str(error), "bad"))

    # ---- notes ----

    def _start_note(self) -> None:
        if self._read_only or self.panel.foot.writing:
            return
        found = next((row for row in self._view.rows if row.criterion == self._current), None)
        self._note = (self.watching.at_ms, self._current)
        self.panel.foot.start_note(self._note[0], found.number if found else 0)
        self.watching.keys_row.set_asleep(True)

    def _write_note(self, text: str) -> None:
        if self.clipping.keep_name(text):
            return
        at_ms, criterion = self._note
        self.follow(self._marking.port.write_note(text, criterion, at_ms))

    def _note_over(self) -> None:
        self.clipping.drop_name()
        self.watching.keys_row.set_asleep(False)
        self.watching.transport.buttons["play"].setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- signing ----

    def _sign(self, passphrase: str) -> None:
        self.watching.pause()
        task = run(lambda: self._marking.port.sign(passphrase).result(), self)
        task.then(lambda _: self._is_signed()).or_else(self.panel.foot.refused)

    def _is_signed(self) -> None:
        self.panel.foot.end_sign()
        self._unsaved.clear()
        self.clipping.over()
        self.look()
        self._shell.chrome_changed()
        self._signed(self._marking)
