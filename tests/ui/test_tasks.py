# SPDX-License-Identifier: GPL-3.0-or-later
"""The one background primitive: answers come on the Qt thread, and only to those who still live."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any

from PySide6.QtCore import QObject
from shiboken6 import Shiboken

from observer_app.errors import Unreachable
from observer_app.ui.tasks import Unheard, on_qt_thread, run, watch


def test_the_answer_comes_on_the_qt_thread(qtbot: Any) -> None:
    owner, heard, threads = QObject(), [], []

    def work() -> int:
        threads.append(threading.current_thread())
        return 42

    run(work, owner).then(lambda value: heard.append((value, threading.current_thread())))
    assert not heard  # never before `run` has returned
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [(42, threading.main_thread())]
    assert threads[0] is not threading.main_thread()


def test_an_error_of_ours_goes_to_or_else(qtbot: Any) -> None:
    owner, heard = QObject(), []

    def work() -> None:
        raise Unreachable("The centre does not answer.")

    run(work, owner).or_else(heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    assert str(heard[0]) == "The centre does not answer."


def test_an_error_nobody_hears_reaches_the_windows_line(qtbot: Any) -> None:
    owner, heard = QObject(), []
    Unheard.tell = heard.append
    try:
        future: Future[None] = Future()
        watch(future, owner)
        future.set_exception(Unreachable("No answer."))
        qtbot.waitUntil(lambda: bool(heard))
    finally:
        Unheard.tell = None


def test_a_defect_is_raised_and_not_swallowed(qtbot: Any) -> None:
    owner = QObject()

    def work() -> None:
        raise KeyError("ours")

    with qtbot.capture_exceptions() as raised:
        run(work, owner).then(lambda _: None)
        qtbot.waitUntil(lambda: bool(raised))
    assert raised[0][0] is KeyError


def test_an_owner_that_is_gone_hears_nothing(qtbot: Any) -> None:
    gone, stays, heard = QObject(), QObject(), []
    first: Future[int] = Future()
    watch(first, gone).then(lambda _: heard.append("gone"))
    Shiboken.delete(gone)
    first.set_result(1)
    on_qt_thread(lambda: heard.append("stays"), stays)
    qtbot.waitUntil(lambda: "stays" in heard)
    assert heard == ["stays"]
