# SPDX-License-Identifier: GPL-3.0-or-later
"""The centre manager's part of the demonstration."""

from __future__ import annotations

from pathlib import Path

from observer_app.demo.places import Place, Say
from observer_app.workflows.assigning import assign, choose_for_moderation
from observer_app.workflows.board_views import ExportView

__all__ = ["book_the_day", "close_and_export", "hand_to_moderator", "name_machines"]


def name_machines(manager: Place, others: list[Place]) -> None:
    """The other machines by name on the manager's, so that no screen shows an id."""
    names = {}
    for other in others:
        with other.signed_in() as session:
            names[session.machine.device] = session.machine.device_name
    with manager.signed_in() as session:
        for device, name in names.items():
            session.store.set_setting(f"device_name/{device}", name.encode()).result()


def book_the_day(manager: Place, file: Path, say: Say) -> list[str]:
    """Takes the bookings in, checks everyone in with consent, sends the roster; the sittings in order of booking."""
    with manager.signed_in() as session:
        view = session.centre.look_at(file)
        day = session.centre.take_in(file, manager.person.passphrase).result()
        sittings = [s.id for s in session.store.sittings.roster(day).sittings]  # type: ignore[union-attr]
        for sitting in sittings:
            at = session.clock.now()
            session.centre.check_in(sitting, identity=True, consent="given", at=at).result()
        session.centre.send_roster(day).result()
        say(f"{view.sittings} bookings taken in without a fault; everyone checked in and asked for consent.")
        session.send.exchange(lambda words: None)
    return sittings


def hand_to_moderator(manager: Place, moderator: str, say: Say) -> list[str]:
    """Chooses what is marked again by the framework's rules and hands it over; the records chosen."""
    with manager.signed_in() as session:
        chosen = choose_for_moderation(session.reader, session.centre.days()[-1])
        for found in chosen:
            assign(session.reader, found.record, moderator)
        say(f"{len(chosen)} of the day's records go to the moderator, by the framework's own rules.")
        session.send.exchange(lambda words: None)
    return [found.record for found in chosen]


def close_and_export(manager: Place, day: str, folder: Path, say: Say) -> ExportView:
    """Reconciles, closes and exports the day."""
    with manager.signed_in() as session:
        board = session.centre.board(day, session.clock.now())
        for row in board.rows:
            if row.needs_you:
                session.centre.explain(
                    row.sitting, f"Seen by the manager: {row.trouble}.", session.clock.now()
                ).result()
        session.centre.close_day(day, manager.person.passphrase).result()
        view = session.centre.export(day, folder, lambda done, total: None)
        say("The day is closed and exported.")
    return view
