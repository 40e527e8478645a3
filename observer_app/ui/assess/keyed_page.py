# SPDX-License-Identifier: GPL-3.0-or-later
"""The Live screen as what works its keys sees it."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtWidgets import QWidget

from observer_app.domain.moment import Moment
from observer_app.errors import ObserverError
from observer_app.ui.assess.actions import ActionBar, KeysOverlay
from observer_app.ui.assess.notes import NotesPanel
from observer_app.ui.assess.other_person import OtherPersonStep
from observer_app.ui.assess.rubric import Rubric
from observer_app.ui.assess.steps import DoneStep, IdentityStep, StartStep
from observer_app.ui.assess.strip import Strip
from observer_app.ui.page import ShellPort
from observer_app.workflows.ports import LivePort
from observer_app.workflows.views import LiveView

__all__ = ["KeyedPage"]


class KeyedPage(Protocol):
    """The Live screen as its keys see it: the parts they listen to, what is in front, and what they may ask of it."""

    port: LivePort
    shell: ShellPort
    rubric: Rubric
    bar: ActionBar
    identity: IdentityStep
    start: StartStep
    done: DoneStep
    keys_table: KeysOverlay
    other: OtherPersonStep
    strip: Strip
    notes: NotesPanel
    overlay: bool
    list_shown: bool
    rows_after: bool
    other_shown: bool

    @property
    def widget(self) -> QWidget:
        """The page itself."""
        ...

    @property
    def view(self) -> LiveView:
        """What is shown."""
        ...

    @property
    def rating(self) -> bool:
        """Whether the rubric is in front and takes digits."""
        ...

    def at_ms(self, moment: Moment) -> int:
        """A moment on the observation's time."""
        ...

    def refresh(self) -> None:
        """Shows what the port has now."""
        ...

    def failed(self, error: ObserverError) -> None:
        """Says what was not written."""
        ...

    def render_actions(self) -> None:
        """The bar's buttons, as they stand."""
        ...

    def take_focus(self) -> None:
        """Gives the keyboard to what is in front."""
        ...

    def leave(self) -> None:
        """Back to Today."""
        ...

    def to_review(self) -> None:
        """On to review and sign."""
        ...

    def moved_to(self, sitting: str) -> None:
        """It is about another sitting from now on."""
        ...
