# SPDX-License-Identifier: GPL-3.0-or-later
"""A recorder with a film for its camera and a real microphone, in a process of its own: `hearing_recorder CONFIG CLIP`.

CONFIG is a file with the recorder's configuration. It writes a line of JSON for each time it is asked on standard input
(the microphones there are, its status), and ends with its standard input.
"""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import replace
from pathlib import Path

from observer_app.capture import recorder as module
from observer_app.capture.camera import Sounds, WithMicrophone
from observer_app.capture.config import RecorderConfig
from observer_app.capture.items import FrameSource
from observer_app.capture.recorder_process import make_sound_ready
from observer_app.capture.sources import FileSource
from observer_app.capture.sources_qt import Microphone, list_microphones


def main(config: RecorderConfig, clip: Path) -> None:
    def find() -> Sounds:
        return Microphone(config.microphone).sounds

    make_sound_ready(replace(config, source="0"))

    def source_for(_config: RecorderConfig, began_ns: int | None = None) -> FrameSource:
        return WithMicrophone(FileSource(clip, sound=False, loop=True), find)

    module.source_for = source_for
    recorder = module.Recorder(config)

    def answer() -> None:
        for _ in sys.stdin:
            names = [found.label for found in list_microphones()]
            print(json.dumps({"there": names, **recorder.status().to_json()}), flush=True)
        recorder.stop()

    asked = threading.Thread(target=answer)
    asked.start()
    recorder.run()  # in the main thread, as the real one
    asked.join()


if __name__ == "__main__":
    main(RecorderConfig.from_json(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
