# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: a sample machine for each test, and the real window on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from observer_app.ui.app import build_window
from observer_app.ui.shell import MainWindow
from observer_app.ui.theme import make_theme, use
from tests.pages.driving import Driver
from tests.pages.sample_machine import Machine, make_machine

__all__ = ["OpenMachine", "machine", "machine_once", "open_machine"]

OpenMachine = Callable[[Machine], Driver]
_PATIENCE_MS = 30_000


@pytest.fixture(scope="session")
def machine_once(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Set up once a run; never opened."""
    return make_machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture
def machine(machine_once: Machine, tmp_path: Path) -> Iterator[Machine]:
    """A fresh one for this test, without a central store."""
    fresh = machine_once.copy(tmp_path / "machine")
    yield fresh
    fresh.stop()


@pytest.fixture
def open_machine(qtbot: Any, qapp: Any) -> Iterator[OpenMachine]:
    """`open_machine(machine)` -> Driver of the real window, at the sign-in page."""
    windows: list[MainWindow] = []

    def build(machine: Machine) -> Driver:
        use(make_theme(), qapp)
        window = build_window(machine.desktop())
        windows.append(window)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return Driver(qtbot, window, patience_ms=_PATIENCE_MS)

    yield build
    for window in windows:
        window.close()
        window.deleteLater()
