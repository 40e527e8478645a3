# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates and trust: everything that must not count as signed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from observer_app.errors import BadInput, IntegrityBroken, NewerVersion, SampleRefused
from observer_app.trust.certificates import issue_certificate, make_root, read_certificate, revoke
from observer_app.trust.envelope import open_envelope, record_id, seal
from observer_app.trust.keys import PrivateKey
from observer_app.trust.programme import Trust
from observer_app.trust.samples import sample_root, sample_root_key
from observer_app.trust.statements import build_statement
from tests.unit.trust.cast import LOG_NAME, T0, YEAR, Cast, keys, record_body
from tests.unit.trust.test_statements import bodies


@pytest.fixture
def cast() -> Cast:
    return Cast()


def sealed(cast: Cast, kind: str, body: dict[str, Any], signers: list[str], **changes: Any) -> bytes:
    """A statement with any header and signers, right or wrong."""
    header = cast.header(kind, **changes)
    return seal(build_statement(header, body), kind, [keys(n).signing for n in signers])


@pytest.mark.parametrize("sample", [False, True])
def test_a_record_signed_by_person_and_device_leads_to_the_root(sample: bool) -> None:
    cast = Cast(sample)
    data = cast.sign("record", record_body())
    found = cast.trust.verify(data)
    assert found.record_id == record_id(data)
    assert [s.subject for s in found.signers] == ["assessor-1", "laptop-3"]
    assert found.warnings == ()
    chain = cast.trust.chain(found.signers)
    assert [read_certificate(c).subject for c in chain] == ["assessor-1", "centre-07", "laptop-3", cast.root.subject]
    assert Trust(cast.root, chain[:-1]).verify(data).record_id == found.record_id


def test_certificates_are_accepted_in_any_order_and_twice(cast: Cast) -> None:
    backwards = list(reversed(list(cast.certificates.values())))
    trust = Trust(cast.root, backwards)
    trust.add(backwards)
    assert {c.data for c in trust.certificates} == {cast.root.data, *backwards}


def test_neither_the_laptop_nor_the_passphrase_alone_is_enough(cast: Cast) -> None:
    alone = sealed(cast, "record", record_body(), ["laptop-3"], person="", keys=(keys("laptop-3").key_id,))
    with pytest.raises(IntegrityBroken, match="lacks a signature"):
        cast.trust.verify(alone)
    person = sealed(cast, "record", record_body(), ["assessor-1"], device="", keys=(keys("assessor-1").key_id,))
    with pytest.raises(IntegrityBroken, match="lacks a signature"):
        cast.trust.verify(person)


def test_a_signature_can_be_neither_taken_away_nor_added(cast: Cast) -> None:
    both = ["assessor-1", "laptop-3"]
    for signers in (both[:1], both[::-1], [*both, "manager-1"]):
        with pytest.raises(IntegrityBroken, match="signatures it names"):
            cast.trust.verify(sealed(cast, "record", record_body(), signers))


def test_a_statement_cannot_stand_in_an_envelope_of_another_type(cast: Cast) -> None:
    payload = build_statement(cast.header("void"), bodies()["void"])
    data = seal(payload, "record", [keys(n).signing for n in ("assessor-1", "laptop-3")])
    with pytest.raises(IntegrityBroken, match="another type"):
        cast.trust.verify(data)


def test_a_role_is_needed(cast: Cast) -> None:
    for person in ("moderator-1", "manager-1"):
        with pytest.raises(IntegrityBroken, match="role"):
            cast.trust.verify(cast.sign("record", record_body(), person))
    with pytest.raises(IntegrityBroken, match="role"):
        cast.trust.verify(cast.sign("second_mark", bodies()["second_mark"], "assessor-1"))
    cast.trust.verify(cast.sign("second_mark", bodies()["second_mark"], "moderator-1"))


def test_the_header_names_those_who_signed(cast: Cast) -> None:
    names = ["assessor-1", "laptop-3"]
    key_ids = tuple(keys(n).key_id for n in names)
    for changes, words in (
        ({"person": "manager-1"}, "another person"),
        ({"device": "laptop-4"}, "another device"),
        ({"centre": "centre-08"}, "No certificate"),
        ({"programme": "other"}, "another programme"),
    ):
        with pytest.raises(IntegrityBroken, match=words):
            cast.trust.verify(sealed(cast, "record", record_body(), names, keys=key_ids, **changes))


def test_an_unknown_key_has_no_certificate(cast: Cast) -> None:
    key_ids = tuple(keys(n).key_id for n in ("stranger", "laptop-3"))
    with pytest.raises(IntegrityBroken, match="No certificate"):
        cast.trust.verify(sealed(cast, "record", record_body(), ["stranger", "laptop-3"], keys=key_ids))


