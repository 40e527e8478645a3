# SPDX-License-Identifier: GPL-3.0-or-later
"""The one theme: colours, type and measures from resources/theme/tokens.json, light and dark, at any text size.

`Theme.current` is what every widget draws with; `use` puts another in force for the whole application. Sizes that
hold text grow with it (`size`), spacing does not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication

from observer_app.errors import EnvironmentFault
from observer_app.shipped import shipped
from observer_app.ui.stylesheet import stylesheet

__all__ = [
    "FOCUS_GAP",
    "FOCUS_WIDE",
    "RADIUS",
    "RADIUS_PANEL",
    "RADIUS_SMALL",
    "Theme",
    "TypeStyle",
    "make_theme",
    "use",
]

FOCUS_WIDE, FOCUS_GAP = 3, 2
RADIUS_SMALL, RADIUS, RADIUS_PANEL = 4, 6, 8
SMALLEST, LARGEST = 1.0, 2.0
_FALLBACK = ("Inter", "DejaVu Sans", "Liberation Sans", "Noto Sans", "sans-serif")


@dataclass(frozen=True, slots=True)
class TypeStyle:
    """One step of the type ladder: letter size and line pitch in px at 100 %, weight 400..700."""

    px: int
    line: int
    weight: int


@dataclass(frozen=True)
class Theme:
    """Colours by role, type by role, and the text factor (1.0 to 2.0)."""

    name: str
    factor: float
    colours: Mapping[str, str]
    types: Mapping[str, TypeStyle]
    on_video: Mapping[str, str]
    features: tuple[str, ...]

    current: ClassVar[Theme]

    def colour(self, role: str) -> QColor:
        """The colour of a role (ink, soft, accent, ...)."""
        return QColor(self.colours[role])

    def size(self, px: float) -> int:
        """A measure that holds text: it grows with the text."""
        return round(px * self.factor)

    def line(self, role: str) -> int:
        """Line pitch in px of a type role."""
        return self.size(self.types[role].line)

    def font(self, role: str = "body", weight: int = 0, text: str = "") -> QFont:
        """The font of a type role, or the same at another weight.

        Figures of one width also widen the hyphen, so a `text` with a hyphen (an ID, a word) goes without them.
        """
        style = self.types[role]
        hyphened = "-" in text
        features = tuple((name, 0 if hyphened and name == "tnum" else 1) for name in self.features)
        return _font(self.size(style.px), weight or style.weight, features)

    def metrics(self, role: str = "body", weight: int = 0, text: str = "") -> QFontMetricsF:
        """Measures of that font."""
        return QFontMetricsF(self.font(role, weight, text))

    @property
    def one_column(self) -> bool:
        """From 150 % on, side panels go below."""
        return self.factor >= 1.5


@lru_cache(maxsize=128)
def _font(px: int, weight: int, features: tuple[tuple[str, int], ...]) -> QFont:
    font = QFont()
    font.setFamilies(list(_FALLBACK))
    font.setPixelSize(px)
    font.setWeight(QFont.Weight(weight))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    for name, on in features:  # a new font starts as the application's, so what is off has to be said
        font.setFeature(QFont.Tag(name), on)
    return font


@lru_cache(maxsize=1)
def _tokens() -> dict[str, Any]:
    file = shipped("resources") / "theme" / "tokens.json"
    try:
        found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as fault:
        raise EnvironmentFault(
            "The colours that come with Observer cannot be read.", advice="Install Observer again; your work is safe."
        ) from fault
    return found


def make_theme(name: str = "light", factor: float = 1.0) -> Theme:
    """The theme `light` or `dark` at a text factor, held between 1 and 2."""
    tokens = _tokens()
    types = {role: TypeStyle(**style) for role, style in tokens["type"].items()}
    factor = min(max(factor, SMALLEST), LARGEST)
    return Theme(name, factor, tokens["colours"][name], types, tokens["on_video"], tuple(tokens["features"]))


def _load_fonts() -> None:
    """Inter if it is there; without it the system's own font serves."""
    folder = shipped("resources") / "fonts"
    for file in sorted(folder.glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(file))


_loaded: list[QApplication] = []


def use(theme: Theme, app: QApplication) -> None:
    """Puts a theme in force: fonts, palette, stylesheet; every widget hears of it as a StyleChange."""
    if not any(known is app for known in _loaded):
        _load_fonts()
        _loaded[:] = [app]
    Theme.current = theme
    app.setFont(theme.font())
    app.setPalette(_palette(theme))
    app.setStyleSheet(stylesheet(theme.colours, radius=RADIUS, panel=RADIUS_PANEL, small=RADIUS_SMALL, ring=FOCUS_WIDE))


def _palette(theme: Theme) -> QPalette:
    roles = QPalette.ColorRole
    pairs = {
        roles.Window: "bg", roles.WindowText: "ink", roles.Base: "surface", roles.AlternateBase: "sunken",
        roles.Text: "ink", roles.Button: "surface", roles.ButtonText: "ink", roles.Highlight: "accent",
        roles.HighlightedText: "onaccent", roles.PlaceholderText: "soft", roles.ToolTipBase: "surface",
        roles.ToolTipText: "ink", roles.Link: "accent", roles.Mid: "line", roles.Dark: "edge",
    }  # fmt: skip
    palette = QPalette()
    for role, name in pairs.items():
        palette.setColor(role, theme.colour(name))
    return palette


Theme.current = make_theme()
