# SPDX-License-Identifier: GPL-3.0-or-later
"""The one window: top bar, a line for what concerns all of it, and the page in front. It opens no second window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QSettings, Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QStackedWidget, QWidget

import observer_app.ui.own_words  # noqa: F401 - the catalogue
from observer_app.domain.roles import Workspace
from observer_app.errors import ObserverError
from observer_app.ui.icons import icon
from observer_app.ui.idle import Idle
from observer_app.ui.key_time import KeyClock
from observer_app.ui.page import BuildWorkspace, Page
from observer_app.ui.sending import Sender
from observer_app.ui.strings import say
from observer_app.ui.tasks import Unheard, run
from observer_app.ui.theme import Theme, make_theme, use
from observer_app.ui.top_bar import TopBar
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.panel import Icon, Panel, column, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import DesktopPort, SessionPort

__all__ = ["MainWindow", "Notice"]

_CONNECTION_MS = 5000
_FORGET_MS = (500, 10_000)
_SIZES = (100, 125, 150, 175, 200)
_ASIDE = ("backup", "own")  # pages of the person's menu, loaded when they are opened


class Notice(Panel):
    """The line under the top bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("warnt", "b", parent=parent)
        self._icon = Icon("triangle-alert", "warn")
        self.words = Text(wrap=True, middle=True)
        away = Button("", kind="quiet", icon="x", high=32, name=say("app.dismiss"))
        away.clicked.connect(self.hide)
        row(self._icon, self.words, away, gap=12, margins=(24, 8, 12, 8), into=self).setStretch(1, 1)
        self.hide()

    def say(self, words: str, tone: str) -> None:
        """Shows a line, "" hides it."""
        self.words.setText(words)
        signs = {"bad": ("octagon-alert", "badt"), "good": ("circle-check", "tint")}
        icon, ground = signs.get(tone, ("triangle-alert", "warnt"))
        self._icon.render_icon(icon, tone)
        self.set_ground(ground)
        self.setVisible(bool(words))


