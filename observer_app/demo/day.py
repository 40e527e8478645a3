# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration's day, from empty folder to signed manifest.

1. a programme, a central store, four machines   2. the day's bookings, check-in, rosters out to the rooms
3. interviews recorded, rated, signed            4. results, then recordings, to the central store; an amendment
5. a moderator replays, marks, compares, decides 6. the manager reconciles, closes and exports the day
7. recordings and receipts copied out            8. pictures of every screen
9. a signed manifest of every file, and `observer verify` over it
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.enrolling import sample_centre
from observer_app.bootstrap.machine_files import library_for
from observer_app.bootstrap.sample_day import SAMPLE_CENTRE
from observer_app.bootstrap.sample_people import PEOPLE, sample_sittings, write_sample_day
from observer_app.capture.made_clip import make_clip
from observer_app.central.serve import RunningCentral, start_in_background
from observer_app.demo.assessing import amend, assess_day
from observer_app.demo.managing import book_the_day, close_and_export, hand_to_moderator, name_machines
from observer_app.demo.moderating import moderate
from observer_app.demo.places import Place, Say
from observer_app.demo.recordings import copy_out
from observer_app.demo.screens import take_screens
from observer_app.demo.sealing import seal_the_folder
from observer_app.domain.scenario import Scenario
from observer_app.domain.sitting import Sitting
from observer_app.errors import BadInput, EnvironmentFault
from observer_app.workflows.enrolment import Centre

__all__ = ["play"]

_MOST_SECONDS = 7200
_CANDIDATES = 4
_SCENARIOS = ("first-home-visit", "missing-evenings")


@dataclass
class _Day:
    """What the steps hand to each other."""

    out: Path
    seconds: int
    say: Say
    clock: MachineClock = field(default_factory=MachineClock)
    began: float = field(default_factory=time.monotonic)


