# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking statements in: each verified, in its device's order, once.

A statement is refused for itself alone; its neighbours in the batch are taken. What a device signed twice under one
number (a cloned disk, a store put back) is kept as evidence and refused aloud: no machine decides which counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from observer_app.central.database import Database
from observer_app.central.derived import named_objects, references
from observer_app.central.erasing import Erasing
from observer_app.central.log import Log
from observer_app.central.registry import Registry
from observer_app.central.words import Gap, refusal_of
from observer_app.errors import BadInput, Conflict, IntegrityBroken, ObserverError
from observer_app.protocol import BatchAnswer, DeviceState, StatementAnswer
from observer_app.trust.envelope import Envelope, open_envelope
from observer_app.trust.programme import Verified
from observer_app.trust.statements import NO_PREVIOUS, read_statement

__all__ = ["Intake"]

_PASSED_OVER = "signed with a key that no longer counts"
_ELSEWHERE = frozenset({"certificate", "revocation"})


class Intake:
    """Verifies and logs statements."""

    def __init__(
        self, database: Database, log: Log, registry: Registry, erasing: Erasing, clock: Callable[[], int]
    ) -> None:
        self._erasing = erasing
        self._db, self._log, self._registry, self._clock = database, log, registry, clock

    def accept(self, envelopes: Sequence[bytes]) -> BatchAnswer:
        """One answer for each, in the order given. All that was logged is durable on return."""
        answers: list[StatementAnswer | None] = [None] * len(envelopes)
        opened: list[tuple[tuple[str, int], int, Envelope]] = []
        for place, data in enumerate(envelopes):
            try:
                opened.append((_turn(envelope := open_envelope(data)), place, envelope))
            except ObserverError as error:
                answers[place] = StatementAnswer("", "refused", b"", refusal_of(error))
        self._registry.refresh()
        positions: dict[int, tuple[str, int]] = {}
        with self._db.transaction():
            for _, place, envelope in sorted(opened, key=lambda o: o[:2]):
                answers[place] = self._known(envelope)
                if answers[place] is not None:
                    continue
                try:
                    verified = self._checked(envelope)
                except ObserverError as error:
                    answers[place] = StatementAnswer(envelope.record_id, "refused", b"", refusal_of(error))
                else:
                    positions[place] = (envelope.record_id, self._log_one(verified))
            note = self._give_receipts(positions, answers)
        if note:
            self._log.remember(note)
        if any(e.type == "deletion" for _, _, e in opened):
            self._erasing.sweep()
        return BatchAnswer(tuple(a for a in answers if a is not None))

    def log_revocations(self) -> int:
        """Gives every revocation accepted since its place in the log; how many. A revocation nobody logged would be the
        word of whoever runs the store alone."""
        with self._db.transaction():
            logged = {str(r[0]) for r in self._db.rows("SELECT record_id FROM statement WHERE type = 'revocation'")}
            waiting = [e for e in map(open_envelope, self._registry.trust.revocations) if e.record_id not in logged]
            trust = self._registry.trust
            positions = {
                n: (e.record_id, self._log_one(trust.verify(e, revoked_too=True))) for n, e in enumerate(waiting)
            }
            note = self._give_receipts(positions, [None] * len(waiting))
        if note:
            self._log.remember(note)
        return len(waiting)

    def state(self, device: str) -> DeviceState:
        """How far a device's statements are here."""
        return DeviceState(*self._end(device))

    def _end(self, device: str) -> tuple[int, str]:
        found = self._db.one(
            "SELECT * FROM (SELECT device_seq, record_id FROM statement WHERE device = ? AND device_seq > 0 "
            "ORDER BY device_seq DESC LIMIT 1) UNION ALL "
            "SELECT device_seq, record_id FROM evidence WHERE device = ? AND reason = ? "
            "ORDER BY device_seq DESC LIMIT 1",
            (device, device, _PASSED_OVER),
        )
        return (int(found[0]), str(found[1])) if found else (0, "")

    def _known(self, envelope: Envelope) -> StatementAnswer | None:
        found = self._db.one(
            "SELECT r.receipt, s.position FROM statement s LEFT JOIN receipt r USING (position) WHERE s.record_id = ?",
            (envelope.record_id,),
        )
        if found is None:
            return None
        if found[0] is None:  # twice in this very batch
            return StatementAnswer(envelope.record_id, "known", b"", None)
        return StatementAnswer(envelope.record_id, "known", bytes(found[0]), None)

    def _checked(self, envelope: Envelope) -> Verified:
        if envelope.type in _ELSEWHERE:
            raise BadInput("Certificates are handed in by themselves.", advice="Send them to /v1/certificates.")
        trust, place = self._registry.trust, self._log.size
        try:
            verified = trust.verify(envelope, log_index=place)
        except IntegrityBroken:
            self._pass_over(trust.verify(envelope, revoked_too=True), place)
            raise
        self._in_order(verified)
        return verified

    def _pass_over(self, verified: Verified, place: int) -> None:
        """A person's key has ended, and what they had signed before waits on a machine that still counts: it is refused
        and kept as evidence, and the machine's order goes on after it. What others signed there later must not wait for
        ever behind it."""
        machine = [s for s in verified.signers if s.kind == "device"]
        if self._registry.trust.revoked_above(machine, place) or not machine:
            return
        last_seq, last_id = self._end(verified.device)
        if (verified.device_seq, verified.prev) == (last_seq + 1, last_id or NO_PREVIOUS):
            self._keep_evidence(verified, _PASSED_OVER)

    def _keep_evidence(self, verified: Verified, reason: str) -> None:
        self._db.run(
            "INSERT OR IGNORE INTO evidence (record_id, device, device_seq, reason, envelope, received_ms) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (verified.record_id, verified.device, verified.device_seq, reason, verified.envelope.data, self._clock()),
        )

    def _was_passed_over(self, record_id: str) -> bool:
        sql = "SELECT 1 FROM evidence WHERE record_id = ? AND reason = ?"
        return self._db.one(sql, (record_id, _PASSED_OVER)) is not None

    def _log_one(self, verified: Verified) -> int:
        position, envelope = self._log.size, verified.envelope
        header, body = verified.statement.header, verified.statement.body
        self._db.run(
            "INSERT INTO statement (position, record_id, type, centre, device, device_seq, person, claimed_ms, "
            "received_ms, envelope) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (position, verified.record_id, header.type, header.centre, header.device, header.device_seq,
             header.person, header.claimed_wall_ms, self._clock(), envelope.data),
        )  # fmt: skip
        self._log.append(position, envelope.data)
        if header.type == "deletion":
            self._erasing.mark(verified)
        for table, column, values in (
            ("reference", "record_id", references(body)),
            ("named", "sha256", named_objects(header.type, body)),
        ):
            self._db.many(
                f"INSERT OR IGNORE INTO {table} (position, {column}) VALUES (?, ?)", [(position, v) for v in values]
            )
        return position

    def _in_order(self, verified: Verified) -> None:
        """Raises Gap, or Conflict once the fork is kept as evidence. Outside any chain (number 0) all is well."""
        device, seq = verified.device, verified.device_seq
        if not device or seq == 0:
            if verified.prev != NO_PREVIOUS or seq != 0:
                raise IntegrityBroken("A statement stands in no machine's order.", subject=verified.record_id)
            return
        last_seq, last_id = self._end(device)
        if seq > last_seq + 1:
            raise Gap(
                f"Statement {seq} of this machine came before statement {last_seq + 1}, which is missing.", last_seq
            )
        if seq == last_seq + 1 and verified.prev == (last_id or NO_PREVIOUS):
            return
        if self._was_passed_over(verified.record_id):  # its key was certified anew since
            return
        reason = (
            f"number {seq} was signed twice" if seq <= last_seq else f"number {seq} does not continue the one before"
        )
        self._keep_evidence(verified, reason)
        raise Conflict(
            f"Two different histories of the machine {device} exist: {reason}. Both are kept.",
            advice="Stop using this machine and call the programme: its store was copied or put back.",
        )

    def _give_receipts(self, positions: dict[int, tuple[str, int]], answers: list[StatementAnswer | None]) -> str:
        if not positions:
            return ""
        note = self._log.seal()
        given: dict[str, bytes] = {}
        for place, (record_id, position) in positions.items():
            receipt = self._log.receipt(position, note)
            self._db.run("INSERT INTO receipt (position, receipt) VALUES (?, ?)", (position, receipt))
            given[record_id] = receipt
            answers[place] = StatementAnswer(record_id, "logged", receipt, None)
        for place, answer in enumerate(answers):
            if answer is not None and answer.status == "known" and not answer.receipt:
                answers[place] = StatementAnswer(answer.record_id, "known", given[answer.record_id], None)
        return note


def _turn(envelope: Envelope) -> tuple[str, int]:
    header = read_statement(envelope.payload).header
    return header.device, header.device_seq
