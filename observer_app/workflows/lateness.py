# SPDX-License-Identifier: GPL-3.0-or-later
"""How late a recording's picture came, found out after signing.

1. Only who may give the record out, and a moderator only with their own marks signed: it is judged by the assessor's.
2. A signed statement with a reason. Nothing that was written changes: ratings keep their moments, frames their times;
   where a moment of the room lies in the recording is worked out anew from both. The last statement counts, all stay,
   so it is taken back by another.
"""

from __future__ import annotations

from datetime import datetime

from observer_app.domain.roles import Role
from observer_app.errors import BadInput, Conflict, NotAllowed
from observer_app.vault.texts import SaltedText
from observer_app.workflows.reasoned import checked_reason, sign_about
from observer_app.workflows.record_parts import Lateness, OpenedRecord
from observer_app.workflows.records import RecordReader
from observer_app.workflows.releases import is_theirs, roles_of
from observer_app.workflows.room import LATEST_MS
from observer_app.workflows.second_mark import own_mark
from observer_app.workflows.signing import Signatory
from observer_app.workflows.timekeeping import day_words

__all__ = ["correct_lateness", "lateness_words"]

_WAIT_S = 60.0


def correct_lateness(
    opened: OpenedRecord, recording: str, late_ms: int, reason: str, passphrase: str, reader: RecordReader,
    signatory: Signatory,
) -> str:  # fmt: skip
    """SLOW. Signs that the picture of a recording of it comes `late_ms` later than the room; the statement's id.

    Raises NotAllowed, BadInput, Conflict when it is said already, WrongPassphrase.
    """
    if not is_theirs(opened, reader, signatory):
        advice = "The centre manager, or the moderator it was given to, can."
        raise NotAllowed("You may not correct anything of this record.", advice=advice)
    if Role.MANAGER not in roles_of(reader, signatory) and own_mark(opened, signatory.person) is None:
        advice = "Mark the recording and sign; then the assessor’s marks show whether picture and marks fit."
        raise NotAllowed("The assessor’s marks stay hidden until you have signed yours.", advice=advice)
    named = {s.recording.replace("-", "").lower(): s.recording for s in opened.media}
    plain = recording.replace("-", "").lower()
    if plain not in named:
        raise BadInput("The record has no such recording.")
    if not -LATEST_MS <= late_ms <= LATEST_MS:
        advice = "Look for the mark’s own picture again."
        raise BadInput(f"A picture is at most {LATEST_MS} ms late or early, not {late_ms}.", advice=advice)
    if opened.latencies.get(plain, 0) == late_ms:
        raise Conflict("That is how late the picture is said to come already.", advice="Nothing has been signed.")
    salted = SaltedText.new(checked_reason(reason))
    body = {"record": opened.id, "recording": named[plain], "latency_ms": late_ms, "reason_sha256": salted.hash}
    return sign_about(reader, signatory, "latency", body, opened, salted, passphrase).result(_WAIT_S)


def lateness_words(said: Lateness, reader: RecordReader) -> str:
    """A correction as a sentence: what, who, when, why."""
    day = day_words(datetime.fromtimestamp(said.at_ms / 1000).date().isoformat())
    what = "late" if said.latency_ms >= 0 else "early"
    head = f"Picture {abs(said.latency_ms)} ms {what}, {reader.store.person_name(said.by)}, {day}"
    return f"{head}: {said.reason}" if said.reason else head
