# SPDX-License-Identifier: GPL-3.0-or-later
"""Files read and hashed, several at once: in the order given, told in the caller's thread, the first bad one named."""

from __future__ import annotations

import hashlib
import threading
import zlib
from pathlib import Path

import pytest

from observer_app.errors import IntegrityBroken
from observer_app.trust.parts import CHUNK, Hashes, Part, hash_parts

LARGE = 5 * CHUNK + 3  # read beside others
SIZES = (LARGE, 0, 7, LARGE, CHUNK, LARGE, 1, LARGE)


@pytest.fixture
def parts(tmp_path: Path) -> list[Part]:
    """Members of one file, as in a bundle: large and small ones mixed."""
    path, found, start = tmp_path / "whole", list[Part](), 0
    with path.open("wb") as file:
        for number, size in enumerate(SIZES):
            data = hashlib.shake_128(bytes([number])).digest(size)
            file.write(data)
            found.append(Part(f"part-{number}", path, size, start, zlib.crc32(data)))
            start += size
    return found


def test_each_has_its_hash_and_they_come_in_order(parts: list[Part]) -> None:
    found = list(hash_parts(parts))
    assert [p for p, _ in found] == parts
    for number, (part, digest) in enumerate(found):
        assert digest == hashlib.sha256(hashlib.shake_128(bytes([number])).digest(part.size)).hexdigest()
        assert b"".join(part.chunks()) == part.read(LARGE)


def test_progress_is_told_in_the_callers_thread_up_to_the_whole(parts: list[Part]) -> None:
    told = list[tuple[int, int]]()

    def progress(done: int, whole: int, _name: str) -> None:
        assert threading.current_thread() is threading.main_thread()
        told.append((done, whole))

    list(hash_parts(parts, progress))
    assert told == sorted(told)
    assert told[-1] == (sum(SIZES), sum(SIZES))


def test_the_first_bad_one_in_order_is_named(parts: list[Part]) -> None:
    for place in (2, 3, 6):
        parts[place] = parts[place]._replace(crc=1)
    with pytest.raises(IntegrityBroken) as wrong:
        list(hash_parts(parts))
    assert wrong.value.subject == "part-2"
    with pytest.raises(IntegrityBroken) as wrong:
        list(hash_parts(parts[3:]))
    assert wrong.value.subject == "part-3"


def test_what_is_known_is_not_read_again(parts: list[Part]) -> None:
    known: Hashes = {}
    first = list(hash_parts(parts, known=known))
    parts[0].path.write_bytes(b"")
    assert list(hash_parts(parts, known=known)) == first


def test_a_reader_that_stops_leaves_nothing_running(parts: list[Part]) -> None:
    before = threading.active_count()
    running = hash_parts(parts)
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
