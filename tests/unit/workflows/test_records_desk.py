# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of signed records: whose, when, what was done to it; one that does not hold keeps nobody from the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from sqlite_utils import Database

from observer_app.domain.framework import Framework
from observer_app.domain.record import RecordState
from observer_app.domain.roles import Role, unnamed_person
from observer_app.domain.scenario import Scenario
from observer_app.trust.certificates import Certificate, vouch_for_pack
from observer_app.trust.keys import PrivateKey
from observer_app.trust.samples import sample_root, sample_root_key
from observer_app.workflows.records_desk import RecordsDesk
from tests.unit.workflows.record_cast import FRAMEWORK, LIBRARY, MANAGER, SCENARIO, CentreCast

WHY = "The wrong candidate sat down"


@pytest.fixture
def cast(tmp_path: Path) -> Iterator[CentreCast]:
    made = CentreCast(tmp_path / "centre")
    yield made
    made.close()


def desk(cast: CentreCast) -> RecordsDesk:
    reader = cast.reader()
    return RecordsDesk(reader, cast.manager.signatory, frozenset({Role.MANAGER}), cast.manager.vault, LIBRARY)


def test_each_row_says_whose_it_is_and_what_was_done_to_it(cast: CentreCast) -> None:
    first, second, third = (cast.record(n) for n in range(3))
    opened = {r: cast.reader().open(r) for r in (first, second, third)}
    desk(cast).void(first, WHY, MANAGER.passphrase).result()
    desk(cast).erase(second, "notes", "She asked for it", MANAGER.passphrase).result()
    rows = {row.record: row for row in desk(cast).all()}
    assert list(rows) == [third, second, first], "the newest first"
    for record, row in rows.items():
        wanted = opened[record].candidate
        name = "" if record == second else wanted.name  # with the notes goes the name
        assert (row.candidate.id, row.candidate.name, row.candidate.photo) == (wanted.id, name, b"")
        assert row.state is RecordState.SIGNED and row.assessor and row.scenario and not row.trouble
    assert [rows[r].void for r in (first, second, third)] == [WHY, "", ""]
    assert [(rows[r].notes_erased, rows[r].recording_erased) for r in (second, third)] == [(True, True), (False, False)]


def test_each_row_says_who_signed_what_it_was_rated_by(cast: CentreCast) -> None:
    record = cast.record(0)

    def said() -> str:
        return {row.record: row.packs for row in desk(cast).all()}[record]

    def keep(issuer: Certificate, key: PrivateKey, pack: Framework | Scenario, kind: str) -> None:
        made = vouch_for_pack(issuer, [key], asdict(pack.ref), kind=kind, size=1, at_ms=1)
        cast.store.statements.put(made, about=f"pack-{pack.ref.sha256}").result()

    both = "The framework and the scenario it was rated by are"
    assert said() == f"{both} not signed by anybody."
    keep(sample_root(), PrivateKey.generate(), FRAMEWORK, "framework")
    assert said() == f"{both} not signed by anybody.", "a signature that does not hold"
    keep(sample_root(), sample_root_key(), SCENARIO, "scenario")
    assert said() == "The framework it was rated by is not signed by anybody, the scenario signed by the programme."


def test_each_row_names_the_centre_where_it_signed(cast: CentreCast) -> None:
    record = cast.record(0)
    for pack, kind in ((FRAMEWORK, "framework"), (SCENARIO, "scenario")):
        made = vouch_for_pack(
            cast.centre.certificate, [cast.centre.keys.signing], asdict(pack.ref), kind=kind, size=1, at_ms=1
        )
        cast.store.statements.put(made, about=f"pack-{pack.ref.sha256}").result()
    rows = {row.record: row.packs for row in desk(cast).all()}
    assert rows[record] == "The framework and the scenario it was rated by are signed by the centre."


def test_each_row_names_the_person_who_signed_at_a_machine_whose_signature_stands_first(cast: CentreCast) -> None:
    record, signatory = cast.record(0), cast.manager.signatory
    signers = (signatory.machine.keys.signing, cast.manager.secrets.keys.signing)
    for pack, kind in ((FRAMEWORK, "framework"), (SCENARIO, "scenario")):
        body = {"pack": asdict(pack.ref), "kind": kind, "size": 1}
        build = signatory._builder("pack", body, signers, signatory.person)
        cast.store.statements.sign_and_store(build, about=f"pack-{pack.ref.sha256}").result()
    rows = {row.record: row.packs for row in desk(cast).all()}
    assert rows[record].startswith("The framework and the scenario it was rated by are signed by ")
    assert rows[record].endswith(
        (f"{cast.store.person_name(signatory.person)}.", f"{unnamed_person(signatory.person)}.")
    )
    assert signatory.person not in rows[record]


def test_a_record_that_does_not_hold_is_a_row_that_says_so(cast: CentreCast) -> None:
    good, bad = cast.record(0), cast.record(1)
    kept = cast.store.statements.get(bad)
    altered = kept[:-40] + bytes(255 - b if b > 127 else b ^ 1 for b in kept[-40:-20]) + kept[-20:]

    def alter(db: Database) -> None:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute("UPDATE statements SET envelope = ? WHERE id = ?", (altered, bad))

    cast.store.write(alter).result(5)
    rows = {row.record: row for row in desk(cast).all()}
    assert rows[bad].trouble and not rows[good].trouble and rows[good].candidate.name


def test_a_deletion_nobody_may_sign_is_not_believed(cast: CentreCast) -> None:
    record = cast.record(0)
    body = {
        "subject": cast.reader().open(record).observation,
        "what": "notes",
        "objects": [],
        "reason_sha256": "ab" * 32,
    }
    key = cast.assessor.secrets.keys.signing
    cast.assessor.signatory.sign("deletion", body, key, about=str(body["subject"])).result()
    (row,) = desk(cast).all()
    assert not row.notes_erased and not row.recording_erased
