# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements: a header that says who, where, when and after what, and a body of the type's own table.

The payload's bytes are made once, signed, kept for ever and never made again from what was read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from observer_app.errors import BadInput, NewerVersion
from observer_app.trust import strict_json
from observer_app.trust.bodies import BODIES, UNIQUES, VERSIONS
from observer_app.trust.envelope import MAX_SIGNATURES
from observer_app.trust.fields import (
    BOOL,
    COUNT,
    HASH,
    ID,
    ID_OR_NONE,
    KEY_ID,
    NAME,
    TIME_MS,
    items,
    listing,
    nullable,
    unique_by,
    uniques,
    written,
)

__all__ = ["MAX_PAYLOAD", "NO_PREVIOUS", "Header", "LastCheckpoint", "Statement", "build_statement", "read_statement"]

MAX_PAYLOAD = 768 * 1024
NO_PREVIOUS = "0" * 64
_TYPE = re.compile(r"[a-z][a-z_]{0,39}")


@dataclass(frozen=True, slots=True)
class LastCheckpoint:
    """The newest checkpoint of central's log this device had verified: the statement is younger than it.

    `root` is hexadecimal.
    """

    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Header:
    """What every statement carries. Ids are pseudonymous.

    `device_seq` counts the device's statements from 1 (0 outside a device's chain); `prev` is the record id of the
    device's statement before it (NO_PREVIOUS for the first). `keys`: key ids in the order of the signatures, the
    person's before the device's. `claimed_wall_ms`: UTC since 1970, a claim. `monotonic_ms` of `boot_id`.
    `last_server_time`: central's signed time last seen (ms), or None.
    """

    type: str
    sample: bool
    programme: str
    centre: str
    device: str
    device_seq: int
    prev: str
    person: str
    keys: tuple[str, ...]
    claimed_wall_ms: int
    monotonic_ms: int
    boot_id: str
    app_build: str
    last_checkpoint: LastCheckpoint | None = None
    last_server_time: int | None = None
    v: int = 1


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as read: `header`, `body` (plain values as in the type's table) and the exact `payload`."""

    header: Header
    body: Mapping[str, Any]
    payload: bytes

    @property
    def type(self) -> str:
        """The header's type."""
        return self.header.type


_HEADER = {
    "type": ID,
    "v": COUNT,
    "sample": BOOL,
    "programme": ID,
    "centre": ID_OR_NONE,
    "device": ID_OR_NONE,
    "device_seq": COUNT,
    "prev": HASH,
    "person": ID_OR_NONE,
    "keys": unique_by("", listing(KEY_ID, MAX_SIGNATURES, 1)),
    "claimed_wall_ms": TIME_MS,
    "monotonic_ms": COUNT,
    "boot_id": ID_OR_NONE,
    "last_checkpoint": nullable(items({"size": COUNT, "root": HASH})),
    "last_server_time": nullable(TIME_MS),
    "app_build": NAME,
}
_CHECKS = tuple(_HEADER.items())
_NAMES = frozenset(_HEADER) | {"body"}


def _check(found: Mapping[str, Any]) -> None:
    """Type and version first: what a newer Observer wrote is not wrong, only newer."""
    kind, version = found.get("type"), found.get("v")
    if type(kind) is not str or not _TYPE.fullmatch(kind) or type(version) is not int or version < 1:
        raise BadInput("This is not one of Observer's statements: it has no type or version.")
    if kind not in BODIES or version > VERSIONS[kind]:
        raise NewerVersion(
            f"This statement ({kind}, version {version}) was made by a newer Observer.",
            advice="Install the newer Observer and open it again; nothing is wrong with the statement.",
        )
    if found.keys() != _NAMES:
        wrong = sorted(found.keys() ^ _NAMES)[0]
        raise BadInput(f"A statement's field {wrong} {'is missing' if wrong in _NAMES else 'does not belong there'}.")
    for name, check in _CHECKS:
        check(found[name], name)
    try:
        BODIES[kind](found["body"], "")
    except BadInput:
        BODIES[kind](found["body"], kind)  # again, to name the field
        raise


def build_statement(header: Header, body: Mapping[str, Any], *, limit: int = MAX_PAYLOAD) -> bytes:
    """The payload's bytes, to be sealed under `header.type` with the keys named in `header.keys`, in that order.

    Raises BadInput naming the first field that is wrong.
    """
    found: dict[str, Any] = asdict(header)
    found["keys"] = list(header.keys)
    found["body"] = dict(body)
    _check(found)
    payload = strict_json.dumps(found)
    if len(payload) > limit:
        raise BadInput(f"The statement is too large ({len(payload)} bytes; at most {limit}).")
    return payload


_HEADER_UNIQUES = uniques(_HEADER)
_KIND = b'"type":"'
_STANDARD = json.JSONDecoder()


@cache
def _written(kind: str) -> re.Pattern[bytes] | None:
    """A whole statement of `kind` as Observer writes it; None for a type some of whose values have no pattern."""
    parts = {**{name: written(check) for name, check in _CHECKS}, "body": written(BODIES[kind])}
    parts |= {"type": f'"{kind}"', "v": str(VERSIONS[kind])}
    if not all(parts.values()):
        return None
    return re.compile((r"\{" + ",".join(f'"{name}":{parts[name]}' for name in sorted(parts)) + r"\}").encode("ascii"))


def _quick(payload: bytes) -> dict[str, Any] | None:
    """The fields of a statement as Observer writes it, every one checked; None when it has to be read slowly.

    In such a text no name can stand twice, no number be a fraction and no letter be written another way, so the
    standard reader is strict enough."""
    start = payload.rfind(_KIND) + len(_KIND)
    kind = payload[start : start + 40].partition(b'"')[0].decode("ascii", "replace")
    pattern = _written(kind) if kind in BODIES else None
    if pattern is None or pattern.fullmatch(payload) is None:
        return None
    found: dict[str, Any] = _STANDARD.raw_decode(payload.decode("ascii"))[0]
    for within, names in ((found, _HEADER_UNIQUES), (found["body"], UNIQUES[kind])):
        for name, field in names:
            entries = [entry[field] for entry in within[name]] if field else within[name]
            if len(set(entries)) != len(entries):
                return None
    return found


def read_statement(payload: bytes, *, limit: int = MAX_PAYLOAD) -> Statement:
    """Reads a payload. Raises NewerVersion for a later version or type, BadInput for all else not as it must be."""
    found = _quick(payload) if len(payload) <= limit else None
    if found is None:
        found = strict_json.loads(payload, limit=limit, what="The statement", shape_follows=True)
        _check(found)
    body = found.pop("body")
    last = found["last_checkpoint"]
    found["last_checkpoint"] = LastCheckpoint(**last) if last else None
    found["keys"] = tuple(found["keys"])
    return Statement(Header(**found), body, payload)
