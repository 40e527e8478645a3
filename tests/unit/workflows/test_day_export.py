# SPDX-License-Identifier: GPL-3.0-or-later
"""The day given out: every sitting reported, everything provable by anyone, nothing personal in the proof."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pypdf
import pytest

from observer_app.errors import BadInput, EnvironmentFault
from observer_app.trust.certificates import vouch_for_pack
from observer_app.trust.envelope import record_id
from observer_app.trust.samples import sample_root, sample_root_key
from observer_app.trust.signed_file import read_signed_file
from observer_app.trust.verify import verify_paths
from observer_app.vault.sittings import encode_sittings
from observer_app.workflows.assigning import assign
from observer_app.workflows.board_views import ExportView
from observer_app.workflows.day_export import DayExport, _helpers
from observer_app.workflows.moderate import ModerateDesk
from observer_app.workflows.sealing import sign_recordings
from tests.unit.workflows.record_cast import DAY, FRAMEWORK, MANAGER, MODERATOR, SCENARIO, CentreCast

IDS = [c.id for c in SCENARIO.criteria]


@pytest.fixture
def cast(tmp_path: Path) -> Iterator[CentreCast]:
    made = CentreCast(tmp_path / "centre", sittings=6)
    yield made
    made.close()


def _export(cast: CentreCast, folder: Path, steps: list[tuple[int, int]] | None = None) -> ExportView:
    export = DayExport(cast.reader(), cast.manager.signatory)
    return export(DAY, folder, lambda done, total: steps.append((done, total)) if steps is not None else None)


def _words(path: Path) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(path.read_bytes())).pages]


def _files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_day_is_given_out_and_verifies(cast: CentreCast, tmp_path: Path) -> None:
    one, two = cast.record(0, [4, 5, 3, 4, None, 6, 4, 4]), cast.record(1)
    change = cast.amend(one, IDS[2], 3, 4, "misheard the question")
    for statement in (one, two, change):
        cast.acknowledge(statement)
    steps: list[tuple[int, int]] = []
    view = _export(cast, tmp_path / "out", steps)
    out = Path(view.folder)
    assert out == tmp_path / "out" and not view.held_back
    assert view.lines[0] == "2 reports, one a candidate"
    log = cast.reader().open(one).verified.statement.body["event_log"]["sha256"]
    assert {"reports/S-0001.pdf", "reports/S-0002.pdf", "day-summary.pdf", "sittings.csv", "ratings.csv",
            "manifest.json", f"bundle-{DAY}.zip", "bundle/manifest.json", f"bundle/record/{one}.observer",
            f"bundle/amendment/{change}.observer", f"bundle/entries/{log}"} <= _files(out)  # fmt: skip
    for name in (f"record/{one}", f"record/{two}", f"amendment/{change}"):
        assert read_signed_file((out / "bundle" / f"{name}.observer").read_bytes()).receipt, name
    assert steps[0] == (0, 4) and steps[-1] == (4, 4)
    for place in (out, out / "bundle", out / f"bundle-{DAY}.zip", out / "bundle" / "record" / f"{one}.observer"):
        report = verify_paths([place])
        assert report.exit_code == 0, (place, report.lines())


def test_what_its_machine_signed_of_a_recording_and_the_signed_packs_are_part_of_the_proof(
    cast: CentreCast, tmp_path: Path
) -> None:
    sitting, at = cast.sittings[0], 1
    observation = cast.observe(sitting, [4] * len(IDS))
    row = {"recording": "r-1", "segment": at, "file_sha256": "1" * 64, "index_sha256": "2" * 64, "root": "3" * 64,
           "size": 9, "clusters": 1, "gaps": 0}  # fmt: skip
    sign_recordings(cast.assessor.signatory, observation, [row])
    record = cast.sign(sitting, observation, media=[row])
    made = [
        vouch_for_pack(sample_root(), [sample_root_key()], asdict(pack.ref), kind=kind, size=1, at_ms=1)
        for kind, pack in (("framework", FRAMEWORK), ("scenario", SCENARIO))
    ]
    for pack, envelope in zip((FRAMEWORK, SCENARIO), made, strict=True):
        cast.store.statements.put(envelope, about=f"pack-{pack.ref.sha256}").result()
    (own,) = cast.store.statements.about(observation, "media")
    view = _export(cast, tmp_path / "out")
    assert not view.held_back
    packs = {f"bundle/pack/{record_id(e)}.observer" for e in made}
    assert {f"bundle/media/{own.id}.observer", f"bundle/record/{record}.observer", *packs} <= _files(tmp_path / "out")
    report = verify_paths([tmp_path / "out" / "bundle"])
    assert report.exit_code == 0 and report.passed[9] == 3, report.lines()  # the recording, the framework, the scenario


def what_a_crash_would_leave() -> tuple[int, int]:
    """In a process that prints: (largest core file, whether its memory may be written out or looked into)."""
    import ctypes
    import resource

    return resource.getrlimit(resource.RLIMIT_CORE)[0], ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="what a crash leaves is proven on Linux")
def test_a_process_that_prints_leaves_no_picture_of_its_memory() -> None:
    with _helpers() as pool:
        assert pool.submit(what_a_crash_would_leave).result(30) == (0, 0)


def test_a_report_says_what_was_signed(cast: CentreCast, tmp_path: Path) -> None:
    one = cast.record(0, [4, 5, 3, 4, None, 6, 4, 4])
    cast.amend(one, IDS[2], 3, 4, "misheard the question")
    cast.acknowledge(one)
    pages = _words(Path(_export(cast, tmp_path / "out").folder) / "reports" / "S-0001.pdf")
    words = "\n".join(pages)
    opened = cast.reader().open(one)
    assert opened.score is not None
    for expected in (
        "Sample Candidate 01", "SW-SAMPLE-01", "Sample Centre North", "Sample Assessor A", SCENARIO.title,
        f"Total {opened.score.total} of {opened.score.most}", f"Note on {IDS[0]}", "Never came up", "01:04",
        "Criterion 3 from 3 to 4", "misheard the question", "was 3", "Entry 1 of the 1 entries",
        "acknowledged by the central store", "This role-play was not recorded",
    ):  # fmt: skip
        assert expected in words, expected
    assert all("SAMPLE" in page for page in pages)


def test_the_tables_have_every_sitting_and_every_rating(cast: CentreCast, tmp_path: Path) -> None:
    cast.record(0, [4, 5, 3, 4, None, 6, 4, 4])
    out = Path(_export(cast, tmp_path / "out").folder)
    sittings = list(csv.DictReader(io.StringIO((out / "sittings.csv").read_bytes().decode("utf-8-sig"))))
    assert len(sittings) == 6 and sum(1 for row in sittings if row["record"]) == 1
    first = next(row for row in sittings if row["candidate_id"] == "S-0001")
    assert (first["recorded"], first["overall"], first["state"]) == ("no", "4", "signed, not sent yet")
    ratings = list(csv.DictReader(io.StringIO((out / "ratings.csv").read_bytes().decode("utf-8-sig"))))
    assert [row["value"] for row in ratings] == ["4", "5", "3", "4", "", "6", "4", "4"]
    assert "Sample Candidate 06" in "\n".join(_words(out / "day-summary.pdf"))


def test_many_reports_are_printed_by_other_processes_the_same(cast: CentreCast, tmp_path: Path) -> None:
    records = [cast.record(n) for n in range(5)]
    out = Path(_export(cast, tmp_path / "all").folder)
    assert len(list((out / "reports").iterdir())) == 5
    assert records[4] in "".join(_words(out / "reports" / "S-0005.pdf")).replace("\n", "")


def test_second_marks_and_decisions_are_part_of_the_proof(cast: CentreCast, tmp_path: Path) -> None:
    record = cast.record(0)
    assign(cast.reader(), record, MODERATOR.person)
    m = cast.moderator
    desk = ModerateDesk(cast.reader(m.secrets.keys), m.vault, m.signatory)
    replay = desk.open(record)
    for criterion in IDS:
        replay.rate(criterion, 3 if criterion == IDS[0] else 4, 1000).result()
    replay.rate("", 4, 2000).result()
    second = replay.sign(MODERATOR.passphrase).result()
    decision = replay.decide({IDS[0]: "replay"}, "Seen at 00:01", MODERATOR.passphrase).result()
    out = Path(_export(cast, tmp_path / "out").folder)
    files = _files(out)
    assert f"bundle/second_mark/{second}.observer" in files and f"bundle/adjudication/{decision}.observer" in files
    words = "\n".join(_words(out / "reports" / "S-0001.pdf"))
    assert "changed after a second marking" in words and "Seen at 00:01" in words
    assert len([name for name in files if name.startswith("bundle/entries/")]) == 2
    assert verify_paths([out]).exit_code == 0


def test_nothing_personal_is_in_the_proof(cast: CentreCast, tmp_path: Path) -> None:
    record = cast.record(0)
    cast.amend(record, IDS[0], 4, 5, "secret reason words")
    out = Path(_export(cast, tmp_path / "out").folder)
    for path in [*(out / "bundle").rglob("*"), out / f"bundle-{DAY}.zip", out / "manifest.json"]:
        if path.is_file():
            data = path.read_bytes()
            for personal in (b"Sample Candidate", b"SW-SAMPLE", b"Note on", b"secret reason"):
                assert personal not in data, path.name


@pytest.mark.parametrize("name", ["reports/S-0001.pdf", "sittings.csv", "bundle/manifest.json", "bundle-zip"])
def test_whatever_is_altered_afterwards_is_named(cast: CentreCast, tmp_path: Path, name: str) -> None:
    cast.record(0)
    out = Path(_export(cast, tmp_path / "out").folder)
    path = out / (f"bundle-{DAY}.zip" if name == "bundle-zip" else name)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    report = verify_paths([out])
    assert report.exit_code == 1 and any(path.name in line for line in report.lines())


def test_a_record_that_does_not_hold_is_held_back_and_named(cast: CentreCast, tmp_path: Path) -> None:
    good, bad = cast.record(0), cast.record(1)
    log = next(o for o in cast.store.objects(bad, "event_log"))
    path = cast.files.path(log.sha256)
    path.write_bytes(path.read_bytes() + b"more")
    view = _export(cast, tmp_path / "out")
    files = _files(Path(view.folder))
    assert len(view.held_back) == 1 and bad[:12] in view.held_back[0] and "altered" in view.held_back[0]
    assert "reports/S-0002.pdf" not in files and f"bundle/record/{bad}.observer" not in files
    assert f"bundle/record/{good}.observer" in files
    assert verify_paths([Path(view.folder)]).exit_code == 0


def test_what_has_not_arrived_is_said(cast: CentreCast, tmp_path: Path) -> None:
    record = cast.record(0)
    for kept in cast.store.objects(record, "evidence"):
        cast.files.remove(kept.sha256)
    view = _export(cast, tmp_path / "out")
    assert view.held_back == ("Sample Candidate 01: Its notes cannot be read on this machine.",)
    words = "\n".join(_words(Path(view.folder) / "reports" / "S-0001.pdf"))
    assert "The words of this note are not on this machine." in words


def test_what_lies_in_the_folder_is_left_alone(cast: CentreCast, tmp_path: Path) -> None:
    cast.record(0)
    mine = tmp_path / "documents" / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    first, second = (Path(_export(cast, mine.parent).folder) for _ in range(2))
    assert (first.name, second.name) == (f"day-{DAY}", f"day-{DAY}-2")
    assert mine.read_text() == "mine"
    assert {p.name for p in mine.parent.iterdir()} == {"mine.txt", first.name, second.name}
    assert verify_paths([second]).exit_code == 0
    empty = tmp_path / "empty"
    empty.mkdir()
    assert Path(_export(cast, empty).folder) == empty
    with pytest.raises(EnvironmentFault, match="not a folder"):
        _export(cast, mine)


def test_a_day_without_bookings_gives_nothing(cast: CentreCast, tmp_path: Path) -> None:
    export = DayExport(cast.reader(), cast.manager.signatory)
    with pytest.raises(BadInput, match="no bookings"):
        export("2026-01-01", tmp_path / "out", lambda done, total: None)
    assert not (tmp_path / "out").exists()


def test_a_candidate_who_sat_twice_has_two_reports(cast: CentreCast, tmp_path: Path) -> None:
    twin = replace(cast.sittings[1], candidate=cast.sittings[0].candidate)
    cast.sittings[1] = twin
    cast.store.sittings.put_roster("1" * 64, DAY, encode_sittings(cast.sittings)).result()
    cast.record(0)
    cast.record(1)
    files = _files(Path(_export(cast, tmp_path / "out").folder))
    assert {"reports/S-0001.pdf", "reports/S-0001-2.pdf"} <= files


def test_a_closed_day_is_part_of_the_proof(cast: CentreCast, tmp_path: Path) -> None:
    cast.record(0)
    signatory = cast.manager.signatory

    def body(seq: int, prev: str) -> dict[str, object]:
        close = {"day": DAY, "first_seq": 1, "last_seq": seq - 1, "head": prev, "expected": 6}
        return {**close, "records": 1, "explained": []}

    close = signatory.sign("day_close", body, signatory.unlock(MANAGER.passphrase), about=f"day-{DAY}").result()
    out = Path(_export(cast, tmp_path / "out").folder)
    assert f"bundle/day_close/{close}.observer" in _files(out)
    assert "The day is closed." in "\n".join(_words(out / "day-summary.pdf"))
    assert verify_paths([out]).exit_code == 0
