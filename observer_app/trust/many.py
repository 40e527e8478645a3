# SPDX-License-Identifier: GPL-3.0-or-later
"""Many signed files checked on as many processors as there are, and reported in the order given.

Each process believes the same root and checks whole files by itself, this one too; the certificates another came to
believe and what it found are taken in here, in one place, so that order, forks and references are judged over all of
them.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from observer_app.errors import ObserverError
from observer_app.trust.certificates import read_certificate
from observer_app.trust.examination import Examination, Kept, without_circles
from observer_app.trust.parts import Part, read_parts

__all__ = ["examine_many"]

_ALONE = 3000  # below it, starting processes costs more than it saves
_BATCH = 500
_MOST = 4
_AHEAD = 2  # batches another process has before it, so that it never waits for this one

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


def _taken(
    run: Examination, files: Sequence[tuple[str, Part]], limit: int, there: Future[tuple[Chains, Found]]
) -> Found:
    """What another process found, once the certificates it believed are believed here; what it could not do is done
    here, and says then what is wrong."""
    try:
        chains, found = there.result()
        for chain in chains:
            run.trust_for(chain)
    except (BrokenProcessPool, ObserverError, OSError):
        return _here(run, files, limit)
    return found


def _together(run: Examination, batches: Sequence[Sequence[tuple[str, Part]]], limit: int, others: int) -> None:
    """This process takes batches from the front, the others from the back, until they meet: what is found here need
    not be carried anywhere."""
    root = run.given.data if run.given is not None else None
    context = multiprocessing.get_context("spawn")  # a window's threads are not copied
    with ProcessPoolExecutor(others, mp_context=context, initializer=_begin, initargs=(root,)) as pool:
        here, there = 0, list[Future[tuple[Chains, Found]]]()
        while here + len(there) < len(batches):
            if sum(not f.done() for f in there) < _AHEAD * others:
                try:
                    there.append(pool.submit(_batch, batches[-1 - len(there)], limit))
                except BrokenProcessPool:
                    others = 0
            else:
                run.take_in(_here(run, batches[here], limit))
                here += 1
        for files, future in zip(batches[here:], reversed(there), strict=True):
            run.take_in(_taken(run, files, limit, future))


@without_circles()
def examine_many(run: Examination, files: Sequence[tuple[str, Part]], limit: int) -> None:
    """Steps 3, 4 and 6 for signed files, each with the name it is reported under, of at most `limit` bytes."""
    batches = [files[at : at + _BATCH] for at in range(0, len(files), _BATCH)]
    others = min(_MOST, os.cpu_count() or 1) - 1
    if len(files) >= _ALONE and others:
        _together(run, batches, limit, others)
    else:
        for batch in batches:
            run.take_in(_here(run, batch, limit))
