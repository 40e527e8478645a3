# SPDX-License-Identifier: GPL-3.0-or-later
"""What is as large as the text's size asks for, and is so again when another size is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget

__all__ = ["Measured"]

if TYPE_CHECKING:
    _Control = QWidget
else:
    _Control = object  # two Qt classes under one Python class crash at the first call of either


class Measured(_Control):
    """Mixed into a control whose hints, or whose `_sized`, take their measures from the theme."""

    def _sized(self) -> None:
        """Takes the measures anew."""
        self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self._sized()
        super().changeEvent(event)
