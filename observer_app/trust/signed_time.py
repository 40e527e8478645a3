# SPDX-License-Identifier: GPL-3.0-or-later
"""Central's time, signed: an answer to one question and to no other.

1. The first line has a blank in it, which no log's name may have: no checkpoint reads as a time and no time as one.
2. The asker's own random number is in it: an answer kept from another day is refused.
3. The log's name is in it: another store's time is refused.
"""

from __future__ import annotations

import re

from observer_app.errors import BadInput, IntegrityBroken
from observer_app.trust.keys import PrivateKey
from observer_app.trust.signed_note import NAME, LogKey, check_signed, sign_note, split_note

__all__ = ["checked_nonce", "sign_time", "verify_time"]

_FIRST = "observer-time v1"
_TIME = re.compile(r"0|[1-9][0-9]{0,14}")
_NONCE = re.compile(r"[0-9a-f]{32}")
_WHAT = "The central store's time"


def checked_nonce(nonce: str) -> str:
    """The asker's number, 32 lower-case hexadecimal digits. Raises BadInput."""
    if not _NONCE.fullmatch(nonce):
        raise BadInput("The number that the time is asked with is not in the expected form.")
    return nonce


def sign_time(origin: str, time_ms: int, nonce: str, key: PrivateKey) -> str:
    """The signed note by which the log `origin` says that it is `time_ms` (since 1970 UTC). Raises BadInput."""
    if not NAME.fullmatch(origin) or not _TIME.fullmatch(str(time_ms)):
        raise BadInput("This is not a time that can be signed.")
    return sign_note(f"{_FIRST}\n{origin}\n{time_ms}\n{checked_nonce(nonce)}\n", origin, key)


def verify_time(text: str, log: LogKey, nonce: str) -> int:
    """The time (ms since 1970 UTC) that this log signed when asked with `nonce`. Raises IntegrityBroken, BadInput."""
    body, signatures = split_note(text, 4, _WHAT)
    first, origin, time_ms, answered = body
    if first != _FIRST or not _TIME.fullmatch(time_ms) or not NAME.fullmatch(origin):
        raise BadInput(f"{_WHAT} is not in the expected form.")
    if origin != log.name:
        raise IntegrityBroken(f"{_WHAT} is another store's.", subject=origin)
    check_signed("".join(f"{line}\n" for line in body), signatures, log, _WHAT, strict=False)
    if answered != checked_nonce(nonce):
        words = f"{_WHAT} was signed for another question: an old answer is being repeated."
        raise IntegrityBroken(words, subject=origin)
    return int(time_ms)
