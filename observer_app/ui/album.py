# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the real window on real stores, driven by keys: for the demonstration and the guide.

The window is never shown on a screen (Qt's offscreen platform): the caller runs this in a process of its own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from observer_app.errors import EnvironmentFault
from observer_app.ui.app import build_window
from observer_app.ui.assess.live import LivePage
from observer_app.ui.centre.board_page import BoardPage
from observer_app.ui.moderate.work_page import WorkPage
from observer_app.ui.own_page import OwnPage
from observer_app.ui.page import PageWidget
from observer_app.ui.shell import MainWindow
from observer_app.ui.sign_in import SignInPage
from observer_app.ui.strings import say
from observer_app.ui.theme import make_theme, use
from observer_app.workflows.ports import DesktopPort

__all__ = ["PAGE", "Album", "Key"]

Key = Qt.Key
PAGE = "page"
"""The text of a picture file that says which page it shows."""
_Page = TypeVar("_Page", bound=PageWidget)
_PATIENCE_S = 30.0
_SETTLE_S = 0.4


class Album:
    """One window and the folder its pictures go to."""

    def __init__(self, desktop: DesktopPort, folder: Path) -> None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        found = QApplication.instance()
        self._app = found if isinstance(found, QApplication) else QApplication(["observer"])
        use(make_theme("light", 1.0), self._app)
        self._folder = folder
        self.window: MainWindow = build_window(desktop)
        self.window.show()
        self.window.activateWindow()
        self.settle()
        self.taken = 0

    def settle(self, seconds: float = _SETTLE_S) -> None:
        """Lets the window finish what it is at."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._app.processEvents()
            time.sleep(0.005)

    def until(self, so: Callable[[], bool], what: str) -> None:
        """Lets the window run until something is so. Raises EnvironmentFault after thirty seconds."""
        end = time.monotonic() + _PATIENCE_S
        while not so():
            self._app.processEvents()
            time.sleep(0.005)
            if time.monotonic() > end:
                raise EnvironmentFault(f"The window never came to {what}.", advice="Run the demonstration again.")
        self.settle()

    @property
    def page(self) -> str:
        """The key of the page in front."""
        return self.window.front.key if self.window.front is not None else ""

    @property
    def next_sitting(self) -> str:
        """The id of the sitting that Today opens next."""
        session = self.window.session
        cards = session.assess.today(self.window.keys.now()).sittings if session is not None else ()
        return next((card.sitting for card in cards if card.is_next), "")

    def press(self, *keys: Qt.Key | str) -> None:
        """Presses keys (or types a text) wherever the focus is."""
        for key in keys:
            if isinstance(key, str):
                self._type(key)
            else:
                self._send(key, "")
            self._app.processEvents()
        self.settle(0.15)

    def _type(self, words: str) -> None:
        target = self._app.focusWidget()
        if isinstance(target, QPlainTextEdit):
            target.insertPlainText(words)
            return
        for letter in words:
            self._send(Key.Key_unknown, letter)

    def _send(self, key: Qt.Key, text: str) -> None:
        target = self._app.focusWidget() or self.window
        if not text and Key.Key_0 <= key <= Key.Key_Z:
            text = chr(key).lower()
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            self._app.sendEvent(target, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text))

    def take(self, name: str, *, dark: bool = False) -> None:
        """A picture of the window as it stands, and with `dark` one in the dark look beside it."""
        self.settle()
        self._grab(name)
        if dark:
            self.window.set_look("dark", 1.0)
            self.settle()
            self._grab(f"{name}-dark")
            self.window.set_look("light", 1.0)
            self.settle()

    def _grab(self, name: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        picture = self.window.grab().toImage()
        picture.setText(PAGE, self.page)  # so that a page without a picture can be found out
        if not picture.save(str(self._folder / f"{name}.png")):
            raise EnvironmentFault(f"The picture {name}.png cannot be written.", advice="Check the disk.")
        self.taken += 1

    def sign_in(self, handle: str, passphrase: str) -> None:
        """Signs in by the page's own keys."""
        page = self._front(SignInPage)
        next(card for card in page.cards if card.person.handle == handle).click()
        self.settle()
        page.passphrase.setFocus()
        self.press(passphrase, Key.Key_Return)
        self.until(lambda: self.page != "sign-in", "the page after signing in")
        self.settle(2.5)

    def show(self, key: str) -> None:
        """The page of that key, once it stands still."""
        self.window.show_page(key)
        self.settle(1.0)

    def shortcut(self, keys: str) -> None:
        """What these keys do anywhere on the page in front."""
        found = self.window.front.widget.findChildren(QShortcut) if self.window.front is not None else []
        next(one for one in found if one.key() == QKeySequence(keys)).activated.emit()
        self.settle()

    def from_the_menu(self, words: str) -> None:
        """What the person's menu opens under these words."""
        next(action for action in self.window.menu().actions() if action.text() == words).trigger()
        self.settle()

    def my_records(self) -> None:
        """Everything this person signed, and the first of it opened."""
        self.show("records")
        self.take("14-my-records")
        self.press(Key.Key_Return)
        self.until(lambda: self.page == "review", "the signed record")
        self.take("14-signed")

    def own_pages(self, passphrase: str) -> None:
        """The pages behind the person's name, and the way back in when a passphrase is forgotten."""
        self.from_the_menu(say("own.menu"))
        self.take("15-own")
        self.press(passphrase, Key.Key_Return)
        own = self._front(OwnPage)
        self.until(lambda: own.sheet is not None, "the recovery sheet")
        self.take("15-own-sheet")
        self.from_the_menu(say("app.back_up"))
        self.take("15-backup")
        self.window.lock()
        self.settle()
        self._front(SignInPage).forgotten.click()
        self.take("15-forgotten")

    def corrections(self) -> None:
        """From the board to what waits for a second signature."""
        waiting = self._front(BoardPage).corrections
        self.until(lambda: waiting.count > 0, "a correction that waits")
        waiting.button.click()
        self.settle(1.0)

    def _front(self, kind: type[_Page]) -> _Page:
        """The page in front. Raises EnvironmentFault where it is another."""
        page: object = self.window.front
        if not isinstance(page, kind):
            raise EnvironmentFault(f"{kind.__name__} is not in front.", advice="Run the demonstration again.")
        return page

    def end_phase(self) -> None:
        """Presses the button at the right end of the bar, and says yes where it asks."""
        page = self._front(LivePage)
        before = page.view.phase.id if page.view.phase else ""
        page.bar.buttons["next"].click()
        self.settle(0.2)
        if page.strip.asking:
            self.press(Key.Key_Return)
        self.until(lambda: (page.view.phase.id if page.view.phase else "") != before, "the next phase")

    def recording(self) -> None:
        """Waits until the camera records."""
        page = self._front(LivePage)
        self.until(lambda: page.view.recording == "recording", "a recording")

    def work_places(self) -> list[bool]:
        """For each record of the work list, in its order, whether it is signed."""
        return [item.signed for item in self._front(WorkPage).items()]

    def open_work(self, place: int) -> None:
        """Opens the record at this place of the work list and waits for its first picture."""
        work = self._front(WorkPage)
        work.table.setFocus()
        self.press(Key.Key_Home, *[Key.Key_Down] * place, Key.Key_Return)
        self.until(lambda: self.page != work.key, "the record")
        self.settle(3.0)

    def close(self) -> None:
        """Closes the window and signs out."""
        self.window.close()
        self.settle(0.1)
