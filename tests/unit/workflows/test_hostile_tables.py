# SPDX-License-Identifier: GPL-3.0-or-later
"""Odd and hostile spreadsheets of the day: each read, or a sentence, in little time and memory."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile
from datetime import datetime
from datetime import time as time_of_day
from pathlib import Path

import pytest
from openpyxl import Workbook

from observer_app.errors import BadInput
from observer_app.workflows.day_file import COLUMNS, DayFile, read_day_file
from tests.pages.sample_machine import plain
from tests.unit.workflows.test_day_file import GOOD, HEAD, KNOWN

_MOST_S, _MOST_BYTES = 8.0, 120 * 1024 * 1024  # of this process alone, while every allocation is counted
_HEADS = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in COLUMNS)
_CELLS = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in GOOD.split(","))
_SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
_DAY = f'<sheetData><row r="1">{_HEADS}</row><row r="2">{_CELLS}</row></sheetData>'


def packed(path: Path, sheet: str, **more: bytes) -> Path:
    """A workbook whose first sheet is these words; `more` are parts beside it, `__` for a slash and `_` for a dot."""
    plain_book = io.BytesIO()
    Workbook().save(plain_book)
    with zipfile.ZipFile(plain_book) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != "xl/worksheets/sheet1.xml":
                new.writestr(entry.filename, old.read(entry))
        new.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, content in more.items():
            new.writestr(name.replace("__", "/").replace("_", "."), content)
    return path


def outcome(path: Path) -> DayFile | BadInput:
    """What becomes of a file; fails when it costs too much."""
    tracemalloc.start()
    began = time.process_time()
    try:
        return read_day_file(path, KNOWN)
    except BadInput as error:
        return error
    finally:
        took, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert took < _MOST_S and peak < _MOST_BYTES, f"{took:.1f} s, {peak >> 20} MB"


HOSTILE = {
    "says it reaches XFD1048576": _SHEET.format('<dimension ref="A1:XFD1048576"/>' + _DAY),
    "many rows that say they reach XFD": _SHEET.format(
        f'<dimension ref="A1:XFD1048576"/><sheetData><row>{_HEADS}</row>{f"<row>{_CELLS}</row>" * 1500}</sheetData>'
    ),
    "a row at the far end": _SHEET.format(
        _DAY.replace("</sheetData>", f'<row r="1048576">{_CELLS}</row></sheetData>').replace("S-0001", "S-0002", 1)
    ),
    "a row of a million cells": _SHEET.format(f'<sheetData><row r="1">{"<c/>" * 1_000_000}</row></sheetData>'),
    "a cell at the last column": _SHEET.format(_DAY.replace("</row></sheetData>", '<c r="XFD2"/></row></sheetData>')),
    "a hundred thousand rows": _SHEET.format(
        f"<sheetData><row>{_HEADS}</row>{'<row><c><v>1</v></c></row>' * 100_000}</sheetData>"
    ),
    "a cell of ten megabytes": _SHEET.format(_DAY.replace("Sample Candidate 01", "x" * 10_000_000)),
    "entities that stand for more": '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'
    + _SHEET.format(_DAY.replace("Room 1", "&b;")),
    "deep": _SHEET.format("<a>" * 100_000 + "</a>" * 100_000),
    "not closed": _SHEET.format(_DAY)[:-40],
    "a row before the last": _SHEET.format(_DAY.replace('<row r="2">', '<row r="-5">')),
    "a row numbered with words": _SHEET.format(_DAY.replace('<row r="2">', '<row r="two">')),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_workbook_is_read_or_said_in_a_sentence(tmp_path: Path, kind: str) -> None:
    found = outcome(packed(tmp_path / "day.xlsx", HOSTILE[kind]))
    if isinstance(found, BadInput):
        assert plain(str(found)) and found.file == "day.xlsx" and found.advice
    else:
        assert found.sittings or all(plain(fault.reason) and fault.advice for fault in found.faults)


def test_what_only_looks_odd_is_read(tmp_path: Path) -> None:
    for kind in ("says it reaches XFD1048576", "a cell at the last column"):
        found = outcome(packed(tmp_path / "day.xlsx", HOSTILE[kind]))
        assert isinstance(found, DayFile) and len(found.sittings) == 1 and not found.faults, kind
    far = outcome(packed(tmp_path / "day.xlsx", HOSTILE["a row at the far end"]))
    assert isinstance(far, BadInput) and "goes on for more than" in far.message  # nothing of it is left out unsaid
    with_macros = packed(tmp_path / "day.xlsm", _SHEET.format(_DAY), xl__vbaProject_bin=b"\xd0\xcf\x11\xe0 macros")
    found = outcome(with_macros)
    assert isinstance(found, DayFile) and len(found.sittings) == 1  # what is in it is never run


def test_words_that_the_cells_share_can_be_many_or_long(tmp_path: Path) -> None:
    sheet = _SHEET.format('<sheetData><row><c t="s"><v>0</v></c></row></sheetData>')
    names = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</sst>'
    for words in ("<si><t>x</t></si>" * 900_000, f"<si><t>{'y' * 15_000_000}</t></si>"):
        path = packed(tmp_path / "day.xlsx", sheet, xl__sharedStrings_xml=names.format(words).encode())
        found = outcome(path)
        assert isinstance(found, BadInput) and plain(str(found))


def test_what_unpacks_to_far_too_much_is_not_unpacked(tmp_path: Path) -> None:
    bomb = packed(tmp_path / "day.xlsx", _SHEET.format(_DAY), xl__media__picture_png=bytes(400_000_000))
    assert bomb.stat().st_size < 1_000_000
    found = outcome(bomb)
    assert isinstance(found, BadInput) and "far more than a day" in found.message


@pytest.mark.parametrize("name", ["day.xlsx", "day.xls", "day.csv"])
def test_an_old_or_locked_workbook_says_which_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096))
    found = outcome(tmp_path / name)
    assert isinstance(found, BadInput) and "password" in found.message and "XLSX" in found.advice


def test_a_hundred_thousand_lines_and_blank_ones(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_text("\n".join([HEAD, *("x" for _ in range(100_000))]))
    found = outcome(path)
    assert isinstance(found, BadInput) and "more than 2000 rows" in found.message and found.line == 2002
    path.write_text("\n" * 50_000 + HEAD + "\n" * 50_000 + GOOD + "\n" * 50_000)
    found = outcome(path)
    assert isinstance(found, DayFile) and len(found.sittings) == 1 and not found.faults
    path.write_text(f"{HEAD}\n" + "," * 4_000_000)
    assert isinstance(outcome(path), BadInput)
    path.write_text(f'{HEAD}\n{GOOD}\n"never closed' + "y" * 4_000_000)
    found = outcome(path)
    assert isinstance(found, BadInput) and "quotation marks" in found.advice


def test_dates_and_times_as_spreadsheets_keep_them(tmp_path: Path) -> None:
    row: list[object] = list(GOOD.split(","))
    forms: list[tuple[object, object]] = [
        (datetime(2026, 11, 24), time_of_day(9, 10)),
        (datetime(2026, 11, 24, 9, 10), datetime(2026, 11, 24, 9, 10)),
        ("24/11/2026", datetime(1899, 12, 30, 9, 10)),
        ("2026-11-24", "9.10"),
    ]
    for date, start in forms:
        book = Workbook()
        book.active.append(list(COLUMNS))
        row[0], row[2] = date, start
        book.active.append(row)
        book.save(tmp_path / "day.xlsx")
        found = outcome(tmp_path / "day.xlsx")
        assert isinstance(found, DayFile) and not found.faults, found
        assert (found.sittings[0].day, found.sittings[0].starts) == ("2026-11-24", "09:10")


def test_bare_numbers_formulas_and_merged_cells_are_named_by_line_and_column(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(list(COLUMNS))
    good: list[object] = list(GOOD.split(","))
    for column, value in ((0, 46350), (2, 0.381944), (7, "=A1"), (6, "#REF!"), (4, "=1+1")):
        book.active.append([*good[:column], value, *good[column + 1 :]])
    book.active.append(good)
    book.active.append(good)
    book.active.merge_cells("D7:D8")
    book.save(tmp_path / "day.xlsx")
    found = outcome(tmp_path / "day.xlsx")
    assert isinstance(found, DayFile)
    places = [(fault.line, fault.column) for fault in found.faults if "booked at" not in fault.reason]
    assert places == [(2, "date"), (3, "start"), (4, "scenario"), (6, "candidate_id"), (8, "room")]
    assert all(plain(fault.reason) and fault.advice for fault in found.faults)
