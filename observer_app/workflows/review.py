# SPDX-License-Identifier: GPL-3.0-or-later
"""Review and sign: what is still missing, the comments, the total, the declaration, the signature, amendments.

1. The total is shown only once the overall judgement is given: a sum seen first would lead it.
2. Nothing is signed while anything is left; what is left is said in words.
3. The statement is stored before the journal is told; a stop in between is put right when it is opened again.
4. After signing nothing is written but amendments (`amending`): new signed statements with a reason, the record stays.
"""

from __future__ import annotations

import uuid
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from observer_app.domain.events import Kind
from observer_app.domain.framework import Framework, Unrated
from observer_app.domain.moment import Clock, Moment
from observer_app.domain.observation import ObservationState
from observer_app.domain.record import RecordState
from observer_app.domain.scenario import Scenario
from observer_app.domain.scoring import Score, score
from observer_app.errors import BadInput, Conflict
from observer_app.media.opened import open_recording
from observer_app.media.still import to_jpeg
from observer_app.media.timeline import Position
from observer_app.trust.chain import join_events
from observer_app.trust.envelope import open_envelope
from observer_app.trust.keys import PrivateKey
from observer_app.trust.statements import read_statement
from observer_app.vault.device import DeviceStore
from observer_app.vault.durable import write_durably
from observer_app.vault.outbox import EVIDENCE, RECORDINGS, ToSend
from observer_app.vault.texts import SaltedText
from observer_app.workflows.amending import Amending
from observer_app.workflows.evidence import EVENT_LOG_KIND, EVIDENCE_KIND, guardians, seal_evidence, wraps_for
from observer_app.workflows.journal import Journal
from observer_app.workflows.live_recording import finished
from observer_app.workflows.review_parts import WAIT_S, ReviewParts
from observer_app.workflows.review_print import record_pdf
from observer_app.workflows.review_view import COMMENT, Reviewed, review_view, steps_back, things_left
from observer_app.workflows.saved import Saved, failed
from observer_app.workflows.sealing import (
    RecordParts,
    media_rows,
    record_body,
    sign_recordings,
)
from observer_app.workflows.timekeeping import start_of
from observer_app.workflows.views import ReviewView
from observer_app.workflows.words import say

__all__ = ["ReviewObservation", "take_up_signed"]


