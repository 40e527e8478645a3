# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.fuzz_corpus.hunt READER [libFuzzer's options] FOLDER...`: what does a reader stumble over?

Only for `make fuzz`, which brings atheris along. A find is whatever is neither taken nor refused with one of our own
errors, takes too long, or fills the memory; it is left in the folder that `-artifact_prefix` names. Mended, it goes
into the reader's corpus under a name that says what it was.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import atheris  # type: ignore[import-not-found,unused-ignore]

from observer_app.errors import ObserverError

# What is read in pure Python and may stumble; the rest runs at full speed.
LOOKED_INTO = ["observer_app", "openpyxl", "yaml", "tests.fuzz_corpus.readers"]

with atheris.instrument_imports(include=LOOKED_INTO):
    from tests.fuzz_corpus.readers import READERS


def main() -> None:
    name, arguments = sys.argv[1], [sys.argv[0], *sys.argv[2:]]
    reader, folder = READERS[name], Path(tempfile.mkdtemp(prefix="observer-fuzz-"))

    def one(data: bytes) -> None:
        try:
            again = reader(data, folder)
        except ObserverError as error:
            if not str(error):
                raise AssertionError("an error that says nothing") from error
            return
        if again is not None and again != data:
            raise AssertionError("what was read is not what is written")

    try:
        atheris.Setup(arguments, one)
        atheris.Fuzz()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
