# SPDX-License-Identifier: GPL-3.0-or-later
"""The moderator's work list (ModeratePort): what was assigned to them, never why."""

from __future__ import annotations

from datetime import datetime

from observer_app.domain.record import RecordState
from observer_app.errors import NotAllowed, ObserverError
from observer_app.vault.person import PersonVault
from observer_app.workflows.board_views import WorkItem, WorkList
from observer_app.workflows.film import recording_here
from observer_app.workflows.record_parts import OpenedRecord
from observer_app.workflows.records import RecordReader
from observer_app.workflows.replay import ReplayObservation, replay_id
from observer_app.workflows.second_mark import own_mark
from observer_app.workflows.signing import Signatory
from observer_app.workflows.views import CandidateCard
from observer_app.workflows.words import say

__all__ = ["ModerateDesk"]

_STATES = {
    RecordState.NONE: "view.moderate.not_begun",
    RecordState.SAVED: "view.moderate.begun",
    RecordState.SIGNED: "view.moderate.signed",
    RecordState.SENT: "view.moderate.sent",
    RecordState.ACKNOWLEDGED: "view.moderate.acknowledged",
}


class ModerateDesk:
    """ModeratePort for the signed-in moderator. `close` it when they sign out."""

    def __init__(self, reader: RecordReader, vault: PersonVault, signatory: Signatory) -> None:
        self._reader = reader
        self._vault = vault
        self._signatory = signatory
        self._open: ReplayObservation | None = None

    def work_list(self) -> WorkList:
        """What is to be marked again; one that cannot be opened stands there with the sentence why."""
        return WorkList(tuple(self._item(r) for r in self._assigned() if self._reader.store.statements.has(r)))

    def _assigned(self) -> list[str]:
        return [record for record, _ in self._reader.store.assignments(self._signatory.person)]

    def _item(self, record: str) -> WorkItem:
        try:
            opened = self._reader.open(record)
        except ObserverError as error:
            return WorkItem(record, CandidateCard("", "", "", b"", 0), "", "", 0, str(error), False, False)
        mine = own_mark(opened, self._signatory.person)
        claimed = opened.verified.statement.header.claimed_wall_ms
        return WorkItem(
            record=record,
            candidate=opened.candidate,
            scenario=opened.scenario.title if opened.scenario else opened.missing[0],
            day=datetime.fromtimestamp(claimed / 1000).date().isoformat(),
            length_s=opened.recorded_s(),
            state=say(_STATES[self._state(opened)]),
            recording_here=recording_here(opened, self._reader.files),
            signed=mine is not None,
        )

    def _state(self, opened: OpenedRecord) -> RecordState:
        mine = own_mark(opened, self._signatory.person)
        if mine is not None:
            return self._reader.state_of(mine.id)
        begun, _ = self._vault.head(replay_id(opened.id, self._signatory.person))
        return RecordState.SAVED if begun > 1 else RecordState.NONE

    def open(self, record: str) -> ReplayObservation:
        """The replay of an assigned record; the one open before is closed. Raises NotAllowed, BadInput,
        IntegrityBroken."""
        if record not in self._assigned():
            raise NotAllowed("This record was not given to you to mark.", advice="Ask the centre to assign it.")
        self.close()
        self._open = ReplayObservation(record, self._reader, self._vault, self._signatory)
        return self._open

    def close(self) -> None:
        """Lets go of the recording that is open."""
        if self._open is not None:
            self._open.close()
            self._open = None
