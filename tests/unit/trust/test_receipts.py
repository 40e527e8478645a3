# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints, receipts, chains and sealed objects."""

from __future__ import annotations

import base64
import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer_app.errors import BadInput, IntegrityBroken, NewerVersion, ObserverError
from observer_app.trust import chain, merkle
from observer_app.trust.checkpoints import (
    Checkpoint,
    LogKey,
    check_consistent,
    parse_note,
    sign_checkpoint,
    verify_checkpoint,
)
from observer_app.trust.keys import PublicKey
from observer_app.trust.objects import object_name, open_object, seal_object
from observer_app.trust.receipts import FIRST_LINE, parse_receipt, verify_receipt
from tests.unit.trust.cast import LOG_NAME, Cast, every_flip, flips, keys, record_body

KEY = keys(LOG_NAME).signing
LOG = LogKey(LOG_NAME, KEY.public)
NOTE = sign_checkpoint(Checkpoint(LOG_NAME, 3, bytes(range(32))), KEY)


def test_a_logs_key_has_signed_notes_text_form() -> None:
    """The worked example of the note package: this verifier key has this hint."""
    raw = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    log = LogKey("PeterNeumann", PublicKey(raw[1:]))
    assert log.verifier == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    signature = base64.b64decode(line)
    assert signature[:4] == log.hint
    log.public.verify(text.encode(), signature[4:])


def test_a_checkpoint_is_read_as_it_was_signed() -> None:
    assert NOTE.startswith(f"{LOG_NAME}\n3\n{base64.b64encode(bytes(range(32))).decode()}\n\n\u2014 {LOG_NAME} ")
    assert verify_checkpoint(NOTE, LOG, strict=True) == Checkpoint(LOG_NAME, 3, bytes(range(32)))


def test_every_changed_byte_of_a_checkpoint_is_refused() -> None:
    for spoilt in every_flip(NOTE.encode()):
        with pytest.raises((BadInput, IntegrityBroken, UnicodeDecodeError)):
            verify_checkpoint(spoilt.decode(), LOG, strict=True)


def test_lines_of_others_are_passed_over_unless_no_byte_may_be_free() -> None:
    stranger = sign_checkpoint(Checkpoint("witness.example", 3, bytes(32)), KEY).splitlines()[-1]
    both = NOTE + stranger + "\n"
    assert verify_checkpoint(both, LOG)
    with pytest.raises(IntegrityBroken):
        verify_checkpoint(both, LOG, strict=True)
    with pytest.raises(IntegrityBroken, match="twice"):
        verify_checkpoint(NOTE + NOTE.splitlines()[-1] + "\n", LOG, strict=True)
    with pytest.raises(IntegrityBroken, match="not signed"):
        verify_checkpoint("\n".join([*NOTE.splitlines()[:4], stranger, ""]), LOG)
    witness = LogKey("witness.example", KEY.public)
    with pytest.raises(IntegrityBroken):  # a known witness whose signature is over something else
        verify_checkpoint(both, LOG, witnesses=[witness])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        NOTE[:-1],
        NOTE + "\n",
        NOTE.replace("\n3\n", "\n03\n"),
        NOTE.replace("\n3\n", "\n-3\n"),
        NOTE * 30,
        NOTE.replace("\n\n", "\nmore\n\n"),
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("\u2014", "-"),
        "a b" + NOTE,
    ],
)
def test_a_checkpoint_in_another_form_is_refused(text: str) -> None:
    with pytest.raises((BadInput, IntegrityBroken)):
        verify_checkpoint(text, LOG)


def test_a_checkpoint_of_another_log_or_key_is_refused() -> None:
    with pytest.raises(IntegrityBroken):
        verify_checkpoint(NOTE, LogKey("other.example", KEY.public))
    with pytest.raises(IntegrityBroken):
        verify_checkpoint(NOTE, LogKey(LOG_NAME, keys("other").signing.public))
    for wrong in (Checkpoint("a b", 1, bytes(32)), Checkpoint("a", -1, bytes(32)), Checkpoint("a", 1, bytes(31))):
        with pytest.raises(BadInput):
            sign_checkpoint(wrong, KEY)


