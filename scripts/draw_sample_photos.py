# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the sample candidates' portraits into resources/sample_photos: flat, plainly nobody. Needs PySide6."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter

_LOOKS = (
    ("#c6d0d8", "#3a2a20", "#d9a583", "#5b4a6b", "long"),
    ("#cbd5cf", "#1b1614", "#7a4a32", "#38694f", "bun"),
    ("#d8d0c6", "#4b5565", "#a8683f", "#3f4a5a", "scarf"),
    ("#c9cfdb", "#7a5a3a", "#e3bd9b", "#6b5844", "short"),
    ("#d2d6d0", "#9aa0a6", "#e0b190", "#55652f", "grey"),
    ("#c8d2dc", "#2a1d15", "#8c5a3c", "#34506e", "short"),
    ("#d6ccd2", "#6b2f1f", "#e8c4a8", "#7a3b4b", "long"),
    ("#ccd6d6", "#14110f", "#5b3a28", "#7a5b1e", "bun"),
)


def draw(look: tuple[str, str, str, str, str]) -> QImage:
    """One portrait, 192 x 224."""
    ground, hair, skin, shirt, cut = look
    image = QImage(192, 224, QImage.Format.Format_RGB32)
    image.fill(QColor(ground))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)

    def oval(colour: str, x: float, y: float, w: float, h: float) -> None:
        painter.setBrush(QColor(colour))
        painter.drawEllipse(QRectF(x, y, w, h))

    if cut in ("long", "scarf"):
        painter.setBrush(QColor(hair))
        painter.drawRoundedRect(QRectF(48, 42, 96, 130), 46, 46)
    if cut == "bun":
        oval(hair, 74, 18, 44, 40)
    oval(hair, 52, 38, 88, 92)
    painter.setBrush(QColor(shirt))
    painter.drawRoundedRect(QRectF(28, 162, 136, 90), 52, 52)
    painter.setBrush(QColor(skin))
    painter.drawRect(QRectF(82, 132, 28, 40))
    oval(skin, 60, 58, 72, 90)
    painter.setBrush(QColor(hair))
    painter.drawChord(QRectF(56, 44, 80, 70), 20 * 16, 140 * 16)
    painter.end()
    return image


def main() -> int:
    """Draws them all."""
    application = QGuiApplication(sys.argv)
    folder = Path(__file__).resolve().parent.parent / "resources" / "sample_photos"
    folder.mkdir(parents=True, exist_ok=True)
    for number, look in enumerate(_LOOKS, 1):
        draw(look).save(str(folder / f"sample-{number:02}.png"))
    application.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
