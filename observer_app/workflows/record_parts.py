# SPDX-License-Identifier: GPL-3.0-or-later
"""A signed record as it is read back: everything verified, everything folded, nothing left to be asked of a store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from observer_app.domain.events import Event, Kind
from observer_app.domain.framework import Framework
from observer_app.domain.observation import ObservationState
from observer_app.domain.record import RecordState
from observer_app.domain.scenario import Scenario
from observer_app.domain.scoring import Score, score
from observer_app.errors import BadInput
from observer_app.trust.printed import Printed
from observer_app.trust.programme import Verified
from observer_app.workflows.live_view import began
from observer_app.workflows.timekeeping import position_ms
from observer_app.workflows.views import CandidateCard

__all__ = [
    "OVERALL",
    "Adjudication",
    "Amendment",
    "Lateness",
    "MediaSegment",
    "OpenedRecord",
    "ReceiptFacts",
    "Release",
    "SecondMark",
    "printed_code",
]

# How an amendment names the overall judgement, which has no criterion's id (as `sealing` writes it).
OVERALL = "overall-judgement"


@dataclass(frozen=True, slots=True)
class Amendment:
    """A signed change: (criterion, before, after) each; `by` a pseudonymous id; `reason` "" when it is not here.

    `fits` is False where it does not begin at the values that stood before it: somebody amended at the same time.
    `seconds` countersigned it; it is `in_force` unless its framework asks for a second signature and none is here.
    `refusals`: (by, reason) of those who would not.
    """

    id: str
    by: str
    at_ms: int
    changes: tuple[tuple[str, int | None, int | None], ...]
    reason: str
    fits: bool = True
    seconds: tuple[str, ...] = ()
    in_force: bool = True
    refusals: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SecondMark:
    """A moderator's signed marks of a record. `state` is folded from their own entries, None when those are not here.

    `unrated` are criteria left out for a reason; `notes` (criterion, text, position in the recording in ms);
    `signed_ms` the claimed wall time.
    """

    id: str
    by: str
    signed_ms: int
    ratings: Mapping[str, int]
    overall: int | None
    at_ms: Mapping[str, int]
    unrated: frozenset[str]
    notes: tuple[tuple[str, str, int], ...] = ()
    state: ObservationState | None = None


@dataclass(frozen=True, slots=True)
class Adjudication:
    """A signed decision: upheld, changed or second_look. `ratings` are the marks that stand after it."""

    id: str
    by: str
    at_ms: int
    decision: str
    ratings: Mapping[str, int]
    reason: str


@dataclass(frozen=True, slots=True)
class Release:
    """A signed note of what was given out of a record: `what` is clip or marks; the stretch in ms of the recording;
    `reason` "" when it is not here; `files` by SHA-256."""

    id: str
    by: str
    at_ms: int
    what: str
    purpose: str
    from_ms: int
    to_ms: int
    reason: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lateness:
    """A signed statement of how much later than the room a recording's picture comes (ms, negative: earlier)."""

    id: str
    by: str
    at_ms: int
    recording: str
    latency_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """A verified receipt: entry `index` (from 0) of a log of `size` entries; `seen_ms` wall clock when it came;
    `root` of that log in hexadecimal."""

    origin: str
    index: int
    size: int
    seen_ms: int
    root: str = ""

    @property
    def words(self) -> str:
        """For the foot of a report."""
        return f"Entry {self.index + 1} of the {self.size} entries of the central store's log {self.origin}."


def printed_code(statement: str, receipt: ReceiptFacts | None) -> str:
    """The text of a report's QR code."""
    if receipt is None or not receipt.root:
        return Printed(statement).text
    return Printed(statement, receipt.index, receipt.size, receipt.root, receipt.origin).text


@dataclass(frozen=True, slots=True)
class MediaSegment:
    """One segment of a recording as signed for; `number` from 1, hashes in hexadecimal."""

    recording: str
    number: int
    file_sha256: str
    index_sha256: str
    root: str
    size: int
    clusters: int
    gaps: int


