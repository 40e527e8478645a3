# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence: what was sealed is what is read, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer_app.domain.sitting import Candidate
from observer_app.errors import BadInput, IntegrityBroken, NewerVersion
from observer_app.trust import strict_json
from observer_app.trust.certificates import issue_certificate
from observer_app.trust.envelope import to_base64
from observer_app.trust.keys import KeySet
from observer_app.trust.objects import seal_object
from observer_app.vault.texts import SaltedText
from observer_app.workflows.enrolment import load_machine
from observer_app.workflows.evidence import read_evidence, seal_evidence
from observer_app.workflows.rosters import prepare_roster
from tests.unit.workflows.record_cast import DAY, CentreCast, centre_cast

__all__ = ["centre_cast"]

KEY = bytes(range(32))
CARD = Candidate("S-0001", "Sample Candidate 01", "SW-1", b"\x89PNG photo")


def test_what_was_sealed_is_read_back() -> None:
    notes = [SaltedText.new("Asked about the neighbours"), SaltedText.new("Zoë — “quiet”")]
    sealed = seal_evidence(CARD, [*notes, notes[0]], KEY)
    found = read_evidence(sealed.data, KEY, sealed.name)
    assert found.candidate == CARD
    assert {found.words(n.hash) for n in notes} == {n.text for n in notes}
    assert found.words("0" * 64) == ""
    assert b"Sample Candidate" not in sealed.data and b"neighbours" not in sealed.data


def test_another_key_or_one_flipped_bit_opens_nothing() -> None:
    sealed = seal_evidence(CARD, [SaltedText.new("words")], KEY)
    with pytest.raises(IntegrityBroken):
        read_evidence(sealed.data, bytes(32))
    for place in (10, len(sealed.data) // 2, len(sealed.data) - 1):
        altered = bytearray(sealed.data)
        altered[place] ^= 1
        with pytest.raises(IntegrityBroken):
            read_evidence(bytes(altered), KEY)


def test_a_text_that_is_not_its_hash_is_refused_both_ways() -> None:
    good = SaltedText.new("what was said")
    swapped = SaltedText(good.hash, good.salt, "what was never said")
    with pytest.raises(IntegrityBroken):
        seal_evidence(CARD, [swapped], KEY)
    content = _content(texts=[{"hash": good.hash, "salt": to_base64(good.salt), "text": "what was never said"}])
    with pytest.raises(IntegrityBroken) as caught:
        read_evidence(seal_object(strict_json.dumps(content), KEY).data, KEY)
    assert caught.value.subject == good.hash


def _content(**changed: object) -> dict[str, object]:
    card = {"id": "S-1", "name": "N", "registration": "R", "photo": ""}
    return {"v": 1, "candidate": card, "texts": [], **changed}


@pytest.mark.parametrize(
    "changed",
    [
        {"v": True},
        {"texts": {}},
        {"texts": [{"hash": "a" * 64, "salt": "", "text": 1}]},
        {"texts": [{"hash": "a" * 64, "salt": "", "text": "short salt"}]},
        {"candidate": {}},
        {"candidate": {"id": "S", "name": "N", "registration": "R", "photo": 1}},
        {"candidate": {"id": "S", "name": "N", "registration": "R", "photo": "%"}},
        {"more": 1},
        {"v": 2},
        {"v": 2, "candidate": {"id": "S", "name": "N", "registration": "R", "photo": "", "training_ok": 1}},
    ],
)
def test_another_shape_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        read_evidence(seal_object(strict_json.dumps(_content(**changed)), KEY).data, KEY)


def test_a_newer_version_is_newer_not_wrong() -> None:
    with pytest.raises(NewerVersion):
        read_evidence(seal_object(strict_json.dumps(_content(v=3)), KEY).data, KEY)


@pytest.mark.parametrize("said", [True, False])
def test_what_the_candidate_said_of_training_is_sealed_with_them(said: bool) -> None:
    assert read_evidence(seal_evidence(CARD, [], KEY, training_ok=said).data, KEY).training_ok is said
    assert read_evidence(seal_evidence(None, [], KEY, training_ok=said).data, KEY).training_ok is None


def test_evidence_of_before_says_nothing_of_training() -> None:
    found = read_evidence(seal_object(strict_json.dumps(_content()), KEY).data, KEY)
    assert found.candidate is not None and found.training_ok is None


@given(st.lists(st.text(max_size=50), max_size=8), st.binary(max_size=100), st.text(max_size=30))
def test_any_words_come_back(words: list[str], photo: bytes, name: str) -> None:
    card = Candidate("S-1", name.encode("utf-8", "replace").decode(), "R", photo)
    texts = [SaltedText.new(w) for w in words]
    found = read_evidence(seal_evidence(card, texts, KEY).data, KEY)
    assert found.candidate == card
    assert [found.words(t.hash) for t in texts] == [t.text for t in texts]


def test_a_machine_nothing_can_be_sealed_for_keeps_the_days_list_from_nobody(centre_cast: CentreCast) -> None:
    """A day's list goes to all machines of a centre: with X25519's point of order 1 certified for one of them, too."""
    centre = centre_cast.centre
    own, signing = centre.certificate, KeySet.generate().signing.public
    span = {"not_before_ms": own.not_before_ms, "not_after_ms": own.not_after_ms}
    bad = issue_certificate(
        own, [centre.keys.signing], kind="device", subject="d-bad", signing=signing, opening=bytes(32), **span
    )
    centre_cast.store.statements.put(bad).result()
    machine = load_machine(centre_cast.store)
    prepared = prepare_roster(DAY, centre_cast.store, centre_cast.files, machine)
    assert {w.recipient for w in prepared.wraps} == {centre.keys.key_id, machine.keys.key_id}
