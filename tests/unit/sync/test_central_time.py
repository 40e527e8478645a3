# SPDX-License-Identifier: GPL-3.0-or-later
"""Central's signed time over real HTTP: kept with this machine's clocks; what is forged, repeated or older is not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from observer_app.domain.moment import Moment
from observer_app.errors import IntegrityBroken
from observer_app.sync.central_time import TimeSeen, time_seen
from observer_app.sync.line import Answer, HttpTransport
from observer_app.sync.transfer import Summary, exchange
from observer_app.trust.keys import KeySet
from observer_app.trust.signed_time import sign_time, verify_time
from tests.simulators.programme import Machine, Programme

NOT_FOUND = b'{"advice":"","code":"not_found","last_seq":-1,"message":"Nothing here.","subject":""}'


class Ticking:
    """A machine's clocks: each look is `step_ms` after the one before; the wall clock is `ahead_ms` off."""

    def __init__(self, step_ms: int = 100) -> None:
        self.us, self.step_ms = 7_000_000_000, step_ms

    def __call__(self) -> Moment:
        self.us += self.step_ms * 1000
        return Moment(self.us, "d" * 32, 1_600_000_000_000 + self.us // 1000)


class Between:
    """A line on which somebody sits who may change the answer to the question for the time."""

    def __init__(self, real: HttpTransport, change: Callable[[str, Answer], Answer]) -> None:
        self._real, self._change = real, change

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = self._real.request(method, path, headers, body)
        return self._change(path, answer) if "/time" in path else answer


class Place:
    """One machine and a running store."""

    def __init__(self, folder: Path) -> None:
        programme = Programme()
        device = programme.device(programme.centre("north"), "d-room")
        self.central = programme.serve(folder / "central")
        self.machine = Machine(programme, device, folder / "room")
        self.line = HttpTransport(self.central.url)

    def exchange(self, now: Ticking, change: Callable[[str, Answer], Answer] = lambda _path, answer: answer) -> Summary:
        machine = self.machine
        return exchange(machine.store, machine.files, Between(self.line, change), machine.identity(), now=now)

    @property
    def seen(self) -> TimeSeen | None:
        return time_seen(self.machine.store)

    def close(self) -> None:
        self.line.close()
        self.machine.close()
        self.central.stop()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path)
    yield found
    found.close()


def _nonce(path: str) -> str:
    found = re.search(r"nonce=([0-9a-f]{32})$", path)
    assert found
    return found[1]


def _note(note: str) -> Answer:
    return Answer(200, json.dumps({"note": note}, separators=(",", ":")).encode())


def test_it_is_kept_with_this_machines_clocks_and_proves_itself(place: Place) -> None:
    before = place.central.store.clock()
    assert place.exchange(Ticking(step_ms=150)).problems == ()
    seen = place.seen
    assert seen is not None and before <= seen.time_ms <= place.central.store.clock()
    assert seen.round_trip_ms == 150 and seen.monotonic_us == 7_000_300_000 and seen.boot_id == "d" * 32
    assert verify_time(seen.note, place.central.store.log.public, seen.nonce) == seen.time_ms


def test_a_forged_time_stops_the_exchange_and_is_not_kept(place: Place) -> None:
    origin, thief = place.central.store.log.origin, KeySet.generate().signing

    def forged(path: str, _answer: Answer) -> Answer:
        return _note(sign_time(origin, 1_999_000_000_000, _nonce(path), thief))

    with pytest.raises(IntegrityBroken, match="not signed by its log"):
        place.exchange(Ticking(), forged)
    assert place.seen is None


def test_yesterdays_answer_is_not_todays(place: Place) -> None:
    kept: list[Answer] = []

    def keep(_path: str, answer: Answer) -> Answer:
        kept.append(answer)
        return answer

    place.exchange(Ticking(), keep)
    first = place.seen
    with pytest.raises(IntegrityBroken, match="an old answer is being repeated"):
        place.exchange(Ticking(), lambda _path, _answer: kept[0])
    assert place.seen == first


def test_an_older_store_without_signed_times_works_as_before(place: Place) -> None:
    assert place.exchange(Ticking(), lambda _path, _answer: Answer(404, NOT_FOUND)).problems == ()
    assert place.seen is None


def test_a_store_whose_clock_went_back_is_said_and_takes_nothing_back(place: Place) -> None:
    clock = place.central.store.clock
    place.central.store.clock = lambda: clock() + 300_000
    place.exchange(Ticking())
    first, place.central.store.clock = place.seen, clock
    (problem,) = place.exchange(Ticking()).problems
    assert "earlier time than it signed before" in problem and place.seen == first is not None
    place.central.store.clock = lambda: clock() + 600_000 - 30_000
    assert place.exchange(Ticking()).problems == ()
    assert first is not None and place.seen is not None and place.seen.time_ms > first.time_ms


@pytest.mark.parametrize("query", ["", "?nonce=", "?nonce=12", f"?nonce={'A' * 32}", f"?nonce={'a' * 32}%0a1"])
def test_only_a_plain_number_is_signed_over(place: Place, query: str) -> None:
    answer = place.line.request("GET", f"/v1/time{query}", {}, b"")
    assert answer.status == 400 and b"note" not in answer.body
