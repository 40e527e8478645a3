# SPDX-License-Identifier: GPL-3.0-or-later
"""A network that is patient for so long and no longer: whoever lets a byte through now and then, in the greeting of a
connection, in the head of an answer or in its body, cannot hold a request for ever.

A time without a byte bounds nothing by itself. One request has a minute, and a second more for every 4 KiB that moved
either way, so that a slow line gets its part of a recording through, up to a longest time.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

__all__ = ["ENDED", "Allowance", "BoundedNetwork"]

ENDED = (
    httpcore.ConnectionNotAvailable, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)  # fmt: skip
_FIRST_S = 60.0
_SLOWEST = 4096.0  # bytes a second
_LEAST_S = 0.001  # 0 would mean: do not wait at all
_AT_ONCE = 64 * 1024


class Allowance:
    """How long the request under way may still take."""

    def __init__(self) -> None:
        self._started, self._moved, self._longest_s = time.monotonic(), 0, 0.0

    def begin(self, longest_s: float) -> None:
        """A request begins; it may take `longest_s` at most."""
        self._started, self._moved, self._longest_s = time.monotonic(), 0, longest_s

    def moved(self, size: int) -> None:
        """So many bytes came or went."""
        self._moved += size

    @property
    def _left_s(self) -> float:
        whole = min(_FIRST_S + self._moved / _SLOWEST, self._longest_s)
        return self._started + whole - time.monotonic()

    @property
    def over(self) -> bool:
        """Whether its time is over."""
        return self._left_s <= 0

    def patience(self, timeout: float | None) -> float:
        """Seconds to wait for the next byte, `timeout` at most. Raises httpcore.ReadTimeout when the time is over."""
        left = self._left_s
        if left <= 0:
            raise httpcore.ReadTimeout("the request's time is over")
        return max(left if timeout is None else min(timeout, left), _LEAST_S)


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait is bounded."""

    def __init__(self, stream: httpcore.NetworkStream, allowance: Allowance) -> None:
        self._stream, self._allowance = stream, allowance

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """As httpcore says, as are those below."""
        found = self._stream.read(max_bytes, self._allowance.patience(timeout))
        self._allowance.moved(len(found))
        return found

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        socket = self._stream.get_extra_info("socket")
        left = memoryview(buffer)
        while left:
            socket.settimeout(self._allowance.patience(timeout))
            try:
                sent = socket.send(left[:_AT_ONCE])
            except TimeoutError as error:
                raise httpcore.WriteTimeout("nothing is taken") from error
            except OSError as error:
                raise httpcore.WriteError("the connection broke") from error
            self._allowance.moved(sent)
            left = left[sent:]

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        patience = self._allowance.patience(timeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, patience), self._allowance)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class BoundedNetwork(httpcore.NetworkBackend):
    """Connections over TCP, each request's time bounded by `allowance`."""

    def __init__(self, allowance: Allowance) -> None:
        self._real, self._allowance = httpcore.SyncBackend(), allowance

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """As httpcore says."""
        patience = self._allowance.patience(timeout)
        return _Stream(self._real.connect_tcp(host, port, patience, local_address, socket_options), self._allowance)
