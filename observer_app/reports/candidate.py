# SPDX-License-Identifier: GPL-3.0-or-later
"""One candidate's report: who, what, every criterion with its rating, notes and moments, and what proves it."""

from __future__ import annotations

from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Spacer, Table, TableStyle

from observer_app.reports.contents import CandidateReport, CriterionLine
from observer_app.reports.paper import ACCENT, LINE, SOFT, SUNKEN, code_drawing, print_pdf, register_fonts, style, text

__all__ = ["candidate_pdf"]

_BODY = style()
_SMALL = style(8.5, colour=SOFT)
_NOTE = style(after=3, indent=16 * mm)
_BOLD = style(10, bold=True)
_FIGURE = style(15, bold=True, colour=ACCENT, after=0)


def candidate_pdf(report: CandidateReport) -> bytes:
    """The PDF. The same report gives the same bytes."""
    register_fonts()
    story: list[Any] = [text("Assessment report", style(19, bold=True, after=4))]
    if report.notice:
        story.append(text(report.notice, _SMALL))
    story += [_facts(report), Spacer(1, 4 * mm)]
    story.append(text("Ratings", style(13, bold=True, before=4, after=4)))
    for line in (*report.criteria, *([report.overall] if report.overall else [])):
        story += _criterion(line)
    story += _outcome(report)
    story.append(_proof(report))
    return print_pdf(
        story,
        title=f"Assessment report {report.candidate_id}",
        subject=f"{report.scenario}, {report.day}",
        header=f"{report.candidate_id}, {report.scenario}, {report.day}",
        sample=report.sample,
    )


def _facts(r: CandidateReport) -> Table:
    pairs = [
        ("Candidate", f"{r.candidate}, ID {r.candidate_id}"),
        ("Registration", r.registration),
        ("Centre and day", f"{r.centre}, {r.day}"),
        ("Scenario", r.scenario),
        ("Framework", r.framework),
        ("Assessor", r.assessor),
    ]
    if r.extra_percent:
        pairs.append(("Extra time", f"{r.extra_percent} % of every phase"))
    table = Table([[text(k, _SMALL), text(v, _BODY)] for k, v in pairs], colWidths=[34 * mm, 138 * mm])
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE)]))
    return table


def _criterion(line: CriterionLine) -> list[Any]:
    """The rating stays in one piece; its notes, which may be pages long, follow as running text."""
    name = f"{line.number}  {line.title}" if line.number else line.title
    words: list[Any] = [text(name, _BOLD)]
    if line.value is None:
        words.append(text(f"Not rated. {line.reason}".strip(), _BODY))
    else:
        words.append(text(". ".join(part for part in (line.label, line.anchor) if part), _BODY))
        changed = f", was {', '.join(str(v) for v in line.was)}" if line.was else ""
        words.append(text(f"Rated at {line.moment}{changed}", _SMALL))
    figure = text("–" if line.value is None else str(line.value), _FIGURE)
    table = Table([[figure, words]], colWidths=[14 * mm, 158 * mm])
    rule = ("LINEABOVE", (0, 0), (-1, -1), 0.4, LINE)
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), rule, ("TOPPADDING", (0, 0), (-1, -1), 5)]))
    notes = [text(f"{moment}  {note}" if moment else note, _NOTE) for moment, note in line.notes]
    return [table, *notes]


def _outcome(r: CandidateReport) -> list[Any]:
    story: list[Any] = [text("Result", style(13, bold=True, before=10, after=3))]
    story.append(text(r.total, _BODY))
    story.append(text(r.result, _BOLD))
    if r.gaps:
        story.append(text("Recording", style(11, bold=True, before=6)))
        story += [text(g, _BODY) for g in r.gaps]
    if r.amendments:
        story.append(text("Changes after signing", style(11, bold=True, before=6)))
        story += [text(a, _BODY) for a in r.amendments]
    return story


def _proof(r: CandidateReport) -> KeepTogether:
    words = [
        text("What proves this report", _BOLD),
        text(f"State of the record: {r.state}.", _BODY),
        text(f"Record {r.record}", _SMALL),
        text(r.receipt, _SMALL),
        text("Anyone can check it: observer verify, the code's text in quotes, and the day's bundle.", _SMALL),
    ]
    table = Table([[code_drawing(r.code), words]], colWidths=[40 * mm, 132 * mm])
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("BACKGROUND", (0, 0), (-1, -1), SUNKEN)]))
    return KeepTogether([Spacer(1, 6 * mm), table])
