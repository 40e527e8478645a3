# SPDX-License-Identifier: GPL-3.0-or-later
"""What the store takes, what it refuses, and in whose words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from observer_app.central.store import CentralStore, now_ms
from observer_app.errors import BadInput, IntegrityBroken, SampleRefused
from observer_app.protocol import MAX_BATCH, Refusal
from observer_app.trust.certificates import issue_certificate, revoke
from observer_app.trust.checkpoints import parse_note
from observer_app.trust.envelope import open_envelope, record_id
from observer_app.trust.programme import Trust
from observer_app.trust.receipts import parse_receipt, verify_receipt
from tests.simulators.programme import _SPAN, Programme, chain, record_body, sealed
from tests.unit.central.conftest import Desk


def refused(desk: Desk, envelope: bytes) -> Refusal:
    answer = desk.client.put_statements([envelope]).answers[0]
    assert answer.status == "refused" and answer.refusal is not None
    return answer.refusal


def test_each_statement_gets_a_receipt_that_holds_and_the_same_again(desk: Desk) -> None:
    envelopes = chain(desk.programme, desk.device, desk.assessor, 7)
    first = desk.client.put_statements(envelopes).answers
    assert [a.status for a in first] == ["logged"] * 7
    for envelope, answer in zip(envelopes, first, strict=True):
        assert verify_receipt(answer.receipt, envelope, desk.central.log).size == 7
        standing_alone = parse_receipt(answer.receipt)
        assert standing_alone.certificates[-1] == desk.programme.root.data
    again = desk.client.put_statements(envelopes).answers
    assert [(a.status, a.receipt) for a in again] == [("known", a.receipt) for a in first]
    assert parse_note(desk.client.checkpoint()).checkpoint.size == 7


def test_a_batch_in_any_order_is_taken_in_the_machines_order(desk: Desk) -> None:
    envelopes = chain(desk.programme, desk.device, desk.assessor, 5)
    answers = desk.client.put_statements([envelopes[i] for i in (3, 0, 4, 2, 1, 0)]).answers
    assert sorted(a.status for a in answers) == ["known"] + ["logged"] * 5
    assert all(a.receipt for a in answers)
    ids = [r[0] for r in desk.central.store.database.rows("SELECT record_id FROM statement ORDER BY position")]
    assert ids == [record_id(e) for e in envelopes]


def test_a_gap_says_what_is_missing_and_nothing_of_it_is_kept(desk: Desk) -> None:
    envelopes = chain(desk.programme, desk.device, desk.assessor, 4)
    desk.client.put_statements(envelopes[:1])
    found = refused(desk, envelopes[3])
    assert (found.code, found.last_seq) == ("gap", 1) and "before statement 2" in found.message
    assert desk.central.store.log.size == 1
    assert [a.status for a in desk.client.put_statements(envelopes[1:]).answers] == ["logged"] * 3


def test_two_histories_of_one_machine_are_refused_and_kept_as_evidence(desk: Desk) -> None:
    envelopes = chain(desk.programme, desk.device, desk.assessor, 2)
    desk.client.put_statements(envelopes)
    who = (desk.assessor, desk.device)
    header = desk.programme.header("record", 2, record_id(envelopes[0]), desk.device, who)
    twin = sealed(header, record_body(99), who)
    for _ in range(2):
        assert refused(desk, twin).code == "conflict"
    stray = sealed(replace(header, device_seq=3, prev="cd" * 32), record_body(98), who)
    assert "does not continue" in refused(desk, stray).message
    rows = desk.central.store.database.rows("SELECT envelope FROM evidence ORDER BY number")
    assert [bytes(r[0]) for r in rows] == [twin, stray] and desk.central.store.log.size == 2


@pytest.mark.parametrize("sample", [True, False])
def test_sample_and_real_never_meet(desk: Desk, tmp_path: Path, sample: bool) -> None:
    other = Programme(sample=True)
    centre = other.centre("north")
    device, person = other.device(centre, "d-1"), other.person(centre, "p-1", "assessor")
    if sample:
        found = refused(desk, chain(other, device, person, 1)[0])
        with pytest.raises(SampleRefused):
            desk.client.put_certificates(other.certificates)
    else:
        other.set_up(tmp_path / "samples")
        store = CentralStore(tmp_path / "samples")
        refusal = store.intake.accept(chain(desk.programme, desk.device, desk.assessor, 1)).answers[0].refusal
        store.close()
        assert refusal is not None
        found = refusal
    assert found.code == "sample" and "sample" in found.message.lower()


def test_what_a_newer_observer_made_is_called_newer(desk: Desk) -> None:
    envelope = open_envelope(chain(desk.programme, desk.device, desk.assessor, 1)[0])
    from observer_app.trust.envelope import seal

    payload = envelope.payload.replace(b'"v":1}', b'"v":2}')
    assert payload != envelope.payload
    newer = seal(payload, "record", [desk.assessor.keys.signing, desk.device.keys.signing])
    found = refused(desk, newer)
    assert found.code == "newer" and "newer Observer" in found.message


def test_altered_foreign_and_half_signed_statements_are_refused(desk: Desk) -> None:
    good = chain(desk.programme, desk.device, desk.assessor, 1)[0]
    assert refused(desk, good[:-20]).code == "bad_input"
    assert "rewritten" in refused(desk, good.replace(b'"sig":"', b'"sig":" ', 1)).message
    stranger = Programme()
    centre = stranger.centre("north")
    foreign = chain(stranger, stranger.device(centre, "d-1"), stranger.person(centre, "p-x", "assessor"), 1)[0]
    assert refused(desk, foreign).code == "integrity"
    header = desk.programme.header("record", 1, "0" * 64, desk.device, (desk.device,))
    half = sealed(header, record_body(), (desk.device,))
    assert "lacks a signature" in refused(desk, half).message
    manager = desk.programme.header("record", 1, "0" * 64, desk.device, (desk.manager, desk.device))
    assert "role" in refused(desk, sealed(manager, record_body(), (desk.manager, desk.device))).message
    assert refused(desk, desk.programme.certificates[0]).code == "bad_input"
    assert desk.central.store.log.size == 0
    assert desk.client.put_statements([good]).answers[0].status == "logged"


def test_a_refused_neighbour_holds_nobody_up(desk: Desk) -> None:
    good = chain(desk.programme, desk.device, desk.assessor, 2)
    answers = desk.client.put_statements([good[0], b"{}", good[1]]).answers
    assert [a.status for a in answers] == ["logged", "refused", "logged"]


def test_at_most_a_hundred_at_once(desk: Desk) -> None:
    with pytest.raises(BadInput, match="100"):
        desk.client.put_statements([b"x"] * (MAX_BATCH + 1))


def test_a_revoked_key_counts_for_nothing_from_its_place_on(desk: Desk) -> None:
    envelopes = chain(desk.programme, desk.device, desk.assessor, 2)
    desk.client.put_statements(envelopes[:1])
    revocation = revoke(
        desk.centre.certificate, [desk.centre.keys.signing], desk.assessor.keys.key_id, valid_until_size=1,
        reason="stolen", at_ms=now_ms(),
    )  # fmt: skip
    assert desk.client.put_certificates([revocation]) == 1
    assert "no longer counts" in refused(desk, envelopes[1]).message
    trust = Trust(desk.programme.root, [*desk.programme.certificates, revocation])
    assert trust.verify(envelopes[0], log_index=0)
    with pytest.raises(IntegrityBroken):
        trust.verify(envelopes[1], log_index=1)


def test_what_one_who_left_has_not_sent_holds_up_nobody_elses_results(desk: Desk) -> None:
    """On a machine several people share: the unsent record of one whose key was ended is refused and kept, once, and
    what others signed after it is taken."""
    other = desk.programme.person(desk.centre, "p-other", "assessor")
    first, left = chain(desk.programme, desk.device, desk.assessor, 2)
    signers = (other, desk.device)
    third = sealed(
        desk.programme.header("record", 3, record_id(left), desk.device, signers), record_body(3), signers
    )  # fmt: skip
    desk.client.put_certificates(desk.programme.certificates)
    desk.client.put_statements([first])
    desk.client.put_certificates([
        revoke(
            desk.centre.certificate, [desk.centre.keys.signing], desk.assessor.keys.key_id, valid_until_size=1,
            reason="left", at_ms=now_ms(),
        )
    ])  # fmt: skip
    for _ in range(2):
        assert "no longer counts" in refused(desk, left).message
    assert desk.client.put_statements([third]).answers[0].status == "logged"
    assert desk.client.device("d-1").last_seq == 3
    kept = desk.central.store.database.rows("SELECT record_id, reason FROM evidence")
    assert kept == [(record_id(left), "signed with a key that no longer counts")]
    assert desk.central.store.faults() == []
    # Another statement under that number is still a second history.
    forged = sealed(
        desk.programme.header("record", 2, record_id(first), desk.device, signers), record_body(9), signers
    )  # fmt: skip
    assert "signed twice" in refused(desk, forged).message


def test_what_was_passed_over_is_taken_once_its_key_is_certified_anew(desk: Desk) -> None:
    """The centre's key is replaced, and the machine is certified by the new one before its person is."""
    first, waits, later = chain(desk.programme, desk.device, desk.assessor, 3)
    again, span = desk.programme.centre("north"), _SPAN
    machine, person = (
        issue_certificate(
            again.certificate, [again.keys.signing], kind=h.certificate.kind, subject=h.id,
            signing=h.keys.signing.public, roles=h.certificate.roles, **span,
        )
        for h in (desk.device, desk.assessor)
    )  # fmt: skip
    root = desk.programme.root
    ended = revoke(
        root, [desk.programme.root_key], desk.centre.keys.key_id, valid_until_size=1, reason="replaced", at_ms=now_ms()
    )
    desk.client.put_statements([first])
    desk.client.put_certificates([again.certificate.data, machine, ended])
    assert "no longer counts" in refused(desk, waits).message and "no longer counts" in refused(desk, later).message
    desk.client.put_certificates([person])
    assert [a.status for a in desk.client.put_statements([waits, later]).answers] == ["logged"] * 2
    assert desk.client.device("d-1").last_seq == 3 and desk.central.store.faults() == []


def test_a_machine_whose_own_key_has_ended_passes_over_nothing(desk: Desk) -> None:
    """Its thief must not be able to write evidence for it through another machine."""
    relay = desk.programme.device(desk.centre, "d-2")
    envelopes = chain(desk.programme, desk.device, desk.assessor, 2)
    desk.client.put_certificates(desk.programme.certificates)
    desk.client.put_statements(envelopes[:1])
    desk.client.put_certificates([
        revoke(
            desk.centre.certificate, [desk.centre.keys.signing], desk.device.keys.key_id, valid_until_size=1,
            reason="stolen", at_ms=now_ms(),
        )
    ])  # fmt: skip
    (answer,) = desk.as_person(None, relay).put_statements(envelopes[1:]).answers
    assert answer.refusal is not None and "no longer counts" in answer.refusal.message
    assert desk.central.store.database.rows("SELECT 1 FROM evidence") == []
