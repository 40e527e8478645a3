# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may sign which statement: a stolen laptop alone, or a stolen passphrase alone, is not enough for a record. And
who may speak of a record that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from observer_app.errors import IntegrityBroken
from observer_app.trust.certificates import Certificate
from observer_app.trust.statements import Header

__all__ = ["SIGNERS", "Rule", "check_signers", "trespass"]


@dataclass(frozen=True, slots=True)
class Rule:
    """`needs`: kinds that must all have signed; `any_of`: kinds of which one must have; `roles`: of which the (first)
    person must hold one, where a person signs (empty: any)."""

    needs: frozenset[str] = frozenset()
    any_of: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()


_BOTH = frozenset({"person", "device"})
_MANAGER = frozenset({"manager"})
_MODERATOR = frozenset({"moderator"})

SIGNERS: dict[str, Rule] = {
    "record": Rule(_BOTH, roles=frozenset({"assessor"})),
    "amendment": Rule(_BOTH, roles=frozenset({"assessor", "moderator", "manager"})),
    "countersignature": Rule(_BOTH, roles=frozenset({"assessor", "moderator", "manager"})),
    "refusal": Rule(_BOTH, roles=frozenset({"assessor", "moderator", "manager"})),
    "void": Rule(_BOTH, roles=frozenset({"assessor", "manager"})),
    "second_mark": Rule(_BOTH, roles=_MODERATOR),
    "adjudication": Rule(_BOTH, roles=_MODERATOR),
    "release": Rule(_BOTH, roles=frozenset({"moderator", "manager"})),
    "latency": Rule(_BOTH, roles=frozenset({"moderator", "manager"})),
    "media": Rule(frozenset({"device"})),
    "deletion": Rule(frozenset({"person"}), roles=frozenset({"key_officer", "manager"})),
    "day_close": Rule(_BOTH, roles=_MANAGER),
    "certificate": Rule(any_of=frozenset({"root", "centre"})),
    "revocation": Rule(any_of=frozenset({"root", "centre"})),
    "pack": Rule(any_of=frozenset({"root", "centre", "person"}), roles=_MANAGER),
    "roster": Rule(any_of=frozenset({"centre", "person", "log"}), roles=_MANAGER),
    "manifest": Rule(any_of=frozenset({"root", "centre", "person", "device", "log"})),
}


def check_signers(header: Header, signers: Sequence[Certificate], name: str) -> None:
    """Raises IntegrityBroken unless `signers` may sign `header.type` and are whom the header names."""
    rule = SIGNERS[header.type]
    kinds = {s.kind for s in signers}
    if not kinds >= rule.needs or (rule.any_of and kinds.isdisjoint(rule.any_of)):
        raise IntegrityBroken("A statement lacks a signature it must have.", subject=name)
    persons = [s for s in signers if s.kind == "person"]
    devices = [s for s in signers if s.kind == "device"]
    if persons and rule.roles and persons[0].roles.isdisjoint(rule.roles):
        raise IntegrityBroken("A statement was signed by a person without the role for it.", subject=name)
    if (persons[0].subject if persons else "") != header.person:
        raise IntegrityBroken("A statement names another person than the one who signed it.", subject=name)
    if len(devices) > 1 or (devices[0].subject if devices else "") != header.device:
        raise IntegrityBroken("A statement names another device than the one that signed it.", subject=name)
    if devices and devices[0].centre != header.centre:
        raise IntegrityBroken("A statement names another centre than its device's.", subject=name)


_JUDGES = frozenset({"second_mark", "adjudication"})
# Who may do so to another's record.
_ALTERS = {"amendment": frozenset({"moderator", "manager"}), "void": _MANAGER}


def trespass(kind: str, by: str, of_centre: str, roles: frozenset[str], record: tuple[str, str]) -> str:
    """Why a statement of `kind` about a record is not for whoever signed it to sign, in words; "" where it is.

    `by`: their pseudonymous id; `of_centre` and `roles`: what they are certified for ("": the whole programme).
    `record`: (person, centre) of the record's header.
    """
    person, centre = record
    if of_centre not in ("", centre):
        return "It speaks of another centre's record."
    if kind in _JUDGES and by == person:
        return "Nobody marks or decides upon their own record."
    if kind in _ALTERS and by != person and roles.isdisjoint(_ALTERS[kind]):
        return "It corrects or withdraws another's record, and who signed it may not."
    return ""
