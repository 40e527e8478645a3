# SPDX-License-Identifier: GPL-3.0-or-later
"""The board's rows in words: what is shown under which filter, and what the counts over the columns say. No Qt here."""

from __future__ import annotations

from enum import Enum
from itertools import pairwise

from observer_app.ui.centre.strings import STEPS
from observer_app.ui.strings import say
from observer_app.ui.widgets.table import TableRow
from observer_app.workflows.board_views import BoardRow, BoardView, Step

__all__ = [
    "ALL", "Standing", "counts_of", "needing", "new_session", "now_step", "shown_rows", "standing", "table_rows",
]  # fmt: skip

ALL = ""
_PASSED = "check"


class Standing(Enum):
    """Where a sitting stands, as far as the board's actions care."""

    DUE = "due"
    ABSENT = "absent"
    ARRIVED = "arrived"
    IN_PROGRESS = "in_progress"
    SIGNED = "signed"


def now_step(row: BoardRow) -> int:
    """Number of the column where a sitting stands; the last reached where none says so, -1 for none at all."""
    found = [number for number, step in enumerate(row.steps) if step.now]
    if found:
        return found[-1]
    return max((number for number, step in enumerate(row.steps) if step.reached), default=-1)


def standing(row: BoardRow) -> Standing:
    """Where a sitting stands."""
    number = now_step(row)
    name = row.steps[number].name if number >= 0 else "expected"
    if name == "expected":
        absent = row.steps[0].icon == "circle-x" if row.steps else False
        return Standing.ABSENT if absent else Standing.DUE
    if name == "arrived":
        return Standing.ARRIVED
    return Standing.IN_PROGRESS if name == "in_progress" else Standing.SIGNED


def shown_rows(view: BoardView, room: str, only_needing: bool, text: str) -> list[BoardRow]:
    """The rows under the filter: a room, those that need the manager, part of a name or ID."""
    wanted = text.strip().casefold()
    return [
        row
        for row in view.rows
        if (room in (ALL, row.room))
        and (row.needs_you or not only_needing)
        and (wanted in f"{row.candidate.name} {row.candidate.id} {row.candidate.registration}".casefold())
    ]


def needing(view: BoardView) -> list[BoardRow]:
    """The rows that need the manager."""
    return [row for row in view.rows if row.needs_you]


def counts_of(view: BoardView) -> list[str]:
    """What stands over each heading; "" over the first four."""
    total, counts = len(view.rows), dict(view.counts)
    reached = [say("board.count", n=counts.get(name, 0), total=total) for name in STEPS[1:]]
    waiting = len(needing(view))
    return ["", "", "", "", str(total), *reached, say("board.need_you", n=waiting) if waiting else ""]


def new_session(rows: list[BoardRow]) -> frozenset[str]:
    """The sittings above which a session's heavier rule is drawn."""
    pairs = pairwise(rows)
    return frozenset(after.sitting for before, after in pairs if after.session != before.session)


def table_rows(rows: list[BoardRow]) -> list[TableRow]:
    """The rows for the table, with the words a screen reader says."""
    first = new_session(rows)
    return [TableRow(row.sitting, _cells(row), (row, row.sitting in first), _spoken(row)) for row in rows]


def _cells(row: BoardRow) -> tuple[str, ...]:
    steps = tuple(_step_cell(step) for step in row.steps)
    return (row.starts, row.candidate.name, row.room, row.assessor, *steps, row.trouble or row.explained)


def _step_cell(step: Step) -> str:
    return step.label or step.reached


def _spoken(row: BoardRow) -> tuple[str, ...]:
    at = now_step(row)
    states = []
    for number, step in enumerate(row.steps):
        word = say(f"board.step.{step.name}")
        if number == at:
            states.append(say("board.spoken.now", state=word, detail=step.label or step.reached))
        elif step.reached or number < at:
            states.append(say("board.spoken.passed", state=word, time=step.reached))
        else:
            states.append(say("board.spoken.not_yet", state=word))
    trouble = say("board.spoken.needs_you", words=row.trouble) if row.needs_you else row.trouble or row.explained
    who = f"{row.candidate.name}, {row.candidate.id}"
    return (row.starts, who, row.room, row.assessor, *states, trouble or say("board.spoken.no_trouble"))
