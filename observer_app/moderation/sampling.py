# SPDX-License-Identifier: GPL-3.0-or-later
"""Which records a second person marks: by the framework's rules, and by a lot anyone can draw again.

1. The lot is drawn within each assessor's records, over all of them, whatever else already chose them: only so
   are the drawn ones an unbiased sample, and agreement figures rest on them alone (`Reason.DRAWN`).
2. A record's ticket is HMAC-SHA-256 of its id under the seed; the lowest tickets are drawn. With the seed published
   afterwards (`commitment` published before) anyone can check that nobody was picked.
3. A draw is over a closed set, a day say. Drawn again over more records it may choose others; what has been handed
   out stays handed out, which is the caller's to keep.
4. The reasons are for after the moderator has signed; no work list may show them before.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from observer_app.domain.framework import Rules
from observer_app.errors import BadInput

__all__ = ["Chosen", "MarkedRecord", "Reason", "choose", "commitment", "ticket"]

_SEED_LEAST = 16  # bytes; a shorter one could be guessed before the day


class Reason(StrEnum):
    """Why a record is marked again."""

    FAILED = "failed"
    UNDECIDED = "undecided"
    NEAR_CUT = "near_cut"
    FLAGGED = "flagged"
    DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class MarkedRecord:
    """A signed record as the rules see it. `passed` and `mean` as in `Score`; `assessor` a pseudonymous id."""

    record: str
    assessor: str
    passed: bool | None
    mean: Fraction | None
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """A record to be marked again, with every reason that chose it."""

    record: str
    assessor: str
    reasons: tuple[Reason, ...]


def choose(records: Iterable[MarkedRecord], rules: Rules, seed: bytes) -> tuple[Chosen, ...]:
    """The records to be marked again, in the order of their tickets, which tells nothing about the reasons.

    Raises BadInput for a record named twice or a seed under 16 bytes.
    """
    _check_seed(seed)
    every = list(records)
    if len({r.record for r in every}) < len(every):
        raise BadInput("A record stands twice in the list to choose from.", advice="Take each record once.")
    drawn = _draw(every, rules.moderation_share_percent, seed)
    chosen = []
    for record in sorted(every, key=lambda r: ticket(r.record, seed)):
        reasons = (*_by_rule(record, rules), *((Reason.DRAWN,) if record.record in drawn else ()))
        if reasons:
            chosen.append(Chosen(record.record, record.assessor, reasons))
    return tuple(chosen)


def ticket(record: str, seed: bytes) -> bytes:
    """A record's ticket in the lot, 32 bytes; the lower is drawn first."""
    return hmac.new(seed, record.encode("utf-8"), hashlib.sha256).digest()


def commitment(seed: bytes) -> str:
    """What is published before the day so that the seed cannot be chosen after it: its SHA-256 in hex."""
    _check_seed(seed)
    return hashlib.sha256(seed).hexdigest()


def _by_rule(record: MarkedRecord, rules: Rules) -> list[Reason]:
    reasons = []
    if rules.moderate_fails and record.passed is False:
        reasons.append(Reason.FAILED)
    if record.passed is None:
        reasons.append(Reason.UNDECIDED)
    if record.mean is not None and abs(record.mean - rules.cut) <= rules.moderate_within:
        reasons.append(Reason.NEAR_CUT)
    if record.flagged:
        reasons.append(Reason.FLAGGED)
    return reasons


def _draw(records: list[MarkedRecord], share_percent: int, seed: bytes) -> frozenset[str]:
    """Ids drawn: for each assessor the share rounded up, so at least one where there is a share."""
    if not 0 <= share_percent <= 100:
        raise BadInput(f"A share of {share_percent} per cent cannot be drawn.", advice="Use 0 to 100.")
    by_assessor: dict[str, list[str]] = defaultdict(list)
    for record in records:
        by_assessor[record.assessor].append(record.record)
    drawn: set[str] = set()
    for ids in by_assessor.values():
        count = -(-len(ids) * share_percent // 100)
        drawn.update(sorted(ids, key=lambda name: ticket(name, seed))[:count])
    return frozenset(drawn)


def _check_seed(seed: bytes) -> None:
    if len(seed) < _SEED_LEAST:
        raise BadInput("The seed of the draw is too short to be beyond guessing.", advice="Use 16 bytes or more.")
