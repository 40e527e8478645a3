# SPDX-License-Identifier: GPL-3.0-or-later
"""The Moderate workspace: work list, replay, and after signing the comparison."""

from __future__ import annotations

from collections.abc import Sequence

from observer_app.ui.moderate import strings  # noqa: F401 - announces the words of these pages
from observer_app.ui.moderate.work_page import WorkPage
from observer_app.ui.page import Page, ShellPort
from observer_app.workflows.ports import SessionPort

__all__ = ["build_moderate"]


def build_moderate(session: SessionPort, shell: ShellPort) -> Sequence[Page]:
    """The work list; opening a record adds Replay, signing it adds Compare."""
    return [WorkPage(session.moderate, shell, session.second)]
