# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving records to moderators: the key to a record's notes and recording wrapped for one person, and the assignment.

Neither is ever signed into the log: a wrap must be destroyable, and an assignment is nobody's mark. Why a record was
chosen stays on the manager's machine; the moderator is not told.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from observer_app.domain.roles import Role
from observer_app.errors import BadInput, Conflict, NotAllowed
from observer_app.moderation.sampling import Chosen, MarkedRecord, choose, commitment
from observer_app.trust.certificates import Certificate
from observer_app.vault.outbox import EVIDENCE, ToSend
from observer_app.workflows.evidence import wraps_for
from observer_app.workflows.record_parts import OpenedRecord
from observer_app.workflows.records import RecordReader

__all__ = ["ASSIGNMENT", "assign", "choose_for_moderation", "day_records", "moderators"]

ASSIGNMENT = "assignment"  # the outbox's kind; its ref is "<record>/<person>"
_SEED_BYTES = 32


def moderators(reader: RecordReader) -> tuple[Certificate, ...]:
    """Everyone certified here as a moderator, the newest certificate of each."""
    centre = reader.machine.centre
    found = {
        c.subject: c
        for c in reader.trust.certificates
        if c.kind == "person" and Role.MODERATOR.value in c.roles and c.centre in ("", centre)
        if reader.trust.counts(c)
    }
    return tuple(found.values())


def assign(reader: RecordReader, record: str, moderator: str) -> None:
    """Gives a record to a moderator (pseudonymous id); durable on return, sent with the next exchange. Twice is once.

    `reader` must hold the centre's keys. Raises BadInput (not here, not a moderator), NotAllowed (no key to it),
    Conflict (the moderator is its assessor).
    """
    opened = reader.open(record)
    if opened.assessor == moderator:
        raise Conflict(
            "This moderator made the record: nobody marks their own twice.", advice="Choose another moderator."
        )
    certificate = next((c for c in moderators(reader) if c.subject == moderator), None)
    if certificate is None or certificate.opening_key is None:
        raise BadInput("This person is not certified as a moderator.", advice="Choose a moderator from the list.")
    try:
        key = reader.evidence_key(opened.observation)
    except BadInput as error:
        advice = "Do this on the centre manager's machine."
        raise NotAllowed("This machine cannot share the record: it does not hold its key.", advice=advice) from error
    wrap = next(iter(wraps_for(opened.observation, key, [certificate])), None)
    if wrap is None:
        raise BadInput("Nothing can be sealed for this moderator’s key.", advice="Give them new keys first.")
    reader.store.put_wrap(wrap).result()
    reader.store.put_assignment(record, moderator, b"").result()
    items = [
        ToSend("wrap", f"{wrap.subject}/{wrap.recipient}", EVIDENCE),
        ToSend(ASSIGNMENT, f"{record}/{moderator}", EVIDENCE),
    ]
    reader.store.outbox.queue(items, record).result()


def day_records(reader: RecordReader, day: str) -> list[OpenedRecord]:
    """The day's records that stand (not void), in the order of the roster; a later one of the same sitting wins.

    Raises BadInput without a roster, IntegrityBroken naming the record that does not fit.
    """
    states = reader.store.sittings.states(day)
    if not states:
        raise BadInput("There are no bookings for this day.", advice="Bring in the day's file first.")
    by_sitting: dict[str, OpenedRecord] = {}
    wanted = {s.sitting.id for s in states}
    for record in reader.kept.of_sittings(wanted):
        opened = reader.open(record)
        if not opened.void and not reader.kept.signed_again(record):
            by_sitting[opened.sitting] = opened
    return [by_sitting[s.sitting.id] for s in states if s.sitting.id in by_sitting]


def choose_for_moderation(
    reader: RecordReader, day: str, seed: bytes = b"", flagged: Sequence[str] = ()
) -> tuple[Chosen, ...]:
    """The day's records to be marked again, by each framework's own rules. `flagged` are records somebody asked for.

    The lot's seed is made once a day and kept, so that choosing twice gives the same; `seed` is for one published
    beforehand. Raises as `day_records`, and BadInput for a seed under 16 bytes.
    """
    records = day_records(reader, day)
    seed = seed or _seed(reader, day)
    chosen: list[Chosen] = []
    for framework in {o.packs()[0].ref.sha256: o.packs()[0] for o in records}.values():
        same = [o for o in records if o.framework is not None and o.framework.ref.sha256 == framework.ref.sha256]
        chosen += choose([_marked(o, o.id in flagged) for o in same], framework.rules, seed)
    return tuple(chosen)


def _marked(opened: OpenedRecord, flagged: bool) -> MarkedRecord:
    result = opened.score
    passed, mean = (result.passed, result.mean) if result is not None else (None, None)
    return MarkedRecord(opened.id, opened.assessor, passed, mean, flagged)


def _seed(reader: RecordReader, day: str) -> bytes:
    name = f"moderation/seed/{day}"
    kept = reader.store.setting(name)
    if not kept:
        kept = os.urandom(_SEED_BYTES)
        reader.store.set_setting(name, kept).result()
        reader.store.set_setting(f"moderation/commitment/{day}", commitment(kept).encode()).result()
    return kept
