# SPDX-License-Identifier: GPL-3.0-or-later
"""The little of Matroska (RFC 9559) that recording and replay need.

Cutting a stream into clusters while it is written, listing a cluster's picture frames, and making the
header of the virtual file that replay sees: the same Info and Tracks, with Duration and Cues added.
Times are milliseconds (TimestampScale 1,000,000, which the writer uses and the reader checks).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from observer_app.errors import BadInput

__all__ = [
    "CLUSTER_ID",
    "ClusterTimes",
    "FrameRow",
    "cluster_times",
    "element_head",
    "first_cluster_at",
    "next_element",
    "virtual_header",
]

CLUSTER_ID = 0x1F43B675
_SEGMENT, _INFO, _TRACKS, _CUES = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1C53BB6B
_DURATION, _VOID, _CRC, _SCALE = 0x4489, 0xEC, 0xBF, 0x2AD7B1
_TIMESTAMP, _SIMPLE_BLOCK, _GROUP, _BLOCK, _REFERENCE = 0xE7, 0xA3, 0xA0, 0xA1, 0xFB
_PICTURE_TRACK = 1


class FrameRow(NamedTuple):
    """One picture frame as the container holds it: pts in ms of the segment, key frame or not, coded bytes."""

    pts_ms: int
    key: bool
    size: int


@dataclass(frozen=True, slots=True)
class ClusterTimes:
    """A cluster's own timestamp, the last timestamp of any track in it (ms), and its picture frames."""

    timestamp_ms: int
    last_ms: int
    frames: tuple[FrameRow, ...]


def _vint(data: bytes, at: int, keep_marker: bool = False) -> tuple[int, int]:
    """(value, bytes used) of a variable-length integer; `BadInput` when cut short."""
    first = data[at] if at < len(data) else 0
    if not first:
        raise BadInput("The recording's container cannot be read.", advice="It may be cut short.")
    width = 9 - first.bit_length()
    if at + width > len(data):
        raise BadInput("The recording's container is cut short.")
    value = int.from_bytes(data[at : at + width], "big")
    return (value if keep_marker else value & ((1 << (7 * width)) - 1)), width


def element_head(data: bytes, at: int) -> tuple[int, int, int] | None:
    """(element id, start of its content, end) of what begins at `at`, None while its own beginning is not whole yet.

    An element of unknown size (the segment of a stream) ends where its content starts.
    """
    try:
        ident, n = _vint(data, at, True)
        size, m = _vint(data, at + n)
    except BadInput:
        return None
    start = at + n + m
    return (ident, start, start) if size == (1 << (7 * m)) - 1 else (ident, start, start + size)


def next_element(data: bytes, at: int) -> tuple[int, int, int] | None:
    """The same, None while any of the element is missing."""
    found = element_head(data, at)
    return found if found is not None and found[2] <= len(data) else None


def first_cluster_at(data: bytes) -> int | None:
    """Where the first cluster starts in the beginning of a stream, None while it has not come."""
    at = 0
    while (found := next_element(data, at)) is not None:
        if found[0] == CLUSTER_ID:
            return at
        at = found[2]
    # The cluster itself need not be whole for its start to be known.
    return at if data[at : at + 4] == CLUSTER_ID.to_bytes(4, "big") else None


