# SPDX-License-Identifier: GPL-3.0-or-later
"""The bytes of a recording, fixed for ever: what is sealed today is what stands in tests/golden/recording.json."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from observer_app.media.container import CLUSTER_MAGIC, ENTRY_CLOSE, ENTRY_CLUSTER, INDEX_MAGIC, Sealer, UnitHead
from observer_app.media.index_format import Anchor, ClosingEntry, ClusterEntry, OpeningEntry
from observer_app.media.matroska import FrameRow
from observer_app.media.segment import merkle_root

GOLDEN = Path(__file__).parents[2] / "golden" / "recording.json"
KEY = bytes(range(32))
RECORDING = "00112233445566778899aabbccddeeff"

OPENING = OpeningEntry(
    boot_id="b0" * 16,
    offset_ms=61_000,
    started_monotonic_ns=5_000_000_000_000,
    started_wall_ms=1_790_000_000_000,
    width=1280,
    height=720,
    sound=True,
    source_kind="camera",
)
CLUSTER = ClusterEntry(
    cluster=3,
    offset=70_000,
    length=1_072,
    sha256=hashlib.sha256(b"a cluster").digest(),
    start_ms=500,
    end_ms=567,
).holding((FrameRow(500, True, 900), FrameRow(533, False, 60)), (Anchor(5_000_500_000_000, 500, 1_790_000_000_500),))
CLOSING = ClosingEntry(size=71_072, clusters=4, last_sha256="cc" * 32, reason="stopped")


def units() -> dict[str, bytes]:
    sealer = Sealer(KEY, RECORDING, 2)
    nonce = bytes(range(100, 112))
    cluster = sealer.seal(CLUSTER_MAGIC, 1, 3, b"the inside of cluster 3", start_ms=500, end_ms=567, nonce=nonce)
    opening = sealer.seal(INDEX_MAGIC, 0, 0, OPENING.pack(), chain=bytes(32), nonce=nonce)
    chain = hashlib.sha256(opening).digest()
    entry = sealer.seal(INDEX_MAGIC, ENTRY_CLUSTER, 1, CLUSTER.pack(), chain=chain, nonce=nonce)
    chain = hashlib.sha256(entry).digest()
    close = sealer.seal(INDEX_MAGIC, ENTRY_CLOSE, 2, CLOSING.pack(), chain=chain, nonce=nonce)
    contents = {"opening_content": OPENING.pack(), "entry_content": CLUSTER.pack(), "closing_content": CLOSING.pack()}
    leaves = [hashlib.sha256(bytes([i])).digest() for i in range(5)]
    return {
        "cluster": cluster,
        "opening": opening,
        "entry": entry,
        "closing": close,
        **contents,
        "root_of_five": merkle_root(leaves),
    }


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    return dict(json.loads(GOLDEN.read_text()))


@pytest.mark.parametrize("name", sorted(units()))
def test_the_bytes_have_not_changed(golden: dict[str, Any], name: str) -> None:
    assert units()[name].hex() == golden[name]


def test_golden_units_open_and_say_what_they_said(golden: dict[str, Any]) -> None:
    sealer = Sealer(KEY, RECORDING, 2)
    chain = bytes(32)
    contents = []
    for name in ("opening", "entry", "closing"):
        unit = bytes.fromhex(golden[name])
        head = UnitHead.unpack(unit[:56], INDEX_MAGIC, name)
        contents.append(sealer.open(unit, head, name, chain))
        chain = hashlib.sha256(unit).digest()
    assert OpeningEntry.unpack(contents[0]) == OPENING
    assert ClusterEntry.unpack(contents[1]) == CLUSTER
    assert ClosingEntry.unpack(contents[2]) == CLOSING
    unit = bytes.fromhex(golden["cluster"])
    assert sealer.open(unit, UnitHead.unpack(unit[:56], CLUSTER_MAGIC, ""), "") == b"the inside of cluster 3"


def test_the_layout_is_the_one_that_is_documented(golden: dict[str, Any]) -> None:
    """Read with nothing but docs/formats-recording.md in hand: plain slices and the primitives."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    unit = bytes.fromhex(golden["cluster"])
    assert unit[0:4] == b"OBSV" and unit[4:6] == b"\x01\x01" and unit[6:8] == b"\x00\x00"
    assert unit[8:24].hex() == RECORDING
    assert [int.from_bytes(unit[i : i + 4], "big") for i in range(24, 44, 4)] == [2, 3, 500, 567, len(unit) - 56]
    key = HKDF(SHA256(), 32, salt=unit[8:24], info=b"observer/recording/1/cluster").derive(KEY)
    assert AESGCM(key).decrypt(unit[44:56], unit[56:], unit[:44]) == b"the inside of cluster 3"
    entry, opening = bytes.fromhex(golden["entry"]), bytes.fromhex(golden["opening"])
    key = HKDF(SHA256(), 32, salt=unit[8:24], info=b"observer/recording/1/index").derive(KEY)
    content = AESGCM(key).decrypt(entry[44:56], entry[56:], entry[:44] + hashlib.sha256(opening).digest())
    assert content.hex() == golden["entry_content"] and len(content) == 64 + 2 * 9 + 24
