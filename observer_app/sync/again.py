# SPDX-License-Identifier: GPL-3.0-or-later
"""What was sent is sent again to a store that turns out not to have it.

1. A store this machine never met before, as one set up anew after its disk was lost, has nothing: everything sent to
   another one waits again, and the log's own answer tells what is there.
2. A store put back from a copy may lack what came after the copy and stands in no log: objects, recordings, keys, what
   was given to a moderator. It lacks the newest first, so it is asked for the newest of each; when one is missing, all
   of such waits again. Keys and what was given out it cannot be asked for: the newest is given to it once more.

Nothing is doubled: a store that has something says so before it is sent. What was erased is never asked for again.
"""

from __future__ import annotations

from contextlib import suppress

from observer_app.errors import BadInput
from observer_app.sync.one_way import Ends
from observer_app.sync.push import given_out, kept_wrap, signed_segment

__all__ = ["wait_again"]

_BESIDE = ("object", "segment")


def wait_again(ends: Ends) -> int:
    """Lets what the store lacks wait again; how many things that were. Raises Unreachable."""
    outbox, met = ends.store.outbox, f"central/{ends.believing.origin}/met"
    if not ends.store.setting(met):
        return outbox.everything_again(met, statements=True).result()
    names = []
    for kind in _BESIDE:
        newest = outbox.newest_sent(kind)
        if newest is not None:
            names.append(newest.ref if kind == "object" else signed_segment(ends.store, newest)["file_sha256"])
    if not (names and ends.client.missing(names)) and not _new_to_it(ends):
        return 0
    ends.progress("The central store lacks something that it had. Sending it again")
    return outbox.everything_again(met, statements=False).result()


def _new_to_it(ends: Ends) -> bool:
    """Whether the newest key, or the newest record given to a moderator, is new to the store; it has it from now on."""
    outbox, client = ends.store.outbox, ends.client
    wrap, assigned = outbox.newest_sent("wrap"), outbox.newest_sent("assignment")
    kept = kept_wrap(ends.store, wrap) if wrap else None
    new = client.put_wraps([kept]) if kept else 0
    if assigned and ends.may_assign:
        with suppress(BadInput):  # what it was about is no longer there
            new += client.assign([given_out(ends, assigned)])
    return new > 0
