# SPDX-License-Identifier: GPL-3.0-or-later
"""The real window with a sealed recording open in Replay, in a process of its own: `jumping_window FOLDER KEY ID`.

The moments come as one line of JSON on standard input, in ms. For each, a rating stands at that moment on the panel at
the right; its time is clicked by the pointer. A line of JSON on standard output says how long it took from the click
to the end of the paint that drew the frame (s) and which number is to be read in the pixels painted (null: none).
The first line is of the opening: from asking for the recording to the end of the paint of its first frame.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from observer_app.capture.drawing import read_frame_number
from observer_app.errors import BadInput
from observer_app.media.opened import open_recording
from observer_app.ui import shell
from observer_app.ui.app import build_window
from observer_app.ui.theme import make_theme, use
from observer_app.workflows.film import Film
from tests.simulators.desk_centre import ManagerDesk
from tests.simulators.desk_moderate import DeskModerate

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


def number_in(picture: QImage) -> int | None:
    rgb = picture.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    try:
        return read_frame_number(rows[:, : rgb.width() * 3].reshape(rgb.height(), rgb.width(), 3))
    except BadInput:
        return None


def tell(seconds: float, number: int | None) -> None:
    print(json.dumps({"s": seconds, "number": number}), flush=True)


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
    for moment in json.loads(sys.stdin.readline()):
        jump(page, desk, painted, moment)
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


def jump(page: Any, desk: DeskModerate, painted: Painted, moment: int) -> None:
    """Puts a rating at the moment, looks elsewhere, then clicks the rating's time."""
    row = desk.replay.view().rows[0]
    desk.replay.rate(row.criterion, 3 if row.value == 4 else 4, moment)
    page._current = desk.replay.view().rows[1].criterion
    page.look()
    painted.rest(0.05)
    link = page.panel.rows[row.criterion].time
    began = time.perf_counter()
    QTest.mouseClick(link, Qt.MouseButton.LeftButton)
    seconds = painted.wait(began)
    tell(seconds, number_in(page.watching.picture.grab().toImage()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), sys.argv[3])
