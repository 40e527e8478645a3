# SPDX-License-Identifier: GPL-3.0-or-later
"""One log tells one history: whatever receipts and checkpoints say of the same entries must be the same.

Receipts of different days name checkpoints of different lengths, and no proof between those travels with them. But a
receipt's path speaks of stretches of the log (the entries a to b - 1 have this root), and so does a checkpoint (0 to
its size). A stretch never changes once it is there: two words for it are two histories. Where every entry is here, the
roots are made again from the entries themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from observer_app.trust.checkpoints import Checkpoint
from observer_app.trust.merkle import CompactTree, node_hash

__all__ = ["Histories", "Place", "stretches"]

_HASH = 32


class Place(NamedTuple):
    """What a verified receipt says: under `checkpoint` of the log certified by the programme's root with the id `root`,
    the entry with the leaf's hash `leaf` stands at `at`. `path`: the proof's hashes, one behind the other."""

    root: str
    checkpoint: Checkpoint
    at: int
    leaf: bytes
    path: bytes


def stretches(place: Place) -> Iterator[tuple[int, int, bytes]]:
    """(first entry, the one after the last, root over them) of every stretch the proof of `place` speaks of, itself
    and the whole log included. The proof must have been verified."""
    start, end, turns = 0, place.checkpoint.size, list[tuple[int, int, int]]()
    while end - start > 1:
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        turns.append((start, middle, end))
        start, end = (start, middle) if place.at < middle else (middle, end)
    found = place.leaf
    yield start, end, found
    for level, (start, middle, end) in enumerate(reversed(turns)):
        beside = place.path[level * _HASH : (level + 1) * _HASH]
        if place.at < middle:
            yield middle, end, beside
            found = node_hash(found, beside)
        else:
            yield start, middle, beside
            found = node_hash(beside, found)
        yield start, end, found


@dataclass
class _Log:
    """What was said of one log: checkpoints by size, entries by place, receipts, sizes that must be here in full."""

    checkpoints: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    entries: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    receipts: list[tuple[str, Place]] = field(default_factory=list)
    whole: list[tuple[str, int]] = field(default_factory=list)


class Histories:
    """All that was said of all logs in one run. Each method gives the contradictions it found: (name, words)."""

    def __init__(self) -> None:
        self._logs: dict[tuple[str, str], _Log] = {}

    def receipt(self, name: str, place: Place) -> Iterator[tuple[str, str]]:
        """Takes in a verified receipt."""
        log = self._log(place.root, place.checkpoint.origin)
        yield from self._checkpoint(log, name, place.checkpoint)
        other, entry = log.entries.setdefault(place.at, (name, place.leaf))
        if entry != place.leaf:
            yield name, f"The log shows two entries at place {place.at}; the other: {other}."
        log.receipts.append((name, place))

    def checkpoint(self, name: str, root: str, checkpoint: Checkpoint, *, whole: bool) -> Iterator[tuple[str, str]]:
        """Takes in a verified checkpoint. `whole`: every entry under it must be here."""
        log = self._log(root, checkpoint.origin)
        if whole:
            log.whole.append((name, checkpoint.size))
        yield from self._checkpoint(log, name, checkpoint)

    def root_of(self, root: str, origin: str, size: int) -> bytes | None:
        """The log's root at a size, as a checkpoint among what was taken in says it; None without one."""
        found = self._logs[root, origin].checkpoints.get(size) if (root, origin) in self._logs else None
        return found[1] if found else None

    def roots_at(self, root: str, size: int) -> frozenset[bytes]:
        """What the checkpoints taken in say of any log under `root` at a size."""
        found = (log.checkpoints.get(size) for (under, _), log in self._logs.items() if under == root)
        return frozenset(one[1] for one in found if one)

    def finish(self) -> Iterator[tuple[str, str]]:
        """What contradicts each other across lengths, and what is absent though it must be here."""
        for log in self._logs.values():
            here = 0
            while here in log.entries:
                here += 1
            for name, size in log.whole:
                if here < size:
                    yield name, f"Entry {here} of the log should be here, as the log's own list says, and is not."
            if len(log.checkpoints) > 1:
                yield from self._rebuilt(log, here)
                if max(log.checkpoints) > here:
                    yield from self._compared(log)

    def _log(self, root: str, origin: str) -> _Log:
        return self._logs.setdefault((root, origin), _Log())

    @staticmethod
    def _checkpoint(log: _Log, name: str, checkpoint: Checkpoint) -> Iterator[tuple[str, str]]:
        other, root = log.checkpoints.setdefault(checkpoint.size, (name, checkpoint.root))
        if root != checkpoint.root:
            yield name, f"The log shows two histories of {checkpoint.size} entries; the other: {other}."

    @staticmethod
    def _rebuilt(log: _Log, here: int) -> Iterator[tuple[str, str]]:
        tree = CompactTree()
        for index in range(here):
            tree.append(log.entries[index][1])
            name, root = log.checkpoints.get(tree.size, ("", b""))
            if name and tree.root() != root:
                yield name, f"The log shows two histories: its first {tree.size} entries are here and are others."
                return

    @staticmethod
    def _compared(log: _Log) -> Iterator[tuple[str, str]]:
        seen: dict[tuple[int, int], tuple[str, bytes]] = {}
        for name, start, end, root in _said(log):
            other, known = seen.setdefault((start, end), (name, root))
            if known != root:
                yield name, f"The log shows two histories of the entries {start} to {end - 1}; the other: {other}."
                return


def _said(log: _Log) -> Iterable[tuple[str, int, int, bytes]]:
    for size, (name, root) in sorted(log.checkpoints.items()):
        if size:
            yield name, 0, size, root
    for name, place in log.receipts:
        for start, end, root in stretches(place):
            yield name, start, end, root
