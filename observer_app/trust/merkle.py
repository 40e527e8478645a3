# SPDX-License-Identifier: GPL-3.0-or-later
"""The Merkle tree of RFC 9162 section 2.1 over SHA-256: roots, inclusion and consistency proofs.

The prefixes 00 and 01 keep a leaf from passing as a node; an odd leaf is never doubled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from observer_app.errors import BadInput, IntegrityBroken

__all__ = [
    "EMPTY_ROOT",
    "CompactTree",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "root_of",
    "verify_consistency",
    "verify_inclusion",
]

EMPTY_ROOT = hashlib.sha256(b"").digest()
_MAX_SIZE = 2**53


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(00 data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(01 left right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below `size` (>= 2)."""
    return 1 << ((size - 1).bit_length() - 1)


class CompactTree:
    """A growing tree kept as the roots of its full subtrees: an append costs two hashes on average."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        """`leaves` are leaf hashes (32 bytes)."""
        self.size = 0
        self._peaks: list[bytes] = []
        for leaf in leaves:
            self.append(leaf)

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """Roots of the full subtrees, largest first: with `size`, all that must be kept to go on."""
        return tuple(self._peaks)

    @classmethod
    def resume(cls, size: int, peaks: Sequence[bytes]) -> CompactTree:
        """Goes on from kept `size` and `peaks`. Raises IntegrityBroken when they do not fit each other."""
        if size < 0 or len(peaks) != size.bit_count() or any(len(p) != 32 for p in peaks):
            raise IntegrityBroken("The log's kept state does not fit its size.")
        tree = cls()
        tree.size, tree._peaks = size, list(peaks)
        return tree

    def append(self, leaf: bytes) -> None:
        """Adds one leaf hash."""
        place = self.size
        while place & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            place >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        found = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            found = node_hash(peak, found)
        return found


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    return CompactTree(leaves).root()


Subtree = Callable[[int, int], bytes]


def _subtree(leaves: Sequence[bytes] | Subtree) -> Subtree:
    return leaves if callable(leaves) else lambda start, end: root_of(leaves[start:end])


def inclusion_proof(index: int, size: int, leaves: Sequence[bytes] | Subtree) -> list[bytes]:
    """The path of leaf `index` in the tree of the first `size` leaves, from the leaf's sibling up.

    `leaves`: the leaf hashes, or a function (start, end) giving the root over leaves start..end-1 (a store that keeps
    full subtrees answers without hashing).
    """
    if not 0 <= index < size:
        raise BadInput(f"The log has no entry {index}; its size is {size}.")
    subtree, start, end, path = _subtree(leaves), 0, size, list[bytes]()
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raises IntegrityBroken unless `proof` shows leaf hash `leaf` at `index` of the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size <= _MAX_SIZE:
        raise IntegrityBroken("A receipt names a place the log does not have.")
    last, place, found, sha256 = size - 1, index, leaf, hashlib.sha256
    for sibling in proof:
        if last == 0 or len(sibling) != 32:
            raise IntegrityBroken("A receipt's proof has the wrong length.")
        if place & 1 or place == last:
            found = sha256(b"\x01" + sibling + found).digest()  # node_hash, written out: this runs millions of times
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = sha256(b"\x01" + found + sibling).digest()
        place, last = place >> 1, last >> 1
    if last or found != root:
        raise IntegrityBroken("A receipt does not lead to the log's root: it is not of this entry, or was altered.")


def consistency_proof(old: int, new: int, leaves: Sequence[bytes] | Subtree) -> list[bytes]:
    """The proof that the tree of the first `new` leaves continues that of the first `old` (0 < old <= new)."""
    if not 0 < old <= new:
        raise BadInput(f"The log cannot be compared at sizes {old} and {new}.")
    subtree, start, end, path, whole = _subtree(leaves), 0, new, list[bytes](), True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(subtree(start, end))
    return path[::-1]


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raises IntegrityBroken unless `proof` shows that the tree of `new` leaves continues the old (RFC 9162, 2.1.4.2).

    Every tree continues the empty one; its root must be EMPTY_ROOT.
    """
    broken = IntegrityBroken("The log was rewritten: what it shows now does not continue what it showed before.")
    if not 0 <= old <= new <= _MAX_SIZE or any(len(p) != 32 for p in proof):
        raise broken
    if old in (0, new):
        if proof or old_root != (new_root if old == new else EMPTY_ROOT):
            raise broken
        return
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        raise broken
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise broken
        if place & 1 or place == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        place, last = place >> 1, last >> 1
    if last or first != old_root or second != new_root:
        raise broken