@dataclass(frozen=True)
class OpenedRecord:
    """A record whose signatures, entries, texts and receipt fit each other.

    `events` is empty and `state` None while its entries are not on this machine. `texts` are words by salted hash.
    `missing` are sentences about what is not here; `warnings` about what a person should look at. `training_ok`: what
    the candidate said of use for training when it was sealed; None where that is not known.
    """

    id: str
    verified: Verified
    state_of: RecordState
    candidate: CandidateCard
    events: tuple[Event, ...] = ()
    state: ObservationState | None = None
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    scenario: Scenario | None = None
    framework: Framework | None = None
    media: tuple[MediaSegment, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    second_marks: tuple[SecondMark, ...] = ()
    adjudications: tuple[Adjudication, ...] = ()
    receipt: ReceiptFacts | None = None
    void: str = ""
    releases: tuple[Release, ...] = ()
    lateness: tuple[Lateness, ...] = ()
    training_ok: bool | None = None
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def observation(self) -> str:
        """The observation it seals."""
        return str(self.verified.statement.body["observation"])

    @property
    def sitting(self) -> str:
        """The booking it belongs to."""
        return str(self.verified.statement.body["sitting"])

    @property
    def assessor(self) -> str:
        """The pseudonymous id of who signed it."""
        return self.verified.statement.header.person

    @property
    def signed_ratings(self) -> dict[str, int]:
        """The marks as first signed."""
        return {r["criterion"]: r["value"] for r in self.verified.statement.body["ratings"]}

    @property
    def ratings(self) -> dict[str, int]:
        """The marks that stand: as amended, then every decision that changed them, in order."""
        current = self.amended_ratings
        for adjudication in self.adjudications:
            if adjudication.decision == "changed":
                current = dict(adjudication.ratings)
        return current

    @property
    def amended_ratings(self) -> dict[str, int]:
        """The assessor's marks: as signed, then every amendment in force, in order."""
        current = self.signed_ratings
        for amendment in self.in_force:
            for criterion, _, after in (c for c in amendment.changes if c[0] != OVERALL):
                current.pop(criterion, None)
                if after is not None:
                    current[criterion] = after
        return current

    @property
    def in_force(self) -> tuple[Amendment, ...]:
        """The amendments that count."""
        return tuple(a for a in self.amendments if a.in_force)

    @property
    def waiting(self) -> Amendment | None:
        """The newest amendment while it wants a second signature and nobody refused it; an older one is replaced."""
        last = self.amendments[-1] if self.amendments else None
        return last if last is not None and not last.in_force and not last.refusals else None

    @property
    def overall(self) -> int | None:
        """The overall judgement that stands: as signed, then every amendment of it in force."""
        found = self.verified.statement.body["global_rating"]
        value = int(found["value"]) if found else None
        for amendment in self.in_force:
            value = next((after for name, _, after in amendment.changes if name == OVERALL), value)
        return value

    @property
    def unrated(self) -> frozenset[str]:
        """Criteria the assessor left out for a reason."""
        return frozenset(u["criterion"] for u in self.verified.statement.body["unrated"])

    @property
    def latencies(self) -> dict[str, int]:
        """By recording, how many ms later than the room its picture comes: by entries, then what was signed."""
        said = list(self.state.latencies.items()) if self.state is not None else []
        said += [(each.recording, each.latency_ms) for each in self.lateness]
        return {recording.replace("-", "").lower(): late_ms for recording, late_ms in said}

    @property
    def excused(self) -> frozenset[str]:
        """Criteria without a mark that stands, left out for a reason by whoever's marks stand."""
        changed = any(a.decision == "changed" for a in self.adjudications)
        theirs = frozenset(c for m in self.second_marks for c in m.unrated) if changed else frozenset[str]()
        return (self.unrated | theirs) - self.ratings.keys()

    @property
    def score(self) -> Score | None:
        """The result of the marks that stand; None without the packs. Raises BadInput for marks off the scale."""
        if self.framework is None or self.scenario is None:
            return None
        return score(self.framework, self.scenario, self.ratings, self.excused)

    def packs(self) -> tuple[Framework, Scenario]:
        """Both packs it was made with. Raises BadInput saying which is not here."""
        if self.framework is None or self.scenario is None:
            words = next((m for m in self.missing if "pack" in m), "The packs of this record are not on this machine.")
            raise BadInput(words, advice="Connect to fetch them, or bring them in from the programme's folder.")
        return self.framework, self.scenario

    def words(self, text_hash: str) -> str:
        """The text behind a salted hash; "" when it was erased or is not here."""
        return self.texts.get(text_hash, "")

    def live_ms(self, criterion: str) -> int:
        """When a criterion was rated, ms on the observation's time, as the record says; "" is the overall one."""
        body = self.verified.statement.body
        if not criterion:
            return int(body["global_rating"]["at_ms"]) if body["global_rating"] else 0
        return next((int(r["at_ms"]) for r in body["ratings"] if r["criterion"] == criterion), 0)

    def recorded_s(self) -> int:
        """Seconds between each start of the recording and its end, by the entries; 0 when they are not here."""
        total, began = 0, None
        for event in self.events:
            if event.kind == Kind.RECORDING_STARTED:
                began = began or event.at
            elif event.kind == Kind.RECORDING_STOPPED and began is not None:
                total, began = total + event.at.since_us(began), None
        if began is not None:
            total += self.events[-1].at.since_us(began)
        return total // 1_000_000

    def notes(self) -> tuple[tuple[str, str, int], ...]:
        """(criterion, text, ms on the observation's time) of every note in force, in order."""
        if self.state is None or self.scenario is None:
            return ()
        return tuple(
            (n.criterion, self.words(n.text), position_ms(self.state, self.scenario, began(n)))
            for n in self.state.notes
        )
