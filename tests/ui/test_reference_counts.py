# SPDX-License-Identifier: GPL-3.0-or-later
"""PySide6's calls that return nothing leave the count of references to None where it was.

PySide6 6.12.0 on Python 3.11 drops one at every such call, and the process dies when none is left
(docs/decisions/0005). From Python 3.12 on None is immortal: the count says nothing there, and there
is nothing to lose.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

CALLS = 1000
STRAY = 50  # what the interpreter itself may take or give back meanwhile

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")


def drift(void_call: Callable[[], object]) -> int:
    """By how much `CALLS` calls move the count of references to None; 0 is level."""
    void_call()
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        void_call()
    return sys.getrefcount(None) - before


def test_void_calls_are_level(qapp: QApplication) -> None:
    assert abs(drift(qapp.processEvents)) < STRAY


def test_void_calls_with_arguments_are_level(qapp: QApplication) -> None:
    thing = QObject()
    assert abs(drift(lambda: thing.setObjectName("level"))) < STRAY


def test_a_call_that_drops_a_reference_is_seen() -> None:
    python = ctypes.pythonapi
    python.Py_DecRef.argtypes = python.Py_IncRef.argtypes = [ctypes.py_object]
    for _ in range(2 * CALLS):  # so that None outlives the measurement
        python.Py_IncRef(None)
    moved = drift(lambda: python.Py_DecRef(None))
    for _ in range(CALLS):
        (python.Py_IncRef if moved < -STRAY else python.Py_DecRef)(None)
    assert moved < -CALLS + STRAY
