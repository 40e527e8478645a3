# SPDX-License-Identifier: GPL-3.0-or-later
"""Photos and the camera's small picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QSize

from observer_app.media.still import to_jpeg
from observer_app.ui.widgets.marks import Photo


def test_a_picture_is_unpacked_for_its_place_and_anew_for_a_larger_one(qtbot: Any) -> None:
    """The preview comes several times a second, larger than it is shown: a key must not wait for what nobody sees."""
    rows = np.zeros((252, 448, 3), dtype=np.uint8)
    rows[:, 224:] = (200, 40, 40)
    photo = Photo(224, 126)
    qtbot.addWidget(photo)
    photo.render_bytes(to_jpeg(448, 252, rows.tobytes()), "The room")
    for size in (QSize(224, 126), QSize(288, 162), QSize(126, 126)):
        photo.resize(size)
        shown = photo.grab().toImage()
        assert photo.unpacked.height() == size.height()
        left, right = shown.pixelColor(8, size.height() // 2), shown.pixelColor(size.width() - 8, size.height() // 2)
        assert left.red() < 20 and abs(right.red() - 200) < 12, "cropped to the middle, both halves there"
    photo.resize(QSize(900, 600))
    photo.grab()
    assert photo.unpacked == QSize(448, 252), "never to more than it has"
