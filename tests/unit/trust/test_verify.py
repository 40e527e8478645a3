# SPDX-License-Identifier: GPL-3.0-or-later
"""`observer verify`: all well is exit 0; every changed, added, missing file or flipped byte is exit 1 and named."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from observer_app.errors import BadInput, EnvironmentFault, IntegrityBroken, ObserverError
from observer_app.trust.bundle import bundle_parts, write_bundle
from observer_app.trust.certificates import make_root
from observer_app.trust.envelope import record_id
from observer_app.trust.manifest import MANIFEST_NAME, check_manifest, write_manifest
from observer_app.trust.programme import Trust
from observer_app.trust.receipts import parse_receipt
from observer_app.trust.signed_file import check_signed_file, make_signed_file, read_signed_file
from observer_app.trust.trailer import split_trailer, write_with_trailer
from observer_app.trust.verify import load_root, run_verify, verify_paths
from tests.redteam.second import second_blames
from tests.unit.trust.cast import T0, YEAR, Cast, flips, keys, record_body, segment
from tests.unit.trust.test_statements import bodies

MANAGER = [keys("manager-1").signing, keys("laptop-3").signing]


def amendment(record: str) -> dict[str, object]:
    return {**bodies()["amendment"], "record": record}


def made(folder: Path, cast: Cast) -> Path:
    """A small day's folder: two records with receipts, an amendment signed twice, a recording, a report, a bundle."""
    film = random.Random(7).randbytes(5000)
    (folder / "recordings").mkdir(parents=True)
    (folder / "records").mkdir()
    plain = folder / "recordings" / "rec-0001-00001.obsv"
    plain.write_bytes(film)
    media = [segment(hashlib.sha256(film).hexdigest(), len(film))]
    records = [cast.sign("record", record_body(observation=f"obs-{n}", media=media)) for n in (1, 2)]
    trust = cast.trust
    first = trust.verify(records[0]).record_id
    change = cast.sign("amendment", amendment(first), "manager-1")
    second = {"record": first, "amendment": record_id(change)}
    logged = [*records, change, cast.sign("countersignature", second, "moderator-1")]
    for n, envelope in enumerate(logged):
        receipt = cast.receipt(logged, n, alone=False)
        (folder / "records" / f"{n}.observer").write_bytes(make_signed_file(trust, envelope, receipt))
        (folder / "records" / f"{n}.tlog-proof").write_bytes(cast.receipt(logged, n))
    video = cast.sign("media", {"observation": "obs-1", "recording": "rec-0001", "segments": media})
    signed = make_signed_file(trust, video)
    plain.with_name(plain.name + ".observer").write_bytes(signed)
    write_with_trailer(plain, signed, folder / "recordings" / "copy.obsv")
    (folder / "report.pdf").write_bytes(b"%PDF-1.7 nothing")
    inner = folder / "candidate"
    inner.mkdir()
    (inner / "a.csv").write_bytes(b"a,b\n")
    shutil.copy(folder / "records" / "0.observer", inner / "record.observer")
    write_manifest(inner, trust, header(cast), MANAGER)
    write_bundle(inner, folder / "bundle.zip")
    write_manifest(folder, trust, header(cast), MANAGER, counts={"records": 2})
    return folder


def header(cast: Cast) -> object:
    found = cast.header("manifest", "manager-1")
    cast.seq += 0
    return replace(found, device_seq=0, prev="0" * 64)


@pytest.fixture(scope="module", params=["sample", "real"])
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("made") / "day", Cast(sample=request.param == "sample"))


@pytest.fixture
def copy(day: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(day, tmp_path / "copy"))


def names(folder: Path) -> list[Path]:
    return sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())


def test_an_untouched_folder_is_well(copy: Path) -> None:
    report = verify_paths([copy])
    assert report.exit_code == 0, report.lines()
    assert report.ok
    assert report.passed[2] == len(names(copy)) - 1 + 3 * 1 + 1  # nested list and bundle count their files again
    assert report.passed[6] >= 6
    assert report.passed[8] == 1
    assert (
        report.passed[9] == 4
    )  # the amendment's record, the second signature's, its amendment; the recording's record


def test_every_changed_file_is_named(copy: Path) -> None:
    for name in names(copy):
        path = copy / name
        before = path.read_bytes()
        middle = len(before) // 2
        path.write_bytes(before[:middle] + bytes([before[middle] ^ 4]) + before[middle + 1 :])
        report = verify_paths([copy])
        assert report.exit_code == 1
        assert any(name.as_posix() in f.subject for f in report.findings if not f.ok), (name, report.lines())
        path.write_bytes(before + b"\n")
        assert verify_paths([copy]).exit_code == 1
        path.write_bytes(before)
    assert verify_paths([copy]).exit_code == 0