def _children(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """(id, element start, content start, end) of each child between `start` and `end`."""
    at = start
    while at < end:
        found = next_element(data, at)
        if found is None or found[2] > end or found[2] <= at:
            raise BadInput("The recording's container cannot be read.", advice="It may be cut short.")
        yield found[0], at, found[1], found[2]
        at = found[2]


def cluster_times(cluster: bytes) -> ClusterTimes:
    """List a whole cluster's picture frames; `BadInput` when it is not one."""
    found = next_element(cluster, 0)
    if found is None or found[0] != CLUSTER_ID:
        raise BadInput("This part of the recording holds no picture or sound.")
    timestamp = last = 0
    frames: list[FrameRow] = []
    for ident, _, start, end in _children(cluster, found[1], found[2]):
        if ident == _TIMESTAMP:
            timestamp = last = int.from_bytes(cluster[start:end], "big")
        elif ident == _SIMPLE_BLOCK:
            track, at, key, size = _block(cluster, start, end)
            last = max(last, timestamp + at)
            if track == _PICTURE_TRACK:
                frames.append(FrameRow(timestamp + at, key, size))
        elif ident == _GROUP:
            parts = {i: (s, e) for i, _, s, e in _children(cluster, start, end)}
            if _BLOCK in parts:
                track, at, _, size = _block(cluster, *parts[_BLOCK])
                last = max(last, timestamp + at)
                if track == _PICTURE_TRACK:
                    frames.append(FrameRow(timestamp + at, _REFERENCE not in parts, size))
    return ClusterTimes(timestamp, last, tuple(frames))


def _block(data: bytes, start: int, end: int) -> tuple[int, int, bool, int]:
    """(track, time relative to the cluster, key flag, coded bytes) of a block's content."""
    track, n = _vint(data, start)
    if start + n + 3 > end:
        raise BadInput("The recording's container cannot be read.")
    relative, flags = struct.unpack_from(">hB", data, start + n)
    return track, relative, bool(flags & 0x80), end - start - n - 3


def _element(ident: int, content: bytes) -> bytes:
    """An element with an 8-byte size, so that its length does not depend on its value."""
    id_bytes = ident.to_bytes((ident.bit_length() + 7) // 8, "big")
    return id_bytes + (1 << 56 | len(content)).to_bytes(8, "big") + content


def _number(ident: int, value: int) -> bytes:
    return _element(ident, value.to_bytes(8, "big"))


def virtual_header(header: bytes, duration_ms: int, key_frames: Iterable[tuple[int, int]]) -> bytes:
    """The header of the virtual file: `header` as recorded, plus Duration and Cues.

    `key_frames` are (pts ms, offset of their cluster counted from the first cluster).
    """
    before, inside = _split_segment(header)
    kept = b""
    for ident, start, content, end in _children(header, inside, len(header)):
        if ident == _INFO:
            kept += _info_with_duration(header, content, end, duration_ms)
        elif ident == _TRACKS:
            kept += header[start:end]
    keys = list(key_frames)
    base = len(kept) + len(_cues([], 0)) + len(keys) * len(_CUE)  # every number takes eight bytes
    return before + kept + _cues(keys, base)


def _split_segment(header: bytes) -> tuple[bytes, int]:
    """What stands before the segment's content, with a segment size of “unknown”, and where the content starts."""
    first = next_element(header, 0)
    segment = next_element(header, first[2]) if first else None
    if first is None or segment is None or segment[0] != _SEGMENT:
        raise BadInput("The recording's beginning cannot be read.")
    return header[: first[2]] + _SEGMENT.to_bytes(4, "big") + b"\x01" + b"\xff" * 7, segment[1]


def _info_with_duration(header: bytes, start: int, end: int, duration_ms: int) -> bytes:
    kept = b""
    for ident, at, content, stop in _children(header, start, end):
        if ident == _SCALE and int.from_bytes(header[content:stop], "big") != 1_000_000:
            raise BadInput("The recording counts time in a unit this Observer does not know.")
        if ident not in (_DURATION, _VOID, _CRC):
            kept += header[at:stop]
    return _element(_INFO, kept + _element(_DURATION, struct.pack(">d", float(duration_ms))))


def _cues(key_frames: list[tuple[int, int]], base: int) -> bytes:
    # Only two numbers of eight bytes differ from cue to cue; there are thousands, made while somebody waits.
    head, middle = _CUE[: _CUE_TIME - 8], _CUE[_CUE_TIME:-8]
    cues = (head + pts.to_bytes(8, "big") + middle + (base + offset).to_bytes(8, "big") for pts, offset in key_frames)
    return _element(_CUES, b"".join(cues))


def _cue(pts_ms: int, place: int) -> bytes:
    where = _element(0xB7, _number(0xF7, _PICTURE_TRACK) + _number(0xF1, place))
    return _element(0xBB, _number(0xB3, pts_ms) + where)


_CUE = _cue(0, 0)
_CUE_TIME = len(_element(0xBB, _number(0xB3, 0)))  # its time ends here; its place are the last bytes
