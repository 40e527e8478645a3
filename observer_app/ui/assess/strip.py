# SPDX-License-Identifier: GPL-3.0-or-later
"""The strip over the rubric: its title, or a trouble, or a question answered in place. It never changes its height."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from observer_app.ui.assess.candidate import rated_words
from observer_app.ui.strings import say
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button, KeyCap
from observer_app.ui.widgets.fields import Answer
from observer_app.ui.widgets.measured import Measured
from observer_app.ui.widgets.panel import Icon, Panel, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.views import LiveView

__all__ = ["Strip"]

_TITLE, _TROUBLE, _QUESTION, _CHOICE = range(4)


class Strip(Measured, QStackedWidget):
    """One strip at a time: a question before trouble, trouble before the title."""

    def __init__(self) -> None:
        super().__init__()
        self._narrow = False
        self._answered: Callable[[str], None] | None = None
        self._left: Callable[[], None] | None = None
        self._asking, self._trouble, self._failure = -1, "", ""
        self.setSizePolicy(self.sizePolicy().horizontalPolicy(), self.sizePolicy().verticalPolicy().Fixed)
        self.pack, self.count_words = Text(tone="soft", shorten=True), Text(weight=500)
        self._count_beside = Text(weight=500)  # trouble that stays must not hide how many are rated
        self.trouble = Text(weight=600, wrap=True, middle=True)
        self.go_on = Button(say("live.go_on"), high=36, caps=("P",))
        self.leave, self.abandon = Button(say("live.leave"), high=36), Button(say("live.abandon"), high=36)
        self.question, self.field = Text(weight=600), Answer("", high=36)
        self.choice, self.yes, self.no = Text(weight=600), Button("", kind="main", high=36), Button("", high=36)
        for build in (
            self._title_strip,
            self._trouble_strip,
            self._question_strip,
            self._choice_strip,
        ):
            self.addWidget(build())
        self.field.returnPressed.connect(self._answer)
        self.field.dropped.connect(self.cancel)
        self.yes.clicked.connect(lambda: self._answer())
        self.no.clicked.connect(self.cancel)
        self._sized()

    def _sized(self) -> None:
        self.setFixedHeight(max(48, Theme.current.size(36) + 12))

    # ---- the four strips ----

    def _title_strip(self) -> QWidget:
        box = QWidget()
        row(Text(say("live.rubric"), "lead"), self.pack, self.count_words, gap=8, margins=(20, 0, 24, 0),
            into=box).setStretch(1, 1)  # fmt: skip
        return box

    def _trouble_strip(self) -> QWidget:
        box = Panel("warnt")
        row(Icon("triangle-alert", "warn"), self.trouble, self._count_beside, self.go_on, self.leave, self.abandon,
            gap=8, margins=(20, 0, 16, 0), into=box).setStretch(1, 1)  # fmt: skip
        return box

    def _question_strip(self) -> QWidget:
        box = Panel("tint")
        line = row(self.question, self.field, KeyCap("Enter"), Text(say("live.keep"), "caption", "soft"), KeyCap("Esc"),
                   Text(say("live.drop"), "caption", "soft"), gap=8, margins=(20, 0, 16, 0), into=box)  # fmt: skip
        line.setStretch(1, 1)
        return box

    def _choice_strip(self) -> QWidget:
        box = Panel("tint")
        row(self.choice, self.yes, self.no, gap=8, margins=(20, 0, 16, 0), into=box).setStretch(0, 1)
        return box

    # ---- what is shown ----

    def render_view(self, view: LiveView) -> None:
        """The count, and what is wrong."""
        self.pack.setText(view.pack)
        self.count_words.setText(rated_words(view))
        self._count_beside.setText(self.count_words.text())
        self._count_beside.setVisible(not view.paused and not self._narrow)
        self._trouble = self._failure or (say("live.paused") if view.paused else view.trouble)
        self.trouble.setText(self._trouble)
        for button in (self.go_on, self.leave, self.abandon):
            button.setVisible(view.paused)
        self._choose()

    def set_failure(self, words: str) -> None:
        """What was not written, until something is; shown by the next `render_view`."""
        self._failure = words

    def _choose(self) -> None:
        index = self._asking if self._asking >= 0 else _TROUBLE if self._trouble else _TITLE
        if index != self.currentIndex():
            self.setCurrentIndex(index)
        self.setVisible(not self._narrow or index != _TITLE)

    def set_narrow(self, narrow: bool) -> None:
        """Where text is large the title gives its place up."""
        self._narrow = narrow
        self._choose()

    @property
    def asking(self) -> bool:
        """Whether a question waits for its answer."""
        return self._asking >= 0

    def ask(self, question: str, answered: Callable[[str], None], left: Callable[[], None]) -> None:
        """A question whose answer is typed; Esc leaves it."""
        self._answered, self._left = answered, left
        self.question.setText(question)
        self.field.setAccessibleName(question)
        self.field.clear()
        self.field.opening = True
        self._asking = _QUESTION
        self._choose()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def offer(self, words: str, yes: str, no: str, answered: Callable[[str], None], left: Callable[[], None]) -> None:
        """A question answered by one of two buttons."""
        self._answered, self._left = answered, left
        self.choice.setText(words)
        self.yes.setText(yes)
        self.no.setText(no)
        self._asking = _CHOICE
        self._choose()
        self.yes.setFocus(Qt.FocusReason.OtherFocusReason)

    def _answer(self) -> None:
        words = self.field.text().strip()
        if self._asking == _QUESTION and not words:
            return
        answered = self._answered
        self._asking = -1
        self._choose()
        if answered is not None:
            answered(words)

    def cancel(self) -> None:
        """Leaves the question."""
        self._asking = -1
        self._choose()
        if self._left is not None:
            self._left()