def test_a_log_that_forks_shrinks_or_changes_its_name_is_caught() -> None:
    leaves = [merkle.leaf_hash(bytes([n])) for n in range(9)]

    def at(size: int, name: str = LOG_NAME) -> Checkpoint:
        return Checkpoint(name, size, merkle.root_of(leaves[:size]))

    proof = merkle.consistency_proof(4, 9, leaves)
    check_consistent(None, at(9), [])
    check_consistent(at(4), at(9), proof)
    check_consistent(at(9), at(9), [])
    fork = Checkpoint(LOG_NAME, 9, merkle.root_of([*leaves[:8], merkle.leaf_hash(b"other")]))
    for old, new, shown in (
        (at(4), at(9), []),
        (at(4), at(9, "other.example"), proof),
        (at(9), at(4), proof),
        (at(9), fork, []),
        (at(4), fork, proof),
    ):
        with pytest.raises(IntegrityBroken):
            check_consistent(old, new, shown)
    with pytest.raises(IntegrityBroken, match="had 9 entries and shows 4"):
        check_consistent(at(9), at(4), proof)


@pytest.fixture(scope="module")
def logged() -> tuple[Cast, list[bytes]]:
    cast = Cast()
    return cast, [cast.sign("record", record_body(observation=f"obs-{n}")) for n in range(5)]


def test_a_receipt_proves_its_own_record_only(logged: tuple[Cast, list[bytes]]) -> None:
    cast, envelopes = logged
    for alone in (True, False):
        for index, envelope in enumerate(envelopes):
            receipt = cast.receipt(envelopes, index, alone=alone)
            assert receipt.startswith(FIRST_LINE.encode())
            assert verify_receipt(receipt, envelope, LOG).size == 5
            for other in (envelopes[index - 1], envelope + b" ", b""):
                with pytest.raises(IntegrityBroken):
                    verify_receipt(receipt, other, LOG)
            with pytest.raises(IntegrityBroken):
                verify_receipt(receipt, envelope, LogKey(LOG_NAME, keys("other").signing.public))


def test_a_receipt_has_one_form(logged: tuple[Cast, list[bytes]]) -> None:
    cast, envelopes = logged
    data = cast.receipt(envelopes, 3)
    assert parse_receipt(data).data == data
    for wrong in (
        b"",
        data[:50],
        data[1:],
        data + b"\n",
        data.replace(b"index 3", b"index 03"),
        data.replace(b"index 3", b"index 3 "),
        data.replace(b"index 3", b"Index 3"),
        data.replace(b"index 3", b"index 99"),
        data.replace(b"extra ", b"extra  "),
        data.replace(b"\n\n", b"\n"),
        data.replace(b"\n", b"\r\n"),
        b"\xff" + data,
        data + b"x" * 200_000,
    ):
        with pytest.raises(ObserverError):
            verify_receipt(wrong, envelopes[3], LOG)


@pytest.mark.parametrize("alone", [True, False])
def test_every_changed_byte_of_a_receipt_is_refused(alone: bool, logged: tuple[Cast, list[bytes]]) -> None:
    cast, envelopes = logged
    data = cast.receipt(envelopes, 3, alone=alone)
    leaf = merkle.leaf_hash(envelopes[3])
    certificates = parse_receipt(data).certificates
    assert not refused(data, leaf, certificates)
    for number, flipped in enumerate(flips(data) if alone else every_flip(data)):
        assert refused(flipped, leaf, certificates), number


def refused(receipt: bytes, leaf: bytes, certificates: tuple[bytes, ...]) -> bool:
    """Certificates a receipt carries are for whoever reads it to check: other ones are refused there."""
    try:
        found = parse_receipt(receipt)
        found.verify(leaf, LOG, strict=True)
    except ObserverError:
        return True
    return found.certificates != certificates


def test_the_extra_line_of_a_receipt_is_held_to_the_record_and_to_one_form(logged: tuple[Cast, list[bytes]]) -> None:
    cast, envelopes = logged
    found = parse_receipt(cast.receipt(envelopes, 3))
    with pytest.raises(IntegrityBroken, match="not of this record"):
        verify_receipt(replace(found, leaf=bytes(32)).data, envelopes[3], LOG)
    line = found.text.splitlines()[1].removeprefix("extra ")
    loose = base64.b64encode(base64.b64decode(line).replace(b":", b": ", 1)).decode()
    with pytest.raises(IntegrityBroken, match="rewritten"):
        parse_receipt(found.text.replace(line, loose).encode())


@given(st.integers(0, 4000), st.binary(max_size=3), st.integers(0, 3))
def test_only_our_own_errors_escape_a_mangled_receipt(place: int, put: bytes, cut: int) -> None:
    sound = RECEIPT
    mangled = sound[: place % len(sound)] + put + sound[place % len(sound) + cut :]
    with contextlib.suppress(ObserverError):
        verify_receipt(mangled, ENVELOPES[0], LOG)
    with contextlib.suppress(ObserverError):
        parse_note(mangled.decode("utf-8", "replace"))


