# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements: a header that says who, where, when and after what, and a body of the type's own table.

The payload's bytes are made once, signed, kept for ever and never made again from what was read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from observer_app.errors import BadInput, NewerVersion
from observer_app.trust import strict_json
from observer_app.trust.bodies import BODIES, TABLES, UNIQUES, VERSIONS
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


_KIND = b'"type":"'
_STANDARD = json.JSONDecoder()


class _Body(Mapping[str, Any]):
    """A body as Observer writes it, the text of every field checked. A field's values are made when it is asked for:
    of a record, most never are."""

    __slots__ = ("_fields",)

    def __init__(self, texts: dict[str, Any]) -> None:
        self._fields = texts

    def __getitem__(self, name: str) -> Any:
        found = self._fields[name]
        if type(found) is bytes:
            found = self._fields[name] = _STANDARD.raw_decode(found.decode("ascii"))[0]
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


@cache
def _written(kind: str) -> re.Pattern[bytes] | None:
    """A whole statement of `kind` as Observer writes it, its body the first group and each field of it a group of that
    name; None for a type some of whose values have no pattern."""
    fields = [(name, written(check)) for name, check in sorted(TABLES[kind].items())]
    parts = {name: written(check) for name, check in _CHECKS}
    parts |= {"type": f'"{kind}"', "v": str(VERSIONS[kind])}
    if not all(parts.values()) or not all(pattern for _, pattern in fields):
        return None
    parts["body"] = r"(\{" + ",".join(f'"{name}":(?P<{name}>{pattern})' for name, pattern in fields) + r"\})"
    return re.compile((r"\{" + ",".join(f'"{name}":{parts[name]}' for name in sorted(parts)) + r"\}").encode("ascii"))


@cache
def _compared(kind: str) -> tuple[tuple[str, re.Pattern[bytes]], ...]:
    """The lists in a body of `kind` whose entries must differ, and what finds in such a list's text what is compared;
    no text or number with a pattern holds a comma or bracket."""
    entries = (f'"{field}":([^,}}]+)' if field else r"[^\[\],]+" for _, field in UNIQUES[kind])
    return tuple((name, re.compile(e.encode("ascii"))) for (name, _), e in zip(UNIQUES[kind], entries, strict=True))


def _quick(payload: bytes) -> tuple[dict[str, Any], Mapping[str, Any]] | None:
    """(header's fields, body) of a statement as Observer writes it, all checked; None when it has to be read slowly.

    In such a text no name can stand twice, no number be a fraction and no letter be written another way, so the
    standard reader is strict enough."""
    start = payload.rfind(_KIND) + len(_KIND)
    kind = payload[start : start + 40].partition(b'"')[0].decode("ascii", "replace")
    pattern = _written(kind) if kind in BODIES else None
    match = pattern.fullmatch(payload) if pattern is not None else None
    if match is None:
        return None
    for name, compared in _compared(kind):
        entries = compared.findall(match[name])
        if len(set(entries)) != len(entries):
            return None
    start, end = match.span(1)
    header: dict[str, Any] = _STANDARD.raw_decode((payload[:start] + b"0" + payload[end:]).decode("ascii"))[0]
    del header["body"]
    if len(set(header["keys"])) != len(header["keys"]):
        return None
    return header, _Body(match.groupdict())


def read_statement(payload: bytes, *, limit: int = MAX_PAYLOAD) -> Statement:
    """Reads a payload. Raises NewerVersion for a later version or type, BadInput for all else not as it must be."""
    quick = _quick(payload) if len(payload) <= limit else None
    if quick is not None:
        found, body = quick
    else:
        found = strict_json.loads(payload, limit=limit, what="The statement", shape_follows=True)
        _check(found)
        body = found.pop("body")
    last = found["last_checkpoint"]
    found["last_checkpoint"] = LastCheckpoint(**last) if last else None
    found["keys"] = tuple(found["keys"])
    return Statement(Header(**found), body, payload)
