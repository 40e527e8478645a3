# SPDX-License-Identifier: GPL-3.0-or-later
"""Receipts of different lengths tell one history, or it is said; a log's own list leaves nothing out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer_app.trust.checkpoints import Checkpoint
from observer_app.trust.history import Histories, Place, stretches
from observer_app.trust.manifest import write_manifest
from observer_app.trust.merkle import inclusion_proof, leaf_hash, root_of
from observer_app.trust.signed_file import make_signed_file
from observer_app.trust.statements import LastCheckpoint
from observer_app.trust.verify import verify_paths
from tests.redteam.second import second_blames
from tests.unit.trust.cast import LOG_NAME, Cast, keys, record_body
from tests.unit.trust.test_verify import header

ONE = [leaf_hash(bytes([n])) for n in range(9)]


def place(leaves: Sequence[bytes], at: int, size: int) -> Place:
    told = leaves[:size]
    proof = b"".join(inclusion_proof(at, size, told))
    return Place("root", Checkpoint("log", size, root_of(told)), at, told[at], proof)


def found(*places: Place) -> list[tuple[str, str]]:
    run = Histories()
    words = [w for n, one in enumerate(places) for w in run.receipt(str(n), one)]
    return [*words, *run.finish()]


@given(st.integers(1, 9), st.integers(0, 8))
def test_a_proof_speaks_of_stretches_that_have_the_roots_it_says(size: int, at: int) -> None:
    said = list(stretches(place(ONE, at % size, size)))
    assert all(root == root_of(ONE[start:end]) for start, end, root in said)
    assert said[0][:2] == (at % size, at % size + 1) and said[-1][:2] == (0, size)


@given(st.data())
def test_receipts_of_one_log_never_contradict_each_other(data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=6))
    assert found(*(place(ONE, data.draw(st.integers(0, s - 1)), s) for s in sizes)) == []


def test_an_entry_told_two_ways_shows_across_lengths() -> None:
    """The third entry is another in the second history; both receipts speak of a stretch with it."""
    other = [*ONE[:2], leaf_hash(b"another"), *ONE[3:]]
    for a, b in ((4, 8), (4, 5), (4, 7), (3, 4)):
        assert found(place(ONE, 0, a), place(other, b - 1, b)), (a, b)
    for size in (4, 8):
        assert found(place(ONE, 0, size), place(other, 0, size))
    assert found(place(ONE, 2, 3), place(other, 2, 9))[0][1].startswith("The log shows two entries at place 2")


def test_where_all_entries_are_here_a_shorter_checkpoint_is_made_again_from_them() -> None:
    run, size = Histories(), len(ONE)
    for n in range(size):
        assert not list(run.receipt(str(n), place(ONE, n, size)))
    false = Checkpoint("log", 5, root_of([leaf_hash(b"x"), *ONE[1:5]]))
    assert not list(run.checkpoint("checkpoint.txt", "root", Checkpoint("log", 4, root_of(ONE[:4])), whole=False))
    assert not list(run.checkpoint("checkpoint.txt", "root", false, whole=False))
    assert [name for name, _ in run.finish()] == ["checkpoint.txt"]


def test_logs_of_one_name_under_two_roots_are_two_logs() -> None:
    other = place([leaf_hash(b"x"), *ONE[1:]], 0, 4)
    assert found(place(ONE, 0, 4), other._replace(root="another")) == []


@pytest.mark.parametrize("gone", [None, 0, 1, 2])
def test_a_list_signed_by_the_log_itself_leaves_no_entry_out(tmp_path: Path, gone: int | None) -> None:
    """Both verifiers; a list by anyone else (a day's bundle) may hold a part of the log."""
    cast, folder = Cast(), tmp_path / "export"
    folder.mkdir()
    envelopes = [cast.sign("record", record_body(observation=f"o-{n}")) for n in range(3)]
    for n, envelope in enumerate(envelopes):
        if n != gone:
            receipt = cast.receipt(envelopes, n, alone=False)
            (folder / f"{n}.observer").write_bytes(make_signed_file(cast.trust, envelope, receipt))
    note = cast.receipt(envelopes, 0, alone=False).decode().partition("\n\n")[2]
    (folder / "checkpoint.txt").write_text(note, encoding="utf-8", newline="\n")
    root, wanted = tmp_path / "root", set() if gone is None else {f"{folder.as_posix()}/checkpoint.txt"}
    root.write_bytes(cast.root.data)
    for signers, expected in (([keys(LOG_NAME).signing], wanted), ([keys("laptop-3").signing], set())):
        (folder / "manifest.json").unlink(missing_ok=True)
        log = not expected and len(signers) == 1 and signers[0].key_id == keys("laptop-3").key_id
        person = {"person": "", "keys": (signers[0].key_id,), "device": "laptop-3" if log else ""}
        made = header(cast).__class__(**{**_fields(header(cast)), **person, "centre": cast.centre if log else ""})
        write_manifest(folder, cast.trust, made, signers)
        report = verify_paths([folder], root=root)
        assert {f.subject for f in report.findings if not f.ok} == expected
        assert second_blames([folder], cast.root.data) == expected


def _fields(one: object) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}  # type: ignore[attr-defined]


