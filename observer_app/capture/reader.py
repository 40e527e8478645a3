# SPDX-License-Identifier: GPL-3.0-or-later
"""A source read in a thread of its own into a queue of about two seconds; the source is never held up."""

from __future__ import annotations

import queue
import sys
import threading
import time
import traceback
from collections import deque

from observer_app.capture.items import CodedPicture, FrameSource, Item, Missing, Picture, SourceShape
from observer_app.errors import CameraMissing, ObserverError

__all__ = ["SourceReader", "note_failure"]

_QUEUE_S = 2.5
_SOUNDS_PER_S = 50
_FIRST_PICTURE_S, _NO_PICTURE_S = 15.0, 3.5
_LEAVE_S = 12.0
_MANY, _LATELY_S = 10, 5.0  # pictures dropped, within seconds
MISSING_NS = 1_500_000_000
"""So long without a picture is a gap of the recording. What is shorter is counted in `dropped`."""
_TELLING = (Picture, CodedPicture, Missing)
_GATHER_S = 0.1  # what is only copied is taken up ten times a second: waking for each packet costs more than copying it


def note_failure(what: str, error: Exception) -> None:
    """Into the recorder's log: where something failed that should not have. Its own words may hold an address with its
    password, so they are left out."""
    places = "".join(traceback.format_tb(error.__traceback__))
    print(f"The {what} failed with {type(error).__name__}:\n{places}", file=sys.stderr, flush=True)


class SourceReader(threading.Thread):
    """Reads an opened source until it ends or `finish`.

    `dropped`: pictures that found the queue full; `missing_from_ns`: while they do, when the last one came that did
    not, else 0; `fault`: why a live source ended, once `next` has given None.
    """

    def __init__(self, source: FrameSource, shape: SourceShape) -> None:
        super().__init__(name="source", daemon=True)
        self.dropped = 0
        self.missing_from_ns = 0
        self._kept_ns = 0
        self._held: list[Item] = []  # sound that came while pictures are missing: nobody knows yet for how long
        self._lost_at: deque[float] = deque(maxlen=_MANY)
        self.fault: ObserverError | None = None
        self._source = source
        self._finish = threading.Event()
        # A SimpleQueue is waited for in C: the other kind costs as much as copying a camera's stream.
        self._queue: queue.SimpleQueue[Item | Missing | None] = queue.SimpleQueue()
        self._gather_s = _GATHER_S if shape.picture_template is not None else 0.0
        self._room = int(_QUEUE_S * (shape.fps + _SOUNDS_PER_S))
        self._wait_for_key = False
        self._ended = False
        self._patience_s = _FIRST_PICTURE_S
        self._seen_at = time.monotonic()

    def run(self) -> None:
        """Takes what the source gives until it ends or is told to; a fault of the source is kept in `fault`."""
        try:
            for item in self._source.items(self._finish):
                self._put(item)
        except ObserverError as fault:
            self.fault = fault
        except Exception as error:  # noqa: BLE001 - a driver's or a library's own: a lost camera, told as any other
            note_failure("camera", error)
            self.fault = CameraMissing(
                "The camera has failed.", advice="Check its cable; the recording goes on as soon as it is back."
            )
        finally:
            self._queue.put(None)  # first: taking leave of a silent network camera takes seconds
            self._source.close()

    def _put(self, item: Item) -> None:
        if isinstance(item, Picture | CodedPicture):
            self._seen_at, self._patience_s = time.monotonic(), _NO_PICTURE_S
        if not isinstance(item, Picture | CodedPicture):
            if self._queue.qsize() + len(self._held) < self._room:
                (self._held.append if self.missing_from_ns else self._queue.put)(item)
        elif self._queue.qsize() < self._room and not (self._wait_for_key and not _key(item)):
            if self.missing_from_ns and item.arrived_ns - self.missing_from_ns > MISSING_NS:
                self._queue.put(Missing())
                self._held.clear()  # it would make the segment last to the end of the gap
            for sound in self._held:
                self._queue.put(sound)
            self._held.clear()
            self._wait_for_key, self._kept_ns, self.missing_from_ns = False, item.arrived_ns, 0
            self._queue.put(item)
        else:
            self.dropped += 1
            self._lost_at.append(time.monotonic())
            self.missing_from_ns = self._kept_ns
            # Copied pictures build on each other: one left out spoils all up to the next key frame.
            self._wait_for_key = isinstance(item, CodedPicture)

    def next(self, stop: threading.Event) -> Item | Missing | None:
        """The next item, `Missing` before a picture that came after a gap; None when the source has ended, gives no
        picture any more, or `stop` is set."""
        if self._gather_s and self._queue.empty():
            stop.wait(self._gather_s)
        while not stop.is_set() and not self._ended:
            try:
                item = self._queue.get(timeout=0.2)
            except queue.Empty:
                self._ended = self._hangs()
                continue
            self._ended = item is None
            if self._ended or isinstance(item, _TELLING) or not self._hangs():
                return item
            self._ended = True
        return None

    @property
    def losing(self) -> bool:
        """Whether so many pictures have been dropped lately that somebody should know."""
        return len(self._lost_at) == _MANY and time.monotonic() - self._lost_at[0] < _LATELY_S

    def _hangs(self) -> bool:
        """A camera that hangs neither ends nor fails: its driver waits, for ever or for far too long. Its sound may go
        on meanwhile."""
        hangs = self._source.live and time.monotonic() - self._seen_at > self._patience_s
        if hangs:
            self.fault = CameraMissing(
                "The camera has stopped giving a picture.",
                advice="Check its cable; the recording goes on as soon as it is back.",
            )
        return hangs

    def finish(self) -> None:
        """Stop reading and wait until the source is closed; one that never returns is left to itself."""
        self._finish.set()
        self.join(_LEAVE_S)


def _key(picture: Picture | CodedPicture) -> bool:
    return isinstance(picture, Picture) or picture.key
