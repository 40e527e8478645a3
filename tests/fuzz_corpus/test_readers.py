# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever stands in a file: it is read, or refused with one of our own errors, soon and without filling the memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer_app.errors import ObserverError
from tests.fuzz_corpus.readers import READERS, corpus

SOON_S, MUCH = 10.0, 256 * 1024 * 1024
# Pieces that readers have been known to stumble over.
PIECES = (
    b"", b"\0", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\\ud800", b"1e999", b"-0", b"NaN", b"9" * 400, b"[" * 3000,
    b'"', b"\r", b"\n", b"\x00\xff\xff\xff\xff", b"&a *a", b"<<: *x", b"=", b"..", b"{}", b"null", b"PK\x03\x04",
    b"PK\x05\x06",
)  # fmt: skip


def read(reader: str, data: bytes, folder: Path) -> bool:
    """Whether it was taken."""
    try:
        again = READERS[reader](data, folder)
    except ObserverError as error:
        assert str(error)
        return False
    assert again is None or again == data, "what was read is not what is written"
    return True


@pytest.mark.parametrize("reader", READERS)
def test_the_corpus_is_read_or_refused(reader: str, tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        for path in corpus(reader):
            began = time.monotonic()
            taken = read(reader, path.read_bytes(), tmp_path)
            assert taken == path.name.startswith("good"), path.name
            assert time.monotonic() - began < SOON_S, path.name
            assert tracemalloc.get_traced_memory()[1] < MUCH, path.name
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("reader", READERS)
def test_every_beginning_of_what_is_good_is_read_or_refused(reader: str, tmp_path: Path) -> None:
    for path in corpus(reader):
        if path.name.startswith("good"):
            data = path.read_bytes()
            for size in range(0, len(data), max(1, len(data) // 40)):
                read(reader, data[:size], tmp_path)


@pytest.mark.parametrize("reader", READERS)
@given(data=st.data())
def test_what_is_spoilt_is_read_or_refused(reader: str, data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(corpus(reader))).read_bytes()
    for _ in range(data.draw(st.integers(1, 4))):
        at, size = data.draw(st.integers(0, len(seed))), data.draw(st.integers(0, 40))
        piece = data.draw(st.one_of(st.binary(max_size=8), st.sampled_from(PIECES)))
        seed = seed[:at] + piece + seed[at + size :]
    with tempfile.TemporaryDirectory() as folder:
        read(reader, seed, Path(folder))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_no_reader_needs_more_memory_than_it_is_given(tmp_path: Path) -> None:
    """Megabytes of one byte, of depth, of width, a spreadsheet that unpacks to gigabytes: under a limit of the system's
    own, each ends in one of our errors."""
    command = [sys.executable, "-m", "tests.fuzz_corpus.bounded", str(tmp_path)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.stdout.split() == [*READERS], (done.stdout, done.stderr[-2000:])
    assert done.returncode == 0
