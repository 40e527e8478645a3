# SPDX-License-Identifier: GPL-3.0-or-later
"""What a page is to the window, and what the window offers a page. A workspace is a builder that returns its pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtWidgets import QWidget

from observer_app.domain.record import RecordState
from observer_app.ui.key_time import KeyClock
from observer_app.workflows.ports import SessionPort

__all__ = ["BuildWorkspace", "Chrome", "Page", "PageWidget", "ShellPort"]


@dataclass(frozen=True, slots=True)
class Chrome:
    """The top bar while a page is in front.

    `heading` (with `detail` after it) stands instead of the tabs. `trail` shows a record's four states instead of
    connection and person; `status` is (icon, words, tone) instead of the connection words; without `person` neither
    connection nor person stands there.
    """

    heading: str = ""
    detail: str = ""
    trail: RecordState | None = None
    status: tuple[str, str, str] | None = None
    person: bool = True


class Page(Protocol):
    """One page. `key` names it, `label` is the word on its tab; a page without a tab is added with `tab=False`.

    A page may be `in_use` (a property): then the window does not lock though no key is pressed. It may have a `mark`:
    words for the top bar's dashed tag while it is in front ("Practice: nothing is kept"), and `on_locked()`, called
    before `on_hidden` when the window locks over it.
    """

    key: str
    label: str

    @property
    def widget(self) -> QWidget:
        """What stands in the window."""
        ...

    def chrome(self) -> Chrome:
        """The top bar while it is in front."""
        ...

    def on_shown(self) -> None:
        """It is in front now: look at the port anew, set the focus, start timers."""
        ...

    def on_hidden(self) -> None:
        """It is no longer in front: stop timers, keep drafts. Also called before it is removed."""
        ...


class PageWidget(QWidget):
    """A page that is its own widget, under the tabs and the connection, with nothing to start or to stop."""

    @property
    def widget(self) -> QWidget:
        """Itself."""
        return self

    def chrome(self) -> Chrome:
        """The tabs and the connection."""
        return Chrome()

    def on_shown(self) -> None:
        """Nothing is started."""

    def on_hidden(self) -> None:
        """Nothing is stopped."""


class ShellPort(Protocol):
    """The window as a page sees it."""

    keys: KeyClock

    def add_page(self, page: Page, *, after: str = "", tab: bool = True) -> None:
        """Adds a page (replacing one of the same key), its tab after that of another."""
        ...

    def remove_page(self, key: str) -> None:
        """Takes a page and its tab away; none of that key is no fault."""
        ...

    def show_page(self, key: str) -> None:
        """Brings a page to the front."""
        ...

    def has_page(self, key: str) -> bool:
        """Whether there is a page of that key."""
        ...

    def chrome_changed(self) -> None:
        """The front page's `chrome()` differs now."""
        ...

    def say(self, words: str, tone: str = "warn") -> None:
        """A line under the top bar, for what concerns the whole window ("" takes it away); never a pop-up."""
        ...


BuildWorkspace = Callable[[SessionPort, ShellPort], Sequence[Page]]
"""`build_assess`, `build_centre`, `build_moderate`: the pages of a workspace, the first one is shown first."""
