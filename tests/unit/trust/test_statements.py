# SPDX-License-Identifier: GPL-3.0-or-later
"""Envelopes and statements: one form in bytes, one grammar a type, newer ones said to be newer."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer_app.errors import BadInput, IntegrityBroken, NewerVersion, ObserverError
from observer_app.trust.bodies import BODIES
from observer_app.trust.envelope import (
    MAX_SIGNATURES,
    from_base64,
    media_type,
    open_envelope,
    pae,
    record_id,
    seal,
    type_name,
)
from observer_app.trust.keys import PrivateKey
from observer_app.trust.rules import SIGNERS
from observer_app.trust.statements import build_statement, read_statement
from tests.unit.trust.cast import Cast, h, keys, record_body, segment

SIGNER = keys("assessor-1").signing


def test_the_encoding_that_is_signed_is_dsse() -> None:
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_an_envelope_is_read_as_it_was_sealed() -> None:
    data = seal(b'{"a":1}', "record", [SIGNER, keys("laptop-3").signing])
    envelope = open_envelope(data)
    assert (envelope.payload, envelope.type, envelope.data) == (b'{"a":1}', "record", data)
    assert envelope.payload_type == "application/vnd.observer.record+json"
    assert [s.keyid for s in envelope.signatures] == [SIGNER.key_id, keys("laptop-3").key_id]
    for signature, key in zip(envelope.signatures, (SIGNER, keys("laptop-3").signing), strict=True):
        key.public.verify(envelope.signed_bytes, signature.sig)


def test_signing_again_makes_no_second_record() -> None:
    once, again = seal(b"{}", "record", [SIGNER]), seal(b"{}", "record", [keys("other").signing])
    assert once != again
    assert record_id(once) == record_id(again)
    assert record_id(once) != record_id(seal(b"{}", "void", [SIGNER]))


def _envelope(**changes: Any) -> bytes:
    found = json.loads(seal(b'{"a":1}', "record", [SIGNER]))
    found.update(changes)
    return json.dumps({k: v for k, v in found.items() if v is not ...}, sort_keys=True, separators=(",", ":")).encode()


def _signature(**changes: Any) -> list[dict[str, Any]]:
    return [{**json.loads(seal(b'{"a":1}', "record", [SIGNER]))["signatures"][0], **changes}]


WRONG = {
    "unknown field": _envelope(extra=1),
    "no payload": _envelope(payload=...),
    "payload no text": _envelope(payload=5),
    "blank in base64": _envelope(payload="eyJh IjoxfQ=="),
    "line in base64": _envelope(payload="eyJhIjoxfQ==\n"),
    "no padding": _envelope(payload="eyJhIjoxfQ"),
    "loose bits": _envelope(payload="eyJhIjoxfR=="),
    "web alphabet": _envelope(payload="-_-_"),
    "other type": _envelope(payloadType="application/json"),
    "type in capitals": _envelope(payloadType="application/vnd.observer.Record+json"),
    "no signatures": _envelope(signatures=[]),
    "signatures no list": _envelope(signatures={}),
    "nine signatures": _envelope(signatures=[_signature(keyid=f"ed25519:{n:064x}")[0] for n in range(9)]),
    "twice the same key": _envelope(signatures=_signature() * 2),
    "signature no object": _envelope(signatures=[1]),
    "signature with more": _envelope(signatures=_signature(cert="x")),
    "key id": _envelope(signatures=_signature(keyid="p")),
    "key id no text": _envelope(signatures=_signature(keyid=1)),
    "algorithm": _envelope(signatures=_signature(alg='"')),
    "signature no base64": _envelope(signatures=_signature(sig="!")),
    "blank after": _envelope() + b"\n",
    "blank within": _envelope().replace(b":", b": ", 1),
    "escaped": _envelope().replace(b"record", b"\\u0072ecord"),
    "other order": json.dumps(dict(reversed(json.loads(_envelope()).items())), separators=(",", ":")).encode(),
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG.keys())
def test_an_envelope_in_any_other_form_is_refused(data: bytes) -> None:
    with pytest.raises((BadInput, IntegrityBroken)):
        open_envelope(data)


def test_the_unchanged_envelope_of_those_tests_is_accepted() -> None:
    assert open_envelope(_envelope()).payload == b'{"a":1}'


def test_what_is_too_large_is_neither_sealed_nor_read() -> None:
    with pytest.raises(BadInput, match="too large"):
        seal(bytes(800_000), "record", [SIGNER])
    with pytest.raises(BadInput, match="too large"):
        open_envelope(b" " * (1024 * 1024 + 1))
    with pytest.raises(BadInput):
        seal(b"{}", "record", [PrivateKey.generate() for _ in range(MAX_SIGNATURES + 1)])
    with pytest.raises(BadInput):
        seal(b"{}", "record", [])


@pytest.mark.parametrize("name", ["", "Record", "a" * 41, "a b", "a+b", "é"])
def test_a_type_has_one_spelling(name: str) -> None:
    with pytest.raises(BadInput):
        media_type(name)
    with pytest.raises(BadInput):
        type_name(f"application/vnd.observer.{name}+json")


def test_base64_takes_text_only() -> None:
    with pytest.raises(BadInput):
        from_base64(b"AA==")
    with pytest.raises(BadInput):
        from_base64("é")


def bodies() -> dict[str, dict[str, Any]]:
    """One sound body of every type."""
    return about_records() | about_a_centre()


def about_records() -> dict[str, dict[str, Any]]:
    """A record and what is said of it later."""
    record = record_body()
    marks = {k: record[k] for k in ("ratings", "unrated", "global_rating", "outcome", "events", "event_log")}
    return {
        "record": record,
        "amendment": {
            "record": h("r"),
            "reason_sha256": h("why"),
            "changes": [{"criterion": "analysis", "from": 3, "to": 4}],
            "outcome": record["outcome"],
        },
        "countersignature": {"record": h("r"), "amendment": h("a")},
        "refusal": {"record": h("r"), "amendment": h("a"), "reason_sha256": h("why")},
        "latency": {"record": h("r"), "recording": "rec-0001", "latency_ms": -240, "reason_sha256": h("why")},
        "void": {"record": h("r"), "reason_sha256": h("why")},
        "second_mark": {"record": h("r"), **marks},
        "release": {
            "record": h("r"),
            "what": "clip",
            "purpose": "appeal",
            "reason_sha256": h("why"),
            "from_ms": 61_000,
            "to_ms": 74_500,
            "files": [{"sha256": h("clip"), "size": 1_234_567}],
        },
        "adjudication": {
            "records": [h("r"), h("s")],
            "decision": "changed",
            "reason_sha256": h("why"),
            "ratings": [{"criterion": "analysis", "value": 4}],
            "outcome": record["outcome"],
        },
    }


def about_a_centre() -> dict[str, dict[str, Any]]:
    """What a programme and its centres sign besides."""
    key = {"alg": "ed25519", "public": base64.b64encode(SIGNER.public.raw).decode()}
    return {
        "media": {"observation": "obs-0001", "recording": "rec-0001", "segments": [segment()]},
        "deletion": {"subject": "rec-0001", "what": "recording", "objects": [h("o")], "reason_sha256": h("why")},
        "day_close": {
            "day": "2026-11-24",
            "first_seq": 1,
            "last_seq": 9,
            "head": h("head"),
            "expected": 4,
            "records": 3,
            "explained": [{"sitting": "sit-4", "reason_sha256": h("why")}],
        },
        "certificate": {
            "subject": "assessor-1",
            "kind": "person",
            "roles": ["assessor"],
            "centre": "centre-07",
            "threshold": 1,
            "signing_keys": [key],
            "opening_key": {"alg": "x25519", "public": base64.b64encode(bytes(32)).decode()},
            "not_before_ms": 0,
            "not_after_ms": 1,
        },
        "revocation": {"key": SIGNER.key_id, "valid_until_size": 7, "reason": "stolen"},
        "pack": {"pack": record_body()["framework"], "kind": "framework", "size": 1234},
        "roster": {"day": "2026-11-24", "sittings": {"sha256": h("s"), "size": 9}, "count": 4, "objects": [h("photo")]},
        "manifest": {"files": [{"path": "a/b.pdf", "sha256": h("f"), "size": 3}], "counts": {"records": 1}},
    }


def test_every_type_has_a_table_signers_and_a_test() -> None:
    assert BODIES.keys() == SIGNERS.keys() == bodies().keys()


@pytest.mark.parametrize("kind", BODIES)
def test_a_statement_is_read_as_it_was_built(kind: str) -> None:
    header = Cast().header(kind)
    payload = build_statement(header, bodies()[kind])
    found = read_statement(payload)
    assert (found.header, found.body, found.payload) == (header, bodies()[kind], payload)
    assert isinstance(payload, bytes)
    assert b" " not in payload


def _places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(p for name, v in inner for p in _places(v, (*at, name)))]


def _changed(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    found = copy.deepcopy(value)
    inner = found
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = new
    return found


JUNK: list[Any] = [1.5, -(10**15), "a b\n", "", {"x": 1}, [1], True]


@pytest.mark.parametrize("kind", BODIES)
def test_no_field_takes_a_value_of_another_kind(kind: str) -> None:
    """Every place in every body, each with values that are wrong there; a value it may take is passed over."""
    sound, refused = json.loads(build_statement(Cast().header(kind), bodies()[kind])), 0
    places = [p for p in _places(sound) if p]
    for place in places:
        for junk in JUNK:
            data = json.dumps(_changed(sound, place, junk)).encode()
            try:
                read_statement(data)
            except BadInput:
                refused += 1
    assert refused >= len(places) * (len(JUNK) - 2)


@pytest.mark.parametrize("kind", BODIES)
def test_no_field_may_be_left_out_or_added(kind: str) -> None:
    sound = json.loads(build_statement(Cast().header(kind), bodies()[kind]))
    for place in _places(sound):
        group = sound
        for name in place:
            group = group[name]
        if not isinstance(group, dict) or place[-1:] == ("counts",):
            continue
        for name in group:
            found = copy.deepcopy(sound)
            inner = found
            for step in place:
                inner = inner[step]
            del inner[name]
            with pytest.raises(BadInput):
                read_statement(json.dumps(found).encode())
        with pytest.raises(BadInput):
            read_statement(json.dumps(_changed(sound, (*place, "comment"), "x")).encode())


def test_a_newer_statement_is_said_to_be_newer_not_altered() -> None:
    sound = json.loads(build_statement(Cast().header("record"), record_body()))
    newer = [_changed(sound, ("v",), 2), _changed(sound, ("type",), "holiday"), {**sound, "v": 3, "mood": "good"}]
    for found in newer:
        with pytest.raises(NewerVersion, match="newer Observer"):
            read_statement(json.dumps(found).encode())
    for version in (0, -1, "1", None, True):
        with pytest.raises(BadInput) as caught:
            read_statement(json.dumps(_changed(sound, ("v",), version)).encode())
        assert not isinstance(caught.value, NewerVersion)


@pytest.mark.parametrize("path", ["../a", "/a", "a//b", "a/./b", "a\\b", "C:a", "a/", "", "a\nb", "x" * 1001, "a/b. "])
def test_a_manifest_names_only_files_within_its_folder(path: str) -> None:
    body = {"files": [{"path": path, "sha256": h("f"), "size": 3}], "counts": {}}
    with pytest.raises(BadInput):
        build_statement(Cast().header("manifest"), body)


def test_the_same_criterion_is_not_rated_twice() -> None:
    ratings = record_body()["ratings"]
    with pytest.raises(BadInput, match="twice"):
        build_statement(Cast().header("record"), record_body(ratings=[*ratings, ratings[0]]))


def test_a_field_that_is_wrong_is_named() -> None:
    with pytest.raises(BadInput, match=r"record\.ratings\[1\]\.value"):
        ratings = record_body()["ratings"]
        build_statement(Cast().header("record"), record_body(ratings=[ratings[0], {**ratings[1], "value": 1.5}]))


@given(st.binary(max_size=300))
def test_only_our_own_errors_escape(data: bytes) -> None:
    for call in (open_envelope, read_statement):
        with contextlib.suppress(ObserverError):
            call(data)


PUT = (b"1.5", b'"x"', b"[]", b"{}", b"[1]", b"null", b"true", b"-0", b"9" * 30, b"NaN", b'"\\ud800"', b"")
SOUND = build_statement(Cast().header("record"), record_body())


@given(st.integers(0, len(SOUND) - 1), st.binary(max_size=3), st.integers(0, 3))
def test_only_our_own_errors_escape_a_mangled_statement(place: int, put: bytes, cut: int) -> None:
    with contextlib.suppress(ObserverError):
        read_statement(SOUND[:place] + put + SOUND[place + cut :])


@given(st.sampled_from([m.span() for m in re.finditer(rb'"[^"]*"|\d+|null|[][{}]', SOUND)]), st.sampled_from(PUT))
def test_only_our_own_errors_escape_a_statement_with_a_word_exchanged(span: tuple[int, int], put: bytes) -> None:
    with contextlib.suppress(ObserverError):
        read_statement(SOUND[: span[0]] + put + SOUND[span[1] :])
