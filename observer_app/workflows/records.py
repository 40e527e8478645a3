# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading signed records back: nothing is shown that was not verified first.

What is verified, in this order: 1 signatures up to the root, and the receipt; 2 the entries against the signed head and
number; 3 the signed marks against the entries; 4 the notes against the hashes the entries hold; 5 amendments, second
marks and decisions, each by its own signatures. What is not on this machine is missing, never broken; what does not
fit raises IntegrityBroken naming it. Signatures are verified once: a statement's bytes never change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from observer_app.domain.events import Event
from observer_app.domain.folding import fold
from observer_app.domain.observation import ObservationState
from observer_app.domain.record import RecordState
from observer_app.domain.sitting import Sitting
from observer_app.errors import BadInput, IntegrityBroken
from observer_app.packs.loading import PackLibrary
from observer_app.trust import strict_json
from observer_app.trust.chain import split_events, verify_chain
from observer_app.trust.keys import KeySet
from observer_app.trust.programme import Trust, Verified
from observer_app.vault.device import DeviceStore
from observer_app.vault.objects import ObjectFiles
from observer_app.vault.statements import KeptStatement
from observer_app.workflows.enrolment import Machine
from observer_app.workflows.evidence import EVIDENCE_KIND, Evidence, read_evidence, unwrapped
from observer_app.workflows.pack_shelf import PackShelf
from observer_app.workflows.record_parts import (
    OVERALL,
    Adjudication,
    Amendment,
    Lateness,
    MediaSegment,
    OpenedRecord,
    ReceiptFacts,
    Release,
    SecondMark,
)
from observer_app.workflows.verified import VerifiedStatements, at_of, broken
from observer_app.workflows.views import CandidateCard

__all__ = ["SECOND_EVIDENCE_KIND", "SECOND_LOG_KIND", "RecordReader"]

SECOND_EVIDENCE_KIND, SECOND_LOG_KIND = "second_evidence", "second_log"
_MAX_EVENT = 64 * 1024


