# SPDX-License-Identifier: GPL-3.0-or-later
"""The manager at a desk with the day of the pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.pages.driving import Driver
from tests.simulators.desk_centre import DeskCentre, ManagerDesk


@pytest.fixture
def centre() -> DeskCentre:
    return DeskCentre()


@pytest.fixture
def manager(open_window: Callable[..., Driver], centre: DeskCentre) -> Callable[..., Driver]:
    """`manager(**look)` -> Driver at the day board."""

    def sign_in(**look: Any) -> Driver:
        desk = ManagerDesk(centre=centre)
        driver = open_window(desk, **look)
        driver.window.sign_in(desk)  # type: ignore[arg-type]
        return driver

    return sign_in
