# SPDX-License-Identifier: GPL-3.0-or-later
"""One programme, one running store, one machine and assessor that may hand in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from observer_app.central.serve import RunningCentral
from observer_app.sync.client import Client, Identity
from observer_app.sync.line import HttpTransport
from tests.simulators.programme import Holder, Programme


class Desk:
    """What the tests of the store need at hand. `waiting`: statements of d-1 a fixture has signed and not handed in."""

    waiting: tuple[bytes, ...] = ()

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programme = Programme()
        self.centre = self.programme.centre("north")
        self.device = self.programme.device(self.centre, "d-1")
        self.assessor = self.programme.person(self.centre, "p-assessor", "assessor")
        self.manager = self.programme.person(self.centre, "p-manager", "manager")
        self.central: RunningCentral = self.programme.serve(folder / "central")
        self.central.store.registry.add(self.programme.certificates)
        self.line = HttpTransport(self.central.url)
        self.client = self.as_person(None)

    def as_person(
        self, person: Holder | None, device: Holder | None = None, line: HttpTransport | None = None
    ) -> Client:
        """On a line of its own where another request of the test is under way."""
        machine, line = device or self.device, line or self.line
        if person is None:
            return Client(line, Identity(self.programme.root.data, machine.id, machine.keys.signing))
        return Client(
            line,
            Identity(
                self.programme.root.data, machine.id, machine.keys.signing, person.id, person.keys.signing,
                person.certificate.roles,
            ),
        )  # fmt: skip

    def close(self) -> None:
        self.line.close()
        self.central.stop()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = Desk(tmp_path)
    yield found
    found.close()
