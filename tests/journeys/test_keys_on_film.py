# SPDX-License-Identifier: GPL-3.0-or-later
"""A key in the interview and the picture Replay shows for it: the very one the network camera was sending then.

Nothing on the way is stood in for: an RTSP server that writes down when it sends which picture, the recorder's copy of
it, a window on a screen of its own, keys of the X server, the assessor's store, and the place and picture as Replay
finds them.
"""

from __future__ import annotations

import random
import sys
from contextlib import closing
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest

from observer_app.capture.drawing import read_frame_number
from observer_app.capture.made_clip import make_clip
from observer_app.domain.events import Event, Kind
from observer_app.domain.moment import Moment, TimeSource
from observer_app.media.opened import Recording
from observer_app.workflows.film import Film
from observer_app.workflows.recording import CameraSettings
from tests.pages.room import Room
from tests.pages.sample_machine import ASSESSOR
from tests.pages.window_process import Seen, WindowProcess
from tests.servers.network_cameras import Sent, network_cameras
from tests.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="the screen of its own and its keyboard are X's"),
]

FPS, FILM_S, KEYS, EVERY_FLAG, EVERY_NOTE = 30, 240, 220, 7, 11
Pressed = tuple[str, int]  # what was pressed, and when (monotonic ns)


class Interviewer:
    """Presses keys at uneven moments, each once what the one before did is saved and to be seen."""

    def __init__(self, window: WindowProcess, log: Path) -> None:
        self.window, self.log = window, log
        self.dice, self.pressed = random.Random(5), list[Pressed]()
        self.values = cycle([2, 5, 3, 6, 4])

    def sent(self) -> int:
        return self.log.read_bytes().count(b"\n")

    def work(self, keys: int) -> None:
        for number in range(1, keys + 1):
            later = self.sent() + self.dice.randrange(1, 5)
            until(lambda later=later: self.sent() >= later, "the next pictures")  # type: ignore[misc]
            if number % EVERY_NOTE == 0:
                self.note()
            elif number % EVERY_FLAG == 0:
                self.flag()
            else:
                self.rate(next(self.values))

    def press(self, key: str) -> None:
        self.pressed.append((key, self.window.screen.press(key)))

    def rate(self, value: int) -> None:
        if self.dice.random() < 0.2:
            before = self.window.live()["current"]
            self.window.screen.press("Down" if before == 1 else "Up")
            row = self.window.live(lambda live: live["current"] != before)["current"]
        else:
            row = self.window.live()["current"]
        self.press(str(value))
        self.window.live(lambda live: live["rows"].get(str(row)) == [value, "saved"], f"{value} saved in row {row}")

    def flag(self) -> None:
        before = flags(self.window.live())
        self.press("f")
        self.window.live(lambda live: flags(live) == before + 1 and live["saved"], "the flag")

    def note(self) -> None:
        before = len(self.window.live()["notes"])
        self.press("n")
        self.window.until(lambda seen: "note" in seen["focus"].lower(), "the note's line")
        self.window.screen.type("listens")
        self.window.screen.press("Return")
        self.window.live(lambda live: len(live["notes"]) == before + 1 and live["saved"], "the note")


def flags(live: Seen) -> int:
    return [kind for kind, _, _ in live["marks"]].count(str(Kind.FLAGGED))


def moment_of(event: Event) -> tuple[str, Moment]:
    """(the key it came from, its moment). A note's is when its line was opened."""
    if event.kind == Kind.NOTE_WRITTEN:
        return "n", replace(event.at, monotonic_us=event.body["began_us"])
    return ("f" if event.kind == Kind.FLAGGED else str(event.body["value"])), event.at


def shown(film: Recording, moments: list[Moment]) -> list[int]:
    """The number in the picture Replay shows for each moment."""
    found = []
    whole = Film([film])
    for at in moments:
        place = whole.position_ms(at)
        assert place is not None
        found.append(read_frame_number(film.frames.frame_at(place).rgb))
    return found


def test_real_keys_land_on_the_picture_then_being_sent(room: Room, tmp_path: Path) -> None:
    log = tmp_path / "sent.log"
    talk = make_clip(tmp_path / "talk.mp4", FILM_S, fps=FPS, size=(640, 360))
    with network_cameras(talk) as serve:
        address, _ = serve("aac", "", "0", str(log))
        room.machine.camera(CameraSettings(address))
        window = room.open().sign_in(ASSESSOR).into_the_simulation()
        recorder = room.recorder()
        until(lambda: recorder.status().seconds > 1, "a second of film")
        interviewer = Interviewer(window, log)
        interviewer.work(KEYS)
        until(lambda: recorder.status().seconds > 5, "the last picture on the disk")
        recorder.stop()
        observation = window.live()["observation"]
        window.kill()
    sent = Sent(log, FPS)
    film, events = room.film(observation)
    made = [moment_of(e) for e in events if e.kind in (Kind.RATED, Kind.FLAGGED, Kind.NOTE_WRITTEN)]
    assert [key for key, _ in made] == [key for key, _ in interviewer.pressed] and len(made) == KEYS
    assert {at.source for key, at in made if key != "n"} == {TimeSource.KEY}  # a note's is that of its last key
    with closing(film):
        numbers = shown(film, [at for _, at in made])
    then = [sent.then(ns) for _, ns in interviewer.pressed]
    away = [number - right for number, (right, _) in zip(numbers, then, strict=True)]
    late = [since for _, since in then]
    stamps = [
        abs(at.monotonic_us - ns / 1000) / 1000 for (_, at), (_, ns) in zip(made, interviewer.pressed, strict=True)
    ]
    print(f"{away.count(0)} of {KEYS} exact, {away.count(-1)} one early, {away.count(1)} one late; keys' times off by "
          f"{sum(stamps) / KEYS:.2f} ms, at most {max(stamps):.2f}")  # fmt: skip
    assert all(
        any(low <= ms < low + 11 for ms in late) for low in (0, 11, 22)
    )  # keys came all through a picture's time
    assert max(map(abs, away)) <= 1
    assert away.count(0) >= 0.95 * KEYS
