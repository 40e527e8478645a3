# SPDX-License-Identifier: GPL-3.0-or-later
"""The Merkle tree against the RFC's own definition, the published vectors, and proofs that lie."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer_app.errors import BadInput, IntegrityBroken
from observer_app.trust.merkle import (
    EMPTY_ROOT,
    CompactTree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The reference vectors of Certificate Transparency.
DATA = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
LEAVES = [leaf_hash(bytes.fromhex(d)) for d in DATA]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def mth(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word for word (over leaf hashes)."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(mth(leaves[:k]), mth(leaves[k:]))


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: Sequence[bytes], whole: bool) -> list[bytes]:
    """RFC 9162, 2.1.4.1."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def some(count: int) -> list[bytes]:
    return [leaf_hash(bytes([i])) for i in range(count)]


def test_published_roots() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" == root_of([]).hex()
    assert [root_of(LEAVES[:n]).hex() for n in range(1, 9)] == ROOTS


def test_every_proof_up_to_40_leaves_is_the_definitions_and_verifies() -> None:
    for size in range(1, 41):
        leaves = some(size)
        root = root_of(leaves)
        assert root == mth(leaves)
        for index in range(size):
            proof = inclusion_proof(index, size, leaves)
            assert proof == path(index, leaves)
            verify_inclusion(index, size, leaves[index], proof, root)
        for old in range(1, size + 1):
            between = consistency_proof(old, size, leaves)
            assert between == subproof(old, leaves, True)
            verify_consistency(old, size, mth(leaves[:old]), root, between)


def test_no_proof_shows_another_leaf_place_size_or_root() -> None:
    for size in range(1, 18):
        leaves = some(size)
        root = root_of(leaves)
        for index in range(size):
            proof = inclusion_proof(index, size, leaves)
            wrong = [(i, size, leaves[index], proof, root) for i in range(-1, size + 2) if i != index]
            wrong += [(index, size, leaves[index - 1], proof, root)] if size > 1 else []
            wrong += [(index, size, leaves[index], proof[:n], root) for n in range(len(proof))]
            wrong += [
                (index, size, leaves[index], [*proof, root], root),
                (index, size, leaves[index], proof, bytes(32)),
            ]
            wrong += [(index, size, leaves[index], [root, *proof], root)]
            wrong += [(index, size, leaves[index], [*proof[:-1], proof[-1][:31]], root)] if proof else []
            for case in wrong:
                with pytest.raises(IntegrityBroken):
                    verify_inclusion(*case)


def test_a_node_never_passes_for_a_leaf() -> None:
    """Without the prefixes a tree of two would also be a tree of one, whose leaf is the two hashes."""
    leaves = some(2)
    with pytest.raises(IntegrityBroken):
        verify_inclusion(0, 1, leaf_hash(leaves[0] + leaves[1]), [], root_of(leaves))


def test_no_proof_joins_trees_that_do_not_continue_each_other() -> None:
    for size in range(2, 18):
        leaves = some(size)
        root = root_of(leaves)
        for old in range(1, size):
            proof, before = consistency_proof(old, size, leaves), mth(leaves[:old])
            other = mth([*leaves[: old - 1], leaf_hash(b"other")])
            wrong = [(old, size, other, root, proof), (old, size, before, other, proof)]
            wrong += [(old, size, before, root, proof[:n]) for n in range(len(proof))]
            wrong += [(old, size, before, root, [*proof, root]), (size, old, root, before, proof)]
            wrong += [(0, size, before, root, []), (old, old, before, root, []), (-1, size, before, root, proof)]
            for place in range(len(proof)):
                changed = list(proof)
                changed[place] = bytes(32)
                wrong.append((old, size, before, root, changed))
            for case in wrong:
                with pytest.raises(IntegrityBroken):
                    verify_consistency(*case)


def test_every_tree_continues_the_empty_one_and_itself() -> None:
    verify_consistency(0, 8, EMPTY_ROOT, bytes.fromhex(ROOTS[7]), [])
    verify_consistency(8, 8, bytes.fromhex(ROOTS[7]), bytes.fromhex(ROOTS[7]), [])
    with pytest.raises(IntegrityBroken):
        verify_consistency(0, 8, bytes(32), bytes.fromhex(ROOTS[7]), [])


def test_a_store_that_keeps_subtrees_gives_the_same_proofs() -> None:
    leaves = some(21)
    asked = []

    def kept(start: int, end: int) -> bytes:
        asked.append((start, end))
        return root_of(leaves[start:end])

    assert inclusion_proof(13, 21, kept) == inclusion_proof(13, 21, leaves)
    assert consistency_proof(6, 21, kept) == consistency_proof(6, 21, leaves)
    assert asked


@given(st.integers(0, 200), st.integers(0, 60))
def test_a_resumed_tree_grows_like_the_one_that_was_never_put_away(before: int, after: int) -> None:
    leaves = [leaf_hash(n.to_bytes(2, "big")) for n in range(before + after)]
    tree = CompactTree(leaves[:before])
    again = CompactTree.resume(tree.size, tree.peaks)
    for leaf in leaves[before:]:
        again.append(leaf)
    assert (again.size, again.root()) == (before + after, root_of(leaves))


@pytest.mark.parametrize(("size", "peaks"), [(3, [bytes(32)]), (-1, []), (1, [b"short"]), (0, [bytes(32)])])
def test_a_kept_state_that_cannot_be_is_refused(size: int, peaks: list[bytes]) -> None:
    with pytest.raises(IntegrityBroken):
        CompactTree.resume(size, peaks)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 3)])
def test_there_is_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(BadInput):
        inclusion_proof(index, size, some(5))
    with pytest.raises(BadInput):
        consistency_proof(0, 4, some(5))
