# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements of a store as they may be believed: signatures and receipts verified, each once.

A statement's bytes never change, so what was verified stays so; what is not yet known (a certificate that has arrived
since) is looked for again.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from observer_app.domain.record import RecordState
from observer_app.errors import BadInput, IntegrityBroken
from observer_app.trust.envelope import open_envelope
from observer_app.trust.merkle import leaf_hash
from observer_app.trust.programme import Trust, Verified
from observer_app.trust.receipts import parse_receipt
from observer_app.trust.rules import trespass
from observer_app.trust.statements import read_statement
from observer_app.vault.device import DeviceStore
from observer_app.vault.statements import KeptStatement
from observer_app.workflows.record_parts import ReceiptFacts

__all__ = ["VerifiedStatements", "at_of", "broken"]

_LATEST = 2**53
_FOLLOWING = ("amendment", "countersignature", "refusal", "second_mark", "adjudication", "void", "release", "latency")


class VerifiedStatements:
    """The statements of one store under one programme."""

    def __init__(self, store: DeviceStore, trust: Trust, device: str) -> None:
        """`device`: this machine's pseudonymous id."""
        self._store = store
        self._device = device
        self._trust = trust
        self._verified: dict[tuple[str, int | None, int], Verified] = {}
        self._receipts: dict[tuple[str, bytes], ReceiptFacts] = {}
        self._refers: dict[str, frozenset[str]] = {}
        self._said: dict[str, tuple[str, str]] = {}

    def verify(self, statement: str) -> Verified:
        """A statement kept here, its signatures and receipt verified. Raises as `open`."""
        receipt = self.receipt(statement)
        place = receipt.index if receipt else None
        key = (
            statement,
            place,
            len(self._trust.revocations),
        )  # a revocation that arrives has everything looked at anew
        if key not in self._verified:
            verified = self._verify(self._store.statements.get(statement), place)
            if verified.record_id != statement:
                raise broken("A record is kept under another record's name.", statement)
            self._verified[key] = verified
        return self._verified[key]

    def _verify(self, envelope: bytes, place: int | None) -> Verified:
        """Once more with what has arrived since, where a certificate is not known yet."""
        try:
            return self._trust.verify(envelope, log_index=place)
        except IntegrityBroken:
            known = len(self._trust.certificates)
            with suppress(IntegrityBroken, BadInput):  # one that leads nowhere must not hide those that do
                self._trust.add(k.envelope for k in self._store.statements.of_type("certificate"))
            if len(self._trust.certificates) == known:
                raise
        return self._trust.verify(envelope, log_index=place)

    def receipt(self, statement: str) -> ReceiptFacts | None:
        """What a receipt kept here proves; None without one. Raises IntegrityBroken when it does not fit."""
        kept = self._store.outbox.receipt(statement)
        if kept is None:
            return None
        data, seen_ms = kept
        if (statement, data) not in self._receipts:
            receipt = parse_receipt(data)
            origin = receipt.checkpoint.origin
            leaf = leaf_hash(self._store.statements.get(statement))
            try:
                checkpoint = receipt.verify(leaf, self._trust.log_key(origin))
            except IntegrityBroken as error:
                raise broken(f"The receipt of a record does not fit it. {error.message}", statement) from error
            self._receipts[statement, data] = ReceiptFacts(
                origin, receipt.index, checkpoint.size, seen_ms, checkpoint.root.hex()
            )
        return self._receipts[statement, data]

    def state_of(self, record: str) -> RecordState:
        """Which of the four states it is in. A record of another machine came through the central store: SENT at least.

        ACKNOWLEDGED only with a receipt that verifies.
        """
        if self.receipt(record) is not None:
            return RecordState.ACKNOWLEDGED
        state = self._store.record_state(record)
        if state is RecordState.NONE or self.verify(record).device == self._device:
            return state
        return max(state, RecordState.SENT)

    def of_sittings(self, sittings: Collection[str]) -> list[str]:
        """Ids of the records of these bookings, in order of arrival, by what they say; nothing is verified yet."""
        return [record for record, (sitting, _) in self._records().items() if sitting in sittings]

    def signed_again(self, record: str) -> bool:
        """Whether its observation was signed before, in the log's order, and that record is not void: an observation is
        signed once, and nothing signed later takes a mark's place."""
        every = self._records()
        same = (
            [r for r, (_, observation) in every.items() if observation == every[record][1]] if record in every else ()
        )
        if len(same) < 2:
            return False
        told = sorted(same, key=lambda r: (self._at(r), self.verify(r).device_seq, r))
        before = told[: told.index(record)]
        return any(all(kept.type != "void" for kept, _ in self.following(r)) for r in before)

    def _records(self) -> dict[str, tuple[str, str]]:
        """(booking, observation) of every record here, in order of arrival."""
        for kept in self._store.statements.of_type("record"):
            if kept.id not in self._said:
                body = read_statement(open_envelope(kept.envelope).payload).body
                self._said[kept.id] = (str(body["sitting"]), str(body["observation"]))
        return self._said

    def marked_twice(self) -> list[str]:
        """Ids of the records here that somebody marked again, in order of arrival."""
        seconds = {r for k in self._store.statements.of_type("second_mark") for r in self._references(k)}
        return [k.id for k in self._store.statements.of_type("record") if k.id in seconds]

    def pack(self, sha256: str) -> list[str]:
        """Ids of the statements here that sign the framework or scenario with this hash, oldest first, verified."""
        found = [kept.id for kept in self._store.statements.about(f"pack-{sha256}", "pack")]
        return [s for s in found if self.verify(s).statement.body["pack"]["sha256"] == sha256]

    def following(self, record: str) -> list[tuple[KeptStatement, Verified]]:
        """Amendments, second marks, decisions, voids, releases and latencies of a record, verified and in order.

        By what they say themselves: under which name they are kept counts for nothing. What was not for its signer to
        say (`trespasses`), or a second mark signed once more, is not among them.
        """
        found, marked = [], set[str]()
        for kept, verified in self.all_about(record):
            who, again = verified.statement.header.person, kept.type == "second_mark"
            if not self._trespass(record, verified) and not (again and who in marked):
                found.append((kept, verified))
                marked |= {who} if again else set()
        return found

    def trespasses(self, record: str) -> list[str]:
        """Ids of the statements about a record that were not for their signers to sign; they change nothing."""
        return [kept.id for kept, verified in self.all_about(record) if self._trespass(record, verified)]

    def all_about(self, record: str) -> list[tuple[KeptStatement, Verified]]:
        """As `following`, and what changes nothing too: for what is handed on as it was signed."""
        every = (k for kind in _FOLLOWING for k in self._store.statements.of_type(kind))
        found = [(kept, self.verify(kept.id)) for kept in every if record in self._references(kept)]
        return sorted(found, key=lambda pair: self._place(*pair))

    def _trespass(self, record: str, said: Verified) -> str:
        """Words where whoever signed `said` may not speak of the record so: `trust.rules.trespass`."""
        by = next((s for s in said.signers if s.kind == "person"), said.signers[0])
        header, of = said.statement.header, self.verify(record).statement.header
        return trespass(header.type, header.person, by.centre, by.roles, (of.person, of.centre))

    def _references(self, kept: KeptStatement) -> frozenset[str]:
        if kept.id not in self._refers:
            body = read_statement(open_envelope(kept.envelope).payload).body
            self._refers[kept.id] = frozenset(body.get("records", [body.get("record")]))
        return self._refers[kept.id]

    def _place(self, kept: KeptStatement, verified: Verified) -> tuple[int, int, str]:
        """In the log's order, the same on every machine; what is not in the log yet comes after, by claimed time."""
        return (self._at(kept.id), at_of(verified), kept.id)

    def _at(self, statement: str) -> int:
        receipt = self.receipt(statement)
        return receipt.index if receipt else _LATEST


def at_of(verified: Verified) -> int:
    """The claimed wall time of a statement, ms since 1970."""
    return verified.statement.header.claimed_wall_ms


def broken(words: str, subject: str) -> IntegrityBroken:
    """What a person is told when something kept does not fit; `subject` names it."""
    advice = "Leave it as it is and tell the programme; the copy at the central store can be compared."
    return IntegrityBroken(words, advice=advice, subject=subject)
