# SPDX-License-Identifier: GPL-3.0-or-later
"""Every reader on large hostile inputs, in a process that may not grow by more than MORE bytes.

`python -m tests.fuzz_corpus.bounded FOLDER` prints a reader's name once it has refused or taken all of them.
"""

from __future__ import annotations

import io
import resource
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from observer_app.errors import ObserverError
from tests.fuzz_corpus.readers import READERS, corpus

MORE = 512 * 1024 * 1024
LARGE = 6 * 1024 * 1024  # what most readers refuse by its size alone; those that take more must do with MORE


def _bomb(good: bytes) -> bytes:
    """A spreadsheet whose sheets and texts unpack to two gigabytes each."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if "sheet" not in name.lower() and "strings" not in name.lower():
                new.writestr(name, old.read(name))
                continue
            with new.open(name, "w", force_zip64=True) as member:
                member.write(old.read(name)[:200])
                for _ in range(256):
                    member.write(b" " * (8 * 1024 * 1024))
    return made.getvalue()


def hostile(reader: str) -> Iterator[bytes]:
    """Large inputs: one byte over and over, deep and wide JSON, what is good over and over and within itself."""
    good = max(corpus(reader), key=lambda path: path.name.startswith("good")).read_bytes()
    yield bytes(LARGE)
    yield b"[" * LARGE
    yield b'{"v":1,"sittings":[' + b"{}," * (LARGE // 3) + b"{}]}"
    yield b'{"a":"' + b"x" * LARGE + b'"}'
    yield b"a: &a [x]\n" + b"".join(b"k%d: *a\n" % n for n in range(LARGE // 16))
    yield good * (LARGE // max(len(good), 1) + 1)
    yield good[: len(good) // 2] + b"\xff" * LARGE + good[len(good) // 2 :]
    yield good[: len(good) // 2] + b"9" * LARGE + good[len(good) // 2 :]


def main(folder: Path) -> None:
    """All readers, the spreadsheet's with a bomb besides."""
    bomb = _bomb(next(p.read_bytes() for p in corpus("spreadsheet") if p.name.startswith("good")))
    for reader in READERS:  # what they import on first use is no part of what they need
        for path in corpus(reader):
            with_ours(reader, path.read_bytes(), folder)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + MORE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    for reader in READERS:
        for data in hostile(reader):
            with_ours(reader, data, folder)
        if reader == "spreadsheet":
            with_ours(reader, bomb, folder)
        print(reader, flush=True)


def with_ours(reader: str, data: bytes, folder: Path) -> None:
    """Reads; our own errors are an answer, any other ends the process."""
    try:
        READERS[reader](data, folder)
    except ObserverError:
        return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
