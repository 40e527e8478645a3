# SPDX-License-Identifier: GPL-3.0-or-later
"""The day's file: every bad row named by line and column, nothing taken in by halves."""

from __future__ import annotations

import contextlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from observer_app.domain.framework import PackRef, Scale, ScalePoint
from observer_app.domain.scenario import Scenario
from observer_app.domain.sitting import Consent
from observer_app.errors import BadInput
from observer_app.media.still import picture_size
from observer_app.workflows.day_file import COLUMNS, Known, read_day_file

SCALE = Scale((ScalePoint(1, "Low"), ScalePoint(2, "High")))
SCENARIO = Scenario(
    PackRef("first-visit", "1", "0" * 64), "First home visit", True, "fw", (), "", "", (), SCALE, "Overall?", SCALE
)
KNOWN = Known("centre-1", [SCENARIO], {"sample assessor a": "p-1", "sample.b": "p-2"})
HEAD = ",".join(COLUMNS)
GOOD = "2026-11-24,1,09:10,Room 1,S-0001,Sample Candidate 01,SW-1,First home visit,Sample Assessor A,actor-3,25,yes,no"


def _file(tmp_path: Path, *rows: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "day.csv"
    path.write_bytes("\n".join(rows).encode(encoding))
    return path


def test_a_good_row_becomes_a_sitting(tmp_path: Path) -> None:
    day = read_day_file(_file(tmp_path, HEAD, GOOD), KNOWN)
    (sitting,) = day.sittings
    assert not day.faults
    assert (day.day, sitting.starts, sitting.assessor, sitting.extra_percent) == ("2026-11-24", "09:10", "p-1", 25)
    assert sitting.consent is Consent.GIVEN
    assert read_day_file(_file(tmp_path, HEAD, GOOD), KNOWN).sittings[0].id == sitting.id


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("2026-11-24", "31/02/2026", "date"),
        ("09:10", "25:10", "start"),
        ("S-0001", "S 1;drop", "candidate_id"),
        ("Sample Candidate 01", "", "candidate_name"),
        ("First home visit", "Unknown", "scenario"),
        ("Sample Assessor A", "Somebody", "assessor"),
        (",25,", ",lots,", "extra_time_percent"),
        (",yes,", ",perhaps,", "consent"),
        ("Room 1", "R" * 500, "room"),
        ("actor-3", "Jo Bloggs", "actor"),
    ],
)
def test_every_bad_row_is_named(tmp_path: Path, old: str, new: str, column: str) -> None:
    other = GOOD.replace("09:10", "10:00").replace("S-0001", "S-0002")
    day = read_day_file(_file(tmp_path, HEAD, other, GOOD.replace(old, new)), KNOWN)
    (fault,) = day.faults
    assert (fault.line, fault.column) == (3, column)
    assert fault.reason
    assert fault.advice


def _picture(width: int = 60, height: int = 72, form: str = ".jpg") -> bytes:
    done, coded = cv2.imencode(form, np.random.default_rng(1).integers(0, 255, (height, width, 3), dtype=np.uint8))
    assert done
    return bytes(coded.tobytes())


@pytest.mark.parametrize(("name", "form"), [("S-0001.jpg", ".jpg"), ("S-0001.PNG", ".png"), ("S-0001.jpeg", ".jpg")])
def test_a_photo_beside_the_file_goes_with_its_candidate(tmp_path: Path, name: str, form: str) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / name).write_bytes(_picture(form=form))
    other = GOOD.replace("09:10", "10:00").replace("S-0001", "S-0002")
    day = read_day_file(_file(tmp_path, HEAD, GOOD, other), KNOWN)
    assert not day.faults
    assert [s.candidate.photo for s in day.sittings] == [_picture(form=form), b""]


def _bomb() -> bytes:
    """A small PNG that says it is 60,000 pixels wide and high."""
    return _picture(form=".png")[:16] + (60_000).to_bytes(4) * 2 + _picture(form=".png")[24:]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a picture"),
        (b"GIF89a" + bytes(40), "not a picture"),
        (b"%PDF-1.7", "not a picture"),
        (_picture()[:200], "not a picture"),
        (b"\xff\xd8\xff" + b"\xff" * 50, "not a picture"),
        (_bomb(), "not a picture"),
        (_picture(900, 900, ".png"), "larger than 512 KB"),
    ],
    ids=["empty", "gif", "pdf", "cut", "markers", "bomb", "large"],
)
def test_a_photo_that_cannot_be_used_is_named_with_its_row(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "S-0001.jpg").write_bytes(content)
    (fault,) = read_day_file(_file(tmp_path, HEAD, GOOD), KNOWN).faults
    assert (fault.line, fault.column) == (2, "photo") and words in fault.reason and "S-0001.jpg" in fault.reason
    assert fault.advice


@given(st.binary(max_size=300))
def test_whatever_a_photo_holds_it_is_a_picture_or_none(data: bytes) -> None:
    for head in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b""):
        found = picture_size(head + data, 4000)
        assert found is None or all(1 <= side <= 4000 for side in found)


def test_clashes_name_the_later_line(tmp_path: Path) -> None:
    day = read_day_file(_file(tmp_path, HEAD, GOOD, GOOD.replace("S-0001", "S-0002")), KNOWN)
    assert {(f.line, f.column) for f in day.faults} == {(3, "assessor"), (3, "room")}


def test_two_days_are_refused(tmp_path: Path) -> None:
    day = read_day_file(_file(tmp_path, HEAD, GOOD, GOOD.replace("2026-11-24", "2026-11-25")), KNOWN)
    assert any("2 days" in f.reason for f in day.faults)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ((), "empty"),
        (("a,b,c",), "'date' is missing"),
        ((HEAD,), "no sittings"),
        ((HEAD, "\0" * 10), "not a table"),
    ],
)
def test_what_is_no_table_is_said_in_a_sentence(tmp_path: Path, rows: tuple[str, ...], words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        read_day_file(_file(tmp_path, *rows), KNOWN)
    assert caught.value.advice


def test_a_file_in_an_old_encoding_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="UTF-8") as caught:
        read_day_file(_file(tmp_path, HEAD, GOOD.replace("Candidate 01", "Zoë"), encoding="cp1252"), KNOWN)
    assert caught.value.line == 2


def test_a_spreadsheet_is_read_too(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(list(COLUMNS))
    book.active.append(GOOD.split(","))
    path = tmp_path / "day.xlsx"
    book.save(path)
    assert read_day_file(path, KNOWN).sittings[0].candidate.id == "S-0001"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(BadInput):
        read_day_file(path, KNOWN)


def test_a_missing_file_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_day_file(tmp_path / "nowhere.csv", KNOWN)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: f"{HEAD}\n{t}".encode("utf-8", "replace")))
def test_no_file_does_anything_but_a_fault_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    path.write_bytes(data)
    with contextlib.suppress(BadInput):
        read_day_file(path, KNOWN)
