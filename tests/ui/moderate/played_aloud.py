# SPDX-License-Identifier: GPL-3.0-or-later
"""Replay's player in a process of its own, for what is heard of it: `played_aloud FOLDER KEY FROM_MS RATE`.

Plays from a moment to the end of the recording, to the sound server the environment names, and ends.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from observer_app.media.opened import open_recording
from observer_app.ui.player import Player


def main(folder: Path, key: bytes, from_ms: int, rate: float) -> None:
    app = QGuiApplication([])
    with open_recording(folder, key) as recording:
        player = Player(recording)
        player.said.connect(lambda words: sys.exit(words))
        player.set_volume(1.0)
        player.jump(from_ms)
        player.play()
        player.set_rate(rate)
        player.playing_changed.connect(lambda playing: playing or app.quit())
        app.exec()
        player.close()
        while player.frames.busy:
            app.processEvents()


if __name__ == "__main__":
    main(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
