# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts beside what is hashed: each under a random salt, so that its hash says nothing without it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from sqlite_utils import Database

from observer_app.errors import BadInput
from observer_app.trust.chain import SALT_BYTES, text_hash

__all__ = ["MAX_TEXT", "SaltedText"]

MAX_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class SaltedText:
    """A text, its salt (16 bytes), and the hash (hexadecimal) by which an event or statement refers to it."""

    hash: str
    salt: bytes
    text: str

    @classmethod
    def new(cls, text: str) -> SaltedText:
        """Raises BadInput beyond MAX_TEXT characters. Half characters (a broken paste) become question marks."""
        if len(text) > MAX_TEXT:
            raise BadInput(
                f"This text is too long ({len(text)} characters; at most {MAX_TEXT}).",
                advice="Write it as several notes.",
            )
        clean = text.encode("utf-8", "replace").decode("utf-8")
        salt = os.urandom(SALT_BYTES)
        return cls(text_hash(salt, clean), salt, clean)

    def insert(self, db: Database) -> None:
        """Stores it within the running transaction; the same one twice is one."""
        db.execute("INSERT OR IGNORE INTO texts (hash, salt, text) VALUES (?, ?, ?)", (self.hash, self.salt, self.text))