def test_a_checkpoint_altered_or_of_an_unknown_log_is_said(tmp_path: Path) -> None:
    cast, folder = Cast(), tmp_path / "day"
    folder.mkdir()
    envelope = cast.sign("record", record_body())
    receipt = cast.receipt([envelope], 0, alone=False)
    (folder / "1.observer").write_bytes(make_signed_file(cast.trust, envelope, receipt))
    note = receipt.decode().partition("\n\n")[2]
    for text, wrong in ((note, False), (note.replace("\n1\n", "\n2\n"), True), ("no checkpoint", True)):
        (folder / "checkpoint.txt").write_text(text, encoding="utf-8", newline="\n")
        (folder / "manifest.json").unlink(missing_ok=True)
        write_manifest(folder, cast.trust, header(cast), [keys("manager-1").signing, keys("laptop-3").signing])
        report = verify_paths([folder])
        assert [f.subject for f in report.findings if not f.ok] == [f"{folder}/checkpoint.txt"] * wrong
        if text != "no checkpoint":
            assert bool(second_blames([folder], cast.root.data)) == wrong
    (folder / "1.observer").unlink()
    (folder / "checkpoint.txt").write_text(note, encoding="utf-8", newline="\n")
    (folder / "manifest.json").unlink()
    write_manifest(folder, cast.trust, header(cast), [keys("manager-1").signing, keys("laptop-3").signing])
    other = Cast(centre="centre-08")
    write_manifest_of(other, tmp_path / "other")
    report = verify_paths([tmp_path / "other"])
    assert [f.words for f in report.findings if f.step == 6] == ["Nothing here certifies the log it is of."]


def write_manifest_of(cast: Cast, folder: Path) -> None:
    """A day without a receipt, and a checkpoint of a log no certificate here speaks of."""
    folder.mkdir()
    note = Cast().receipt([b"x"], 0, alone=False).decode().partition("\n\n")[2]
    (folder / "checkpoint.txt").write_text(note, encoding="utf-8", newline="\n")
    write_manifest(folder, cast.trust, header(cast), [keys("manager-1").signing, keys("laptop-3").signing])