def test_every_missing_file_is_named(copy: Path) -> None:
    for name in names(copy):
        (copy / name).rename(copy.parent / "away")
        report = verify_paths([copy])
        assert report.exit_code == 1
        assert any(name.as_posix() in f.subject for f in report.findings if not f.ok), (name, report.lines())
        (copy.parent / "away").rename(copy / name)
    assert verify_paths([copy]).exit_code == 0


@pytest.mark.parametrize("name", ["new.txt", "records/.hidden", "deep/er/x", "recordings/rec-0001-00002.obsv"])
def test_every_added_file_is_named(copy: Path, name: str) -> None:
    (copy / name).parent.mkdir(parents=True, exist_ok=True)
    (copy / name).write_bytes(b"")
    report = verify_paths([copy])
    assert report.exit_code == 1
    assert [f.subject for f in report.findings if not f.ok] == [f"{copy.as_posix()}/{name}"]


def test_a_link_is_not_a_file(copy: Path) -> None:
    (copy / "link").symlink_to(copy / "report.pdf")
    report = verify_paths([copy])
    assert report.exit_code == 1
    assert "link" in report.lines()[0]


ALONE = [
    "records/0.observer",
    "records/2.observer",
    "records/0.tlog-proof",
    "bundle.zip",
    "recordings/copy.obsv",
    "recordings/rec-0001-00001.obsv.observer",
]


@pytest.mark.parametrize("name", [*ALONE, MANIFEST_NAME])
def test_a_file_copied_out_is_well_alone(day: Path, tmp_path: Path, name: str) -> None:
    alone = tmp_path / Path(name).name
    shutil.copy(day / name, alone)
    report = verify_paths([alone])
    assert report.exit_code == 0, report.lines()


