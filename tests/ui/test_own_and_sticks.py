# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's own page, the way back by the sheet, backing up and restoring: by keys, and by what stands on the page."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSize
from PySide6.QtPdf import QPdfDocument
from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo

from observer_app.ui.backup_page import BackupPage
from observer_app.ui.first_run import FirstRunPage
from observer_app.ui.forgotten_page import ForgottenPage
from observer_app.ui.own_page import OwnPage
from observer_app.ui.sheet_print import print_sheet
from tests.pages.assess import SignInPage
from tests.pages.driving import Driver, Key
from tests.simulators.desk import PASSPHRASE, Desk, DeskOwn

Open = Callable[..., Driver]


def from_the_menu(driver: Driver, words: str, kind: type[Any]) -> Any:
    action = next(a for a in driver.window.menu().actions() if a.text() == words)
    action.trigger()
    driver.wait(lambda: isinstance(driver.window.front, kind))
    return driver.window.front


def own_page(open_window: Open, desk: Desk) -> tuple[Driver, OwnPage]:
    driver = open_window(desk)
    SignInPage(driver).sign_in(PASSPHRASE)
    return driver, from_the_menu(driver, "Passphrase and recovery sheet", OwnPage)


def test_a_sheet_is_made_shown_once_and_put_away(open_window: Open, desk: Desk) -> None:
    driver, page = own_page(open_window, desk)
    assert driver.sees("You have no sheet for this machine yet.")
    driver.type("not my words")
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("Check Caps Lock"))
    assert not driver.sees(DeskOwn.CODE)
    driver.type(PASSPHRASE)
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees(DeskOwn.CODE))
    assert DeskOwn.CODE in page.code.accessibleName() and driver.focus() is page.print_button
    driver.tab_to("I have it")
    driver.press(Key.Key_Return)
    assert not driver.sees(DeskOwn.CODE) and driver.sees("You have a sheet for this machine.")
    assert page.sheet is None and not page.make.fields["passphrase"].text()


def test_leaving_the_page_puts_the_code_away(open_window: Open, desk: Desk) -> None:
    driver, page = own_page(open_window, desk)
    driver.type(PASSPHRASE)
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees(DeskOwn.CODE))
    driver.tab_to("Back")
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.page == "today")
    assert page.sheet is None and page.code.text() == ""


@pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)  # the printer's dialog is a window of its own
@pytest.mark.parametrize("printers", [[], ["Office printer"]])
def test_print_asks_which_printer_or_says_that_there_is_none(
    open_window: Open, desk: Desk, monkeypatch: pytest.MonkeyPatch, printers: list[str]
) -> None:
    monkeypatch.setattr(QPrinterInfo, "availablePrinterNames", staticmethod(lambda: printers))
    driver, page = own_page(open_window, desk)
    driver.type(PASSPHRASE)
    driver.press(Key.Key_Return)
    driver.wait(lambda: page.sheet is not None)
    driver.press(Key.Key_Return)
    if not printers:
        assert driver.sees("This machine knows no printer.") and driver.sees(DeskOwn.CODE)
        return
    (dialog,) = page.findChildren(QPrintDialog)
    gc.collect()
    assert dialog.isVisible() and dialog.printer() is not None
    assert not dialog.testOption(QPrintDialog.PrintDialogOption.PrintToFile), "the code would lie beside what it opens"
    dialog.reject()


def test_a_passphrase_is_changed(open_window: Open, desk: Desk) -> None:
    driver, page = own_page(open_window, desk)
    driver.tab_to("The passphrase you have now")
    for words in (PASSPHRASE, "four other plain words", "four other plane words"):
        driver.type(words)
        driver.press(Key.Key_Tab)
    page.change.submit()
    assert driver.sees("The two passphrases are not the same.") and not desk.own.changed
    driver.type("four other plain words")
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("The new passphrase counts from now on."))
    assert desk.own.changed == [(PASSPHRASE, "four other plain words")]
    assert all(not field.text() for field in page.change.fields.values())


def test_the_paper_has_the_code(qapp: Any, tmp_path: Path) -> None:
    sheet, file = Desk().own.sheet(PASSPHRASE), tmp_path / "sheet.pdf"
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(file))
    assert print_sheet(sheet, printer)
    document = QPdfDocument()
    document.load(str(file))
    assert document.pageCount() == 1 and not document.render(0, QSize(200, 280)).isNull()
    words = plain(document.getAllText(0).text())
    assert plain(sheet.code) in words and plain("Keep it away from the machine") in words
    document.close()


