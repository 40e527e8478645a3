# SPDX-License-Identifier: GPL-3.0-or-later
"""Where this machine's power comes from: the mains or a battery, and how full that is.

Linux tells it in files, Windows through one call of its kernel; elsewhere nothing is known and nothing is claimed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Battery", "battery", "battery_in"]

_LINUX = Path("/sys/class/power_supply")
_NOT_KNOWN = 255


@dataclass(frozen=True, slots=True)
class Battery:
    """`percent` 0..100; `charging`: the mains are connected; `left_s`: how long it lasts, -1 when not told."""

    percent: int
    charging: bool
    left_s: int = -1


def battery() -> Battery | None:
    """The battery this machine runs on or charges; None when it has none or does not say."""
    if sys.platform == "win32":
        return _windows()
    return battery_in(_LINUX)


def battery_in(folder: Path) -> Battery | None:
    """The first battery among the power supplies that Linux lists in `folder`."""
    supplies = sorted(folder.iterdir()) if folder.is_dir() else []
    mains = any(_read(one, "online") == "1" for one in supplies if _read(one, "type") in ("Mains", "USB"))
    for one in supplies:
        percent = _read(one, "capacity")
        if _read(one, "type") == "Battery" and _read(one, "scope") != "Device" and percent.isdigit():
            return Battery(min(100, int(percent)), mains or _read(one, "status") != "Discharging", _left_s(one))
    return None


def _left_s(supply: Path) -> int:
    """What is in it divided by what it gives, in the two units drivers use."""
    for stored, flow in (("energy_now", "power_now"), ("charge_now", "current_now")):
        holds, gives = _read(supply, stored), _read(supply, flow).lstrip("-")
        if holds.isdigit() and gives.isdigit() and int(gives):
            return int(holds) * 3600 // int(gives)
    return -1


def _read(supply: Path, name: str) -> str:
    try:
        return (supply / name).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):  # a driver leaves out what it does not know
        return ""


def _windows() -> Battery | None:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = [
            ("mains", ctypes.c_ubyte),
            ("flag", ctypes.c_ubyte),
            ("percent", ctypes.c_ubyte),
            ("saver", ctypes.c_ubyte),
            ("left_s", ctypes.c_uint32),
            ("full_s", ctypes.c_uint32),
        ]

    status = Status()
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  there is none where types are checked
    if not kernel.GetSystemPowerStatus(ctypes.byref(status)) or status.percent == _NOT_KNOWN:
        return None
    left_s = status.left_s if status.left_s != 0xFFFFFFFF else -1
    return Battery(min(100, status.percent), status.mains == 1, left_s)
