# SPDX-License-Identifier: GPL-3.0-or-later
"""The Centre workspace: day board, check-in, import, exports, records and people."""

from __future__ import annotations

from collections.abc import Sequence

from observer_app.ui.centre.board_page import BoardPage
from observer_app.ui.centre.check_in_page import CheckInPage
from observer_app.ui.centre.day import Day
from observer_app.ui.centre.exports_page import ExportsPage
from observer_app.ui.centre.import_page import ImportPage
from observer_app.ui.centre.people_page import PeoplePage
from observer_app.ui.centre.records_page import RecordsPage
from observer_app.ui.page import Page, ShellPort
from observer_app.workflows.ports import SessionPort

__all__ = ["build_centre"]


def build_centre(session: SessionPort, shell: ShellPort) -> Sequence[Page]:
    """The manager's pages, the board first; a centre without any day yet starts at the import."""
    day = Day(session.centre)
    board, taking_in = BoardPage(session.centre, shell, day, session.second), ImportPage(session.centre, shell, day)
    pages: list[Page] = [
        board,
        CheckInPage(session.centre, shell, day),
        taking_in,
        ExportsPage(session.centre, shell, day),
        RecordsPage(session.records, shell),
        PeoplePage(session.staff, shell),
    ]
    return pages