class MainWindow(QWidget):
    """The window and, to its pages, the shell. `builders` say how each workspace is made."""

    def __init__(self, desktop: DesktopPort, builders: dict[Workspace, Callable[[], BuildWorkspace]],
                 opening: Callable[[MainWindow], Page]) -> None:  # fmt: skip
        super().__init__()
        self.desktop, self.keys = desktop, KeyClock(desktop.clock)
        self._builders, self._opening = builders, opening
        self.session: SessionPort | None = None
        self.last_here = ""  # the sign-in name last chosen: whoever unlocks need only type
        self._sender: Sender | None = None
        self._space: Workspace | None = None
        self._pages: dict[str, Page] = {}
        self._tabs: list[str] = []
        self._front: Page | None = None
        self._came_from = ""
        self.setWindowTitle(say("app.name"))
        self.resize(1280, 800)
        self.setMinimumSize(960, 600)
        self._bar, self._notice, self._stack = TopBar(), Notice(), QStackedWidget()
        layout = column(self._bar, self._notice, self._stack, into=self)
        layout.setStretch(2, 1)
        self._bar.tab_chosen.connect(self.show_page)
        self._bar.space_chosen.connect(lambda key: self.open_space(Workspace(key)))
        self._bar.menu_asked.connect(self._open_menu)
        self._every = QTimer(self)
        self._every.setInterval(_CONNECTION_MS)
        self._every.timeout.connect(self.chrome_changed)
        self._forgetting = QTimer(self)
        self._forgetting.setSingleShot(True)
        self._forgetting.timeout.connect(self._forget)
        self.idle = Idle(self, self._in_use, self._lock_idle)
        Unheard.tell = self._unheard
        self.lock()

    # ---- who is here ----

    def lock(self) -> None:
        """Nobody is signed in: the sign-in (or first-run) page. Whom the page in front belonged to comes back to it."""
        stopped = self._backing_up()
        on_locked = getattr(self._front, "on_locked", None)
        if on_locked is not None:
            on_locked()
        self._clear_pages()
        if self.session is not None:
            self._forgetting.start(_FORGET_MS[0])
        self._leave_session()
        self._bar.set_person("", False)
        self._bar.set_spaces((), "")
        page = self._opening(self)
        self.add_page(page, tab=False)
        self.show_page(page.key)
        if stopped:
            self.say(say("backup.stopped"))

    def chose(self, handle: str) -> None:
        """Somebody chose their name on the sign-in page."""
        self.last_here = handle

    def _in_use(self) -> bool:
        """The page in front, or a backup that was left to go on behind another page."""
        return bool(getattr(self._front, "in_use", False)) or self._backing_up()

    def _backing_up(self) -> bool:
        return any(getattr(self._pages.get(key), "in_use", False) for key in _ASIDE)

    def _lock_idle(self) -> None:
        """Nobody was there: their keys leave memory, their recording goes on."""
        self.lock()
        self.say(say("app.locked_idle"))

    def _leave_session(self) -> None:
        self._every.stop()
        self.idle.stop()
        if self._sender is not None:
            self._sender.stop()
            self._sender.deleteLater()
            self._sender = None
        if self.session is not None:
            self.session.lock()
            self.session = None

    def _forget(self) -> None:
        """Only after the pages, which held the session's desks, are gone too; again after what was still under way."""
        if self._forgetting.interval() == _FORGET_MS[0]:
            self._forgetting.start(_FORGET_MS[1])
        run(self.desktop.forget, self)

    def _exchanged(self) -> None:
        """Something may have come: the page in front looks again if it can do so quietly."""
        self.chrome_changed()
        look_again = getattr(self._front, "refresh", None)
        if look_again is not None:
            look_again()

    def sign_in(self, session: SessionPort) -> None:
        """This person's first workspace."""
        self.session = session
        self._forgetting.stop()
        view = session.view()
        self._notice.say("", "warn")
        self._bar.set_person(view.name, view.sample)
        self._every.start()
        self.idle.start(self, view.lock_after_s)
        self._sender = Sender(session.send, self.say, self)
        self._sender.exchanged.connect(self._exchanged)
        usable = [space for space in view.spaces if space in self._builders]
        if usable:
            self.open_space(usable[0])

    def open_space(self, space: Workspace) -> None:
        """Builds a workspace's pages and shows the first."""
        if self.session is None:
            return
        self._clear_pages()
        self._space = space
        spaces = [s for s in self.session.view().spaces if s in self._builders]
        self._bar.set_spaces([(s.value, say(f"app.space.{s.value}")) for s in spaces], space.value)
        pages = self._builders[space]()(self.session, self)
        for page in pages:
            self.add_page(page, tab=bool(page.label))
        if pages and self._front is None:
            self.show_page(pages[0].key)

    # ---- pages ----

    def add_page(self, page: Page, *, after: str = "", tab: bool = True) -> None:
        """See `ShellPort`."""
        if page.key in self._pages:
            self.remove_page(page.key)
        self._pages[page.key] = page
        self._stack.addWidget(page.widget)
        if tab:
            self._tabs.insert(self._tabs.index(after) + 1 if after in self._tabs else len(self._tabs), page.key)

    def remove_page(self, key: str) -> None:
        """See `ShellPort`."""
        page = self._pages.pop(key, None)
        if page is None:
            return
        if page is self._front:
            page.on_hidden()
            self._front = None
        if key in self._tabs:
            self._tabs.remove(key)
        self._stack.removeWidget(page.widget)
        page.widget.hide()
        page.widget.deleteLater()

    def _clear_pages(self) -> None:
        for key in list(self._pages):
            self.remove_page(key)

    def has_page(self, key: str) -> bool:
        """See `ShellPort`."""
        return key in self._pages

    def show_page(self, key: str) -> None:
        """See `ShellPort`."""
        page = self._pages[key]
        if page is not self._front:
            if self._front is not None:
                self._front.on_hidden()
            self._front = page
            self._notice.say("", "warn")
            self._stack.setCurrentWidget(page.widget)
            page.on_shown()
        self.chrome_changed()

    @property
    def front(self) -> Page | None:
        """The page in front."""
        return self._front

    def chrome_changed(self) -> None:
        """See `ShellPort`."""
        if self._front is None:
            return
        tabs = [(key, self._pages[key].label) for key in self._tabs]
        self._bar.set_tabs(tabs, self._front.key)
        self._bar.set_mark(getattr(self._front, "mark", ""))
        chrome = self._front.chrome()
        asked = self.session if chrome.trail is None else None  # a record's trail stands where the connection would
        view = asked.view() if asked is not None else None
        self._bar.render_chrome(chrome, view.connection if view else "", view.connected if view else False)
        title = chrome.heading or self._front.label
        self.setWindowTitle(f"{title}, {say('app.name')}" if title else say("app.name"))

    def say(self, words: str, tone: str = "warn") -> None:
        """See `ShellPort`."""
        self._notice.say(words, tone)

    def _unheard(self, error: ObserverError) -> None:
        self.say(str(error), "bad")

    # ---- the person's menu ----

    def menu(self) -> QMenu:
        """Lock, light or dark, text size."""
        theme = Theme.current
        menu = QMenu(self)
        menu.setFont(theme.font())
        lock = menu.addAction(icon("lock", theme.colour("ink")), say("app.lock"))
        lock.triggered.connect(self.lock)
        if self._sender is not None:
            send = menu.addAction(icon("refresh-cw", theme.colour("ink")), say("app.send_now"))
            send.triggered.connect(self._sender.now)
            take = menu.addAction(icon("file-check", theme.colour("ink")), say("app.take_roster"))
            take.triggered.connect(self._choose_roster)
            back = menu.addAction(icon("usb", theme.colour("ink")), say("app.back_up"))
            back.triggered.connect(self._open_backup)
            own = menu.addAction(icon("key-round", theme.colour("ink")), say("own.menu"))
            own.triggered.connect(self._open_own)
        menu.addSeparator()
        other = "dark" if theme.name == "light" else "light"
        dark = menu.addAction(icon("moon" if other == "dark" else "sun", theme.colour("ink")), say(f"app.{other}"))
        dark.triggered.connect(lambda: self.set_look(other, Theme.current.factor))
        menu.addSeparator()
        for percent in _SIZES:
            size = menu.addAction(say("app.text_size", percent=percent))
            size.setCheckable(True)
            size.setChecked(round(theme.factor * 100) == percent)
            size.triggered.connect(lambda _=False, p=percent: self.set_look(Theme.current.name, p / 100))
        return menu

    def _choose_roster(self) -> None:
        dialog = QFileDialog(self, say("app.take_roster"), "", say("app.roster_files"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda file: self.take_roster(Path(file)))
        dialog.open()

    def take_roster(self, file: Path) -> None:
        """Takes a day's list in from a file."""
        session = self.session
        if session is None:
            return

        def taken(day: str) -> None:
            self.say(say("app.roster_taken", day=day), "good")
            self._exchanged()

        run(lambda: session.take_roster(file), self).then(taken)

    def _open_backup(self) -> None:
        from observer_app.ui.backup_page import BackupPage

        if self.session is not None:
            self._open_aside(BackupPage(self.session, self._leave_aside))

    def _open_own(self) -> None:
        from observer_app.ui.own_page import OwnPage

        if self.session is not None:
            self._open_aside(OwnPage(self.session.own, self._leave_aside))

    def _open_aside(self, page: Page) -> None:
        """A page of the person's menu, once; a backup that runs is gone back to."""
        front = self._front
        if front is not None and front.key not in _ASIDE:
            self._came_from = front.key
        if not self.has_page(page.key):
            self.add_page(page, tab=False)
        else:
            page.widget.deleteLater()
        self.show_page(page.key)

    def _leave_aside(self) -> None:
        self.show_page(self._came_from if self.has_page(self._came_from) else next(iter(self._pages)))

    def _open_menu(self) -> None:
        menu, button = self.menu(), self._bar.person_button
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(button.mapToGlobal(QPoint(button.width() - menu.sizeHint().width(), button.height())))

    def set_look(self, name: str, factor: float) -> None:
        """Light or dark, and the text factor, for the whole application."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            use(make_theme(name, factor), app)
            self.chrome_changed()
            if app.organizationName():  # a real run, not a test's bare application
                settings = QSettings()
                settings.setValue("look/name", name)
                settings.setValue("look/factor", factor)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._forgetting.stop()
        self._clear_pages()
        self._leave_session()
        if Unheard.tell == self._unheard:
            Unheard.tell = None
        super().closeEvent(event)
