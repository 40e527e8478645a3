# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way to do something off the screen's thread.

    run(port.checks, self).then(self._show_checks).or_else(self._failed)
    watch(port.rate(criterion, 4, at), self).or_else(self._not_saved)

Both answers are called on the Qt thread, never before `run` has returned, and not at all once `owner` is gone. An
error of ours that nobody hears goes to `Unheard.tell` (the window's own line); any other exception is a defect and is
raised on the Qt thread.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import Generic, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot
from shiboken6 import Shiboken

from observer_app.errors import ObserverError

__all__ = ["Task", "Unheard", "on_qt_thread", "run", "watch"]

T = TypeVar("T")
_WORKERS = 4


class _Post(QObject):
    """Lives on the Qt thread and calls there what is handed to it from anywhere."""

    handed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.handed.connect(self._call, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def _call(self, work: Callable[[], None]) -> None:
        work()


class Unheard:
    """Where errors go that no `or_else` waits for; the shell puts its own line here."""

    tell: Callable[[ObserverError], None] | None = None


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_WORKERS, thread_name_prefix="observer-ui")


_posts: list[_Post] = []


def _post() -> _Post:
    if not _posts or not Shiboken.isValid(_posts[0]):
        post = _Post()
        app = QCoreApplication.instance()
        if app is not None:
            post.moveToThread(app.thread())
        _posts[:] = [post]
    return _posts[0]


def on_qt_thread(work: Callable[[], None], owner: QObject) -> None:
    """Calls `work` on the Qt thread soon, unless `owner` is gone by then. May be called from any thread."""
    post = _post()
    if Shiboken.isValid(post):
        post.handed.emit(lambda: work() if Shiboken.isValid(owner) else None)


class Task(Generic[T]):
    """Something under way; `then` and `or_else` say who hears of its end."""

    def __init__(self, future: Future[T], owner: QObject) -> None:
        self._done: Callable[[T], object] | None = None
        self._failed: Callable[[ObserverError], object] | None = None
        _post()  # made on the thread that asks, which is Qt's
        future.add_done_callback(lambda ended: on_qt_thread(lambda: self._deliver(ended), owner))

    def then(self, done: Callable[[T], object]) -> Task[T]:
        """`done(result)` when it has gone well."""
        self._done = done
        return self

    def or_else(self, failed: Callable[[ObserverError], object]) -> Task[T]:
        """`failed(error)` when it has not."""
        self._failed = failed
        return self

    def _deliver(self, future: Future[T]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            if self._done is not None:
                self._done(future.result())
            return
        if not isinstance(error, ObserverError):
            raise error
        heard = self._failed or Unheard.tell
        if heard is not None:
            heard(error)


def run(work: Callable[[], T], owner: QObject) -> Task[T]:
    """Does `work` on a thread of its own."""
    return Task(_pool().submit(work), owner)


def watch(future: Future[T], owner: QObject) -> Task[T]:
    """Follows something already under way."""
    return Task(future, owner)
