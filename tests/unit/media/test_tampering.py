# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done to a recording is noticed and the place is named; what a kill does is not called tampering."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from observer_app.capture.recovery import recover_recording
from observer_app.errors import IntegrityBroken, NewerVersion
from observer_app.media.container import (
    CLUSTER_MAGIC,
    HEAD_BYTES,
    INDEX_MAGIC,
    Sealer,
    index_path,
    segment_numbers,
    segment_path,
)
from observer_app.media.opened import open_recording
from observer_app.media.segment import UnitRow, scan_units, segment_summary, verify_segment
from tests.open_files import open_films
from tests.unit.media.conftest import KEY, RECORDING

OTHER = "fedcba9876543210fedcba9876543210"
HEAD_FIELDS = {"magic": 0, "version": 4, "kind": 5, "reserved": 6, "recording": 9, "segment": 27, "number": 31}
HEAD_FIELDS |= {"start": 35, "end": 39, "length": 43, "nonce": 50, "sealed": HEAD_BYTES + 20, "tag": -3}


def rows(path: Path, magic: bytes = CLUSTER_MAGIC) -> list[UnitRow]:
    return list(scan_units(path, magic))


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0x41
    path.write_bytes(content)


def read_everything(folder: Path) -> None:
    """Decode-free, but every byte of every cluster is opened."""
    with open_recording(folder, KEY) as recording:
        for segment in recording.contents:
            stream = recording.open_stream(segment)
            while stream.read(1 << 20):
                pass


def test_a_cluster_sealed_anew_by_who_holds_the_key_is_not_the_one_that_was_recorded(recorded: Path) -> None:
    """The key alone would open it; the index, whose hash is signed, does not know it."""
    path = segment_path(recorded, 1)
    content = path.read_bytes()
    row = rows(path)[3]
    unit = content[row.offset : row.offset + row.head.length]
    sealer = Sealer(KEY, RECORDING, 1)
    plain = bytearray(sealer.open(unit, row.head, "there"))
    plain[-40] ^= 1
    h = row.head
    anew = sealer.seal(CLUSTER_MAGIC, h.kind, h.number, bytes(plain), start_ms=h.start_ms, end_ms=h.end_ms)
    assert len(anew) == len(unit)
    path.write_bytes(content[: row.offset] + anew + content[row.offset + len(unit) :])
    refuses(recorded, "0001.obsv, cluster 3 is not the one that was recorded")


def reorder(path: Path, order: Callable[[list[bytes]], list[bytes]], magic: bytes = CLUSTER_MAGIC) -> None:
    content = path.read_bytes()
    units = [content[r.offset : r.offset + r.head.length] for r in rows(path, magic)]
    path.write_bytes(b"".join(order(units)))


def swapped(units: list[bytes]) -> list[bytes]:
    return [*units[:4], units[5], units[4], *units[6:]]


def refuses(folder: Path, place: str) -> None:
    """With the key and, where the place is in a segment, without it."""
    with pytest.raises((IntegrityBroken, NewerVersion), match=place):
        read_everything(folder)


@pytest.mark.parametrize("field", HEAD_FIELDS)
def test_a_changed_byte_anywhere_in_a_cluster_names_file_and_cluster(recorded: Path, field: str) -> None:
    signed = segment_summary(recorded).segments[0]
    path = segment_path(recorded, 1)
    row = rows(path)[5]
    place = HEAD_FIELDS[field]
    flip(path, row.offset + (place if place >= 0 else row.head.length + place))
    refuses(recorded, "0001.obsv, cluster 5")
    with pytest.raises((IntegrityBroken, NewerVersion), match=r"0001\.obsv, cluster [56]"):
        verify_segment(path, signed.root, signed.size, signed.cluster_sha256)
    with pytest.raises((IntegrityBroken, NewerVersion), match=r"0001\.obsv"):
        verify_segment(path, signed.root, signed.size)


def test_a_recording_whose_head_is_broken_leaves_no_file_open(recorded: Path) -> None:
    """One part's own head, and the parts before it."""
    for segment in segment_numbers(recorded):
        path = segment_path(recorded, segment)
        whole = path.read_bytes()
        flip(path, rows(path)[0].offset + HEAD_BYTES + 20)
        refuses(recorded, f"{path.name}, cluster 0")
        assert open_films() == []
        path.write_bytes(whole)


@pytest.mark.parametrize("field", [f for f in HEAD_FIELDS if f != "end"])
def test_a_changed_byte_anywhere_in_an_entry_names_it(recorded: Path, field: str) -> None:
    path = index_path(recorded, 1)
    row = rows(path, INDEX_MAGIC)[3]
    place = HEAD_FIELDS[field]
    flip(path, row.offset + (place if place >= 0 else row.head.length + place))
    refuses(recorded, r"0001\.obsi, entry [34]|0001\.obsi goes on")


def test_an_untouched_recording_is_well_with_and_without_the_key(recorded: Path) -> None:
    read_everything(recorded)
    summary = segment_summary(recorded)
    assert summary.recording == RECORDING and summary.duration_ms == 9000
    assert [(g.start_ms, g.end_ms) for g in summary.gaps] == [(4000, 6000)]
    for segment in summary.segments:
        path = segment_path(recorded, segment.segment)
        assert segment.size == path.stat().st_size and segment.torn_bytes == 0
        assert verify_segment(path, segment.root, segment.size, segment.cluster_sha256) == segment


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (swapped, "cluster 4"),
        (lambda units: [*units[:4], *units[5:]], "cluster 4"),
        (lambda units: [*units[:5], *units[4:]], "cluster 5"),
        (lambda units: units[:-2], "cluster"),
        (lambda units: [*units, units[-1]], "cluster"),
    ],
    ids=["swapped", "left out", "twice", "shortened", "extended"],
)
def test_clusters_moved_taken_or_added(
    recorded: Path, change: Callable[[list[bytes]], list[bytes]], place: str
) -> None:
    signed = segment_summary(recorded).segments[0]
    path = segment_path(recorded, 1)
    reorder(path, change)
    refuses(recorded, place)
    with pytest.raises(IntegrityBroken, match=place):
        verify_segment(path, signed.root, signed.size, signed.cluster_sha256)


