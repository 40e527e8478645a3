# SPDX-License-Identifier: GPL-3.0-or-later
"""What each type of statement says: one table a type, nothing beyond it is read.

Adding a type: add its table here, its signers in `certificates.SIGNERS`, its section in docs/formats.md and a golden
file. Changing a table means a new version `v` of that type; the old table stays, records are kept for decades.
No field may hold a name, a note, a photo or a wrapped key: reasons and texts appear as salted hashes
(`chain.text_hash`).
"""

from __future__ import annotations

from types import MappingProxyType

from observer_app.trust.fields import (
    COUNT,
    HASH,
    ID,
    ID_OR_NONE,
    INT,
    KEY_ID,
    NAME,
    PATH,
    TIME_MS,
    Check,
    base64_of,
    integer,
    items,
    listing,
    nullable,
    one_of,
    unique_by,
    uniques,
)

__all__ = ["BODIES", "DECISIONS", "KINDS", "MAX_FILES", "PASSED", "PURPOSES", "TABLES", "UNIQUES", "VERSIONS"]

MAX_FILES = 100_000
PASSED = ("yes", "no", "none")
KINDS = ("root", "centre", "device", "person", "log")
DECISIONS = ("upheld", "changed", "second_look")
PURPOSES = ("appeal", "moderation", "training")

_VALUE = integer(-1000, 1000)
_PACK = items({"id": ID, "version": NAME, "sha256": HASH})
_STORED = items({"sha256": HASH, "size": COUNT})
_CHAIN = items({"count": COUNT, "head": HASH})
_RATINGS = unique_by(
    "criterion", listing(items({"criterion": ID, "value": _VALUE, "at_ms": COUNT, "event": COUNT}), 500)
)
_GLOBAL = nullable(items({"value": _VALUE, "at_ms": COUNT, "event": COUNT}))
_UNRATED = unique_by("criterion", listing(items({"criterion": ID, "reason_sha256": HASH}), 500))
_OUTCOME = items({"score": INT, "passed": one_of(*PASSED)})
_SEGMENT = items(
    {
        "recording": ID,
        "segment": integer(0, 99_999),
        "file_sha256": HASH,
        "index_sha256": HASH,
        "root": HASH,
        "size": COUNT,
        "clusters": COUNT,
        "gaps": COUNT,
    }
)
_SEGMENTS = listing(_SEGMENT, 1000)
_FILES = unique_by("path", listing(items({"path": PATH, "sha256": HASH, "size": COUNT}), MAX_FILES))


def _counts(value: object, path: str) -> None:
    """Any names, whole numbers: what a manifest counts (records, recordings, sittings) may grow."""
    items({str(k): COUNT for k in value} if isinstance(value, dict) else {})(value, path)
    for name in value if isinstance(value, dict) else ():
        ID(name, f"{path}.{name}")


TABLES: dict[str, dict[str, Check]] = {
    "record": {
        "observation": ID,
        "sitting": ID,
        "candidate": ID,
        "actor": ID_OR_NONE,
        "framework": _PACK,
        "scenario": _PACK,
        "ratings": _RATINGS,
        "unrated": _UNRATED,
        "global_rating": _GLOBAL,
        "outcome": _OUTCOME,
        "events": _CHAIN,
        "event_log": _STORED,
        "media": _SEGMENTS,
    },
    "amendment": {
        "record": HASH,
        "reason_sha256": HASH,
        "changes": unique_by(
            "criterion",
            listing(items({"criterion": ID, "from": nullable(_VALUE), "to": nullable(_VALUE)}), 500, 1),
        ),
        "outcome": _OUTCOME,
    },
    "countersignature": {"record": HASH, "amendment": HASH},
    "refusal": {"record": HASH, "amendment": HASH, "reason_sha256": HASH},
    "latency": {"record": HASH, "recording": ID, "latency_ms": integer(-60_000, 60_000), "reason_sha256": HASH},
    "void": {"record": HASH, "reason_sha256": HASH},
    "second_mark": {
        "record": HASH,
        "ratings": _RATINGS,
        "unrated": _UNRATED,
        "global_rating": _GLOBAL,
        "outcome": _OUTCOME,
        "events": _CHAIN,
        "event_log": _STORED,
    },
    "adjudication": {
        "records": unique_by("", listing(HASH, 16, 1)),
        "decision": one_of(*DECISIONS),
        "reason_sha256": HASH,
        "ratings": unique_by("criterion", listing(items({"criterion": ID, "value": _VALUE}), 500)),
        "outcome": _OUTCOME,
    },
    "release": {
        "record": HASH,
        "what": one_of("clip", "marks"),
        "purpose": one_of(*PURPOSES),
        "reason_sha256": HASH,
        "from_ms": COUNT,
        "to_ms": COUNT,
        "files": unique_by("sha256", listing(_STORED, 8, 1)),
    },
    "media": {"observation": ID, "recording": ID, "segments": _SEGMENTS},
    "deletion": {
        "subject": NAME,
        "what": one_of("recording", "notes", "person", "object"),
        "objects": unique_by("", listing(HASH, 10_000)),
        "reason_sha256": HASH,
    },
    "day_close": {
        "day": ID,
        "first_seq": COUNT,
        "last_seq": COUNT,
        "head": HASH,
        "expected": COUNT,
        "records": COUNT,
        "explained": unique_by("sitting", listing(items({"sitting": ID, "reason_sha256": HASH}), 1000)),
    },
    "certificate": {
        "subject": NAME,
        "kind": one_of(*KINDS),
        "roles": unique_by("", listing(ID, 8)),
        "centre": ID_OR_NONE,
        "threshold": integer(1, 8),
        "signing_keys": unique_by("public", listing(items({"alg": one_of("ed25519"), "public": base64_of(32)}), 8, 1)),
        "opening_key": nullable(items({"alg": one_of("x25519"), "public": base64_of(32)})),
        "not_before_ms": TIME_MS,
        "not_after_ms": TIME_MS,
    },
    "revocation": {
        "key": KEY_ID,
        "valid_until_size": COUNT,
        "reason": one_of("lost", "stolen", "left", "replaced", "misused"),
    },
    "pack": {"pack": _PACK, "kind": one_of("framework", "scenario"), "size": COUNT},
    "roster": {"day": ID, "sittings": _STORED, "count": COUNT, "objects": unique_by("", listing(HASH, 10_000))},
    "manifest": {"files": _FILES, "counts": _counts},
}

VERSIONS = MappingProxyType(dict.fromkeys(TABLES, 1))
BODIES: MappingProxyType[str, Check] = MappingProxyType({name: items(table) for name, table in TABLES.items()})
UNIQUES = MappingProxyType({name: uniques(table) for name, table in TABLES.items()})
