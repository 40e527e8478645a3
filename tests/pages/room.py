# SPDX-License-Identifier: GPL-3.0-or-later
"""A room of the centre: a machine, a screen of its own with a keyboard, and the real programs on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from observer_app.bootstrap.machine_files import recorder_state
from observer_app.capture.client import RecorderClient
from observer_app.domain.events import Event
from observer_app.media.opened import Recording, open_recording
from tests.benchmarks.screen import Screen, screen
from tests.pages.sample_machine import ASSESSOR, Machine
from tests.pages.window_process import WindowProcess

__all__ = ["Room", "room"]


@dataclass
class Room:
    """A machine with a screen; whatever was started in it ends with it."""

    machine: Machine
    screen: Screen
    windows: list[WindowProcess] = field(default_factory=list)
    clients: list[RecorderClient] = field(default_factory=list)

    def open(self) -> WindowProcess:
        self.windows.append(WindowProcess(self.machine.vault, self.screen))
        return self.windows[-1]

    def recorders(self) -> list[RecorderClient]:
        """Those that run."""
        folder = recorder_state(self.machine.vault)
        found = [RecorderClient.attach(folder, name) for name in RecorderClient.known(folder)]
        running = [client for client in found if client is not None]
        self.clients += running
        return running

    def recorder(self) -> RecorderClient:
        (client,) = self.recorders()
        return client

    def end(self) -> None:
        for window in self.windows:
            window.close()
        for client in self.recorders():
            client.stop()
            client.end_by_force()
        for client in self.clients:
            client.close()

    def film(self, observation: str) -> tuple[Recording, list[Event]]:
        """The recording, opened with the assessor's own key, and what is on record."""
        session = self.machine.sign_in(ASSESSOR)
        try:
            (kept,) = session.store.recordings(observation)
            film = open_recording(session.files.recording(kept.id), session.vault.evidence_key(observation))
            return film, session.vault.events(observation)
        finally:
            session.lock()


@pytest.fixture
def room(machine: Machine) -> Iterator[Room]:
    with screen() as display:
        room = Room(machine, display)
        try:
            yield room
        finally:
            room.end()
