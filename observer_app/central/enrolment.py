# SPDX-License-Identifier: GPL-3.0-or-later
"""One-time codes: a machine or person is certified once, with a desk key of its centre that this store holds.

A desk key is certified by the root as the centre's, beside the centre's own key (which never comes here and alone
opens its recordings). It can be revoked by itself.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from pathlib import Path

from observer_app import BUILD
from observer_app.central.access import Caller
from observer_app.central.database import Database
from observer_app.central.store import CentralStore, write_private
from observer_app.errors import BadInput, EnvironmentFault, NotAllowed
from observer_app.protocol import EnrolAnswer, EnrolRequest, RenewRequest
from observer_app.trust.certificates import Certificate, issue_certificate, read_certificate
from observer_app.trust.keys import PrivateKey, PublicKey, wrap_for

__all__ = ["add_desk", "desk_of", "make_code", "redeem", "renew"]

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is misread aloud
_CODE_LENGTH = 16
DEVICE_DAYS, PERSON_DAYS = 90, 366
_DAY_MS = 24 * 3600 * 1000


def _hash(code: str) -> str:
    plain = "".join(c for c in code.upper() if c.isalnum())
    return hashlib.sha256(b"observer-code-v1\0" + plain.encode()).hexdigest()


def _desk_path(data: Path, centre: str) -> Path:
    return data / "keys" / f"desk-{hashlib.sha256(centre.encode()).hexdigest()[:16]}.key"


def add_desk(store: CentralStore, root_key: PrivateKey, centre: str) -> bytes:
    """Makes and certifies the store's desk key for a centre; its certificate. Raises Conflict when there is one."""
    key, root = PrivateKey.generate(), store.registry.trust.root
    certificate = issue_certificate(
        root, [root_key], kind="centre", subject=centre, signing=key.public, build=BUILD,
        not_before_ms=root.not_before_ms, not_after_ms=root.not_after_ms,
    )  # fmt: skip
    write_private(_desk_path(store.data, centre), key.seed)
    store.registry.add([certificate])
    return certificate


def desk_of(store: CentralStore, centre: str) -> tuple[Certificate, PrivateKey]:
    """The store's desk key for a centre, and its certificate. Raises EnvironmentFault (none is kept), NotAllowed."""
    try:
        key = PrivateKey(_desk_path(store.data, centre).read_bytes())
    except OSError as error:
        raise EnvironmentFault(
            f"The store has no desk key for the centre {centre}.", advice="Make one: observer central enrol desk"
        ) from error
    store.registry.refresh()
    found = store.registry.of_key(key.key_id, "centre")
    if found is None or not store.registry.counts(found):
        raise NotAllowed(f"The store's desk key for the centre {centre} no longer counts.")
    return found, key


def make_code(database: Database, *, centre: str, kind: str, subject: str, roles: Iterable[str], until_ms: int) -> str:
    """A code that certifies one `kind` (device or person) as `subject` until `until_ms`; shown once, kept as a hash."""
    if kind not in ("device", "person"):
        raise BadInput("A code is for a device or a person.")
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    database.run(
        "INSERT INTO code (hash, centre, kind, subject, roles, until_ms, used_ms) VALUES (?, ?, ?, ?, ?, ?, 0)",
        (_hash(code), centre, kind, subject, ",".join(sorted(roles)), until_ms),
    )
    return "-".join(code[i : i + 4] for i in range(0, _CODE_LENGTH, 4))


