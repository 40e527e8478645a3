# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of every screen, taken of the real window on the demonstration's own stores.

Each person's window runs in a process of its own, started afresh: Qt wants the first thread of a process, and a frozen
program starts its children this way too.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.sample_day import ensure_sample_day
from observer_app.bootstrap.sample_people import PEOPLE
from observer_app.demo.assessing import correct, review_and_sign
from observer_app.demo.places import Place, Say
from observer_app.errors import EnvironmentFault, ObserverError

if TYPE_CHECKING:
    from observer_app.ui.album import Album

__all__ = ["take_screens"]

_LONGEST_S = 240


def take_screens(out: Path, places: Sequence[Place], records: Sequence[str], say: Say) -> int:
    """Pictures into `out/screens`; how many. Raises EnvironmentFault when a window does not come up."""
    folder = out / "screens"
    manager, room, moderator = places[0], places[1], places[-1]
    sample = out / "stores" / "sample-machine"
    jobs: list[tuple[Callable[..., None], tuple[object, ...]]] = [
        (_first_run, (out / "stores" / "not-set-up", folder)),
        (_assessor, (sample, folder)),
        (_second_person, (sample, folder)),
        (_kept, (room.vault, folder)),
        (_manager, (manager.vault, folder)),
    ]
    if records:
        jobs.append((_moderator, (moderator.vault, folder)))
    for work, values in jobs:
        _in_a_process(work, values)
    count = len(list(folder.glob("*.png")))
    say(f"{count} pictures of the screens taken.")
    return count


def _in_a_process(work: Callable[..., None], values: tuple[object, ...]) -> None:
    context = multiprocessing.get_context("spawn")
    answers = context.SimpleQueue()
    process = context.Process(target=_guarded, args=(work, values, answers), name=work.__name__)
    process.start()
    process.join(_LONGEST_S)
    if process.is_alive():
        process.kill()
        process.join()
        raise EnvironmentFault("Taking the pictures took too long.", advice="Run the demonstration again.")
    trouble = answers.get() if not answers.empty() else ""
    if trouble or process.exitcode:
        raise EnvironmentFault(f"The pictures could not be taken. {trouble}".strip(), advice="Check the installation.")


def _guarded(work: Callable[..., None], values: tuple[object, ...], answers: object) -> None:
    try:
        work(*values)
    except ObserverError as error:
        answers.put(str(error))  # type: ignore[attr-defined]


def _first_run(vault: Path, folder: Path) -> None:
    from observer_app.ui.album import Album

    album = Album(Desktop(vault, MachineClock()), folder)
    album.take("00-first-run")
    album.close()


def _assessor(vault: Path, folder: Path) -> None:
    """A sitting of the sample machine from sign-in to review, by keys; then it is signed, and corrected."""
    from observer_app.ui.album import Album

    clock = MachineClock()
    ensure_sample_day(vault, clock, datetime.now())
    album = Album(Desktop(vault, clock), folder)
    _before_the_first(album)
    sitting = album.next_sitting
    _interview(album)
    album.close()
    session = Desktop(vault, clock).sign_in(PEOPLE[0].name, PEOPLE[0].passphrase)
    try:
        review_and_sign(session, sitting, 3)
        correct(session, sitting)
    finally:
        session.lock()


def _before_the_first(album: Album) -> None:
    from observer_app.ui.album import Key

    album.take("01-sign-in", dark=True)
    album.sign_in(PEOPLE[0].name, PEOPLE[0].passphrase)
    album.take("02-today", dark=True)
    album.show("room")
    album.press(Key.Key_Tab, "rtsp://room-1.example/stream")  # no path of the machine it was taken on
    album.take("02-room")
    album.show("phrases")
    album.take("02-phrases")
    album.show("today")


def _interview(album: Album) -> None:
    from observer_app.ui.album import Key

    album.press(Key.Key_Return)
    album.until(lambda: album.page == "live", "the live page")
    album.take("03-live-who-is-it")
    album.press(Key.Key_Return)
    album.take("04-live-before")
    album.press(Key.Key_Return)
    album.end_phase()
    album.recording()
    for value in (Key.Key_5, Key.Key_4, Key.Key_5, Key.Key_3):
        album.press(value, Key.Key_Down)
        album.settle(0.8)
    album.press(Key.Key_N, "Says who asked for the visit, and why.", Key.Key_Return)
    album.press(Key.Key_F, Key.Key_Up, Key.Key_4)
    album.settle(3.0)
    album.press(Key.Key_N, "Mother: partner comes and goes. Asks when he last stayed")
    album.take("05-live", dark=True)
    album.press(Key.Key_Escape, Key.Key_F1)
    album.take("05-live-keys")
    album.press(Key.Key_F1)
    for _ in range(3):
        album.end_phase()
    album.press(Key.Key_Return)
    album.until(lambda: album.page == "review", "the review page")
    album.take("06-review", dark=True)


def _second_person(vault: Path, folder: Path) -> None:
    """What waits on the sample machine for a second signature."""
    from observer_app.ui.album import Album

    album = Album(Desktop(vault, MachineClock()), folder)
    album.sign_in(PEOPLE[2].name, PEOPLE[2].passphrase)
    album.corrections()
    album.take("07-corrections")
    album.close()


def _kept(vault: Path, folder: Path) -> None:
    """What an assessor finds again after the day, and the pages behind a name."""
    from observer_app.ui.album import Album

    album = Album(Desktop(vault, MachineClock()), folder)
    album.sign_in(PEOPLE[0].name, PEOPLE[0].passphrase)
    album.my_records()
    album.own_pages(PEOPLE[0].passphrase)
    album.close()


def _manager(vault: Path, folder: Path) -> None:
    from observer_app.ui.album import Album

    album = Album(Desktop(vault, MachineClock()), folder)
    album.sign_in(PEOPLE[2].name, PEOPLE[2].passphrase)
    album.take("07-board", dark=True)
    for name, key in (
        ("08-check-in", "centre.check_in"),
        ("09-import", "centre.import"),
        ("10-exports", "centre.exports"),
        ("10-people", "centre.people"),
        ("10-records", "centre.records"),
    ):
        album.show(key)
        album.take(name)
    album.close()


def _moderator(vault: Path, folder: Path) -> None:
    """The work list, a record being marked from its recording, and the comparison of one that is signed."""
    from observer_app.ui.album import Album, Key

    album = Album(Desktop(vault, MachineClock()), folder)
    album.sign_in(PEOPLE[3].name, PEOPLE[3].passphrase)
    album.take("11-work-list")
    places = album.work_places()
    if False in places:
        album.open_work(places.index(False))
        album.press(Key.Key_Right)
        for value in (Key.Key_4, Key.Key_5):
            album.settle(1.0)
            album.press(value, Key.Key_Down, *[Key.Key_Period] * 20)
        album.take("12-replay", dark=True)
        album.shortcut("F1")
        album.take("12-replay-keys")
        album.show("moderate.work")
    if True in places:
        album.open_work(places.index(True))
        album.take("13-compare", dark=True)
    album.close()
