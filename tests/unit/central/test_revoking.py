# SPDX-License-Identifier: GPL-3.0-or-later
"""A key ended by command: an entry of the log, fetched by the machines, honoured by its place, and by `verify`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from observer_app.central.enrol import run_enrol
from observer_app.central.enrolment import add_desk
from observer_app.central.export import write_central_export
from observer_app.central.store import CentralStore
from observer_app.errors import BadInput, Conflict, IntegrityBroken, NotAllowed, ObserverError
from observer_app.sync.transfer import exchange
from observer_app.trust.certificates import issue_certificate, revoke
from observer_app.trust.envelope import record_id
from observer_app.trust.passphrase import CHEAP_COST, seal_secret
from observer_app.trust.programme import Trust
from observer_app.trust.verify import verify_paths
from tests.redteam.second import second_blames
from tests.simulators.programme import Machine, chain
from tests.unit.central.conftest import Desk


@pytest.fixture
def kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A store with its root's key beside it and a desk key for the centre, and two records of d-1 in the log."""
    monkeypatch.setenv("OBSERVER_ROOT_PASSPHRASE", "four words of root")
    sealed = seal_secret(desk.programme.root_key.seed, "four words of root", CHEAP_COST)
    (desk.folder / "central" / "keys" / "root.sealed").write_bytes(sealed)
    add_desk(desk.central.store, desk.programme.root_key, "north")
    records = chain(desk.programme, desk.device, desk.assessor, 3)
    desk.client.put_statements(records[:2])
    desk.waiting = tuple(records[2:])
    yield desk


def command(desk: Desk, *words: str) -> None:
    """In a store of its own, as beside a running server."""
    assert run_enrol([words[0], "--data", str(desk.folder / "central"), *words[1:], "--json"]) == 0


def test_a_stolen_laptop_is_ended_while_the_store_runs(kept: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    other = kept.programme.device(kept.centre, "d-2")
    kept.central.store.registry.add(kept.programme.certificates)
    command(kept, "revoke", "--device", "d-1", "--reason", "stolen")
    done = json.loads(capsys.readouterr().out)
    assert done == {"keys": [kept.device.keys.key_id], "valid_until_size": 2}
    with pytest.raises(NotAllowed, match="no longer counts"):
        kept.client.certificates(0)
    machine = Machine(kept.programme, other, kept.folder)
    try:
        exchange(machine.store, machine.files, kept.line, machine.identity())
        (entry,) = machine.store.statements.of_type("revocation")
        assert machine.store.outbox.receipt(entry.id) is not None
        known = [k.envelope for k in machine.store.statements.of_type("certificate")]
        trust = Trust(kept.programme.root, [*known, entry.envelope])
        records = chain(kept.programme, kept.device, kept.assessor, 3)
        assert trust.verify(records[1], log_index=1)
        with pytest.raises(IntegrityBroken, match="no longer counts"):
            trust.verify(records[2], log_index=3)
    finally:
        machine.close()
    assert kept.central.store.faults() == []
    with pytest.raises(Conflict, match="already"):
        command(kept, "revoke", "--device", "d-1", "--reason", "stolen")
    command(kept, "keys")
    shown = {k["subject"]: k["counts"] for k in json.loads(capsys.readouterr().out)}
    assert shown["d-1"] == "revoked" and shown["d-2"] == "yes"


def test_verify_goes_by_the_place_in_the_log(kept: Desk, tmp_path: Path) -> None:
    command(kept, "revoke", "--person", "p-assessor", "--reason", "misused", "--from", "1")
    write_central_export(kept.central.store, tmp_path / "out")
    report = verify_paths([tmp_path / "out"])
    wrong = [f for f in report.findings if not f.ok]
    assert [f.step for f in wrong] == [4] and "from log entry 1 on; it is entry 1" in wrong[0].words
    assert "00000001-" in wrong[0].subject
    assert second_blames([tmp_path / "out"], kept.programme.root.data) == {wrong[0].subject}


def test_what_came_before_stays_good_for_verify(kept: Desk, tmp_path: Path) -> None:
    command(kept, "revoke", "--centre", "north", "--reason", "replaced")
    write_central_export(kept.central.store, tmp_path / "out")
    report = verify_paths([tmp_path / "out"])
    assert report.exit_code == 0, report.lines()
    assert not second_blames([tmp_path / "out"], kept.programme.root.data)
    revocations = [p for p in (tmp_path / "out" / "statements").iterdir() if b"observer.revocation" in p.read_bytes()]
    assert len(revocations) == 2  # the centre's own key, and the desk's


def test_a_revoked_key_revokes_nobody(kept: Desk) -> None:
    command(kept, "revoke", "--centre", "north", "--reason", "stolen")
    spite = revoke(
        kept.centre.certificate, [kept.centre.keys.signing], kept.manager.keys.key_id, valid_until_size=0,
        reason="left", at_ms=1,
    )  # fmt: skip
    size = kept.central.store.log.size
    assert kept.client.put_certificates([spite]) == 0
    assert kept.central.store.log.size == size and spite not in kept.central.store.registry.trust.revocations


def test_a_key_certified_anew_under_another_key_goes_on(kept: Desk) -> None:
    """A centre's key is replaced: its machines are certified once more and lose nothing."""
    again = kept.programme.centre("north")
    span = {
        "not_before_ms": kept.device.certificate.not_before_ms,
        "not_after_ms": kept.device.certificate.not_after_ms,
    }
    renewed = [
        issue_certificate(
            again.certificate, [again.keys.signing], kind=h.certificate.kind, subject=h.id,
            signing=h.keys.signing.public, roles=h.certificate.roles, **span,
        )
        for h in (kept.device, kept.assessor)
    ]  # fmt: skip
    command(kept, "revoke", "--key", kept.centre.keys.key_id, "--reason", "replaced")
    with pytest.raises(NotAllowed):
        kept.client.certificates(0)
    kept.client.put_certificates([again.certificate.data, *renewed])
    assert kept.client.put_statements(kept.waiting).answers[0].status == "logged"


def test_a_revocation_taken_out_of_the_database_is_noticed(kept: Desk) -> None:
    command(kept, "revoke", "--person", "p-assessor", "--reason", "left")
    kept.central.stop()
    with closing(CentralStore(kept.folder / "central")) as store:
        for name in ("update", "delete"):
            store.database.run(f"DROP TRIGGER certificate_no_{name}")
        gone = record_id(store.registry.trust.revocations[0])
        store.database.run("DELETE FROM certificate WHERE envelope = ?", (store.registry.trust.revocations[0],))
        assert any(gone in words for words in store.faults())


def test_what_cannot_be_revoked_is_said(kept: Desk) -> None:
    for words in (("--device", "d-9"), ("--key", "ed25519:" + "0" * 64)):
        with pytest.raises(BadInput, match="No certificate"):
            command(kept, "revoke", *words, "--reason", "lost")
    with pytest.raises(BadInput, match="The log has 2 entries"):
        command(kept, "revoke", "--device", "d-1", "--reason", "lost", "--from", "3")
    with pytest.raises(ObserverError):
        command(kept, "revoke", "--key", kept.programme.root_key.key_id, "--reason", "lost")
