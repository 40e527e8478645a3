# SPDX-License-Identifier: GPL-3.0-or-later
"""Exact pictures of an opened recording, fetched off the window's thread, one at a time.

Of several wishes only the newest is fulfilled: who drags along the timeline wants to see where they are now. A picture
comes in the size it is shown in and in the window's own pixels, so that painting it is copying it. What was fetched
ahead (`Ahead`) is shown in the same breath.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from observer_app.errors import ObserverError
from observer_app.ui.player_ahead import Ahead
from observer_app.ui.tasks import run
from observer_app.workflows.ports import PicturePort

__all__ = ["FrameDesk", "SilentPlay", "image_of"]

_SETTLED_MS = 200  # who stands that long may step next: the decoder goes there too


def image_of(width: int, height: int, rgb: bytes) -> QImage:
    """A picture of its own memory from RGB bytes."""
    shown = QImage(rgb, width, height, width * 3, QImage.Format.Format_RGB888)
    return shown.convertToFormat(QImage.Format.Format_RGB32)


class FrameDesk(QObject):
    """`shown(picture, pts ms, ms asked for)`; times are recording time. `fit`: the largest (width, height) in pixels
    that is of use, None for the recording's own."""

    shown = Signal(QImage, int, int)
    failed = Signal(str)

    def __init__(self, pictures: PicturePort, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._segments = pictures.segments()
        self._fit: tuple[int, int] | None = None
        self._lock = threading.Lock()  # a recording's decoder serves one at a time
        self._busy = False
        self._next: Callable[[], int] | None = None
        self._dropped = 0
        self._standing = 0
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLED_MS)
        self._settled.timeout.connect(self._follow)
        self.ahead = Ahead(self._fetch_ahead, lambda: not self._busy, self)

    @property
    def fit(self) -> tuple[int, int] | None:
        """The largest size of use."""
        return self._fit

    @fit.setter
    def fit(self, fit: tuple[int, int] | None) -> None:
        self._fit = fit
        self.ahead.set_fit(fit)

    def show(self, at_ms: int) -> None:
        """The frame of a moment: at once where it was fetched ahead."""
        found = self.ahead.get(at_ms)
        if found is None:
            self._settled.stop()
            self._ask(lambda: at_ms)
            return
        self.forget()
        self._standing = at_ms
        self._settled.start()
        self.ahead.seen(*found, at_ms)
        self.shown.emit(*found, at_ms)

    def _follow(self) -> None:
        """The decoder goes where somebody stands, so that a step from there is a step for it too."""
        if not self._busy:
            self._ask(lambda: self._standing, quietly=True)

    def _fetch_ahead(self, at_ms: int, fit: tuple[int, int] | None) -> tuple[QImage, int]:
        pts, width, height, rgb = self._pictures.frame_ahead(at_ms, fit)
        return image_of(width, height, rgb), pts

    def step(self, at_ms: int, frames: int) -> None:
        """The frame so many after (negative: before) the one at a moment."""
        self._settled.stop()
        self._ask(lambda: self._pictures.step(at_ms, frames))

    def forget(self) -> None:
        """What is still under way shall not be shown any more."""
        self._settled.stop()
        self._next = None
        self._dropped += 1

    @property
    def busy(self) -> bool:
        """Whether a picture is on its way."""
        return self._busy

    def thumbnails(self, count: int, height: int) -> list[QImage]:
        """Evenly spaced small pictures. SLOW."""
        return [image_of(*one) for one in self._pictures.thumbnails(count, height)]

    def still(self, at_ms: int, fit: tuple[int, int] | None = None) -> QImage:
        """The frame of a moment, a null picture where nothing was recorded. SLOW."""
        if self.gap_at(at_ms) is not None:
            return QImage()
        with self._lock:
            _, width, height, rgb = self._pictures.frame(at_ms, fit)
        return image_of(width, height, rgb)

    def gap_at(self, at_ms: int) -> tuple[int, int] | None:
        """(from ms, to ms) of the stretch without a picture a moment falls into; None where there is one."""
        begins = 0
        for start, end in self._segments:
            if at_ms < start:
                return begins, start
            if at_ms < end:
                return None
            begins = end
        return begins, max(begins, at_ms)

    def _ask(self, moment: Callable[[], int], *, quietly: bool = False) -> None:
        if self._busy:
            self._next = moment
            return
        self._busy = True
        dropped, fit = (-1 if quietly else self._dropped), self._fit

        def work() -> tuple[QImage, int, int]:
            with self._lock:
                asked = moment()
                pts, width, height, rgb = self._pictures.frame(asked, fit)
            return image_of(width, height, rgb), pts, asked

        task = run(work, self).then(lambda found: self._show(dropped, fit, *found))
        task.or_else(lambda error: self._fail(dropped, error))

    def _go_on(self) -> None:
        self._busy = False
        if self._next is not None:
            moment, self._next = self._next, None
            self._ask(moment)
        else:
            self.ahead.go_on()

    def _show(self, dropped: int, fit: tuple[int, int] | None, picture: QImage, pts: int, asked: int) -> None:
        if dropped == self._dropped:
            if fit == self._fit:
                self.ahead.seen(picture, pts, asked)
            self.shown.emit(picture, pts, asked)
        self._go_on()

    def _fail(self, dropped: int, error: ObserverError) -> None:
        if dropped >= 0:
            self.failed.emit(str(error))
        self._go_on()


class SilentPlay(QObject):
    """Where nothing can play with sound: pictures at their times, without it. Same words as `StreamPlay`.

    It asks for a picture every 40 ms of the window's time; what comes late is left out, never slowed down.
    """

    due = Signal(int)
    sounds = False

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        from PySide6.QtCore import QElapsedTimer, QTimer

        self._timer, self._since = QTimer(self), QElapsedTimer()
        self._timer.setInterval(40)
        self._timer.timeout.connect(self._tick)
        self._from_ms, self._rate = 0, 1.0

    def start(self, from_ms: int, rate: float) -> None:
        """Runs from a recording time."""
        self._from_ms, self._rate = from_ms, rate
        self._since.start()
        self._timer.start()

    def set_rate(self, rate: float) -> None:
        """Speed."""
        if self._timer.isActive():
            self._from_ms = self.at_ms
            self._since.start()
        self._rate = rate

    def halt(self) -> None:
        """Stops."""
        self._timer.stop()

    @property
    def at_ms(self) -> int:
        """Recording time now."""
        return self._from_ms + round(self._since.elapsed() * self._rate)

    def _tick(self) -> None:
        self.due.emit(self.at_ms)
