# SPDX-License-Identifier: GPL-3.0-or-later
"""A central store that was lost or put back from a copy has again whatever the machines had sent it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from observer_app.central.serve import RunningCentral, start_in_background
from observer_app.central.store import set_up
from observer_app.errors import Unreachable
from observer_app.protocol import sha256_hex
from observer_app.sync.line import HttpTransport
from observer_app.sync.transfer import Summary, exchange
from observer_app.trust.certificates import issue_certificate
from observer_app.trust.keys import PrivateKey, wrap_for
from observer_app.vault.outbox import EVIDENCE, ToSend
from observer_app.vault.statements import Wrap
from tests.simulators.network import LOST_REQUEST, BadLine
from tests.simulators.programme import _SPAN, Holder, Machine
from tests.unit.sync.test_exchange import FILM, World, _assign, world

__all__ = ["world"]  # the fixture


@contextmanager
def served(data: Path) -> Iterator[RunningCentral]:
    running = start_in_background(data)
    try:
        yield running
    finally:
        running.stop()


def to(central: RunningCentral, machine: Machine, person: Holder | None = None) -> Summary:
    with HttpTransport(central.url) as line:
        return exchange(machine.store, machine.files, line, machine.identity(person))


def another_log(world: World, data: Path) -> Path:
    """The guide's way when the store's disk is lost: set up anew under another name."""
    key, programme = PrivateKey.generate(), world.programme
    log = issue_certificate(
        programme.root, [programme.root_key], kind="log", subject="england/second", signing=key.public, **_SPAN
    )
    data.mkdir()
    set_up(data, programme.root.data, [log], key)
    return data


def test_a_store_set_up_anew_receives_everything_again_and_once(world: World, tmp_path: Path) -> None:
    ids = [world.record(1, film=FILM), world.record(2)]
    first = world.exchange(world.room)
    assert first.recordings_sent == 1 and world.room.store.outbox.waiting() == []
    with served(another_log(world, tmp_path / "anew")) as anew:
        found = to(anew, world.room)
        assert (found.acknowledged, found.objects_sent, found.recordings_sent, found.problems) == (2, 2, 1, ())
        assert [r[0] for r in anew.store.database.rows("SELECT record_id FROM statement ORDER BY position")] == ids
        assert anew.store.holdings.complete(sha256_hex(FILM)) and anew.store.faults() == []
        assert len(anew.store.database.rows("SELECT 1 FROM wrap")) == 2
        again = to(anew, world.room)
        assert (again.statements_sent, again.parts_sent) == (0, 0)
        assert to(anew, world.office, world.manager).statements_received == 2


def test_what_was_erased_is_not_sent_to_a_store_set_up_anew(world: World, tmp_path: Path) -> None:
    record = world.record(1, film=FILM)
    world.exchange(world.room)
    film, log = sha256_hex(FILM), world.room.store.objects(record)[0].sha256
    world.room.store.know_recording(film[:32], "o-1", "p-assessor").result()
    world.room.files.erase_recording(film[:32])
    world.room.files.remove(log)
    world.room.store.forget("o-1", [film, log], keys=True).result()
    with served(another_log(world, tmp_path / "anew")) as anew:
        found = to(anew, world.room)
        assert (found.acknowledged, found.objects_sent, found.recordings_sent, found.problems) == (1, 0, 0, ())
        assert anew.store.database.rows("SELECT 1 FROM wrap") == []


def test_a_store_put_back_from_a_copy_without_the_last_recordings_gets_them_again(world: World, tmp_path: Path) -> None:
    """The evening's copy was made between the results and the recordings; the disk went before the next."""
    world.record(1, film=FILM)
    cut = BadLine(
        world.line, [LOST_REQUEST] * 9, only=lambda method, path: method == "PUT" and path.endswith("parts/1")
    )
    with pytest.raises(Unreachable):
        world.exchange(world.room, line=cut)
    world.central.stop()
    data = world.central.store.data
    shutil.copytree(data, tmp_path / "copy")
    with served(data) as lost:
        assert to(lost, world.room).recordings_sent == 1
    with served(tmp_path / "copy") as back:
        assert not back.store.holdings.complete(sha256_hex(FILM))
        assert to(back, world.room).problems == ()
        assert back.store.holdings.complete(sha256_hex(FILM)) and back.store.faults() == []
        assert to(back, world.room).parts_sent == 0


