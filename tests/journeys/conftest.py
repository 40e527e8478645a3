# SPDX-License-Identifier: GPL-3.0-or-later
"""Real windows on real machines."""

from __future__ import annotations

from tests.pages.real_window import machine, machine_once, open_machine
from tests.pages.room import room

__all__ = ["machine", "machine_once", "open_machine", "room"]
