# SPDX-License-Identifier: GPL-3.0-or-later
"""The real window with a sealed recording open in Replay, in a process of its own: `jumping_window FOLDER KEY ID`.

What to do comes as one line of JSON on standard input: `rated` and `anywhere`, moments in ms.

- `rated`: as many at a time as the panel has rows, each row is rated at one of the moments; once the window has nothing
  more to do, the times of the rows are clicked by the pointer in another order.
- `anywhere`: the timeline is clicked at the moment's place, where no mark stands. What moment a pixel is, the timeline
  says (`at`).

A line of JSON on standard output says for each click how long it took to the end of the paint that drew the frame (s),
which number is to be read in the pixels painted (null: none), and whether the picture had been fetched before the
click (`ready`). The first line is of the opening: from asking for the recording to the end of the paint of its first
frame.
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QEventLoop, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from observer_app.media.opened import open_recording
from observer_app.ui import shell
from observer_app.ui.app import build_window
from observer_app.ui.theme import make_theme, use
from observer_app.workflows.film import Film
from tests.pages.replay import rested
from tests.simulators.desk_centre import ManagerDesk
from tests.simulators.desk_moderate import DeskModerate
from tests.simulators.drawing import number_in

_PATIENCE_S = 60.0
_SIZE = (1280, 800)


class Painted:
    """Knows when the window's paint that holds the newest picture has ended."""

    def __init__(self, app: QApplication) -> None:
        self.app = app
        self.fresh = False
        self.at = 0.0
        event = shell.MainWindow.event
        painted = self

        def watched(window: Any, happened: QEvent) -> bool:
            known = event(window, happened)
            if happened.type() == QEvent.Type.UpdateRequest and painted.fresh:
                painted.fresh, painted.at = False, time.perf_counter()
            return known

        shell.MainWindow.event = watched  # type: ignore[method-assign]

    def came(self, *_: object) -> None:
        self.fresh = True

    def wait(self, began: float) -> float:
        """Seconds from `began` to the end of the next paint with a new picture."""
        self.at = 0.0
        while self.at == 0.0:
            self.app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if time.perf_counter() - began > _PATIENCE_S:
                raise RuntimeError("the picture never came")
        return self.at - began

    def rest(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)


def tell(seconds: float, number: int, **more: object) -> None:
    print(json.dumps({"s": seconds, "number": number, **more}), flush=True)


def main(folder: Path, key: bytes, name: str) -> None:
    app = QApplication([])
    use(make_theme(), app)
    painted = Painted(app)
    desk = DeskModerate()

    def opened() -> Film:
        return Film([open_recording(folder, key, recording=name)])

    desk.replay.pictures = opened  # type: ignore[method-assign, assignment]
    session = ManagerDesk(moderate=desk)
    window = build_window(session)  # type: ignore[arg-type]
    window.resize(*_SIZE)
    window.show()
    window.sign_in(session)  # type: ignore[arg-type]
    painted.rest(0.5)
    page = open_replay(window, desk, painted)
    wanted = json.loads(sys.stdin.readline())
    rows = len(desk.replay.view().rows)
    for first in range(0, len(wanted["rated"]), rows):
        click_ratings(page, desk, painted, wanted["rated"][first : first + rows])
    for moment in wanted["anywhere"]:
        click_timeline(page, painted, moment)
    page.watching.stop()
    painted.rest(0.2)
    window.close()


def open_replay(window: Any, desk: DeskModerate, painted: Painted) -> Any:
    """Opens the record; its page once the first frame is painted and thumbnails and sound are there."""
    from observer_app.ui.player_picture import Picture

    render = Picture.render_picture

    def watched(self: Any, *given: Any) -> None:
        render(self, *given)
        painted.came()

    Picture.render_picture = watched  # type: ignore[method-assign]
    began = time.perf_counter()
    window.front.open(desk.record)
    seconds = painted.wait(began)
    page = window.front
    tell(seconds, number_in(page.watching.picture.grab().toImage()))
    timeline = page.watching.timeline
    while not timeline._thumbs or not timeline._sound:
        painted.rest(0.1)
    painted.rest(1.0)
    return page


def click_ratings(page: Any, desk: DeskModerate, painted: Painted, moments: list[int]) -> None:
    """Rates row by row at the moments, then clicks the rows' times in another order."""
    rows = desk.replay.view().rows[: len(moments)]
    for row, moment in zip(rows, moments, strict=True):
        desk.replay.rate(row.criterion, 3 if row.value == 4 else 4, moment)
    page.look()
    ahead = page.watching.player.frames.ahead
    while not rested(ahead):
        painted.rest(0.05)
    order = list(zip(rows, moments, strict=True))
    random.Random(moments[0]).shuffle(order)
    for row, moment in order:
        painted.rest(0.05)
        _click(page, painted, page.panel.rows[row.criterion].time, None, moment)


def click_timeline(page: Any, painted: Painted, moment: int) -> None:
    """Clicks the timeline's pictures where the moment is."""
    painted.rest(0.05)
    timeline = page.watching.timeline
    place = QPoint(round(timeline.x_of(moment)), timeline.height() // 3)
    _click(page, painted, timeline, place, timeline._moment_at(QPointF(place)))


def _click(page: Any, painted: Painted, widget: Any, place: QPoint | None, at_ms: int) -> None:
    ready = page.watching.player.frames.ahead.get(at_ms) is not None
    began = time.perf_counter()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place or widget.rect().center())
    seconds = painted.wait(began)
    tell(seconds, number_in(page.watching.picture.grab().toImage()), at=at_ms, ready=ready)


if __name__ == "__main__":
    main(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), sys.argv[3])
