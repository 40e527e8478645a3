# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the guide's pictures again: `make guide`.

Plays the demonstration into a temporary folder, takes its pictures of the screens, and puts them into
docs/guide/pictures/ with a palette of their own 256 colours, so that the repository stays small.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "guide" / "pictures"
COLOURS = 256
MOST_BYTES = 150 * 1024
SECONDS = 12


def main() -> int:
    """0: every picture is in place; 1: something went wrong and is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="source", type=Path, help="a folder of pictures taken already (screens/)")
    source: Path | None = parser.parse_args().source
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if source is not None:
        return _place(source)
    from observer_app.demo import run_demo

    with tempfile.TemporaryDirectory() as folder:
        day = Path(folder) / "day"
        return run_demo(day, SECONDS) or _place(day / "screens")


def _place(source: Path) -> int:
    taken = sorted(source.glob("*.png"))
    if not taken:
        print(f"There are no pictures in {source}.", file=sys.stderr)
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    too_large = []
    for file in taken:
        target = PICTURES / file.name
        if not paletted(file).save(str(target), None, 0):  # quality 0: the smallest file
            print(f"{target} cannot be written.", file=sys.stderr)
            return 1
        if target.stat().st_size > MOST_BYTES:
            too_large.append(target.name)
    kilobytes = sum(file.stat().st_size for file in PICTURES.glob("*.png")) // 1024
    print(f"{len(taken)} pictures, {kilobytes} KB, in {PICTURES.relative_to(ROOT)}")
    if too_large:
        print(f"Larger than {MOST_BYTES // 1024} KB: {', '.join(too_large)}", file=sys.stderr)
    return 1 if too_large else 0


def paletted(file: Path, most: int = COLOURS) -> QImage:
    """The picture with at most `most` colours (256), chosen for it; Qt's own choice is a fixed cube and shows dots."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage

    taken = QImage(str(file))
    image = taken.convertToFormat(QImage.Format.Format_RGB32)
    table = [0xFF000000 | (r << 16) | (g << 8) | b for r, g, b in _palette(image, most)]
    flags = Qt.ImageConversionFlag.ThresholdDither | Qt.ImageConversionFlag.AvoidDither
    small = image.convertToFormat(QImage.Format.Format_Indexed8, table, flags)
    for key in taken.textKeys():
        small.setText(key, taken.text(key))
    return small


def _palette(image: QImage, most: int) -> list[tuple[int, int, int]]:
    """By median cut: the box with the most spread is halved until there are enough."""
    import numpy as np

    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    pixels = raw[:, : image.width(), 2::-1].reshape(-1, 3)
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    # A large flat ground keeps its exact colour, and so does a small strong one: the recording light stays red.
    strong = colours.max(axis=1).astype(int) - colours.min(axis=1)
    order = np.argsort(counts * (8 + strong))[::-1]
    exact = colours[order[: most // 2]]
    boxes: list[Any] = [colours[order[most // 2 :]]]
    while len(boxes) < most // 2:
        boxes.sort(key=_spread)
        if _spread(boxes[-1]) == 0:
            break
        widest = boxes.pop()
        widest = widest[np.argsort(widest[:, int(np.ptp(widest, axis=0).argmax())])]
        boxes += [widest[: len(widest) // 2], widest[len(widest) // 2 :]]
    mixed = [box.mean(axis=0).round().astype(int) for box in boxes if len(box)]
    return [(int(r), int(g), int(b)) for r, g, b in (*exact, *mixed)]


def _spread(box: Any) -> float:
    """Worth halving: wide and full."""
    return float((box.max(axis=0) - box.min(axis=0)).max()) * len(box) ** 0.5 if len(box) > 1 else 0.0


if __name__ == "__main__":
    sys.exit(main())
