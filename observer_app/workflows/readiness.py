# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether all is ready before the first candidate, and what somebody passed over with a reason.

A reason given before anything was open stands on the record of the next observation.
"""

from __future__ import annotations

import json
from typing import Any

from observer_app.domain.events import Kind
from observer_app.domain.moment import Moment, TimeSource
from observer_app.errors import BadInput
from observer_app.sync.central_time import time_seen
from observer_app.vault.device import DeviceStore
from observer_app.vault.person import PersonVault
from observer_app.workflows.journal import Journal
from observer_app.workflows.preflight import Preflight
from observer_app.workflows.renewal import held_certificate
from observer_app.workflows.saved import Saved, failed
from observer_app.workflows.signing import Signatory
from observer_app.workflows.today import CHECKS, not_checked
from observer_app.workflows.views import CheckState, CheckView

__all__ = ["Readiness"]

_PASSED_OVER = "preflight/overridden"


class Readiness:
    """The checks of one signed-in person's day."""

    def __init__(self, vault: PersonVault, store: DeviceStore, signatory: Signatory, preflight: Preflight) -> None:
        self._vault, self._store, self._signatory, self._preflight = vault, store, signatory, preflight
        self._checks: tuple[CheckView, ...] = not_checked()
        self._passed_over: list[list[Any]] = json.loads(vault.setting(_PASSED_OVER, "[]"))

    def look(self, seconds: int, now: Moment, *, busy: bool) -> tuple[CheckView, ...]:
        """SLOW. Every check anew. `seconds`: what the day still records; `busy`: the camera is recording already."""
        days = self._certificate_days(now)
        self._checks = self._preflight.run(seconds, time_seen(self._store), days, busy=busy)
        return self.checks

    @property
    def checks(self) -> tuple[CheckView, ...]:
        """As they were last looked at, the clock as it stands now: an exchange with central may have told the time
        since."""
        looked = self._checks
        if any(check.state is CheckState.CHECKING for check in looked):
            return looked
        clock = self._preflight.clock(time_seen(self._store))
        return tuple(clock if check.kind == clock.kind else check for check in looked)

    def _certificate_days(self, now: Moment) -> tuple[int | None, int | None]:
        machine = self._signatory.machine
        trust, found = machine.trust(), list[int | None]()
        for key_id, kind in ((self._signatory.keys.key_id, "person"), (machine.keys.key_id, "device")):
            held = held_certificate(trust, key_id, kind)
            found.append((held.not_after_ms - now.wall_ms) // 86_400_000 if held else None)
        return found[0], found[1]

    def pass_over(self, kind: str, reason: str, at: Moment, journal: Journal | None) -> Saved:
        """Starting all the same: on the record of what is open (`journal`), or of what is opened next."""
        if kind not in CHECKS:
            return failed(BadInput("There is no such check."))
        if not reason.strip():
            return failed(BadInput("A reason is needed.", advice="Say in a few words why it is all right to start."))
        if journal is not None:
            return journal.append(Kind.CHECK_OVERRIDDEN, at, {"check": kind}, text=reason)
        self._passed_over.append([kind, reason, at.monotonic_us, at.boot_id, at.wall_ms])
        return self._vault.set_setting(_PASSED_OVER, json.dumps(self._passed_over))

    def write_on(self, journal: Journal) -> None:
        """What was passed over before anything was open."""
        for kind, reason, monotonic_us, boot_id, wall_ms in self._passed_over:
            at = Moment(monotonic_us, boot_id, wall_ms, TimeSource.HANDLER)
            journal.append(Kind.CHECK_OVERRIDDEN, at, {"check": kind}, text=reason)
        if self._passed_over:
            self._passed_over = []
            self._vault.set_setting(_PASSED_OVER, "[]")
