# SPDX-License-Identifier: GPL-3.0-or-later
"""The booking system's file of the day: read whole or not at all, every bad row named.

Headings are matched without regard to case, spaces or underscores. Nothing is guessed: an unknown assessor or scenario
is a fault with the known ones named. Photos lie beside the file (`photos`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

from observer_app.domain.scenario import Scenario
from observer_app.domain.sitting import Candidate, Consent, Sitting
from observer_app.errors import BadInput
from observer_app.workflows.board_views import ImportFault
from observer_app.workflows.photos import photo_of
from observer_app.workflows.table_file import MAX_CELL, table_rows

__all__ = ["COLUMNS", "DayFile", "Known", "read_day_file"]

_T = TypeVar("_T")
COLUMNS = (
    "date", "session", "start", "room", "candidate_id", "candidate_name", "registration", "scenario", "assessor",
    "actor", "extra_time_percent", "consent", "training_ok",
)  # fmt: skip
_OPTIONAL = frozenset({"actor", "extra_time_percent", "consent", "training_ok"})
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")
_YES = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False, "": False}
_CONSENT = {
    "yes": Consent.GIVEN, "given": Consent.GIVEN, "no": Consent.REFUSED, "refused": Consent.REFUSED,
    "": Consent.UNKNOWN,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What a row may refer to. `assessors` maps lower-case name or sign-in name to person id."""

    centre: str
    scenarios: Sequence[Scenario]
    assessors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DayFile:
    """A file read: `sittings` in order of the file, `faults` for every row that cannot be taken in."""

    name: str
    day: str
    sittings: tuple[Sitting, ...]
    faults: tuple[ImportFault, ...]


