# SPDX-License-Identifier: GPL-3.0-or-later
"""What one demonstration leaves: everybody's work, films whose pictures tell their moment, screens, a true account."""

from __future__ import annotations

import shlex
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.sample_people import PEOPLE
from observer_app.capture.made_clip import read_frame_number
from observer_app.trust.envelope import open_envelope
from observer_app.trust.signed_file import read_signed_file
from observer_app.trust.statements import Statement, read_statement
from observer_app.workflows.film import Film, open_film
from tests.demo.conftest import SECONDS, Day, observer
from tests.pages.every_key import keys_in, page_keys

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FPS = 25


def statements(day: Day) -> list[Statement]:
    """All that the day's bundle holds."""
    files = (day.folder / "exports" / "bundle").rglob("*.observer")
    return [read_statement(open_envelope(read_signed_file(f.read_bytes()).envelope).payload) for f in sorted(files)]


def test_the_account_is_true(day: Day) -> None:
    assert day.exit_code == 0 and day.account["verified"] is True
    found = statements(day)
    kinds = Counter(statement.type for statement in found)
    assert kinds["record"] == day.account["candidates"] == day.account["records"] == 4
    assert kinds["amendment"] == kinds["countersignature"] == 1 and kinds["day_close"] == 1
    assert kinds["second_mark"] == day.account["moderated"] >= 1 and kinds["adjudication"] >= 1
    people = {kind: {s.header.person for s in found if s.type == kind} for kind in kinds}
    assert len(people["record"]) == 2 and len(people["second_mark"]) == 1
    assert not people["record"] & people["second_mark"]
    assert all(statement.header.sample for statement in found)


def test_everything_it_says_to_look_at_is_there(day: Day) -> None:
    files = [Path(name) for name in day.files()]
    here = Counter(file.parts[0] for file in files)
    assert here["recordings"] == here["receipts"] == 4 and here["central"] and here["stores"]
    assert len([f for f in files if f.parts[:2] == ("exports", "reports") and f.suffix == ".pdf"]) == 4
    assert here["screens"] == day.account["pictures"] > 30
    words = (day.folder / "READ-ME.txt").read_text("utf-8")
    for line in words.split("\nLook at\n")[1].split("\n\n")[0].splitlines():
        name = line.strip().split()[0]
        if line.startswith("  ") and not line.startswith("    "):
            assert (day.folder / name).exists(), name


def test_what_it_says_to_try_can_be_copied_to_the_command_line(day: Day) -> None:
    tried = subprocess.run(shlex.split(day.account["verify_with"]), cwd=day.folder.parent, check=False)
    assert tried.returncode == 0


def test_the_screens_are_pictures_of_something(day: Day) -> None:
    pictures = {}
    for file in sorted((day.folder / "screens").iterdir()):
        picture = QImage(str(file))
        assert picture.width() >= 1280 and picture.height() >= 800, file.name
        across = {picture.pixel(x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7)}
        assert len(across) > 20, f"{file.name} shows nothing"
        pictures[file.read_bytes()] = file.name
    assert len(pictures) == day.account["pictures"]


def test_no_page_of_the_window_is_without_a_picture(day: Day) -> None:
    assert len(page_keys()) > 20
    assert keys_in((day.folder / "screens").iterdir()) == page_keys()


def test_each_picture_tells_its_moment(copy: Day) -> None:
    """The film's own numbers, read out of the sealed recordings with the assessor's passphrase, go on with its time."""
    looked = 0
    for number in (1, 2):
        vault = copy.folder / "stores" / f"room-{number}"
        session = Desktop(vault, MachineClock()).sign_in(PEOPLE[number - 1].name, PEOPLE[number - 1].passphrase)
        try:
            for record in session.reader.records():
                opened = session.reader.open(record)
                key = session.vault.evidence_key(opened.observation)
                looked += told_in_time(open_film(opened, session.files, key))
        finally:
            session.lock()
    assert looked >= 4 * 10


def told_in_time(film: Film) -> int:
    """Looks at a film every 300 ms; how many pictures were looked at."""
    try:
        assert film.duration_ms >= SECONDS * 1000 - 500
        first_ms, first = shown(film, 0)
        looked = range(0, film.duration_ms - 100, 300)
        for at_ms in looked:
            pts_ms, number = shown(film, at_ms)
            assert abs(number - first - (pts_ms - first_ms) * FPS / 1000) <= 1, (at_ms, pts_ms, number)
        return len(looked)
    finally:
        film.close()


def shown(film: Film, at_ms: int) -> tuple[int, int]:
    """When the picture at a time was taken (ms), and the number drawn into it."""
    pts_ms, width, height, rgb = film.frame(at_ms)
    number = read_frame_number(np.frombuffer(rgb, np.uint8).reshape(height, width, 3))
    assert number is not None
    return pts_ms, number


def test_it_writes_over_nothing(day: Day) -> None:
    before = day.files()
    run = observer("demo", "--out", "day", in_folder=day.folder.parent)
    assert run.returncode == 1 and "The folder day is not empty." in run.stderr
    assert day.files() == before
