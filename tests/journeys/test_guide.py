# SPDX-License-Identifier: GPL-3.0-or-later
"""The assessor's page of the guide is typed as it stands, on the sample day: what it says is then seen."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import Qt

from tests.pages.driving import Driver, Key
from tests.pages.real_window import OpenMachine
from tests.pages.sample_machine import Machine

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "assessor.md"
_HEAD = "| type or press | and you see |"
_PART = re.compile(r"(Tab to )?\*\*(?P<key>.+?)\*\*|`(?P<typed>[^`]+)`")
_KEYS = {
    "Enter": Key.Key_Return, "Space": Key.Key_Space, "Tab": Key.Key_Tab, "Backspace": Key.Key_Backspace,
    "↓": Key.Key_Down, "N": Key.Key_N, "F": Key.Key_F, "P": Key.Key_P, "F1": Key.Key_F1,
}  # fmt: skip


def steps() -> list[tuple[str, list[str]]]:
    """(what to type, what is then on the screen) of every row of the page's table."""
    rows = PAGE.read_text("utf-8").split(_HEAD)[1].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return [(typed, re.findall(r"\*\*(.+?)\*\*", seen)) for typed, seen in cells]


def type_it(driver: Driver, words: str) -> None:
    """Presses and types one row's left cell. A single letter or figure is a key, more is text."""
    for part in _PART.finditer(words):
        key, typed = part["key"], part["typed"]
        if part[1]:
            driver.tab_to(key)
        elif key == "Ctrl Z":
            driver.press(Key.Key_Z, with_=Qt.KeyboardModifier.ControlModifier)
        elif key:
            driver.press(_KEYS[key])
        elif len(typed) == 1:
            driver.press(Qt.Key(ord(typed.upper())))
        else:
            driver.type(typed)


def test_what_the_page_says_is_what_is_seen(open_machine: OpenMachine, machine: Machine) -> None:
    """Seen red with a figure of the table changed, and with a step left out."""
    driver = open_machine(machine)
    assert len(steps()) > 30
    for typed, seen in steps():
        type_it(driver, typed)
        for words in seen:
            try:
                driver.wait(lambda words=words: driver.sees(words))
            except Exception as error:
                raise AssertionError(f"After {typed!r} there is no {words!r}; there is {driver.texts()}") from error
