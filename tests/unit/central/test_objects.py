# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects: parts in any order, never believed, read back before they count."""

from __future__ import annotations

import os

import pytest

from observer_app.errors import BadInput, IntegrityBroken
from observer_app.protocol import PART_SIZE, ObjectOffer, sha256_hex
from observer_app.sync.client import NotThere
from observer_app.sync.line import HttpTransport
from observer_app.trust.statements import NO_PREVIOUS
from tests.simulators.programme import sealed
from tests.unit.central.conftest import Desk

CONTENT = os.urandom(PART_SIZE * 2 + 1000)


def offer_of(content: bytes, about: str = "r-1") -> ObjectOffer:
    parts = tuple(sha256_hex(content[i : i + PART_SIZE]) for i in range(0, len(content), PART_SIZE))
    return ObjectOffer(sha256_hex(content), len(content), "evidence", about, parts)


def part(content: bytes, number: int) -> bytes:
    return content[number * PART_SIZE : (number + 1) * PART_SIZE]


def test_parts_in_any_order_any_number_of_times(desk: Desk) -> None:
    offer = offer_of(CONTENT)
    assert desk.client.missing([offer.sha256]) == (offer.sha256,)
    assert desk.client.offer(offer).missing == (0, 1, 2)
    for number in (2, 0, 2, 0):
        assert not desk.client.put_part(offer.sha256, number, part(CONTENT, number)).complete
    assert desk.client.offer(offer).missing == (1,)
    assert desk.client.put_part(offer.sha256, 1, part(CONTENT, 1)).complete
    assert desk.client.offer(offer).complete and desk.client.missing([offer.sha256]) == ()
    assert desk.client.fetch(offer.sha256, 10, 20) == CONTENT[10:20]
    assert desk.client.fetch(offer.sha256, PART_SIZE, PART_SIZE * 9) == CONTENT[PART_SIZE:]
    assert desk.client.info(offer.sha256).about == "r-1"
    assert desk.central.store.faults() == []


def test_a_part_that_is_another_is_refused_and_the_right_one_still_fits(desk: Desk) -> None:
    offer = offer_of(CONTENT)
    desk.client.offer(offer)
    with pytest.raises(IntegrityBroken, match="Part 1"):
        desk.client.put_part(offer.sha256, 1, part(CONTENT, 0))
    with pytest.raises(NotThere):
        desk.client.put_part("cd" * 32, 0, b"x")
    for number in range(3):
        state = desk.client.put_part(offer.sha256, number, part(CONTENT, number))
    assert state.complete


def test_a_lying_list_of_parts_cannot_spoil_a_right_one(desk: Desk) -> None:
    good, wrong = offer_of(b"good content"), b"wrong content"
    lie = ObjectOffer(good.sha256, len(wrong), "evidence", "r-1", (sha256_hex(wrong),))
    desk.client.offer(lie)
    desk.client.offer(good)
    with pytest.raises(IntegrityBroken, match="not what its name says"):
        desk.client.put_part(good.sha256, 0, wrong)
    assert not desk.central.store.holdings.complete(good.sha256)
    assert desk.client.put_part(good.sha256, 0, b"good content").complete
    assert desk.client.fetch(good.sha256, 0, 100) == b"good content"


@pytest.mark.parametrize(
    "offer",
    [
        ObjectOffer("ab" * 32, 0, "k", "a", ()),
        ObjectOffer("ab" * 32, 5, "k", "a", ()),
        ObjectOffer("ab" * 32, 5, "k", "a", ("cd" * 32, "ef" * 32)),
        ObjectOffer("AB" * 32, 5, "k", "a", ("cd" * 32,)),
        ObjectOffer("ab" * 32, 5, "k", "../a b", ("cd" * 32,)),
        ObjectOffer("ab" * 32, 2**52, "k", "a", ("cd" * 32,)),
    ],
)
def test_an_offer_that_contradicts_itself_is_refused(desk: Desk, offer: ObjectOffer) -> None:
    with pytest.raises(BadInput):
        desk.client.offer(offer)


