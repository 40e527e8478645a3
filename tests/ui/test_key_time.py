# SPDX-License-Identifier: GPL-3.0-or-later
"""A key's moment is the key's own, not its handler's."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from observer_app.domain.moment import Moment, TimeSource
from observer_app.ui.key_time import KeyClock


class Clock:
    def __init__(self, ms: int) -> None:
        self.us = ms * 1000

    def now(self) -> Moment:
        return Moment(self.us, "b" * 32, 1_700_000_000_000 + self.us // 1000)


def key(stamp: int) -> QKeyEvent:
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_4, Qt.KeyboardModifier.NoModifier, "4")
    event.setTimestamp(stamp)
    return event


def test_a_key_on_the_monotonic_clock_keeps_its_own_time() -> None:
    clock = Clock(100_300)
    moment = KeyClock(clock).moment(key(100_000))
    assert (moment.monotonic_us, moment.source) == (100_000_000, TimeSource.KEY)
    assert moment.wall_ms == clock.now().wall_ms - 300


def test_the_32_bit_clock_may_wrap() -> None:
    clock = Clock((1 << 32) + 500)
    assert KeyClock(clock).moment(key((1 << 32) - 100)).monotonic_us == ((1 << 32) - 100) * 1000
    assert KeyClock(clock).moment(key(200)).monotonic_us == ((1 << 32) + 200) * 1000


def test_another_start_is_learned_from_the_quickest_key() -> None:
    clock = Clock(5_000_000)
    keys = KeyClock(clock)
    keys.moment(key(70_040))  # handled 40 ms late, not known yet
    clock.us = 5_001_000 * 1000
    keys.moment(key(71_080))  # handled at once: the offset is 4,929,920
    clock.us = 5_002_300 * 1000
    late = keys.moment(key(72_080))
    assert late.source is TimeSource.KEY
    assert late.monotonic_us == 5_002_000 * 1000


@pytest.mark.parametrize("stamp", [0])
def test_a_key_without_a_time_gets_its_handlers(stamp: int) -> None:
    clock = Clock(9_000)
    moment = KeyClock(clock).moment(key(stamp))
    assert (moment.monotonic_us, moment.source) == (9_000_000, TimeSource.HANDLER)


def test_a_time_too_old_is_not_believed_and_a_new_start_is() -> None:
    clock = Clock(5_000_000)
    keys = KeyClock(clock)
    keys.moment(key(70_000))
    sources = [keys.moment(key(30_000)).source for _ in range(5)]
    assert sources[:3] == [TimeSource.HANDLER] * 3
    assert sources[3] is TimeSource.KEY


def test_a_button_has_its_handlers_time() -> None:
    assert KeyClock(Clock(1)).pressed().source is TimeSource.HANDLER
