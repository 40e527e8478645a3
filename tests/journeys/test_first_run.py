# SPDX-License-Identifier: GPL-3.0-or-later
"""The first run of a real programme by keys: an office in an empty folder, its central store, a room with two codes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from observer_app.bootstrap import enrolling, exchange_once, joining
from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.enrolling import ROOT_CERTIFICATE, ROOT_KEY
from observer_app.central.enrol import run_enrol
from observer_app.central.serve import RunningCentral, start_in_background
from observer_app.domain.roles import Workspace
from observer_app.trust.passphrase import CHEAP_COST
from observer_app.ui.app import build_window
from observer_app.ui.theme import make_theme, use
from tests.pages.driving import Driver, Key
from tests.pages.sample_machine import RAW_ID

WORDS, ROOM_WORDS = "office lamp river oak", "room seven yellow kite"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passphrases stretched less than for real; nothing else is different."""
    for module in (enrolling, joining):
        monkeypatch.setattr(module, "choose_cost", lambda: CHEAP_COST)
    monkeypatch.setenv("OBSERVER_ROOT_PASSPHRASE", WORDS)


@pytest.fixture
def first_window(qtbot: object, qapp: object) -> Iterator[type]:
    """`first_window.open(folder)` -> Driver of the window on a machine that is not set up."""
    opened = []

    class Opening:
        @staticmethod
        def open(folder: Path) -> Driver:
            use(make_theme(), qapp)  # type: ignore[arg-type]
            window = build_window(Desktop(folder, MachineClock()))
            opened.append(window)
            window.show()
            window.activateWindow()
            qtbot.waitUntil(window.isActiveWindow)  # type: ignore[attr-defined]
            return Driver(qtbot, window, patience_ms=30_000)

    yield Opening
    for window in opened:
        window.close()
        window.deleteLater()


def fill_in(driver: Driver, choice: str, values: list[tuple[str, str]]) -> None:
    """Tab to the choice, Enter; each field by Tab, its label to be read above it; Enter in the last."""
    driver.tab_to(choice)
    driver.press(Key.Key_Return)
    for label, text in values:
        assert driver.sees(label), label
        driver.tab_to(label)
        driver.type(text)
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.page != "first-run")


def sign_in(driver: Driver, name: str, passphrase: str) -> None:
    assert driver.sees(f"Passphrase of {name}") and not driver.sees("Sample")
    driver.wait(lambda: "Passphrase" in driver.focus().accessibleName())
    driver.type(passphrase)
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.window.session is not None)


def store_for(office: Path, data: Path) -> RunningCentral:
    """The operator's part: a central store that adopts the programme, and the office's first connection."""
    root = ["--root", str(office / ROOT_CERTIFICATE), "--root-key", str(office / ROOT_KEY)]
    assert run_enrol(["adopt", "--data", str(data), *root, "--origin", "ours/log"]) == 0
    central = start_in_background(data)
    exchange_once(office, central.url, "jo", WORDS, lambda words: None)
    return central


def codes(office: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Two codes, as the operator's page says: the centre's id is read off `enrol keys`."""
    capsys.readouterr()
    assert run_enrol(["keys", "--data", str(data)]) == 0
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    (centre,) = [words[1] for words in shown if words[0] == "centre"]
    shutil.copy(office / ROOT_KEY, data / "keys" / "root.sealed")
    assert run_enrol(["desk", "--data", str(data), "--centre", centre]) == 0
    (data / "keys" / "root.sealed").unlink()
    found = []
    for kind, subject, role in (("device", "room-1", []), ("person", "p-17", ["--role", "assessor"])):
        capsys.readouterr()
        words = ["code", "--data", str(data), "--centre", centre, "--kind", kind, "--subject", subject, *role]
        assert run_enrol(words, as_json=True) == 0
        found.append(json.loads(capsys.readouterr().out)["code"])
    return " ".join(found)


@pytest.mark.slow
def test_an_office_and_a_room_from_empty_folders(
    first_window: type, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office, room, data = tmp_path / "office", tmp_path / "room", tmp_path / "store"
    driver = first_window.open(office)  # type: ignore[attr-defined]
    assert driver.sees("Choose how to begin") and driver.sees("You are the first person here")
    values = [("Name of the programme", "our-programme"), ("Name of the centre", "Centre South"),
              ("Name of this machine", "Office"), ("Your name", "Jo Example"), ("Short name to sign in with", "jo"),
              ("Choose a passphrase", WORDS), ("The same passphrase again", WORDS)]  # fmt: skip
    fill_in(driver, "Set up a new centre", values)
    assert driver.sees("Copy programme-root.key") and driver.sees("to two safe places")
    sign_in(driver, "jo", WORDS)
    driver.window.open_space(Workspace.CENTRE)
    assert driver.sees("No scenario is on this machine yet")  # what to do next is said, and where
    assert not [text for text in driver.texts() if RAW_ID.search(text)]
    driver.window.lock()
    central = store_for(office, data)
    try:
        driver = first_window.open(room)  # type: ignore[attr-defined]
        values = [("The two codes: this machine’s, a blank, then yours", codes(office, data, capsys)),
                  ("Address they were given with", central.url), ("Your name", "Sam Example"),
                  ("Short name to sign in with", "sam"), ("Choose a passphrase", ROOM_WORDS),
                  ("The same passphrase again", ROOM_WORDS)]  # fmt: skip
        fill_in(driver, "I have a code", values)
        sign_in(driver, "sam", ROOM_WORDS)
        assert driver.page == "today"
        driver.wait(lambda: driver.sees("Up to date at"))
        driver.window.close()
    finally:
        central.stop()
