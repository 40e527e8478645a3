# SPDX-License-Identifier: GPL-3.0-or-later
"""While something is recorded the machine is asked to stay awake, and not a moment longer. A real message bus, with
services on it that answer as a desktop's do."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from observer_app.capture.awake import StayAwake, can_stay_awake
from observer_app.capture.client import RecorderClient
from observer_app.capture.config import RecorderConfig
from observer_app.capture.dbus import Bus
from tests.waiting import until

SERVICES = Path(__file__).parents[2] / "servers" / "sleep_services.py"
SYSTEM_PYTHON = "/usr/bin/python3"
NEEDED = "import gi; gi.require_version('Gio', '2.0'); from gi.repository import Gio"

Start = Callable[[RecorderConfig], RecorderClient]
Configure = Callable[..., RecorderConfig]
Serve = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts the services on a bus of their own, which is this test's system and session."""
    if shutil.which("dbus-daemon") is None or subprocess.run([SYSTEM_PYTHON, "-c", NEEDED], check=False).returncode:
        pytest.skip("dbus-daemon and Debian's python3-gi are not installed")
    address = f"unix:path={tmp_path / 'bus'}"
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address", f"--address={address}"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)]
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)

    def line_of(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        return process.stdout.readline()

    assert line_of(running[0]).startswith(address)

    def serve(*arguments: str) -> subprocess.Popen[str]:
        told = [SYSTEM_PYTHON, str(SERVICES), address, *arguments]
        running.append(subprocess.Popen(told, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))
        assert line_of(running[-1]) == "ready\n"
        return running[-1]

    yield serve
    for process in reversed(running):
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def said(services: subprocess.Popen[str], lines: int) -> list[str]:
    assert services.stdout is not None
    return sorted(services.stdout.readline().rstrip("\n") for _ in range(lines))


HELD = ["held screen Observer", "held sleep:idle:handle-lid-switch Observer block"]
LET_GO = ["let go screen", "let go sleep:idle:handle-lid-switch"]


def test_the_machine_stays_awake_until_it_is_let_go(desktop: Serve) -> None:
    services = desktop()
    awake = StayAwake()
    assert awake.system and awake.screen and said(services, 2) == HELD
    awake.let_go()
    assert said(services, 2) == LET_GO
    assert can_stay_awake()


def test_where_the_lid_is_not_given_away_sleep_is_held_off_all_the_same(desktop: Serve) -> None:
    services = desktop("deny-lid")
    awake = StayAwake()
    assert awake.system and said(services, 2) == ["held screen Observer", "held sleep:idle Observer block"]
    awake.let_go()


def test_a_recorder_holds_it_for_as_long_as_it_records_and_a_killed_one_no_longer(
    desktop: Serve, config: Configure, started: Start
) -> None:
    services = desktop()
    for end in ("stopped", "killed"):
        client = started(config())
        assert said(services, 2) == HELD
        pid = until(lambda c=client: (s := c.status()).frames and s.pid)
        if end == "stopped":
            client.stop()
        else:
            os.kill(pid, signal.SIGKILL)
        assert said(services, 2) == LET_GO


def test_without_any_such_service_recording_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, config: Configure, started: Start
) -> None:
    for bus in ("SYSTEM", "SESSION"):
        monkeypatch.setenv(f"DBUS_{bus}_BUS_ADDRESS", f"unix:path={tmp_path / 'nobody'}")
    assert not can_stay_awake()
    client = started(config())
    until(lambda: client.status().seconds > 0.5)
    assert client.stop().state == "stopped"


LET_IN = b"OK 1\r\nAGREE_UNIX_FD\r\n"


@pytest.mark.parametrize(
    "answer",
    [b"", b"REJECTED\r\n", b"OK 1\r\n" + b"x" * 100, LET_IN + b"nonsense" * 9, LET_IN + b"l\2\0\1" + b"\xff" * 40],
)
def test_a_bus_that_speaks_nonsense_is_left(tmp_path: Path, answer: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "bus"))
        server.listen()

        def speak() -> None:
            with server.accept()[0] as caller:
                caller.recv(1000)
                caller.sendall(answer)

        speaking = threading.Thread(target=speak)
        speaking.start()
        with pytest.raises(OSError):
            Bus(f"unix:path={tmp_path / 'bus'}")
        speaking.join()


def test_an_address_that_leads_nowhere_is_an_error() -> None:
    for address in ("", "tcp:host=x", "unix:path=/nowhere", "unix:abstract=nobody-is-here"):
        with pytest.raises(OSError):
            Bus(address)
