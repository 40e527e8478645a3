# SPDX-License-Identifier: GPL-3.0-or-later
"""A record that does not count, and what is erased: both by a signed statement with a reason, the record itself stays.

1. `void`: by the assessor whose record it is, or a manager. The record counts no more in reports, tables and samples.
2. `deletion`: by a manager or key officer. First signed and kept, then carried out here, and wherever it arrives: at
   the central store and on every machine, with its next exchange. What is left is the hash in the record, and the
   deletion.
3. `recording` destroys the film. `notes` destroys the observation's key, in every wrap and in the assessor's vault:
   film, notes, names and photo can be opened by nobody, but for a backup that still holds a wrap. The day's lists here
   name the candidate no more.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from observer_app.domain.roles import Role
from observer_app.errors import BadInput, Conflict, NotAllowed, ObserverError
from observer_app.media.container import index_path, segment_path
from observer_app.trust.envelope import open_envelope
from observer_app.trust.programme import Trust
from observer_app.trust.receipts import parse_receipt
from observer_app.trust.statements import read_statement
from observer_app.vault.device import DeviceStore
from observer_app.vault.objects import ObjectFiles
from observer_app.vault.person import PersonVault
from observer_app.vault.texts import SaltedText
from observer_app.workflows.evidence import EVIDENCE_KIND
from observer_app.workflows.reasoned import checked_reason, sign_about
from observer_app.workflows.records import SECOND_EVIDENCE_KIND, RecordReader
from observer_app.workflows.rosters import forget_lists
from observer_app.workflows.signing import Signatory

__all__ = ["ERASURES", "carry_out", "erase", "void"]

ERASURES = ("recording", "notes")


def void(
    reader: RecordReader, signatory: Signatory, roles: frozenset[Role], record: str, reason: str, passphrase: str
) -> Future[str]:
    """SLOW. Signs that a record does not count; the statement's id. Raises BadInput (no reason, no such record),
    Conflict (it is void), NotAllowed (somebody else's), WrongPassphrase."""
    opened = reader.open(record)
    if opened.assessor != signatory.person and Role.MANAGER not in roles:
        raise NotAllowed("Only its assessor or a manager can take a record back.", advice="Ask the centre manager.")
    if opened.void:
        raise Conflict("This record is void already.", advice="Its reason stands beside it.")
    salted = SaltedText.new(checked_reason(reason))
    body = {"record": record, "reason_sha256": salted.hash}
    return sign_about(reader, signatory, "void", body, opened, salted, passphrase)


def erase(
    reader: RecordReader, signatory: Signatory, roles: frozenset[Role], record: str, what: str, reason: str,
    passphrase: str, vault: PersonVault,
) -> Future[str]:  # fmt: skip
    """SLOW. Signs the deletion of a record's recording or notes, then carries it out on this machine; the statement's
    id. Raises BadInput, NotAllowed, WrongPassphrase."""
    if not roles & {Role.MANAGER, Role.KEY_OFFICER}:
        raise NotAllowed("Your role does not include erasing.", advice="Ask the manager or the key officer.")
    if what not in ERASURES:
        raise BadInput("Erased are a recording, or notes with the recording.", advice="Choose recording or notes.")
    opened = reader.open(record)
    objects = [h for m in opened.media for h in (m.file_sha256, m.index_sha256)]
    if what == "notes":
        kinds = (EVIDENCE_KIND, SECOND_EVIDENCE_KIND)
        objects += [o.sha256 for kind in kinds for o in reader.store.objects(record, kind)]
    salted = SaltedText.new(checked_reason(reason))
    body = {
        "subject": opened.observation, "what": what, "objects": list(dict.fromkeys(objects)),
        "reason_sha256": salted.hash,
    }  # fmt: skip
    # The reason is not sealed under the key that is about to be destroyed: it stays in this machine's store.
    key = signatory.unlock(passphrase)
    statement = signatory.sign("deletion", body, key, about=opened.observation, texts=[salted])
    statement.result()
    carry_out(reader.store, reader.files, reader.trust, vault)
    return statement


# ---- carrying a deletion out ----


def carry_out(store: DeviceStore, files: ObjectFiles, trust: Trust, vault: PersonVault | None = None) -> int:
    """Does on this machine what every verified deletion kept here says; how many were new. `vault`: of whoever is
    signed in; what it holds goes when its person signs in. One that does not verify is passed over, and looked at
    again."""
    new = 0
    for kept in store.statements.of_type("deletion"):
        mark = f"erased/{kept.id}"
        done, mine = store.setting(mark), f"erased/{kept.id}" if vault is not None else ""
        if done and (vault is None or vault.setting(mine)):
            continue
        try:
            receipt = store.outbox.receipt(kept.id)
            verified = trust.verify(kept.envelope, log_index=parse_receipt(receipt[0]).index if receipt else None)
        except ObserverError:
            continue
        body = verified.statement.body
        if not done:
            _erase_here(store, files, body)
            store.set_setting(mark, b"1").result()
            new += 1
        if vault is not None:
            if body["what"] == "notes":
                vault.forget(str(body["subject"])).result()
            vault.set_setting(mine, "1").result()
    return new


def _erase_here(store: DeviceStore, files: ObjectFiles, body: Any) -> None:
    subject, named, sittings = str(body["subject"]), set(body["objects"]), set[str]()
    for kept in store.statements.of_type("record"):
        found = read_statement(open_envelope(kept.envelope).payload).body
        if found["observation"] != subject:
            continue
        sittings.add(str(found["sitting"]))
        for segment in found["media"]:
            folder = files.recording(segment["recording"])
            if segment["file_sha256"] in named:
                segment_path(folder, segment["segment"]).unlink(missing_ok=True)
            if segment["index_sha256"] in named:
                index_path(folder, segment["segment"]).unlink(missing_ok=True)
    for name in named:
        files.remove(name)
    store.forget(subject, sorted(named), keys=body["what"] == "notes").result()
    if body["what"] == "notes":
        forget_lists(store.sittings.erase_names(sittings), store, files)
