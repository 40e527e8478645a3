# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be wrong with any page in any look: no name for those who cannot see, a button that does nothing, cut,
sideways, hard to read, or a window over the window."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import SIGNAL, QObject, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QApplication, QScrollArea, QWidget

from observer_app.ui.theme import Theme
from observer_app.ui.top_bar import TabButton
from observer_app.ui.widgets.buttons import Button, LinkButton
from observer_app.ui.widgets.fields import TickBox
from observer_app.ui.widgets.focus import FocusRing
from observer_app.ui.widgets.text import Text
from tests.ui.legibility import poor, small

__all__ = ["EVERY_LOOK", "LOOKS", "cut", "dead", "faults_of", "nameless", "shown", "sideways", "slivers"]

LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"name": "dark"},
    "150": {"factor": 1.5},
    "200": {"factor": 2.0},
    "wide": {"size": (1920, 1080)},
}  # fmt: skip
# The two between the others are looked at by `make test-all` alone: every page once more takes its seconds.
EVERY_LOOK = [pytest.param(look, marks=[pytest.mark.slow] if look in ("150", "wide") else []) for look in LOOKS]


def faults_of(window: QWidget, stage: str) -> list[str]:
    """Everything wrong with what the window shows now, each with the name of the stage it is at."""
    for _ in range(4):
        QApplication.processEvents()
    found = [f"{stage}: no name on {w!r}" for w in nameless(window)]
    found += [f"{stage}: does nothing: {button.accessibleName()!r}" for button in dead(window)]
    found += [f"{stage}: cut: {words!r}" for words in cut(window)]
    found += [f"{stage}: sideways: {area!r}" for area in sideways(window)]
    found += [f"{stage}: a sliver of {area.widget()!r}" for area in slivers(window)]
    found += [f"{stage}: hard to read: {words}" for words in (*poor(window), *small(window))]
    tops = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w is not window]
    return found + [f"{stage}: over the window: {w!r}" for w in tops]


def shown(window: QWidget, kind: Any) -> list[Any]:
    return [w for w in window.findChildren(QWidget) if isinstance(w, kind) and w.isVisible()]


def nameless(window: QWidget) -> list[QWidget]:
    takes = [w for w in shown(window, QWidget) if w.focusPolicy() != Qt.FocusPolicy.NoFocus and w.isEnabled()]
    return [w for w in takes if not w.accessibleName() and not isinstance(w, QScrollArea | FocusRing)]


_PRESSED = ("clicked()", "clicked(bool)", "toggled(bool)", "pressed()", "released()")
_CHOSEN = ("idClicked(int)", "idToggled(int,bool)", "buttonClicked(QAbstractButton*)",
           "buttonToggled(QAbstractButton*,bool)")  # fmt: skip


def dead(window: QWidget) -> list[QAbstractButton]:
    """Buttons that can be pressed and tell nobody, neither by themselves nor by their group. A box that is ticked is
    read when the form it stands in is sent."""

    def heard(thing: QObject | None, signals: tuple[str, ...]) -> bool:
        return thing is not None and any(thing.receivers(SIGNAL(name)) for name in signals)

    buttons = [b for b in shown(window, QAbstractButton) if b.isEnabled() and not isinstance(b, TickBox)]
    return [b for b in buttons if not heard(b, _PRESSED) and not heard(b.group(), _CHOSEN)]


def cut(window: QWidget) -> list[str]:
    texts = [t.text() for t in shown(window, Text) if t.text() and not t.fits()]
    buttons = [b.text() for b in shown(window, Button) if b.width() < b.sizeHint().width() - 1]
    wide = Theme.current.metrics("body", 500).horizontalAdvance
    buttons += [b.text() for b in shown(window, TabButton | LinkButton) if b.width() < wide(b.text())]
    beyond = [b.text() for b in shown(window, QAbstractButton) if outside(b, window)]
    return texts + buttons + beyond


def outside(widget: QWidget, window: QWidget) -> bool:
    """Beyond the window's right edge, where no scrolling reaches."""
    right = widget.mapTo(window, widget.rect().topRight()).x()
    return right > window.width()


def sideways(window: QWidget) -> list[QWidget]:
    areas = shown(window, QAbstractScrollArea)
    return [a for a in areas if isinstance(a, QScrollArea) and a.widget().width() > a.viewport().width() + 1]


def slivers(window: QWidget) -> list[QScrollArea]:
    """What scrolls within too little room to see anything of it."""
    least = 3 * Theme.current.line("body")
    areas = [a for a in shown(window, QScrollArea) if not a.visibleRegion().isEmpty()]
    return [a for a in areas if a.viewport().height() < min(least, a.widget().height())]
