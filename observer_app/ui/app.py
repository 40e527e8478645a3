# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting the window: `run_app` for people, `build_window` for tests. Workspaces are imported when they are opened."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from importlib.util import find_spec

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from observer_app.domain.roles import Workspace
from observer_app.ui.first_run import FirstRunPage
from observer_app.ui.page import BuildWorkspace, Page
from observer_app.ui.shell import MainWindow
from observer_app.ui.sign_in import SignInPage
from observer_app.ui.theme import make_theme, use
from observer_app.workflows.ports import DesktopPort

__all__ = ["build_window", "run_app"]

_WARM_UP_MS = 250


def _assess() -> BuildWorkspace:
    from observer_app.ui.assess import build_assess

    return build_assess


def _centre() -> BuildWorkspace:
    from observer_app.ui.centre import build_centre

    return build_centre


def _moderate() -> BuildWorkspace:
    from observer_app.ui.moderate import build_moderate

    return build_moderate


def _workspaces() -> dict[Workspace, Callable[[], BuildWorkspace]]:
    known: dict[Workspace, Callable[[], BuildWorkspace]] = {
        Workspace.ASSESS: _assess,
        Workspace.CENTRE: _centre,
        Workspace.MODERATE: _moderate,
    }
    return {space: build for space, build in known.items() if find_spec(f"observer_app.ui.{space.value}") is not None}


def _opening(window: MainWindow) -> Page:
    if window.desktop.enrolled():
        page = SignInPage(window.desktop, window, window.sign_in, window.last_here)
        page.chosen.connect(window.chose)
        return page
    return FirstRunPage(window.desktop, window, window.lock)


def build_window(desktop: DesktopPort) -> MainWindow:
    """The window, not yet shown; there must be a QApplication with a theme in force."""
    return MainWindow(desktop, _workspaces(), _opening)


def _factor(settings: QSettings) -> float:
    """The text factor last chosen; what is not a number counts as 1."""
    try:
        return float(str(settings.value("look/factor", 1.0)))
    except ValueError:
        return 1.0


def _load_the_rest(warm_up: Callable[[], None]) -> None:
    for load in _workspaces().values():
        load()
    warm_up()


def run_app(desktop: DesktopPort, argv: Sequence[str], warm_up: Callable[[], None] = lambda: None) -> int:
    """Shows the window until it is closed; the exit status. `warm_up` runs beside it once it is there to be used."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(list(argv) or ["observer"])
    app.setApplicationName("Observer")
    app.setOrganizationName("Observer")
    settings = QSettings()
    scheme = QGuiApplication.styleHints().colorScheme()
    name = str(settings.value("look/name", "dark" if scheme == Qt.ColorScheme.Dark else "light"))
    use(make_theme(name if name in ("light", "dark") else "light", _factor(settings)), app)
    window = build_window(desktop)
    window.show()
    loading = threading.Thread(target=_load_the_rest, args=(warm_up,), name="loading the rest", daemon=True)
    QTimer.singleShot(_WARM_UP_MS, loading.start)
    return app.exec()