def plain(words: str) -> str:
    """Letters and figures: how a hyphen is drawn is the typeface's own affair."""
    return "".join(c for c in words if c.isalnum())


def forgotten(driver: Driver) -> ForgottenPage:
    driver.tab_to("Passphrase forgotten")
    driver.press(Key.Key_Space)
    page = driver.window.front
    assert isinstance(page, ForgottenPage)
    return page


def test_the_way_back_by_the_sheet(open_window: Open, desk: Desk) -> None:
    desk.own.made = 1
    driver = open_window(desk)
    page = forgotten(driver)
    for words in ("no such code", "four other plain words", "four other plain words"):
        driver.type(words)
        driver.press(Key.Key_Tab)
    page.form.submit()
    driver.wait(lambda: driver.sees("Type it from the newest sheet."))
    assert driver.focus() is page.form.fields["code"]
    driver.type(DeskOwn.CODE)
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.page == "sign-in")
    assert driver.sees("Sign in with it.") and desk.own.changed == [("assessor-a", "four other plain words")]
    assert all(not field.text() for field in page.form.fields.values())
    SignInPage(driver).sign_in(PASSPHRASE)


def test_without_a_sheet_it_is_said_at_once(open_window: Open, desk: Desk) -> None:
    driver = open_window(desk)
    forgotten(driver)
    assert driver.sees("No recovery sheet was made for Sample Assessor A") and driver.sees("under another sign-in name")
    driver.press(Key.Key_Return)
    assert driver.page == "sign-in"


def test_a_backup_says_how_far_it_is_and_when_it_is_done(open_window: Open, desk: Desk, tmp_path: Path) -> None:
    driver = open_window(desk)
    SignInPage(driver).sign_in(PASSPHRASE)
    page = from_the_menu(driver, "Back up to a stick", BackupPage)
    driver.press(Key.Key_Return)
    assert driver.sees("choose the stick’s folder first")
    driver.type(str(tmp_path / "unplugged"))
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("Plug the stick in"))
    page.folder.field.setText(str(tmp_path))
    desk.backup_gate.clear()
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("Copying: 3 of 12 files"))
    assert driver.sees("Leave the stick in") and page.in_use
    driver.window.idle.passed()
    assert driver.window.front is page and not desk.locked, "a backup that runs is no idleness"
    page.back.setFocus()
    driver.press(Key.Key_Return)
    driver.window.idle.passed()
    assert driver.page == "today" and not desk.locked, "nor is one that was left to go on"
    assert from_the_menu(driver, "Back up to a stick", BackupPage) is page
    desk.backup_gate.set()
    driver.wait(lambda: driver.sees("Backed up: 12 files."))
    assert desk.backups == [tmp_path] and not page.in_use
    page.back.setFocus()
    driver.press(Key.Key_Return)
    assert driver.page == "today"


def test_a_backup_that_is_locked_over_is_said_to_be_stopped(open_window: Open, desk: Desk, tmp_path: Path) -> None:
    driver = open_window(desk)
    SignInPage(driver).sign_in(PASSPHRASE)
    from_the_menu(driver, "Back up to a stick", BackupPage)
    desk.backup_gate.clear()
    driver.type(str(tmp_path))
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("Copying: 3 of 12 files"))
    driver.window.lock()
    assert driver.page == "sign-in" and driver.sees("The backup was stopped by locking.")
    desk.backup_gate.set()


def test_a_new_machine_takes_the_place_of_another(open_window: Open, tmp_path: Path) -> None:
    desk = Desk(enrolled=False)
    driver = open_window(desk)
    page = driver.window.front
    assert isinstance(page, FirstRunPage)
    driver.tab_to("This machine replaces another")
    driver.press(Key.Key_Space)
    driver.press(Key.Key_Return)
    assert driver.sees("Fill in: Folder of the stick")
    for name, words in (("stick", str(tmp_path)), ("restore_handle", "kim"), ("restore_passphrase", "our own words")):
        field = page.from_stick.fields[name]
        field.setFocus()
        driver.type(words)
    driver.press(Key.Key_Return)
    SignInPage(driver)
    assert desk.enrol.asked == [("restore", (str(tmp_path), "kim", "our own words"))]
    assert driver.sees("Connect this machine once before anyone signs on it.")
