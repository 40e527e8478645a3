# SPDX-License-Identifier: GPL-3.0-or-later
"""The line to a central store: a port that moves one request and its answer and knows no more, and HTTP behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol
from urllib.parse import quote, urlsplit

import httpcore

from observer_app import BUILD
from observer_app.errors import BadInput, Unreachable
from observer_app.protocol import PREFIX
from observer_app.sync.bounded import ENDED, Allowance, BoundedNetwork

__all__ = ["ABOUT", "KEPT", "MAX_ANSWER", "Answer", "HttpTransport", "OtherAnswer", "TooSlow", "Transport"]

MAX_ANSWER = 32 * 1024 * 1024
ABOUT = f"{PREFIX}/about"
_HELLO_S = 10.0  # a store that is there says which it is at once: nobody who asked waits longer for one that is not
_HELLO_WHOLE_S = 30.0
_LONGEST_S = 600.0  # a line that lets a byte through now and then never runs out of time by itself
_KEEP_S = 5.0  # shorter than any store keeps it
_AS_IT_IS = "/?&=%:@!$'()*+,;-._~"  # of a path that is signed as it stands
_ALWAYS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": f"Observer/{BUILD}"}
KEPT = "What was to be sent is kept and will be sent later."


class OtherAnswer(Unreachable):
    """Something answered that is no central store: a hotel's sign-in page, a proxy, another server."""


class TooSlow(Unreachable):
    """The time one request may take is over, though something still moves. Asking again at once would be no better."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, and the body's bytes."""

    status: int
    body: bytes


class Transport(Protocol):
    """Port: one request, one answer."""

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Raises Unreachable when no whole answer came; then nobody knows whether the request arrived."""
        ...


class HttpTransport:
    """The port over HTTP. One connection is kept open between requests. Nothing that answers can hold it for long, or
    fill the memory: what a request may take is bounded by `bounded.Allowance`, an answer by `MAX_ANSWER`; nobody is
    followed to another address, and nothing is unpacked."""

    def __init__(self, url: str, *, timeout_s: float = 30.0) -> None:
        """`url`: the store's address; `timeout_s`: without a byte. Raises BadInput when it is none."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").encode("idna"), parts.port
        except ValueError:
            parts, host, port = urlsplit(""), b"", None
        if parts.scheme not in ("http", "https") or not host:
            raise BadInput(f"{url} is not the address of a central store.", advice="It begins with https://.")
        self._scheme, self._host, self._port = parts.scheme.encode(), host, port
        self._base = parts.path.rstrip("/")
        self._timeout_s = timeout_s
        self._allowance = Allowance()
        self._pool = httpcore.ConnectionPool(
            max_connections=1, keepalive_expiry=_KEEP_S, network_backend=BoundedNetwork(self._allowance)
        )

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """As the port says; answers beyond 32 MiB are refused. Raises TooSlow for what takes too long as a whole."""
        hello = path == ABOUT
        allowance = self._allowance
        allowance.begin(min(_HELLO_WHOLE_S if hello else _LONGEST_S, _LONGEST_S))
        patience = min(self._timeout_s, _HELLO_S)
        reading = patience if hello else self._timeout_s
        timeout = {"connect": patience, "read": reading, "write": self._timeout_s, "pool": patience}
        url = httpcore.URL(
            scheme=self._scheme, host=self._host, port=self._port, target=quote(self._base + path, safe=_AS_IT_IS)
        )
        named = [(name.encode(), value.encode()) for name, value in {**_ALWAYS, **headers}.items()]
        try:
            with self._pool.stream(
                method, url, headers=named, content=body or None, extensions={"timeout": timeout}
            ) as answer:
                return Answer(answer.status, self._whole(answer))
        except (*ENDED, OSError) as error:
            if allowance.over:
                raise TooSlow("The central store's answer does not come to an end.", advice=KEPT) from error
            raise Unreachable("The central store does not answer.", advice=KEPT) from error

    def _whole(self, answer: httpcore.Response) -> bytes:
        if any(name.lower() == b"content-encoding" for name, _ in answer.headers):
            raise OtherAnswer("What answered is not a central store: it packs what it says.", advice=KEPT)
        found = bytearray()
        for block in answer.iter_stream():
            found += block
            if len(found) > MAX_ANSWER:
                raise OtherAnswer("The central store's answer was too large to be one of its own.", advice=KEPT)
        return bytes(found)

    def close(self) -> None:
        """Closes the connection."""
        self._pool.close()

    def __enter__(self) -> HttpTransport:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
