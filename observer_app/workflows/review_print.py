# SPDX-License-Identifier: GPL-3.0-or-later
"""A signed record as pages to print: read back and verified like anyone's, with the assessor's own words beside it."""

from __future__ import annotations

from dataclasses import replace

from observer_app.errors import BadInput
from observer_app.workflows.day_reports import candidate_report
from observer_app.workflows.journal import Journal
from observer_app.workflows.live_view import candidate_card
from observer_app.workflows.records import RecordReader
from observer_app.workflows.review_parts import ReviewParts
from observer_app.workflows.timekeeping import day_words

__all__ = ["record_pdf"]


def record_pdf(reader: RecordReader, journal: Journal, parts: ReviewParts) -> bytes:
    """SLOW. The PDF. Raises BadInput while nothing is signed, IntegrityBroken naming what does not fit."""
    from observer_app.reports.candidate import candidate_pdf  # the reports' library: only where it is used

    record = journal.state.record
    if not record:
        raise BadInput("This observation has not been signed yet.", advice="Sign it first; then it can be printed.")
    opened = reader.open(record)
    hashes = (str(e.body["text"]) for e in opened.events if "text" in e.body)
    own = {h: kept.text for h in hashes if (kept := journal.vault.salted(h)) is not None}
    opened = replace(opened, texts={**opened.texts, **own}, candidate=candidate_card(parts.sitting))
    machine = parts.signatory.machine
    day = day_words(parts.sitting.day)
    return candidate_pdf(
        candidate_report(opened, machine.centre_name, day, parts.store.person_name, sample=machine.sample)
    )
