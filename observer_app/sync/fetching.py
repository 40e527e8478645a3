# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetching one object or recording, going on where it stopped: kept once it is what its name says, else owed."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from observer_app.errors import BadInput, EnvironmentFault, IntegrityBroken, ObserverError, Unreachable
from observer_app.protocol import PART_SIZE
from observer_app.sync import owed
from observer_app.sync.believing import LogBroken, NoLongerCounts
from observer_app.sync.client import NotThere
from observer_app.sync.one_way import Ends, OneWay
from observer_app.sync.owed import Owed
from observer_app.trust.objects import MAX_OBJECT
from observer_app.trust.whole_file import file_sha256

__all__ = ["Fetched", "Fetching"]


@dataclass
class Fetched:
    """What came. `types`: how many statements of each type. `problems`: what could not be kept, each a sentence."""

    statements: int = 0
    objects: int = 0
    wraps: int = 0
    assignments: int = 0
    recordings: int = 0
    types: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


class Fetching(OneWay):
    """What fetching is made of; `owed` is what the store could not give soundly."""

    def __init__(self, ends: Ends) -> None:
        super().__init__(ends)
        self.fetched = Fetched()
        self.owed = Owed(self._store, self._believing.origin, self._identity.person, self._clock)
        self._asked: set[str] = set()  # objects of this exchange: each is asked for once

    def _owe(self, kind: str, ref: str, about: str, error: ObserverError) -> None:
        """What is no damage (a newer Observer's, a key that has ended) is a problem, and said when it is met."""
        damaged = isinstance(error, IntegrityBroken) and not isinstance(error, NoLongerCounts)
        new = self.owed.owe(kind, ref, about, error.message, damaged=damaged)
        if not damaged and (new or not isinstance(error, NoLongerCounts)):
            self.fetched.problems.append(str(error))

    def _object(self, name: str, about: str) -> None:
        """Fetches one sealed object, once an exchange; one that does not hold is owed."""
        if name not in self._asked:
            self._asked.add(name)
            self.fetched.objects += self._attempt(owed.OBJECT, name, about, lambda: self._whole(name, about))

    def _whole(self, name: str, about: str) -> bool:
        info = self._client.info(name)
        if info.size > MAX_OBJECT + 64:
            raise IntegrityBroken("The central store gives something a size that nothing has.", subject=name)
        content = self._bytes(name, info.size)
        if hashlib.sha256(content).hexdigest() != name:
            raise IntegrityBroken("What the central store sent is not what its name says.", subject=name)
        self._files.put(content)
        self._store.know_object(name, info.kind, len(content), about).result()
        return True

    def _attempt(self, kind: str, name: str, about: str, fetch: Callable[[], bool]) -> bool:
        """Whether it came. What does not hold is owed. What the store cannot give, though it answers, ends one
        exchange, as a bad line does; the next ones go on without it."""
        try:
            come = fetch()
        except NotThere:
            return False
        except LogBroken:
            raise
        except (IntegrityBroken, BadInput) as error:
            self._owe(kind, name, about, error)
            return False
        except Unreachable as error:
            if self.owed.owe(kind, name, about, error.message, damaged=False):
                raise
            self._client.about()
            self.fetched.problems.append(f"The central store cannot give what it holds ({name[:12]}).")
            return False
        self.owed.settle(kind, name)
        return come

    def _bytes(self, name: str, size: int) -> bytes:
        found = bytearray()
        while len(found) < size:
            wanted = min(PART_SIZE, size - len(found))
            block = self._client.fetch(name, len(found), len(found) + wanted)
            found += block
            if len(block) < wanted:  # nobody who has the rest sends it in crumbs
                break
        return bytes(found)

    def _file(self, path: Path, sha256: str, record: str, sizes: range) -> bool:
        """Fetches one file, going on where it stopped; True once it is here, whole, and new. Its size is one of
        `sizes`: what is signed is known to be so long, and no more is taken."""
        if path.exists() or not self.owed.due(owed.FILM, sha256):
            return False
        return self._attempt(owed.FILM, sha256, record, lambda: self._film(path, sha256, sizes))

    def _film(self, path: Path, sha256: str, sizes: range) -> bool:
        partial = path.with_name(path.name + ".part")
        try:
            size = self._client.info(sha256).size
            if size not in sizes:
                raise IntegrityBroken("A recording at the central store is not as long as was signed.", subject=sha256)
            with partial.open("ab") as file:
                while (at := file.tell()) < size:
                    wanted = min(PART_SIZE, size - at)
                    block = self._client.fetch(sha256, at, at + wanted)
                    file.write(block)
                    if len(block) < wanted:
                        break
                file.flush()
                os.fsync(file.fileno())
            return _settle(partial, path, sha256)
        except NotThere:
            partial.unlink(missing_ok=True)
            raise
        except OSError as error:
            raise EnvironmentFault("A recording cannot be written on this machine.", advice="Make room.") from error


def _settle(partial: Path, path: Path, sha256: str) -> bool:
    if file_sha256(partial) != sha256:
        partial.unlink()
        raise IntegrityBroken("A recording that was fetched is not what was signed.", subject=path.name)
    partial.replace(path)
    return True