_CAST = Cast()
ENVELOPES = [_CAST.sign("record", record_body())]
RECEIPT = _CAST.receipt(ENVELOPES, 0)


# Chains ---------------------------------------------------------------------------------------------------------


def test_an_event_chain_notices_change_loss_addition_and_order() -> None:
    events = [b'{"n":%d}' % n for n in range(6)]
    count, head = chain.chain_head(events)
    assert chain.verify_chain(events, head, 6) == count == 6
    assert chain.chain_head([]) == (0, chain.CHAIN_START)
    wrong = [events[:-1], events[1:], events[::-1], [*events, b"{}"], [*events[:2], *events[3:]], [b"", *events]]
    wrong.append([*events[:3], b'{"n":9}', *events[4:]])
    wrong.append([events[0] + events[1], *events[2:]])
    for found in wrong:
        with pytest.raises(IntegrityBroken):
            chain.verify_chain(found, head)
    with pytest.raises(IntegrityBroken):
        chain.verify_chain(events, head, 5)


def test_an_event_log_is_one_object_and_comes_back() -> None:
    events = [b"", b"{}", b"x" * 1000]
    data = chain.join_events(events)
    assert chain.split_events(data) == events
    assert chain.split_events(chain.join_events([])) == []
    for wrong in (b"", data[:-1], data + b"\0", b"X" + data, data[:10], data[:8] + b"\xff" * 4):
        with pytest.raises(BadInput):
            chain.split_events(wrong)


@given(st.lists(st.binary(max_size=20), max_size=5), st.binary(max_size=60))
def test_event_logs_of_any_content(events: list[bytes], junk: bytes) -> None:
    assert chain.split_events(chain.join_events(events)) == events
    with contextlib.suppress(BadInput):
        chain.split_events(chain.join_events([]) + junk)


def test_a_text_is_known_by_its_hash_only_with_its_salt() -> None:
    assert chain.text_hash(bytes(16), "calm") != chain.text_hash(b"1" * 16, "calm")
    assert chain.text_hash(bytes(16), "calm") == chain.text_hash(bytes(16), "calm")
    with pytest.raises(BadInput):
        chain.text_hash(b"", "calm")


def test_a_devices_statements_continue_each_other() -> None:
    cast = Cast()
    found = [cast.trust.verify(cast.sign("record", record_body(observation=f"obs-{n}"))) for n in range(4)]
    chain.verify_device_chain(found)
    chain.verify_device_chain(found[1:])
    for wrong in ([found[0], found[2]], [found[1], found[0]], [found[0], found[0]]):
        with pytest.raises(IntegrityBroken):
            chain.verify_device_chain(wrong)
    cast.last = "1" * 64
    other = cast.trust.verify(cast.sign("record", record_body()))
    with pytest.raises(IntegrityBroken, match="does not continue"):
        chain.verify_device_chain([*found, other])
    first = Cast()
    first.last = "1" * 64
    with pytest.raises(IntegrityBroken, match="not its first"):
        chain.verify_device_chain([first.trust.verify(first.sign("record", record_body()))])


# Sealed objects -------------------------------------------------------------------------------------------------


def test_a_sealed_object_opens_with_its_key_under_its_name() -> None:
    sealed = seal_object(b"a note", b"k" * 32)
    assert sealed.name == object_name(sealed.data)
    assert open_object(sealed.data, b"k" * 32, sealed.name) == b"a note"
    assert b"note" not in sealed.data
    assert seal_object(b"a note", b"k" * 32).name != sealed.name


def test_every_changed_byte_of_a_sealed_object_is_refused() -> None:
    sealed = seal_object(b"a note", b"k" * 32)
    for flipped in flips(sealed.data):
        with pytest.raises(IntegrityBroken):
            open_object(flipped, b"k" * 32, sealed.name)
        with pytest.raises((IntegrityBroken, BadInput)):
            open_object(flipped, b"k" * 32)


def test_sealed_objects_refuse_what_cannot_be_theirs() -> None:
    sealed = seal_object(b"", b"k" * 32)
    assert open_object(sealed.data, b"k" * 32) == b""
    with pytest.raises(IntegrityBroken, match="does not open"):
        open_object(sealed.data, b"j" * 32)
    with pytest.raises(NewerVersion):
        open_object(sealed.data[:7] + b"\x02" + sealed.data[8:], b"k" * 32)
    for call in (
        lambda: seal_object(b"", b"short"),
        lambda: open_object(sealed.data, b"short"),
        lambda: open_object(b"", b"k" * 32),
        lambda: open_object(sealed.data[:40], b"k" * 32),
    ):
        with pytest.raises(BadInput):
            call()
