# SPDX-License-Identifier: GPL-3.0-or-later
"""The manager's screens: `BoardPage(driver).choose("Sample Candidate 06").act("reason").why("Ill").write()`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from observer_app.ui.centre.board_page import BoardPage as BoardScreen
from observer_app.ui.centre.check_in_page import CheckInPage as CheckInScreen
from observer_app.ui.centre.exports_page import ExportsPage as ExportsScreen
from observer_app.ui.centre.import_page import ImportPage as ImportScreen
from tests.pages.driving import Driver, Key

__all__ = ["BoardPage", "CheckInPage", "ExportsPage", "ImportPage"]


class _Page:
    screen_type: type[Any]
    key = ""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        if driver.page != self.key:
            driver.window.show_page(self.key)
        self.screen: Any = driver.window.front
        assert isinstance(self.screen, self.screen_type)
        driver.texts()  # turns the loop until what was just made is shown


class BoardPage(_Page):
    screen_type, key = BoardScreen, "centre.board"

    def rows(self) -> list[str]:
        """The candidates shown, in order."""
        model = self.screen.table.model()
        return [str(model.index(n, 1).data()) for n in range(model.rowCount())]

    def spoken(self, candidate: str) -> list[str]:
        """What a screen reader says about a candidate's row, cell by cell."""
        model, number = self.screen.table.model(), self.rows().index(candidate)
        role = Qt.ItemDataRole.AccessibleTextRole
        return [str(model.index(number, column).data(role)) for column in range(model.columnCount())]

    def choose(self, candidate: str) -> BoardPage:
        """Goes to a candidate's row with the arrow keys."""
        self.screen.table.setFocus()
        self.driver.press(Key.Key_Home)
        for _ in range(self.rows().index(candidate)):
            self.driver.press(Key.Key_Down)
        return self

    def actions(self) -> list[str]:
        return [button.text() for button in self.screen.foot.buttons.values()]

    def act(self, words: str) -> BoardPage:
        """Presses one of the foot's buttons, reached by Tab."""
        self.driver.tab_to(words)
        self.driver.press(Key.Key_Return)
        return self

    def fill(self, name: str, text: str) -> BoardPage:
        self.driver.tab_to(name)
        self.driver.type(text)
        return self

    def write(self) -> BoardPage:
        self.driver.press(Key.Key_Return)
        return self

    def foot_says(self) -> str:
        foot = self.screen.foot
        if foot.form is not None and foot.form.trouble.words:
            return str(foot.form.trouble.words)
        return str(foot.line.words)

    def reconcile(self) -> BoardPage:
        self.driver.tab_to("Reconcile")
        self.driver.press(Key.Key_Return)
        return self

    def close_day(self, passphrase: str) -> str:
        """Types the passphrase and Enter; what the panel says then."""
        panel = self.screen.reconcile
        self.driver.tab_to("Your passphrase")
        self.driver.focus().clear()  # type: ignore[attr-defined]
        if passphrase:
            self.driver.type(passphrase)
        self.driver.press(Key.Key_Return)
        self.driver.wait(lambda: bool(panel.line.words) and not panel._closing)
        return str(panel.line.words)


class CheckInPage(_Page):
    screen_type, key = CheckInScreen, "centre.check_in"

    def find(self, text: str) -> CheckInPage:
        """Types part of a name, then Enter: the first tick waits."""
        self.screen.search.setFocus()
        self.screen.search.clear()
        self.driver.type(text)
        self.driver.press(Key.Key_Return)
        return self

    def tick_identity(self) -> CheckInPage:
        self.driver.tab_to("I compared")
        self.driver.press(Key.Key_Space)
        return self

    def consent(self, given: bool) -> CheckInPage:
        self.driver.tab_to("Given")
        if not given:
            self.driver.press(Key.Key_Down)
        self.driver.press(Key.Key_Space)
        return self

    def arrived(self) -> str:
        """Presses Arrived; what the panel says then."""
        self.screen.panel.go.setFocus()
        self.driver.press(Key.Key_Return)
        return self.says()

    def says(self) -> str:
        QApplication.processEvents()
        return str(self.screen.panel.line.words)


class ImportPage(_Page):
    screen_type, key = ImportScreen, "centre.import"

    def look_at(self, file: Path) -> str:
        """Types the path and Enter; the sentence that follows."""
        self.screen.file.setFocus()
        self.screen.file.clear()
        self.driver.type(str(file))
        self.driver.press(Key.Key_Return)
        self.driver.wait(lambda: bool(self.screen.line.words) and not self.screen._busy)
        return str(self.screen.line.words)

    def faults(self) -> list[tuple[str, ...]]:
        model = self.screen.faults.model()
        return [tuple(str(model.index(n, c).data()) for c in range(4)) for n in range(model.rowCount())]

    def take_in(self, passphrase: str) -> str:
        self.screen.passphrase.setFocus()
        self.screen.passphrase.clear()
        if passphrase:
            self.driver.type(passphrase)
        self.driver.press(Key.Key_Return)
        self.driver.wait(lambda: not self.screen._busy)
        return str(self.screen.line.words)


class ExportsPage(_Page):
    screen_type, key = ExportsScreen, "centre.exports"

    def start(self, folder: str) -> ExportsPage:
        """Types the folder and Enter."""
        self.screen.folder.setFocus()
        self.screen.folder.field.clear()
        if folder:
            self.driver.type(folder)
        self.driver.press(Key.Key_Return)
        return self

    def says(self) -> str:
        return str(self.screen.line.words)