def test_what_was_staged_and_lost_is_asked_for_again(desk: Desk) -> None:
    """The disk was swapped between two parts: the store finds out when it reads back, and starts anew."""
    offer = offer_of(CONTENT)
    desk.client.offer(offer)
    for number in (0, 1):
        desk.client.put_part(offer.sha256, number, part(CONTENT, number))
    for staged in (desk.central.store.data / "objects" / "incoming").iterdir():
        staged.unlink()
    with pytest.raises(IntegrityBroken):
        desk.client.put_part(offer.sha256, 2, part(CONTENT, 2))
    assert desk.client.offer(offer).missing == (0, 1, 2)
    for number in range(3):
        state = desk.client.put_part(offer.sha256, number, part(CONTENT, number))
    assert state.complete


def test_strangers_do_not_get_it_and_a_changed_file_is_named(desk: Desk) -> None:
    south = desk.programme.centre("south")
    elsewhere = desk.programme.device(south, "d-3")
    desk.client.put_certificates(desk.programme.certificates)
    offer = offer_of(b"sealed")
    desk.client.offer(offer)
    desk.client.put_part(offer.sha256, 0, b"sealed")
    stranger = desk.as_person(None, elsewhere)
    with pytest.raises(NotThere):
        stranger.fetch(offer.sha256, 0, 6)
    assert stranger.offer(offer).complete
    with pytest.raises(NotThere):
        stranger.info(offer.sha256)
    assert [o.sha256 for o in desk.as_person(desk.manager).completed(0).objects] == [offer.sha256]
    assert stranger.completed(0).objects == ()
    desk.central.store.files.path(offer.sha256).write_bytes(b"sealeD")
    assert desk.central.store.faults() == [f"Object {offer.sha256} is missing or altered."]


def erase(desk: Desk, objects: list[str]) -> None:
    """A recording's erasure, signed by the manager and logged."""
    body = {"subject": "o-1", "what": "recording", "objects": objects, "reason_sha256": "cd" * 32}
    signers = (desk.manager, desk.device)
    header = desk.programme.header("deletion", 1, NO_PREVIOUS, desk.device, signers)
    with HttpTransport(desk.central.url) as line:
        answers = desk.as_person(None, line=line).put_statements([sealed(header, body, signers)]).answers
    assert answers[0].status == "logged"


def test_what_had_come_of_a_recording_goes_when_it_is_erased(desk: Desk) -> None:
    offer = offer_of(CONTENT)
    desk.client.offer(offer)
    desk.client.put_part(offer.sha256, 0, part(CONTENT, 0))
    incoming = desk.folder / "central" / "objects" / "incoming"
    assert list(incoming.iterdir())
    erase(desk, [offer.sha256])
    assert not list(incoming.iterdir())
    assert desk.client.put_part(offer.sha256, 1, part(CONTENT, 1)).complete  # taken for done, and dropped
    assert not list(incoming.iterdir()) and desk.central.store.faults() == []


@pytest.mark.parametrize("step", ["write", "finish"])
def test_a_recording_erased_while_its_last_part_comes_does_not_come_back(
    desk: Desk, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer, files = offer_of(CONTENT), desk.central.store.files
    desk.client.offer(offer)
    for number in (0, 1):
        desk.client.put_part(offer.sha256, number, part(CONTENT, number))
    real = getattr(files, step)

    def erased_meanwhile(*given: object) -> None:
        real(*given)
        erase(desk, [offer.sha256])

    monkeypatch.setattr(files, step, erased_meanwhile)
    desk.client.put_part(offer.sha256, 2, part(CONTENT, 2))
    assert not [p for p in (desk.folder / "central" / "objects").rglob("*") if p.is_file()]
    with pytest.raises(NotThere):
        desk.client.info(offer.sha256)
    assert desk.central.store.faults() == []
