# SPDX-License-Identifier: GPL-3.0-or-later
"""The line to a central store: a port that moves one request and its answer and knows no more, and HTTP behind it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from observer_app.errors import BadInput, Unreachable
from observer_app.protocol import PREFIX

__all__ = ["ABOUT", "KEPT", "MAX_ANSWER", "Answer", "HttpTransport", "OtherAnswer", "Transport"]

MAX_ANSWER = 64 * 1024 * 1024
ABOUT = f"{PREFIX}/about"
_HELLO_S = 10.0  # a store that is there says which it is at once: nobody who asked waits longer for one that is not
_LONGEST_S = 600.0  # a line that lets a byte through now and then never runs out of time by itself
KEPT = "What was to be sent is kept and will be sent later."


class OtherAnswer(Unreachable):
    """Something answered that is no central store: a hotel's sign-in page, a proxy, another server."""


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
    """The port over HTTP. One connection is kept open between requests."""

    def __init__(self, url: str, *, timeout_s: float = 30.0) -> None:
        """`url`: the store's address. Raises BadInput when it is none."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadInput(f"{url} is not the address of a central store.", advice="It begins with https://.")
        self._hello = httpx.Timeout(min(timeout_s, _HELLO_S))
        self._timeout = httpx.Timeout(timeout_s, connect=min(timeout_s, _HELLO_S))
        self._client = httpx.Client(base_url=url.rstrip("/"), trust_env=False, follow_redirects=False)

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """As the port says; answers beyond 64 MiB are refused, and what takes ten minutes is given up."""
        timeout = self._hello if path == ABOUT else self._timeout
        until = time.monotonic() + _LONGEST_S
        try:
            with self._client.stream(method, path, headers=dict(headers), content=body, timeout=timeout) as answer:
                found = bytearray()
                for block in answer.iter_bytes():
                    found += block
                    if len(found) > MAX_ANSWER:
                        raise OtherAnswer("The central store's answer was too large to be one of its own.", advice=KEPT)
                    if time.monotonic() > until:
                        raise Unreachable("The central store's answer does not come to an end.", advice=KEPT)
                return Answer(answer.status_code, bytes(found))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Unreachable("The central store does not answer.", advice=KEPT) from error

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()

    def __enter__(self) -> HttpTransport:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
