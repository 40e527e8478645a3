# SPDX-License-Identifier: GPL-3.0-or-later
"""Phrases for notes: a dot and a few letters stand for a text, the framework's or the person's own."""

from __future__ import annotations

import re
from collections.abc import Iterable

from observer_app.errors import BadInput

__all__ = ["LONGEST_KEYS", "LONGEST_TEXT", "Phrase", "checked", "expansion", "together"]

Phrase = tuple[str, str]
"""(letters, text)."""

LONGEST_KEYS, LONGEST_TEXT = 8, 200  # as in a framework's pack
_KEYS = re.compile(r"[a-z0-9]{1,8}")
_TYPED = re.compile(r"(?:^|(?<=[\s(]))\.([A-Za-z0-9]{1,8})$")


def together(own: Iterable[Phrase], given: Iterable[Phrase]) -> tuple[Phrase, ...]:
    """The person's own first; of two with the same letters the person's."""
    mine = tuple(own)
    taken = {keys for keys, _ in mine}
    return (*mine, *((keys, text) for keys, text in given if keys not in taken))


def expansion(before: str, phrases: Iterable[Phrase]) -> tuple[int, str] | None:
    """What the end of a text being typed stands for: (how many of its characters go, what comes instead); None when
    it ends in no dot with letters that are known."""
    found = _TYPED.search(before)
    if found is None:
        return None
    wanted = found[1].lower()
    text = next((text for keys, text in phrases if keys == wanted), None)
    return (len(wanted) + 1, text) if text is not None else None


def checked(phrases: Iterable[Phrase]) -> tuple[Phrase, ...]:
    """A person's phrases as they are kept. Raises BadInput naming the first that cannot be."""
    found: dict[str, str] = {}
    for typed, words in phrases:
        keys, text = typed.strip().lstrip(".").lower(), " ".join(words.split())
        if not keys and not text:
            continue
        if not _KEYS.fullmatch(keys):
            advice = f"Use one to {LONGEST_KEYS} letters or figures, without accents or spaces."
            raise BadInput(f"“{typed.strip()}” cannot stand for a phrase.", advice=advice)
        if keys in found:
            raise BadInput(f"“{keys}” stands for two phrases.", advice="Give one of them other letters.")
        if not text or len(text) > LONGEST_TEXT:
            advice = f"Write one to {LONGEST_TEXT} characters."
            raise BadInput(f"The phrase of “{keys}” is {'empty' if not text else 'too long'}.", advice=advice)
        found[keys] = text + (" " if words.endswith(" ") and text.endswith(":") else "")
    return tuple(found.items())
