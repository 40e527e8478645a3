# SPDX-License-Identifier: GPL-3.0-or-later
"""An erasure reaches whoever was given the recording, whichever centre their machine is of."""

from __future__ import annotations

import pytest

from observer_app.protocol import sha256_hex
from observer_app.trust.programme import Trust
from observer_app.workflows.withdrawing import carry_out
from tests.unit.sync.test_exchange import FILM, World, _assign, world

__all__ = ["world"]  # the fixture


@pytest.mark.parametrize("what", ["recording", "notes"])
def test_a_moderator_of_another_centre_loses_what_was_erased(world: World, what: str) -> None:
    record, kept = world.record(1, film=FILM if what == "recording" else b""), world.record(2)
    world.exchange(world.room)
    world.exchange(world.office, world.manager)
    _assign(world, record)
    world.exchange(world.home, world.moderator)
    log = world.home.store.objects(record)[0].sha256
    objects = [sha256_hex(FILM)] if what == "recording" else [log]
    body = {"subject": "o-1", "what": what, "objects": objects, "reason_sha256": "cd" * 32}
    erased = world.office.sign("deletion", body, world.manager, about="o-1")
    other = world.office.sign("deletion", body | {"subject": "o-2", "objects": ["ef" * 32]}, world.manager, about="o-2")
    world.exchange(world.office, world.manager)
    world.exchange(world.home)  # somebody else of that machine is connected in between
    world.exchange(world.home, world.moderator)
    statements = world.home.store.statements
    assert statements.has(erased) and not statements.has(other) and not statements.has(kept)
    trust = Trust(world.programme.root, [k.envelope for k in statements.of_type("certificate")])
    assert carry_out(world.home.store, world.home.files, trust) == 1
    if what == "recording":
        assert not list((world.home.root / "recordings").glob("*/*.obsv"))
        assert world.exchange(world.home, world.moderator).recordings_received == 0
    else:
        assert not world.home.files.has(log) and world.home.store.wraps("o-1") == []
