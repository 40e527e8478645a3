# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the moments somebody may go to next, fetched before they do.

Which moments those are is known: the marks. Whoever clicks a rating then sees its frame at once, whatever the distance
to the key frame before it (a network camera's may be four seconds, and a hundred pictures, away).

1. What is kept is the very picture a jump would have fetched, in the size it is shown in; another size, and all are
   fetched anew. The picture that stands when a mark is made needs no fetching.
2. Never more than `MOST_BYTES` of pictures. The moments nearest to the one shown come first, the rest stays unfetched.
3. One at a time, with a decoder of its own, never while somebody waits for a picture or a film is playing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from observer_app.errors import ObserverError
from observer_app.ui.tasks import run

__all__ = ["MOST_BYTES", "Ahead"]

MOST_BYTES = 192 << 20  # 128 pictures at 816 x 459, 51 at 1280 x 720

Fit = tuple[int, int] | None
Fetched = tuple[QImage, int]


class Ahead(QObject):
    """`fetch(ms, fit)` gives (picture, pts) from any thread; `free()` says whether nobody waits for a picture now.

    `rested` whenever there is nothing more to be fetched for now.
    """

    rested = Signal()

    def __init__(
        self, fetch: Callable[[int, Fit], Fetched], free: Callable[[], bool], parent: QObject, most: int = MOST_BYTES
    ) -> None:
        super().__init__(parent)
        self._fetch, self._free, self._most = fetch, free, most
        self._fit: Fit = None
        self._wanted: list[int] = []
        self._near = self._each = 0
        self._kept: dict[int, Fetched] = {}
        self._refused: set[int] = set()
        self._shown: Fetched | None = None
        self._held = self._busy = False

    # ---- what is asked ----

    def get(self, at_ms: int) -> Fetched | None:
        """The picture of a moment and its pts, if it is there."""
        return self._kept.get(at_ms)

    def want(self, moments: Sequence[int]) -> None:
        """These are the moments somebody may go to; what is kept of others is let go."""
        self._wanted = list(dict.fromkeys(moments))
        self._kept = {ms: found for ms, found in self._kept.items() if ms in set(self._wanted)}
        if self._shown is not None:
            self.seen(*self._shown, self._shown[1])
        self.go_on()

    def seen(self, picture: QImage, pts: int, asked: int) -> None:
        """A picture that was fetched for somebody, of the right size; it may be one of those wanted."""
        self._shown, self._near = (picture, pts), pts
        for moment in {pts, asked}.intersection(self._wanted):
            self._keep(moment, (picture, pts))

    def set_fit(self, fit: Fit) -> None:
        """In which size pictures are shown from now on."""
        if fit != self._fit:
            self._fit = fit
            self._kept.clear()
            self._shown, self._each = None, 0
            self.go_on()

    def hold(self, held: bool) -> None:
        """Fetches nothing while a film is playing: the machine has other things to do."""
        self._held = held
        self.go_on()

    def stop(self) -> None:
        """Nothing more is wanted, nothing is kept."""
        self._wanted, self._kept, self._shown = [], {}, None
        self._refused.clear()

    @property
    def kept_bytes(self) -> int:
        """Memory of the pictures kept."""
        return sum(picture.sizeInBytes() for picture, _ in self._kept.values())

    # ---- fetching ----

    def go_on(self) -> None:
        """Fetches the next one, if nobody is in its way."""
        if self._busy or self._held or not self._free():
            return
        moment = self._next()
        if moment is None:
            self.rested.emit()
            return
        self._busy = True
        fit = self._fit
        task = run(lambda: self._fetch(moment, fit), self)
        task.then(lambda found: self._fetched(moment, fit, found)).or_else(lambda error: self._failed(moment, error))

    def _by_distance(self) -> list[int]:
        return sorted(self._wanted, key=lambda ms: abs(ms - self._near))

    def _next(self) -> int | None:
        """The nearest moment without a picture, of as many as there is room for."""
        order = [ms for ms in self._by_distance() if ms not in self._refused]
        room = self._most // self._each if self._each else len(order)
        return next((ms for ms in order[:room] if ms not in self._kept), None)

    def _keep(self, moment: int, found: Fetched) -> None:
        """Lets go of the farthest for it."""
        self._kept[moment] = found
        self._each = max(self._each, found[0].sizeInBytes())
        farthest = sorted(self._kept, key=lambda ms: abs(ms - self._near))
        while self._kept and self.kept_bytes > self._most:
            del self._kept[farthest.pop()]

    def _fetched(self, moment: int, fit: Fit, found: Fetched) -> None:
        self._busy = False
        if fit == self._fit and moment in self._wanted:
            self._keep(moment, found)
        self.go_on()

    def _failed(self, moment: int, _error: ObserverError) -> None:
        """Damaged, or not there: who goes there is told then."""
        self._busy = False
        self._refused.add(moment)
        self.go_on()
