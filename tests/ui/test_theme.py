# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours that can be read (WCAG 2.2), type that is never small, words that all exist and none of a programmer's."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QFont, QFontInfo

import observer_app.ui
from observer_app.ui.theme import Theme, make_theme, use
from observer_app.wording import texts

UI = Path(observer_app.ui.__file__).parent
SOURCES = {file: file.read_text("utf-8") for file in sorted(UI.rglob("*.py"))}
for file, source in SOURCES.items():
    if "\nregister(" in source and file != UI / "strings.py":  # every catalogue there is
        import_module(".".join(("observer_app.ui", *file.relative_to(UI).with_suffix("").parts)))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


GROUNDS = ("bg", "surface", "sunken", "tint")
PAIRS = [
    *(("ink", ground, 4.5) for ground in (*GROUNDS, "goodt", "warnt", "badt", "line")),
    *(("soft", ground, 4.5) for ground in (*GROUNDS, "warnt")),
    *(("accent", ground, 4.5) for ground in GROUNDS),
    *(("edge", ground, 3.0) for ground in GROUNDS),
    *(("rec", ground, 3.0) for ground in ("surface", "bg")),
    *((tone, ground, 4.5) for tone in ("good", "warn", "bad") for ground in ("bg", "surface", f"{tone}t")),
    ("onaccent", "accent", 4.5),
    ("surface", "ink", 4.5),
]  # fmt: skip


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_pair_in_use_is_legible(name: str) -> None:
    colours = make_theme(name).colours
    poor = {(tone, ground): round(contrast(colours[tone], colours[ground]), 1)
            for tone, ground, least in PAIRS if contrast(colours[tone], colours[ground]) < least}  # fmt: skip
    assert not poor


def test_light_and_dark_have_the_same_roles() -> None:
    assert set(make_theme("light").colours) == set(make_theme("dark").colours)


def test_no_text_is_under_13() -> None:
    assert min(style.px for style in make_theme().types.values()) == 13


def test_text_grows_up_to_twice(qapp: Any) -> None:
    theme = make_theme(factor=2.0)
    assert theme.font("body").pixelSize() == 30
    assert make_theme(factor=5.0).factor == 2.0 and make_theme(factor=0.2).factor == 1.0


def test_the_font_is_inter_with_its_features(qapp: Any) -> None:
    use(make_theme(), qapp)
    font = Theme.current.font("body")
    assert QFontInfo(font).family() == "Inter"
    assert [font.featureValue(QFont.Tag(tag)) for tag in ("cv05", "cv08", "tnum")] == [1, 1, 1]
    wide, narrow = (Theme.current.metrics(text=text).horizontalAdvance("S-0007") for text in ("", "S-0007"))
    assert narrow < wide  # figures of one width would widen the hyphen of an ID


def keys_said() -> set[str]:
    found = set()
    for source in SOURCES.values():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("say", "counted") and node.args:
                key = node.args[0]
                if isinstance(key, ast.Constant):
                    found.add(key.value if node.func.id == "say" else f"{key.value}.many")  # type: ignore[attr-defined]
    return found


def test_every_key_has_its_words() -> None:
    missing = keys_said() - set(texts())
    assert len(keys_said()) > 80 and not missing


def test_no_programmers_words() -> None:
    bad = re.compile(r"\b(sync\w*|events?|hash\w*|null|JSON|exceptions?|errors?|vault|payload|database|SQL)\b", re.I)
    assert not {key: text for key, text in texts().items() if bad.search(text)}
