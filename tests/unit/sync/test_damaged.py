# SPDX-License-Identifier: GPL-3.0-or-later
"""Something at the central store is damaged, altered or kept back: it is named and never kept, and what lies behind it
comes and goes all the same (decision 0022)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from observer_app.errors import IntegrityBroken, Unreachable
from observer_app.protocol import ObjectList, StatementPage, as_dict, read
from observer_app.sync.line import Answer, OtherAnswer
from observer_app.sync.transfer import Summary, exchange
from observer_app.trust import strict_json
from observer_app.trust.certificates import revoke
from observer_app.vault.outbox import EVIDENCE, ToSend
from tests.simulators.network import LOST_REPLY, BadLine
from tests.simulators.programme import record_body
from tests.unit.sync.test_exchange import FILM, World, world

__all__ = ["world"]

SMALL = b"a film in one part"


def event_log(world: World, number: int) -> str:
    return hashlib.sha256(b"event log %d" % number).hexdigest()


def stored(world: World, name: str) -> Any:
    return world.central.store.files.path(name)


def alter_row(world: World, position: int, envelope: bytes) -> bytes:
    """As an administrator of the database, or a disk, does it; the bytes that were there."""
    database = world.central.store.database
    (was,) = database.rows("SELECT envelope FROM statement WHERE position = ?", (position,))
    for row in database.rows("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name = 'statement_no_update'"):
        database.run(f"DROP TRIGGER {row[0]}")
    database.run("UPDATE statement SET envelope = ? WHERE position = ?", (envelope, position))
    return bytes(was[0])


class Changed(BadLine):
    """A store that answers what `change` makes of its answer, where `path` is asked for."""

    def __init__(self, world: World, kind: type[Any], path: str, change: Callable[[Any], Any]) -> None:
        super().__init__(world.line)
        self.kind, self.path, self.change = kind, path, change

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = super().request(method, path, headers, body)
        if method != "GET" or not path.startswith(self.path):
            return answer
        found = read(self.kind, strict_json.loads(answer.body, limit=10**7))
        return Answer(answer.status, strict_json.dumps(as_dict(self.change(found))))


def test_what_lies_behind_a_damaged_object_comes_and_goes(world: World) -> None:
    world.record(1)
    world.record(2)
    world.exchange(world.room)
    bad, good = event_log(world, 1), event_log(world, 2)
    stored(world, bad).write_bytes(b"event log X")
    for _ in range(2):  # it is asked for, and named, each time
        found = world.exchange(world.office, world.manager)
        assert [d.subject for d in found.damaged] == [bad] and found.problems == ()
        assert world.office.files.has(good) and not world.office.files.has(bad)
        assert world.office.store.wraps("o-1") and world.office.store.wraps("o-2")
    stored(world, bad).write_bytes(b"event log 1")
    assert world.exchange(world.office, world.manager).damaged == ()
    assert world.office.files.read(bad) == b"event log 1" and world.office.store.objects(world.positions()[0])
    assert world.exchange(world.office, world.manager).objects_received == 0


def test_a_machines_own_recordings_leave_though_something_there_is_damaged(world: World) -> None:
    bookings = world.office.files.put(b"sealed bookings")
    body = {"day": "2026-11-24", "sittings": {"sha256": bookings, "size": 15}, "count": 1, "objects": []}
    send = [ToSend("object", bookings, EVIDENCE)]
    world.office.sign("roster", body, world.manager, send=send, objects=[(bookings, "roster", 15)])
    world.exchange(world.office)
    stored(world, bookings).write_bytes(b"sealed bookingX")
    world.record(1, film=SMALL)
    found = world.exchange(world.room)
    assert [d.subject for d in found.damaged] == [bookings] and found.recordings_sent == 1


@pytest.mark.parametrize("harm", ["cut", "gone"])
def test_a_file_that_is_cut_or_gone_is_no_less_named(world: World, harm: str) -> None:
    world.record(1)
    world.record(2)
    world.exchange(world.room)
    path, bad = stored(world, event_log(world, 1)), event_log(world, 1)
    whole = path.read_bytes()
    path.unlink()
    if harm == "cut":
        path.write_bytes(b"")
    found = world.exchange(world.office, world.manager)
    named = [d.subject for d in found.damaged] or found.problems
    assert named and world.office.files.has(event_log(world, 2))
    assert not world.office.files.has(bad)
    path.write_bytes(whole)
    found = world.exchange(world.office, world.manager)
    assert (found.damaged, found.problems) == ((), ()) and world.office.files.read(bad) == whole


def test_an_altered_result_is_named_and_the_later_ones_come(world: World) -> None:
    ids = [world.record(n) for n in (1, 2, 3)]
    world.exchange(world.room)
    was = alter_row(world, 1, b"{}")
    for _ in range(2):
        found = world.exchange(world.office, world.manager)
        assert [d.subject for d in found.damaged] == ["log entry 1"]
        assert [world.office.store.statements.has(i) for i in ids] == [True, False, True]
    alter_row(world, 1, was)
    found = world.exchange(world.office, world.manager)
    assert found.damaged == () and found.statements_received == 1
    assert world.office.store.outbox.receipt(ids[1]) is not None


def test_one_result_in_the_place_of_another_is_named(world: World) -> None:
    ids = [world.record(n) for n in (1, 2)]
    world.exchange(world.room)
    first = alter_row(world, 0, b"{}")
    alter_row(world, 0, first)
    second = alter_row(world, 1, first)
    found = world.exchange(world.office, world.manager)
    assert [d.subject for d in found.damaged] == ["log entry 1"] and not world.office.store.statements.has(ids[1])
    alter_row(world, 1, second)
    assert world.exchange(world.office, world.manager).damaged == ()


def test_a_result_that_was_altered_and_then_kept_back_stays_named(world: World) -> None:
    world.record(1)
    world.record(2)
    world.exchange(world.room)
    was = alter_row(world, 0, b"{}")
    assert world.exchange(world.office, world.manager).damaged
    hidden = lambda page: replace(page, statements=tuple(s for s in page.statements if s.position))  # noqa: E731
    line = Changed(world, StatementPage, "/v1/statements", hidden)
    assert [d.subject for d in world.exchange(world.office, world.manager, line).damaged] == ["log entry 0"]
    alter_row(world, 0, was)
    assert world.exchange(world.office, world.manager).damaged == ()


def test_a_key_that_was_ended_in_hindsight_does_not_stop_a_machine_that_comes_later(world: World) -> None:
    """What was signed with it is no damage: said once, and not kept. Before, a manager's machine that was set up
    afterwards could fetch nothing any more."""
    ids = [world.record(n) for n in (1, 2)]
    world.exchange(world.room)
    key = world.room.device.keys.key_id
    issuer, signing = world.centre.certificate, world.centre.keys.signing
    ended = revoke(issuer, [signing], key, valid_until_size=1, reason="stolen", at_ms=1)
    world.central.store.take_certificates([ended])
    later = world.office.sign("record", record_body(9), world.assessor)
    found = world.exchange(world.office, world.manager)
    assert found.damaged == () and any("no longer counts" in words for words in found.problems)
    assert [world.office.store.statements.has(i) for i in ids] == [True, False]
    assert world.office.store.outbox.receipt(later) is not None
    found = world.exchange(world.office, world.manager)
    assert (found.damaged, found.problems) == ((), ())


def moderated(world: World) -> None:
    """Two records with recordings, both given to the moderator."""
    for number, film in ((1, FILM), (2, SMALL)):
        world.record(number, film=film)
    world.exchange(world.room)
    world.exchange(world.office, world.manager)
    for record_id in world.positions():
        world.office.store.put_assignment(record_id, world.moderator.id, b"{}").result()
        item = ToSend("assignment", f"{record_id}/{world.moderator.id}", EVIDENCE)
        world.office.store.outbox.queue([item], record_id).result()
    world.exchange(world.office, world.manager)


def at(world: World, now_ms: int) -> Summary:
    return exchange(world.home.store, world.home.files, world.line, world.home.identity(world.moderator),
                    clock=lambda: now_ms)  # fmt: skip


def test_recordings_behind_a_damaged_one_come_and_it_is_not_fetched_every_minute(world: World) -> None:
    moderated(world)
    name = hashlib.sha256(FILM).hexdigest()
    stored(world, name).write_bytes(FILM[:-1] + b"x")
    start = 1_800_000_000_000
    found = at(world, start)
    assert found.recordings_received == 1 and [d.subject for d in found.damaged] == [name]
    fetched = lambda: len(world.central.store.database.rows(  # noqa: E731
        "SELECT 1 FROM access WHERE action = 'fetched film' AND subject = ?", (name,)))  # fmt: skip
    at(world, start + 1000)  # once more at once
    after_two = fetched()
    for seconds in (2, 30, 59):
        assert [d.subject for d in at(world, start + seconds * 1000).damaged] == [name]
    assert fetched() == after_two
    stored(world, name).write_bytes(FILM)
    found = at(world, start + 62_000)
    assert found.recordings_received == 1 and found.damaged == ()


def test_a_recording_of_another_length_is_not_taken(world: World) -> None:
    """A store that says a recording has a million million bytes fills no disk."""
    moderated(world)
    name = hashlib.sha256(FILM).hexdigest()
    world.central.store.database.run("UPDATE object SET size = ? WHERE sha256 = ?", (10**12, name))
    line = BadLine(world.line)
    found = world.exchange(world.home, world.moderator, line)
    assert [d.subject for d in found.damaged] == [name] and found.recordings_received == 1
    assert not any(p.endswith(f"/objects/{name}") for _, p, _ in line.asked)


def test_what_the_store_cannot_give_ends_one_exchange_and_no_more(world: World) -> None:
    """As a bad place on its disk does: the answer breaks off, every time."""
    world.record(1)
    world.record(2)
    world.exchange(world.room)
    broken = lambda m, p: m == "GET" and p.endswith(f"/objects/{event_log(world, 1)}")  # noqa: E731
    with pytest.raises(Unreachable):
        world.exchange(world.office, world.manager, BadLine(world.line, [LOST_REPLY] * 9, only=broken))
    found = world.exchange(world.office, world.manager, BadLine(world.line, [LOST_REPLY] * 9, only=broken))
    assert "cannot give" in found.problems[0] and world.office.files.has(event_log(world, 2))
    assert world.exchange(world.office, world.manager).objects_received == 1
    assert world.exchange(world.office, world.manager).problems == ()


def test_what_the_store_cannot_take_ends_one_exchange_and_no_more(world: World) -> None:
    world.record(1)
    world.record(2, film=SMALL)
    broken = lambda m, p: m == "PUT" and event_log(world, 1) in p  # noqa: E731
    with pytest.raises(Unreachable):
        world.exchange(world.room, line=BadLine(world.line, [LOST_REPLY] * 9, only=broken))
    world.central.store.database.run("UPDATE part SET here = 0")
    world.central.store.database.run("UPDATE object SET complete = 0")
    found = world.exchange(world.room, line=BadLine(world.line, [LOST_REPLY] * 9, only=broken))
    assert found.recordings_sent == 1 and found.objects_sent == 1 and len(found.problems) == 1
    assert world.exchange(world.room).problems == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda page: replace(page, more=True), "round in circles"),
        (lambda page: replace(page, next=0, more=True), "round in circles"),
    ],
)
def test_a_list_of_things_that_goes_round_in_circles_ends(
    world: World, change: Callable[[Any], Any], words: str
) -> None:
    world.record(1)
    world.exchange(world.room)
    line = Changed(world, ObjectList, "/v1/objects?after=", change)
    with pytest.raises(OtherAnswer, match=words):
        world.exchange(world.office, world.manager, line)
    assert world.exchange(world.office, world.manager).damaged == ()


def test_a_list_without_an_end_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("observer_app.sync.paging.MOST_PAGES", 50)
    world.record(1)
    world.exchange(world.room)
    line = Changed(world, ObjectList, "/v1/objects?after=", lambda page: replace(page, next=page.next + 1, more=True))
    with pytest.raises(OtherAnswer, match="come to an end"):
        world.exchange(world.office, world.manager, line)
    assert line.count("GET", "/objects?after=") == 50
    assert world.exchange(world.office, world.manager).damaged == ()


def test_results_out_of_their_order_are_not_gone_by(world: World) -> None:
    for number in (1, 2):
        world.record(number)
    world.exchange(world.room)
    turned = lambda page: replace(page, statements=page.statements[::-1])  # noqa: E731
    with pytest.raises(OtherAnswer, match="out of their order"):
        world.exchange(world.office, world.manager, Changed(world, StatementPage, "/v1/statements", turned))
    assert world.exchange(world.office, world.manager).statements_received == 2


def test_a_list_that_goes_beyond_the_log_leaves_nothing_out_later(world: World) -> None:
    """What is logged until then would never be asked for again."""
    world.record(1)
    world.exchange(world.room)
    far = Changed(world, StatementPage, "/v1/statements", lambda page: replace(page, next=page.next + 1000))
    with pytest.raises(IntegrityBroken, match="its log has fewer"):
        world.exchange(world.office, world.manager, far)
    later = world.record(2)
    world.exchange(world.room)
    world.exchange(world.office, world.manager)
    assert world.office.store.statements.has(later)
