# SPDX-License-Identifier: GPL-3.0-or-later
"""Transport simulator: a bad line in front of the real one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from observer_app.errors import Unreachable
from observer_app.sync.line import Answer, Transport

GOOD, LOST_REQUEST, LOST_REPLY, TWICE = "good", "lost_request", "lost_reply", "twice"


class BadLine:
    """Does to each request what `faults` says next (then all is well). `asked` lists (method, path, body size)."""

    def __init__(
        self, real: Transport, faults: Iterable[str] = (), only: Callable[[str, str], bool] | None = None
    ) -> None:
        self._real, self._faults, self._only = real, iter(faults), only or (lambda _m, _p: True)
        self.asked: list[tuple[str, str, int]] = []
        self.earlier: list[tuple[str, str, dict[str, str], bytes]] = []

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        fault = next(self._faults, GOOD) if self._only(method, path) else GOOD
        if fault == LOST_REQUEST:
            raise Unreachable("The central store does not answer.")
        self.asked.append((method, path, len(body)))
        self.earlier.append((method, path, dict(headers), body))
        answer = self._real.request(method, path, headers, body)
        if fault == TWICE:
            self._real.request(method, path, headers, body)
        if fault == LOST_REPLY:
            raise Unreachable("The central store does not answer.")
        return answer

    def count(self, method: str, part: str) -> int:
        return sum(1 for m, p, _ in self.asked if m == method and part in p)
