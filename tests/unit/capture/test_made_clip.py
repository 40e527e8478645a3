# SPDX-License-Identifier: GPL-3.0-or-later
"""A made clip carries its numbers through any coding and speaks."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer_app.capture.drawing import number_blocks, read_frame_number
from observer_app.capture.made_clip import make_clip
from observer_app.capture.speech import speak
from observer_app.errors import BadInput


@pytest.mark.parametrize(
    ("size", "fps", "name"), [((1280, 720), 25, "a.mp4"), ((640, 360), 30, "b.mkv"), ((256, 144), 10, "c.mp4")]
)
def test_every_frame_says_its_number_also_when_made_small(
    tmp_path: Path, size: tuple[int, int], fps: int, name: str
) -> None:
    path = make_clip(tmp_path / name, 2, fps=fps, size=size)
    with av.open(str(path)) as film:
        for number, frame in enumerate(film.decode(video=0)):
            assert read_frame_number(frame.to_ndarray(format="rgb24")) == number
            small = frame.reformat(width=224, height=126, format="rgb24").to_ndarray()
            assert read_frame_number(small) == number
        assert number == 2 * fps - 1


def test_it_speaks_and_pauses(clip: Path) -> None:
    with av.open(str(clip)) as film:
        sound = np.concatenate([f.to_ndarray().reshape(-1) for f in film.decode(audio=0)])
    loud = np.abs(sound[: len(sound) // 4800 * 4800]).reshape(-1, 4800).max(axis=1)
    assert len(sound) / 48_000 == pytest.approx(20, abs=0.1)
    assert (loud > 0.1).mean() > 0.4 and (loud < 0.01).mean() > 0.03


def test_two_sentences_sound_different_and_last_as_long_as_they_are() -> None:
    short, long = speak("Good morning."), speak("Good morning. Please tell me how the week has been at home.")
    assert 0.3 < len(short) / 48_000 < 3 and len(long) > 2 * len(short)
    assert speak("").size <= 48_000


@given(st.integers(0, 2**24 - 1))
def test_the_strip_tells_every_number_and_a_wrong_block_is_noticed(number: int) -> None:
    blocks = np.array(number_blocks(number))
    picture = np.zeros((144, 256, 3), np.uint8)
    picture[-6:] = np.repeat(blocks, 8)[None, :, None] * 200 + 20
    assert read_frame_number(picture) == number
    picture[-6:, 16:24] = 240 - picture[-6:, 16:24]  # the highest bit
    with pytest.raises(BadInput):
        read_frame_number(picture)


def test_other_pictures_have_no_number() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (360, 640, 3), dtype=np.uint8)
    for picture in (noise, np.zeros((360, 640, 3), np.uint8), np.full((2, 2, 3), 9, np.uint8)):
        with pytest.raises(BadInput):
            read_frame_number(picture)
    with pytest.raises(BadInput):
        make_clip(Path("unused.mp4"), 1, size=(255, 145))
