# SPDX-License-Identifier: GPL-3.0-or-later
"""The Assess workspace: today, live, review and sign."""

from __future__ import annotations

from observer_app.ui.assess import words as _words
from observer_app.ui.assess.workspace import build_assess

__all__ = ["build_assess"]

_ = _words  # what the screens say is announced before the first of them is built
