# SPDX-License-Identifier: GPL-3.0-or-later
"""The paper every report is printed on: embedded Inter, page numbers, header, sample mark.

`invariant=1` makes reportlab leave out time and random ids, so the same contents give the same bytes and a
report can be compared, hashed and listed in a manifest.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate

from observer_app.shipped import shipped

__all__ = ["ACCENT", "INK", "LINE", "SOFT", "SUNKEN", "code_drawing", "print_pdf", "register_fonts", "style", "text"]

INK = HexColor("#14181f")
SOFT = HexColor("#4b5563")
LINE = HexColor("#c6ccd4")
SUNKEN = HexColor("#f3f5f8")
ACCENT = HexColor("#23479b")
_WEIGHTS = {"Inter": "Regular", "Inter-SemiBold": "SemiBold", "Inter-Bold": "Bold"}


@cache
def register_fonts() -> None:
    """Registers the shipped Inter with reportlab, once a process."""
    folder = shipped("resources") / "fonts"
    for name, weight in _WEIGHTS.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / f"Inter-{weight}.ttf")))
    pdfmetrics.registerFontFamily("Inter", normal="Inter", bold="Inter-Bold", italic="Inter", boldItalic="Inter-Bold")


def style(
    size: float = 9.5, *, bold: bool = False, colour: Any = INK, before: float = 0, after: float = 2, indent: float = 0
) -> ParagraphStyle:
    """A paragraph style in Inter; sizes in points."""
    return ParagraphStyle(
        f"s{size}{bold}{colour}{before}{after}{indent}",
        fontName="Inter-SemiBold" if bold else "Inter",
        fontSize=size,
        leading=size * 1.38,
        textColor=colour,
        spaceBefore=before,
        spaceAfter=after,
        leftIndent=indent,
        splitLongWords=1,
    )


def text(words: str, kind: ParagraphStyle) -> Paragraph:
    """A paragraph of plain words: mark-up in them is shown, not obeyed; control characters are dropped."""
    clean = "".join(c for c in words if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn"))
    return Paragraph(escape(clean).replace("\n", "<br/>"), kind)


class _NumberedCanvas(Canvas):  # type: ignore[misc]  # reportlab has no types
    """Writes "Page x of y" once the number of pages is known."""

    header = ""
    sample = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        total = len(self._kept)
        for number, page in enumerate(self._kept, 1):
            self.__dict__.update(page)
            self._furniture(number, total)
            super().showPage()
        super().save()

    def _furniture(self, number: int, total: int) -> None:
        width, height = A4
        self.setFont("Inter", 8)
        self.setFillColor(SOFT)
        self.drawString(18 * mm, 12 * mm, self.header)
        self.drawRightString(width - 18 * mm, 12 * mm, f"Page {number} of {total}")
        if self.sample:
            self.setFont("Inter-Bold", 8)
            self.drawRightString(width - 18 * mm, height - 12 * mm, "SAMPLE DATA. NOT A RESULT.")


def code_drawing(words: str) -> Drawing:
    """`words` as a QR code, 34 mm square with its quiet edge."""
    code = QrCodeWidget(words, barLevel="M")
    left, bottom, right, top = code.getBounds()
    size = 34 * mm
    drawing = Drawing(size, size, transform=[size / (right - left), 0, 0, size / (top - bottom), 0, 0])
    drawing.add(Rect(0, 0, right - left, top - bottom, fillColor=white, strokeColor=None))
    drawing.add(code)
    return drawing


def print_pdf(story: Sequence[Any], *, title: str, subject: str, header: str, sample: bool) -> bytes:
    """The finished PDF. `header` stands at the foot of every page beside the page number."""
    register_fonts()
    out = io.BytesIO()
    kind = type("Paper", (_NumberedCanvas,), {"header": header, "sample": sample})
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=18 * mm,
        bottomMargin=20 * mm,
        title=title,
        author="Observer",
        subject=subject,
        lang="en-GB",
        invariant=1,
    )
    document.build(list(story), canvasmaker=kind)
    return out.getvalue()
