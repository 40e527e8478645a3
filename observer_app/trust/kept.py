# SPDX-License-Identifier: GPL-3.0-or-later
"""What an examination keeps of a statement that passed: enough to judge order and references over all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from observer_app.trust.history import Place
from observer_app.trust.programme import Trust, Verified

__all__ = ["ANSWERS", "Kept", "Pack", "kept_of"]

_FILE = re.compile(rb'"(?:sha256|file_sha256|index_sha256)"\s*:\s*"([0-9a-f]{64})"')
_MUST_BE = ("file_sha256", "index_sha256", "root", "size", "clusters")
ANSWERS = {"countersignature": "signs", "refusal": "refuses"}  # to an amendment

Pack = tuple[str, str]


class Kept(NamedTuple):
    """What is kept of a statement that passed. `about`: the records it speaks of; `close`: of a day's close, the first
    and last number of its device's statements and the id of the last. `files`: the hashes it vouches for. `rests_on`:
    whose end would end its word (`Trust.rests_on`); `revokes`: of a revocation, what it ends in the same words, and the
    log's size up to which that counts. `amendment`: the one it signs a second time or refuses, or "". `recorded`: of a
    record or a recording's list, the observation, then for each segment which it is and what it must be. `packs`: of a
    record, the framework and scenario it names; of a pack's statement, the one the programme signs; each as (kind with
    id and version, hash of the file). `root`: the id of the root all leads to. `centre`: the header's; `of_centre` and
    `roles`: what the person who signed is certified for ("": the whole programme). `observation`: a record's.
    `had_seen`: size and root (hexadecimal) of the log its machine had verified before."""

    record_id: str
    type: str
    root: str
    device: str
    device_seq: int
    prev: str
    about: tuple[str, ...]
    close: tuple[int, int, str] | None
    files: tuple[str, ...]
    warnings: tuple[str, ...]
    place: Place | None
    rests_on: tuple[str, ...]
    revokes: tuple[str, int] | None
    person: str
    amendment: str
    recorded: tuple[str, ...]
    packs: tuple[Pack, ...]
    centre: str
    of_centre: str
    roles: frozenset[str]
    observation: str
    had_seen: tuple[int, str] | None


def kept_of(verified: Verified, place: Place | None, trust: Trust) -> Kept:
    """What is kept of a statement that was verified under `trust`, and perhaps proven to stand at `place`."""
    header, body = verified.statement.header, verified.statement.body
    named = body.get("records")  # a day's close counts records under this name
    about = tuple(named) if isinstance(named, list) else (str(body["record"]),) if "record" in body else ()
    close = (body["first_seq"], body["last_seq"], body["head"]) if header.type == "day_close" else None
    first = next((s for s in verified.signers if s.kind == "person"), verified.signers[0])
    revokes = (trust.ends(first, body["key"]), body["valid_until_size"]) if header.type == "revocation" else None
    listed = _FILE.findall(verified.statement.payload) if header.type != "manifest" else ()
    return Kept(
        verified.record_id, header.type, trust.root.record_id, header.device, header.device_seq, header.prev, about,
        close, tuple(b" ".join(listed).decode("ascii").split()), verified.warnings, place,
        trust.rests_on(verified.signers), revokes, header.person,
        str(body["amendment"]) if header.type in ANSWERS else "", _recorded(header.type, body),
        _packs(header.type, first.kind == "root", body), header.centre, first.centre, first.roles,
        str(body["observation"]) if header.type == "record" else "",
        (seen.size, seen.root) if (seen := header.last_checkpoint) is not None else None,
    )  # fmt: skip


def _recorded(kind: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    """Whether a gap follows a segment may be known only later, so that is left out."""
    segments = body["media"] if kind == "record" else body["segments"] if kind == "media" else ()
    said = (" ".join([f"{s['recording']}/{s['segment']}", *(str(s[name]) for name in _MUST_BE)]) for s in segments)
    return (str(body["observation"]), *said) if segments else ()


def _packs(kind: str, by_root: bool, body: Mapping[str, Any]) -> tuple[Pack, ...]:
    """Only what the programme itself signed binds anybody's records."""
    if kind == "pack":
        return (_pack(body["kind"], **body["pack"]),) if by_root else ()
    return tuple(_pack(what, **body[what]) for what in ("framework", "scenario")) if kind == "record" else ()


@lru_cache(maxsize=1024)  # thousands of records name the same two
def _pack(kind: str, id: str, version: str, sha256: str) -> Pack:
    return f"{kind} {id} {version}", sha256
