# SPDX-License-Identifier: GPL-3.0-or-later
"""The window's end of a recorder: start one, find one that is already running, ask it, stop it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import observer_app
from observer_app.capture.clock import SystemClock
from observer_app.capture.config import RecorderConfig, RecorderStatus
from observer_app.capture.control import StateFile, ask, state_path
from observer_app.capture.preview import Preview
from observer_app.errors import BadInput, Conflict, EnvironmentFault

__all__ = ["CHILD_COMMAND", "RecorderClient", "recorder_command"]

CHILD_COMMAND = "record-child"
_START_S = 15.0
_ANSWER_S = 1.5


def recorder_command() -> list[str]:
    """How the recorder's process is started. The packed program starts itself with a hidden command."""
    if getattr(sys, "frozen", False):
        return [sys.executable, CHILD_COMMAND]
    return [sys.executable, "-m", "observer_app.capture.recorder_process"]


class RecorderClient:
    """One recorder, seen from outside. Safe for several threads; closing it leaves the recorder running."""

    def __init__(self, state_folder: Path, recording: str) -> None:
        self._folder = state_folder
        self.recording = recording
        self._lock = threading.Lock()
        self._connection: socket.socket | None = None
        self._state: StateFile | None = None
        self._last = RecorderStatus(state="starting", recording=recording)
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls, config: RecorderConfig, state_folder: Path) -> RecorderClient:
        """Start a recorder and return once it answers (its state may still be `starting`).

        Raises `ConsentMissing` or `BadInput` for a configuration that must not be used, `Conflict` when this
        recording is being recorded already, `EnvironmentFault` when the process does not come up.
        """
        config = config.check()
        state_folder.mkdir(parents=True, exist_ok=True)
        running = cls.attach(state_folder, config.recording)
        if running is not None:
            running.close()
            raise Conflict("This interview is being recorded already.", advice="Attach to the running recorder.")
        state_path(state_folder, config.recording).unlink(missing_ok=True)
        client = cls(state_folder, config.recording)
        client._launch(config)
        return client

    @classmethod
    def attach(cls, state_folder: Path, recording: str) -> RecorderClient | None:
        """The recorder already running for a recording, None when there is none (any more)."""
        client = cls(state_folder, recording)
        if client.status().finished:
            client.close()
            return None
        return client

    @staticmethod
    def known(state_folder: Path) -> list[str]:
        """Recordings whose recorder left a state there, running or not."""
        return sorted(p.stem for p in state_folder.glob("*.recorder"))

    def _launch(self, config: RecorderConfig) -> None:
        told = json.dumps({"config": config.to_json(), "state_folder": str(self._folder)}) + "\n"
        home = str(Path(observer_app.__file__).parent.parent)
        path = os.pathsep.join(p for p in (home, os.environ.get("PYTHONPATH", "")) if p)
        log_fd = os.open(self._folder / "recorder.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            process = subprocess.Popen(
                recorder_command(),
                stdin=subprocess.PIPE,
                stdout=log_fd,
                stderr=log_fd,
                env={**os.environ, "PYTHONPATH": path},
                **_detached(),
            )
        except OSError as error:
            raise EnvironmentFault(f"The recorder cannot be started: {error.strerror}.") from error
        finally:
            os.close(log_fd)
        self._process = process
        # Waiting for it in a thread takes its end off the process table, and holds it until then.
        threading.Thread(target=process.wait, name="recorder-end", daemon=True).start()
        assert process.stdin is not None
        with suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(told.encode())
        self._wait_until_it_answers(process)

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + _START_S
        pause = threading.Event()
        while time.monotonic() < until:
            state = StateFile.read(self._folder, self.recording)
            if state is not None:
                return
            if process.poll() is not None:
                break
            pause.wait(0.02)
        raise EnvironmentFault(
            "The recorder did not start.", advice="Scoring goes on without recording; start the recording again."
        )

    def status(self) -> RecorderStatus:
        """How it stands. Never raises: a recorder that is gone without a word has the state `died`."""
        status, _, _ = self._ask("status")
        return status

    def preview(self) -> Preview | None:
        """The latest small picture (about ten a second while asked for), None while there is none."""
        _, numbers, rgb = self._ask("preview")
        return Preview(numbers[0], numbers[1], rgb, numbers[2], numbers[3]) if numbers else None

    def stop(self, wait_s: float = 10.0) -> RecorderStatus:
        """End the recording and wait until its files are closed; the final status."""
        status, _, _ = self._ask("stop")
        until = time.monotonic() + wait_s
        pause = threading.Event()
        while self._not_over(status) and time.monotonic() < until:
            pause.wait(0.03)
            # One that did not answer in time may not have heard it either; asking again does no harm.
            status = self._ask("stop")[0] if status.state == "died" else self.status()
        if self._process is not None and status.finished:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(max(until - time.monotonic(), 0.1))
        return status

    def _not_over(self, status: RecorderStatus) -> bool:
        """Recording still, or only slow to answer (a busy machine) while its process is alive."""
        return not status.finished or (status.state == "died" and self.still_there)

    def end_by_force(self) -> None:
        """Kill the recorder, for one that does not answer any more. What it wrote stays and is taken up later."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.kill()
        elif self.still_there and self._state is not None:
            with suppress(OSError):
                os.kill(self._state.pid, signal.SIGKILL)

    @property
    def still_there(self) -> bool:
        """Whether the recorder's process is alive (so one that does not answer hangs). Of one that another window
        started this is known on Linux only."""
        if self._process is not None:
            return self._process.poll() is None
        if self._state is None or self._state.boot_id != SystemClock().boot_id():
            return False
        with suppress(OSError):
            told = Path(f"/proc/{self._state.pid}/cmdline").read_bytes().split(b"\0")
            return os.fsencode(recorder_command()[-1]) in told
        return False

    def close(self) -> None:
        """Let go of the connection; the recorder records on."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, what: str) -> tuple[RecorderStatus, list[Any] | None, bytes]:
        with self._lock:
            for _ in range(2):  # a connection left idle may have been closed by the recorder
                try:
                    status, numbers, content = ask(self._connected(), self._token, what)
                    self._last = status
                    return status, numbers, content
                except TimeoutError:
                    self._drop()
                    break
                except OSError:
                    self._drop()
                if self._state is None or self._state.port == 0:
                    break
            return self._ended(), None, b""

    @property
    def _token(self) -> str:
        return self._state.token if self._state is not None else ""

    def _connected(self) -> socket.socket:
        if self._connection is None:
            with suppress(BadInput):
                self._state = StateFile.read(self._folder, self.recording)
            if self._state is None or self._state.port == 0 or self._state.boot_id != SystemClock().boot_id():
                raise ConnectionError("no recorder")
            self._connection = socket.create_connection(("127.0.0.1", self._state.port), _ANSWER_S)
        return self._connection

    def _ended(self) -> RecorderStatus:
        with suppress(BadInput, TypeError):
            state = StateFile.read(self._folder, self.recording)
            if state is not None and state.final is not None:
                return RecorderStatus.from_json(dict(state.final))
        return replace(self._last, state="died", message="The recorder has stopped suddenly.", source_lost=False)

    def __enter__(self) -> RecorderClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _detached() -> dict[str, Any]:
    """Options that let the child outlive this process and its terminal, and go first (see `machine.go_first`)."""
    if os.name == "nt":
        names = ("CREATE_NEW_PROCESS_GROUP", "CREATE_NO_WINDOW", "ABOVE_NORMAL_PRIORITY_CLASS")
        return {"creationflags": sum(getattr(subprocess, name, 0) for name in names)}
    return {"start_new_session": True}
