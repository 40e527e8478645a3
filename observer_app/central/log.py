# SPDX-License-Identifier: GPL-3.0-or-later
"""The log: every accepted statement is a leaf (its envelope's bytes) of one growing Merkle tree (RFC 9162).

The signer has a memory outside the database (`last-checkpoint`): a database that was put back, cut or rewritten is
noticed before anything is signed over it, for two honest-looking checkpoints that contradict each other can never be
taken back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from observer_app.central.database import Database
from observer_app.central.inspection import inspect_log
from observer_app.errors import BadInput, IntegrityBroken
from observer_app.trust.checkpoints import Checkpoint, LogKey, parse_note, sign_checkpoint, verify_checkpoint
from observer_app.trust.keys import PrivateKey
from observer_app.trust.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
)
from observer_app.trust.receipts import make_receipt
from observer_app.trust.whole_file import write_durably

__all__ = ["Log"]

_CALL = "Stop the store, keep its files as they are, and call the programme."


class Log:
    """One log. Call `append` and `seal` within one transaction of `database`, `remember` after it."""

    def __init__(
        self,
        database: Database,
        origin: str,
        key: PrivateKey,
        certificates: Sequence[bytes],
        memory: Path,
        clock: Callable[[], int],
    ) -> None:
        """`certificates`: the log's and those above it, the root last (they travel in each receipt). `clock`: ms since
        1970. Raises IntegrityBroken when the database does not continue what was last signed."""
        self._db, self.origin, self.key, self._clock = database, origin, key, clock
        self._certificates, self._memory = tuple(certificates), memory
        self.public = LogKey(origin, key.public)
        self._remembering = threading.Lock()
        self._last = self._remembered()
        self._refuse_rewritten()

    @property
    def size(self) -> int:
        """How many statements there are."""
        found = self._db.one("SELECT max(position) FROM statement")
        return 0 if found is None or found[0] is None else int(found[0]) + 1

    def append(self, position: int, envelope: bytes) -> None:
        """Adds the leaf `position` (the next one) to the tree."""
        level, place, found = 0, position, leaf_hash(envelope)
        rows = [(0, place, found)]
        while place & 1:
            found = node_hash(self._node(level, place - 1), found)
            level, place = level + 1, place >> 1
            rows.append((level, place, found))
        self._db.many("INSERT INTO node (level, place, hash) VALUES (?, ?, ?)", rows)

    def _node(self, level: int, place: int) -> bytes:
        found = self._db.one("SELECT hash FROM node WHERE level = ? AND place = ?", (level, place))
        if found is None:
            raise IntegrityBroken("A part of the log is missing.", advice=_CALL, subject=f"log entry {place << level}")
        return bytes(found[0])

    def _subtree(self, start: int, end: int) -> bytes:
        """The root over leaves start..end-1; whole subtrees are read, not hashed."""
        width = end - start
        if width & (width - 1) == 0 and start % width == 0:
            return self._node(width.bit_length() - 1, start >> (width.bit_length() - 1))
        middle = start + (1 << ((width - 1).bit_length() - 1))
        return node_hash(self._subtree(start, middle), self._subtree(middle, end))

    def root(self, size: int) -> bytes:
        """The root over the first `size` statements."""
        return self._subtree(0, size) if size else EMPTY_ROOT

    def seal(self) -> str:
        """Signs the tree as it stands and keeps the note; the same size gives the same note. Raises IntegrityBroken."""
        self._refuse_rewritten()
        size = self.size
        found = self._db.one("SELECT note FROM checkpoint WHERE size = ?", (size,))
        if found is not None:
            note = str(found[0])
            if verify_checkpoint(note, self.public).root != self.root(size):
                raise IntegrityBroken("A kept checkpoint does not fit the log.", advice=_CALL, subject=f"size {size}")
            return note
        note = sign_checkpoint(Checkpoint(self.origin, size, self.root(size)), self.key)
        self._db.run("INSERT INTO checkpoint (size, note, made_ms) VALUES (?, ?, ?)", (size, note, self._clock()))
        return note

    def receipt(self, position: int, note: str) -> bytes:
        """The proof that statement `position` stands in the log of `note`."""
        size = parse_note(note).checkpoint.size
        leaf = self._node(0, position)
        path = inclusion_proof(position, size, self._subtree)
        return make_receipt(position, path, note, leaf=leaf, certificates=self._certificates)

    def newest(self) -> str:
        """The newest note; the empty log is signed when asked for first."""
        with self._db.transaction():
            return self.seal()

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the first `new` statements continue the first `old`. Raises BadInput beyond the log."""
        if not 0 <= old <= new <= self.size:
            raise BadInput(f"The log cannot be compared at {old} and {new} entries; it has {self.size}.")
        return consistency_proof(old, new, self._subtree) if 0 < old < new else []

    # ---- the memory beside the database ----

    def remember(self, note: str) -> None:
        """Keeps the newest signed note outside the database; a shorter one is passed over, in whichever order those who
        had it signed come here."""
        found = parse_note(note).checkpoint
        with self._remembering:
            if self._last is None or found.size > self._last.size:
                write_durably(self._memory, note.encode())
                self._last = found

    def _remembered(self) -> Checkpoint | None:
        if not self._memory.exists():
            return None
        return verify_checkpoint(self._memory.read_text(encoding="utf-8"), self.public)

    def _refuse_rewritten(self) -> None:
        last = self._last
        if last is None:
            return
        if self.size < last.size:
            raise IntegrityBroken(
                f"The central store's log is shorter ({self.size}) than what it signed before ({last.size}).",
                advice="An older copy was put back, or entries were removed. " + _CALL,
                subject=f"log entry {self.size}",
            )
        if self.root(last.size) != last.root:
            words = "The central store's log is not the one it signed before."
            raise IntegrityBroken(words, advice=_CALL, subject=f"the first {last.size} log entries")

    def faults(self) -> list[str]:
        """SLOW. Everything compared with everything and with every signature; each fault in a sentence that names the
        entry, the first in the log first."""
        found = list(inspect_log(self._db, self.public, self._certificates[-1]))
        try:
            self._refuse_rewritten()
        except IntegrityBroken as error:
            if not found:
                found.append(error.message)
        return found
