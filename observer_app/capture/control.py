# SPDX-License-Identifier: GPL-3.0-or-later
"""How a window talks to a recorder: one line of JSON each way over loopback, with a token.

Address and token stand in a file only this user can read (`<recording>.recorder` in the state folder). The file
outlives the recorder and then tells how it ended. A caller that vanishes in the middle of a sentence harms nobody.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import socketserver
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from observer_app.capture.config import RecorderStatus
from observer_app.capture.recorder import Recorder
from observer_app.errors import BadInput

__all__ = ["ControlServer", "StateFile", "ask", "state_path"]

_LONGEST_LINE = 4096
_IDLE_S = 30.0


def state_path(folder: Path, recording: str) -> Path:
    """Where the recorder of a recording says how it is reached."""
    return folder / f"{recording}.recorder"


@dataclass(frozen=True, slots=True)
class StateFile:
    """How a recorder is reached, and, after its end, how it ended."""

    recording: str
    port: int
    token: str
    pid: int
    boot_id: str
    final: dict[str, Any] | None = None

    def write(self, folder: Path) -> None:
        """Put it in place at once and readable only by this user."""
        path = state_path(folder, self.recording)
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w") as file:
            json.dump(asdict(self), file)
        os.replace(new, path)

    @classmethod
    def read(cls, folder: Path, recording: str) -> StateFile | None:
        """None when there is none; `BadInput` when it is not one."""
        path = state_path(folder, recording)
        try:
            return cls(**json.loads(path.read_text()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError):
            raise BadInput(
                "The recorder's state cannot be read.", advice="Start the recording again.", file=path.name
            ) from None


class ControlServer:
    """Answers `status`, `preview` and `stop` for one recorder until closed."""

    def __init__(self, recorder: Recorder) -> None:
        self.token = secrets.token_hex(32)
        self._server = _Server(("127.0.0.1", 0), _Conversation)
        self._server.recorder, self._server.token = recorder, self.token
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    recorder: Recorder
    token: str


class _Conversation(socketserver.StreamRequestHandler):
    timeout = _IDLE_S
    server: _Server

    def handle(self) -> None:
        with suppress(OSError, ValueError):  # the caller has gone or speaks nonsense: end this talk, nothing else
            while line := self.rfile.readline(_LONGEST_LINE):
                asked = json.loads(line)
                if not isinstance(asked, dict) or not secrets.compare_digest(
                    str(asked.get("token")).encode(), self.server.token.encode()
                ):
                    return
                self._answer(str(asked.get("ask")))

    def _answer(self, what: str) -> None:
        recorder = self.server.recorder
        if what == "stop":
            recorder.stop()
        content = b""
        answer: dict[str, Any] = {"status": recorder.status().to_json() | {"pid": os.getpid()}}
        if what == "preview" and (preview := recorder.preview.ask(answer["status"]["level"])) is not None:
            content = preview.rgb
            answer["preview"] = [preview.width, preview.height, preview.monotonic_ns, preview.level]
        answer["bytes"] = len(content)
        self.wfile.write(json.dumps(answer).encode() + b"\n" + content)


def ask(connection: socket.socket, token: str, what: str) -> tuple[RecorderStatus, list[Any] | None, bytes]:
    """One question over an open connection: (status, preview's numbers or None, preview's pixels).

    Raises `OSError` when the recorder is gone or answers nonsense.
    """
    connection.sendall(json.dumps({"token": token, "ask": what}).encode() + b"\n")
    with connection.makefile("rb") as stream:
        line = stream.readline()
        try:
            answer = json.loads(line)
            content = stream.read(int(answer["bytes"]))
            if len(content) != answer["bytes"]:
                raise ConnectionError("cut short")
            return RecorderStatus.from_json(answer["status"]), answer.get("preview"), content
        except (ValueError, KeyError, TypeError) as error:
            raise ConnectionError("no answer") from error
