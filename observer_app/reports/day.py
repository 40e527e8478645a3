# SPDX-License-Identifier: GPL-3.0-or-later
"""The day's summary on paper: counts, what is unexplained, one line a sitting."""

from __future__ import annotations

from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Spacer, Table, TableStyle

from observer_app.reports.contents import DayReport
from observer_app.reports.paper import LINE, SOFT, SUNKEN, code_drawing, print_pdf, register_fonts, style, text

__all__ = ["day_pdf"]

_CELL = style(8.5, after=0)
_HEAD = style(8.5, bold=True, colour=SOFT, after=0)
_HEADINGS = ("Time", "Candidate", "Room", "Assessor", "State", "Result", "Trouble")
_WIDTHS = tuple(w * mm for w in (13, 41, 18, 29, 25, 22, 26))


def day_pdf(report: DayReport) -> bytes:
    """The PDF. The same report gives the same bytes."""
    register_fonts()
    story: list[Any] = [
        text(report.title, style(19, bold=True, after=2)),
        text(report.centre, style(11, colour=SOFT, after=6)),
        text(", ".join(f"{number} {words}" for words, number in report.counts), style(10, after=6)),
        text("The day is closed." if report.closed else "The day is not closed yet.", style(10, bold=True, after=6)),
    ]
    if report.gaps:
        story.append(text("Still to be explained", style(11, bold=True, before=4)))
        story += [text(gap, style()) for gap in report.gaps]
    story += [Spacer(1, 4 * mm), _table(report)]
    if report.code:
        words = [
            text("What proves this summary", style(10, bold=True)),
            text("The code names the signed close of the day and its place in the central store's log.", style(8.5)),
            text("Anyone can check it: observer verify, the code's text in quotes, and the day's bundle.", style(8.5)),
        ]
        proof = Table([[code_drawing(report.code), words]], colWidths=[40 * mm, 134 * mm])
        proof.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("BACKGROUND", (0, 0), (-1, -1), SUNKEN)]))
        story.append(KeepTogether([Spacer(1, 6 * mm), proof]))
    return print_pdf(
        story,
        title=f"Day summary {report.day}",
        subject=report.centre,
        header=f"{report.centre}, {report.day}",
        sample=report.sample,
    )


def _table(report: DayReport) -> Table:
    rows: list[list[Any]] = [[text(h, _HEAD) for h in _HEADINGS]]
    for line in report.lines:
        name = f"{line.candidate}\n{line.candidate_id}"
        result = f"{line.result} {line.total}".strip()
        cells = (line.starts, name, line.room, line.assessor, line.state, result, line.trouble)
        rows.append([text(c, _CELL) for c in cells])
    table = Table(rows, colWidths=_WIDTHS, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
                ("BACKGROUND", (0, 0), (-1, 0), SUNKEN),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table
