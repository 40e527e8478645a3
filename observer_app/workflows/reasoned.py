# SPDX-License-Identifier: GPL-3.0-or-later
"""A later statement about a record, and its reason: hashed in what is signed, sealed with the record's notes."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from observer_app.errors import BadInput
from observer_app.trust.keys import PrivateKey
from observer_app.vault.objects import ObjectFiles
from observer_app.vault.outbox import EVIDENCE, ToSend
from observer_app.vault.texts import SaltedText
from observer_app.workflows.evidence import EVIDENCE_KIND, seal_evidence
from observer_app.workflows.record_parts import OpenedRecord
from observer_app.workflows.records import RecordReader
from observer_app.workflows.signing import Signatory

__all__ = ["checked_reason", "sign_about", "sign_with_reason"]


def checked_reason(words: str) -> str:
    """The words without blanks around them. Raises BadInput when there are none."""
    if not words.strip():
        raise BadInput("A reason is needed.", advice="Say why; the candidate may read it.")
    return words.strip()


def sign_with_reason(
    signatory: Signatory,
    files: ObjectFiles,
    kind: str,
    body: Mapping[str, Any],
    person_key: PrivateKey,
    reason: SaltedText,
    notes_key: bytes | None,
    *,
    about: str,
) -> Future[str]:
    """Signs `body`, a statement of `kind` about the record `about` that names `reason` by its hash; the statement's id.

    `notes_key` (32 bytes) is that of the record's notes: whoever may read them may read the reason. None where it was
    erased or is not on this machine: then the reason stays here, in this machine's own store.
    """
    send, objects = list[ToSend](), list[tuple[str, str, int]]()
    if notes_key is not None:
        sealed = seal_evidence(None, [reason], notes_key)
        send.append(ToSend("object", sealed.name, EVIDENCE))
        objects.append((files.put(sealed.data), EVIDENCE_KIND, len(sealed.data)))
    return signatory.sign(kind, body, person_key, about=about, texts=[reason], send=send, objects=objects)


def sign_about(
    reader: RecordReader, signatory: Signatory, kind: str, body: Mapping[str, Any], opened: OpenedRecord,
    reason: SaltedText, passphrase: str,
) -> Future[str]:  # fmt: skip
    """SLOW. `sign_with_reason` about an opened record, whose notes this person may or may not read. Raises
    WrongPassphrase."""
    notes_key: bytes | None = None
    with suppress(BadInput):
        notes_key = reader.evidence_key(opened.observation)
    key = signatory.unlock(passphrase)
    return sign_with_reason(signatory, reader.files, kind, body, key, reason, notes_key, about=opened.id)
