# SPDX-License-Identifier: GPL-3.0-or-later
"""Packs signed by command: an entry of the log, fetched by every machine, told from others by both verifiers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from observer_app.central.enrol import run_enrol
from observer_app.central.export import write_central_export
from observer_app.errors import BadInput, Conflict
from observer_app.packs.check import library_at
from observer_app.shipped import shipped
from observer_app.sync.transfer import exchange
from observer_app.trust.passphrase import CHEAP_COST, seal_secret
from observer_app.trust.programme import Trust
from observer_app.trust.statements import NO_PREVIOUS
from observer_app.trust.verify import verify_paths
from observer_app.workflows.verified import VerifiedStatements
from tests.redteam.second import second_blames
from tests.simulators.programme import Machine, record_body, sealed
from tests.unit.central.conftest import Desk


@pytest.fixture
def kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A store with its root's key beside it."""
    monkeypatch.setenv("OBSERVER_ROOT_PASSPHRASE", "four words of root")
    sealed_key = seal_secret(desk.programme.root_key.seed, "four words of root", CHEAP_COST)
    (desk.folder / "central" / "keys" / "root.sealed").write_bytes(sealed_key)
    yield desk


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """One framework and its scenario, no samples any more."""
    folder = tmp_path / "packs"
    folder.mkdir()
    for path in (
        shipped("rubrics") / "child-and-family-practitioner.yaml",
        shipped("resources") / "scenarios" / "first-home-visit.yaml",
    ):
        text = path.read_text("utf-8").replace("sample: true", "sample: false")
        (folder / path.name).write_bytes(text.encode())
    return folder


def sign(desk: Desk, *paths: Path) -> None:
    words = ["packs", "--data", str(desk.folder / "central"), *map(str, paths), "--json"]
    assert run_enrol(words) == 0


def record(desk: Desk, seq: int, prev: str, **changes: Any) -> bytes:
    header = desk.programme.header("record", seq, prev, desk.device, (desk.assessor, desk.device))
    return sealed(header, {**record_body(seq), **changes}, (desk.assessor, desk.device))


def named(pack: dict[str, Any]) -> dict[str, str]:
    return {name: pack[name] for name in ("id", "version", "sha256")}


def test_a_signed_pack_is_logged_fetched_and_found_by_its_hash(
    kept: Desk, packs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sign(kept, packs)
    done = json.loads(capsys.readouterr().out)["packs"]
    library = library_at([packs])
    refs = [f.ref for f in library.frameworks.values()] + [s.ref for s in library.scenarios.values()]
    assert [(p["id"], p["sha256"], p["new"]) for p in done] == [(r.id, r.sha256, True) for r in refs]
    size = kept.central.store.log.size
    sign(kept, packs)  # once more is nothing
    assert not any(p["new"] for p in json.loads(capsys.readouterr().out)["packs"])
    assert kept.central.store.log.size == size and kept.central.store.faults() == []
    machine = Machine(kept.programme, kept.device, kept.folder)
    try:
        exchange(machine.store, machine.files, kept.line, machine.identity())
        known = [*kept.programme.certificates, kept.programme.log]
        verified = VerifiedStatements(machine.store, Trust(kept.programme.root, known), kept.device.id)
        for ref in refs:
            (statement,) = verified.pack(ref.sha256)
            said = verified.verify(statement)
            assert [s.kind for s in said.signers] == ["root"] and verified.receipt(statement) is not None
            assert said.statement.body["pack"] == {"id": ref.id, "version": ref.version, "sha256": ref.sha256}
            assert said.statement.body["size"] == len(library.contents[ref.sha256])
        assert verified.pack("0" * 64) == []
    finally:
        machine.close()


def test_a_faulty_a_sample_or_another_pack_of_that_name_is_not_signed(kept: Desk, packs: Path) -> None:
    before = kept.central.store.log.size
    with pytest.raises(BadInput, match="sample"):
        sign(kept, shipped("rubrics"))
    (packs / "broken.yaml").write_text("kind: framework\nid: [", encoding="utf-8")
    with pytest.raises(BadInput) as fault:
        sign(kept, packs)
    assert fault.value.file.endswith("broken.yaml") and fault.value.line > 0
    (packs / "broken.yaml").unlink()
    assert kept.central.store.log.size == before
    sign(kept, packs)
    file = packs / "first-home-visit.yaml"
    file.write_text(file.read_text("utf-8") + "# another word\n", encoding="utf-8")
    with pytest.raises(Conflict, match="signed with other contents"):
        sign(kept, packs)
    assert kept.central.store.log.size == before + 2


def test_a_record_by_another_pack_of_that_name_is_named_by_both_verifiers(
    kept: Desk, packs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever rated by a framework of their own under the programme's name and version."""
    sign(kept, packs)
    framework, scenario = json.loads(capsys.readouterr().out)["packs"]
    right = {"framework": named(framework), "scenario": named(scenario)}
    other = {**right, "scenario": {**named(scenario), "sha256": "0" * 64}}
    elsewhere = {**right, "framework": {**named(framework), "version": "0.0", "sha256": "1" * 64}}
    prev, ids = NO_PREVIOUS, []
    for seq, body in enumerate((right, elsewhere, other), 1):
        (answer,) = kept.client.put_statements([record(kept, seq, prev, **body)]).answers
        prev = answer.record_id
        ids.append(prev)
        out = tmp_path / f"out-{seq}"
        write_central_export(kept.central.store, out)
        report = verify_paths([out])
        wrong = {f.subject for f in report.findings if not f.ok}
        assert wrong == second_blames([out], kept.programme.root.data)
        assert len(wrong) == (seq == 3), report.lines()
        assert report.passed[9] == {1: 2, 2: 3, 3: 4}[seq]
    assert all(ids[2][:16] in name for name in wrong)
