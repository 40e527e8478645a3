# SPDX-License-Identifier: GPL-3.0-or-later
"""A recovery sheet onto paper: drawn straight to the printer, never through a file of ours."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QTextCursor, QTextDocument
from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo
from PySide6.QtWidgets import QDialog, QWidget

from observer_app.ui.theme import Theme
from observer_app.workflows.views import SheetView

__all__ = ["ask_to_print", "print_sheet"]

_TITLE_PT, _CODE_PT, _BODY_PT = 18, 24, 12


def print_sheet(sheet: SheetView, printer: QPrinter) -> bool:
    """Draws the sheet on one page; whether the printer took it."""
    document = QTextDocument()
    cursor = QTextCursor(document)
    for text, points, weight in (
        (sheet.title, _TITLE_PT, QFont.Weight.DemiBold),
        (sheet.code, _CODE_PT, QFont.Weight.DemiBold),
        (sheet.words, _BODY_PT, QFont.Weight.Normal),
    ):
        form = cursor.charFormat()
        font = QFont(Theme.current.font("body", int(weight.value), text))
        font.setPointSize(points)
        form.setFont(font)
        cursor.insertText(f"{text}\n\n", form)
    document.print_(printer)
    return printer.printerState() is not QPrinter.PrinterState.Error


def ask_to_print(sheet: SheetView, owner: QWidget, done: Callable[[str], None]) -> None:
    """Asks for the printer, prints, and says how it went: `printed`, `not_printed`, `no_printer` where there is none.
    Nothing is said when nobody chose one. A file is not offered: the code would lie beside what it opens."""
    if not QPrinterInfo.availablePrinterNames():
        done("no_printer")
        return
    printer = QPrinter()  # held here: the dialog does not keep it
    dialog = QPrintDialog(printer, owner)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for option in (QPrintDialog.PrintDialogOption.PrintPageRange, QPrintDialog.PrintDialogOption.PrintToFile):
        dialog.setOption(option, False)
    dialog.accepted.connect(lambda: done("printed" if print_sheet(sheet, printer) else "not_printed"))
    QDialog.open(dialog)
