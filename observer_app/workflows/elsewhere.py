# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person signed on another machine (one that was lost, say), once it came back from the central store."""

from __future__ import annotations

from observer_app.errors import Conflict
from observer_app.trust.envelope import open_envelope
from observer_app.trust.statements import read_statement
from observer_app.vault.device import DeviceStore
from observer_app.workflows.words import say

__all__ = ["SignedElsewhere"]


class SignedElsewhere:
    """The records of one person kept in a store, by their sitting."""

    def __init__(self, store: DeviceStore, person: str) -> None:
        self._store, self._person = store, person
        self._sittings: dict[str, str] = {}

    def record(self, sitting: str) -> str:
        """The id of this person's record of a sitting; "" without one."""
        for kept in self._store.statements.of_type("record"):
            if kept.id not in self._sittings:
                statement = read_statement(open_envelope(kept.envelope).payload)
                mine = statement.header.person == self._person
                self._sittings[kept.id] = str(statement.body["sitting"]) if mine else ""
            if self._sittings[kept.id] == sitting:
                return kept.id
        return ""

    def refuse(self, sitting: str) -> None:
        """Raises Conflict where it was signed already: nobody is rated twice because a laptop was lost."""
        if self.record(sitting):
            words = say("view.elsewhere.you_signed_observation_another")
            raise Conflict(words, advice="The centre manager's machine shows it.")
