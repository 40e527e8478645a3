# SPDX-License-Identifier: GPL-3.0-or-later
"""What a statement's body says of other things, as the store keeps it in tables to find it by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["named_objects", "references"]


def references(body: Any) -> Iterator[str]:
    """The records a statement is about."""
    if "record" in body:
        yield body["record"]
    yield from body.get("records", ()) if isinstance(body.get("records"), list) else ()


def named_objects(kind: str, body: Any) -> Iterator[str]:
    """The objects a statement names."""
    for name in ("event_log", "sittings"):
        if name in body:
            yield body[name]["sha256"]
    for segment in body.get("media", body.get("segments", ())):
        yield from (segment["file_sha256"], segment["index_sha256"])
    if kind in ("roster", "deletion"):
        yield from body["objects"]
