# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchanges between real stores and a real central store on loopback, over good and bad lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from observer_app.central.serve import RunningCentral
from observer_app.domain.record import RecordState
from observer_app.errors import Conflict, IntegrityBroken, SampleRefused, Unreachable
from observer_app.media.container import index_path, segment_path
from observer_app.protocol import PART_SIZE, Assignment
from observer_app.sync.client import Client
from observer_app.sync.line import Answer, HttpTransport
from observer_app.sync.transfer import Summary, exchange
from observer_app.trust.keys import unwrap, wrap_for
from observer_app.trust.programme import Trust
from observer_app.trust.receipts import verify_receipt
from observer_app.vault.outbox import EVIDENCE, RECORDINGS, ToSend
from observer_app.vault.statements import Wrap
from tests.simulators.network import GOOD, LOST_REPLY, LOST_REQUEST, TWICE, BadLine
from tests.simulators.programme import Holder, Machine, Programme, record_body, second_mark_body


class World:
    """A centre with a room's machine, the manager's, and a moderator elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.programme = Programme()
        self.centre = self.programme.centre("north")
        self.other = self.programme.centre("south")
        room, office = self.programme.device(self.centre, "d-room"), self.programme.device(self.centre, "d-office")
        home = self.programme.device(self.other, "d-home")
        self.assessor = self.programme.person(self.centre, "p-assessor", "assessor")
        self.manager = self.programme.person(self.centre, "p-manager", "manager")
        self.moderator = self.programme.person(None, "p-moderator", "moderator")
        self.central: RunningCentral = self.programme.serve(folder / "central")
        self.room = Machine(self.programme, room, folder / "room")
        self.office = Machine(self.programme, office, folder / "office")
        self.home = Machine(self.programme, home, folder / "home")
        self.line = HttpTransport(self.central.url)

    def exchange(self, machine: Machine, person: Holder | None = None, line: BadLine | None = None) -> Summary:
        return exchange(machine.store, machine.files, line or self.line, machine.identity(person))

    def positions(self) -> list[str]:
        return [r[0] for r in self.central.store.database.rows("SELECT record_id FROM statement ORDER BY position")]

    def record(self, number: int = 1, film: bytes = b"") -> str:
        """A record with its event log, and a recording when `film` is given."""
        log = self.room.files.put(b"event log %d" % number)
        send, media, objects = [ToSend("object", log, EVIDENCE)], [], [(log, "event_log", 11)]
        wraps = [Wrap(f"o-{number}", self.centre.keys.key_id, wrap_for(self.centre.keys.opening.public, b"k" * 32))]
        if film:
            recording = hashlib.sha256(film).hexdigest()[:32]
            folder = self.room.files.recording(recording, create=True)
            segment_path(folder, 1).write_bytes(film)
            index_path(folder, 1).write_bytes(b"index of " + film[:20])
            names = [
                hashlib.sha256(p.read_bytes()).hexdigest() for p in (segment_path(folder, 1), index_path(folder, 1))
            ]
            media = [{"recording": recording, "segment": 1, "file_sha256": names[0], "index_sha256": names[1],
                      "root": "ab" * 32, "size": len(film), "clusters": 1, "gaps": 0}]  # fmt: skip
            send.append(ToSend("segment", f"{recording}/1", RECORDINGS))
        body = record_body(number, event_log=log, media=media)
        return self.room.sign("record", body, self.assessor, send=send, wraps=wraps, objects=objects)

    def close(self) -> None:
        self.line.close()
        for machine in (self.room, self.office, self.home):
            machine.close()
        self.central.stop()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path)
    yield found
    found.close()


FILM = bytes(range(256)) * (9 * 1024 * 4)  # 9 MiB: three parts


def test_a_result_is_acknowledged_and_sending_twice_makes_one(world: World) -> None:
    ids = [world.record(n) for n in (1, 2, 3)]
    assert world.room.store.record_state(ids[0]) is RecordState.SIGNED
    first = world.exchange(world.room)
    assert (first.statements_sent, first.acknowledged, first.objects_sent, first.problems) == (3, 3, 3, ())
    assert [world.room.store.record_state(i) for i in ids] == [RecordState.ACKNOWLEDGED] * 3
    receipts = [world.room.store.outbox.receipt(i) for i in ids]
    for record_id in ids:
        world.room.store.outbox.resend("statement", record_id).result()
    assert world.exchange(world.room).acknowledged == 3
    assert world.positions() == ids
    assert [world.room.store.outbox.receipt(i) for i in ids] == receipts
    log = Trust(world.programme.root.data, [world.programme.log]).log_key(world.central.log.name)
    for record_id, kept in zip(ids, receipts, strict=True):
        assert kept is not None
        assert verify_receipt(kept[0], world.room.store.statements.get(record_id), log).size == 3


def test_results_leave_before_any_recording(world: World) -> None:
    world.record(1, film=FILM)
    world.record(2)
    line = BadLine(world.line)
    world.exchange(world.room, line=line)
    paths = [p for m, p, _ in line.asked if m in ("POST", "PUT") and ("statements" in p or "/parts/" in p)]
    assert paths[0].endswith("/statements") and not any("statements" in p for p in paths[1:])
    sizes = [size for m, _, size in line.asked if m == "PUT"]
    assert sizes[-3:] == [PART_SIZE, PART_SIZE, len(FILM) - 2 * PART_SIZE]


def test_a_lost_reply_after_the_commit_makes_no_second_record(world: World) -> None:
    record_id = world.record()
    line = BadLine(world.line, [LOST_REPLY, LOST_REPLY], only=lambda m, p: p.endswith("/statements") and m == "POST")
    with pytest.raises(Unreachable):
        world.exchange(world.room, line=line)
    assert world.positions() == [record_id]
    assert world.room.store.record_state(record_id) is RecordState.SIGNED
    assert world.exchange(world.room).acknowledged == 1
    assert world.positions() == [record_id]
    assert world.room.store.record_state(record_id) is RecordState.ACKNOWLEDGED


def test_every_request_delivered_twice_changes_nothing(world: World) -> None:
    record_id = world.record(film=FILM)
    found = world.exchange(world.room, line=BadLine(world.line, [TWICE] * 200))
    assert (found.acknowledged, found.recordings_sent, found.problems) == (1, 1, ())
    assert world.positions() == [record_id] and world.central.store.faults() == []


@pytest.mark.parametrize("fault", [LOST_REQUEST, LOST_REPLY])
def test_a_cut_upload_goes_on_and_sends_one_part_again_at_most(world: World, fault: str) -> None:
    world.record(film=FILM)
    big = [False]

    def second_part(method: str, path: str) -> bool:
        big[0] = big[0] or path.endswith("/parts/1")
        return method == "PUT" and path.endswith("/parts/1")

    first = BadLine(world.line, [fault, fault], only=second_part)
    with pytest.raises(Unreachable):
        world.exchange(world.room, line=first)
    assert big[0]
    second = BadLine(world.line)
    assert world.exchange(world.room, line=second).recordings_sent == 1
    assert second.count("PUT", "/parts/0") == 0
    sent_again = 1 if fault == LOST_REQUEST else 0
    assert second.count("PUT", "/parts/1") == sent_again and second.count("PUT", "/parts/2") == 1
    assert world.central.store.faults() == []


def test_statements_the_other_side_lacks_are_sent_again(world: World) -> None:
    """The outbox believes the first was sent; the store never had it."""
    ids = [world.record(n) for n in (1, 2)]
    first = next(w for w in world.room.store.outbox.waiting() if w.ref == ids[0])
    world.room.store.outbox.mark_sent([first.seq]).result()
    found = world.exchange(world.room)
    assert world.positions() == ids and found.problems == ()
    assert [world.room.store.record_state(i) for i in ids] == [RecordState.ACKNOWLEDGED] * 2


def test_a_film_altered_on_this_disk_is_named_and_not_sent(world: World) -> None:
    world.record(film=FILM)
    film = next((world.room.root / "recordings").glob("*/0001.obsv"))
    film.write_bytes(FILM[:-1] + b"x")
    found = world.exchange(world.room)
    assert found.acknowledged == 1 and found.recordings_sent == 0
    assert "0001.obsv" in found.problems[0] and "altered" in found.problems[0]


def test_the_manager_gets_the_records_and_the_moderator_what_is_assigned(world: World) -> None:
    record_id, unseen = world.record(1, film=FILM), world.record(2)
    world.exchange(world.room)
    got = world.exchange(world.office, world.manager)
    assert (got.statements_received, got.objects_received, got.wraps_received) == (2, 2, 2)
    log = next(o for o in world.office.store.objects(record_id))
    assert log.kind == "event_log" and world.office.files.read(log.sha256) == b"event log 1"
    assert not (world.office.root / "recordings").exists()
    nothing = world.exchange(world.home, world.moderator)
    assert nothing.statements_received == 0 and nothing.assignments_received == 0
    _assign(world, record_id)
    got = world.exchange(world.home, world.moderator)
    assert (got.assignments_received, got.recordings_received, got.wraps_received) == (1, 1, 1)
    assert world.home.store.statements.has(record_id) and not world.home.store.statements.has(unseen)
    film = next((world.home.root / "recordings").glob("*/0001.obsv"))
    assert film.read_bytes() == FILM and index_path(film.parent, 1).exists()
    wrap = world.home.store.wraps("o-1")[0].wrap
    assert unwrap(world.moderator.keys.opening, wrap) == b"k" * 32
    mark = world.home.sign("second_mark", second_mark_body(record_id), world.moderator, about=record_id)
    world.exchange(world.home, world.moderator)
    assert world.exchange(world.office, world.manager).statements_received == 1
    assert world.office.store.statements.about(record_id, "second_mark")[0].id == mark
    assert world.office.store.record_state(mark) is RecordState.ACKNOWLEDGED


def _assign(world: World, record_id: str) -> None:
    """As the manager's machine does it: the key re-wrapped to the moderator, the assignment queued."""
    key = unwrap(world.centre.keys.opening, world.office.store.wraps("o-1")[0].wrap)
    public = world.moderator.certificate.opening_key
    assert public is not None
    world.office.store.put_wrap(Wrap("o-1", world.moderator.keys.key_id, wrap_for(public, key))).result()
    world.office.store.put_assignment(record_id, world.moderator.id, b"{}").result()
    items = [
        ToSend("wrap", f"o-1/{world.moderator.keys.key_id}", EVIDENCE),
        ToSend("assignment", f"{record_id}/{world.moderator.id}", EVIDENCE),
    ]
    world.office.store.outbox.queue(items, record_id).result()
    world.exchange(world.office, world.manager)


