# SPDX-License-Identifier: GPL-3.0-or-later
"""A moderator's marks as a signed statement beside the record they are about."""

from __future__ import annotations

from observer_app.domain.observation import Rating
from observer_app.domain.scoring import score
from observer_app.trust.chain import join_events
from observer_app.trust.keys import PrivateKey
from observer_app.vault.outbox import EVIDENCE, ToSend
from observer_app.vault.texts import SaltedText
from observer_app.workflows.evidence import guardians, seal_evidence, wraps_for
from observer_app.workflows.journal import Journal
from observer_app.workflows.record_parts import OpenedRecord, SecondMark
from observer_app.workflows.records import SECOND_EVIDENCE_KIND, SECOND_LOG_KIND, RecordReader
from observer_app.workflows.replay_view import Marked, reasons
from observer_app.workflows.sealing import outcome_of
from observer_app.workflows.signing import Signatory

__all__ = ["own_mark", "sign_second_mark"]

_WAIT_S = 60.0


def own_mark(opened: OpenedRecord, person: str) -> SecondMark | None:
    """A person's own signed second marks of a record; the first, for marks are signed once."""
    return next((m for m in opened.second_marks if m.by == person), None)


def sign_second_mark(
    record: str, marked: Marked, journal: Journal, reader: RecordReader, signatory: Signatory, person_key: PrivateKey
) -> str:
    """Signs, stores and queues the second mark with its entries and its sealed notes; the statement's id.

    The key of the notes is the replay's own; it is wrapped to the record's centre, the key officers and the moderator.
    """
    vault, observation = journal.vault, journal.observation
    log = join_events(vault.payloads(observation))
    key = vault.evidence_key(observation)
    sealed = seal_evidence(None, _texts(journal), key)
    objects = [
        (reader.files.put(log), SECOND_LOG_KIND, len(log)),
        (reader.files.put(sealed.data), SECOND_EVIDENCE_KIND, len(sealed.data)),
    ]
    count, head = vault.head(observation)
    body = {
        "record": record,
        **_marks(marked),
        "events": {"count": count, "head": head},
        "event_log": {"sha256": objects[0][0], "size": len(log)},
    }
    centre = reader.verify(record).statement.header.centre
    recipients = [*guardians(reader.trust, centre), *reader.trust.certificates_for(signatory.keys.key_id)]
    return signatory.sign(
        "second_mark",
        body,
        person_key,
        about=record,
        send=[ToSend("object", name, EVIDENCE) for name, _, _ in objects],
        wraps=list({w.recipient: w for w in wraps_for(observation, key, recipients)}.values()),
        objects=objects,
    ).result(_WAIT_S)


def _texts(journal: Journal) -> list[SaltedText]:
    """Every text the entries refer to, also of notes taken back: the log names them all."""
    hashes = [str(e.body["text"]) for e in journal.vault.events(journal.observation) if "text" in e.body]
    return [kept for h in dict.fromkeys(hashes) if (kept := journal.vault.salted(h)) is not None]


def _marks(marked: Marked) -> dict[str, object]:
    """The marks, what was left out and why, and the result that follows."""
    state, why = marked.state, reasons(marked)

    def mark(rating: Rating) -> dict[str, int]:
        return {"value": int(rating.value or 0), "at_ms": marked.at_ms(rating.seq), "event": rating.seq}

    overall = state.global_rating
    rated = [state.ratings[c.id] for c in marked.scenario.criteria if state.value(c.id) is not None]
    return {
        "ratings": [{"criterion": r.criterion, **mark(r)} for r in rated],
        "unrated": [{"criterion": c, "reason_sha256": h} for c, h in sorted(why.items())],
        "global_rating": mark(overall) if overall is not None else None,
        "outcome": outcome_of(score(marked.framework, marked.scenario, state.values(), why)),
    }