def test_a_store_put_back_still_knows_who_had_joined_since_the_copy(world: World, tmp_path: Path) -> None:
    world.record(1)
    world.exchange(world.room)
    world.central.stop()
    data = world.central.store.data
    shutil.copytree(data, tmp_path / "copy")
    joined = Machine(world.programme, world.programme.device(world.centre, "d-new"), tmp_path / "new")
    try:
        with served(data) as lost:
            for _ in range(2):  # until nothing it knows is new to the store
                to(lost, joined)
        with served(tmp_path / "copy") as back:
            assert to(back, joined).problems == ()
    finally:
        joined.close()


def test_what_comes_to_a_store_put_back_reaches_machines_that_saw_the_lost_one(world: World, tmp_path: Path) -> None:
    """Its numbers go on above all it gave out: else a key would bear one that the room had seen, and not be fetched."""
    world.record(1)
    world.exchange(world.office)
    world.exchange(world.room)
    world.central.stop()
    data = world.central.store.data
    shutil.copytree(data, tmp_path / "copy")
    public, recipient = world.room.device.certificate.opening_key, world.room.device.keys.key_id
    assert public is not None
    for place, subject in ((data, "day-1"), (tmp_path / "copy", "day-2")):
        world.office.store.put_wrap(Wrap(subject, recipient, wrap_for(public, b"k" * 32))).result()
        world.office.store.outbox.queue([ToSend("wrap", f"{subject}/{recipient}", EVIDENCE)], "roster").result()
        with served(place) as running:
            to(running, world.office)
            to(running, world.room)
        assert world.room.store.wraps(subject), subject


def test_a_store_put_back_learns_again_what_was_given_to_a_moderator(world: World, tmp_path: Path) -> None:
    """Nothing else was sent since the copy: neither record nor recording is missing there."""
    record = world.record(1, film=b"a film")
    world.exchange(world.room)
    world.exchange(world.office, world.manager)
    world.central.stop()
    data = world.central.store.data
    shutil.copytree(data, tmp_path / "copy")
    world.line.close()
    with served(data) as lost, HttpTransport(lost.url) as world.line:
        _assign(world, record)
        before = lost.store.database.rows("SELECT count(*) FROM access")
        assert to(lost, world.office, world.manager).problems == ()
        assert lost.store.database.rows("SELECT count(*) FROM access") == before  # it is known
    with served(tmp_path / "copy") as back:
        assert to(back, world.office).problems == ()  # nobody signed in: the key at least
        assert to(back, world.office, world.manager).problems == ()
        assert [tuple(r) for r in back.store.database.rows("SELECT record, person FROM assignment")] == [
            (record, world.moderator.id)
        ]
        got = to(back, world.home, world.moderator)
        assert (got.assignments_received, got.wraps_received, got.recordings_received) == (1, 1, 1)


def test_a_store_put_back_learns_again_of_a_key_that_was_given_alone(world: World, tmp_path: Path) -> None:
    world.record(1)
    world.exchange(world.room)
    world.central.stop()
    data = world.central.store.data
    shutil.copytree(data, tmp_path / "copy")
    public = world.home.device.certificate.opening_key
    assert public is not None
    recipient = world.home.device.keys.key_id
    world.room.store.put_wrap(Wrap("o-1", recipient, wrap_for(public, b"k" * 32))).result()
    world.room.store.outbox.queue([ToSend("wrap", f"o-1/{recipient}", EVIDENCE)], "o-1").result()
    with served(data) as lost:
        to(lost, world.room)
    with served(tmp_path / "copy") as back:
        to(back, world.room)
        assert back.store.database.rows("SELECT count(*) FROM wrap WHERE recipient = ?", (recipient,)) == [(1,)]


def test_a_record_given_to_a_moderator_is_missed_by_itself(world: World, tmp_path: Path) -> None:
    record = world.record(1)
    world.exchange(world.room)
    world.exchange(world.office, world.manager)
    _assign(world, record)
    assert world.central.store.database.run("DELETE FROM assignment") == 1
    world.exchange(world.office)  # nobody may give it again but a manager
    assert world.central.store.database.rows("SELECT 1 FROM assignment") == []
    world.exchange(world.office, world.manager)
    assert world.exchange(world.home, world.moderator).assignments_received == 1
