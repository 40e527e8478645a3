# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read the quick way is read the same the slow way: the short cut never takes what the rules refuse."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer_app.errors import ObserverError
from observer_app.trust import many, strict_json
from observer_app.trust.envelope import open_envelope, open_one_form
from observer_app.trust.many import examine_many
from observer_app.trust.parts import Part
from observer_app.trust.signed_file import SignedFile, make_signed_file
from observer_app.trust.signed_file import _one_form as quick_file
from observer_app.trust.statements import MAX_PAYLOAD, _check, _quick
from observer_app.trust.verify import verify_paths
from tests.unit.trust.cast import Cast, record_body

GOLDEN = Path(__file__).parents[2] / "golden" / "trust"
QUICK = (
    "record", "amendment", "countersignature", "refusal", "latency", "void", "second_mark", "adjudication", "media",
    "deletion", "day_close", "roster",
)  # fmt: skip
PIECES = (
    b"",
    b"-0",
    b"0",
    b"1e2",
    b"1.5",
    b'"',
    b"\\u0061",
    b" ",
    b"null",
    b"9" * 17,
    b",",
    b"\xc3\xa9",
    b'"v":1,',
    b"[]",
)


def slow(payload: bytes) -> dict[str, object]:
    found = strict_json.loads(payload, limit=MAX_PAYLOAD)
    _check(found)
    return found


def quick(payload: bytes) -> dict[str, object] | None:
    """All of it: a body's fields are only read when asked for."""
    found = _quick(payload)
    return None if found is None else {**found[0], "body": dict(found[1])}


@pytest.mark.parametrize("kind", QUICK)
def test_what_observer_writes_is_read_the_quick_way(kind: str) -> None:
    payload = (GOLDEN / f"statement-{kind}.json").read_bytes()
    assert quick(payload) == slow(payload)


@given(st.sampled_from(QUICK), st.data())
def test_the_quick_way_takes_nothing_the_rules_refuse(kind: str, data: st.DataObject) -> None:
    payload = (GOLDEN / f"statement-{kind}.json").read_bytes()
    for _ in range(data.draw(st.integers(1, 3))):
        at, size = data.draw(st.integers(0, len(payload))), data.draw(st.integers(0, 12))
        piece = data.draw(st.one_of(st.sampled_from(PIECES), st.just(payload[at : at + 30]), st.binary(max_size=3)))
        payload = payload[:at] + piece + payload[at + size :]
    found = quick(payload)
    if found is not None:
        assert found == slow(payload)


@given(st.data())
def test_the_same_of_envelopes_and_files(data: st.DataObject) -> None:
    for name, quick in (("record.envelope.json", open_one_form), ("record.observer", quick_file)):
        good = (GOLDEN / name).read_bytes()
        assert quick(good) is not None
        at = data.draw(st.integers(0, len(good)))
        piece = data.draw(st.one_of(st.binary(max_size=3), st.sampled_from(PIECES), st.just(good[at : at + 50])))
        spoilt = good[:at] + piece + good[at + data.draw(st.integers(0, 60)) :]
        found = quick(spoilt)
        try:
            if isinstance(found, SignedFile):
                for envelope in (found.envelope, *found.certificates):
                    open_envelope(envelope)
        except ObserverError:
            continue  # its outline was right; what stands within is refused
        if found is not None:
            assert strict_json.dumps(strict_json.loads(spoilt, limit=2**20)) == spoilt
            assert found.data == spoilt


def test_no_byte_of_a_signed_file_with_its_receipt_is_free(tmp_path: Path) -> None:
    cast = Cast()
    envelopes = [cast.sign("record", record_body(observation=f"o-{n}")) for n in range(3)]
    data = make_signed_file(cast.trust, envelopes[1], cast.receipt(envelopes, 1))
    path = tmp_path / "record.observer"
    path.write_bytes(data)
    assert verify_paths([path]).ok
    start = data.index(b'"receipt":')  # what stands before: test_every_bit_of_a_signed_file_counts
    for at in range(start, len(data)):
        for bit in (0, 4) if at < start + 80 else (at % 6,):
            path.write_bytes(data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :])
            assert verify_paths([path]).exit_code == 1, (at, bit)


