# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes out of the loudspeaker when a recording is played: the pitch that was in the room, at every speed.

The film's sound is three tones one after the other. Played twice as fast without keeping the pitch each would be heard
an octave higher.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from observer_app.capture.made_clip import make_clip
from observer_app.capture.made_recording import make_recording
from tests.benchmarks.films import with_tones
from tests.servers.sound_server import RATE, loudspeaker
from tests.ui.moderate.conftest import FPS, KEY, RECORDING

TONES = ((8.0, 440), (1.5, 550), (1.5, 660))  # the sound server needs a while before it plays evenly
PIECE_S, LEAD_S = 0.05, 3.0


@pytest.fixture(scope="module")
def toned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed recording with the tones for its sound."""
    folder = tmp_path_factory.mktemp("toned")
    seconds = sum(length for length, _ in TONES)
    clip = make_clip(folder / "talk.mp4", seconds, fps=FPS, size=(640, 360))
    film = with_tones(clip, folder / "toned.mp4", TONES)
    make_recording(film, folder / RECORDING, KEY, RECORDING, [(0.0, seconds)], origin_ns=5_000_000_000_000)
    return folder / RECORDING


def pitches(heard: NDArray[np.float32]) -> list[int]:
    """The loudest frequency (Hz) of each piece, 0 where it is silent."""
    length = round(PIECE_S * RATE)
    pieces = heard[: len(heard) // length * length].reshape(-1, length)
    heights = np.abs(np.fft.rfft(pieces * np.hanning(length), 8 * length)).argmax(axis=1) * RATE / (8 * length)
    return [round(hz) if loud > 0.05 else 0 for hz, loud in zip(heights, np.abs(pieces).max(axis=1), strict=True)]


def tone_of(hz: int) -> int:
    """The tone of the film a pitch is, -1 where it is none of them."""
    return next((tone for _, tone in TONES if abs(hz - tone) <= 0.02 * tone), -1 if hz else 0)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.5, 1.5, 2.0])
def test_the_pitch_is_kept_at_every_speed(toned: Path, tmp_path: Path, rate: float) -> None:
    from_ms = round((TONES[0][0] - LEAD_S * rate) * 1000)
    with loudspeaker(tmp_path) as speaker:
        command = [sys.executable, "-m", "tests.ui.moderate.played_aloud", str(toned), KEY.hex()]
        played = subprocess.run([*command, str(from_ms), str(rate)], env=speaker.environment, capture_output=True,
                                text=True, timeout=60, check=False)  # fmt: skip
        assert played.returncode == 0, played.stderr
        heard = pitches(speaker.heard())
    runs = [(tone, len(list(run)) * PIECE_S) for tone, run in groupby(map(tone_of, heard))]
    assert all(seconds <= 2 * PIECE_S for tone, seconds in runs if tone == -1), runs  # where one gives way to the next
    tones = [tone for tone, _ in groupby(tone for tone, _ in runs if tone > 0)]
    assert tones == [440, 550, 660], runs
    middle = sum(seconds for tone, seconds in runs if tone == 550)
    assert middle == pytest.approx(TONES[1][0] / rate, abs=0.16), runs
