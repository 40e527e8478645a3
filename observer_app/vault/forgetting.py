# SPDX-License-Identifier: GPL-3.0-or-later
"""What was let go is written over: Python and the system's allocator keep the content of memory that was given back.

Nothing in use is touched. Memory that counts as free is asked for in every small size, filled with zeros and given back
again; what is free in whole pages is handed to the system, which clears it before anybody gets it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
import threading

__all__ = ["scrub_free_memory"]

_SMALL = range(16, 513, 16)  # the sizes Python's own allocator hands out, header included
_HEADER = bytes.__basicsize__
_EACH = 3000
_CHUNKS = tuple(range(24, 1033, 16)) + tuple(range(1040, 9000, 256))
_CHUNK_EACH = 60
_THREADS = 8


def scrub_free_memory() -> None:
    """SLOW (about 0.1 s). Call it once everything that held a secret was let go."""
    gc.collect()
    for size in _SMALL:
        length = max(1, size - _HEADER)
        held = [bytes(length) for _ in range(_EACH)]
        del held
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    with contextlib.suppress(AttributeError):
        libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
        libc.free.argtypes = [ctypes.c_void_p]
        # Each thread gets one of the heaps that ended threads have left.
        begun = threading.Barrier(_THREADS + 1)
        threads = [threading.Thread(target=_fill, args=(libc, begun)) for _ in range(_THREADS)]
        for thread in threads:
            thread.start()
        begun.wait()
        _refill(libc)
        for thread in threads:
            thread.join()
        libc.malloc_trim(0)


def _fill(libc: ctypes.CDLL, begun: threading.Barrier) -> None:
    begun.wait()
    _refill(libc)


def _refill(libc: ctypes.CDLL) -> None:
    held: list[int] = []
    for size in reversed(_CHUNKS):
        for _ in range(_CHUNK_EACH):
            at = libc.malloc(size)
            if at:
                ctypes.memset(at, 0, size)
                held.append(at)
    for at in held:
        libc.free(at)
