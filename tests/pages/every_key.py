# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages there are, found in the code, and the pages that pictures say they show."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from pathlib import Path

import observer_app.ui
from observer_app.ui.album import PAGE
from observer_app.ui.page import PageWidget

__all__ = ["keys_in", "page_keys"]

_TEXT = b"tEXt" + PAGE.encode() + b"\0"


def page_keys() -> set[str]:
    """The key of every page any module of the window defines."""
    for module in pkgutil.walk_packages(observer_app.ui.__path__, "observer_app.ui."):
        importlib.import_module(module.name)
    found, waiting = set(), [PageWidget]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        found |= {kind.key for kind in below if kind.__module__.startswith("observer_app.")}
    return found


def keys_in(pictures: Iterable[Path]) -> set[str]:
    """The pages these PNG files say they show; each has to say one."""
    found = set()
    for picture in pictures:
        data = picture.read_bytes()
        at = data.find(_TEXT)
        assert at >= 4, f"{picture.name} does not say which page it shows"
        end = (
            at + 4 + int.from_bytes(data[at - 4 : at], "big")
        )  # a chunk: its length, "tEXt", what it holds, a check sum
        found.add(data[at + len(_TEXT) : end].decode("latin-1"))
    return found