def test_what_the_store_altered_is_not_kept(world: World) -> None:
    record_id = world.record(1, film=FILM)
    world.exchange(world.room)
    log = world.room.store.objects(record_id)[0].sha256
    stored = world.central.store.files.path(log)
    stored.write_bytes(b"event log X")
    found = world.exchange(world.office, world.manager)
    assert [(d.subject, d.words) for d in found.damaged] == [
        (log, "What the central store sent is not what its name says.")
    ]
    assert not world.office.files.has(log)
    stored.write_bytes(b"event log 1")
    assert world.exchange(world.office, world.manager).damaged == ()
    assert world.office.files.has(log)
    _assign(world, record_id)
    film = next((world.room.root / "recordings").glob("*/0001.obsv"))
    stored = world.central.store.files.path(hashlib.sha256(FILM).hexdigest())
    stored.write_bytes(FILM[:-1] + b"x")
    (damage,) = world.exchange(world.home, world.moderator).damaged
    assert damage.subject == hashlib.sha256(FILM).hexdigest() and "not what was signed" in damage.words
    assert not (world.home.root / "recordings" / film.parent.name / film.name).exists()
    stored.write_bytes(FILM)
    assert world.exchange(world.home, world.moderator).recordings_received == 1


def test_a_fetch_that_was_cut_goes_on_where_it_stopped(world: World) -> None:
    record_id = world.record(1, film=FILM)
    world.exchange(world.room)
    world.exchange(world.office, world.manager)
    _assign(world, record_id)
    name = hashlib.sha256(FILM).hexdigest()
    line = BadLine(world.line, [GOOD, LOST_REQUEST, LOST_REQUEST], only=lambda _m, p: p.endswith(f"/objects/{name}"))
    with pytest.raises(Unreachable):
        world.exchange(world.home, world.moderator, line)
    again = BadLine(world.line)
    assert world.exchange(world.home, world.moderator, again).recordings_received == 1
    assert sum(1 for _, p, _ in again.asked if p.endswith(f"/objects/{name}")) == 2