def redeem(store: CentralStore, asked: EnrolRequest) -> EnrolAnswer:
    """Certifies the keys once. The same keys with the same code again get their certificate again: the first answer may
    have been lost, or the store stopped before it was given. Raises NotAllowed (unknown, used, run out; keys of
    somebody else)."""
    now = store.clock()
    wrong = NotAllowed("This code is not known, was used, or has run out.", advice="Ask the centre for a new one.")
    signing = PublicKey(asked.signing)
    row = store.database.one(
        "SELECT hash, centre, kind, subject, roles, until_ms, used_ms, key FROM code WHERE hash = ?",
        (_hash(asked.code),),
    )
    if row is None or not hmac.compare_digest(row[0], _hash(asked.code)):
        raise wrong
    _, centre, kind, subject, roles, until_ms, used_ms, key = row
    if used_ms:
        mine = store.registry.of_key(signing.key_id, kind)
        if mine is not None and mine.subject == subject:
            return EnrolAnswer(kind, subject, tuple(store.registry.trust.chain([mine])))
    if key != signing.key_id if used_ms else until_ms < now:
        raise wrong
    _refuse_anothers(store, signing, kind, subject, centre)
    certificate = _certified(
        store, centre, kind, subject, [r for r in roles.split(",") if r], signing, asked.opening or None, now
    )
    claim = "UPDATE code SET used_ms = ?, key = ? WHERE hash = ? AND used_ms = 0"
    if not used_ms and store.database.run(claim, (now, signing.key_id, row[0])) != 1:
        raise wrong
    store.registry.add([certificate])
    found = read_certificate(certificate)
    return EnrolAnswer(kind, subject, tuple(store.registry.trust.chain([found])))


def renew(store: CentralStore, who: Caller, asked: RenewRequest) -> EnrolAnswer:
    """Certifies new keys for the machine or person asking, or the same ones for longer; what they may do stays.

    The same keys again get their certificate again, unless half of its time is over. Raises NotAllowed (certified by
    the programme itself, or the key is somebody else's), EnvironmentFault (no desk key here).
    """
    held = who.device if asked.kind == "device" else who.person if asked.kind == "person" else None
    if held is None:
        raise BadInput("A key is renewed for the machine or the person that asks.")
    above = store.registry.trust.issuer_of(held)
    if above is None or above.kind != "centre":
        raise NotAllowed("This key was certified by the programme itself.", advice="Ask the programme to renew it.")
    signing, now = PublicKey(asked.signing), store.clock()
    _refuse_anothers(store, signing, held.kind, held.subject, held.centre)
    last = max(store.registry.trust.certificates_for(signing.key_id), key=lambda c: c.not_after_ms, default=None)
    if last is not None and last.not_after_ms - now > (last.not_after_ms - last.not_before_ms) // 2:
        return EnrolAnswer(held.kind, held.subject, tuple(store.registry.trust.chain([last])))
    certificate = _certified(
        store, held.centre, held.kind, held.subject, sorted(held.roles), signing, asked.opening or None, now
    )
    store.registry.add([certificate])
    store.access.note(who, f"renewed a {held.kind}'s key"[:200], signing.key_id)
    return EnrolAnswer(held.kind, held.subject, tuple(store.registry.trust.chain([read_certificate(certificate)])))


def _refuse_anothers(store: CentralStore, signing: PublicKey, kind: str, subject: str, centre: str) -> None:
    """Nobody proves here that they hold a key: one that is known already stays whose it is."""
    known = store.registry.trust.certificates_for(signing.key_id)
    if any((c.kind, c.subject) != (kind, subject) or c.centre not in ("", centre) for c in known):
        raise NotAllowed("This key belongs to somebody else.")


def _certified(
    store: CentralStore, centre: str, kind: str, subject: str, roles: Iterable[str], signing: PublicKey,
    opening: bytes | None, now: int,
) -> bytes:  # fmt: skip
    issuer, key = desk_of(store, centre)
    if opening is not None:
        wrap_for(opening, bytes(32))  # refuses a key that nothing could ever be sealed for
    return issue_certificate(
        issuer, [key], kind=kind, subject=subject, signing=signing, opening=opening, roles=roles,
        build=BUILD, not_before_ms=now - _DAY_MS,
        not_after_ms=now + (DEVICE_DAYS if kind == "device" else PERSON_DAYS) * _DAY_MS,
    )  # fmt: skip
