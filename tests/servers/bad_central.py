# SPDX-License-Identifier: GPL-3.0-or-later
"""What listens where a central store should: a real socket on loopback that answers with anything but sense."""

from __future__ import annotations

import gzip
import itertools
import socket
import threading
from collections.abc import Iterable
from types import TracebackType

__all__ = ["ANSWERS", "ENDLESS", "BadCentral"]

_BETWEEN_S = 0.02
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
    "a packed answer": _http(b"200 OK", gzip.compress(bytes(1 << 20)), b"Content-Encoding: gzip, gzip\r\n"),
    "a head without an end": b"HTTP/1.1 200 OK\r\n" + b"X-More: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 9999,
    "a status without an end": b"HTTP/1.1 200 " + b"O" * 300_000,
    "a great many empty things": _http(b"200 OK", b'{"a":[' + b"[]," * 2_000_000 + b"0]}"),
    "silence": None,  # takes the call and says nothing, until it is stopped
}

_HEAD = b"HTTP/1.1 200 OK\r\n"
# What never comes to an end: said at once, and then again and again, so that there is always a byte to wait for.
ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "a head in drops": (_HEAD + b"X-More: ", b"a"),
    "a body in drops": (_HEAD + b"Content-Length: 20000000\r\n\r\n", b" "),
    "pieces in drops": (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "only a moment": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


class BadCentral:
    """Answers every call with one of ANSWERS or ENDLESS. `port` 0 takes a free one."""

    def __init__(self, kind: str, port: int = 0) -> None:
        first, again = ENDLESS.get(kind, (ANSWERS.get(kind), b""))
        self._answer = first
        self._again: Iterable[bytes] = itertools.repeat(again) if again else ()
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port = int(self._socket.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._calls: list[socket.socket] = []
        self._stopped = threading.Event()
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
                for drop in self._again:
                    call.sendall(drop)
                    self._stopped.wait(_BETWEEN_S)
            except OSError:
                pass
            call.close()

    def stop(self) -> None:
        """Hangs up on everyone."""
        self._stopped.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for call in self._calls:
            call.close()
        self._thread.join(10)

    def __enter__(self) -> BadCentral:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
