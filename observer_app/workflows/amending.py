# SPDX-License-Identifier: GPL-3.0-or-later
"""After signing: corrections beside the record, and the second signature where the framework asks for one.

1. The record's bytes stay; a correction is a signed statement of its own, with a reason.
2. Where the framework's `second_signature` is true it counts only once another person has signed it too, with their own
   passphrase and having the correction before them: at the same machine, or at their own (`second_signature`).
3. A newer correction takes the place of one that still waits; what was signed twice stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace

from observer_app.domain.events import Kind
from observer_app.domain.roles import Role, unnamed_person
from observer_app.domain.scoring import score
from observer_app.errors import BadInput, Conflict, NotAllowed
from observer_app.trust.envelope import open_envelope
from observer_app.trust.statements import Statement, read_statement
from observer_app.vault.people import check_passphrase, enrolled_people
from observer_app.vault.statements import KeptStatement
from observer_app.vault.texts import SaltedText
from observer_app.workflows.evidence import EVIDENCE_KIND, read_evidence
from observer_app.workflows.journal import Journal
from observer_app.workflows.reasoned import sign_with_reason
from observer_app.workflows.review_parts import WAIT_S, ReviewParts
from observer_app.workflows.review_view import Corrected
from observer_app.workflows.sealing import outcome_of

__all__ = ["Amending"]

_MAY_COUNTERSIGN = frozenset({Role.ASSESSOR.value, Role.MODERATOR.value, Role.MANAGER.value})


class Amending:
    """The corrections of one record."""

    def __init__(self, journal: Journal, parts: ReviewParts) -> None:
        self._journal = journal
        self._parts = parts
        self._reasons: dict[str, str] = {}  # of refusals, by salted hash

    # ---- what there is ----

    def corrections(self, record: str) -> tuple[Corrected, ...]:
        """Every amendment of a record on this machine, oldest first."""
        seconds, refusals = self._answers(record, "countersignature"), self._answers(record, "refusal")
        found = self._parts.store.statements.about(record, "amendment")
        return tuple(self._corrected(kept, seconds.get(kept.id), refusals.get(kept.id)) for kept in found)

    def _answers(self, record: str, kind: str) -> dict[str, Statement]:
        """What somebody else said of each amendment, by its id."""
        found = self._parts.store.statements.about(record, kind)
        said = (read_statement(open_envelope(kept.envelope).payload) for kept in found)
        return {str(statement.body["amendment"]): statement for statement in said}

    def _corrected(self, kept: KeptStatement, signed: Statement | None, refused: Statement | None) -> Corrected:
        statement = read_statement(open_envelope(kept.envelope).payload)
        by = statement.header.person
        second = signed.header.person if signed is not None and signed.header.person != by else ""
        refusal = ("", "")
        if refused is not None and refused.header.person != by:
            refusal = self._name(refused.header.person), self._reason(refused)
        return Corrected(
            statement=kept.id,
            changes={c["criterion"]: c["to"] for c in statement.body["changes"]},
            reason=self._journal.words(statement.body["reason_sha256"]),
            wall_ms=statement.header.claimed_wall_ms,
            second=self._name(second) if second else "",
            refused=refusal,
            counts=bool(second) or not self._parts.framework.rules.second_signature,
        )

    def _name(self, person: str) -> str:
        """A name for the screens: never an id."""
        name = self._parts.store.person_name(person)
        return unnamed_person(person) if name == person else name

    def _reason(self, refused: Statement) -> str:
        """Why somebody refused: from this machine's store, or from the notes sealed beside the record on another."""
        wanted = str(refused.body["reason_sha256"])
        if wanted not in self._reasons:
            store, files, vault = self._parts.store, self._parts.files, self._journal.vault
            with suppress(BadInput):
                self._reasons[wanted] = store.salted(wanted).text
                return self._reasons[wanted]
            sealed = [
                o.sha256 for o in store.objects(str(refused.body["record"]), EVIDENCE_KIND) if files.has(o.sha256)
            ]
            with suppress(BadInput):  # the notes were erased, and with them their key
                key = vault.evidence_key(self._journal.observation)
                found = [read_evidence(files.read(name), key, name).texts.get(wanted) for name in sealed]
                self._reasons |= {text.hash: text.text for text in found if text is not None}
        return self._reasons.get(wanted, "")

    def second_signers(self) -> tuple[tuple[str, str], ...]:
        """(id, name) of the others on this machine who may sign a correction too."""
        signatory = self._parts.signatory
        able = {
            c.subject
            for c in signatory.machine.trust().certificates
            if c.kind == "person" and not c.roles.isdisjoint(_MAY_COUNTERSIGN)
        }
        people = (p for p in enrolled_people(signatory.root) if p.person in able and p.person != signatory.person)
        name = self._parts.store.person_name
        return tuple((p.person, p.handle if name(p.person) == p.person else name(p.person)) for p in people)

    # ---- correcting ----

    def amend(
        self, record: str, now: Mapping[str, int], changes: Mapping[str, int], reason: str, passphrase: str
    ) -> Future[str]:
        """SLOW. Signs `changes` to the values that count `now` ("" the overall judgement); the statement's id.

        Raises BadInput, Conflict when nothing changes, WrongPassphrase.
        """
        if not reason.strip():
            raise BadInput("A reason is needed.", advice="Say what was wrong and how you know.")
        values, rows = self._changed(now, changes)
        p, vault = self._parts, self._journal.vault
        person_key = p.signatory.unlock(passphrase)
        salted = SaltedText.new(reason)
        vault.write(salted.insert).result(WAIT_S)
        notes_key: bytes | None = None
        with suppress(BadInput):  # the notes were erased: the marks remain, and may still be wrong
            notes_key = vault.evidence_key(self._journal.observation)
        result = score(p.framework, p.scenario, values, self._journal.state.unrated_reasons)
        body = {"record": record, "reason_sha256": salted.hash, "changes": rows, "outcome": outcome_of(result)}
        statement = sign_with_reason(
            p.signatory, p.files, "amendment", body, person_key, salted, notes_key, about=record
        )
        told = {"record": record, "statement": statement.result(WAIT_S)}
        self._journal.append(Kind.AMENDED, p.clock.now(), told).result(WAIT_S)
        return statement

    def _changed(
        self, now: Mapping[str, int], changes: Mapping[str, int]
    ) -> tuple[dict[str, int], list[dict[str, object]]]:
        """(all values after the changes, rows of the statement). Raises BadInput, Conflict when nothing changes."""
        values = {criterion: value for criterion, value in now.items() if criterion}
        rows: list[dict[str, object]] = []
        for criterion, value in sorted(changes.items()):
            if not criterion:
                raise BadInput("The overall judgement cannot be amended.", advice="Ask for a second mark.")
            if self._parts.scenario.criterion(criterion) is None or value not in self._parts.scenario.scale.values:
                raise BadInput(f"{value} is not on this scale.")
            before = values.get(criterion)
            if before != value:
                rows.append({"criterion": criterion, "from": before, "to": value})
                values[criterion] = value
        if not rows:
            raise Conflict("Nothing would be changed.", advice="Choose another value.")
        return values, rows

    # ---- the second signature ----

    def countersign(self, record: str, waiting: Corrected | None, person: str, passphrase: str) -> Future[str]:
        """SLOW. `person` of this machine signs the correction that waits; the statement's id.

        Raises Conflict when none waits, NotAllowed, WrongPassphrase, StoreLocked.
        """
        if waiting is None:
            raise Conflict("No correction waits for a second signature.", advice="Nothing has been signed.")
        p = self._parts
        if person not in {one for one, _ in self.second_signers()}:
            raise NotAllowed(
                "This person cannot sign the correction.",
                advice="It takes another assessor, a moderator or the centre manager who signs in on this machine.",
            )
        secrets = check_passphrase(p.signatory.root, person, passphrase, p.clock.now())
        other = replace(p.signatory, person=person, keys=secrets.keys)
        body = {"record": record, "amendment": waiting.statement}
        return other.sign("countersignature", body, secrets.keys.signing, about=record)
