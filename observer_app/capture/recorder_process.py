# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorder's own process. The configuration, key included, comes as one line on standard input.

It outlives the window that started it: own session, no signals from the terminal, ends by itself.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from observer_app.capture.awake import stay_awake
from observer_app.capture.clock import SystemClock
from observer_app.capture.config import RecorderConfig
from observer_app.capture.control import ControlServer, StateFile
from observer_app.capture.machine import ENDS_WITH, call_when_gone, go_first
from observer_app.capture.recorder import Recorder
from observer_app.capture.sources import source_kind
from observer_app.errors import ObserverError
from observer_app.vault.durable import forbid_core_dumps

__all__ = ["main", "make_sound_ready"]


def main(stream: TextIO | None = None) -> int:
    """Record as the line on `stream` (standard input) says; 0 when something was recorded, 1 on failure."""
    forbid_core_dumps()  # a program that is started anew may be looked into again, whatever its starter asked for
    try:
        told = json.loads((stream or sys.stdin).readline())
        config = RecorderConfig.from_json(told["config"])
        state_folder = Path(told["state_folder"])
    except (ValueError, KeyError, TypeError, ObserverError):
        print("The recorder was not told what to record.", file=sys.stderr)
        return 1
    go_first()
    _quiet()
    recorder = Recorder(config)
    for number in (signal.SIGINT, getattr(signal, "SIGHUP", None)):
        if number is not None:
            signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: recorder.stop())
    if os.environ.get(ENDS_WITH, "").isdigit():
        call_when_gone(int(os.environ[ENDS_WITH]), recorder.stop)
    server = ControlServer(recorder)
    state = StateFile(config.recording, server.port, server.token, os.getpid(), SystemClock().boot_id())
    state.write(state_folder)
    stay_awake()
    make_sound_ready(config)
    final = recorder.run()
    StateFile(state.recording, 0, "", state.pid, state.boot_id, final.to_json()).write(state_folder)
    server.close()
    return 1 if final.state == "failed" else 0


def make_sound_ready(config: RecorderConfig) -> None:
    """What listening to a microphone needs of the main thread."""
    if config.sound and source_kind(config.source) == "camera":
        with suppress(ImportError):  # without it there is no sound, which is said, and still a picture
            from observer_app.capture.sources_qt import be_ready

            be_ready()


def _quiet() -> None:
    """FFmpeg's own messages may hold an address with its password: none of them is ever printed."""
    import av

    av.logging.set_level(None)


if __name__ == "__main__":
    sys.exit(main())
