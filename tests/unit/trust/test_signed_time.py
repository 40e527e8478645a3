# SPDX-License-Identifier: GPL-3.0-or-later
"""Central's signed time: read as it was signed, and nothing else is one."""

from __future__ import annotations

import pytest

from observer_app.errors import BadInput, IntegrityBroken
from observer_app.trust.checkpoints import Checkpoint, LogKey, parse_note, sign_checkpoint
from observer_app.trust.signed_note import sign_note
from observer_app.trust.signed_time import sign_time, verify_time
from tests.unit.trust.cast import LOG_NAME, every_flip, h, keys

KEY = keys(LOG_NAME).signing
LOG = LogKey(LOG_NAME, KEY.public)
NONCE, OTHER = h("nonce")[:32], h("another")[:32]
NOTE = sign_time(LOG_NAME, 1_750_000_000_000, NONCE, KEY)


def test_it_is_read_as_it_was_signed() -> None:
    assert NOTE.startswith(f"observer-time v1\n{LOG_NAME}\n1750000000000\n{NONCE}\n\n\u2014 {LOG_NAME} ")
    assert verify_time(NOTE, LOG, NONCE) == 1_750_000_000_000


def test_every_changed_byte_is_refused() -> None:
    for spoilt in every_flip(NOTE.encode()):
        with pytest.raises((BadInput, IntegrityBroken, UnicodeDecodeError)):
            verify_time(spoilt.decode(), LOG, NONCE)


def test_an_answer_to_another_question_another_logs_or_another_keys_is_refused() -> None:
    with pytest.raises(IntegrityBroken, match="an old answer is being repeated"):
        verify_time(NOTE, LOG, OTHER)
    with pytest.raises(IntegrityBroken, match="another store's"):
        verify_time(sign_time("central.example/second", 1_750_000_000_000, NONCE, KEY), LOG, NONCE)
    with pytest.raises(IntegrityBroken, match="not signed by its log"):
        verify_time(sign_time(LOG_NAME, 1_750_000_000_000, NONCE, keys("thief").signing), LOG, NONCE)


def test_a_time_is_no_checkpoint_and_a_checkpoint_no_time() -> None:
    checkpoint = sign_checkpoint(Checkpoint(LOG_NAME, 3, bytes(32)), KEY)
    with pytest.raises(BadInput):
        parse_note(NOTE)
    with pytest.raises(BadInput):
        verify_time(checkpoint, LOG, NONCE)
    for name in ("observer-time v1", "observer time v1\nx", "", "two words"):
        with pytest.raises(BadInput):
            sign_checkpoint(Checkpoint(name, 3, bytes(32)), KEY)
    # Even had somebody got the log to sign the first lines of a time as three lines, they would not read as one.
    with pytest.raises(BadInput):
        verify_time(sign_note(f"observer-time v1\n{LOG_NAME}\n1750000000000\n", LOG_NAME, KEY), LOG, NONCE)


@pytest.mark.parametrize(
    ("origin", "time_ms", "nonce"),
    [
        (LOG_NAME, -1, NONCE),
        (LOG_NAME, 10**15, NONCE),
        (LOG_NAME, 1, "short"),
        (LOG_NAME, 1, NONCE.upper()),
        (LOG_NAME, 1, f"{NONCE}\n9"),
        (f"{LOG_NAME}\n1", 1, NONCE),
    ],
)
def test_nothing_else_is_ever_signed(origin: str, time_ms: int, nonce: str) -> None:
    with pytest.raises(BadInput):
        sign_time(origin, time_ms, nonce, KEY)