def test_a_receipt_that_does_not_hold_stops_everything(world: World) -> None:
    """A store that answers with another statement's receipt."""
    from observer_app.protocol import BatchAnswer, as_dict, read
    from observer_app.trust import strict_json

    world.record(1)
    world.exchange(world.room)
    earlier = world.room.store.outbox.receipt(world.positions()[0])
    assert earlier is not None
    second = world.record(2, film=FILM)

    class Lying(BadLine):
        def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
            answer = super().request(method, path, headers, body)
            if not path.endswith("/statements"):
                return answer
            found = read(BatchAnswer, strict_json.loads(answer.body, limit=10**7))
            lie = BatchAnswer(tuple(replace(a, receipt=earlier[0]) for a in found.answers))
            return Answer(answer.status, strict_json.dumps(as_dict(lie)))

    line = Lying(world.line)
    with pytest.raises(IntegrityBroken, match="receipt does not hold") as found:
        world.exchange(world.room, line=line)
    assert found.value.subject == second and line.count("PUT", "/parts/") == 0
    assert world.room.store.record_state(second) is RecordState.SIGNED
    assert world.exchange(world.room).acknowledged == 1


def test_a_roster_and_what_it_names_reach_the_rooms_of_its_centre_only(world: World) -> None:
    bookings = world.office.files.put(b"sealed bookings")
    body = {"day": "2026-11-24", "sittings": {"sha256": bookings, "size": 15}, "count": 1, "objects": []}
    room_key = world.room.device.certificate.opening_key
    assert room_key is not None
    wraps = [Wrap(bookings, world.room.device.keys.key_id, wrap_for(room_key, b"r" * 32))]
    roster = world.office.sign(
        "roster", body, world.manager, about="roster-2026-11-24", wraps=wraps,
        send=[ToSend("object", bookings, EVIDENCE)], objects=[(bookings, "roster", 15)],
    )  # fmt: skip
    world.exchange(world.office)
    world.exchange(world.room)
    world.exchange(world.home)
    assert world.room.store.statements.has(roster) and world.room.files.read(bookings) == b"sealed bookings"
    assert world.room.store.wraps(bookings)[0].wrap == wraps[0].wrap
    assert not world.home.store.statements.has(roster) and not world.home.files.has(bookings)


