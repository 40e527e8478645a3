# SPDX-License-Identifier: GPL-3.0-or-later
"""A stick with a machine on it: what it holds, what is refused, what a kill leaves, and how a machine comes back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest

from observer_app.bootstrap import backup
from observer_app.bootstrap.backup import backup_name
from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.restore import restore
from observer_app.bootstrap.sample_people import sample_file, sample_sittings
from observer_app.central.enrol import run_enrol
from observer_app.central.serve import RunningCentral
from observer_app.cli import main
from observer_app.domain.record import RecordState
from observer_app.domain.scenario import Scenario
from observer_app.errors import (
    BadInput,
    Conflict,
    IntegrityBroken,
    NotAllowed,
    ObserverError,
    StoreLocked,
    WrongPassphrase,
)
from observer_app.shipped import shipped
from observer_app.trust.envelope import open_envelope
from observer_app.trust.statements import read_statement
from observer_app.trust.verify import verify_paths
from observer_app.vault.texts import SaltedText
from tests.simulators.programme import record_body
from tests.unit.bootstrap.conftest import CLOCK, WORDS, close_day, codes_for, signed_in

NOW = CLOCK.now()


def stick_of(tmp_path: Path) -> Path:
    found = tmp_path / "stick"
    found.mkdir(exist_ok=True)
    return found


def files_below(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def filled(office: Desktop) -> str:
    """Something of every kind on the machine: an object, a recording, a draft, a signed statement; its id."""
    with signed_in(office, "jo") as session:
        session.staff.add("kim", "Kim Example", frozenset({"assessor"}), WORDS)
        session.files.put(b"sealed object")
        folder = session.files.recording("rec-1", create=True)
        (folder / "0001.obsv").write_bytes(os.urandom(3 << 20))
        session.vault.set_setting("mine", "kept").result()
        return close_day(session)


def run(tmp_path: Path, *words: str) -> int:
    given = tmp_path / "passphrase"
    given.write_text(WORDS)
    return main([*words, "--person", "jo", "--passphrase-file", str(given)])


def test_a_backup_that_is_locked_over_ends_and_leaves_the_one_before(office: Desktop, tmp_path: Path) -> None:
    filled(office)
    stick = stick_of(tmp_path)
    with signed_in(office, "jo") as session:
        session.back_up(stick)
        session.files.put(b"another sealed object")
    (folder,) = stick.iterdir()
    before = (folder / "manifest.json").read_bytes()
    session = office.sign_in("jo", WORDS)
    with pytest.raises(StoreLocked, match="locked before the backup was finished"):
        session.back_up(stick, lambda step, done, total: session.lock() if done == 2 else None)
    assert (folder / "manifest.json").read_bytes() == before and not (office.vault / "backup-part").exists()
    with signed_in(office, "jo") as session:
        session.back_up(stick)
    assert verify_paths([folder]).exit_code == 0


def test_one_backup_at_a_time(office: Desktop, tmp_path: Path) -> None:
    filled(office)
    stick, refused = stick_of(tmp_path), list[Conflict]()
    with signed_in(office, "jo") as session:

        def once_more(step: str, done: int, total: int) -> None:
            if done == 1 and not refused:
                with pytest.raises(Conflict) as raised:
                    session.back_up(stick)
                refused.append(raised.value)

        session.back_up(stick, once_more)
        assert "running already" in str(refused[0])
        session.back_up(stick)
    (folder,) = stick.iterdir()
    assert verify_paths([folder]).exit_code == 0


def test_a_machine_comes_back_from_a_stick_by_two_commands(office: Desktop, tmp_path: Path) -> None:
    signed, stick, new = filled(office), stick_of(tmp_path), tmp_path / "new"
    assert run(tmp_path, "backup", "--vault", str(office.vault), "--to", str(stick)) == 0
    (folder,) = stick.iterdir()
    assert verify_paths([folder]).exit_code == 0
    assert main(["verify", str(folder), "--root", str(office.vault / "programme-root.certificate")]) == 0
    root = str(office.vault / "programme-root.certificate")
    assert run(tmp_path, "restore", "--from", str(stick), "--vault", str(new), "--root", root) == 0
    with signed_in(Desktop(new, CLOCK), "jo") as session:
        assert session.vault.setting("mine") == "kept"
        assert session.store.statements.has(signed) and session.store.check() == []
        (name,) = [n for n in files_below(new) if n.startswith("objects/")]
        assert session.files.read(Path(name).name) == b"sealed object"
    Desktop(new, CLOCK).sign_in("kim", WORDS).lock()
    before, after = files_below(office.vault / "recordings"), files_below(new / "recordings")
    assert before == after and before


def test_nothing_is_on_the_stick_that_is_not_on_the_disk_as_it_is(office: Desktop, tmp_path: Path) -> None:
    filled(office)
    with signed_in(office, "jo") as session:
        session.vault.write(SaltedText.new("Quillfeather wept").insert).result()
        session.back_up(stick_of(tmp_path))
    for name, content in files_below(tmp_path / "stick").items():
        for word in (b"Quillfeather", b"Kim Example", WORDS.encode()):
            assert word not in content, name
    assert not (office.vault / "backup-part").exists()


def test_a_second_backup_writes_only_what_is_new(office: Desktop, tmp_path: Path) -> None:
    filled(office)
    stick = stick_of(tmp_path)
    with signed_in(office, "jo") as session:
        first = backup.back_up(session, stick)
        again = backup.back_up(session, stick)
        assert first.new == first.files and again.new == 0
        close_day(session)
        third = backup.back_up(session, stick)
        assert 1 <= third.new <= 2 and third.new_bytes < 3 << 20
    (folder,) = stick.iterdir()
    report = verify_paths([folder])
    assert report.exit_code == 0, report.lines()
    assert len(list(folder.glob("contents-*.json"))) == 1


@pytest.fixture
def stick(office: Desktop, tmp_path: Path) -> Path:
    filled(office)
    with signed_in(office, "jo") as session:
        session.back_up(stick_of(tmp_path))
        return stick_of(tmp_path) / backup_name(session.machine.device)


def refuses(stick: Path, tmp_path: Path, kind: type[Exception] = IntegrityBroken) -> str:
    new = tmp_path / "new"
    with pytest.raises(kind) as caught:
        restore(stick, new, "jo", WORDS, NOW)
    assert not new.exists() and not list(tmp_path.glob(".*"))
    return str(caught.value)


def test_every_file_of_a_stick_that_was_altered_is_named(stick: Path, tmp_path: Path) -> None:
    for name, content in files_below(stick).items():
        path = stick / name
        for spoilt in (content[:-1] + bytes([content[-1] ^ 1]), content[:-1], content + b"x"):
            path.write_bytes(spoilt)
            words = refuses(stick, tmp_path, ObserverError)
            assert "manifest" in words or "list" in words or "signed" in words or "was changed" in words, (name, words)
        path.unlink()
        assert refuses(stick, tmp_path, ObserverError)
        path.write_bytes(content)
    assert restore(stick, tmp_path / "new", "jo", WORDS, NOW).startswith("Restored")


def test_the_altered_object_is_named_as_on_the_machine(stick: Path, tmp_path: Path) -> None:
    film = next(p for p in stick.rglob("*") if p.is_file() and p.stat().st_size == 3 << 20)
    with film.open("r+b") as file:
        file.seek(1 << 20)
        file.write(b"altered")
    assert "recordings/rec-1/0001.obsv" in refuses(stick, tmp_path)


def test_a_list_that_names_a_place_outside_is_refused(office: Desktop, stick: Path, tmp_path: Path) -> None:
    """Even one the machine itself signed."""
    with signed_in(office, "jo") as session:
        (film,) = [p for p in stick.rglob("*") if p.is_file() and p.stat().st_size == 3 << 20]
        row = {"path": "../outside", "sha256": film.name, "size": 3 << 20}
        backup._sign(session, stick, [row])
    assert "outside" in refuses(stick, tmp_path)
    assert not (tmp_path / "outside").exists()


def test_newer_work_is_never_written_over(office: Desktop, stick: Path) -> None:
    before = files_below(office.vault)
    with pytest.raises(Conflict, match="Nothing was changed"):
        restore(stick, office.vault, "jo", WORDS, NOW)
    assert files_below(office.vault) == before


def test_a_wrong_passphrase_or_root_restores_nothing(stick: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongPassphrase):
        restore(stick, tmp_path / "new", "jo", "not my words at all", NOW)
    from observer_app.trust.samples import sample_root

    with pytest.raises(IntegrityBroken, match="another root"):
        restore(stick, tmp_path / "new", "jo", WORDS, NOW, root=sample_root())
    with pytest.raises(BadInput, match="no backup"):
        restore(tmp_path / "new-and-empty", tmp_path / "new", "jo", WORDS, NOW)
    assert not (tmp_path / "new").exists() and not list(tmp_path.glob(".*"))


def test_a_backup_into_itself_and_onto_nothing_is_refused(office: Desktop, tmp_path: Path) -> None:
    with signed_in(office, "jo") as session:
        with pytest.raises(BadInput, match="inside"):
            session.back_up(office.vault / "objects")
        with pytest.raises(BadInput, match="not there"):
            session.back_up(tmp_path / "unplugged")


def test_a_damaged_object_is_named_and_the_backup_before_stays(office: Desktop, stick: Path, tmp_path: Path) -> None:
    before = files_below(stick)
    (path,) = (office.vault / "objects").rglob("?" * 64)
    path.write_bytes(b"other bytes")
    with signed_in(office, "jo") as session, pytest.raises(IntegrityBroken) as caught:
        session.back_up(tmp_path / "stick")
    assert path.name in caught.value.subject
    kept = files_below(stick)
    assert {n: kept[n] for n in before} == before
    assert restore(stick, tmp_path / "new", "jo", WORDS, NOW)


# ---- a restored machine and the central store ----


def test_a_restored_machine_takes_back_what_it_had_sent_before_it_signs(
    office: Desktop, central: RunningCentral, tmp_path: Path
) -> None:
    with signed_in(office, "jo") as session:
        session.send.use(central.url)
        first = close_day(session)
        session.send.exchange(lambda words: None)
        session.back_up(stick_of(tmp_path))
        later = [close_day(session), close_day(session)]
        session.send.exchange(lambda words: None)
        unsent = close_day(session)
    shutil.rmtree(office.vault)  # the laptop is gone
    restore(tmp_path / "stick", tmp_path / "new", "jo", WORDS, NOW)
    with signed_in(Desktop(tmp_path / "new", CLOCK), "jo") as session:
        with pytest.raises(NotAllowed, match="restored from a backup"):
            close_day(session)
        session.send.exchange(lambda words: None)
        assert [k.id for k in session.store.statements.own()] == [first, *later]
        assert not session.store.statements.has(unsent)  # what had reached nobody is gone with the laptop
        again = close_day(session)
        session.send.exchange(lambda words: None)
        for statement in (first, *later, again):
            assert session.store.record_state(statement) is RecordState.ACKNOWLEDGED
    assert central.store.faults() == []


def test_a_machine_that_signed_on_after_its_backup_elsewhere_is_loud(
    office: Desktop, central: RunningCentral, tmp_path: Path
) -> None:
    with signed_in(office, "jo") as session:
        session.send.use(central.url)
        session.send.exchange(lambda words: None)
        session.back_up(stick_of(tmp_path))
        close_day(session)
        session.back_up(tmp_path / "stick")
    shutil.copytree(office.vault, tmp_path / "copy")
    restore(tmp_path / "stick", tmp_path / "new", "jo", WORDS, NOW)
    with signed_in(Desktop(tmp_path / "copy", CLOCK), "jo") as session:
        close_day(session)
        session.send.exchange(lambda words: None)
    with signed_in(Desktop(tmp_path / "new", CLOCK), "jo") as session:
        session.send.exchange(lambda words: None)
        assert len(session.store.statements.own()) == 2  # it goes on where its other self stopped
        close_day(session)
    with signed_in(Desktop(tmp_path / "copy", CLOCK), "jo") as session:
        close_day(session)
        session.send.exchange(lambda words: None)
    with (
        signed_in(Desktop(tmp_path / "new", CLOCK), "jo") as session,
        pytest.raises(Conflict, match="different histories"),
    ):
        session.send.exchange(lambda words: None)


def test_a_stolen_laptop_costs_what_was_neither_sent_nor_backed_up_and_no_more(
    room: Desktop, office: Desktop, central: RunningCentral, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The guide's way: end its keys, two new codes, one exchange."""
    library = _packs_and_sitting(office, room, tmp_path)
    with signed_in(room, "sam") as session:
        session.send.exchange(lambda words: None)
        thief = session.machine.keys.key_id
        centre, day = session.machine.centre, session.store.sittings.days()[-1]
        (card,) = session.store.sittings.states(day)
        body = record_body() | {"sitting": card.sitting.id}
        key = session.signatory.unlock(WORDS)
        sent = session.signatory.sign("record", body, key).result()
        session.send.exchange(lambda words: None)
        lost = session.signatory.sign("record", body | {"observation": "o-2", "sitting": "s-2"}, key).result()
    data = str(tmp_path / "central")
    assert run_enrol(["revoke", "--data", data, "--device", "room-1", "--reason", "stolen"]) == 0
    with signed_in(room, "sam") as session, pytest.raises(NotAllowed, match="no longer counts"):
        session.send.exchange(lambda words: None)  # the thief, with passphrase and all
    codes = codes_for(tmp_path / "central", office.vault, centre, capsys, device="room-2", person="p-sam")
    again = Desktop(tmp_path / "again", CLOCK)
    again.enrol.with_code(codes, central.url, "sam", "Sam Example", WORDS)
    _copy_packs(again)
    with signed_in(office, "jo") as session:
        session.send.exchange(lambda words: None)
        session.centre.send_roster(day).result()
        roster = session.store.statements.of_type("roster")[-1]
        bookings = read_statement(open_envelope(roster.envelope).payload).body["sittings"]["sha256"]
        told = {w.recipient for w in session.store.wraps(bookings)}
        assert told and thief not in told  # the next list is not for who has the laptop
        session.send.exchange(lambda words: None)
    with signed_in(again, "sam") as session:
        session.send.exchange(lambda words: None)
        assert session.store.record_state(sent) is RecordState.ACKNOWLEDGED
        assert not session.store.statements.has(lost)
        (shown,) = session.assess.today(CLOCK.now()).sittings
        assert (shown.status, shown.can_open) == ("Acknowledged", False)
        with pytest.raises(Conflict, match="another machine"):
            session.assess.open(shown.sitting, CLOCK.now())
    assert library and central.store.faults() == []