def play(out: Path, seconds: int, *, as_json: bool) -> int:
    """Plays the day; 0 when `observer verify` finds everything well, 1 otherwise."""
    if not 5 <= seconds <= _MOST_SECONDS:
        raise BadInput(f"{seconds} seconds a sitting cannot be played.", advice=f"Choose 5 to {_MOST_SECONDS}.")
    out = out.resolve()
    if out.exists() and any(out.iterdir()):
        raise BadInput(f"The folder {out.name} is not empty.", advice="Name a new one with --out, or empty it.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentFault(f"The folder {out.name} cannot be made: {error.strerror}.") from error
    day = _Day(out, seconds, _teller(as_json))
    account = _play(day)
    (out / "READ-ME.txt").write_text(_account_words(account, f"observer verify {out.name}"), encoding="utf-8")
    report = seal_the_folder(out, account["centre"], day.clock)
    account.pop("centre")
    to_copy = f"{_as_called()} verify {shlex.quote(_from_here(out))}"
    account.update(
        verified=report.exit_code == 0, verify_with=to_copy, seconds_taken=round(time.monotonic() - day.began)
    )
    print(json.dumps(account) if as_json else f"{_account_words(account, to_copy)}\n{to_copy}: {report.lines()[-1]}")
    return int(report.exit_code)


def _as_called() -> str:
    """This program as it can be typed where the caller stands, an environment that is not activated included."""
    if shutil.which("observer"):
        return "observer"
    script = Path(sys.executable).with_name("observer")  # in a frozen folder this is the program itself
    return shlex.quote(_from_here(script)) if script.exists() else f"{shlex.quote(sys.executable)} -m observer_app"


def _from_here(path: Path) -> str:
    """Relative to where the caller stands if it lies below, otherwise whole."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _teller(as_json: bool) -> Say:
    began = time.monotonic()

    def say(words: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {words}", file=sys.stderr if as_json else sys.stdout, flush=True)

    return say


def _play(day: _Day) -> dict:  # type: ignore[type-arg]
    day.say("Making a clip of two drawn people talking, every frame numbered.")
    clip = make_clip(day.out / "room.mp4", max(10, day.seconds + 2), fps=25, size=(640, 360))
    central = start_in_background(day.out / "central")
    try:
        return _with_central(day, clip, central)
    finally:
        central.stop()


def _with_central(day: _Day, clip: Path, central: RunningCentral) -> dict:  # type: ignore[type-arg]
    centre = sample_centre(SAMPLE_CENTRE, day.clock.now().wall_ms)
    stores = day.out / "stores"
    rooms = [
        Place.set_up(stores, f"room-{n}", PEOPLE[n - 1], centre, day.clock, central.url, camera=clip,
                     also=PEOPLE[2] if n == 1 else None)
        for n in (1, 2)
    ]  # fmt: skip
    manager = Place.set_up(stores, "centre", PEOPLE[2], centre, day.clock, central.url, holds_centre=True)
    moderator = Place.set_up(stores, "moderation", PEOPLE[3], centre, day.clock, central.url)
    places = [manager, *rooms, moderator]
    name_machines(manager, [*rooms, moderator])
    for place in (*places, manager):
        place.exchange()
    day.say(f"A central store answers; {len(places)} machines are enrolled.")
    return _through_the_day(day, centre, manager, rooms, moderator)


def _through_the_day(day: _Day, centre: Centre, manager: Place, rooms: list[Place], moderator: Place) -> dict:  # type: ignore[type-arg]
    sittings, scenarios = _bookings(manager.vault)
    file = day.out / "bookings.csv"
    write_sample_day(file, sittings, scenarios)
    booked = book_the_day(manager, file, day.say)
    for room in rooms:
        room.exchange()
    day.say(f"The roster reached {len(rooms)} rooms.")
    work = {room.name: [(n, s) for n, s in enumerate(booked) if n % 2 == at] for at, room in enumerate(rooms)}
    assess_day(rooms, work, day.seconds, day.say)
    for room in rooms:
        day.say(f"{room.name}: {room.exchange()}")
    amend(rooms[0], work[rooms[0].name][0][1], manager.person, day.say)
    rooms[0].exchange()
    manager.exchange()
    records = hand_to_moderator(manager, moderator.person.person, day.say)
    moderator.exchange()
    marked = moderate(moderator, records, day.say)
    moderator.exchange()
    manager.exchange()
    exports = close_and_export(manager, sittings[0].day, day.out / "exports", day.say)
    manager.exchange()
    copy_out(rooms, day.out, day.say)
    pictures = take_screens(day.out, [manager, *rooms, moderator], records, day.say)
    return {
        "out": str(day.out),
        "day": sittings[0].day,
        "candidates": len(sittings),
        "records": len(booked),
        "moderated": marked,
        "exports": list(exports.lines),
        "pictures": pictures,
        "centre": centre,
    }


def _bookings(vault: Path) -> tuple[list[Sitting], dict[str, Scenario]]:
    library = library_for(vault, sample=True)
    scenarios = [library.scenarios[name] for name in _SCENARIOS]
    return sample_sittings(datetime.now(), scenarios, _CANDIDATES), dict(library.scenarios)


def _account_words(account: dict, verify: str) -> str:  # type: ignore[type-arg]
    lines = "\n".join(f"    {line}" for line in account["exports"])
    return f"""A sample day at {SAMPLE_CENTRE}, {account["day"]}. Nobody in it exists and nothing in it is a result.

{account["candidates"]} candidates were interviewed, recorded, rated and signed for by two assessors; one record was
amended, which a second person signed too; {account["moderated"]} marked again from the recording; the day was
reconciled, closed and exported.

Look at
  exports/          what the centre hands out:
{lines}
  recordings/       the interviews as recorded, sealed; each carries what vouches for it and can be verified alone
  receipts/         the central store's signed proof that it holds each record
  screens/          {account["pictures"]} pictures of the screens
  stores/           what the machines keep: the centre's, two rooms', the moderator's (encrypted)
  central/          what the central store keeps
  manifest.json     the signed list of every file here

Try
  {verify}
  change one byte of any file and verify again: the file is named
  the sample people's passphrases are on the sign-in page of `make run`
"""