def test_a_cloned_disk_is_loud(world: World, tmp_path: Path) -> None:
    world.record(1)
    world.exchange(world.room)
    clone = Machine(world.programme, world.room.device, tmp_path / "clone")
    other = clone.sign("record", record_body(9), world.assessor)
    with pytest.raises(Conflict, match="signed twice"):
        exchange(clone.store, clone.files, world.line, clone.identity())
    clone.close()
    kept = world.central.store.database.rows("SELECT record_id, reason FROM evidence")
    assert [k[0] for k in kept] == [other]


def test_a_store_of_samples_and_a_real_machine_never_meet(world: World, tmp_path: Path) -> None:
    samples = Programme(sample=True)
    central = samples.serve(tmp_path / "samples")
    try:
        with HttpTransport(central.url) as line, pytest.raises(SampleRefused):
            exchange(world.room.store, world.room.files, line, world.room.identity())
    finally:
        central.stop()


def test_a_log_put_back_to_an_older_state_is_found_out(world: World, tmp_path: Path) -> None:
    """Another store with the same keys, holding less: what an operator's restored copy looks like."""
    world.record(1)
    world.exchange(world.room)
    world.record(2)
    older = world.programme.serve(tmp_path / "older")
    try:
        with HttpTransport(older.url) as plain:
            line = BadLine(plain)
            with pytest.raises(IntegrityBroken, match="shorter"):
                exchange(world.room.store, world.room.files, line, world.room.identity())
            assert line.count("POST", "/statements") == 0
    finally:
        older.stop()


