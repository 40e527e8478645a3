# SPDX-License-Identifier: GPL-3.0-or-later
"""A real sealed recording of two parts with a gap, made once; the number in each picture is the witness."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from observer_app.capture.made_clip import make_clip
from observer_app.capture.made_recording import make_recording
from observer_app.media.opened import Recording, open_recording

KEY = bytes(range(32))
RECORDING = "0123456789abcdef0123456789abcdef"
FPS = 30


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """0 to 4 s and 6 to 9 s of a talk, 640 x 360."""
    clip = make_clip(tmp_path_factory.mktemp("clip") / "talk.mp4", 10, fps=FPS, size=(640, 360))
    folder = tmp_path_factory.mktemp("sealed") / RECORDING
    make_recording(clip, folder, KEY, RECORDING, [(0.0, 4.0), (6.0, 9.0)], origin_ns=5_000_000_000_000)
    return folder


@pytest.fixture
def recording(sealed: Path) -> Iterator[Recording]:
    """Opened; it is its own PicturePort."""
    with open_recording(sealed, KEY) as opened:
        yield opened
