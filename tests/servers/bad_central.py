# SPDX-License-Identifier: GPL-3.0-or-later
"""What listens where a central store should: a real socket on loopback that answers with anything but sense."""

from __future__ import annotations

import socket
import threading
from types import TracebackType

__all__ = ["ANSWERS", "BadCentral"]

_PAGE = b"<html><body>Welcome to the hotel. Room number?</body></html>"
_JSON = b'{"origin": 3}'


def _http(status: bytes, body: bytes, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status, len(body), more, body)


ANSWERS: dict[str, bytes | None] = {
    "a sign-in page": _http(b"200 OK", _PAGE, b"Content-Type: text/html\r\n"),
    "sent elsewhere": _http(b"302 Found", b"", b"Location: http://127.0.0.1:1/\r\n"),
    "a proxy's no": _http(b"403 Forbidden", _PAGE),
    "another program": _http(b"200 OK", _JSON),
    "an empty answer": _http(b"200 OK", b""),
    "half an answer": b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{",
    "not the web's language": b"SSH-2.0-OpenSSH_9.2\r\n",
    "hung up": b"",
    "silence": None,  # takes the call and says nothing, until it is stopped
}


class BadCentral:
    """Answers every call with one of ANSWERS. `port` 0 takes a free one."""

    def __init__(self, kind: str, port: int = 0) -> None:
        self._answer = ANSWERS[kind]
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port = int(self._socket.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._calls: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, name="bad-central", daemon=True)
        self._thread.start()

    @property
    def calls(self) -> int:
        """How often it was called."""
        return len(self._calls)

    def _serve(self) -> None:
        while True:
            try:
                call, _ = self._socket.accept()
            except OSError:  # stopped
                return
            self._calls.append(call)
            if self._answer is None:
                continue
            call.settimeout(5)
            try:
                call.recv(65536)
                call.sendall(self._answer)
            except OSError:
                pass
            call.close()

    def stop(self) -> None:
        """Hangs up on everyone."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for call in self._calls:
            call.close()
        self._thread.join(10)

    def __enter__(self) -> BadCentral:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
