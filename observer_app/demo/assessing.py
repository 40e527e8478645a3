# SPDX-License-Identifier: GPL-3.0-or-later
"""Assessors at work: real observations through the real workflow, recorded by the real recorder in real time."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from observer_app.bootstrap.sample_people import PEOPLE, SamplePerson
from observer_app.bootstrap.session import Session
from observer_app.demo.places import Place, Say
from observer_app.demo.script import SITTINGS, Act, acts_for
from observer_app.domain.moment import Moment, TimeSource
from observer_app.errors import EnvironmentFault
from observer_app.workflows.live import LiveObservation

__all__ = ["COMMENT", "REASON", "amend", "assess_day", "correct", "review_and_sign"]

_PATIENCE_S = 30.0
COMMENT = "Clear and safe overall; what was left open is in the notes."
REASON = "Read back from the recording: the plan was repeated by the parent."


def assess_day(places: list[Place], sittings: dict[str, list[tuple[int, str]]], seconds: int, say: Say) -> None:
    """Every room works through its sittings, the rooms side by side. `sittings` by place name: (number, sitting)."""
    faults: list[BaseException] = []

    def work(place: Place) -> None:
        try:
            with place.signed_in() as session:
                for number, sitting in sittings[place.name]:
                    record = _observe(session, number, sitting, seconds)
                    say(f"{place.person.name} signed record {record[:12]} in {place.name}.")
        except BaseException as fault:  # noqa: BLE001 - carried to the caller's thread and raised there
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(place,), name=place.name) for place in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def _observe(session: Session, number: int, sitting: str, seconds: int) -> str:
    live = session.assess.open(sitting, _now(session))
    live.confirm_identity(_now(session)).result(_PATIENCE_S)
    scenario = live.view(_now(session)).scenario
    for phase in scenario.phases:
        live.next_phase(_now(session)).result(_PATIENCE_S)
        if phase.interview:
            _wait_for_recording(session, live)
            _interview(session, live, number, seconds)
    live.next_phase(_now(session)).result(_PATIENCE_S)
    live.close()
    return review_and_sign(session, sitting, SITTINGS[number % len(SITTINGS)].overall)


def _now(session: Session) -> Moment:
    return replace(session.clock.now(), source=TimeSource.HANDLER)


def _wait_for_recording(session: Session, live: LiveObservation) -> None:
    end = time.monotonic() + _PATIENCE_S
    changed = threading.Event()
    live.on_change(changed.set)
    while live.view(_now(session)).recording != "recording":
        changed.wait(0.1)
        changed.clear()
        if time.monotonic() > end:
            words = live.view(_now(session)).recording_words
            raise EnvironmentFault(f"The recorder did not start: {words}", advice="Run the demonstration again.")


def _interview(session: Session, live: LiveObservation, number: int, seconds: int) -> None:
    """Plays the script against the clock: a demonstration of real time needs real time."""
    scenario = live.view(_now(session)).scenario
    ids = [c.id for c in scenario.criteria]
    values = scenario.scale.values
    began = time.monotonic()
    pace = threading.Event()
    for act in acts_for(number, len(ids), values[0], values[-1]):
        pace.wait(max(0.0, began + act.at * seconds - time.monotonic()))
        _do(session, live, act, ids)
    pace.wait(max(0.0, began + seconds - time.monotonic()))


def _do(session: Session, live: LiveObservation, act: Act, ids: list[str]) -> None:
    at = _now(session)
    criterion = ids[(act.criterion - 1) % len(ids)] if act.criterion else ""
    match act.kind:
        case "rate":
            saved = live.rate(criterion, act.value, at)
        case "note":
            saved = live.write_note(act.words, criterion, at, _now(session))
        case "flag":
            saved = live.flag(criterion, at)
        case "clip_open":
            saved = live.open_clip(at)
        case "clip_close":
            saved = live.close_clip(at)
        case _:
            saved = live.undo(at)
    saved.result(_PATIENCE_S)


def review_and_sign(session: Session, sitting: str, steps: int) -> str:
    """Rates what is not rated yet, the overall judgement with it, `steps` above the scale's lowest, writes the comments
    asked for and signs; the record."""
    review = session.assess.review(sitting)
    scale = [value for value, _ in review.view().scale]
    for row in review.view().rows:
        if row.value is None:
            review.rate(row.criterion, min(scale[-1], scale[0] + steps), _now(session)).result(_PATIENCE_S)
    for row in review.view().rows:
        if row.needs:
            review.comment(row.criterion, COMMENT, _now(session)).result(_PATIENCE_S)
    return review.sign(_passphrase(session), is_the_person=True, declared=True).result(_PATIENCE_S)


def _passphrase(session: Session) -> str:
    return next(p.passphrase for p in PEOPLE if p.person == session.person)


def correct(session: Session, sitting: str) -> str:
    """One rating is corrected after signing, with a reason; the statement. A second signature is still to come."""
    review = session.assess.review(sitting)
    view = review.view()
    row = next(r for r in view.rows if r.value is not None and r.criterion)
    changed = (row.value or 0) + (1 if (row.value or 0) < view.scale[-1][0] else -1)
    return review.amend({row.criterion: changed}, REASON, _passphrase(session)).result(_PATIENCE_S)


def amend(place: Place, sitting: str, second: SamplePerson, say: Say) -> None:
    """A correction that `second` signs too; the record stays as it is."""
    with place.signed_in() as session:
        statement = correct(session, sitting)
        session.assess.review(sitting).countersign(second.person, second.passphrase).result(_PATIENCE_S)
        who = f"{place.person.name} amended one rating ({statement[:12]})"
        say(f"{who}, {second.name} signed it too; the signed record stays as it was.")
