# SPDX-License-Identifier: GPL-3.0-or-later
"""Records taken back and recordings erased: signed, with a reason, on this machine and at a real central store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from observer_app.bootstrap.record_commands import run_records
from observer_app.central.export import write_central_export
from observer_app.central.serve import RunningCentral, start_in_background
from observer_app.central.store import set_up_sample
from observer_app.domain.roles import Role
from observer_app.errors import BadInput, Conflict, NotAllowed, ObserverError, WrongPassphrase
from observer_app.sync.client import Identity
from observer_app.sync.line import HttpTransport
from observer_app.sync.transfer import exchange
from observer_app.trust.objects import open_object
from observer_app.trust.verify import verify_paths
from observer_app.workflows.board_views import ExportView
from observer_app.workflows.centre import CentreDesk
from observer_app.workflows.enrolment import load_machine
from observer_app.workflows.evidence import unwrapped
from observer_app.workflows.records import SECOND_EVIDENCE_KIND
from observer_app.workflows.withdrawing import carry_out, erase, void
from tests.unit.workflows.record_cast import ASSESSOR, CLOCK, DAY, MANAGER, CentreCast, centre_cast

BOSS = frozenset({Role.MANAGER})
WHY = "The wrong candidate sat down"
assert SECOND_EVIDENCE_KIND


cast = centre_cast


@pytest.fixture
def central(tmp_path: Path) -> Iterator[RunningCentral]:
    set_up_sample(tmp_path / "central")
    running = start_in_background(tmp_path / "central")
    yield running
    running.stop()


def send(cast: CentreCast, central: RunningCentral) -> tuple[str, ...]:
    boss, machine = cast.manager, cast.machine
    who = Identity(machine.root, machine.device, machine.keys.signing, boss.secrets.person,
                   boss.secrets.keys.signing, frozenset({"manager"}))  # fmt: skip
    with HttpTransport(central.url) as line:
        problems = exchange(cast.store, cast.files, line, who).problems
    cast.machine = load_machine(cast.store)  # with the log's certificate, which came
    return problems


def test_a_void_record_stays_and_does_not_count(cast: CentreCast) -> None:
    record = cast.record(0)
    assert not cast.reader().open(record).void
    void(cast.reader(), cast.manager.signatory, BOSS, record, WHY, MANAGER.passphrase).result()
    opened = cast.reader().open(record)
    assert opened.void == WHY and opened.ratings
    with pytest.raises(Conflict, match="void already"):
        void(cast.reader(), cast.manager.signatory, BOSS, record, WHY, MANAGER.passphrase)


def test_who_may_take_a_record_back(cast: CentreCast) -> None:
    record, none = cast.record(0), frozenset[Role]()
    with pytest.raises(NotAllowed):
        void(cast.reader(), cast.moderator.signatory, none, record, WHY, MANAGER.passphrase)
    with pytest.raises(BadInput, match="reason"):
        void(cast.reader(), cast.manager.signatory, BOSS, record, "  ", MANAGER.passphrase)
    with pytest.raises(WrongPassphrase):
        void(cast.reader(), cast.manager.signatory, BOSS, record, WHY, "not this one")
    void(cast.reader(), cast.assessor.signatory, none, record, WHY, ASSESSOR.passphrase).result()
    assert cast.reader().open(record).void == WHY


def test_notes_erased_leave_the_record_and_a_signed_deletion_everywhere(
    cast: CentreCast, central: RunningCentral, tmp_path: Path
) -> None:
    record, other = cast.record(0), cast.record(1)
    before = cast.reader().open(record)
    observation = before.observation
    assert before.notes() and send(cast, central) == ()
    store = central.store
    evidence = [o.sha256 for o in cast.store.objects(record, "evidence")]
    assert evidence and store.holdings.complete(evidence[0])
    wraps = "SELECT count(*) FROM wrap WHERE subject = ?"
    assert store.database.one(wraps, (observation,)) != (0,)
    kept_wraps = cast.store.wraps(observation)

    vault = cast.assessor.vault
    done = erase(cast.reader(), cast.manager.signatory, BOSS, record, "notes", WHY, MANAGER.passphrase, vault).result()

    opened = cast.reader().open(record)
    assert not opened.notes() or not any(words for _, words, _ in opened.notes())
    assert opened.ratings == before.ratings and opened.missing
    assert cast.store.wraps(observation) == [] and not cast.files.has(evidence[0])
    with pytest.raises(BadInput, match="were erased"):
        vault.evidence_key(observation)
    assert not any(vault.rows("SELECT 1 FROM texts WHERE text LIKE 'Note on%' LIMIT 1")) or cast.reader().open(other)
    assert send(cast, central) == ()
    assert store.database.one(wraps, (observation,)) == (0,)
    assert not store.files.check(evidence[0]) and store.faults() == []
    assert cast.reader().open(other).notes()

    for wrap in kept_wraps:  # a machine that heard of it late hands its wraps in again
        cast.store.put_wrap(wrap).result()
        cast.store.outbox.resend("wrap", f"{wrap.subject}/{wrap.recipient}").result()
    send(cast, central)
    assert store.database.one(wraps, (observation,)) == (0,)
    write_central_export(store, tmp_path / "out")
    report = verify_paths([tmp_path / "out"])
    assert report.exit_code == 0, report.lines()
    assert cast.store.statements.has(done)


def test_a_store_that_was_stopped_before_it_erased_does_so_at_its_next_start(
    cast: CentreCast, central: RunningCentral, monkeypatch: pytest.MonkeyPatch
) -> None:
    from observer_app.central.store import CentralStore

    record = cast.record(0)
    send(cast, central)
    (evidence,) = [o.sha256 for o in cast.store.objects(record, "evidence")]
    monkeypatch.setattr(central.store.erasing, "sweep", lambda: 0)
    erase(cast.reader(), cast.manager.signatory, BOSS, record, "notes", WHY, MANAGER.passphrase, cast.assessor.vault)
    send(cast, central)
    assert central.store.files.check(evidence)
    data = central.store.data
    central.stop()
    with closing(CentralStore(data)) as again:
        assert not again.files.check(evidence) and again.faults() == []
        again.database.run("UPDATE object SET complete = 2 WHERE complete = 1")
        assert any("no signed deletion says so" in words for words in again.faults())


def where_it_stands(cast: CentreCast, words: str) -> set[str]:
    """Where on this machine a text can be read by whoever holds all of its keys: tables of the stores, files as they
    are, and sealed objects that a wrapped key opens."""
    people = [cast.assessor, cast.manager, cast.moderator]
    holders = [*(p.secrets.keys for p in people), *cast.machine.opening_keys]
    found = set[str]()
    for store in (cast.store, *(p.vault for p in people)):
        for table in [row["name"] for row in store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]:
            for row in store.rows(f"SELECT * FROM {table}"):
                values = [v if isinstance(v, bytes) else str(v).encode() for v in row.values()]
                found |= {table} if any(words.encode() in value for value in values) else set()
    subjects = {row["subject"] for row in cast.store.rows("SELECT subject FROM wraps")}
    keys = [key for s in subjects if (key := unwrapped(s, cast.store.wraps(s), holders)) is not None]
    for path in (p for p in cast.root.rglob("*") if p.is_file()):
        data = path.read_bytes()
        found |= {path.name} if words.encode() in data else set()
        for key in keys if path.parent.parent.name == "objects" else ():
            with suppress(ObserverError):
                found |= {"sealed"} if words.encode() in open_object(data, key) else set()
    return found


def test_a_name_whose_notes_were_erased_is_read_nowhere_on_the_machine(cast: CentreCast) -> None:
    record, other = cast.record(0), cast.record(1)
    gone, stays = cast.sittings[0].candidate, cast.sittings[1].candidate
    desk = CentreDesk(cast.manager.signatory, cast.files, [], lambda day, out, told: ExportView(str(out), ()),
                      cast.reader())  # fmt: skip
    for _ in range(2):
        desk.send_roster(DAY).result()
    for name in (gone.name, gone.registration, stays.name):
        assert where_it_stands(cast, name) >= {"rosters", "sealed"}, "the control: it is found where it is"

    erase(cast.reader(), cast.manager.signatory, BOSS, record, "notes", WHY, MANAGER.passphrase, cast.assessor.vault)

    assert where_it_stands(cast, gone.name) == where_it_stands(cast, gone.registration) == set()
    assert "rosters" in where_it_stands(cast, stays.name) and cast.reader().open(other).candidate.name == stays.name
    assert desk.pass_on() == 1 and desk.pass_on() == 0, "the list the rooms have to get instead"
    assert where_it_stands(cast, gone.name) == set() and "sealed" in where_it_stands(cast, stays.name)
    rows = desk.board(DAY, CLOCK.now()).rows
    assert {row.candidate.id: row.candidate.name for row in rows if row.candidate.id in (gone.id, stays.id)} == {
        gone.id: "Name erased", stays.id: stays.name,
    }  # fmt: skip


def test_who_may_erase_and_what(cast: CentreCast) -> None:
    record = cast.record(0)
    with pytest.raises(NotAllowed, match="erasing"):
        erase(cast.reader(), cast.assessor.signatory, frozenset({Role.ASSESSOR}), record, "notes", WHY,
              ASSESSOR.passphrase, cast.assessor.vault)  # fmt: skip
    with pytest.raises(BadInput, match="recording"):
        erase(cast.reader(), cast.manager.signatory, BOSS, record, "person", WHY, MANAGER.passphrase,
              cast.manager.vault)  # fmt: skip
    with pytest.raises(ObserverError):
        erase(cast.reader(), cast.manager.signatory, BOSS, record, "notes", WHY, "wrong", cast.manager.vault)
    assert cast.reader().open(record).notes()


def test_a_deletion_nobody_may_sign_erases_nothing(cast: CentreCast) -> None:
    record = cast.record(0)
    opened = cast.reader().open(record)
    body = {"subject": opened.observation, "what": "notes", "objects": [], "reason_sha256": "ab" * 32}
    key = cast.assessor.signatory.unlock(ASSESSOR.passphrase)  # an assessor's signature, made by hand
    cast.assessor.signatory.sign("deletion", body, key, about=opened.observation).result()
    assert carry_out(cast.store, cast.files, cast.machine.trust(), cast.assessor.vault) == 0
    assert cast.reader().open(record).notes()


def test_at_the_command_line(cast: CentreCast, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = cast.record(0)
    cast.close()
    words = tmp_path / "words"
    words.write_text(MANAGER.passphrase)
    given = ["--vault", str(cast.root), "--person", MANAGER.name, "--passphrase-file", str(words)]
    assert run_records(["list", *given], as_json=True) == 0
    listed = {"record": record, "state": "signed", "void": "", "trouble": ""}
    assert json.loads(capsys.readouterr().out) == {"ok": True, "records": [listed]}
    assert run_records(["void", *given, "--record", record[:12], "--reason", WHY]) == 0
    assert run_records(["erase", *given, "--record", record, "--what", "notes", "--reason", WHY]) == 0
    assert "Erased here" in capsys.readouterr().out
    with pytest.raises(BadInput, match="No record"):
        run_records(["void", *given, "--record", "ab" * 32, "--reason", WHY])
    assert run_records(["list", *given]) == 0
    assert "void" in capsys.readouterr().out
    assert run_records(["list", *given], as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["records"] == [{**listed, "void": WHY}]
    assert DAY
