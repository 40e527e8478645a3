# SPDX-License-Identifier: GPL-3.0-or-later
"""What reviewing, signing and amending one observation are built from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from observer_app.domain.framework import Framework
from observer_app.domain.moment import Clock
from observer_app.domain.phrases import Phrase
from observer_app.domain.scenario import Scenario
from observer_app.domain.sitting import Sitting
from observer_app.vault.device import DeviceStore
from observer_app.vault.objects import ObjectFiles
from observer_app.workflows.records import RecordReader
from observer_app.workflows.signing import Signatory

__all__ = ["WAIT_S", "ReviewParts"]

WAIT_S = 60.0


@dataclass(frozen=True)
class ReviewParts:
    """What a review is built from. `end_recording` ends whatever still records and waits for its files; `reader` gives
    what reads signed records back."""

    scenario: Scenario
    framework: Framework
    sitting: Sitting
    store: DeviceStore
    files: ObjectFiles
    clock: Clock
    signatory: Signatory
    end_recording: Callable[[], None]
    reader: Callable[[], RecordReader]
    phrases: tuple[Phrase, ...] = ()
