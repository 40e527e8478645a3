# SPDX-License-Identifier: GPL-3.0-or-later
"""`observer central enrol revoke`: a key counts up to a place in the log, and no further.

The revocation is signed with the desk key of the centre that certified the key, where this store holds it, else with
the programme's root; it becomes an entry of the log, and every machine fetches it with its next exchange.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from observer_app import BUILD
from observer_app.central.enrolment import desk_of
from observer_app.central.store import CentralStore, now_ms
from observer_app.errors import BadInput, Conflict, EnvironmentFault, NotAllowed
from observer_app.trust.certificates import Certificate, revoke
from observer_app.trust.keys import PrivateKey

__all__ = ["REASONS", "Revoked", "revoke_keys", "show_keys"]

REASONS = ("lost", "stolen", "left", "replaced", "misused")


@dataclass(frozen=True, slots=True)
class Revoked:
    """What was done: the keys (ids), and the size of the log up to which they count."""

    keys: tuple[str, ...]
    valid_until_size: int


def _matching(store: CentralStore, kind: str, subject: str) -> list[Certificate]:
    """The certificates whose keys still count, by the key's id (`kind` "key") or by whose they are."""
    store.registry.refresh()
    found = [
        c for c in store.registry.trust.certificates[1:]
        if (subject in c.key_ids if kind == "key" else c.kind == kind and c.subject == subject)
    ]  # fmt: skip
    if not found:
        advice = "See whose keys there are: observer central enrol keys --data DIR"
        raise BadInput(f"No certificate for the {kind} {subject} is in this store.", advice=advice)
    if not any(store.registry.counts(c) for c in found):
        raise Conflict(f"The {kind} {subject} no longer counts already.")
    return [c for c in found if store.registry.counts(c)]


def _issuer(
    store: CentralStore, certificate: Certificate, root_key: Callable[[], PrivateKey]
) -> tuple[Certificate, PrivateKey]:
    above = store.registry.trust.issuer_of(certificate)
    if above is not None and above.kind == "centre":
        try:
            return desk_of(store, above.subject)
        except (EnvironmentFault, NotAllowed):
            pass  # no desk key here, or it is revoked itself: then the root
    return store.registry.trust.root, root_key()


def revoke_keys(
    store: CentralStore, kind: str, subject: str, reason: str, root_key: Callable[[], PrivateKey],
    *, from_entry: int | None = None,
) -> Revoked:  # fmt: skip
    """Revokes a key (`kind` "key") or every key of a device, person, centre or log, and logs it.

    What stands in the log below `from_entry` (unless given: all that stands there now) stays good. Raises BadInput (no
    such key, a place beyond the log), Conflict (revoked already).
    """
    size = store.log.size if from_entry is None else from_entry
    if not 0 <= size <= store.log.size:
        raise BadInput(f"The log has {store.log.size} entries; a key can be revoked from one of them or from now on.")
    made: dict[str, bytes] = {}
    for certificate in _matching(store, kind, subject):
        issuer, key = _issuer(store, certificate, root_key)
        for key_id in sorted(certificate.key_ids if kind != "key" else {subject}):
            if key_id not in made:
                made[key_id] = revoke(
                    issuer, [key], key_id, valid_until_size=size, reason=reason, at_ms=now_ms(), build=BUILD
                )  # fmt: skip
    store.take_certificates(list(made.values()))
    return Revoked(tuple(made), size)


def show_keys(store: CentralStore) -> list[dict[str, str]]:
    """Every certificate: whose, of what kind and centre, its key, until when, and whether it counts."""
    store.registry.refresh()
    return [
        {
            "kind": c.kind,
            "subject": c.subject,
            "centre": c.centre,
            "key": c.key_id,
            "until_ms": str(c.not_after_ms),
            "counts": "yes" if store.registry.counts(c) else "revoked",
        }
        for c in store.registry.trust.certificates
    ]