class ReviewObservation:
    """Implements `ports.ReviewPort`."""

    def __init__(self, journal: Journal, parts: ReviewParts) -> None:
        self._journal = journal
        self._parts = parts
        self._amending = Amending(journal, parts)

    # ---- what is shown ----

    @property
    def _state(self) -> ObservationState:
        return self._journal.state

    def view(self) -> ReviewView:
        return review_view(self._reviewed())

    def _reviewed(self) -> Reviewed:
        state = self._state
        record = state.record
        amended = self._amending.corrections(record) if record else ()
        reviewed = Reviewed(
            scenario=self._parts.scenario,
            framework=self._parts.framework,
            sitting=self._parts.sitting,
            state=state,
            words=self._journal.words,
            now=self._parts.clock.now(),
            record_state=self._parts.store.record_state(record) if record else RecordState.SAVED,
            amended=amended,
            phrases=self._parts.phrases,
        )
        return replace(reviewed, second_signers=self._amending.second_signers()) if reviewed.waiting else reviewed

    # ---- what the assessor does ----

    def rate(self, criterion: str, value: int, at: Moment) -> Saved:
        scenario = self._parts.scenario
        scale = scenario.scale if criterion else scenario.global_scale
        if (criterion and scenario.criterion(criterion) is None) or value not in scale.values:
            return failed(BadInput(f"{value} is not on this scale."))
        if not criterion:
            return self._write(Kind.GLOBAL_RATED, at, {"value": value})
        return self._write(Kind.RATED, at, {"criterion": criterion, "value": value})

    def comment(self, criterion: str, text: str, at: Moment) -> Saved:
        """Adds a comment, changes the one there is, or with "" takes it away. A comment is a note written in review,
        its id beginning "c-"; on the overall judgement it stands on the whole."""
        there = next((n for n in self._state.notes if n.id.startswith(COMMENT) and n.criterion == criterion), None)
        if there is not None and not text.strip():
            return self._write(Kind.NOTE_REMOVED, at, {"note": there.id})
        if there is not None:
            return self._write(Kind.NOTE_CHANGED, at, {"note": there.id}, text)
        body = {"note": f"{COMMENT}{uuid.uuid4().hex[:16]}", "criterion": criterion, "began_us": at.monotonic_us}
        return self._write(Kind.NOTE_WRITTEN, at, body, text)

    def give_reason(self, criterion: str, text: str, at: Moment) -> Saved:
        if self._parts.framework.rules.unrated is not Unrated.REASON:
            return failed(BadInput("Every criterion must be rated.", advice="Rate it; a reason is not enough here."))
        if self._parts.scenario.criterion(criterion) is None or not text.strip():
            return failed(BadInput("A reason is needed.", advice="Say in a few words why it could not be rated."))
        return self._write(Kind.UNRATED_REASON, at, {"criterion": criterion}, text)

    def undo(self, at: Moment) -> Saved:
        able, _ = steps_back(self._state)
        return self._journal.undo(at) if able else failed(Conflict("There is nothing to undo here."))

    def redo(self, at: Moment) -> Saved:
        _, able = steps_back(self._state)
        return self._journal.redo(at) if able else failed(Conflict("There is nothing to redo here."))

    def _write(self, kind: str, at: Moment, body: dict[str, object], text: str | None = None) -> Saved:
        if finished(self._state):
            return failed(Conflict("This record is signed.", advice="A correction is an amendment with a reason."))
        return self._journal.append(kind, at, body, text=text)

    # ---- signing ----

    def sign(self, passphrase: str, *, is_the_person: bool, declared: bool) -> Future[str]:
        self._refuse_unready(is_the_person, declared)
        person_key = self._parts.signatory.unlock(passphrase)
        self._parts.end_recording()
        with self._journal.sealing():
            self._refuse_unready(is_the_person, declared)  # both took their time, and keys went on
            self._journal.append(Kind.IDENTITY_CONFIRMED, self._parts.clock.now()).result(WAIT_S)
            record = self._seal(person_key)
            self._tell_journal(record)
        done: Future[str] = Future()
        done.set_result(record)
        return done

    def _refuse_unready(self, is_the_person: bool, declared: bool) -> None:
        if finished(self._state):
            raise Conflict("This record has been signed already.", advice="A correction is an amendment.")
        left = list(things_left(self._reviewed()))
        if not is_the_person:
            left.insert(0, say("view.sign.confirm_that_person_you"))
        if not declared:
            left.append(say("view.sign.agree_declaration"))
        if left:
            raise Conflict(f"Before you can sign: {'; '.join(left)}.", advice="Nothing has been signed.")

    def _seal(self, person_key: PrivateKey) -> str:
        p, state = self._parts, self._state
        vault, observation = self._journal.vault, self._journal.observation
        key = vault.evidence_key(observation)
        payloads = vault.payloads(observation)
        log = join_events(payloads)
        evidence = seal_evidence(p.sitting.candidate, self._texts(), key, training_ok=p.sitting.training_ok)
        objects = [
            (p.files.put(log), EVENT_LOG_KIND, len(log)),
            (p.files.put(evidence.data), EVIDENCE_KIND, len(evidence.data)),
        ]
        media = media_rows(state.recordings, p.files.recording, key)
        sign_recordings(p.signatory, observation, media)
        body = record_body(
            RecordParts(
                scenario=p.scenario,
                state=state,
                packs={"framework": _ref(p.framework), "scenario": _ref(p.scenario)},
                result=self._result(),
                events=vault.head(observation),
                event_log=(objects[0][0], len(log)),
                media=media,
            )
        )
        segments = [ToSend("segment", f"{row['recording']}/{row['segment']}", RECORDINGS) for row in media]
        recipients = guardians(p.signatory.machine.trust(), p.signatory.machine.centre)
        return p.signatory.sign(
            "record",
            body,
            person_key,
            send=[*(ToSend("object", name, EVIDENCE) for name, _, _ in objects), *segments],
            wraps=wraps_for(observation, key, recipients),
            objects=objects,
        ).result(WAIT_S)

    def _texts(self) -> list[SaltedText]:
        """Every text the entries refer to, also of notes taken back: the log names them all."""
        vault = self._journal.vault
        hashes = [str(e.body["text"]) for e in vault.events(self._journal.observation) if "text" in e.body]
        return [kept for h in dict.fromkeys(hashes) if (kept := vault.salted(h)) is not None]

    def _result(self) -> Score:
        return score(self._parts.framework, self._parts.scenario, self._state.values(), self._state.unrated_reasons)

    def _tell_journal(self, record: str) -> None:
        self._journal.append(Kind.SIGNED, self._parts.clock.now(), {"record": record}).result(WAIT_S)

    # ---- afterwards ----

    def amend(self, changes: dict[str, int], reason: str, passphrase: str) -> Future[str]:
        record = self._state.record
        if not record:
            raise Conflict("Only a signed record can be amended.", advice="Change the rating itself.")
        return self._amending.amend(record, self._reviewed().values(), changes, reason, passphrase)

    def countersign(self, person: str, passphrase: str) -> Future[str]:
        return self._amending.countersign(self._state.record, self._reviewed().waiting, person, passphrase)

    def print_to(self, file: Path) -> None:
        write_durably(file, record_pdf(self._parts.reader(), self._journal, self._parts))

    def frame(self, at_ms: int) -> bytes:
        state = self._state
        start = start_of(state, self._parts.scenario)
        if start is None:
            return b""
        key = self._journal.vault.evidence_key(self._journal.observation)
        for recording in state.recordings:
            folder = self._parts.files.recording(recording)
            try:
                opened = open_recording(folder, key, recording=recording)
            except BadInput:
                continue
            with opened:
                late = state.latencies.get(recording, 0)
                moment_ns = (start.monotonic_us + at_ms * 1000) * 1000
                place = opened.timeline.locate(start.boot_id, moment_ns, latency_ms=late)
                if isinstance(place, Position):
                    _, width, height, rgb = opened.frame(place.recording_ms)
                    return to_jpeg(width, height, rgb)
        return b""


def take_up_signed(journal: Journal, store: DeviceStore, clock: Clock) -> None:
    """A stop between the statement and the entry about it: the statement counts, before anything more is written."""
    if finished(journal.state):
        return
    for kept in store.statements.of_type("record"):
        if kept.own:
            body = read_statement(open_envelope(kept.envelope).payload).body
            if body["observation"] == journal.observation:
                journal.append(Kind.SIGNED, clock.now(), {"record": kept.id}).result(WAIT_S)
                return


def _ref(pack: Framework | Scenario) -> dict[str, str]:
    return {"id": pack.ref.id, "version": pack.ref.version, "sha256": pack.ref.sha256}
