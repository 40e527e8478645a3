# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the frameworks and scenarios of this machine, where the manager would miss them."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtWidgets import QWidget

from observer_app.ui.strings import counted, say
from observer_app.ui.widgets.panel import Icon, Panel, column, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import PacksView, PackTrouble

__all__ = ["PacksNotice", "packs_words"]

_MOST_FILES = 4  # beyond these nobody reads on; the command names all


def packs_words(view: PacksView) -> str:
    """What is wrong, in one sentence; "" when nothing is."""
    faulty = len({fault.file for fault in view.faults})
    if faulty:
        return counted("packs.faulty", faulty)
    return "" if view.scenarios else say("packs.none")


class PacksNotice(QWidget):
    """One line a faulty file: its first fault, and how many more. Hidden when all is well."""

    def __init__(self, view: PacksView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = [self._words(fault, more) for fault, more in _first_of_each(view)]
        remedy = say("packs.remedy" if lines else "packs.put_there", folder=view.folder)
        self.words = "\n".join((packs_words(view), *lines, remedy))
        texts = column(Text(packs_words(view), weight=600, wrap=True), *(Text(line, wrap=True) for line in lines),
                       Text(remedy, tone="soft", wrap=True), gap=6)  # fmt: skip
        ground = Panel("warnt", "round")
        inside = row(column(Icon("triangle-alert", "warn"), None), texts, gap=12, margins=(12, 10, 12, 10), into=ground)
        inside.setStretch(1, 1)
        column(ground, 16, into=self)
        self.setAccessibleName(self.words)
        if not packs_words(view):
            self.hide()

    @staticmethod
    def _words(fault: PackTrouble, more: int) -> str:
        place = say("packs.place", file=fault.file, line=fault.line) if fault.line else fault.file
        words = " ".join(part for part in (f"{place}: {fault.reason}", fault.advice) if part)
        return f"{words} {counted('packs.more', more)}" if more else words


def _first_of_each(view: PacksView) -> list[tuple[PackTrouble, int]]:
    """(first fault, how many more) of each file, the first few files."""
    files = [list(found) for _, found in groupby(sorted(view.faults, key=lambda f: f.file), key=lambda f: f.file)]
    return [(min(found, key=lambda f: f.line), len(found) - 1) for found in files[:_MOST_FILES]]
