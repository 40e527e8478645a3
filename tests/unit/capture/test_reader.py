# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue between a source and its encoder: what is kept, what is left out, and that it is said."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from observer_app.capture.items import CodedPicture, CodedSound, Item, Missing, SourceShape
from observer_app.capture.reader import SourceReader
from tests.unit.capture.conftest import until

FRAME_NS = 1_000_000_000 // 30
GOP = 30


class Camera:
    """Gives the next pictures as often as it is told to: coded ones, every thirtieth a whole one, 30 a second by their
    own time."""

    live = True

    def __init__(self) -> None:
        self.number = 0
        self._wanted = threading.Semaphore(0)
        self._given = threading.Semaphore(0)

    def give(self, pictures: int) -> None:
        for _ in range(pictures):
            self._wanted.release()
        for _ in range(pictures):
            assert self._given.acquire(timeout=5)

    def open(self) -> SourceShape:
        return SourceShape(640, 360, 30, False)

    def items(self, stop: threading.Event) -> Iterator[Item]:
        while not stop.is_set():
            if self._wanted.acquire(timeout=0.05):
                ms = self.number * 1000 // 30
                yield CodedPicture(None, ms, ms, self.number % GOP == 0, (self.number + 1) * FRAME_NS)  # type: ignore[arg-type]
                self.number += 1
                self._given.release()

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("missed", "gap"), [(20, False), (100, True)])
def test_after_pictures_nobody_took_it_goes_on_with_a_whole_one_and_a_gap_where_they_were_many(
    missed: int, gap: bool
) -> None:
    camera, stop = Camera(), threading.Event()
    reader = SourceReader(camera, camera.open())
    reader.start()
    try:
        room = reader._room
        camera.give(room)
        assert reader.missing_from_ns == 0 and not reader.losing
        camera.give(missed)
        until(lambda: reader.dropped == missed)
        assert reader.missing_from_ns == room * FRAME_NS and reader.losing
        kept = [reader.next(stop) for _ in range(room)]
        assert [item.pts_ms for item in kept if isinstance(item, CodedPicture)][-1] == (room - 1) * 1000 // 30
        camera.give(GOP + 1)
        after = [reader.next(stop)]
        if gap:
            assert isinstance(after.pop(), Missing)
            after.append(reader.next(stop))
        (first,) = after
        assert isinstance(first, CodedPicture) and first.key and reader.missing_from_ns == 0
    finally:
        reader.finish()


@pytest.mark.parametrize(("missed", "gap"), [(5, False), (100, True)])
def test_sound_that_came_while_pictures_were_missing_stands_before_the_next_one_and_never_before_a_gap(
    missed: int, gap: bool
) -> None:
    """Seen red: written before the gap was known, it made the segment last to the gap's end, and no gap was left on
    the recording's time."""
    camera, stop = Camera(), threading.Event()
    reader = SourceReader(camera, camera.open())
    pictures = camera.items(stop)
    camera._wanted = threading.Semaphore(1000)
    for _ in range(reader._room + missed):
        reader._put(next(pictures))
    while not reader._queue.empty():
        reader._queue.get()
    sound = CodedSound(None, 9_000, None)  # type: ignore[arg-type]
    reader._put(sound)
    assert reader._queue.empty()
    while reader.missing_from_ns:
        reader._put(next(pictures))
    pictures.close()  # type: ignore[attr-defined]
    first, then = reader._queue.get(), reader._queue.get()
    assert isinstance(first, Missing) if gap else first is sound
    assert isinstance(then, CodedPicture) and then.key and reader._queue.empty()