@pytest.mark.parametrize(
    "change",
    [swapped, lambda u: [*u[:4], *u[5:]], lambda u: [*u, u[-1]], lambda u: [u[0], u[1], u[2], *u[4:]]],
    ids=["swapped", "left out", "extended", "cut from the middle"],
)
def test_entries_moved_taken_or_added(recorded: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    reorder(index_path(recorded, 1), change, INDEX_MAGIC)
    refuses(recorded, "0001.obsi, entry")


def test_another_recordings_clusters_do_not_pass(recorded: Path, recorded_again: Callable[[str], Path]) -> None:
    other = segment_path(recorded_again(OTHER), 1)
    foreign = rows(other)[4]
    unit = other.read_bytes()[foreign.offset : foreign.offset + foreign.head.length]
    reorder(segment_path(recorded, 1), lambda units: [*units[:4], unit, *units[5:]])
    refuses(recorded, "0001.obsv, cluster 4")
    # Also when its clear head is made to look like ours: only the key's holder could seal it so.
    forged = bytearray(unit)
    forged[8:24] = bytes.fromhex(RECORDING)
    path = segment_path(recorded, 1)
    path.write_bytes(path.read_bytes().replace(unit, bytes(forged)))
    refuses(recorded, "0001.obsv, cluster 4")


def test_segments_exchanged_or_replaced_whole(recorded: Path, recorded_again: Callable[[str], Path]) -> None:
    other = recorded_again(OTHER)
    whole = shutil.copytree(recorded, recorded.parent / "whole")
    shutil.copy(segment_path(recorded, 2), segment_path(recorded, 1))
    refuses(recorded, "0001.obsv, cluster")
    with pytest.raises(IntegrityBroken, match=r"0001\.obsv, cluster 0"):
        segment_summary(recorded)
    for path in (segment_path, index_path):
        shutil.copy(path(other, 1), path(whole, 2))
    with pytest.raises(IntegrityBroken, match="0002"):
        read_everything(whole)


@pytest.mark.parametrize("added", [b"x", bytes(200), b"OBSV" + bytes(40)])
def test_bytes_behind_a_closed_segment_are_named(recorded: Path, added: bytes) -> None:
    signed = segment_summary(recorded).segments[0]
    path = segment_path(recorded, 1)
    with path.open("ab") as file:
        file.write(added)
    refuses(recorded, f"0001.obsv, cluster {signed.clusters}")
    for known in (signed.cluster_sha256, ()):
        with pytest.raises(IntegrityBroken, match=f"0001.obsv, cluster {signed.clusters}"):
            verify_segment(path, signed.root, signed.size, known)


def test_bytes_behind_a_closed_index_are_named(recorded: Path) -> None:
    with index_path(recorded, 1).open("ab") as file:
        file.write(b"x" * 30)
    refuses(recorded, "0001.obsi goes on behind")


def test_a_missing_file_is_named(recorded: Path) -> None:
    index_path(recorded, 2).unlink()
    refuses(recorded, "index of segment 2")


def test_the_closing_entry_taken_away_makes_a_crash_not_an_extension(recorded: Path) -> None:
    """An index cut short is what a kill leaves: all is read, the rest comes from the segment, and it is said."""
    path = index_path(recorded, 1)
    entries = rows(path, INDEX_MAGIC)
    path.write_bytes(path.read_bytes()[: entries[-4].offset])
    with open_recording(recorded, KEY) as recording:
        assert recording.indexes[0].rebuilt == 3 and recording.indexes[0].closing is None
        assert "not closed" in recording.warnings[0]
        assert recording.duration_ms == 9000


def test_a_torn_tail_is_left_out_named_and_cut_by_recovery(recorded: Path) -> None:
    data, index = segment_path(recorded, 2), index_path(recorded, 2)
    clusters, entries = rows(data), rows(index, INDEX_MAGIC)
    data.write_bytes(data.read_bytes()[: clusters[-1].offset + 300])
    index.write_bytes(index.read_bytes()[: entries[-5].offset + 20])
    with open_recording(recorded, KEY) as recording:
        assert any("320 bytes of part 2" in w for w in recording.warnings)
        before = recording.duration_ms
    assert segment_summary(recorded).segments[1].torn_bytes == 300
    (done,) = recover_recording(recorded, KEY, RECORDING)
    assert (done.segment, done.torn_bytes, done.rebuilt) == (2, 320, 3)
    assert recover_recording(recorded, KEY, RECORDING) == []
    with open_recording(recorded, KEY) as recording:
        assert recording.warnings == [] and recording.duration_ms == before
        closing = recording.indexes[1].closing
        assert closing is not None and closing.reason == "recovered"
    assert segment_summary(recorded).segments[1].torn_bytes == 0


def test_a_newer_format_is_not_called_altered(recorded: Path) -> None:
    path = segment_path(recorded, 1)
    content = bytearray(path.read_bytes())
    content[4] = 2
    path.write_bytes(content)
    with pytest.raises(NewerVersion, match="newer Observer"):
        segment_summary(recorded)
    with pytest.raises(NewerVersion, match="newer Observer"):
        open_recording(recorded, KEY)
