# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed at 100 random moments of a scripted interview: every rating whose tick was shown is there, in order, timed.

By hand, with a line for every kill: `python -m tests.benchmarks.measure_crash [KILLS] [lie]`. A kill alone proves
nothing of the disk, since what the system holds in memory outlives a process; so the system also refuses the disk's
answer once, and a tick that is shown all the same counts as lost. `lie` turns durability off: that count is then 8.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.sample_day import ensure_sample_day
from observer_app.bootstrap.sample_people import PEOPLE
from observer_app.domain.events import Kind
from observer_app.vault.people import open_person, person_vault_path
from observer_app.vault.person import PersonVault
from tests.benchmarks.registry import Figure, benchmark

__all__ = ["crash", "sample_vault", "shown_without_the_disk"]

KILLS, A_VAULT = 100, 20
LATEST_S = 1.0
_GLOBAL = ""
Rating = tuple[str, int, int]


def sample_vault(folder: Path) -> Path:
    """A sample day, to be copied."""
    ensure_sample_day(folder, MachineClock(), datetime.now())
    return folder


def child(vault: Path, seed: int, *options: str) -> subprocess.Popen[bytes]:
    """The scripted interview."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.crashing_window", str(vault), str(seed), *options],
        stdout=subprocess.PIPE, env={**os.environ, "QT_LOGGING_RULES": "*=false"},
    )  # fmt: skip


def ticked(lines: list[bytes]) -> list[Rating]:
    """What was said to be ticked; a line cut off by the kill was not said."""
    whole = [line.decode().split() for line in lines if line.startswith(b"ticked") and line.endswith(b"\n")]
    return [(words[1] if len(words) == 4 else _GLOBAL, int(words[-2]), int(words[-1])) for words in whole]


def kill_at(vault: Path, seed: int, after_s: float) -> list[Rating]:
    """Starts the interview and kills it that long after its first tick; the ratings whose ticks were shown."""
    process = child(vault, seed)
    assert process.stdout is not None
    first = process.stdout.readline()
    if not first:
        raise RuntimeError("the interview never began")
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    lines = [first, *process.stdout.readlines()]
    process.wait()
    process.stdout.close()
    return ticked(lines)


def on_disk(vault: Path) -> list[Rating]:
    """All ratings in the assessor's store, in order; raises when the store or its chain is broken."""
    person = PEOPLE[0]
    secrets = open_person(vault, person.name, person.passphrase, MachineClock().now())
    store, found = PersonVault(person_vault_path(vault, secrets.person), secrets.vault_key), list[Rating]()
    try:
        if faults := store.check():
            raise RuntimeError(f"the store is not whole after a kill: {faults}")
        for observation in store.observations():
            for event in store.events(observation.id):
                if event.kind in (Kind.RATED, Kind.GLOBAL_RATED):
                    criterion = str(event.body.get("criterion", _GLOBAL))
                    found.append((criterion, int(event.body["value"]), event.at.monotonic_us))
    finally:
        store.close()
    return found


def missing(shown: list[Rating], there: list[Rating]) -> list[Rating]:
    """Those shown that are not there, or not in their order."""
    lost, place = list[Rating](), 0
    for rating in shown:
        try:
            place = there.index(rating, place) + 1
        except ValueError:
            lost.append(rating)
    return lost


def crash(template: Path, kills: int, say: Callable[[str], object] = lambda words: None) -> tuple[int, int]:
    """(ratings shown, ratings lost) over that many kills, a fresh store every few."""
    dice, shown, lost, vault = random.Random(5), list[Rating](), 0, template
    total = 0
    for number in range(kills):
        if number % A_VAULT == 0:
            vault, shown = template.with_name(f"vault-{number}"), []
            shutil.copytree(template, vault)
        after_s = dice.uniform(0, LATEST_S)
        now = kill_at(vault, number, after_s)
        shown += now
        total += len(now)
        gone = missing(shown, on_disk(vault))
        lost += len(gone)
        say(f"kill {number + 1:3}, {after_s:.3f} s after the first tick: {len(now):3} ticks shown, {len(gone)} lost")
    return total, lost


def shown_without_the_disk(template: Path, *options: str) -> int:
    """Ticks shown after the system has begun to refuse fsync, in an interview of its own."""
    vault = template.with_name("refused-" + "-".join(options))
    shutil.copytree(template, vault)
    process = child(vault, 1, "no-fsync", *options)
    lines = process.communicate(timeout=180)[0].splitlines(keepends=True)
    if b"refused\n" not in lines:
        raise RuntimeError("the interview never came to the disk's refusal")
    return len(ticked(lines[lines.index(b"refused\n") :]))


@benchmark("crash_ratings_lost")
def crash_ratings_lost() -> list[Figure]:
    folder = Path(tempfile.mkdtemp(prefix="observer-bench-"))
    try:
        template = sample_vault(folder / "template")
        shown, lost = crash(template, KILLS)
        lost += shown_without_the_disk(template)
    finally:
        shutil.rmtree(folder)
    if shown < KILLS:
        raise RuntimeError("too few ratings were made")
    return [Figure("crash_ratings_lost", lost, "", shown, aim=0)]


def main() -> int:
    kills = next((int(word) for word in sys.argv[1:] if word.isdigit()), KILLS)
    options = ("lie",) if "lie" in sys.argv[1:] else ()
    folder = Path(tempfile.mkdtemp(prefix="observer-bench-"))
    try:
        template = sample_vault(folder / "template")
        shown, lost = crash(template, kills, print)
        print(f"{kills} kills, {shown} ticks shown, {lost} lost")
        untrue = shown_without_the_disk(template, *options)
        print(f"with the disk's answer refused: {untrue} ticks shown")
    finally:
        shutil.rmtree(folder)
    return 1 if lost or untrue else 0


if __name__ == "__main__":
    sys.exit(main())
