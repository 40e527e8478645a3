# SPDX-License-Identifier: GPL-3.0-or-later
"""The one thread that writes to a store: ratings first, everything else in short turns.

1. A job runs alone, inside one transaction; its future is done after the commit, never before.
2. A waiting rating goes before whatever else waits; jobs of one priority keep their order.
3. A rating that meets a full disk is tried once more after the store's reserve is given up.
4. A job that fails leaves nothing behind and stops nothing after it.
5. The log is folded into the file while nothing waits, and after ratings alone only once it has grown: a log that was
   folded begins anew, and its first commit waits for the disk twice.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from enum import IntEnum
from typing import Any, TypeVar

from sqlite_utils import Database

from observer_app.errors import ObserverError, StoreLocked
from observer_app.vault.engine import EngineError

__all__ = ["Job", "Priority", "Writer"]

T = TypeVar("T")
Job = Callable[[Database], T]
_IDLE_S = 0.2
_LONG_LOG = 256  # pages: some hundred ratings


class Priority(IntEnum):
    """Which waiting job goes first."""

    RATING = 0
    NORMAL = 1
    BULK = 2


class Writer:
    """Owns the writing connection. `longest_ms` is the longest transaction seen, by priority."""

    def __init__(
        self,
        db: Database,
        name: str,
        explain: Callable[[BaseException], ObserverError],
        give_up_reserve: Callable[[BaseException], bool],
    ) -> None:
        """`give_up_reserve` is told why a rating failed; True when there is room now that was not there before."""
        self._db = db
        self._explain = explain
        self._give_up_reserve = give_up_reserve
        self._waiting: list[tuple[int, int, Job[Any], Future[Any]]] = []
        self._numbers = itertools.count()
        self._wake = threading.Condition()
        self._closing = False
        self.longest_ms = dict.fromkeys(Priority, 0.0)
        self._thread = threading.Thread(target=self._work, name=f"writer of {name}", daemon=True)
        self._thread.start()

    def submit(self, job: Job[T], priority: Priority = Priority.NORMAL) -> Future[T]:
        """Queues `job`; the future is done once the disk has confirmed, or fails with an ObserverError."""
        future: Future[T] = Future()
        with self._wake:
            if self._closing:
                future.set_exception(StoreLocked("This store has been closed.", advice="Sign in again."))
                return future
            heapq.heappush(self._waiting, (priority, next(self._numbers), job, future))
            self._wake.notify()
        return future

    def close(self) -> None:
        """Finishes what waits, folds the log into the file and lets go; may be called again."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _work(self) -> None:
        dirty = fold = False
        while True:
            with self._wake:
                if not self._waiting and not self._closing:
                    self._wake.wait(_IDLE_S if dirty else None)
                task = heapq.heappop(self._waiting) if self._waiting else None
                finished = task is None and self._closing
            if task is not None:
                self._run(*task)
                dirty, fold = True, fold or task[0] == Priority.NORMAL
            elif finished:
                break
            elif dirty:
                # Between keys, so that no commit has to wait for the log to be folded in.
                if fold or self._log_pages() >= _LONG_LOG:
                    self._fold_log("PASSIVE")
                dirty = fold = False
        self._fold_log("TRUNCATE")
        self._db.close()

    def _run(self, priority: int, _number: int, job: Job[Any], future: Future[Any]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        started = time.perf_counter()
        try:
            result = self._in_transaction(job, priority)
        except EngineError as error:
            future.set_exception(self._explain(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the caller's to see; this thread goes on
            future.set_exception(error)
        else:
            spent = (time.perf_counter() - started) * 1000
            self.longest_ms[Priority(priority)] = max(spent, self.longest_ms[Priority(priority)])
            future.set_result(result)

    def _in_transaction(self, job: Job[T], priority: int) -> T:
        try:
            with self._db.atomic():
                return job(self._db)
        except EngineError as error:
            if priority != Priority.RATING or not self._give_up_reserve(error):
                raise
        with self._db.atomic():
            return job(self._db)

    def _log_pages(self) -> int:
        """How many pages wait in the log."""
        try:
            return int(self._db.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()[1])
        except EngineError:
            return 0

    def _fold_log(self, how: str) -> None:
        try:
            self._db.execute(f"PRAGMA wal_checkpoint({how})")
        except EngineError:
            return  # the log stays as it is and is folded in later; nothing confirmed is in danger
