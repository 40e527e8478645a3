# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports: same contents same bytes, every word on the paper, hostile words harmless."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import cv2
import numpy
import pypdf
import pytest
from PySide6.QtCore import QBuffer, QIODevice, QSize
from PySide6.QtGui import QImage
from PySide6.QtPdf import QPdfDocument

from observer_app.reports.candidate import candidate_pdf
from observer_app.reports.contents import CandidateReport, CriterionLine, DayLine, DayReport
from observer_app.reports.day import day_pdf
from observer_app.reports.spreadsheet import ratings_csv, sittings_csv
from observer_app.trust.printed import Printed

RECORD = "ab" * 32
CODE = Printed(RECORD, 1234567, 7654321, "cd" * 32, "england.example/central-log-2026").text


def _line(number: int) -> CriterionLine:
    return CriterionLine(
        number, f"Criterion {number}", 4, "Sound", "Asks directly and follows up", "20:31",
        (("20:58", f"Note {number} about what was said"),), (3,),
    )  # fmt: skip


@pytest.fixture
def report() -> CandidateReport:
    return CandidateReport(
        True, "Sample. Check against the published text.", "Sample Candidate 07", "S-0007", "SW-SAMPLE-07",
        "Sample Centre North", "2026-11-24", "First home visit", "Sample practitioner pack 2.1", "Sample Assessor A",
        tuple(_line(n) for n in range(1, 11)), CriterionLine(0, "Overall judgement", 4, "Sound", "", "36:40"),
        "Total 29 of 42", "Passed", RECORD, CODE, "acknowledged", "Entry 4 of the central log of 9 entries.",
        ("No picture for 0:52, explained.",), ("Criterion 2 from 3 to 4: misheard.",), 25,
    )  # fmt: skip


def _codes(pdf: bytes) -> list[str]:
    """The QR codes of the pages as a camera would read them from paper, at 200 dots an inch."""
    buffer = QBuffer()
    buffer.setData(pdf)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    document = QPdfDocument()
    document.load(buffer)
    found = []
    for page in range(document.pageCount()):
        size = document.pagePointSize(page)
        image = document.render(page, QSize(round(size.width() * 200 / 72), round(size.height() * 200 / 72)))
        grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
        rows = numpy.frombuffer(grey.constBits(), numpy.uint8).reshape(grey.height(), grey.bytesPerLine())
        found.append(cv2.QRCodeDetector().detectAndDecode(numpy.ascontiguousarray(rows[:, : grey.width()]))[0])
    document.close()
    return [words for words in found if words]


def test_a_printed_report_carries_its_record_and_receipt_as_a_code(report: CandidateReport) -> None:
    assert _codes(candidate_pdf(report)) == [CODE]
    early = Printed(RECORD).text
    assert _codes(candidate_pdf(replace(report, code=early))) == [early]


def test_a_closed_days_summary_carries_its_close_as_a_code() -> None:
    day = _day(_day_line("Sample Candidate 01"))
    assert _codes(day_pdf(replace(day, code=CODE))) == [CODE]
    assert _codes(day_pdf(day)) == []


def _words(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def _day(*lines: DayLine) -> DayReport:
    counts = (("signed", 1),)
    return DayReport(True, "Sample Centre North", "2026-11-24", "Tuesday 24 November", lines, counts, ("Gap",), False)


def _day_line(candidate: str = "Sample Candidate 07") -> DayLine:
    return DayLine(
        "s1", "09:10", 1, "Room 1", candidate, "S-0007", "SW-7", "First home visit", "Sample Assessor A", "arrived",
        "given", "acknowledged", "29 of 42", "Passed", "4", (("c1", 4), ("c2", None)), "whole", "", RECORD, 0,
    )  # fmt: skip


def test_report_says_everything_it_was_given(report: CandidateReport) -> None:
    words = _words(candidate_pdf(report))
    for expected in (
        "Sample Candidate 07", "SW-SAMPLE-07", "Sample Assessor A", "Criterion 10", "Note 7 about", "20:58", "was 3",
        "Overall judgement", "Passed", "No picture for 0:52", "misheard", RECORD[:40], "SAMPLE DATA. NOT A RESULT.",
        "Extra time", "Page 1 of",
    ):  # fmt: skip
        assert expected in words, expected


def test_same_report_same_bytes_and_a_change_shows(report: CandidateReport) -> None:
    assert candidate_pdf(report) == candidate_pdf(report)
    assert candidate_pdf(report) != candidate_pdf(replace(report, result="Not passed"))


def test_fonts_are_embedded(report: CandidateReport) -> None:
    for page in pypdf.PdfReader(io.BytesIO(candidate_pdf(report))).pages:
        for font in page["/Resources"]["/Font"].values():
            name = font.get_object()["/BaseFont"]
            if "Inter" in name:
                assert "/FontFile2" in font.get_object()["/FontDescriptor"]
            else:  # reportlab writes its default font's name into every page without using it
                assert name == "/Helvetica"


def test_mark_up_in_a_note_is_shown_not_obeyed(report: CandidateReport) -> None:
    hostile = replace(_line(1), notes=(("1:00", "<b>bold</b> & <img src='file:///etc/passwd'/> \x00\x1b"),))
    words = _words(candidate_pdf(replace(report, criteria=(hostile,))))
    assert "<b>bold</b> &" in words
    assert "<img" in words


def test_a_very_long_note_breaks_over_pages(report: CandidateReport) -> None:
    long = replace(_line(1), notes=(("1:00", "word " * 4000),))
    pdf = candidate_pdf(replace(report, criteria=(long,)))
    assert _words(pdf).count("word") == 4000


def test_day_summary() -> None:
    words = _words(day_pdf(_day(*(_day_line(f"Sample Candidate {n:02}") for n in range(60)))))
    assert "Sample Candidate 59" in words
    assert "Still to be explained" in words
    assert "Page 2 of" in words


def test_tables_carry_no_formula() -> None:
    rows = list(csv.reader(io.StringIO(sittings_csv(_day(_day_line("=HYPERLINK(1)"))).decode("utf-8-sig"))))
    assert rows[1][rows[0].index("candidate")] == "'=HYPERLINK(1)"
    ratings = list(csv.reader(io.StringIO(ratings_csv(_day(_day_line())).decode("utf-8-sig"))))
    assert ratings[1:] == [["s1", "S-0007", RECORD, "c1", "4"], ["s1", "S-0007", RECORD, "c2", ""]]
