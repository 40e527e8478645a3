# SPDX-License-Identifier: GPL-3.0-or-later
"""The bar for the chosen sitting: what is so, what can be done about it, and the short form each action asks for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from observer_app.ui.centre.board_rows import Standing, now_step, standing
from observer_app.ui.centre.foot_form import Asked, FootForm
from observer_app.ui.strings import say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import Panel, column, emptied, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import BoardRow

__all__ = ["Asked", "Foot", "actions_for"]

_ACTIONS = {
    Standing.DUE: ("open", "absent", "late", "swap"),
    Standing.ABSENT: ("open", "reason", "arrived", "late", "swap"),
    Standing.ARRIVED: ("open", "swap", "abandoned"),
    Standing.IN_PROGRESS: ("open", "abandoned"),
    Standing.SIGNED: ("open",),
}


def actions_for(found: BoardRow) -> tuple[str, ...]:
    """What can be done about a sitting as it stands; a reason can be given wherever something is unexplained."""
    actions = _ACTIONS[standing(found)]
    if found.needs_you and "reason" not in actions:
        actions = (actions[0], "reason", *actions[1:])
    return actions


class Foot(Panel):
    """`asked` carries a filled-in form; `opened` and `arrived` name the sitting to be looked at under Check-in."""

    asked = Signal(object)
    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "t", parent=parent)
        self._row: BoardRow | None = None
        self._choices: tuple[Sequence[tuple[str, str]], Sequence[str]] = ((), ())
        self.who, self.what = Text(weight=600), Text(tone="soft", shorten=True)
        self.line = Line()
        self.form: FootForm | None = None
        self._bar = QWidget()
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        self._who = row(self.who, 8, self.what)
        self._who.setStretch(2, 1)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._bar)
        self._box.setContentsMargins(24, 8, 24, 8)
        self._box.setSpacing(8)
        self._box.addLayout(self._who, 1)
        self._box.addLayout(self._buttons)
        self._below = column(self._bar, into=self)
        self._below.insertWidget(0, self.line)
        self._below.setSpacing(0)
        self._actions: tuple[str, ...] = ()
        self.buttons: dict[str, Button] = {}
        self.render_row(None)

    def render_row(self, found: BoardRow | None, assessors: Sequence[tuple[str, str]] = (),
                   rooms: Sequence[str] = ()) -> None:  # fmt: skip
        """The chosen sitting, None for none, and whom it could be swapped to."""
        below = Theme.current.one_column
        self._box.setDirection(QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight)
        changed = (found.sitting if found else "") != (self._row.sitting if self._row else "")
        self._row, self._choices = found, (assessors, rooms)
        if changed:
            self._close_form()
            self.line.say("")
        if found is None:
            self.who.setText(say("board.choose"))
            self.what.setText("")
            self._render_actions(())
            return
        self.who.setText(found.candidate.name)
        self.what.setText(_sentence(found))
        self._render_actions(actions_for(found))

    def _render_actions(self, actions: tuple[str, ...]) -> None:
        if actions == self._actions:
            return
        self._actions = actions
        emptied(self._buttons)
        self.buttons = {}
        for action in actions:
            button = Button(say(f"foot.{action}"), weight=500, high=40)
            button.clicked.connect(lambda _=False, action=action: self._act(action))
            self._buttons.addWidget(button)
            self.buttons[action] = button
        self._buttons.addStretch(1)

    def _act(self, action: str) -> None:
        if self._row is None:
            return
        self.line.say("")
        if action in ("open", "arrived"):
            self.opened.emit(self._row.sitting)
            return
        self._close_form()
        self.form = FootForm(action, self._row, *self._choices)
        self.form.asked.connect(self.asked)
        self.form.dropped.connect(self._dropped)
        self._below.addWidget(self.form)
        self._bar.hide()
        self.form.start()

    def _dropped(self) -> None:
        action = self.form.action if self.form else ""
        self._close_form()
        if action in self.buttons:
            self.buttons[action].setFocus(Qt.FocusReason.OtherFocusReason)

    def _close_form(self) -> None:
        if self.form is not None:
            self._below.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        self._bar.show()

    def written(self) -> None:
        """What was asked for is on disk."""
        self._close_form()
        self.line.say(say("foot.written"), "good")
        if self.buttons:
            next(iter(self.buttons.values())).setFocus(Qt.FocusReason.OtherFocusReason)

    def refused(self, words: str) -> None:
        """It is not; the form stays as it was."""
        if self.form is not None:
            self.form.set_busy(False)
        self.line.say(words, "bad")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.form is not None:
            self._dropped()
            return
        super().keyPressEvent(event)


def _sentence(found: BoardRow) -> str:
    number, where = now_step(found), standing(found)
    step = found.steps[number] if number >= 0 else None
    if where is Standing.ABSENT:
        words = say("foot.absent_now")
    elif step is None or where is Standing.DUE:
        words = say("foot.due", time=found.starts)
    else:
        words = say("foot.standing", state=say(f"board.step.{step.name}"), time=step.reached)
    more = found.trouble or found.explained
    return f"{words} {say('foot.trouble', words=more)}" if more else words
