# SPDX-License-Identifier: GPL-3.0-or-later
"""A real film to play as a camera, and recorders that never outlive their test."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from observer_app.capture.client import RecorderClient
from observer_app.capture.config import RecorderConfig
from observer_app.capture.made_clip import make_clip
from tests.waiting import until

__all__ = ["until"]

KEY = bytes(range(32))
FPS = 30


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds, 640 x 360, 30 pictures a second, with speech."""
    return make_clip(tmp_path_factory.mktemp("clip") / "talk.mp4", 20, fps=FPS, size=(640, 360))


@pytest.fixture
def config(clip: Path, tmp_path: Path) -> Callable[..., RecorderConfig]:
    """Makes configurations of new recordings of the clip; any field can be set."""

    def make(**fields: Any) -> RecorderConfig:
        recording = uuid.uuid4().hex
        given = {
            "recording": recording,
            "folder": tmp_path / recording,
            "key": KEY,
            "source": str(clip),
            "consent": "consent-7",
            "planned_end_s": 60.0,
        }
        return RecorderConfig(**{**given, **fields})

    return make


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[RecorderConfig], RecorderClient]]:
    """Starts recorders and ends whatever is left of them."""
    clients: list[RecorderClient] = []

    def start(config: RecorderConfig) -> RecorderClient:
        clients.append(RecorderClient.start(config, tmp_path / "state"))
        return clients[-1]

    yield start
    for client in clients:
        client.stop(5)
        client.end_by_force()
        client.close()
