# SPDX-License-Identifier: GPL-3.0-or-later
"""The moderator's part of the demonstration: replay, own marks, signature, comparison, decision."""

from __future__ import annotations

from observer_app.bootstrap.session import Session
from observer_app.demo.places import Place, Say

__all__ = ["moderate"]


def moderate(place: Place, records: list[str], say: Say) -> int:
    """Marks the records handed over but the last, which waits as on any day; decides the first. How many it marked."""
    marked = records[:-1] if len(records) > 1 else records
    with place.signed_in() as session:
        for number, record in enumerate(marked):
            _mark(session, place, record, say)
            if number == 0:
                _decide(session, place, record, say)
    return len(marked)


def _mark(session: Session, place: Place, record: str, say: Say) -> None:
    replay = session.moderate.open(record)
    pictures = replay.pictures()
    length = pictures.duration_ms
    view = replay.view()
    for place_in_row, row in enumerate(view.rows):
        values = [value for value, _ in row.scale]
        at_ms = (place_in_row + 1) * length // (len(view.rows) + 1)
        pictures.frame(at_ms)
        middle = values[len(values) // 2 - (1 if place_in_row == 3 else 0)]
        replay.rate(row.criterion, middle, at_ms).result()
    replay.write_note("The first answer was taken as enough.", view.rows[0].criterion, length // 2).result()
    statement = replay.sign(place.person.passphrase).result()
    say(f"{place.person.name} marked record {record[:12]} from the recording and signed ({statement[:12]}).")


def _decide(session: Session, place: Place, record: str, say: Say) -> None:
    replay = session.moderate.open(record)
    view = replay.compare()
    differing = [row for row in view.rows if row.criterion and row.live != row.replay]
    decisions = {row.criterion: "replay" if row.across_cut else "live" for row in differing}
    replay.decide(decisions, "Both marks heard again at the moments named.", place.person.passphrase).result()
    say(f"{len(decisions)} differences decided and signed; both sets of marks are kept.")
