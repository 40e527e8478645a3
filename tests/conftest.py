# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every test.

1. No test touches the user's own files: home and the XDG folders are a folder of this run.
2. No test leaves this machine: a connection or a name look-up elsewhere raises.
3. No test leaves a thread, a timer or a window behind: it is the test that did it that fails.
"""

from __future__ import annotations

import atexit
import ipaddress
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from observer_app.capture.machine import ENDS_WITH

# ---- 1. the user's own files; before anything asks for them ----

HOME = Path(tempfile.mkdtemp(prefix="observer-tests-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
for variable, folder in {
    "HOME": "",
    "USERPROFILE": "",
    "APPDATA": "roaming",
    "LOCALAPPDATA": "local",
    "XDG_CACHE_HOME": "cache",
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_RUNTIME_DIR": "run",
    "XDG_STATE_HOME": "state",
}.items():
    (HOME / folder).mkdir(mode=0o700, exist_ok=True)
    os.environ[variable] = str(HOME / folder)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ[ENDS_WITH] = str(os.getpid())  # a run that is stopped leaves no recorder behind

settings.register_profile("quick", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fuzz", deadline=None, max_examples=100_000, suppress_health_check=list(HealthCheck))
settings.load_profile("quick")


# ---- 2. the network ----


class LeftTheMachine(AssertionError):
    """A test reached for another machine."""


def is_local(host: object) -> bool:
    """Whether an address as `socket` takes it stays on this machine; `None` and `""` are every local one."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def refuse_elsewhere(address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else None  # a Unix socket's address is a path
        if not is_local(host):
            raise LeftTheMachine(f"a test reached for {address!r}; only this machine's own addresses are allowed")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        refuse_elsewhere(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        refuse_elsewhere(address)
        return connect_ex(self, address)

    def guarded_look_up(host: Any, *rest: Any, **named: Any) -> Any:
        refuse_elsewhere((host,))
        return look_up(host, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


# ---- 3. what a test leaves behind ----

_USES_QT = {"qapp", "qtbot", "qtmodeltester"}


def left_behind() -> list[Any]:
    """Running threads, ticking timers and top-level windows of this process, as Qt objects."""
    from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
    from PySide6.QtWidgets import QApplication
    from shiboken6 import Shiboken

    application = QApplication.instance()
    if not isinstance(application, QApplication):
        return []
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    application.processEvents()
    main_thread = application.thread()
    living = [thing for thing in Shiboken.getAllValidWrappers() if Shiboken.isValid(thing)]
    threads = [thing for thing in living if isinstance(thing, QThread) and thing.isRunning() and thing != main_thread]
    timers = [thing for thing in living if isinstance(thing, QTimer) and thing.isActive()]
    return [*threads, *timers, *QApplication.topLevelWidgets()]


def _clear_away(thing: Any) -> None:
    """So that one test's leftover does not fail the next."""
    from PySide6.QtCore import QThread, QTimer

    if isinstance(thing, QTimer):
        thing.stop()
    elif isinstance(thing, QThread):
        thing.requestInterruption()
        thing.quit()
        thing.wait(2000)
    else:
        thing.close()
        thing.deleteLater()


@pytest.fixture(autouse=True)
def _leaves_nothing_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    if _USES_QT.isdisjoint(request.fixturenames):
        yield
        return
    before = left_behind()
    yield
    leftovers = [thing for thing in left_behind() if thing not in before]
    if leftovers:
        named = ", ".join(f"{type(thing).__name__} {thing.objectName()!r}" for thing in leftovers)
        for thing in leftovers:
            _clear_away(thing)
        pytest.fail(f"the test left these alive: {named}")
