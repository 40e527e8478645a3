# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending: results, then what lies beside them, then recordings.

What was sent is marked at once; it counts as acknowledged only when its receipt was verified and is on this disk. A
thing that is refused for itself is named and waits; the others go on.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from observer_app.errors import BadInput, Conflict, IntegrityBroken, Unreachable
from observer_app.media.container import index_path, segment_path
from observer_app.protocol import (
    MAX_BATCH,
    PART_SIZE,
    Assignment,
    ObjectOffer,
    ObjectState,
    Refusal,
    StatementAnswer,
    Wrap,
    sha256_hex,
)
from observer_app.sync.client import refusal_error
from observer_app.sync.one_way import Ends, OneWay
from observer_app.trust.envelope import open_envelope
from observer_app.trust.statements import read_statement
from observer_app.vault.device import DeviceStore
from observer_app.vault.outbox import Waiting

__all__ = ["FILM", "FILM_INDEX", "Push", "Sent", "given_out", "kept_wrap", "signed_segment"]

FILM, FILM_INDEX = "film", "film_index"
_BATCH_BYTES = 6 * 1024 * 1024
_MOST = 100_000


@dataclass
class Sent:
    """What was sent. `types`: how many statements of each type were acknowledged, a recording's paper among them, which
    `acknowledged` leaves out. `problems`: what was refused or is missing here, each a sentence."""

    statements: int = 0
    acknowledged: int = 0
    objects: int = 0
    recordings: int = 0
    parts: int = 0
    types: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


