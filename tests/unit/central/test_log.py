# SPDX-License-Identifier: GPL-3.0-or-later
"""The log against whoever runs it: altered, cut, put back. Each is found and named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from observer_app.central.store import CentralStore
from observer_app.errors import IntegrityBroken
from observer_app.sync.client import Client, Identity
from observer_app.sync.line import HttpTransport
from observer_app.trust.checkpoints import check_consistent, verify_checkpoint
from observer_app.trust.envelope import record_id
from observer_app.trust.receipts import verify_receipt
from tests.simulators.programme import Holder, chain
from tests.unit.central.conftest import Desk


def _forge(store: CentralStore, sql: str, *params: object) -> None:
    """What somebody with the file does: the triggers go first."""
    for (name,) in store.database.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        store.database.run(f"DROP TRIGGER {name}")
    assert store.database.run(sql, params) == 1


def test_every_size_is_consistent_with_every_other(desk: Desk) -> None:
    envelopes = chain(desk.programme, desk.device, desk.assessor, 20)
    notes = []
    for envelope in envelopes:
        desk.client.put_statements([envelope])
        notes.append(verify_checkpoint(desk.client.checkpoint(), desk.central.log))
    for old in notes[::3]:
        for new in notes[old.size - 1 :: 4]:
            check_consistent(old, new, desk.client.consistency(old.size, new.size).hashes)
    for place, envelope in enumerate(envelopes):
        fresh = desk.client.proof(record_id(envelope))
        assert fresh.position == place
        assert verify_receipt(fresh.receipt, envelope, desk.central.log).size == 20
    assert desk.central.store.faults() == []


def test_a_row_is_not_changed_by_accident(desk: Desk) -> None:
    desk.client.put_statements(chain(desk.programme, desk.device, desk.assessor, 1))
    with pytest.raises(IntegrityBroken):
        desk.central.store.database.run("UPDATE statement SET person = 'x'")
    with pytest.raises(IntegrityBroken):
        desk.central.store.database.run("DELETE FROM receipt")


def test_an_altered_statement_is_named_and_its_receipt_no_longer_holds(desk: Desk) -> None:
    envelopes = chain(desk.programme, desk.device, desk.assessor, 5)
    desk.client.put_statements(envelopes)
    other = chain(desk.programme, desk.device, desk.assessor, 5)[3]
    _forge(desk.central.store, "UPDATE statement SET envelope = ? WHERE position = 3", other)
    assert f"Log entry 3 ({record_id(envelopes[3])}) was altered." in desk.central.store.faults()
    shown = desk.client.statement(record_id(envelopes[3]))
    with pytest.raises(IntegrityBroken):
        verify_receipt(shown.receipt, shown.envelope, desk.central.log)


def test_an_altered_tree_is_never_signed_over(desk: Desk) -> None:
    envelopes = chain(desk.programme, desk.device, desk.assessor, 4)
    desk.client.put_statements(envelopes[:3])
    _forge(desk.central.store, "UPDATE node SET hash = ? WHERE level = 1 AND place = 0", bytes(32))
    with pytest.raises(IntegrityBroken, match="not the one it signed"):
        desk.client.put_statements(envelopes[3:])
    assert desk.central.store.log.size == 3
    desk.central.stop()
    with pytest.raises(IntegrityBroken, match="not the one it signed"):
        CentralStore(desk.central.store.data)


def test_a_database_put_back_to_an_older_copy_does_not_start(desk: Desk) -> None:
    desk.client.put_statements(chain(desk.programme, desk.device, desk.assessor, 3))
    desk.central.stop()
    for left in desk.central.store.data.glob("central.db*"):
        left.unlink()
    with pytest.raises(IntegrityBroken, match=r"shorter \(0\) than what it signed before \(3\)"):
        CentralStore(desk.central.store.data)


def test_the_file_waits_for_the_disk(desk: Desk) -> None:
    assert desk.central.store.database.one("PRAGMA synchronous") == (2,)
    assert desk.central.store.database.one("PRAGMA journal_mode") == ("wal",)


def test_many_machines_at_once_lose_no_answer_and_the_memory_is_of_the_newest(desk: Desk) -> None:
    """The end of a session: every room sends. What the signer remembers beside the database is written by each."""
    devices = [desk.programme.device(desk.centre, f"d-{n}") for n in range(2, 10)]
    desk.client.put_certificates(desk.programme.certificates)

    def send(device: Holder) -> list[str]:
        with HttpTransport(desk.central.url) as line:
            client = Client(line, Identity(desk.programme.root.data, device.id, device.keys.signing))
            envelopes = chain(desk.programme, device, desk.assessor, 15)
            return [client.put_statements([e]).answers[0].status for e in envelopes]

    with ThreadPoolExecutor(len(devices)) as pool:
        assert [s for found in pool.map(send, devices) for s in found] == ["logged"] * 15 * len(devices)
    memory = (desk.folder / "central" / "last-checkpoint").read_text()
    assert verify_checkpoint(memory, desk.central.log).size == 15 * len(devices)
