# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a picture is noticed and a good one is left in peace."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from observer_app.capture.health import HEALTH_SIZE, PictureHealth, room_for_s

Grey = NDArray[np.uint8]


@pytest.fixture(scope="module")
def scene(clip: Path) -> list[Grey]:
    """Twelve pictures of the film, a second apart, grey and small."""
    with av.open(str(clip)) as film:
        frames = [f for i, f in enumerate(film.decode(video=0)) if i % 30 == 0][:12]
    return [f.reformat(width=HEALTH_SIZE[0], height=HEALTH_SIZE[1], format="gray").to_ndarray() for f in frames]


def codes(pictures: list[Grey], *, size: tuple[int, int] = (1280, 720), level: float = 0.1) -> list[str]:
    health = PictureHealth(sound=True)
    notes = [health.look(p, *size, level, second * 1000) for second, p in enumerate(pictures)][-1]
    assert all(n.message.endswith(".") and n.advice.endswith(".") for n in notes)
    return [n.code for n in notes]


def test_a_good_picture_with_sound_has_nothing_to_say(scene: list[Grey]) -> None:
    assert codes(scene) == []


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda p: p // 20, "dark"),
        (lambda p: np.full_like(p, 120), "covered"),
        (lambda p: np.repeat(np.repeat(p[::20, ::20], 20, 0), 20, 1) // 40 + 90 + np.arange(320) // 16, "blurred"),
    ],
)
def test_a_spoiled_picture_is_named(scene: list[Grey], spoil: object, code: str) -> None:
    assert callable(spoil)
    assert codes([spoil(p).astype(np.uint8) for p in scene[:2]]) == [code]


def test_a_picture_that_stands_still_is_frozen_only_after_some_seconds(scene: list[Grey]) -> None:
    assert codes([scene[0]] * 3) == []
    assert codes([scene[0]] * 4) == ["frozen"]


def test_shape_and_silence(scene: list[Grey]) -> None:
    assert codes(scene, size=(720, 1280)) == ["upright"]
    assert codes(scene, size=(320, 180)) == ["small"]
    assert codes(scene, level=0.0005) == ["silent"]  # a silent room: people may have fallen silent
    assert codes(scene[:10], level=0.0005) == []
    assert codes(scene[:4], level=0.0) == ["silent"]  # nothing at all: the microphone is gone
    assert codes(scene[:3], level=0.0) == []


def test_room_is_counted_in_seconds(tmp_path: Path) -> None:
    assert room_for_s(tmp_path, 1) > room_for_s(tmp_path) > 0
