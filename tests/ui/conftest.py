# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows for tests: opened in a look, driven by keys, closed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from observer_app.ui.app import build_window
from observer_app.ui.shell import MainWindow
from observer_app.ui.theme import make_theme, use
from observer_app.workflows.ports import DesktopPort
from tests.pages.assess import LivePage, SignInPage
from tests.pages.driving import Driver
from tests.simulators.desk import PASSPHRASE, Desk

Open = Callable[..., Driver]


@pytest.fixture
def open_window(qtbot: Any, qapp: Any) -> Iterator[Open]:
    """`open_window(desktop, name="light", factor=1.0, size=(1280, 800))` -> Driver."""
    windows: list[MainWindow] = []

    def build(desktop: DesktopPort, name: str = "light", factor: float = 1.0,
              size: tuple[int, int] = (1280, 800)) -> Driver:  # fmt: skip
        use(make_theme(name, factor), qapp)
        window = build_window(desktop)
        windows.append(window)
        window.resize(*size)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return Driver(qtbot, window)

    yield build
    for window in windows:
        window.close()
        window.deleteLater()
    use(make_theme(), qapp)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def go_live(open_window: Open) -> Callable[..., LivePage]:
    """`go_live(desk, **look)` -> LivePage in the simulation phase, nothing rated."""

    def go(desk: Desk, **look: Any) -> LivePage:
        driver = open_window(desk, **look)
        live = SignInPage(driver).sign_in(PASSPHRASE).open().confirm().start()
        desk.clock.advance(700)
        desk.live.next_phase(desk.clock.now())
        desk.clock.advance(60)
        live.screen.refresh()
        return live

    return go
