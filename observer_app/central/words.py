# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors as answers: a code for the program, a sentence for the person, a status for whatever stands between."""

from __future__ import annotations

from observer_app.errors import (
    BadInput,
    Conflict,
    DiskFull,
    IntegrityBroken,
    NewerVersion,
    NotAllowed,
    ObserverError,
    SampleRefused,
)
from observer_app.protocol import Refusal

__all__ = ["ClockAway", "Gap", "NotFound", "TooLarge", "refusal_of", "status_of"]


class ClockAway(NotAllowed):
    """The request's time is too far from the store's; the machine should ask for the store's time and sign anew."""


class NotFound(BadInput):
    """There is no such thing here, or not for this caller: the two are not told apart."""


class TooLarge(BadInput):
    """More bytes than are read."""


class Gap(Conflict):
    """Statements before this one are missing; `last_seq` is the last the store holds of the device."""

    def __init__(self, message: str, last_seq: int) -> None:
        super().__init__(message, advice="Send the missing ones first; nothing is lost.")
        self.last_seq = last_seq


# The narrower class first; (class, code, HTTP status).
_CODES: tuple[tuple[type[ObserverError], str, int], ...] = (
    (ClockAway, "clock", 401),
    (NotAllowed, "not_allowed", 403),
    (NotFound, "not_found", 404),
    (TooLarge, "too_large", 413),
    (NewerVersion, "newer", 422),
    (BadInput, "bad_input", 400),
    (SampleRefused, "sample", 422),
    (IntegrityBroken, "integrity", 422),
    (Gap, "gap", 409),
    (Conflict, "conflict", 409),
    (DiskFull, "full", 507),
    (ObserverError, "fault", 503),
)


def _row(error: ObserverError) -> tuple[str, int]:
    return next((code, status) for kind, code, status in _CODES if isinstance(error, kind))


def refusal_of(error: ObserverError) -> Refusal:
    """The error as it is told to the machine that asked."""
    subject = error.subject if isinstance(error, IntegrityBroken) else ""
    last_seq = error.last_seq if isinstance(error, Gap) else -1
    return Refusal(_row(error)[0], error.message, error.advice, subject, last_seq)


def status_of(error: ObserverError) -> int:
    """The HTTP status."""
    return _row(error)[1]
