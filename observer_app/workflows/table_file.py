# SPDX-License-Identifier: GPL-3.0-or-later
"""A table from a spreadsheet program, row by row: CSV (UTF-8; comma, semicolon or tab) or XLSX (first sheet, values).

The file comes from outside. Before anything is built of it, it is weighed: bytes on disk, bytes unpacked, elements
written in it. What is asked of memory is then bounded by these, whatever the file says of its own size.
"""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from xml.parsers import expat

from observer_app.errors import BadInput, ObserverError

__all__ = ["MAX_CELL", "MAX_ROWS", "table_rows"]

MAX_CELL, MAX_ROWS = 200, 2_000
_MAX_BYTES = 5_000_000
_MAX_UNPACKED = 20_000_000
_MAX_ELEMENTS = 400_000  # MAX_ROWS of 50 cells with two elements each, and what is written of styles beside them
_MAX_COLUMNS, _MAX_LINES = 60, 50_000
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # before 2007; a workbook with a password is wrapped in the same


def table_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line as a spreadsheet counts it, cells) of every row that holds something; a cell is cut one character beyond
    MAX_CELL. Raises BadInput when the file is no table, and where it has more than MAX_ROWS such rows."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise BadInput("The file is far too big for one day.", advice="Export one day only.", file=path.name)
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"The file cannot be read: {error.strerror}.",
            advice="Check that it is there and not open elsewhere.",
            file=path.name,
        ) from error
    count = 0
    for line, cells in _source(path.name, data):
        cut = [cell[: MAX_CELL + 1].strip() for cell in cells]
        if not any(cut):
            continue
        count += 1
        if count > MAX_ROWS + 1:  # the headings are a row too
            reason = f"The file has more than {MAX_ROWS} rows."
            raise BadInput(reason, advice="Export one day only.", file=path.name, line=line)
        yield line, cut


def _source(name: str, data: bytes) -> Iterator[tuple[int, list[str]]]:
    if data.startswith(_OLD_EXCEL):
        reason = "This is an Excel file of the old kind (XLS), or one locked with a password."
        raise BadInput(reason, advice="Open it, take the password away, and save it as XLSX.", file=name)
    return _xlsx_rows(name, data) if data.startswith(b"PK") else _csv_rows(name, data)


def _csv_rows(name: str, data: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        words = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        advice = "In the spreadsheet choose Save as, CSV UTF-8, and bring it in again."
        raise BadInput(
            "The file is not in the usual text form (UTF-8).", advice=advice, file=name, line=line
        ) from error
    if "\0" in words:
        raise BadInput("This is not a table file.", advice="Choose the CSV or XLSX file of the day.", file=name)
    first = words.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(words, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise BadInput("The row cannot be read as a table row.", advice="Check its quotation marks.", file=name,
                       line=reader.line_num) from error  # fmt: skip


def _xlsx_rows(name: str, data: bytes) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook

    broken = BadInput("The spreadsheet cannot be opened.", advice="Save it again as XLSX or as CSV UTF-8.", file=name)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _weigh(name, archive)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about parts of the workbook that are not read, and nobody would see them
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        # However far the sheet says that it reaches, a row is built no wider than this.
        for line, row in enumerate(book.worksheets[0].iter_rows(max_col=_MAX_COLUMNS, values_only=True), 1):
            if line > _MAX_LINES:
                reason = f"The spreadsheet goes on for more than {_MAX_LINES} lines."
                raise BadInput(reason, advice="Delete the lines below the last booking.", file=name, line=line)
            if row.count(None) < len(row):
                yield line, [_cell(value) for value in row]
    except ObserverError:
        raise
    except Exception as error:
        raise broken from error


class _TooMuch(Exception):
    """More than a day can need."""


def _weigh(name: str, archive: zipfile.ZipFile) -> None:
    """Counts what is in the workbook without building anything of it. Raises BadInput."""
    elements = 0

    def count(_name: str, _attributes: object) -> None:
        nonlocal elements
        elements += 1
        if elements > _MAX_ELEMENTS:
            raise _TooMuch

    def refuse(*_: object) -> None:
        raise _TooMuch  # no spreadsheet program writes one; with it a few bytes can stand for many

    entries = archive.infolist()
    try:
        if sum(entry.file_size for entry in entries) > _MAX_UNPACKED:
            raise _TooMuch
        for entry in entries:
            parser = expat.ParserCreate()
            parser.StartElementHandler, parser.StartDoctypeDeclHandler = count, refuse
            with archive.open(entry) as part:
                try:
                    parser.ParseFile(part)
                except expat.ExpatError:
                    continue  # a picture; or broken, and then it is broken for the next reader too
    except _TooMuch as error:
        reason = "The spreadsheet holds far more than a day."
        raise BadInput(reason, advice="Save one day only, as XLSX or as CSV UTF-8.", file=name) from error


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d" if value.time() == time() else "%Y-%m-%d %H:%M")
    if isinstance(value, (date, time)):
        return value.isoformat() if isinstance(value, date) else value.strftime("%H:%M")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