def test_a_day_close_given_by_itself_says_what_else_there_should_be(tmp_path: Path) -> None:
    """One file on its own is not a set that something was taken from."""
    cast = Cast()
    cast.sign("record", record_body())
    body = {"day": "2026-11-24", "first_seq": 1, "last_seq": 1, "head": cast.last, "expected": 1, "records": 1,
            "explained": []}  # fmt: skip
    close = tmp_path / "close.observer"
    close.write_bytes(make_signed_file(cast.trust, cast.sign("day_close", body, "manager-1")))
    report = verify_paths([close])
    assert report.ok and any("whose other statements were not given" in f.words for f in report.findings)
    other = tmp_path / "other.observer"
    other.write_bytes(make_signed_file(cast.trust, cast.sign("record", record_body(observation="later"))))
    report = verify_paths([close, other])
    assert report.exit_code == 1 and "Number 1 of laptop-3 should be here" in report.lines()[0]


@pytest.mark.slow
def test_many_files_on_several_processors_are_reported_as_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 3,100 files one is altered, one is from another history: the same is said, in the same order."""
    from observer_app.trust.examination import Examination

    cast, whole = Cast(), tmp_path / "files"
    files = [make_signed_file(cast.trust, cast.sign("record", record_body(observation=f"o-{n}"))) for n in range(40)]
    forked = make_signed_file(cast.trust, Cast().sign("record", record_body(observation="other")))
    listed = [files[n % 40] for n in range(3100)]
    listed[1717], listed[2900] = listed[1717].replace(b'"sig":"', b'"sig":"A', 1), forked
    parts, at = list[tuple[str, Part]](), 0
    with whole.open("wb") as out:
        for n, data in enumerate(listed):
            parts.append((f"{n}.observer", Part(f"{n}.observer", whole, len(data), at)))
            at += out.write(data)
    run, alone = Examination(cast.root), Examination(cast.root)
    examine_many(run, parts, 2**21)
    for some in (parts[:1000], parts[1000:2000], parts[2000:]):
        examine_many(alone, some, 2**21)
    report, expected = run.finish(), alone.finish()
    assert [f.subject for f in report.findings if not f.ok] == ["1717.observer", "2900.observer"]
    assert (report.findings, report.passed) == (expected.findings, expected.passed)
    monkeypatch.setattr(many, "_begin", os._exit)  # every other process ends as it begins
    left = Examination(cast.root)
    examine_many(left, parts, 2**21)
    assert (left.finish().findings, left.report.passed) == (expected.findings, expected.passed)


def test_what_a_day_close_answers_for_must_be_there(tmp_path: Path) -> None:
    """Without the close an absent number is remarked upon; with it, something was taken away."""
    cast = Cast()
    signed = [cast.sign("record", record_body(observation=f"o-{n}")) for n in range(4)]
    body = {"day": "2026-11-24", "first_seq": 1, "last_seq": 4, "head": cast.last, "expected": 4, "records": 4,
            "explained": []}  # fmt: skip
    signed.append(cast.sign("day_close", body, "manager-1"))
    paths = []
    for n, envelope in enumerate(signed, 1):
        paths.append(tmp_path / f"{n}.observer")
        paths[-1].write_bytes(make_signed_file(cast.trust, envelope))
    assert verify_paths(paths).ok
    assert verify_paths([*paths[:1], *paths[2:4]]).ok
    for left_out in range(4):
        report = verify_paths([p for n, p in enumerate(paths) if n != left_out])
        assert report.exit_code == 1
        assert f"Number {left_out + 1} of laptop-3 should be here" in report.lines()[0]
    wrong = cast.sign("day_close", {**body, "last_seq": 5, "head": "0" * 64}, "manager-1")
    paths.append(tmp_path / "wrong.observer")
    paths[-1].write_bytes(make_signed_file(cast.trust, wrong))
    assert "does not stand where it says" in verify_paths(paths).lines()[0]
