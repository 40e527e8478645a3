# SPDX-License-Identifier: GPL-3.0-or-later
"""Many signed files checked on as many processors as there are, and reported in the order given.

Each process believes the same root and checks whole files by itself; the certificates it came to believe and what it
found are taken in here, in one place, so that order, forks and references are judged over all of them.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

from observer_app.errors import ObserverError
from observer_app.trust.certificates import read_certificate
from observer_app.trust.examination import Examination, Kept, without_circles
from observer_app.trust.parts import Part, read_parts

__all__ = ["examine_many"]

_ALONE = 3000  # below it, starting processes costs more than it saves
_BATCH = 1000
_MOST = 4

Chains = tuple[tuple[bytes, ...], ...]
Found = list[tuple[str, Kept | str]]
_run: list[Examination] = []


def _here(run: Examination, files: Sequence[tuple[str, Part]], limit: int) -> Found:
    contents = read_parts((part for _, part in files), limit)
    return run.signed_files((name, data) for (name, _), data in zip(files, contents, strict=True))


def _begin(root: bytes | None) -> None:
    gc.disable()  # for good: see `without_circles`
    _run[:] = [Examination(read_certificate(root) if root is not None else None)]


def _batch(files: Sequence[tuple[str, Part]], limit: int) -> tuple[Chains, Found]:
    """In a process of the pool: (chains of certificates believed for the first time, what was found)."""
    known = set(_run[0].accepted)
    found = _here(_run[0], files, limit)
    return tuple(c for c in _run[0].accepted if c not in known), found


def _apart(run: Examination, files: Sequence[tuple[str, Part]], limit: int, processes: int) -> Iterator[Found]:
    root = run.given.data if run.given is not None else None
    batches = [files[at : at + _BATCH] for at in range(0, len(files), _BATCH)]
    context = multiprocessing.get_context("spawn")  # a window's threads are not copied
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(root,)) as pool:
        for chains, found in pool.map(partial(_batch, limit=limit), batches):
            for chain in chains:
                run.trust_for(chain)
            yield found


@without_circles()
def examine_many(run: Examination, files: Sequence[tuple[str, Part]], limit: int) -> None:
    """Steps 3, 4 and 6 for signed files, each with the name it is reported under, of at most `limit` bytes."""
    done, processes = 0, min(_MOST, os.cpu_count() or 1)
    if len(files) >= _ALONE and processes > 1:
        try:
            for found in _apart(run, files, limit, processes):
                run.take_in(found)
                done += len(found)
        except (BrokenProcessPool, ObserverError, OSError):
            pass  # what is left is checked here, and says then what is wrong
    for at in range(done, len(files), _BATCH):
        run.take_in(_here(run, files[at : at + _BATCH], limit))
