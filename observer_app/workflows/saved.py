# SPDX-License-Identifier: GPL-3.0-or-later
"""What every call that writes gives back: done once the disk has confirmed, or failed with an ObserverError."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any

from observer_app.errors import ObserverError

__all__ = ["Saved", "after_both", "failed", "nothing_to_save"]

Saved = Future[None]


def nothing_to_save() -> Saved:
    """A future that is done: nothing had to be written."""
    done: Saved = Future()
    done.set_result(None)
    return done


def failed(error: ObserverError) -> Saved:
    """A future that has failed with `error`."""
    future: Saved = Future()
    future.set_exception(error)
    return future


def after_both(first: Saved, second: Future[Any]) -> Saved:
    """A future that is done once both are, and fails with the first's error before the second's."""
    both: Saved = Future()

    def settle(_: Future[Any]) -> None:
        with lock:
            if both.done() or not (first.done() and second.done()):
                return
            error = first.exception() or second.exception()
            if error is None:
                both.set_result(None)
            else:
                both.set_exception(error)

    lock = threading.Lock()
    first.add_done_callback(settle)
    second.add_done_callback(settle)
    return both
