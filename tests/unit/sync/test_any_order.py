# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the line does, in whatever order things happen: nothing acknowledged is lost, nothing is there twice, and
once the line is good all sides are equal."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from observer_app.domain.record import RecordState
from observer_app.errors import Unreachable
from observer_app.trust.receipts import verify_receipt
from tests.simulators.network import GOOD, LOST_REPLY, LOST_REQUEST, TWICE, BadLine
from tests.unit.sync.test_exchange import World

_FAULTS = st.lists(st.sampled_from([GOOD, GOOD, LOST_REQUEST, LOST_REPLY, TWICE]), max_size=30)


class Centre(RuleBasedStateMachine):
    """A room's machine and the manager's, one central store, a bad line."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="observer-sync-"))
        self.world = World(self.folder)
        self.signed: list[str] = []
        self.number = 0

    @rule(film=st.booleans())
    def sign(self, film: bool) -> None:
        self.number += 1
        content = b"film %d" % self.number if film else b""
        self.signed.append(self.world.record(self.number, film=content))

    @rule(faults=_FAULTS)
    def room(self, faults: list[str]) -> None:
        self._try(BadLine(self.world.line, faults), manager=False)

    @rule(faults=_FAULTS)
    def office(self, faults: list[str]) -> None:
        self._try(BadLine(self.world.line, faults), manager=True)

    @rule()
    def older_requests_arrive_late(self) -> None:
        """A copy of an earlier request, byte for byte: answered with a refusal, not with a second record."""
        line = BadLine(self.world.line)
        self._try(line, manager=False)
        for method, path, headers, body in line.earlier:
            if "Observer-Nonce" in headers:
                assert self.world.line.request(method, path, headers, body).status == 403

    def _try(self, line: BadLine, *, manager: bool) -> None:
        machine = self.world.office if manager else self.world.room
        try:
            found = self.world.exchange(machine, self.world.manager if manager else None, line)
        except Unreachable:
            return
        assert found.problems == ()

    @invariant()
    def what_was_acknowledged_is_in_the_log_once(self) -> None:
        if not hasattr(self, "world"):
            return
        logged = self.world.positions()
        assert logged == self.signed[: len(logged)]
        store = self.world.room.store
        for record_id in self.signed:
            if store.record_state(record_id) is RecordState.ACKNOWLEDGED:
                assert record_id in logged
                kept = store.outbox.receipt(record_id)
                assert kept is not None
                verify_receipt(kept[0], store.statements.get(record_id), self.world.central.log)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            self.world.exchange(self.world.room)
            self.world.exchange(self.world.office, self.world.manager)
            assert self.world.positions() == self.signed
            for machine in (self.world.room, self.world.office):
                assert all(machine.store.record_state(i) is RecordState.ACKNOWLEDGED for i in self.signed)
            assert self.world.room.store.outbox.counts() == {}
            logs = {o.sha256 for i in self.signed for o in self.world.office.store.objects(i)}
            assert len(logs) == len(self.signed) and all(self.world.office.files.has(name) for name in logs)
            assert self.world.central.store.faults() == []
        finally:
            self.world.close()
            shutil.rmtree(self.folder)


@pytest.mark.slow
class TestAnyOrder(Centre.TestCase):  # type: ignore[misc]
    """Many histories; CI's quick suite has the fixed ones of test_exchange."""

    settings = settings(max_examples=40, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck))
