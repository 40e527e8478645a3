# SPDX-License-Identifier: GPL-3.0-or-later
"""A correction reaches who may answer it, and the answer comes back to who made it: over real HTTP."""

from __future__ import annotations

from typing import Any

from observer_app.protocol import Assignment
from observer_app.sync.client import Client
from observer_app.vault.outbox import EVIDENCE, ToSend
from tests.unit.sync.test_exchange import World, world

__all__ = ["world"]  # the fixture
H = "ab" * 32


def correct(world: World, record: str) -> str:
    body = {"record": record, "reason_sha256": H, "changes": [{"criterion": "k1", "from": 3, "to": 4}],
            "outcome": {"score": 4, "passed": "yes"}}  # fmt: skip
    return world.room.sign("amendment", body, world.assessor, about=record)


def answer(world: World, record: str, correction: str, kind: str) -> str:
    """The manager's, at the manager's machine; a refusal with its sealed reason."""
    body: dict[str, Any] = {"record": record, "amendment": correction}
    if kind == "countersignature":
        return world.office.sign(kind, body, world.manager, about=record)
    reason = world.office.files.put(b"sealed reason")
    return world.office.sign(
        kind, {**body, "reason_sha256": H}, world.manager, about=record,
        send=[ToSend("object", reason, EVIDENCE)], objects=[(reason, "evidence", 13)],
    )  # fmt: skip


def test_the_managers_answer_comes_back_to_the_assessor_and_to_nobody_else_in_the_room(world: World) -> None:
    record = world.record(1)
    signed, refused = correct(world, record), correct(world, record)
    world.exchange(world.room, world.assessor)
    world.exchange(world.office, world.manager)
    assert {k.id for k in world.office.store.statements.about(record, "amendment")} == {signed, refused}
    yes, no = answer(world, record, signed, "countersignature"), answer(world, record, refused, "refusal")
    world.exchange(world.office, world.manager)
    nobodys = world.programme.person(world.centre, "p-second", "assessor")
    client = Client(world.line, world.room.identity(world.assessor))
    client.put_certificates([world.programme.certificates[-1]])
    world.exchange(world.room, nobodys)
    world.exchange(world.room)
    assert not world.room.store.statements.has(yes) and not world.room.store.statements.has(no)
    world.exchange(world.room, world.assessor)
    found = world.room.store.statements
    assert [k.id for k in found.about(record, "countersignature")] == [yes]
    assert [k.id for k in found.about(record, "refusal")] == [no]
    assert b"sealed reason" in [world.room.files.read(o.sha256) for o in world.room.store.objects(record, "evidence")]


def test_a_moderator_gets_corrections_that_were_made_before_the_record_was_given_to_them(world: World) -> None:
    record, unseen = world.record(1), world.record(2)
    correction, others = correct(world, record), correct(world, unseen)
    world.exchange(world.room)
    world.exchange(world.home, world.moderator)
    world.exchange(world.office, world.manager)
    Client(world.line, world.office.identity(world.manager)).assign(
        [Assignment(record, world.moderator.id, world.manager.id, 1, b"{}")]
    )
    world.exchange(world.home, world.moderator)
    world.exchange(world.home, world.moderator)
    found = world.home.store.statements
    assert found.has(correction) and not found.has(others)


def test_a_moderator_gets_what_another_said_of_how_late_the_picture_came(world: World) -> None:
    record, unseen = world.record(1), world.record(2)
    world.exchange(world.room)
    world.exchange(world.office, world.manager)
    Client(world.line, world.office.identity(world.manager)).assign(
        [Assignment(record, world.moderator.id, world.manager.id, 1, b"{}")]
    )
    world.exchange(world.home, world.moderator)
    said, others = (
        world.office.sign(
            "latency",
            {"record": of, "recording": "rec-1", "latency_ms": 240, "reason_sha256": H},
            world.manager,
            about=of,
        )
        for of in (record, unseen)
    )
    world.exchange(world.office, world.manager)
    world.exchange(world.home, world.moderator)
    found = world.home.store.statements
    assert [k.id for k in found.about(record, "latency")] == [said] and not found.has(others)
