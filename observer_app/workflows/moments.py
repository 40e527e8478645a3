# SPDX-License-Identifier: GPL-3.0-or-later
"""A record's marks on its recording's time: the assessor's through the clocks, the moderators' as they were made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from observer_app.domain.events import Kind
from observer_app.domain.moment import Moment as Clocked
from observer_app.domain.observation import Clip
from observer_app.domain.scenario import Scenario
from observer_app.reports.moments import Moment
from observer_app.workflows.film import Film
from observer_app.workflows.live_view import began
from observer_app.workflows.record_parts import OpenedRecord, SecondMark
from observer_app.workflows.views import OVERALL

__all__ = ["live_clips", "moments_of"]

_RATED = {Kind.RATED, Kind.GLOBAL_RATED}


def moments_of(opened: OpenedRecord, film: Film) -> list[Moment]:
    """Live marks, every signed second mark, and the gaps. A live mark of a time no recording knows is left out."""
    _, scenario = opened.packs()
    found = [*_live(opened, film, scenario)]
    for mark in opened.second_marks:
        found += _replay(mark, scenario)
    return found + [Moment(a, b, "recording", "gap", "", "", "", "") for a, b in film.gaps()]


def live_clips(opened: OpenedRecord, film: Film) -> list[tuple[int, int]]:
    """(from ms, to ms) of the assessor's clips on the recording's time."""
    clips = opened.state.clips if opened.state is not None else ()
    found = []
    for clip in clips:
        span = _span(clip, film)
        if span is not None:
            found.append(span)
    return found


def _span(clip: Clip, film: Film) -> tuple[int, int] | None:
    if not clip.to_us:
        return None
    places = [film.position_ms(replace(clip.at, monotonic_us=us)) for us in (clip.from_us, clip.to_us)]
    if places[0] is None or places[1] is None or places[1] <= places[0]:
        return None
    return places[0], min(places[1], film.duration_ms)


def _named(scenario: Scenario, criterion: str) -> tuple[str, str]:
    found = scenario.criterion(criterion) if criterion else None
    return (str(found.number), found.title) if found is not None else ("", "")


def _live(opened: OpenedRecord, film: Film, scenario: Scenario) -> Iterator[Moment]:
    state = opened.state
    if state is None:
        return

    def moment(at: Clocked, what: str, criterion: str, value: str = "", text: str = "") -> Iterator[Moment]:
        place = film.position_ms(at)
        if place is not None:
            yield Moment(place, -1, "live", what, *_named(scenario, criterion), value, text)

    for item in state.timeline:
        if item.kind in _RATED:
            what = "rated" if item.in_force else "changed"
            value = str(item.value) if item.value is not None else ""
            for found in moment(item.at, what, item.criterion, value):
                yield found if item.kind == Kind.RATED else replace(found, criterion=OVERALL)
    for note in state.notes:
        yield from moment(began(note), "note", note.criterion, text=opened.words(note.text))
    for flag in state.flags:
        yield from moment(flag.at, "flag", flag.criterion)
    for start, end in live_clips(opened, film):
        yield Moment(start, end, "live", "clip", "", "", "", "")


def _replay(mark: SecondMark, scenario: Scenario) -> Iterator[Moment]:
    for criterion, value in mark.ratings.items():
        yield Moment(mark.at_ms.get(criterion, 0), -1, "replay", "rated", *_named(scenario, criterion), str(value), "")
    if mark.overall is not None:
        yield Moment(mark.at_ms.get("", 0), -1, "replay", "rated", "", OVERALL, str(mark.overall), "")
    for criterion, words, at_ms in mark.notes:
        yield Moment(at_ms, -1, "replay", "note", *_named(scenario, criterion), "", words)
    for clip in mark.state.clips if mark.state is not None else ():
        yield Moment(clip.from_us // 1000, clip.to_us // 1000, "replay", "clip", "", "", "", "")