@pytest.mark.parametrize(("sizes", "told"), [((4, 8), False), ((4, 8), True), ((3, 4), True)])
def test_two_receipts_alone_say_so_to_both_verifiers(tmp_path: Path, sizes: tuple[int, int], told: bool) -> None:
    """Two receipts of one log, of different days; where the third entry was exchanged between them, both are heard."""
    cast, paths = Cast(), [tmp_path / f"{n}.tlog-proof" for n in (1, 2)]
    envelopes = [bytes([n]) for n in range(8)]
    other = [*envelopes[:2], b"another", *envelopes[3:]] if told else envelopes
    paths[0].write_bytes(cast.receipt(envelopes[: sizes[0]], 0))
    paths[1].write_bytes(cast.receipt(other[: sizes[1]], sizes[1] - 1))
    (tmp_path / "root").write_bytes(cast.root.data)
    report = verify_paths(paths, root=tmp_path / "root")
    assert [f.subject for f in report.findings if not f.ok] == [str(paths[1])] * told
    assert second_blames(paths, cast.root.data) == ({str(paths[1])} if told else set())


def log_list(cast: Cast, folder: Path) -> None:
    """The folder's list, signed by the log."""
    signer = keys(LOG_NAME).signing
    made = replace(header(cast), person="", keys=(signer.key_id,), device="", centre="")
    (folder / "manifest.json").unlink(missing_ok=True)
    write_manifest(folder, cast.trust, made, [signer])


def test_a_list_signed_by_the_log_comes_with_its_checkpoint(tmp_path: Path) -> None:
    """Whoever has the log's key takes an entry and the checkpoint out, and signs the list anew."""
    cast, folder = Cast(), tmp_path / "export"
    folder.mkdir()
    envelope = cast.sign("record", record_body())
    (folder / "0.observer").write_bytes(
        make_signed_file(cast.trust, envelope, cast.receipt([envelope], 0, alone=False))
    )
    log_list(cast, folder)
    report = verify_paths([folder])
    assert {f.subject for f in report.findings if not f.ok} == {f"{folder}/manifest.json"}
    assert second_blames([folder], cast.root.data) == {f"{folder}/manifest.json"}


def test_an_export_within_a_folder_leaves_no_entry_out_either(tmp_path: Path) -> None:
    """The outer list is a manager's; the one within is the log's, and holds every entry."""
    cast, folder = Cast(), tmp_path / "day"
    inner = folder / "export"
    inner.mkdir(parents=True)
    envelopes = [cast.sign("record", record_body(observation=f"o-{n}")) for n in range(2)]
    receipt = cast.receipt(envelopes, 1, alone=False)
    (inner / "1.observer").write_bytes(make_signed_file(cast.trust, envelopes[1], receipt))
    note = receipt.decode().partition("\n\n")[2]
    (inner / "checkpoint.txt").write_text(note, encoding="utf-8", newline="\n")
    log_list(cast, inner)
    write_manifest(folder, cast.trust, header(cast), [keys("manager-1").signing, keys("laptop-3").signing])
    report = verify_paths([folder])
    wanted = {f"{folder}/export/checkpoint.txt"}
    assert {f.subject for f in report.findings if not f.ok} == wanted == second_blames([folder], cast.root.data)


def test_a_log_that_a_machine_had_seen_otherwise_is_remarked(tmp_path: Path) -> None:
    """What a machine had seen of the log is in what it signed: whoever writes the log anew cannot take it out. It does
    not say which log of a programme it was, so it is a remark and accuses nobody."""
    cast = Cast()
    one = cast.sign("record", record_body(observation="o-1"))
    seen = LastCheckpoint(1, root_of([leaf_hash(one)]).hex())
    two = cast.sign("record", record_body(observation="o-2"), last_checkpoint=seen)
    other = Cast().sign("record", record_body(observation="o-3"))
    for told, remarks in (([one, two], 0), ([other, two], 1)):
        paths = []
        for n, envelope in enumerate(told):
            paths.append(tmp_path / f"{n}.observer")
            receipt = cast.receipt(told[: n + 1], n, alone=False)
            paths[-1].write_bytes(make_signed_file(cast.trust, envelope, receipt))
        report = verify_paths(paths[-1:] + paths[:1])
        said = [f.subject for f in report.findings if f.step == 6]
        assert said == [str(paths[1])] * remarks
        assert not [f for f in report.findings if f.step == 6 and not f.ok]
