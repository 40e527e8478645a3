# SPDX-License-Identifier: GPL-3.0-or-later
"""Every word people are shown, looked up by key: `say("live.not_rated")`.

A catalogue is a plain dictionary in its own module, announced by `register`. Texts pass through `translate`, which the
window sets to Qt's, so that another language is a .qm file. Values go in by name: `say("live.was", values="3")`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

__all__ = ["counted", "register", "say", "texts", "translate_by"]

_catalogue: dict[str, str] = {}
_translate: list[Callable[[str], str]] = []


def register(texts: Mapping[str, str]) -> None:
    """Adds a catalogue. A key may be announced again only with the same text."""
    for key, text in texts.items():
        if _catalogue.setdefault(key, text) != text:
            raise KeyError(f"two texts for {key}")


def texts() -> Mapping[str, str]:
    """Every text announced so far, by key."""
    return MappingProxyType(_catalogue)


def translate_by(translate: Callable[[str], str]) -> None:
    """From now on every text passes through this."""
    _translate[:] = [translate]


def say(key: str, /, **values: object) -> str:
    """The text of a key with its values put in."""
    text = _catalogue[key]
    for translate in _translate:
        text = translate(text)
    return text.format(**values) if values else text


def counted(key: str, count: int, **values: object) -> str:
    """`key.one` or `key.many` with {n}: "1 thing left", "2 things left"."""
    return say(f"{key}.one" if count == 1 else f"{key}.many", n=count, **values)