def test_a_rewritten_log_of_the_same_length_is_found_out(world: World, tmp_path: Path) -> None:
    world.record(1)
    world.exchange(world.room)
    other = world.programme.serve(tmp_path / "other")
    twin = Machine(world.programme, world.room.device, tmp_path / "twin")
    twin.sign("record", record_body(7), world.assessor)
    try:
        with HttpTransport(other.url) as line:
            exchange(twin.store, twin.files, line, twin.identity())
            with pytest.raises(IntegrityBroken, match="rewritten"):
                exchange(world.room.store, world.room.files, line, world.room.identity())
    finally:
        twin.close()
        other.stop()


def test_a_log_told_two_ways_is_found_out_by_the_receipt(world: World, tmp_path: Path) -> None:
    """The store shows the log it showed before, and gives receipts from another one."""
    first = world.record(1)
    world.exchange(world.room)
    twin = world.programme.serve(tmp_path / "twin")
    beside = Machine(world.programme, world.office.device, tmp_path / "beside")
    beside.sign("record", record_body(9), world.assessor)
    try:
        with HttpTransport(twin.url) as line:
            exchange(beside.store, beside.files, line, beside.identity())
            Client(line, world.room.identity()).put_statements([world.room.store.statements.get(first)])
            second = world.record(2)

            class TwoFaced(BadLine):
                def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
                    if path.endswith("/statements") or (self.count("POST", "/statements") and "consistency" in path):
                        self.asked.append((method, path, len(body)))
                        return line.request(method, path, headers, body)
                    return super().request(method, path, headers, body)

            with pytest.raises(IntegrityBroken, match="rewritten"):
                world.exchange(world.room, line=TwoFaced(world.line))
            assert world.room.store.record_state(second) is RecordState.SIGNED
    finally:
        beside.close()
        twin.stop()


def test_a_wrong_clock_here_does_no_harm(world: World) -> None:
    world.record(1)
    found = exchange(world.room.store, world.room.files, world.line, world.room.identity(), clock=lambda: 1_000_000)
    assert found.acknowledged == 1


def test_nobody_answering_is_said_plainly_and_nothing_is_lost(world: World) -> None:
    record_id = world.record()
    with HttpTransport("http://127.0.0.1:9", timeout_s=2) as line, pytest.raises(Unreachable, match="does not answer"):
        exchange(world.room.store, world.room.files, line, world.room.identity())
    assert world.room.store.record_state(record_id) is RecordState.SIGNED
    assert GOOD  # the line's default


def test_only_a_manager_assigns(world: World) -> None:
    record_id = world.record()
    world.exchange(world.room)
    client = Client(world.line, world.room.identity(world.assessor))
    from observer_app.errors import NotAllowed

    with pytest.raises(NotAllowed, match="manager"):
        client.assign([Assignment(record_id, world.moderator.id, "p-assessor", 1, b"")])
