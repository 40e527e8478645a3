# SPDX-License-Identifier: GPL-3.0-or-later
"""A process of its own that rates and says what was confirmed: `writing_child MODE ROOT`.

`rate`: forever, one line of the entry's number after each confirmed rating. `no-fsync`: from some rating on the disk's
answer is refused by the system (a filter on this process), and what the store says then is printed. `lie` as a third
word breaks the promise on purpose: numbers are printed before they are confirmed, or the engine is told not to sync.
"""

from __future__ import annotations

import ctypes
import struct
import sys
from pathlib import Path

from observer_app.domain.events import Kind
from observer_app.domain.moment import Moment
from observer_app.errors import ObserverError
from observer_app.vault import engine
from observer_app.vault.person import PersonVault

KEY = bytes(range(32))
_SYNC_CALLS = {"x86_64": (74, 75), "aarch64": (82, 83)}  # fsync, fdatasync
_SECCOMP = {"x86_64": 317, "aarch64": 277}


def moment(n: int) -> Moment:
    return Moment(n * 1000, "b" * 32, 1_764_000_000_000 + n)


def refuse_sync() -> None:
    """From now on fsync and fdatasync fail in every thread of this process, as on a disk that does not answer."""
    import platform

    machine = platform.machine()
    fsync, fdatasync = _SYNC_CALLS[machine]
    steps = [
        (0x20, 0, 0, 0),
        (0x15, 1, 0, fsync),
        (0x15, 0, 1, fdatasync),
        (6, 0, 0, 0x00050005),
        (6, 0, 0, 0x7FFF0000),
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))

    class Filter(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))

    filter_ = Filter(len(steps), ctypes.addressof(program))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.syscall(_SECCOMP[machine], 1, 1, ctypes.byref(filter_)):
        raise SystemExit(f"no filter: {ctypes.get_errno()}")


def main() -> None:
    mode, root, lie = sys.argv[1], Path(sys.argv[2]), "lie" in sys.argv[3:]
    if mode == "no-fsync" and lie:
        engine.SYNCHRONOUS = "OFF"
    path = root / "p.db"
    vault = PersonVault(path, KEY, create=not path.exists())
    if not vault.observations():
        vault.append("o", Kind.OPENED, "p", moment(0), {"sitting": "s"}).result()
    first = vault.head("o")[0] + 1
    for n in range(first, first + 100_000):
        if mode == "no-fsync" and n == first + 5:
            refuse_sync()
        future = vault.append("o", Kind.RATED, "p", moment(n), {"criterion": "c", "value": n % 7})
        try:
            seq = n if mode == "rate" and lie else future.result().seq
        except ObserverError as error:
            print(f"refused {error.message}", flush=True)
            break
        print(f"saved {seq}", flush=True)
        if mode == "no-fsync" and n > first + 50:
            break


if __name__ == "__main__":
    main()