class Push(OneWay):
    """One exchange's sending."""

    def __init__(self, ends: Ends) -> None:
        super().__init__(ends)
        self.sent = Sent()
        self._fork: Conflict | None = None

    # ---- results ----

    def results(self) -> None:
        """Sends every waiting statement and fetches receipts that never arrived. Raises Conflict when the store knows
        another history of this machine: after the others were handed in."""
        waiting = [w for w in self._store.outbox.waiting(_MOST) if w.kind == "statement"]
        gap = -1
        seqs, done = {w.ref: w.seq for w in waiting}, 0
        for batch in self._batches([w.ref for w in waiting]):
            done += len(batch)
            self._progress(f"Sending results: {done} of {len(waiting)}")
            gap = max(gap, self._hand_in(batch, seqs))
        if gap >= 0:
            self._fill_gap(gap)
        for record_id in self._store.outbox.unacknowledged(_MOST):
            self._fetch_receipt(record_id)
        if self._fork is not None:
            raise self._fork

    def _batches(self, waiting: Sequence[str]) -> Iterator[list[str]]:
        batch, size = list[str](), 0
        for item in waiting:
            length = len(self._store.statements.get(item))
            if batch and (len(batch) == MAX_BATCH or size + length > _BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(item)
            size += length
        if batch:
            yield batch

    def _hand_in(self, ids: Sequence[str], seqs: dict[str, int]) -> int:
        """Sends one batch; the device's last number held there when something came too early, else -1."""
        envelopes = {i: self._store.statements.get(i) for i in ids}
        answers = self._client.put_statements(list(envelopes.values())).answers
        if len(answers) != len(ids):
            raise IntegrityBroken("The central store did not answer for everything it was given.")
        taken = [(i, a) for i, a in zip(ids, answers, strict=True) if a.refusal is None]
        self._store.outbox.mark_sent([seqs[i] for i, _ in taken if i in seqs]).result()
        for record_id, answer in taken:
            self._acknowledge(record_id, envelopes[record_id], answer)
        gap = -1
        for record_id, answer in zip(ids, answers, strict=True):
            if answer.refusal is not None:
                gap = max(gap, self._refused(record_id, answer.refusal, seqs.get(record_id)))
        return gap

    def _acknowledge(self, record_id: str, envelope: bytes, answer: StatementAnswer) -> None:
        self.sent.statements += 1
        if answer.record_id != record_id:
            raise IntegrityBroken("The central store answered for another statement.", subject=record_id)
        self._keep_receipt(record_id, envelope, answer.receipt)

    def _keep_receipt(self, record_id: str, envelope: bytes, receipt: bytes) -> None:
        try:
            self._believing.receipt(envelope, receipt)
        except (IntegrityBroken, BadInput) as error:
            self._store.outbox.resend("statement", record_id).result()
            raise IntegrityBroken(
                f"The central store's receipt does not hold: {error.message}",
                advice="Nothing more was sent. Leave this machine as it is and call the programme.",
                subject=record_id,
            ) from error
        self._store.outbox.put_receipt(record_id, receipt, self._clock()).result()
        kind = open_envelope(envelope).type
        self.sent.types[kind] += 1
        self.sent.acknowledged += kind != "media"  # a recording's paper is no result

    def _refused(self, record_id: str, refusal: Refusal, seq: int | None) -> int:
        error = refusal_error(refusal)
        if seq is not None:
            self._store.outbox.mark_tried([seq], str(error)).result()
        if refusal.code == "conflict":
            self._fork = Conflict(error.message, advice=error.advice)
        if refusal.code != "gap":
            self.sent.problems.append(str(error))
        return refusal.last_seq if refusal.code == "gap" else -1

    def _fill_gap(self, last_seq: int) -> None:
        """The store lacks statements we believed sent, or never queued: the whole chain from there once more."""
        seqs = {w.ref: w.seq for w in self._store.outbox.waiting(_MOST) if w.kind == "statement"}
        chain = [k.id for k in self._store.statements.own(last_seq + 1)]
        for batch in self._batches(chain):
            if self._hand_in(batch, seqs) >= 0:
                words = "The central store lacks earlier statements of this machine that are not here either."
                self.sent.problems.append(words)
                return

    def _fetch_receipt(self, record_id: str) -> None:
        self._hand_in([record_id], {})

    # ---- what lies beside ----

    def evidence(self) -> None:
        """Sends wraps, assignments and objects that wait."""
        waiting = self._store.outbox.waiting(_MOST)
        self._wraps([w for w in waiting if w.kind == "wrap"])
        self._assignments([w for w in waiting if w.kind == "assignment"])
        objects = [w for w in waiting if w.kind == "object"]
        for number, item in enumerate(objects, 1):
            self._progress(f"Sending what belongs to the results: {number} of {len(objects)}")
            self._one(item, lambda i=item: self._object(i))  # type: ignore[misc]

    def _wraps(self, waiting: Sequence[Waiting]) -> None:
        for start in range(0, len(waiting), MAX_BATCH):
            found: list[tuple[int, Wrap]] = []
            for item in waiting[start : start + MAX_BATCH]:
                kept = kept_wrap(self._store, item)
                if kept is None:
                    self._store.outbox.mark_tried([item.seq], "The key is not on this machine.").result()
                else:
                    found.append((item.seq, kept))
            if found:
                self._client.put_wraps([w for _, w in found])
                self._store.outbox.mark_sent([s for s, _ in found]).result()

    def _assignments(self, waiting: Sequence[Waiting]) -> None:
        """An assignment needs its manager signed in; until then it waits."""
        if not self._ends.may_assign:
            return
        for item in waiting:
            given = given_out(self._ends, item)
            self._one(item, lambda g=given: self._client.assign([g]))  # type: ignore[misc]

    def _object(self, item: Waiting) -> None:
        known = self._store.object(item.ref)
        if not self._files.has(item.ref):
            raise BadInput("Something that was to be sent is no longer on this machine.", advice="Tell the programme.")
        kind, about = (known.kind, known.about) if known else ("object", item.about)
        self._file(self._files.path(item.ref), item.ref, kind, about)
        self.sent.objects += 1

    # ---- recordings ----

    def recordings(self) -> None:
        """Sends the recordings that wait, oldest first."""
        segments = [w for w in self._store.outbox.waiting(_MOST) if w.kind == "segment"]
        for number, item in enumerate(segments, 1):
            self._progress(f"Sending recordings: {number} of {len(segments)}")
            self._one(item, lambda i=item: self._segment(i))  # type: ignore[misc]

    def _segment(self, item: Waiting) -> None:
        signed, (recording, _, number) = signed_segment(self._store, item), item.ref.rpartition("/")
        folder = self._files.recording(recording)
        self._file(index_path(folder, int(number)), signed["index_sha256"], FILM_INDEX, item.about)
        self._file(segment_path(folder, int(number)), signed["file_sha256"], FILM, item.about)
        self.sent.recordings += 1

    # ---- any file ----

    def _one(self, item: Waiting, work: Callable[[], object]) -> None:
        """Sends one thing; refused for itself, or not here, it is named and waits. What the store cannot take, though
        it answers, ends one exchange, as a bad line does; the next ones go on without it."""
        try:
            work()
        except (BadInput, IntegrityBroken, Conflict) as error:
            self._store.outbox.mark_tried([item.seq], str(error)).result()
            self.sent.problems.append(str(error))
        except Unreachable as error:
            self._store.outbox.mark_tried([item.seq], str(error)).result()
            if not item.tries:
                raise
            self._client.about()
            self.sent.problems.append(str(error))
        else:
            self._store.outbox.mark_sent([item.seq]).result()

    def _file(self, path: Path, sha256: str, kind: str, about: str) -> None:
        if not self._client.missing([sha256]):
            return
        size, parts = _cut(path, sha256)
        offer = ObjectOffer(sha256, size, kind, about, parts)
        state = self._client.offer(offer)
        for number in state.missing:
            state = self._part(path, offer, number)
        if not state.complete:
            raise IntegrityBroken("The central store could not put together what was sent.", subject=sha256)

    def _part(self, path: Path, offer: ObjectOffer, number: int) -> ObjectState:
        with path.open("rb") as file:
            file.seek(number * PART_SIZE)
            body = file.read(PART_SIZE)
        self.sent.parts += 1
        return self._client.put_part(offer.sha256, number, body)


def kept_wrap(store: DeviceStore, item: Waiting) -> Wrap | None:
    """The wrapped key that waits or was sent; None when it is not here any more."""
    subject, _, recipient = item.ref.partition("/")
    kept = next((w for w in store.wraps(subject) if w.recipient == recipient), None)
    return Wrap(subject, recipient, kept.wrap) if kept else None


def given_out(ends: Ends, item: Waiting) -> Assignment:
    """What waits or was sent of giving a record to a moderator, in the name of the manager signed in."""
    record, _, person = item.ref.partition("/")
    content = dict(ends.store.assignments(person)).get(record, b"")
    return Assignment(record, person, ends.identity.person, ends.clock(), content)


def signed_segment(store: DeviceStore, item: Waiting) -> Mapping[str, Any]:
    """What was signed of a recording that waits or was sent. Raises IntegrityBroken."""
    recording, _, number = item.ref.rpartition("/")
    body = read_statement(open_envelope(store.statements.get(item.about)).payload).body
    media = body.get("media", body.get("segments", ()))
    found = next((m for m in media if m["recording"] == recording and m["segment"] == int(number)), None)
    if found is None:
        raise IntegrityBroken("A recording that waits is not part of its record.", subject=item.ref)
    return found  # type: ignore[no-any-return]


def _cut(path: Path, sha256: str) -> tuple[int, tuple[str, ...]]:
    """Size and part names of a file. Raises IntegrityBroken when it is not what it is named, BadInput when missing."""
    whole, parts, size = hashlib.sha256(), list[str](), 0
    try:
        with path.open("rb") as file:
            while block := file.read(PART_SIZE):
                whole.update(block)
                parts.append(sha256_hex(block))
                size += len(block)
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read on this machine.", advice="Check the disk it lies on.") from error
    if whole.hexdigest() != sha256:
        raise IntegrityBroken(
            f"{path.name} is not what was signed: it was altered or damaged, and is not sent.",
            advice="Leave it as it is and tell the programme.",
            subject=path.name,
        )
    return size, tuple(parts)
