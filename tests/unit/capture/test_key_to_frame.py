# SPDX-License-Identifier: GPL-3.0-or-later
"""A moment of the machine's clock lies on the very picture a network camera was sending then.

The moments are computed ones; real keys through a real window are `tests/journeys/test_keys_on_film.py`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from observer_app.capture.client import RecorderClient
from observer_app.capture.clock import SystemClock
from observer_app.capture.config import RecorderConfig
from observer_app.capture.drawing import read_frame_number
from observer_app.domain.moment import Moment
from observer_app.media.opened import open_recording
from observer_app.media.timeline import Position
from tests.servers.network_cameras import Sent
from tests.unit.capture.conftest import FPS, KEY
from tests.unit.capture.test_rtsp import serve as serve  # the fixture
from tests.waiting import until

Start = Callable[[RecorderConfig], RecorderClient]
Configure = Callable[..., RecorderConfig]

KEYS = 240
SETTLED_S = 1.0


@pytest.mark.slow
def test_keys_land_on_the_picture_then_being_sent(
    config: Configure, started: Start, serve: Callable[..., tuple[str, object]], tmp_path: Path
) -> None:
    address, _ = serve("aac", "", "0", str(tmp_path / "sent.log"))
    told = config(source=address)
    client = started(told)
    until(lambda: client.status().seconds >= 12)
    boot = SystemClock().boot_id()
    client.stop()
    sent = Sent(tmp_path / "sent.log", FPS)
    chance, away = random.Random(3), []
    with open_recording(told.folder, KEY) as recording:
        opening = recording.indexes[0].opening
        first_ns = opening.started_monotonic_ns + round(SETTLED_S * 1e9)
        last_ns = opening.started_monotonic_ns + recording.duration_ms * 1_000_000 - 100_000_000
        for _ in range(KEYS):
            key = Moment(chance.randrange(first_ns, last_ns) // 1000, boot, 0)
            place = recording.timeline.locate(key.boot_id, key.monotonic_us * 1000)
            assert isinstance(place, Position)
            shown = read_frame_number(recording.frames.frame_at(place.recording_ms).rgb)
            away.append(shown - sent.then(key.monotonic_us * 1000)[0])
    assert max(map(abs, away)) <= 1
    assert away.count(0) >= 0.95 * KEYS, f"{away.count(0)} of {KEYS} exact"
    print(f"{away.count(0)} of {KEYS} exact, {away.count(-1)} one early, {away.count(1)} one late")
