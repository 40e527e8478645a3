# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the machine and its screen awake while something is recorded.

On Linux by asking the system (no sleep, closing the lid included) and the desktop (no screen saver); on Windows by its
own call. Proven on Linux only, against services that answer as the real ones do. Where nobody answers the machine may
fall asleep: that is no error, the pre-flight says it, and a sleep would be on record.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from observer_app.capture.dbus import Bus
from observer_app.capture.words import say

__all__ = ["StayAwake", "can_stay_awake", "stay_awake"]

_WHO = "Observer"
_SYSTEM = "unix:path=/run/dbus/system_bus_socket"
_CONTINUOUS, _SYSTEM_REQUIRED, _DISPLAY_REQUIRED = 0x80000000, 0x1, 0x2


class StayAwake:
    """From its construction (a moment, at most some seconds) until `let_go`, or until this process ends.

    `system`: the machine does not fall asleep; `screen`: the screen saver stays away.
    """

    def __init__(self) -> None:
        self._held: list[Callable[[], None]] = []
        self.system = self.screen = False
        if sys.platform == "win32":
            self.system = self.screen = self._windows()
        elif sys.platform.startswith("linux"):
            self.system = any(self._system(what) for what in ("sleep:idle:handle-lid-switch", "sleep:idle"))
            self.screen = self._screen()

    def _system(self, what: str) -> bool:
        """The lid can be refused where sleep is not."""
        address = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", _SYSTEM)
        name, path = "org.freedesktop.login1", "/org/freedesktop/login1"
        return self._hold(address, name, path, f"{name}.Manager", what, _WHO, say("capture.awake"), "block")

    def _screen(self) -> bool:
        address = os.environ.get("DBUS_SESSION_BUS_ADDRESS", "")
        if not address and (folder := os.environ.get("XDG_RUNTIME_DIR")):
            address = f"unix:path={folder}/bus"
        name, why = "org.freedesktop.ScreenSaver", say("capture.awake")
        paths = ("/org/freedesktop/ScreenSaver", "/ScreenSaver")
        return any(self._hold(address, name, path, name, _WHO, why) for path in paths)

    def _hold(self, address: str, name: str, path: str, interface: str, *texts: str) -> bool:
        try:
            bus = Bus(address)
        except OSError:
            return False
        try:
            bus.call(name, path, interface, "Inhibit", *texts)
        except OSError:
            bus.close()
            return False
        self._held.append(bus.close)
        return True

    def _windows(self) -> bool:
        """Holds for as long as the thread that asked lives: the recorder's first."""
        import ctypes

        with suppress(AttributeError, OSError):
            kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  there is none where types are checked
            asked = kernel.SetThreadExecutionState(_CONTINUOUS | _SYSTEM_REQUIRED | _DISPLAY_REQUIRED)
            self._held.append(lambda: kernel.SetThreadExecutionState(_CONTINUOUS))
            return bool(asked)
        return False

    def let_go(self) -> None:
        """The machine may sleep again."""
        while self._held:
            self._held.pop()()


def stay_awake() -> None:
    """Until this process ends, and without waiting for those who are asked."""
    if sys.platform == "win32":
        _FOR_GOOD.append(StayAwake())
    else:
        threading.Thread(target=lambda: _FOR_GOOD.append(StayAwake()), name="awake", daemon=True).start()


_FOR_GOOD: list[StayAwake] = []


def can_stay_awake() -> bool:
    """Whether this machine can be kept from sleeping, tried for a moment."""
    tried = StayAwake()
    tried.let_go()
    return tried.system
