# SPDX-License-Identifier: GPL-3.0-or-later
"""A network camera's picture is looked at seldom while its stream shows that it moves, and every second when it does
not: a frozen one is said within four seconds, and so is sound that is gone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
import pytest

from observer_app.capture.health import Stretches
from observer_app.capture.items import CodedPicture
from observer_app.capture.looking import Looker, Stirring
from observer_app.capture.preview import PreviewStore

FPS, WIDE, HIGH = 15, 320, 192
# Of one quality, so that a frozen picture stays exactly the same from key frame to key frame; a coder that keeps to a
# rate takes seconds to settle, in which no two are.
ONE_QUALITY = {
    "libx264": {"qp": "24"},
    "libx265": {"x265-params": "log-level=none:qp=24:bframes=0:keyint=15:min-keyint=15:scenecut=0"},
}
CONSTANT_RATE = {"x264-params": "nal-hrd=cbr:bitrate=1500:vbv-maxrate=1500:vbv-bufsize=300:log-level=none"}


def film(codec: str, moving_s: float, seconds: float, more: dict[str, str], again_s: float = 1e9) -> io.BytesIO:
    """A room with a little noise that freezes after `moving_s` and moves from `again_s` on: a key frame a second, in
    the form cameras send."""
    dice, whole = np.random.default_rng(3), io.BytesIO()
    down, across = np.mgrid[:HIGH, :WIDE]
    room = here = (90 + 40 * np.sin(across / 17) + 30 * np.cos(down / 11)).astype(np.int16)
    with av.open(whole, "w", format="avi" if codec in ("mjpeg", "mpeg4") else "mpegts") as container:
        video: Any = container.add_stream(codec, rate=FPS)
        video.width, video.height, video.pix_fmt = WIDE, HIGH, "yuvj420p" if codec == "mjpeg" else "yuv420p"
        video.codec_context.gop_size, video.codec_context.max_b_frames = FPS, 0
        video.options = {"preset": "ultrafast", "tune": "zerolatency", **more} if more else {}
        for number in range(round(seconds * FPS)):
            if not moving_s * FPS <= number < again_s * FPS:
                here = room + dice.integers(-6, 7, room.shape, dtype=np.int16)
            rows = np.concatenate([here.astype(np.uint8), np.full((HIGH // 2, WIDE), 128, np.uint8)])
            frame = av.VideoFrame.from_ndarray(rows, format="yuv420p").reformat(format=video.pix_fmt)
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    whole.seek(0)
    return whole


def sent(
    codec: str, moving_s: float, seconds: float, coding: dict[str, str] | None = None, again_s: float = 1e9
) -> Iterator[CodedPicture]:
    with av.open(film(codec, moving_s, seconds, coding or ONE_QUALITY.get(codec, {}), again_s)) as camera:
        packets = (p for p in camera.demux(video=0) if p.size)
        for number, packet in enumerate(packets):
            ms = number * 1000 // FPS
            yield CodedPicture(packet, ms, ms, packet.is_keyframe, (ms + 1) * 1_000_000)


def moved(stream: Iterator[CodedPicture]) -> list[bool]:
    """What was told at each key frame after the first."""
    stirring, told = Stirring(), []
    for item in stream:
        stirring.take(item)
        if item.key:
            told.append(stirring.moves)
    return told[1:]


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_moving_picture_is_told_by_its_sizes_and_a_frozen_one_too(codec: str) -> None:
    told = moved(sent(codec, 3, 8))
    assert told[1] and not any(told[4:]), told


def test_what_only_fills_up_the_line_is_no_movement() -> None:
    still = list(sent("libx264", 0, 5, CONSTANT_RATE))
    between = sum(i.packet.size for i in still if not i.key)
    assert between > 2 * sum(i.packet.size for i in still if i.key)  # by its sizes it would move
    assert not any(moved(iter(still)))


@pytest.mark.parametrize("codec", ["mjpeg", "mpeg4"])
def test_of_other_codings_nothing_is_taken_for_movement(codec: str) -> None:
    assert not any(moved(sent(codec, 5, 5)))


def looked(stream: Iterator[CodedPicture], sound_until_s: float) -> tuple[dict[str, int], list[int]]:
    """(when each note was said first, when something was decoded), in milliseconds."""
    looker, said, decoded = Looker(PreviewStore(False), Stretches("b0" * 16), sound=True), {}, []
    decode = looker._decoded

    def watched(item: CodedPicture) -> object:
        frame = decode(item)
        if frame is not None:
            decoded.append(item.pts_ms)
        return frame

    looker._decoded = watched  # type: ignore[method-assign]
    for item in stream:
        looker.hear(0.1 if item.pts_ms < sound_until_s * 1000 else 0.0)
        looker.see(item)
        for note in looker.notes:
            said.setdefault(note.code, item.pts_ms)
    return said, decoded


def test_a_picture_that_moves_is_decoded_once_in_four_seconds() -> None:
    said, decoded = looked(sent("libx264", 15, 15), 15)
    assert not {"frozen", "silent"} & set(said)
    assert len([ms for ms in decoded if ms > 3000]) == 3, decoded


@pytest.mark.parametrize("freezes_s", [6.1, 6.5, 6.9, 8.1])
def test_a_picture_that_freezes_is_said_within_five_seconds(freezes_s: float) -> None:
    said, _ = looked(sent("libx264", freezes_s, freezes_s + 6), 100)
    assert freezes_s * 1000 < said["frozen"] <= (freezes_s + 5) * 1000 - 250  # the window asks four times a second


def test_sound_that_is_gone_is_said_although_nothing_is_decoded() -> None:
    said, _ = looked(sent("libx264", 20, 14), 8.1)
    assert 8100 < said["silent"] <= 12_100


def test_that_a_frozen_picture_moves_again_is_said_as_soon() -> None:
    """How long it stood still goes on record: not until the next picture that would have been looked at anyway."""
    looker, frozen = Looker(PreviewStore(False), stretches := Stretches("b0" * 16), sound=False), set()
    for item in sent("libx264", 4.1, 16, again_s=10.1):
        looker.see(item)
        frozen |= {item.pts_ms for note in looker.notes if note.code == "frozen"}
    assert min(frozen) < 10_100 <= max(frozen) < 12_100
    (row,) = stretches.rows
    assert abs(row.seconds - 6) < 2.1, "looked at once a second"
