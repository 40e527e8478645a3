# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong in a store's database, found from what nobody can forge: signatures of the log and of the signers.

Each place in the log is known three ways: the statement itself, the tree's leaf, and the receipt that was given for it.
The receipt leads to a signed checkpoint, so it says which of the others was altered, and what is sound is not accused.

Not covered, for nothing signed says it: when something was received, what an object is said to be about, who fetched
what, wraps and assignments.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from observer_app.central.database import Database
from observer_app.central.derived import named_objects, references
from observer_app.errors import IntegrityBroken, ObserverError
from observer_app.trust.checkpoints import LogKey, verify_checkpoint
from observer_app.trust.envelope import open_envelope
from observer_app.trust.merkle import CompactTree, leaf_hash, node_hash
from observer_app.trust.programme import Trust
from observer_app.trust.receipts import Receipt, parse_receipt
from observer_app.trust.statements import read_statement

__all__ = ["inspect_certificates", "inspect_log"]

_COLUMNS = ("type", "centre", "device", "device_seq", "person", "claimed_ms")
Nodes = dict[tuple[int, int], bytes]


def inspect_log(database: Database, log: LogKey, root: bytes) -> Iterator[str]:
    """SLOW. Each fault in a sentence that names the log entry or checkpoint; nothing when all is sound."""
    yield from _Inspection(database, log, root).faults()


class _Inspection:
    def __init__(self, database: Database, log: LogKey, root: bytes) -> None:
        self._log, self._root = log, root
        self._chains: dict[tuple[bytes, ...], bool] = {}
        columns = ", ".join(_COLUMNS)
        rows = database.rows(f"SELECT position, record_id, envelope, {columns} FROM statement ORDER BY position")
        self._rows = {int(r[0]): r for r in rows}
        self._receipts = {int(p): bytes(r) for p, r in database.rows("SELECT position, receipt FROM receipt")}
        self._nodes: Nodes = {(int(a), int(b)): bytes(h) for a, b, h in database.rows("SELECT * FROM node")}
        self._notes = {int(s): str(n) for s, n in database.rows("SELECT size, note FROM checkpoint ORDER BY size")}
        self._derived = {
            table: _grouped(database.rows(f"SELECT position, {column} FROM {table}"))
            for table, column in (("reference", "record_id"), ("named", "sha256"))
        }
        self._said: set[int] = set()  # sizes of the checkpoints the receipts name

    def faults(self) -> Iterator[str]:
        places = [*self._rows, *self._receipts, *(p for level, p in self._nodes if level == 0)]
        size = max([*places, *(s - 1 for s in self._notes if s < 2**40)], default=-1) + 1
        tree, nodes, roots = CompactTree(), Nodes(), {0: CompactTree().root()}
        for position in range(size):
            leaf, words = self._entry(position)
            yield from words
            if leaf is None:
                yield f"Log entry {position} is missing, and so is all that proves what it was."
                return
            tree.append(leaf)
            _grow(nodes, position, leaf)
            roots[position + 1] = tree.root() if position + 1 in self._notes else b""
        yield from self._tree(nodes)
        yield from self._checkpoints(roots, size)

    def _entry(self, position: int) -> tuple[bytes | None, list[str]]:
        """(the leaf that is right, what is wrong)."""
        row, node, words = self._rows.get(position), self._nodes.get((0, position)), list[str]()
        proven = self._proven(position, words)
        own = leaf_hash(bytes(row[2])) if row is not None else None
        right = proven or (own if own == node else None) or node or own
        if row is None:
            words.append(f"Log entry {position} is missing.")
        elif own != right:
            words.append(f"Log entry {position} ({row[1]}) was altered.")
        else:
            words += self._particulars(position, row)
        if right is not None and node != right:
            words.append(f"The tree's leaf of log entry {position} {'is missing' if node is None else 'was altered'}.")
        return right, words

    def _proven(self, position: int, words: list[str]) -> bytes | None:
        data = self._receipts.get(position)
        if data is None:
            words.append(f"The receipt of log entry {position} is missing.")
            return None
        try:
            receipt: Receipt = parse_receipt(data)
            checkpoint = receipt.verify(receipt.leaf, self._log, strict=True)
            if not self._leads_up(receipt.certificates):
                raise IntegrityBroken("Its certificates do not lead to the root.")
        except ObserverError:
            words.append(f"The receipt of log entry {position} was altered.")
            return None
        if receipt.index != position:
            words.append(f"The receipt of log entry {position} is of another entry.")
            return None
        self._said.add(checkpoint.size)
        return receipt.leaf

    def _leads_up(self, chain: tuple[bytes, ...]) -> bool:
        """Whether the certificates a receipt carries are the log's and those above it, and nothing else."""
        if chain not in self._chains:
            self._chains[chain] = False
            if chain[-1:] == (self._root,):
                trust = Trust(self._root, chain[:-1])
                self._chains[chain] = tuple(trust.chain(trust.log_certificates(self._log.name)[-1:])) == chain
        return self._chains[chain]

    def _particulars(self, position: int, row: tuple[Any, ...]) -> Iterator[str]:
        """What stands beside a statement must be what it says itself."""
        envelope = open_envelope(bytes(row[2]))
        if envelope.record_id != row[1]:
            yield f"Log entry {position} stands under another name ({row[1]})."
        statement = read_statement(envelope.payload)
        h = statement.header
        for name, here, said in zip(
            _COLUMNS, row[3:], (h.type, h.centre, h.device, h.device_seq, h.person, h.claimed_wall_ms), strict=True
        ):
            if here != said:
                yield f"Log entry {position} stands under another {name} than it was signed with."
        wanted = {"reference": references(statement.body), "named": named_objects(h.type, statement.body)}
        for table, values in wanted.items():
            if self._derived[table].get(position, set()) != set(values):
                yield f"What log entry {position} is about was altered (table {table})."

    def _tree(self, nodes: Nodes) -> Iterator[str]:
        for level, place in sorted(nodes.keys() | self._nodes.keys()):
            if level and nodes.get((level, place)) != self._nodes.get((level, place)):
                yield f"The tree's node {place} of level {level} was altered."
        for table, found in self._derived.items():
            for position in sorted(found.keys() - self._rows.keys()):
                if position >= len(self._rows):
                    yield f"Table {table} speaks of log entry {position}, which is not there."

    def _checkpoints(self, roots: dict[int, bytes], size: int) -> Iterator[str]:
        for at, note in self._notes.items():
            try:
                fits = verify_checkpoint(note, self._log, strict=True)
                sound = fits.size == at and fits.root == roots.get(at)
            except ObserverError:
                sound = False
            if not sound:
                yield f"The checkpoint over {at} entries does not fit the log."
        for at in sorted((self._said | ({size} if size else set())) - self._notes.keys()):
            yield f"The checkpoint over {at} entries is missing."


