# SPDX-License-Identifier: GPL-3.0-or-later
"""The day as tables: one row a sitting, and one row a rating.

A cell that a spreadsheet would run as a formula is written with a leading apostrophe (OWASP, CSV injection).
UTF-8 with a byte order mark, because that is what makes the spreadsheets people have read names correctly.
"""

from __future__ import annotations

import csv
import io

from observer_app.reports.contents import DayReport

__all__ = ["csv_bytes", "ratings_csv", "sittings_csv"]

_SITTING = (
    "sitting", "starts", "session", "room", "candidate", "candidate_id", "registration", "scenario", "assessor",
    "attendance", "consent", "state", "total", "result", "overall", "recorded", "trouble", "amendments", "record",
)  # fmt: skip


def sittings_csv(report: DayReport) -> bytes:
    """One row a sitting, headings first."""
    rows = [[str(getattr(line, name)) for name in _SITTING] for line in report.lines]
    return csv_bytes([list(_SITTING), *rows])


def ratings_csv(report: DayReport) -> bytes:
    """One row a rating: sitting, candidate_id, record, criterion, value (empty when not rated)."""
    rows = [
        [line.sitting, line.candidate_id, line.record, criterion, "" if value is None else str(value)]
        for line in report.lines
        for criterion, value in line.ratings
    ]
    return csv_bytes([["sitting", "candidate_id", "record", "criterion", "value"], *rows])


def csv_bytes(rows: list[list[str]]) -> bytes:
    """A table as bytes; no cell of it is run as a formula."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([[_harmless(cell) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