def test_a_forged_signature_is_named_by_its_record(cast: Cast) -> None:
    data = cast.sign("record", record_body())
    found = json.loads(data)
    found["signatures"][1]["sig"] = found["signatures"][0]["sig"]
    forged = json.dumps(found, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(IntegrityBroken) as caught:
        cast.trust.verify(forged)
    assert caught.value.subject == record_id(data)


def test_samples_and_results_never_mix() -> None:
    real, sample = Cast(), Cast(sample=True)
    with pytest.raises(SampleRefused):
        real.trust.verify(sample.sign("record", record_body()))
    with pytest.raises(SampleRefused):
        sample.trust.verify(real.sign("record", record_body()))
    with pytest.raises(SampleRefused):
        real.trust.verify(real.sign("record", record_body(), sample=True))
    with pytest.raises(IntegrityBroken):
        real.trust.add(sample.certificates.values())


def test_the_published_sample_key_is_good_for_nothing_else() -> None:
    span = {"not_before_ms": T0, "not_after_ms": T0 + YEAR}
    with pytest.raises(SampleRefused):
        Trust(make_root("kss", [sample_root_key()], **span))
    cast = Cast()
    with pytest.raises(SampleRefused):
        cast.trust.add(
            [
                issue_certificate(
                    cast.root, [cast.root_key], kind="centre", subject="c", signing=sample_root_key().public, **span
                )
            ]
        )
    assert sample_root().sample
    assert Trust(sample_root()).sample


def test_who_may_certify_whom(cast: Cast) -> None:
    person = read_certificate(cast.certificates["assessor-1"])
    span = {"not_before_ms": T0, "not_after_ms": T0 + YEAR, "signing": keys("x").signing.public, "subject": "x"}
    with pytest.raises(BadInput, match="cannot certify"):
        issue_certificate(person, [keys("assessor-1").signing], kind="device", **span)
    with pytest.raises(BadInput, match="cannot certify"):
        issue_certificate(cast.centre_certificate, [keys(cast.centre).signing], kind="centre", **span)
    with pytest.raises(BadInput, match="not those of the issuer"):
        issue_certificate(cast.root, [keys("x").signing], kind="centre", **span)


def _forged_certificate(cast: Cast, signer: str, header: dict[str, Any] | None = None, **body: Any) -> bytes:
    real = json.loads(open_envelope(cast.certificates["assessor-1"]).payload)
    real["body"].update(body)
    real.update(header or {})
    real["keys"] = [(cast.root_key if signer == "root" else keys(signer).signing).key_id]
    payload = json.dumps(real, sort_keys=True, separators=(",", ":")).encode()
    return seal(payload, "certificate", [cast.root_key if signer == "root" else keys(signer).signing])


@pytest.mark.parametrize(
    ("signer", "body"),
    [
        ("assessor-1", {"subject": "assessor-9"}),
        ("laptop-3", {"subject": "assessor-9"}),
        ("stranger", {"subject": "assessor-9"}),
        ("centre-07", {"centre": "centre-08"}),
        ("centre-07", {"centre": ""}),
        ("centre-07", {"kind": "centre", "subject": "centre-08", "centre": "centre-08"}),
        ("centre-07", {"kind": "root"}),
        ("root", {"kind": "device"}),
        ("root", {"kind": "centre", "subject": "centre-08"}),
        ("centre-07", {"not_after_ms": T0 + 30 * YEAR}),
        ("centre-07", {"not_before_ms": 5}),
    ],
)
def test_a_certificate_from_the_wrong_hand_is_refused(cast: Cast, signer: str, body: dict[str, Any]) -> None:
    with pytest.raises(IntegrityBroken):
        cast.trust.add([_forged_certificate(cast, signer, **body)])
    cast.trust.add([_forged_certificate(cast, "centre-07", subject="assessor-9")])


def test_a_certificate_of_another_programme_is_refused(cast: Cast) -> None:
    with pytest.raises(IntegrityBroken):
        cast.trust.add([_forged_certificate(cast, "centre-07", {"programme": "other"})])


def test_a_certificate_that_contradicts_itself_is_refused(cast: Cast) -> None:
    for body in ({"not_before_ms": 9, "not_after_ms": 8}, {"threshold": 2}):
        with pytest.raises(BadInput):
            read_certificate(_forged_certificate(cast, "centre-07", **body))
    with pytest.raises(BadInput):
        read_certificate(cast.sign("record", record_body()))


def test_the_threshold_of_a_root_is_counted() -> None:
    pair = [keys("root a").signing, keys("root b").signing]
    root = read_certificate(make_root("kss", pair, not_before_ms=0, not_after_ms=T0 + YEAR, threshold=2))
    span = {
        "kind": "centre",
        "subject": "c",
        "signing": keys("c").signing.public,
        "not_before_ms": 0,
        "not_after_ms": T0,
    }
    both = issue_certificate(root, pair, **span)
    assert len(Trust(root, [both]).certificates) == 2
    with pytest.raises(BadInput):
        issue_certificate(root, pair[:1], **span)
    real = json.loads(open_envelope(both).payload)
    real["keys"] = real["keys"][:1]
    one = seal(json.dumps(real, sort_keys=True, separators=(",", ":")).encode(), "certificate", pair[:1])
    with pytest.raises(IntegrityBroken, match="enough"):
        Trust(root, [one])


def test_a_root_signed_by_another_is_no_root() -> None:
    sound = open_envelope(Cast().root.data)
    with pytest.raises(IntegrityBroken):
        Trust(seal(sound.payload, "certificate", [keys("stranger").signing]))
    with pytest.raises(IntegrityBroken):
        Trust(Cast().certificates["centre-07"])


def test_what_was_logged_before_a_revocation_stays_good(cast: Cast) -> None:
    data = cast.sign("record", record_body())
    bad = revoke(
        cast.centre_certificate,
        [keys(cast.centre).signing],
        keys("assessor-1").key_id,
        valid_until_size=10,
        reason="stolen",
        at_ms=T0,
    )
    cast.trust.add([bad])
    assert cast.trust.verify(data, log_index=9)
    for index in (10, 11, None):
        with pytest.raises(IntegrityBroken, match="no longer counts"):
            cast.trust.verify(data, log_index=index)
    assert cast.trust.revocations == (bad,)
    cast.trust.verify(cast.sign("second_mark", bodies()["second_mark"], "moderator-1"))


def test_revoking_a_centre_revokes_what_it_certified(cast: Cast) -> None:
    bad = revoke(cast.root, [cast.root_key], keys(cast.centre).key_id, valid_until_size=0, reason="misused", at_ms=T0)
    cast.trust.add([bad])
    with pytest.raises(IntegrityBroken, match="centre-07"):
        cast.trust.verify(cast.sign("record", record_body()), log_index=3)


def test_only_the_issuer_or_the_root_may_revoke(cast: Cast) -> None:
    other = issue_certificate(
        cast.root,
        [cast.root_key],
        kind="centre",
        subject="centre-08",
        signing=keys("centre-08").signing.public,
        not_before_ms=T0 - YEAR,
        not_after_ms=T0 + YEAR,
    )
    cast.trust.add([other])
    times = {"valid_until_size": 0, "reason": "lost", "at_ms": T0}
    for key in (keys("assessor-1").key_id, keys("centre-07").key_id, cast.root_key.key_id):
        with pytest.raises(IntegrityBroken):
            cast.trust.add([revoke(read_certificate(other), [keys("centre-08").signing], key, **times)])


def test_a_wrong_clock_is_said_and_a_known_time_decides(cast: Cast) -> None:
    late = cast.sign("record", record_body(), claimed_wall_ms=T0 + 3 * YEAR)
    assert any("clock" in w for w in cast.trust.verify(late).warnings)
    assert cast.trust.verify(late, at_ms=T0).warnings
    with pytest.raises(IntegrityBroken, match="not valid now"):
        cast.trust.verify(late, at_ms=T0 + 3 * YEAR)


def test_a_renewed_certificate_serves_the_same_key(cast: Cast) -> None:
    by_centre = (cast.centre_certificate, keys(cast.centre).signing)
    again = cast.certify(*by_centre, "person", "assessor-1", roles=("assessor", "moderator"), not_before_ms=T0)
    cast.trust.add([again])
    assert len(cast.trust.certificates_for(keys("assessor-1").key_id)) == 2
    data = cast.sign("second_mark", bodies()["second_mark"], "assessor-1")
    assert cast.trust.verify(data)
    with pytest.raises(IntegrityBroken, match="role"):
        cast.trust.verify(data, among={cast.certificates["assessor-1"], cast.certificates["laptop-3"]})


def test_another_algorithm_is_newer_not_wrong(cast: Cast) -> None:
    data = cast.sign("record", record_body()).replace(b'"alg":"ed25519"', b'"alg":"ml-dsa"', 1)
    with pytest.raises(NewerVersion):
        cast.trust.verify(data)


def test_a_log_is_known_by_its_certificate_only(cast: Cast) -> None:
    assert cast.trust.log_key(LOG_NAME).public == keys(LOG_NAME).signing.public
    with pytest.raises(IntegrityBroken):
        cast.trust.log_key("elsewhere.example/log")


def test_every_type_can_be_signed_by_someone(cast: Cast) -> None:
    who = {
        "second_mark": "moderator-1",
        "release": "moderator-1",
        "latency": "moderator-1",
        "adjudication": "moderator-1",
        "deletion": "manager-1",
    }
    who |= {"day_close": "manager-1", "pack": "manager-1", "roster": "manager-1"}
    for kind, body in bodies().items():
        if kind not in ("certificate", "revocation"):
            assert cast.trust.verify(cast.sign(kind, body, who.get(kind, "assessor-1"))).statement.type == kind


def test_a_key_of_nobody_is_not_revoked(cast: Cast) -> None:
    times = {"valid_until_size": 0, "reason": "lost", "at_ms": T0}
    with pytest.raises(IntegrityBroken):
        cast.trust.add([revoke(cast.root, [cast.root_key], PrivateKey.generate().key_id, **times)])
