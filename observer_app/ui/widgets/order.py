# SPDX-License-Identifier: GPL-3.0-or-later
"""The Tab key's order, said outright where controls come and go."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from PySide6.QtWidgets import QWidget

__all__ = ["tab_order"]


def tab_order(controls: Iterable[QWidget]) -> None:
    """One after another, as they are read."""
    for before, after in pairwise(controls):
        QWidget.setTabOrder(before, after)
