# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine set up for the sample day, as `make run` sets one up, with a short clip as its camera.

Setting up takes a second or two (keys, passphrases, a clip): it is done once and copied for each test.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.sample_day import ensure_sample_day
from observer_app.bootstrap.sample_people import PEOPLE, SamplePerson
from observer_app.bootstrap.session import Session
from observer_app.capture.made_clip import make_clip
from observer_app.central.serve import RunningCentral, start_in_background
from observer_app.demo.assessing import assess_day
from observer_app.demo.places import Place
from observer_app.workflows.recording import CameraSettings
from observer_app.workflows.room import camera_of, keep_camera

__all__ = ["ASSESSOR", "FORBIDDEN", "MANAGER", "MODERATOR", "RAW_ID", "Machine", "make_machine", "plain"]

ASSESSOR, _, MANAGER, MODERATOR = PEOPLE
RAW_ID = re.compile(r"\b[a-z]-[0-9a-f]{12,}|[0-9a-f]{32,}")
FORBIDDEN = re.compile(r"\b(exception|traceback|errno|null|json|none|hash|sync)\b", re.IGNORECASE)
_CLIP_S, _SIZE = 10, (320, 180)


def plain(words: str) -> bool:
    """Whether a centre manager can read it: a sentence without the words of programs."""
    return bool(words.strip()) and not FORBIDDEN.search(words) and not RAW_ID.search(words)


@dataclass
class Machine:
    """The folder of its stores; a central store of its own once `connect` was called."""

    vault: Path
    central: RunningCentral | None = None
    central_url: str = ""

    def copy(self, to: Path) -> Machine:
        """The same machine in another folder."""
        shutil.copytree(self.vault, to)
        return Machine(to)

    def connect(self, port: int = 0) -> RunningCentral:
        """Starts the central store that `make run` starts beside the window."""
        self.central = start_in_background(self.vault / "central", port)
        self.central_url = self.central.url
        return self.central

    def desktop(self) -> Desktop:
        """What the window is built on."""
        return Desktop(self.vault, MachineClock(), lambda: self.central_url)

    def sign_in(self, person: SamplePerson) -> Session:
        """Without a window; the caller locks it."""
        return self.desktop().sign_in(person.name, person.passphrase)

    def camera(self, settings: CameraSettings) -> None:
        """Another camera in the room."""
        session = self.sign_in(MANAGER)
        try:
            keep_camera(session.store, settings)
        finally:
            session.lock()

    def record_a_sitting(self, sitting: str, number: int = 0, seconds: int = 3) -> str:
        """SLOW. Assessor A's interview without a window, as the demonstration plays it; the record."""
        place = Place("machine", self.vault, ASSESSOR, MachineClock())
        assess_day([place], {place.name: [(number, sitting)]}, seconds, lambda words: None)
        session = self.sign_in(MANAGER)
        try:
            return session.reader.records()[-1]
        finally:
            session.lock()

    def stop(self) -> None:
        """The central store ends."""
        if self.central is not None:
            self.central.stop()
            self.central, self.central_url = None, ""


def make_machine(folder: Path, day: datetime | None = None) -> Machine:
    """SLOW. A fresh sample machine whose camera is a small clip, played round and round; booked for `day`, today."""
    vault = folder / "sample-day"
    vault.mkdir(parents=True)
    clip = make_clip(vault / "sample-room.mp4", _CLIP_S, fps=25, size=_SIZE)
    ensure_sample_day(vault, MachineClock(), day or datetime.now())
    machine = Machine(vault)
    session = machine.sign_in(MANAGER)
    try:
        assert camera_of(session.store).source == str(clip)
        settings = CameraSettings(str(clip), loop=True, width=_SIZE[0], height=_SIZE[1], fps=25)
        keep_camera(session.store, settings)
    finally:
        session.lock()
    return machine
