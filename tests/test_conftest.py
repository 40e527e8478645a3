# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules every test runs under, each seen to bite."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.conftest import HOME, LeftTheMachine, is_local


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "example.org", "127.0.0.1.example.org", "0.0.0.1"])
def test_another_machine_is_out_of_reach(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as one, pytest.raises(LeftTheMachine):
        one.connect((address, 9))
    with socket.socket(family) as one, pytest.raises(LeftTheMachine):
        one.connect_ex((address, 9))
    with pytest.raises(LeftTheMachine):
        socket.getaddrinfo(address, 80)


def test_this_machine_is_in_reach() -> None:
    assert is_local("127.0.0.1") and is_local("::1") and is_local("localhost") and is_local(b"127.3.2.1")
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


def test_home_is_the_runs_own() -> None:
    assert Path.home() == HOME
    assert Path(os.environ["XDG_DATA_HOME"]).is_relative_to(HOME)


LEAVERS = {
    "timer": """
        def test_it(qapp):
            from PySide6.QtCore import QTimer
            qapp.kept = QTimer(objectName="left")
            qapp.kept.start(60_000)
        """,
    "thread": """
        def test_it(qapp):
            from PySide6.QtCore import QThread
            qapp.kept = QThread(objectName="left")
            qapp.kept.start()
        """,
    "window": """
        def test_it(qapp):
            from PySide6.QtWidgets import QWidget
            qapp.kept = QWidget(objectName="left")
            qapp.kept.show()
        """,
}
TIDY = """
    def test_it(qtbot):
        from PySide6.QtCore import QThread, QTimer
        from PySide6.QtWidgets import QWidget
        window = QWidget()
        qtbot.addWidget(window)
        window.show()
        timer = QTimer(window)
        timer.start(60_000)
        thread = QThread()
        thread.start()
        thread.quit()
        assert thread.wait(5000)
    """


def _run(source: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """One test file under a copy of the real conftest, in a process of its own."""
    (folder / "conftest.py").write_text(Path(__file__).with_name("conftest.py").read_text(encoding="utf-8"), "utf-8")
    (folder / "test_made.py").write_text(textwrap.dedent(source), "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", "."]
    return subprocess.run([*command, "test_made.py"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("kind", LEAVERS)
def test_what_is_left_alive_fails_its_test(kind: str, tmp_path: Path) -> None:
    run = _run(LEAVERS[kind], tmp_path)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "the test left these alive" in run.stdout and "'left'" in run.stdout


def test_a_tidy_test_passes(tmp_path: Path) -> None:
    run = _run(TIDY, tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
