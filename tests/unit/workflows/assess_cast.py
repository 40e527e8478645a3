# SPDX-License-Identifier: GPL-3.0-or-later
"""An assessor's day on a real machine with a clock that goes when told to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from observer_app.domain.sitting import Consent
from observer_app.vault.person import PersonVault
from observer_app.vault.sittings import encode_sittings
from observer_app.vault.writer import Priority
from observer_app.workflows.assess import AssessDay, AssessParts
from observer_app.workflows.live import LiveObservation
from observer_app.workflows.preflight import Preflight
from observer_app.workflows.recording import CameraSettings, RecorderPort
from observer_app.workflows.records import RecordReader
from observer_app.workflows.review import ReviewObservation
from observer_app.workflows.signing import Signatory
from tests.simulators.clock import SimulatedRecorder, SteppedClock
from tests.unit.workflows.record_cast import ASSESSOR, CLOCK, LIBRARY, SCENARIO, CentreCast

PASSPHRASE = ASSESSOR.passphrase


class AssessCast(CentreCast):
    """The centre of `record_cast`, with a roster for today and Assessor A at work. `clock` starts now."""

    def __init__(self, root: Path, consent: Consent = Consent.GIVEN) -> None:
        super().__init__(root, sittings=2)
        today = datetime.fromtimestamp(CLOCK.now().wall_ms / 1000).date().isoformat()
        self.clock = SteppedClock(CLOCK.now())
        self.sittings = [replace(s, day=today, consent=consent) for s in self.sittings]
        self.mine = next(s for s in self.sittings if s.assessor == ASSESSOR.person)
        self.other = next(s for s in self.sittings if s.assessor != ASSESSOR.person)
        self.day = today
        self.store.sittings.put_roster("1" * 64, today, encode_sittings(self.sittings)).result()
        self.recorders: list[SimulatedRecorder] = []
        self.assess = self.new_day()

    def recorder(self) -> RecorderPort:
        self.recorders.append(SimulatedRecorder())
        return self.recorders[-1]

    def new_day(self) -> AssessDay:
        person = self.assessor
        signatory = Signatory(
            self.root, self.machine, self.store, self.clock, person.secrets.person, person.secrets.keys
        )
        settings = CameraSettings(source=str(self.root / "no-camera.mp4"))
        return AssessDay(
            AssessParts(
                vault=person.vault,
                store=self.store,
                files=self.files,
                clock=self.clock,
                library=LIBRARY,
                recorder=self.recorder,
                preflight=Preflight(lambda: settings, self.root, self.clock),
                signatory=signatory,
                reader=lambda: RecordReader(
                    self.store, self.files, self.machine, self.machine.trust(), LIBRARY, [person.secrets.keys]
                ),
            )
        )

    def new_window(self) -> AssessDay:
        """As after a crash: nothing was closed, another process opens the same stores."""
        self.assessor.vault.close()
        del self._people[ASSESSOR.name]
        self.assess = self.new_day()
        return self.assess

    def close(self) -> None:
        self.assess.close()
        super().close()

    def kinds(self) -> list[str]:
        """What my sitting's observation holds on the disk by now, kind by kind."""
        self.vault.write(lambda db: None, Priority.RATING).result(5)
        return [e.kind for e in self.vault.events(self.vault.observations(self.mine.id)[-1].id)]

    def open(self) -> LiveObservation:
        return self.assess.open(self.mine.id, self.clock.go(1))

    def interview(self) -> LiveObservation:
        """Opened, the interview running."""
        live = self.open()
        while not live.view(self.clock.now()).phase or not _interview(live, self.clock):
            live.next_phase(self.clock.go(60)).result(5)
        return live

    def finished(self, values: dict[str, int] | None = None) -> LiveObservation:
        """Everything rated well away from the cut, every phase over, left."""
        live = self.interview()
        rate_all(live, self.clock, values)
        end_phases(live, self.clock)
        live.close()
        return live

    def review(self) -> ReviewObservation:
        return self.assess.review(self.mine.id)

    def signed(self) -> tuple[ReviewObservation, str]:
        self.finished()
        review = self.review()
        return review, review.sign(PASSPHRASE, is_the_person=True, declared=True).result(10)

    @property
    def vault(self) -> PersonVault:
        return self.assessor.vault


@pytest.fixture
def assess_cast(tmp_path: Path) -> Iterator[AssessCast]:
    made = AssessCast(tmp_path)
    yield made
    made.close()


HIGH = SCENARIO.scale.values[-1]


def rate_all(live: LiveObservation, clock: SteppedClock, values: dict[str, int] | None = None) -> None:
    for criterion in SCENARIO.criteria:
        live.rate(criterion.id, (values or {}).get(criterion.id, HIGH), clock.go(5)).result(5)
    live.rate("", SCENARIO.global_scale.values[-1], clock.go(5)).result(5)


def end_phases(live: LiveObservation, clock: SteppedClock) -> None:
    while live.view(clock.now()).phase or live.view(clock.now()).next_action:
        live.next_phase(clock.go(60)).result(5)


def _interview(live: LiveObservation, clock: SteppedClock) -> bool:
    view = live.view(clock.now())
    phase = view.scenario.phase(view.phase.id) if view.phase else None
    return phase is not None and phase.interview
