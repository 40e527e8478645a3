# SPDX-License-Identifier: GPL-3.0-or-later
"""A record's four states, never blurred, and what identifies it."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["RecordState"]


class RecordState(IntEnum):
    """In rising order: a later state implies the earlier ones.

    NONE nothing yet; SAVED durable on this disk; SIGNED by person and device; SENT handed to the central
    store; ACKNOWLEDGED a receipt that verifies is on this disk.
    """

    NONE = 0
    SAVED = 1
    SIGNED = 2
    SENT = 3
    ACKNOWLEDGED = 4