def _copy_packs(desktop: Desktop) -> None:
    for kind, folder in (("rubrics", shipped("rubrics")), ("scenarios", shipped("resources") / "scenarios")):
        for path in folder.glob("*.yaml"):
            words = path.read_text().replace("sample: true", "sample: false")
            (desktop.vault / "packs" / kind / path.name).write_text(words)


def _packs_and_sitting(office: Desktop, room: Desktop, tmp_path: Path, assessor: str = "p-sam") -> dict[str, Scenario]:
    """One booking of today, for sam or whoever assesses, taken in and sent."""
    for desktop in (office, room):
        _copy_packs(desktop)
    with signed_in(room, "sam") as session:
        session.send.exchange(lambda words: None)
    with signed_in(office, "jo") as session:
        session.send.exchange(lambda words: None)
        library = dict(session.library.scenarios)
        sittings = sample_sittings(datetime.now(), list(library.values()), 1)
        file = tmp_path / "day.csv"
        file.write_text(sample_file(sittings, library).replace("Sample Assessor A", assessor))
        session.centre.take_in(file, WORDS).result()
        session.send.exchange(lambda words: None)
    return library


# ---- killed in the middle ----

CHILD = """
import os, sys
from pathlib import Path
from observer_app.bootstrap import backup, restore
from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.desktop import Desktop
what, vault, place, words, at = sys.argv[1:]
left = [int(at)]
module = backup if what == "backup" else restore
for name in ("make_folder", "write_durably", "sync_folder", "_take", "_put"):
    if not hasattr(module, name):
        continue
    def wrapped(*given, _real=getattr(module, name), **more):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), 9)
        return _real(*given, **more)
    setattr(module, name, wrapped)
if what == "backup":
    session = Desktop(Path(vault), MachineClock()).sign_in("jo", words)
    session.back_up(Path(place))
    session.lock()
else:
    restore.restore(Path(place), Path(vault), "jo", words, MachineClock().now())
"""


