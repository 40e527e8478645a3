# SPDX-License-Identifier: GPL-3.0-or-later
"""The day the manager's pages are about, and the sitting that was chosen last; shared by them."""

from __future__ import annotations

from PySide6.QtCore import QDate, QLocale, Qt

from observer_app.workflows.ports import CentrePort

__all__ = ["Day", "day_words"]


def day_words(day: str) -> str:
    """An ISO day as "Tuesday 9 June"; what is no day stays as it is."""
    found = QDate.fromString(day, Qt.DateFormat.ISODate)
    if not found.isValid():
        return day
    english = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)
    return english.toString(found, "dddd d MMMM")


class Day:
    """`iso` is "" while there is no day at all. `sitting` is the one chosen last."""

    def __init__(self, port: CentrePort) -> None:
        self._port = port
        self._chosen = ""
        self.sitting = ""

    @property
    def iso(self) -> str:
        """The chosen day; else the one nearest to today, "" when there is none."""
        days = self._port.days()
        if self._chosen in days or not days:
            return self._chosen if days else ""
        today = QDate.currentDate()
        return min(days, key=lambda day: abs(today.daysTo(QDate.fromString(day, Qt.DateFormat.ISODate))))

    def choose(self, iso: str) -> None:
        """Another day."""
        self._chosen = iso
        self.sitting = ""