class RecordReader:
    """Opens records of one machine with the keys its user holds (the centre's, or a person's own)."""

    def __init__(
        self,
        store: DeviceStore,
        files: ObjectFiles,
        machine: Machine,
        trust: Trust,
        library: PackLibrary,
        opening_keys: Sequence[KeySet],
    ) -> None:
        self.store = store
        self.files = files
        self.machine = machine
        self.trust = trust
        self.kept = VerifiedStatements(store, trust, machine.device)
        self._shelf = PackShelf(store, library)
        self._keys = tuple(opening_keys)
        self._logs: dict[str, tuple[tuple[Event, ...], ObservationState]] = {}
        self._evidence: dict[str, Evidence] = {}

    # ---- one record ----

    def open(self, record: str) -> OpenedRecord:
        """A record with everything about it. Raises BadInput when it is not here or is not a record, IntegrityBroken
        naming the first thing that does not fit, NewerVersion."""
        verified = self.verify(record)
        body = verified.statement.body
        if verified.statement.type != "record":
            raise BadInput("This is not a record.")
        events, state = self._log(body["event_log"], body["events"])
        found = self._read_evidence(record, str(body["observation"]), EVIDENCE_KIND)
        framework, scenario, missing = self._shelf.find(body["framework"], body["scenario"])
        if state is None:
            missing += ("Its entries have not arrived on this machine yet.",)
        else:
            _check_marks(record, body, state)
        if not found:
            missing += ("Its notes cannot be read on this machine.",)
        opened = OpenedRecord(
            id=record,
            verified=verified,
            state_of=self.state_of(record),
            candidate=self._card(body, found, state),
            events=events,
            state=state,
            texts={h: t.text for one in found for h, t in one.texts.items()},
            scenario=scenario,
            framework=framework,
            media=self._media(body, verified.device),
            training_ok=next((e.training_ok for e in found if e.candidate is not None), None),
            receipt=self.receipt(record),
            missing=missing,
            warnings=verified.warnings,
        )
        return self._with_what_followed(opened)

    def evidence_key(self, observation: str) -> bytes:
        """The observation's own key, by any wrap for a key held here. Raises BadInput when there is none."""
        key = unwrapped(observation, self.store.wraps(observation), self._keys)
        if key is None:
            advice = "Ask the centre to share this record with you, then connect."
            raise BadInput("The key to this record's notes and recording is not on this machine.", advice=advice)
        return key

    def verify(self, statement: str) -> Verified:
        """See `VerifiedStatements.verify`."""
        return self.kept.verify(statement)

    def receipt(self, statement: str) -> ReceiptFacts | None:
        """See `VerifiedStatements.receipt`."""
        return self.kept.receipt(statement)

    def state_of(self, record: str) -> RecordState:
        """See `VerifiedStatements.state_of`."""
        return self.kept.state_of(record)

    def records(self) -> list[str]:
        """Ids of all records here, in order of arrival."""
        return [kept.id for kept in self.store.statements.of_type("record")]

    # ---- entries, notes, recordings ----

    def _log(
        self, stored: Mapping[str, Any], chain: Mapping[str, Any]
    ) -> tuple[tuple[Event, ...], ObservationState | None]:
        name = str(stored["sha256"])
        if name in self._logs:
            return self._logs[name]
        if not self.files.has(name):
            return (), None
        data = self.files.read(name)
        if len(data) != stored["size"]:
            raise broken("An observation's entries are not of the size that was signed.", name)
        payloads = split_events(data)
        try:
            verify_chain(payloads, bytes.fromhex(chain["head"]), chain["count"])
        except IntegrityBroken as error:
            raise broken(error.message, name) from error
        events = tuple(_event(payload, number, name) for number, payload in enumerate(payloads, 1))
        self._logs[name] = events, fold(events)
        return self._logs[name]

    def _read_evidence(self, about: str, observation: str, kind: str) -> list[Evidence]:
        """Every sealed object of the kind that is here and that a key held here opens."""
        names = [o.sha256 for o in self.store.objects(about, kind) if self.files.has(o.sha256)]
        if not names:
            return []
        key = unwrapped(observation, self.store.wraps(observation), self._keys)
        if key is None:
            return []
        found = []
        for name in names:
            if name not in self._evidence:
                self._evidence[name] = read_evidence(self.files.read(name), key, name)
            found.append(self._evidence[name])
        return found

    def _card(
        self, body: Mapping[str, Any], found: Sequence[Evidence], state: ObservationState | None
    ) -> CandidateCard:
        """From the evidence; else from this machine's roster; else the pseudonymous id alone."""
        wanted = str(body["candidate"])
        candidates = [e.candidate for e in found if e.candidate is not None]
        if any(c.id != wanted for c in candidates):
            raise broken("The notes beside a record are about another candidate.", wanted)
        extra = state.opening.get("extra_percent", 0) if state is not None else 0
        extra = extra if isinstance(extra, int) else 0
        if not candidates:
            booked = self._booked(str(body["sitting"]), wanted)
            candidates, extra = ([booked.candidate], booked.extra_percent) if booked else ([], extra)
        if not candidates:
            return CandidateCard(wanted, wanted, "", b"", extra)
        c = candidates[0]
        return CandidateCard(c.id, c.name, c.registration, c.photo, extra)

    def _booked(self, sitting: str, candidate: str) -> Sitting | None:
        for day in self.store.sittings.days():
            roster = self.store.sittings.roster(day)
            for s in roster.sittings if roster else ():
                if s.id == sitting and s.candidate.id == candidate:
                    return s
        return None

    def _media(self, body: Mapping[str, Any], device: str) -> tuple[MediaSegment, ...]:
        """The segments the record names, and those its machine signed for besides; another machine's word adds none."""
        rows = list(body["media"])
        for kept in self.store.statements.about(str(body["observation"]), "media"):
            said = self.verify(kept.id)
            also = said.statement.body
            rows += also["segments"] if (also["observation"], said.device) == (body["observation"], device) else []
        found: dict[tuple[str, int], MediaSegment] = {}
        for r in rows:
            segment = MediaSegment(
                r["recording"], r["segment"], r["file_sha256"], r["index_sha256"], r["root"], r["size"],
                r["clusters"], r["gaps"],
            )  # fmt: skip
            found.setdefault((segment.recording, segment.number), segment)
        return tuple(found.values())

    # ---- what followed ----

    def _with_what_followed(self, opened: OpenedRecord) -> OpenedRecord:
        amendments: list[Amendment] = []
        decisions: list[Adjudication] = []
        seconds: list[SecondMark] = []
        releases: list[Release] = []
        lateness: list[Lateness] = []
        void = ""
        current: dict[str, int | None] = {**opened.signed_ratings, OVERALL: opened.overall}
        following = self.kept.following(opened.id)
        signed_again, refused = _answers(following, "countersignature"), _answers(following, "refusal")
        for kept, verified in following:
            body = verified.statement.body
            if kept.type == "amendment":
                seconds_of = tuple(dict.fromkeys(v.statement.header.person for v in signed_again.get(kept.id, ())))
                amendments.append(self._amendment(opened, verified, current, seconds_of, refused.get(kept.id, ())))
                if amendments[-1].in_force:
                    current = {**current, **{c: v for c, _, v in amendments[-1].changes}}
            elif kept.type in ("countersignature", "refusal"):
                continue
            elif kept.type == "second_mark":
                seconds.append(self._second_mark(opened.id, verified))
            elif kept.type == "adjudication":
                decisions.append(self._adjudication(opened, verified))
            elif kept.type == "release":
                releases.append(self._release(opened, verified))
            elif kept.type == "latency":
                lateness.append(self._lateness(opened, verified))
            else:
                void = self._words(opened, body["reason_sha256"]) or "No reason is on this machine."
        return replace(
            opened,
            amendments=tuple(amendments),
            second_marks=tuple(seconds),
            adjudications=tuple(decisions),
            void=void,
            releases=tuple(releases),
            lateness=tuple(lateness),
            warnings=(*opened.warnings, *self._warnings(opened.id, amendments)),
        )

    def _warnings(self, record: str, amendments: Sequence[Amendment]) -> Iterator[str]:
        if any(a.in_force and not a.fits for a in amendments):
            yield "Two changes were made at the same time."
        if self.kept.signed_again(record):
            yield "This interview was signed before; what was signed first counts."
        if self.kept.trespasses(record):
            yield "Somebody signed about this record who may not. It changes nothing; tell the programme."

    def _amendment(
        self,
        opened: OpenedRecord,
        verified: Verified,
        before: Mapping[str, int | None],
        signed_again: Sequence[str],
        refused: Sequence[Verified],
    ) -> Amendment:
        body, by = verified.statement.body, verified.statement.header.person
        changes = tuple((c["criterion"], c["from"], c["to"]) for c in body["changes"])
        others = tuple(person for person in signed_again if person != by)
        # Without its pack nobody can say that one signature is enough.
        asks = opened.framework is None or opened.framework.rules.second_signature
        return Amendment(
            id=verified.record_id,
            by=by,
            at_ms=at_of(verified),
            changes=changes,
            reason=self._words(opened, body["reason_sha256"]),
            fits=all(before.get(criterion) == was for criterion, was, _ in changes),
            seconds=others,
            in_force=bool(others) or not asks,
            refusals=tuple(
                (v.statement.header.person, self._words(opened, v.statement.body["reason_sha256"]))
                for v in refused
                if v.statement.header.person != by
            ),
        )

    def _second_mark(self, record: str, verified: Verified) -> SecondMark:
        body = verified.statement.body
        events, state = self._log(body["event_log"], body["events"])
        notes: tuple[tuple[str, str, int], ...] = ()
        if state is not None:
            _check_marks(verified.record_id, body, state)
            words = self._second_words(record, state.observation)
            places = {e.seq: int(e.body.get("at_ms", 0)) for e in events}
            notes = tuple((n.criterion, words.get(n.text, ""), places[n.seq]) for n in state.notes)
        overall = body["global_rating"]
        return SecondMark(
            id=verified.record_id,
            by=verified.statement.header.person,
            signed_ms=at_of(verified),
            ratings={r["criterion"]: r["value"] for r in body["ratings"]},
            overall=overall["value"] if overall else None,
            at_ms={r["criterion"]: r["at_ms"] for r in body["ratings"]} | ({"": overall["at_ms"]} if overall else {}),
            unrated=frozenset(u["criterion"] for u in body["unrated"]),
            notes=notes,
            state=state,
        )

    def _second_words(self, record: str, observation: str) -> dict[str, str]:
        """A record may have been marked by several moderators, each with a key of their own."""
        key = unwrapped(observation, self.store.wraps(observation), self._keys)
        found: dict[str, str] = {}
        for kept in self.store.objects(record, SECOND_EVIDENCE_KIND) if key is not None else ():
            if not self.files.has(kept.sha256):
                continue
            data = self.files.read(kept.sha256)  # what is altered is named here
            try:
                evidence = read_evidence(data, key or b"", kept.sha256)
            except IntegrityBroken:
                continue  # another moderator's
            found |= {h: t.text for h, t in evidence.texts.items()}
        return found

    def _adjudication(self, opened: OpenedRecord, verified: Verified) -> Adjudication:
        body = verified.statement.body
        return Adjudication(
            id=verified.record_id,
            by=verified.statement.header.person,
            at_ms=at_of(verified),
            decision=body["decision"],
            ratings={r["criterion"]: r["value"] for r in body["ratings"]},
            reason=self._words(opened, body["reason_sha256"]),
        )

    def _release(self, opened: OpenedRecord, verified: Verified) -> Release:
        body = verified.statement.body
        return Release(
            id=verified.record_id,
            by=verified.statement.header.person,
            at_ms=at_of(verified),
            what=body["what"],
            purpose=body["purpose"],
            from_ms=body["from_ms"],
            to_ms=body["to_ms"],
            reason=self._words(opened, body["reason_sha256"]),
            files=tuple(f["sha256"] for f in body["files"]),
        )

    def _lateness(self, opened: OpenedRecord, verified: Verified) -> Lateness:
        body, by = verified.statement.body, verified.statement.header.person
        reason = self._words(opened, body["reason_sha256"])
        return Lateness(verified.record_id, by, at_of(verified), body["recording"], body["latency_ms"], reason)

    def _words(self, opened: OpenedRecord, text_hash: str) -> str:
        """A reason's words: from the sealed notes, or from this machine's own store."""
        found = opened.words(text_hash)
        if found:
            return found
        try:
            return self.store.salted(text_hash).text
        except BadInput:
            return ""


def _answers(following: Iterable[tuple[KeptStatement, Verified]], kind: str) -> dict[str, list[Verified]]:
    """The second signatures (or refusals) of each amendment. (They are of this record: `following` found them.)"""
    found: dict[str, list[Verified]] = {}
    for kept, verified in following:
        if kept.type == kind:
            found.setdefault(str(verified.statement.body["amendment"]), []).append(verified)
    return found


def _event(payload: bytes, number: int, name: str) -> Event:
    event = Event.from_payload(strict_json.loads(payload, limit=_MAX_EVENT, what="An entry of a record"))
    if event.seq != number:
        raise broken(f"Entry {number} of a record stands out of its turn.", name)
    return event


def _check_marks(statement: str, body: Mapping[str, Any], state: ObservationState) -> None:
    """The marks signed are those the entries lead to; a signature over others would hide an altered result."""
    signed = {r["criterion"]: r["value"] for r in body["ratings"]}
    overall = body["global_rating"]["value"] if body["global_rating"] else None
    given = state.global_rating.value if state.global_rating else None
    if signed != state.values() or overall != given:
        raise broken("The marks that were signed are not those its entries lead to.", statement)
