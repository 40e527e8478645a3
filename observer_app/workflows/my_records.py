# SPDX-License-Identifier: GPL-3.0-or-later
"""What one assessor signed on this machine, of whatever day: to be read, printed and corrected."""

from __future__ import annotations

from collections.abc import Callable

from observer_app.domain.moment import Moment
from observer_app.domain.record import RecordState
from observer_app.packs.loading import PackLibrary
from observer_app.trust.envelope import open_envelope
from observer_app.trust.statements import read_statement
from observer_app.vault.device import DeviceStore
from observer_app.vault.person import KeptObservation, PersonVault
from observer_app.workflows.live_view import candidate_card
from observer_app.workflows.ports import ReviewPort
from observer_app.workflows.timekeeping import day_of, day_words, local_time
from observer_app.workflows.today import record_status
from observer_app.workflows.views import CandidateCard, RecordCard

__all__ = ["my_records"]


def my_records(
    vault: PersonVault, store: DeviceStore, library: PackLibrary, review: Callable[[str], ReviewPort]
) -> tuple[RecordCard, ...]:
    """SLOW. The newest first. `review` opens one by its sitting: asked only where a correction may wait."""
    signed = [o for o in vault.observations() if o.state == "signed"]
    found = [_card(kept, vault.record_of(kept.id), store, library, review) for kept in signed]
    return tuple(card for _, card in sorted(found, key=lambda pair: -pair[0]))


def _card(
    kept: KeptObservation, record: str, store: DeviceStore, library: PackLibrary, review: Callable[[str], ReviewPort]
) -> tuple[int, RecordCard]:
    """(claimed wall ms of the signature, the row)."""
    statement = read_statement(open_envelope(store.statements.get(record)).payload)
    at_ms, body = statement.header.claimed_wall_ms, statement.body
    receipt = store.outbox.receipt(record)
    state = max(store.record_state(record), RecordState.SIGNED)
    status, detail, icon = record_status(state, receipt[1] if receipt else 0) or ("", "", "")
    booked = store.sittings.find(kept.sitting)
    scenario = library.scenarios.get(str(body["scenario"]["id"]))
    corrected = bool(store.statements.about(record, "amendment"))
    card = RecordCard(
        sitting=kept.sitting,
        signed=f"{day_words(day_of(Moment(0, '', at_ms)))}, {local_time(at_ms)}",
        candidate=candidate_card(booked) if booked else CandidateCard(body["candidate"], body["candidate"], "", b"", 0),
        scenario=scenario.title if scenario else str(body["scenario"]["id"]),
        status=status,
        detail=detail,
        icon=icon,
        state=state,
        waiting=corrected and booked is not None and review(kept.sitting).view().waiting,
    )
    return at_ms, card
