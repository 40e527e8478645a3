# SPDX-License-Identifier: GPL-3.0-or-later
"""A clock that goes only when told to, and a recorder that does only what a test makes it do."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace

from observer_app.domain.moment import Moment, TimeSource
from observer_app.errors import ConsentMissing
from observer_app.workflows.recording import GapSeen, Order, Seen


@dataclass
class SteppedClock:
    """Implements the port `Clock`."""

    moment: Moment

    def now(self) -> Moment:
        return self.moment

    def go(self, seconds: float) -> Moment:
        """Later by so much; the new moment, as a key's."""
        us = round(seconds * 1_000_000)
        self.moment = replace(
            self.moment, monotonic_us=self.moment.monotonic_us + us, wall_ms=self.moment.wall_ms + us // 1000
        )
        return replace(self.moment, source=TimeSource.KEY)

    def restart_machine(self, seconds: float) -> Moment:
        """Another boot, that much later by the wall clock."""
        wall = self.moment.wall_ms + round(seconds * 1000)
        self.moment = Moment(5_000_000, "c" * 32, wall)
        return self.moment


class SimulatedRecorder:
    """Implements `RecorderPort`; a test says what the camera does."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.latency_ms = 0
        self.stops = 0
        self.left = 0
        self.state = Seen("off", "Not recording", "Sound off", 0.0)
        self._on_gap: Callable[[GapSeen], None] = lambda gap: None
        self._on_change: Callable[[], None] = lambda: None

    def start(self, order: Order, on_gap: Callable[[GapSeen], None], on_change: Callable[[], None]) -> None:
        if not order.consent:
            raise ConsentMissing("no consent")
        self.orders.append(order)
        self._on_gap, self._on_change = on_gap, on_change
        self.state = Seen("recording", "Recording", "Sound good", 0.4)

    def gap(self, from_us: int, to_us: int, cause: str = "The camera was unplugged.") -> None:
        """The camera is gone (to_us 0) or back."""
        self.state = Seen("lost", f"Not recording: {cause}", "Sound off", 0.0) if not to_us else self.state
        if to_us:
            self.state = Seen("recording", "Recording", "Sound good", 0.4)
        self._on_gap(GapSeen(self.orders[-1].recording, from_us, to_us, cause))
        self._on_change()

    def seen(self) -> Seen:
        return self.state

    def picture(self) -> bytes:
        return b"\xff\xd8picture" if self.state.state == "recording" else b""

    def stop(self, recording: str = "") -> Future[None]:
        self.stops += 1
        self.state = Seen("off", "Not recording", "Sound off", 0.0)
        return _done()

    def leave(self) -> Future[None]:
        self.left += 1
        return _done()


def _done() -> Future[None]:
    future: Future[None] = Future()
    future.set_result(None)
    return future
