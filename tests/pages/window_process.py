# SPDX-License-Identifier: GPL-3.0-or-later
"""The real window in a process of its own on a screen of its own, driven by real keys, and what stands on it.

with screen() as display:
    window = WindowProcess(vault, display)
    window.sign_in(ASSESSOR)
    window.kill()
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from observer_app.bootstrap.sample_people import SamplePerson
from tests.benchmarks.screen import Screen
from tests.waiting import until

__all__ = ["Seen", "WindowProcess"]

Seen = dict[str, Any]
_ROOT = Path(__file__).parents[2]


class WindowProcess:
    """`seen()` asks the window what it shows; keys go through the X server, to whatever has the focus."""

    def __init__(self, vault: Path, screen: Screen, log: Path | None = None, **environment: str) -> None:
        """`log` gets what it says on standard error; it is then started in that file's folder."""
        self.screen = screen
        said = log.open("ab") if log is not None else None
        settings = str(vault.parent / "settings")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.pages.told_window", "--vault", str(vault)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, cwd=log.parent if log is not None else None,
            env={**os.environ, "DISPLAY": screen.name, "QT_QPA_PLATFORM": "xcb", "XDG_CONFIG_HOME": settings,
                 "LC_ALL": "C.UTF-8", "PYTHONPATH": str(_ROOT), **environment},
        )  # fmt: skip
        if said is not None:
            said.close()

    def idle(self) -> Seen:
        """As if the time had passed after which the window locks; what stands on the screen then."""
        return self._ask(b"idle\n")

    def memory(self, file: Path) -> bytes:
        """All of its memory that it can write to; `file` is where it is handed over."""
        self._ask(f"memory {file}\n".encode())
        try:
            return file.read_bytes()
        finally:
            file.unlink()

    def seen(self) -> Seen:
        """What stands on the screen now."""
        return self._ask(b"\n")

    def _ask(self, what: bytes) -> Seen:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(what)
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the window is gone"
        found: Seen = json.loads(line)
        return found

    def until(self, so: Callable[[Seen], Any], what: str = "") -> Seen:
        """Waits until what stands on the screen is so; what stands there then."""
        last: Seen = {}

        def looked() -> bool:
            nonlocal last
            last = self.seen()
            return bool(so(last))

        try:
            until(looked, what or "what was waited for")
        except AssertionError as error:
            raise AssertionError(f"{error}; on the screen: {last}") from None
        return last

    def live(self, so: Callable[[Seen], Any] = lambda live: True, what: str = "") -> Seen:
        """As `until`, of the Live screen's own part."""
        found: Seen = self.until(lambda seen: seen["live"] and so(seen["live"]), what)["live"]
        return found

    def press(self, *keys: str) -> Self:
        """Each key once the one before was taken: two of one kind within a millisecond look like one that is held."""
        for key in keys:
            self.screen.press(key)
            self.seen()
        return self

    def tab_to(self, name: str) -> Self:
        """Tab until the control of that accessible name has the focus."""
        for _ in range(60):
            before = self.seen()["focus"]
            if before.startswith(name):
                return self
            self.press("Tab")
            self.until(lambda seen, before=before: seen["focus"] != before, "another focus")  # type: ignore[misc]
        raise AssertionError(f"Tab never reaches {name!r}")

    def sign_in(self, person: SamplePerson) -> Self:
        """The first of the people on the page."""
        self.until(lambda seen: seen["page"] == "sign-in")
        self.screen.give_keyboard()
        self.until(lambda seen: f"Passphrase of {person.name}" in seen["focus"], "the passphrase's field")
        self.screen.type(person.passphrase)
        self.press("Return")
        self.until(lambda seen: seen["page"] != "sign-in", "what comes after signing in")
        return self

    def into_the_simulation(self) -> Self:
        """From the list of today, past what is asked on the way, into the recorded simulation."""
        self.until(lambda seen: seen["page"] == "today" and "Open" in seen["focus"], "Today's first candidate")
        self.press("Return")
        asked = self.until(lambda s: (s["live"] and "Yes, this is" in s["focus"]) or "Why do you" in s["focus"], "who")
        if "Why do you" in asked["focus"]:
            self.screen.type("it is a test")
            self.press("Return").until(lambda s: s["live"] and "Yes, this is" in s["focus"], "who it is")
        self.press("Return").until(lambda seen: "Start" in seen["focus"], "the start")
        first = self.press("Return").live(lambda live: live["rating"], "the rubric")
        self.tab_to(first["next"]).press("Return")
        now = self.live(lambda live: live["asking"] or live["phase"] != first["phase"], "the next phase")
        if now["asking"]:
            self.press("Return")
        self.live(lambda live: live["phase"] == "Simulation" and live["recording"] == "recording", "the recording")
        return self

    def kill(self, signal: int = signal.SIGKILL) -> None:
        """As the system kills, or as a fault in it would: nothing is said to it first."""
        self.process.send_signal(signal)
        self.process.wait()
        self._let_go()

    def close(self) -> None:
        """As a person closes it."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
        self._let_go()

    def _let_go(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
