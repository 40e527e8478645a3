# SPDX-License-Identifier: GPL-3.0-or-later
"""What a signed deletion in the log means for this store: the wraps are destroyed and the sealed bytes removed.

What is left is the deletion itself, and the hashes in the record. A centre erases what is its own; a person of the
whole programme whatever the deletion names. What was erased is not taken again, from whichever machine it comes late.
"""

from __future__ import annotations

from observer_app.central.database import Database
from observer_app.central.objects import ObjectStore
from observer_app.trust.envelope import open_envelope
from observer_app.trust.programme import Verified
from observer_app.trust.statements import read_statement

__all__ = ["ERASED", "Erasing"]

ERASED = 2  # in `object.complete`: it was here or might come, and is erased


class Erasing:
    """Deletions carried out."""

    def __init__(self, database: Database, files: ObjectStore) -> None:
        self._db, self._files = database, files

    def mark(self, verified: Verified) -> None:
        """Within the transaction that logs a deletion: what it names is gone for everybody who asks."""
        body = verified.statement.body
        centre = next(s.centre for s in verified.signers if s.kind == "person")
        for name in body["objects"]:
            if self._db.one("SELECT 1 FROM object WHERE sha256 = ?", (name,)) is None:
                self._db.run(
                    "INSERT INTO object (sha256, size, kind, about, centre, device, complete, received_ms) "
                    "VALUES (?, 0, 'erased', ?, ?, '', ?, 0)",
                    (name, body["subject"], verified.statement.header.centre, ERASED),
                )
            else:
                sql = "UPDATE object SET complete = ? WHERE sha256 = ? AND (? = '' OR centre = ?)"
                if self._db.run(sql, (ERASED, name, centre, centre)):
                    self._db.run("DELETE FROM part WHERE sha256 = ?", (name,))
        if body["what"] == "notes":
            self._db.run(
                "DELETE FROM wrap WHERE subject = ? AND (? = '' OR centre = ?)", (body["subject"], centre, centre)
            )

    def sweep(self) -> int:
        """After the transaction, and at the start: removes the bytes of what was marked, what had come of half-sent
        ones too; how many whole files."""
        found = 0
        for (name,) in self._db.rows("SELECT sha256 FROM object WHERE complete = ? AND size > 0", (ERASED,)):
            found += self._files.remove(str(name))
        return found

    def subjects(self) -> frozenset[str]:
        """Whose keys were destroyed: no wrap of them is kept again."""
        rows = self._db.rows("SELECT envelope FROM statement WHERE type = 'deletion'")
        bodies = (read_statement(open_envelope(bytes(row[0])).payload).body for row in rows)
        return frozenset(str(body["subject"]) for body in bodies if body["what"] == "notes")

    def unsigned(self) -> list[str]:
        """Objects marked as erased that no logged deletion names."""
        rows = self._db.rows(
            "SELECT o.sha256 FROM object o WHERE o.complete = ? AND NOT EXISTS (SELECT 1 FROM named n JOIN statement s "
            "USING (position) WHERE n.sha256 = o.sha256 AND s.type = 'deletion') ORDER BY o.sha256",
            (ERASED,),
        )
        return [str(row[0]) for row in rows]