def _grouped(rows: list[tuple[Any, ...]]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for position, value in rows:
        found.setdefault(int(position), set()).add(str(value))
    return found


def _grow(nodes: Nodes, position: int, leaf: bytes) -> None:
    level, place, found = 0, position, leaf
    nodes[(0, place)] = found
    while place & 1:
        found = node_hash(nodes[(level, place - 1)], found)
        level, place = level + 1, place >> 1
        nodes[(level, place)] = found


def inspect_certificates(database: Database, log: LogKey, root: bytes) -> Iterator[str]:
    """SLOW. Certificates that were altered, by their number, and signers in the log without one. (One that nobody in
    the log needs can go unseen here; machines that hold it hand it in again.)"""
    trust, altered = Trust(root), False
    held = set[bytes]()
    for number, envelope in database.rows("SELECT number, envelope FROM certificate ORDER BY number"):
        held.add(bytes(envelope))
        try:
            trust.add([bytes(envelope)])
        except ObserverError:
            altered = True
            yield f"Certificate {number} was altered, or does not lead to the root."
    for position, name, envelope in database.rows(
        "SELECT position, record_id, envelope FROM statement WHERE type = 'revocation' ORDER BY position"
    ):
        if not altered and bytes(envelope) not in held:
            yield f"The revocation {name}, log entry {position}, was taken off the list it stood on."
    needed: dict[str, int] = {}
    for position, envelope in database.rows("SELECT position, envelope FROM statement ORDER BY position"):
        try:
            for signature in open_envelope(bytes(envelope)).signatures:
                needed.setdefault(signature.keyid, int(position))
        except ObserverError:
            continue  # said of the log entry itself
    if not altered and not trust.certificates_for(log.public.key_id):
        yield "The certificate of the log itself is missing."
    for key, position in needed.items():
        if not altered and not trust.certificates_for(key):
            yield f"The certificate of {key}, first used by log entry {position}, is missing."
