# SPDX-License-Identifier: GPL-3.0-or-later
"""A real film with speech and frame numbers, and real sealed recordings of it, made when first asked for."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from observer_app.capture.made_clip import make_clip
from observer_app.capture.made_recording import make_recording

KEY = bytes(range(32))
RECORDING = "0123456789abcdef0123456789abcdef"
BOOT = "b0" * 16
ORIGIN_NS = 5_000_000_000_000
FPS = 30


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds, 640 x 360, 30 pictures a second, with speech."""
    return make_clip(tmp_path_factory.mktemp("clip") / "talk.mp4", 12, fps=FPS, size=(640, 360))


@pytest.fixture(scope="session")
def _recorded(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded") / RECORDING
    pieces = [(0.0, 4.0), (6.0, 9.0)]
    make_recording(
        clip, folder, KEY, RECORDING, pieces, origin_ns=ORIGIN_NS, origin_wall_ms=1_790_000_000_000, boot_id=BOOT
    )
    return folder


@pytest.fixture
def recorded(_recorded: Path, tmp_path: Path) -> Path:
    """A copy of a closed recording of two segments, 0-4 s and 6-9 s; the test may spoil it."""
    return Path(shutil.copytree(_recorded, tmp_path / RECORDING))


@pytest.fixture
def recorded_again(clip: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Makes another recording (0-4 s) with the same key under another identity."""

    def make(recording: str) -> Path:
        folder = tmp_path / recording
        make_recording(clip, folder, KEY, recording, [(0.0, 4.0)], origin_ns=ORIGIN_NS, boot_id=BOOT)
        return folder

    return make