class _Fault(Exception):
    def __init__(self, column: str, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.column, self.reason, self.advice = column, reason, advice


def read_day_file(path: Path, known: Known) -> DayFile:
    """Reads the file. Raises BadInput when it is no table at all; bad rows are faults, not errors."""
    rows = list(table_rows(path))
    if not rows:
        raise BadInput("The file is empty.", advice="Export the day from the booking system again.", file=path.name)
    headings = [_heading(cell) for cell in rows[0][1]]
    missing = [c for c in COLUMNS if c not in headings and c not in _OPTIONAL]
    if missing:
        advice = f"The first row must have the headings {', '.join(c for c in COLUMNS if c not in _OPTIONAL)}."
        raise BadInput(f"The column {missing[0]!r} is missing.", advice=advice, file=path.name, line=rows[0][0])
    lined: list[tuple[int, Sitting]] = []
    faults: list[ImportFault] = []
    for line, cells in rows[1:]:
        row = dict(zip_longest(headings, cells[: len(headings)], fillvalue=""))  # a row may end before its last cells
        if not any(row.values()):
            continue
        try:
            lined.append((line, _with_photo(path, _sitting(row, known))))
        except _Fault as fault:
            faults.append(ImportFault(line, fault.column, fault.reason, fault.advice))
    faults += _clashes(lined)
    sittings = [sitting for _, sitting in lined]
    days = {s.day for s in sittings}
    if len(days) > 1:
        faults.append(ImportFault(rows[1][0], "date", f"The file holds {len(days)} days.", "Bring in one day."))
    if not sittings and not faults:
        raise BadInput("The file has headings but no sittings.", advice="Export the day again.", file=path.name)
    return DayFile(path.name, min(days, default=""), tuple(sittings), tuple(sorted(faults, key=lambda f: f.line)))


def _with_photo(path: Path, sitting: Sitting) -> Sitting:
    try:
        photo = photo_of(path, sitting.candidate.id)
    except BadInput as error:
        raise _Fault("photo", error.message, error.advice) from error
    return replace(sitting, candidate=replace(sitting.candidate, photo=photo))


def _heading(cell: str) -> str:
    return re.sub(r"[\s_-]+", "_", cell.strip().lower())


def _sitting(row: Mapping[str, str], known: Known) -> Sitting:
    for column, cell in row.items():
        if len(cell) > MAX_CELL or any(ord(c) < 32 for c in cell):
            raise _Fault(column, "The entry is too long or holds characters that cannot be shown.", "Retype it.")
    day, starts = _date(row["date"]), _time(row["start"])
    identifier = row["candidate_id"]
    if not _ID.fullmatch(identifier):
        raise _Fault("candidate_id", f"{identifier!r} is not a candidate ID.", "Use letters, figures and hyphens only.")
    actor = row.get("actor", "")
    if actor and not _ID.fullmatch(actor):
        raise _Fault("actor", f"{actor!r} is not an actor's ID.", "Use letters, figures and hyphens only.")
    candidate = Candidate(identifier, _given(row, "candidate_name"), _given(row, "registration"))
    scenario = _scenario(row["scenario"], known)
    return Sitting(
        id="s-" + hashlib.sha256(f"{known.centre}|{day}|{starts}|{identifier}".encode()).hexdigest()[:24],
        candidate=candidate,
        day=day,
        session=_number(row["session"], "session", 1, 12),
        starts=starts,
        room=_given(row, "room"),
        framework_id=scenario.framework_id,
        scenario_id=scenario.ref.id,
        assessor=_assessor(row["assessor"], known),
        actor=actor,
        extra_percent=_number(row.get("extra_time_percent", "") or "0", "extra_time_percent", 0, 200),
        consent=_choice(row, "consent", _CONSENT),
        training_ok=_choice(row, "training_ok", _YES),
    )


def _given(row: Mapping[str, str], column: str) -> str:
    if not row[column]:
        raise _Fault(column, "The entry is empty.", "Fill it in.")
    return row[column]


def _date(cell: str) -> str:
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%d %H:%M"):
        try:
            return datetime.strptime(cell, form).date().isoformat()
        except ValueError:
            continue
    raise _Fault("date", f"{cell!r} is not a date.", f"Write it like {date(2026, 11, 24).isoformat()} or 24/11/2026.")


def _time(cell: str) -> str:
    match = re.fullmatch(r"(?:\d{4}-\d\d-\d\d )?(\d{1,2})[:.](\d{2})(?::\d{2})?", cell)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise _Fault("start", f"{cell!r} is not a time.", "Write it like 09:10.")
    return f"{int(match[1]):02}:{match[2]}"


def _number(cell: str, column: str, low: int, high: int) -> int:
    if not re.fullmatch(r"\d{1,6}", cell) or not low <= int(cell) <= high:
        raise _Fault(column, f"{cell!r} is not a number from {low} to {high}.", "Correct the number.")
    return int(cell)


def _choice(row: Mapping[str, str], column: str, choices: Mapping[str, _T]) -> _T:
    cell = row.get(column, "").lower()
    if cell not in choices:
        raise _Fault(column, f"{cell!r} is not understood.", "Write yes or no, or leave it empty.")
    return choices[cell]


def _scenario(cell: str, known: Known) -> Scenario:
    for scenario in known.scenarios:
        if cell.lower() in (scenario.ref.id.lower(), scenario.title.lower()):
            return scenario
    names = ", ".join(s.title for s in known.scenarios) or "none"
    raise _Fault("scenario", f"No scenario is called {cell!r}.", f"The scenarios here are: {names}.")


def _assessor(cell: str, known: Known) -> str:
    person = known.assessors.get(cell.lower())
    if person is None:
        raise _Fault("assessor", f"No assessor here is called {cell!r}.", "Enrol the assessor or correct the name.")
    return person


def _clashes(lined: list[tuple[int, Sitting]]) -> list[ImportFault]:
    """One candidate, one assessor or one room twice at the same time; the later line is named."""
    faults: list[ImportFault] = []
    seen: dict[tuple[str, str, str], int] = {}
    for line, sitting in lined:
        places = (("candidate_id", sitting.candidate.id), ("assessor", sitting.assessor), ("room", sitting.room))
        for column, value in places:
            first = seen.setdefault((column, sitting.starts, value), line)
            if first != line:
                what = column.removesuffix("_id")
                reason = f"The same {what} is booked at {sitting.starts} in line {first} too."
                faults.append(ImportFault(line, column, reason, "Move one of the two."))
    return faults
