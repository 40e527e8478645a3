# SPDX-License-Identifier: GPL-3.0-or-later
"""A screen of its own (Xvfb) and a keyboard on it (XTEST): keys as the X server hands them out, with its own time."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Screen", "screen"]

_SIZE = (1280, 800)
_PATIENCE_S = 30.0


class _Attributes(ctypes.Structure):
    """XWindowAttributes, as far as it is read here; the rest is room."""

    _fields_ = (
        *((name, ctypes.c_int) for name in ("x", "y", "width", "height", "border_width", "depth")),
        ("visual", ctypes.c_void_p),
        ("root", ctypes.c_ulong),
        *((name, ctypes.c_int) for name in ("klass", "bit_gravity", "win_gravity", "backing_store")),
        ("backing_planes", ctypes.c_ulong),
        ("backing_pixel", ctypes.c_ulong),
        ("save_under", ctypes.c_int),
        ("colormap", ctypes.c_ulong),
        ("map_installed", ctypes.c_int),
        ("map_state", ctypes.c_int),
        ("room", ctypes.c_ulong * 16),
    )


class Screen:
    """Presses keys. `name` is what DISPLAY must say for the windows that are to be looked at."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._x: Any = ctypes.CDLL(ctypes.util.find_library("X11"))
        self._test: Any = ctypes.CDLL(ctypes.util.find_library("Xtst"))
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        self._x.XStringToKeysym.restype = ctypes.c_ulong
        self._x.XStringToKeysym.argtypes = [ctypes.c_char_p]
        self._x.XKeysymToKeycode.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
        self._x.XKeysymToKeycode.restype = ctypes.c_ubyte
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(name.encode()))
        if not self._display:
            raise RuntimeError(f"there is no screen {name}")
        self._root = self._x.XDefaultRootWindow(self._display)
        self._codes: dict[str, int] = {}

    def _windows(self) -> list[int]:
        root, parent = ctypes.c_ulong(), ctypes.c_ulong()
        found, count = ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_uint()
        self._x.XQueryTree(self._display, ctypes.c_ulong(self._root), ctypes.byref(root), ctypes.byref(parent),
                           ctypes.byref(found), ctypes.byref(count))  # fmt: skip
        windows = [int(found[n]) for n in range(count.value)]
        if count.value:
            self._x.XFree(found)
        return windows

    def give_keyboard(self, every_s: float = 0.004) -> int:
        """Waits for a large window to stand on the screen and gives it the keyboard, as a window manager would."""
        end, seen = time.monotonic() + _PATIENCE_S, _Attributes()
        while time.monotonic() < end:
            for window in self._windows():
                self._x.XGetWindowAttributes(self._display, ctypes.c_ulong(window), ctypes.byref(seen))
                if seen.map_state == 2 and seen.width > 500:
                    self._x.XSetInputFocus(self._display, ctypes.c_ulong(window), 1, ctypes.c_ulong(0))
                    self._x.XSync(self._display, 0)
                    return window
            time.sleep(every_s)
        raise RuntimeError("no window came up")

    def _code(self, name: str) -> int:
        if name not in self._codes:
            symbol = self._x.XStringToKeysym(name.encode())
            self._codes[name] = self._x.XKeysymToKeycode(self._display, symbol)
            if not self._codes[name]:
                raise RuntimeError(f"there is no key {name}")
        return self._codes[name]

    def press(self, name: str) -> int:
        """Presses and lets go of a key; the monotonic time in ns at which the server had taken it.

        Returns after the server's answer, so that the true time lies within the call.
        """
        code = self._code(name)
        before = time.monotonic_ns()
        self._test.XTestFakeKeyEvent(self._display, code, 1, ctypes.c_ulong(0))
        self._x.XSync(self._display, 0)
        after = time.monotonic_ns()
        self._test.XTestFakeKeyEvent(self._display, code, 0, ctypes.c_ulong(0))
        self._x.XSync(self._display, 0)
        return (before + after) // 2

    def type(self, words: str, every_s: float = 0.01) -> None:
        """Types small letters and spaces."""
        for letter in words:
            self.press("space" if letter == " " else letter)
            time.sleep(every_s)

    def close(self) -> None:
        self._x.XCloseDisplay(self._display)


@contextmanager
def screen() -> Iterator[Screen]:
    """A screen of 1280 x 800 for as long as the block lasts."""
    told, tell = os.pipe()
    size = f"{_SIZE[0]}x{_SIZE[1]}x24"
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(tell), "-screen", "0", size, "-nolisten", "tcp"],
        pass_fds=(tell,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(tell)
    try:
        with os.fdopen(told) as line:
            name = f":{line.readline().strip()}"
        keyboard = Screen(name)
        try:
            yield keyboard
        finally:
            keyboard.close()
    finally:
        server.terminate()
        server.wait()