def killed(what: str, vault: Path, place: Path, at: int) -> int:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, what, str(vault), str(place), WORDS, str(at)], capture_output=True, timeout=60
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode


@pytest.mark.slow
def test_killed_anywhere_in_a_backup_both_sides_are_whole(office: Desktop, stick: Path, tmp_path: Path) -> None:
    with signed_in(office, "jo") as session:
        (session.files.recording("rec-2", create=True) / "0001.obsv").write_bytes(os.urandom(1 << 20))
        second = close_day(session)
    at, ended = 0, -1
    while ended != 0:
        ended = killed("backup", office.vault, stick.parent, at)
        new = tmp_path / f"new-{at}"
        restore(stick, new, "jo", WORDS, NOW)
        assert (new / "recordings" / "rec-1" / "0001.obsv").stat().st_size == 3 << 20
        with suppress(OSError):
            shutil.rmtree(new)
        with signed_in(office, "jo") as session:
            assert session.store.check() == [] and session.store.statements.has(second)
        at += 4
    assert at > 8
    report = verify_paths([stick])
    assert report.exit_code == 0, report.lines()


@pytest.mark.slow
def test_killed_anywhere_in_restoring_there_is_a_machine_or_none(stick: Path, tmp_path: Path) -> None:
    before, new = files_below(stick), tmp_path / "new"
    at, ended = 0, -1
    while ended != 0:
        ended = killed("restore", new, stick, at)
        assert new.exists() == (ended == 0)
        at += 4
    assert at > 8 and files_below(stick) == before
    Desktop(new, CLOCK).sign_in("jo", WORDS).lock()