@pytest.mark.parametrize("name", ALONE)
def test_any_flipped_byte_of_a_file_copied_out_is_noticed(day: Path, tmp_path: Path, name: str) -> None:
    alone, data = tmp_path / Path(name).name, (day / name).read_bytes()
    for flipped in flips(data, 1 + len(data) // 300):
        alone.write_bytes(flipped)
        report = verify_paths([alone])
        assert report.exit_code == 1
        assert any(str(alone) in f.subject for f in report.findings if not f.ok)


@pytest.fixture(scope="module")
def cast() -> Cast:
    return Cast()


def test_every_bit_of_a_signed_file_counts(cast: Cast) -> None:
    data = make_signed_file(cast.trust, cast.sign("record", record_body()))
    trust = Trust(cast.root)
    check_signed_file(read_signed_file(data), trust)
    for flipped in flips(data):
        with pytest.raises(ObserverError):
            check_signed_file(read_signed_file(flipped), Trust(cast.root))


def test_every_byte_of_a_manifest_counts(day: Path) -> None:
    data = (day / MANIFEST_NAME).read_bytes()
    root = read_signed_file(data).certificates[-1]
    for flipped in flips(data, 3):
        with pytest.raises(ObserverError):
            check_signed_file(read_signed_file(flipped), Trust(root))


def test_a_recording_is_vouched_for_by_what_lies_beside_above_or_among_the_paths(day: Path, tmp_path: Path) -> None:
    film = day / "recordings" / "rec-0001-00001.obsv"
    assert verify_paths([film]).exit_code == 0  # beside
    assert verify_paths([day / "report.pdf"]).exit_code == 0  # the folder's list above
    alone = tmp_path / "film.obsv"
    shutil.copy(film, alone)
    report = verify_paths([alone])
    assert report.exit_code == 1
    assert "Nothing signed vouches" in report.lines()[0]
    for voucher in ("records/0.observer", "recordings/rec-0001-00001.obsv.observer", MANIFEST_NAME):
        assert verify_paths([alone, day / voucher]).exit_code == 0
        assert verify_paths([day / voucher, alone]).exit_code == 0
    shutil.copy(day / "recordings" / "rec-0001-00001.obsv.observer", tmp_path / "film.obsv.observer")
    assert verify_paths([alone]).exit_code == 0
    for flipped in flips(film.read_bytes(), 97):
        alone.write_bytes(flipped)
        for paths in ([alone], [alone, day / MANIFEST_NAME]):
            assert verify_paths(paths).exit_code == 1


def test_a_file_named_by_its_hash_is_held_to_its_name(tmp_path: Path) -> None:
    name = hashlib.sha256(b"sealed").hexdigest()
    (tmp_path / name).write_bytes(b"sealed")
    assert verify_paths([tmp_path / name]).exit_code == 0
    (tmp_path / name).write_bytes(b"Sealed")
    assert verify_paths([tmp_path / name]).exit_code == 1


def test_a_file_left_in_its_folder_and_changed_is_noticed(copy: Path) -> None:
    (copy / "report.pdf").write_bytes(b"%PDF-1.7 Nothing")
    report = verify_paths([copy / "report.pdf"])
    assert report.exit_code == 1
    assert "changed after" in report.lines()[0]


def test_the_root_given_is_the_only_one_believed(tmp_path: Path) -> None:
    cast = Cast()
    folder = made(tmp_path / "day", cast)
    root, other = tmp_path / "root", tmp_path / "other"
    root.write_bytes(cast.root.data)
    other.write_bytes(make_root("kss", [keys("x").signing], not_before_ms=T0, not_after_ms=T0 + YEAR))
    given = verify_paths([folder], root=root)
    assert given.exit_code == 0
    assert not any("taken from these files" in f.words for f in given.findings)
    assert any("taken from these files" in f.words for f in verify_paths([folder]).findings)
    assert verify_paths([folder], root=other).exit_code == 1
    (tmp_path / "root.observer").write_bytes(make_signed_file(cast.trust, cast.root.data))
    assert load_root(tmp_path / "root.observer").data == cast.root.data
    for wrong in (folder / "report.pdf", folder / "records" / "0.observer", tmp_path / "none"):
        assert verify_paths([folder], root=wrong).exit_code == 2


def test_a_root_that_calls_itself_a_sample_must_be_the_sample_root(tmp_path: Path) -> None:
    cast = Cast()
    cast.__dict__["root"] = load_root(
        _written(
            tmp_path / "r",
            make_root("sample", [keys("root").signing], not_before_ms=0, not_after_ms=T0 + 9 * YEAR, sample=True),
        )
    )
    data = make_signed_file(cast.trust, cast.sign("record", record_body(), sample=True))
    report = verify_paths([_written(tmp_path / "x.observer", data)])
    assert report.exit_code == 1
    assert "sample root" in report.lines()[0]


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_sample_is_called_a_sample(tmp_path: Path) -> None:
    report = verify_paths([made(tmp_path / "day", Cast(sample=True))])
    assert report.sample
    assert "samples, not results" in "\n".join(report.lines())
    shown = json.loads(json.dumps(report.as_dict()))
    assert shown["ok"] is True
    assert shown["exit_code"] == 0


def test_two_statements_at_one_place_and_a_broken_order_are_an_alarm(tmp_path: Path, cast: Cast) -> None:
    one, two = Cast(), Cast()
    files = [one.sign("record", record_body()), two.sign("record", record_body(observation="obs-2"))]
    paths = [_written(tmp_path / f"{n}.observer", make_signed_file(cast.trust, f)) for n, f in enumerate(files)]
    assert [verify_paths([p]).exit_code for p in paths] == [0, 0]
    report = verify_paths(paths)
    assert report.exit_code == 1
    assert "Two statements claim" in report.lines()[0]
    two.last = "1" * 64
    later = _written(tmp_path / "later.observer", make_signed_file(cast.trust, two.sign("record", record_body())))
    assert verify_paths([paths[0], later]).exit_code == 1
    for n in range(3):
        far = one.sign("record", record_body(observation=f"obs-far-{n}"))
    report = verify_paths([paths[0], _written(tmp_path / "far.observer", make_signed_file(cast.trust, far))])
    assert report.exit_code == 0
    assert any("2 statements before number 4 are not here" in f.words for f in report.findings)


def test_two_histories_of_one_length_are_an_alarm(tmp_path: Path, cast: Cast) -> None:
    one, two = Cast().sign("record", record_body()), Cast().sign("record", record_body(observation="obs-2"))
    receipts = [cast.receipt([one], 0), cast.receipt([two], 0)]
    paths = [_written(tmp_path / f"{n}.tlog-proof", r) for n, r in enumerate(receipts)]
    assert verify_paths(paths[:1]).exit_code == 0
    report = verify_paths(paths)
    assert report.exit_code == 1
    assert "two histories" in report.lines()[0]


def test_a_bare_envelope_needs_its_certificates_among_the_paths(tmp_path: Path, cast: Cast) -> None:
    data = Cast().sign("record", record_body())
    bare = _written(tmp_path / "bare.json", data)
    assert verify_paths([bare]).exit_code == 1
    whole = _written(tmp_path / "whole.observer", make_signed_file(cast.trust, data))
    assert verify_paths([whole, bare]).exit_code == 0


def test_certificates_without_use_are_refused(cast: Cast) -> None:
    file = read_signed_file(make_signed_file(cast.trust, Cast().sign("record", record_body())))
    more = replace(file, certificates=(cast.certificates["moderator-1"], *file.certificates))
    with pytest.raises(IntegrityBroken, match="no use"):
        check_signed_file(read_signed_file(more.data), Trust(cast.root))
    less = replace(file, certificates=file.certificates[1:])
    with pytest.raises(IntegrityBroken):
        check_signed_file(read_signed_file(less.data), Trust(cast.root))


def test_a_receipt_alone_must_say_of_what_and_by_whom(tmp_path: Path, cast: Cast) -> None:
    data = Cast().sign("record", record_body())
    assert verify_paths([_written(tmp_path / "r", cast.receipt([data], 0, alone=False))]).exit_code == 1
    found = parse_receipt(cast.receipt([data], 0))
    other = replace(found, certificates=(*cast.trust.chain([]),))
    assert verify_paths([_written(tmp_path / "o", other.data)]).exit_code == 1


def test_a_receipt_with_certificates_of_its_own_stands_in_a_signed_file_without_them(cast: Cast) -> None:
    data = Cast().sign("record", record_body())
    known = Trust(cast.root, [c for n, c in cast.certificates.items() if n != "log"])
    with_own, plain = cast.receipt([data], 0), cast.receipt([data], 0, alone=False)
    assert make_signed_file(known, data, with_own) == make_signed_file(cast.trust, data, plain)


def test_the_command_prints_for_people_and_for_machines(day: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_verify([day]) == 0
    assert "All is well." in capsys.readouterr().out
    assert run_verify([day], as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert run_verify([day / "none"]) == 2
    assert "There is no" in capsys.readouterr().err


def test_wrong_requests_are_usage(tmp_path: Path) -> None:
    assert verify_paths([tmp_path / "none"]).exit_code == 2
    assert verify_paths([]).exit_code == 2


def test_what_is_no_such_file_is_wrong_not_a_crash(tmp_path: Path) -> None:
    rubbish = [b"", b"{", b"{}", b"PK\x03\x04", b"c2sp.org/tlog-proof@v1\n", b'{"format":1}', b"\x00" * 99]
    rubbish += [b'{"format":"observer-statement","v":2}', b'{"format":"observer-statement","v":1}', b"\xff\xfe{"]
    rubbish += [b'{"certificates":[{}],"envelope":{},"format":"observer-statement","receipt":null,"v":1}']
    rubbish += [b"OBSTRLR\x01", b"\xff\xff\xff\xffOBSTRLR\x01", b"\x00\x00\x00\x00OBSTRLR\x01"]
    for n, data in enumerate(rubbish):
        assert verify_paths([_written(tmp_path / str(n), data)]).exit_code == 1
    assert verify_paths([tmp_path]).exit_code == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read_is_named(copy: Path) -> None:
    (copy / "report.pdf").chmod(0)
    report = verify_paths([copy])
    assert report.exit_code == 1
    assert "report.pdf" in report.lines()[0]


def test_progress_reaches_the_end(copy: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    verify_paths([copy], progress=lambda done, whole, name: seen.append((done, whole, name)))
    assert seen
    assert any(done == whole for done, whole, _ in seen)


# Manifest and bundle by themselves ---------------------------------------------------------------------------------


def test_a_manifest_says_what_differs(copy: Path) -> None:
    trust = Trust(read_signed_file((copy / MANIFEST_NAME).read_bytes()).certificates[-1])
    assert check_manifest(copy, trust).ok
    (copy / "report.pdf").write_bytes(b"other")
    (copy / "new").write_bytes(b"")
    (copy / "bundle.zip").unlink()
    check = check_manifest(copy, trust)
    assert (check.changed, check.added, check.missing) == (("report.pdf",), ("new",), ("bundle.zip",))
    (copy / MANIFEST_NAME).unlink()
    with pytest.raises(BadInput, match="missing"):
        check_manifest(copy, trust)


def test_another_statement_is_no_manifest(tmp_path: Path, cast: Cast) -> None:
    _written(tmp_path / MANIFEST_NAME, make_signed_file(cast.trust, Cast().sign("record", record_body())))
    with pytest.raises(BadInput):
        check_manifest(tmp_path, Trust(cast.root))


def test_a_bundle_opens_everywhere_and_is_the_same_each_time(day: Path, tmp_path: Path) -> None:
    one = write_bundle(day / "candidate", tmp_path / "1.zip").read_bytes()
    assert one == write_bundle(day / "candidate", tmp_path / "2.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "1.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [MANIFEST_NAME, "a.csv", "record.observer"]
        assert archive.read("a.csv") == b"a,b\n"


def test_a_zip_of_anyone_else_is_refused(day: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        for path in sorted((day / "candidate").iterdir()):
            archive.write(path, path.name)
    with pytest.raises((BadInput, IntegrityBroken)):
        bundle_parts(tmp_path / "other.zip")
    good = write_bundle(day / "candidate", tmp_path / "good.zip").read_bytes()
    for wrong in (good + b"x", good[:-1], good[: len(good) // 2], good + good, b"PK\x05\x06" + bytes(18)):
        _written(tmp_path / "bad.zip", wrong)
        assert verify_paths([tmp_path / "bad.zip"]).exit_code == 1


def test_a_check_sum_changed_in_both_its_places_is_noticed(day: Path, tmp_path: Path) -> None:
    good = write_bundle(day / "candidate", tmp_path / "good.zip").read_bytes()
    crc = zlib.crc32(b"a,b\n").to_bytes(4, "little")
    assert good.count(crc) == 2
    assert verify_paths([_written(tmp_path / "bad.zip", good.replace(crc, b"\1\2\3\4"))]).exit_code == 1


def test_only_a_folder_with_a_manifest_is_bundled(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    with pytest.raises(BadInput):
        write_bundle(tmp_path / "f", tmp_path / "x.zip")
    _written(tmp_path / "f" / "a", b"")
    with pytest.raises(BadInput):
        write_bundle(tmp_path / "f", tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


def test_a_trailer_is_found_only_where_there_is_one(tmp_path: Path) -> None:
    content = _written(tmp_path / "c", b"film")
    target = write_with_trailer(content, b"signed", tmp_path / "t")
    assert split_trailer(target) == (4, b"signed")
    assert split_trailer(content) is None
    assert content.read_bytes() == b"film"
    with pytest.raises(EnvironmentFault):
        split_trailer(tmp_path)
    with pytest.raises(EnvironmentFault):
        write_with_trailer(tmp_path / "none", b"signed", tmp_path / "u")


@pytest.mark.parametrize("kind", ["countersignature", "refusal"])
def test_a_second_signature_or_refusal_is_another_persons_about_a_correction_of_its_record(
    tmp_path: Path, kind: str
) -> None:
    """Seen red with each of the three comparisons taken out of `Examination._answered`."""
    cast = Cast(sample=True)
    records = [cast.sign("record", record_body(observation=f"obs-{n}")) for n in (1, 2)]
    one, two = (record_id(r) for r in records)
    change = cast.sign("amendment", amendment(one), "manager-1")
    void = cast.sign("void", {**bodies()["void"], "record": one}, "manager-1")
    said: dict[str, str] = {}
    signed = (("manager-1", one, change), ("moderator-1", two, change), ("moderator-1", one, void))
    for who, record, what in (*signed, ("moderator-1", one, change)):
        body = {**bodies()[kind], "record": record, "amendment": record_id(what)}
        folder = tmp_path / f"{len(said)}"
        folder.mkdir()
        second = replace_last(cast, kind, body, who)
        for n, envelope in enumerate((*records, change, void, second)):
            (folder / f"{n}.observer").write_bytes(make_signed_file(cast.trust, envelope))
        report = verify_paths(sorted(folder.iterdir()))
        said[folder.name] = "; ".join(f.words for f in report.findings if f.step == 9)
        assert report.exit_code == int(len(said) < 4), report.lines()
        assert bool(second_blames(sorted(folder.iterdir()), cast.root.data)) == (len(said) < 4)
    own = "twice by one person" if kind == "countersignature" else "refused by who signed it"
    assert own in said["0"] and ("No second signature" in said["3"]) == (kind == "refusal")
    assert ("Another person refused it." in said["3"]) == (kind == "refusal")
    assert "not a correction" in said["1"] and "not a correction" in said["2"]
    alone = verify_paths(sorted((tmp_path / "3").iterdir())[:3])
    assert alone.exit_code == 0 and any("No second signature" in f.words for f in alone.findings)


def replace_last(cast: Cast, kind: str, body: dict[str, object], who: str) -> bytes:
    """The machine's next statement, without taking its place for good: the next call signs another in its stead."""
    seq, last = cast.seq, cast.last
    data = cast.sign(kind, body, who)
    cast.seq, cast.last = seq, last
    return data
