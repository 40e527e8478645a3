# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrections that wait for a second signature, at the machine of whoever may give it.

1. A manager sees those of the centre's records, a moderator those of records they have marked themselves: a correction
   says what the first marks were, and before that no moderator is to know.
2. Nobody answers their own correction.
3. Signed or refused, both with the passphrase and as a statement of its own; a refusal has a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future

from observer_app.domain.moment import Moment
from observer_app.domain.roles import Role, unnamed_person
from observer_app.errors import Conflict, NotAllowed, ObserverError
from observer_app.trust.envelope import open_envelope
from observer_app.trust.statements import read_statement
from observer_app.vault.texts import SaltedText
from observer_app.workflows.reasoned import checked_reason, sign_about
from observer_app.workflows.record_parts import Amendment, OpenedRecord
from observer_app.workflows.records import RecordReader
from observer_app.workflows.second_mark import own_mark
from observer_app.workflows.signing import Signatory
from observer_app.workflows.timekeeping import day_of, day_words, local_time
from observer_app.workflows.views import ChangeView, CorrectionView

__all__ = ["SecondDesk"]


class SecondDesk:
    """SecondPort for one signed-in manager or moderator."""

    def __init__(self, reader: RecordReader, signatory: Signatory, roles: frozenset[Role]) -> None:
        self._reader, self._signatory, self._roles = reader, signatory, roles

    # ---- what waits ----

    def waiting(self) -> tuple[CorrectionView, ...]:
        """What this person may answer, the oldest first."""
        found = sorted(self._found(), key=lambda pair: pair[1].at_ms)
        return tuple(self._view(opened, amendment) for opened, amendment in found)

    def _found(self) -> Iterator[tuple[OpenedRecord, Amendment]]:
        for record in dict.fromkeys(self._amended()):
            try:
                opened = self._reader.open(record)
            except ObserverError:  # its own screens say what is wrong with it
                continue
            waiting = opened.waiting
            if waiting is not None and waiting.by != self._signatory.person and self._mine_to_see(opened):
                yield opened, waiting

    def _amended(self) -> Iterator[str]:
        """Ids of the records here that somebody corrected, in order of arrival."""
        for kept in self._reader.store.statements.of_type("amendment"):
            record = str(read_statement(open_envelope(kept.envelope).payload).body["record"])
            if self._reader.store.statements.has(record):
                yield record

    def _mine_to_see(self, opened: OpenedRecord) -> bool:
        ours = opened.verified.statement.header.centre == self._signatory.machine.centre
        if Role.MANAGER in self._roles and ours:
            return True
        return Role.MODERATOR in self._roles and own_mark(opened, self._signatory.person) is not None

    def _view(self, opened: OpenedRecord, amendment: Amendment) -> CorrectionView:
        name = self._reader.store.person_name(amendment.by)
        when = day_words(day_of(Moment(0, "", amendment.at_ms)))
        return CorrectionView(
            id=amendment.id,
            candidate=opened.candidate,
            scenario=opened.scenario.title if opened.scenario else "",
            by=unnamed_person(amendment.by) if name == amendment.by else name,
            signed=f"{when}, {local_time(amendment.at_ms)}",
            changes=tuple(_change(opened, *change) for change in amendment.changes),
            reason=amendment.reason,
        )

    # ---- answering ----

    def sign(self, correction: str, passphrase: str) -> Future[str]:
        opened = self._record_of(correction)
        body = {"record": opened.id, "amendment": correction}
        key = self._signatory.unlock(passphrase)
        return self._signatory.sign("countersignature", body, key, about=opened.id)

    def refuse(self, correction: str, reason: str, passphrase: str) -> Future[str]:
        opened, salted = self._record_of(correction), SaltedText.new(checked_reason(reason))
        body = {"record": opened.id, "amendment": correction, "reason_sha256": salted.hash}
        return sign_about(self._reader, self._signatory, "refusal", body, opened, salted, passphrase)

    def _record_of(self, correction: str) -> OpenedRecord:
        """Raises NotAllowed for one that is not this person's to answer, Conflict for one that waits no longer."""
        waiting = {amendment.id: opened for opened, amendment in self._found()}
        if correction in waiting:
            return waiting[correction]
        kept = self._reader.store.statements
        if kept.has(correction) and any(correction == a for a in self._answered()):
            raise Conflict("This correction waits no longer.", advice="Somebody answered it, or a newer one came.")
        raise NotAllowed("This correction is not yours to sign.", advice="Ask another manager or moderator.")

    def _answered(self) -> Iterator[str]:
        for record in dict.fromkeys(self._amended()):
            opened = self._reader.open(record)
            if self._mine_to_see(opened):
                yield from (a.id for a in opened.amendments if a is not opened.waiting)


def _change(opened: OpenedRecord, criterion: str, was: int | None, now: int | None) -> ChangeView:
    """A change as it is read out; without the pack only its figures."""
    found = opened.scenario.criterion(criterion) if opened.scenario else None
    points = {p.value: p.label for p in opened.scenario.scale.points} if opened.scenario else {}
    number, title = (found.number, found.title) if found else (0, "")
    return ChangeView(number, title, _mark(was, points), _mark(now, points))


def _mark(value: int | None, points: dict[int, str]) -> str:
    if value is None:
        return ""
    return f"{value}, {points[value]}" if points.get(value) else str(value)
