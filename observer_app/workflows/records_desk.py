# SPDX-License-Identifier: GPL-3.0-or-later
"""RecordsPort: the signed records of a machine, whoever signed them, and what may be done to one afterwards.

Each row is as far verified as it says: the record's own signatures, and those of every void and deletion of it. One
that does not hold is a row that says so; it keeps nobody from the others.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

from observer_app.domain.moment import Moment
from observer_app.domain.roles import Role, unnamed_person
from observer_app.domain.sitting import Sitting
from observer_app.errors import ObserverError
from observer_app.packs.loading import PackLibrary
from observer_app.trust.rules import SIGNERS
from observer_app.vault.person import PersonVault
from observer_app.workflows.records import RecordReader
from observer_app.workflows.releases import Asked, Releases, look_to_give
from observer_app.workflows.signing import Signatory
from observer_app.workflows.timekeeping import day_of, day_words, local_time
from observer_app.workflows.verified import at_of
from observer_app.workflows.views import CandidateCard, GivingView, SignedRecord
from observer_app.workflows.withdrawing import erase, void
from observer_app.workflows.words import say

__all__ = ["RecordsDesk"]

_NO_REASON = "No reason is on this machine."


class RecordsDesk:
    """For a signed-in person. `roles` are what their certificate says."""

    def __init__(
        self, reader: RecordReader, signatory: Signatory, roles: frozenset[Role], vault: PersonVault,
        library: PackLibrary,
    ) -> None:  # fmt: skip
        self._reader, self._signatory, self._roles = reader, signatory, roles
        self._vault, self._library = vault, library

    def all(self) -> tuple[SignedRecord, ...]:
        """SLOW. The newest first."""
        store = self._reader.store
        names = {p.person: p.name for p in store.people()}
        erased, voids, booked = self._erased(), self._void(), self._candidates()
        rows = [self._row(record, names, erased, voids, booked) for record in self._reader.records()]
        return tuple(row for _, row in sorted(rows, key=lambda pair: -pair[0]))

    def void(self, record: str, reason: str, passphrase: str) -> Future[str]:
        """SLOW. See `withdrawing.void`."""
        return void(self._reader, self._signatory, self._roles, record, reason, passphrase)

    def erase(self, record: str, what: str, reason: str, passphrase: str) -> Future[str]:
        """SLOW. See `withdrawing.erase`."""
        return erase(
            self._reader, self._signatory, self._roles, record, what, reason, passphrase, self._vault
        )  # fmt: skip

    def giving(self, record: str) -> GivingView:
        """SLOW. See `releases.look_to_give`."""
        return look_to_give(record, self._reader, self._signatory)

    def give_out(
        self, record: str, what: str, start_ms: int, end_ms: int, purpose: str, reason: str, passphrase: str, file: Path
    ) -> str:
        """SLOW. See `Releases`."""
        asked, releases = Asked(purpose, reason, passphrase, file), Releases(self._reader, self._signatory)
        if what == "clip":
            return releases.clip(record, start_ms, end_ms, asked)
        return releases.marks(record, asked)

    # ---- what is shown ----

    def _erased(self) -> dict[str, set[str]]:
        """What verified deletions say was erased, by observation."""
        found: dict[str, set[str]] = defaultdict(set)
        for kept in self._reader.store.statements.of_type("deletion"):
            with suppress(ObserverError):  # one that does not verify is carried out nowhere
                body = self._reader.verify(kept.id).statement.body
                found[str(body["subject"])].add(str(body["what"]))
        return found

    def _void(self) -> frozenset[str]:
        """The records that a verified statement takes back."""
        found = set()
        for kept in self._reader.store.statements.of_type("void"):
            with suppress(ObserverError):
                found.add(str(self._reader.verify(kept.id).statement.body["record"]))
        return frozenset(found)

    def _candidates(self) -> dict[str, CandidateCard]:
        """Who was booked, by the bookings' ids, without photos: each day's list is read once, however many records
        there are. A booking moved to a later day stands in both lists; the later one counts."""
        sittings, found = self._reader.store.sittings, dict[str, CandidateCard]()
        for day in reversed(sittings.days()):
            roster = sittings.roster(day)
            found |= {s.id: _card(s) for s in (roster.sittings if roster else ())}
        return found

    def _candidate(self, sitting: str, candidate: str, booked: dict[str, CandidateCard]) -> CandidateCard:
        if sitting in booked:
            return booked[sitting]
        left_out = self._reader.store.sittings.find(sitting)
        return _card(left_out) if left_out else CandidateCard(candidate, "", "", b"", 0)

    def _row(
        self, record: str, names: dict[str, str], erased: dict[str, set[str]], voids: frozenset[str],
        booked: dict[str, CandidateCard],
    ) -> tuple[int, SignedRecord]:  # fmt: skip
        """(claimed wall ms of the signature, the row)."""
        try:
            verified = self._reader.verify(record)
            voided = self._why_void(record) if record in voids else ""
            state = self._reader.state_of(record)
        except ObserverError as error:
            nobody = CandidateCard("", "", "", b"", 0)
            return 0, SignedRecord(record, nobody, "", "", "", trouble=error.message)
        header, body = verified.statement.header, verified.statement.body
        at_ms, gone = at_of(verified), erased.get(str(body["observation"]), set())
        scenario = self._library.scenarios.get(str(body["scenario"]["id"]))
        return at_ms, SignedRecord(
            record=record,
            candidate=self._candidate(str(body["sitting"]), str(body["candidate"]), booked),
            scenario=scenario.title if scenario else str(body["scenario"]["id"]),
            assessor=names.get(header.person) or unnamed_person(header.person),
            signed=f"{day_words(day_of(Moment(0, '', at_ms)))}, {local_time(at_ms)}",
            state=state,
            void=voided,
            recorded=bool(body["media"]),
            recording_erased=bool(gone),  # with the notes goes the recording
            notes_erased="notes" in gone,
            packs=self._packs(*(str(body[kind]["sha256"]) for kind in ("framework", "scenario"))),
        )

    def _packs(self, framework: str, scenario: str) -> str:
        """Who signed the framework and the scenario with these hashes."""
        first, second = self._who_signed(framework), self._who_signed(scenario)
        if first == second:
            return say("view.records.packs", who=first)
        return say("view.records.packs_apart", framework=first, scenario=second)

    def _who_signed(self, pack: str) -> str:
        with suppress(ObserverError):  # a signature that does not hold is nobody's
            for statement in self._reader.kept.pack(pack):
                who = next(s for s in self._reader.verify(statement).signers if s.kind in SIGNERS["pack"].any_of)
                known = self._reader.store.person_name(who.subject)
                name = known if known != who.subject else unnamed_person(known)
                return say(f"view.records.by_{who.kind}", name=name)
        return say("view.records.by_nobody")

    def _why_void(self, record: str) -> str:
        """The reason of the last void of a record."""
        try:
            return self._reader.open(record).void or _NO_REASON
        except ObserverError:
            return _NO_REASON


def _card(sitting: Sitting) -> CandidateCard:
    who = sitting.candidate
    return CandidateCard(who.id, who.name, who.registration, b"", sitting.extra_percent)
