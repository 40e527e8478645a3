# SPDX-License-Identifier: GPL-3.0-or-later
"""What a signed record may not hold: who the candidate is and what the notes say, sealed beside it.

The content, before it is sealed under the observation's own key, is one JSON object (what `sealing` writes):

    {"v": 2, "candidate": {"id", "name", "registration", "photo" (base64), "training_ok"} or null,
     "texts": [{"hash", "salt" (base64), "text"}, ...]}

Version 1 had no `training_ok` (whether the candidate lets the recording be used for training): then it is not known.
What is sealed later (an amendment's reason) has no candidate. A text whose salted hash does not fit makes the whole
unreadable: what the entries refer to is what is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from observer_app.domain.roles import Role
from observer_app.domain.sitting import Candidate
from observer_app.errors import BadInput, IntegrityBroken
from observer_app.trust import strict_json
from observer_app.trust.certificates import Certificate
from observer_app.trust.chain import text_hash
from observer_app.trust.envelope import from_base64, to_base64
from observer_app.trust.keys import KeySet, unwrap, wrap_for
from observer_app.trust.objects import SealedObject, open_object, seal_object
from observer_app.trust.programme import Trust
from observer_app.vault.statements import Wrap
from observer_app.vault.texts import MAX_TEXT, SaltedText

__all__ = ["EVENT_LOG_KIND", "EVIDENCE_KIND", "Evidence", "guardians", "read_evidence", "seal_evidence", "unwrapped",
           "wraps_for"]  # fmt: skip

# The kinds under which a store knows the two objects of a record (`DeviceStore.objects(record, kind)`).
EVIDENCE_KIND = "evidence"
EVENT_LOG_KIND = "event_log"
_LIMIT = 32 * 1024 * 1024
_MOST_TEXTS = 20_000
_MOST_PHOTO = 4 * 1024 * 1024
_CARD = frozenset({"id", "name", "registration", "photo"})
_TEXT = frozenset({"hash", "salt", "text"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """As read: the candidate (None in what was sealed later), and every text by its salted hash.

    `training_ok` is what the candidate said of use for training; None where nothing says it.
    """

    candidate: Candidate | None
    texts: Mapping[str, SaltedText]
    training_ok: bool | None = None

    def words(self, hash: str) -> str:
        """The text behind a salted hash; "" when it is not part of this evidence."""
        found = self.texts.get(hash)
        return found.text if found else ""


def seal_evidence(
    candidate: Candidate | None, texts: Iterable[SaltedText], key: bytes, *, training_ok: bool = False
) -> SealedObject:
    """Seals the candidate, what they said of use for training, and the texts under the observation's 32-byte key.

    Raises IntegrityBroken for a text that does not fit its hash, BadInput for more than can be read back.
    """
    rows = {t.hash: t for t in texts}
    for row in rows.values():
        _check(row)
    card = None
    if candidate is not None:
        card = {"id": candidate.id, "name": candidate.name, "registration": candidate.registration,
                "photo": to_base64(candidate.photo), "training_ok": training_ok}  # fmt: skip
    content = {
        "v": 2,
        "candidate": card,
        "texts": [{"hash": t.hash, "salt": to_base64(t.salt), "text": t.text} for t in rows.values()],
    }
    data = strict_json.dumps(content)
    if len(data) > _LIMIT or len(rows) > _MOST_TEXTS or (candidate and len(candidate.photo) > _MOST_PHOTO):
        raise BadInput("The notes and the photo are too large to be sealed.", advice="Use a smaller photo.")
    return seal_object(data, key)


def read_evidence(data: bytes, key: bytes, name: str = "") -> Evidence:
    """Reads what `seal_evidence` gave; `name` is the object's SHA-256 where it is known.

    Raises IntegrityBroken (altered, another key, a text that does not fit its hash), BadInput, NewerVersion.
    """
    found = strict_json.loads(open_object(data, key, name), limit=_LIMIT, what="The notes beside a record")
    version, rows = strict_json.version_of(found, 2, what="What was noted beside a record"), found.get("texts")
    if not version or set(found) != {"v", "candidate", "texts"}:
        raise _wrong()
    if type(rows) is not list or len(rows) > _MOST_TEXTS:
        raise _wrong()
    texts = {text.hash: text for text in map(_text, rows)}
    if len(texts) != len(rows):
        raise _wrong()
    card, training_ok = found["candidate"], None
    if version == 2 and type(card) is dict:
        card = dict(card)
        training_ok = card.pop("training_ok", None)
        if type(training_ok) is not bool:
            raise _wrong()
    return Evidence(_candidate(card), MappingProxyType(texts), training_ok)


def _wrong() -> BadInput:
    return BadInput("The notes beside a record are not in the expected form.")


def _text(row: Any) -> SaltedText:
    if type(row) is not dict or set(row) != _TEXT or any(type(part) is not str for part in row.values()):
        raise _wrong()
    text = SaltedText(row["hash"], from_base64(row["salt"], "A note's salt"), row["text"])
    _check(text)
    return text


def _check(text: SaltedText) -> None:
    if len(text.text) > MAX_TEXT:
        raise _wrong()
    if text_hash(text.salt, text.text) != text.hash:
        raise IntegrityBroken("A note is not the one the record refers to.", subject=text.hash)


def _candidate(found: Any) -> Candidate | None:
    if found is None:
        return None
    if type(found) is not dict or set(found) != _CARD or any(type(part) is not str for part in found.values()):
        raise _wrong()
    photo = from_base64(found["photo"], "The candidate's photo")
    if len(photo) > _MOST_PHOTO:
        raise _wrong()
    return Candidate(found["id"], found["name"], found["registration"], photo)


# ---- who may open it ----


def guardians(trust: Trust, centre: str) -> tuple[Certificate, ...]:
    """Whose opening keys every observation's key is wrapped to: the centre itself and the programme's key officers, but
    for those whose keys were revoked."""
    return tuple(
        c
        for c in trust.certificates
        if c.opening_key is not None
        and trust.counts(c)
        and (
            (c.kind == "centre" and c.subject == centre)
            or (c.kind == "person" and Role.KEY_OFFICER.value in c.roles and c.centre in ("", centre))
        )
    )


def wraps_for(subject: str, key: bytes, recipients: Iterable[Certificate]) -> list[Wrap]:
    """`key` wrapped to each recipient that has an opening key. `subject` (the observation's id) is bound in.

    One whose key nothing can be wrapped for is passed over: a single machine that had such a key certified would keep
    the day's list from all others."""
    found = []
    for c in recipients:
        with suppress(BadInput):
            if c.opening_key is not None:
                found.append(Wrap(subject, c.key_id, wrap_for(c.opening_key, key, subject.encode())))
    return found


def unwrapped(subject: str, wraps: Iterable[Wrap], keys: Iterable[KeySet]) -> bytes | None:
    """The key behind the first wrap that is for one of `keys`; None when none is. Raises IntegrityBroken."""
    held = {k.key_id: k for k in keys}
    for wrap in wraps:
        if wrap.recipient in held:
            return unwrap(held[wrap.recipient].opening, wrap.wrap, subject.encode())
    return None
