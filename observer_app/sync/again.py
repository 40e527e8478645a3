# SPDX-License-Identifier: GPL-3.0-or-later
"""What was sent is sent again to a store that turns out not to have it.

1. A store this machine never met before, as one set up anew after its disk was lost, has nothing: everything sent to
   another one waits again, and the log's own answer tells what is there.
2. A store put back from a copy may lack what came after the copy and stands in no log: objects, recordings, keys. It
   lacks the newest first, so it is asked for the newest; when that is missing, all of such waits again.

Nothing is doubled: a store that has something says so before it is sent. What was erased is never asked for again.
"""

from __future__ import annotations

from observer_app.sync.one_way import Ends
from observer_app.sync.push import signed_segment

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
    if not names or not ends.client.missing(names):
        return 0
    ends.progress("The central store lacks something that it had. Sending it again")
    return outbox.everything_again(met, statements=False).result()
