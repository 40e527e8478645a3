# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Centre and Moderate screens show: frozen values, computed by the workflows, drawn by the ui."""

from __future__ import annotations

from dataclasses import dataclass

from observer_app.domain.record import RecordState
from observer_app.workflows.views import CandidateCard, MarkView, NoteView, RowView

__all__ = [
    "AgreementView", "BoardRow", "BoardView", "ClipView", "CompareRow", "CompareView", "ExportView", "ImportFault",
    "ImportView", "PackTrouble", "PacksView",
    "ReplayView", "RoomMachine", "Step", "WorkItem", "WorkList",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One state column of a board row. `reached` "HH:MM" or "" ; `now`: it stands here, drawn boxed with its icon."""

    name: str
    reached: str
    now: bool
    label: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One sitting on the board; `steps` are expected, arrived, in_progress, signed, sent, acknowledged."""

    sitting: str
    starts: str
    session: int
    candidate: CandidateCard
    room: str
    assessor: str
    steps: tuple[Step, ...]
    trouble: str
    trouble_icon: str
    needs_you: bool
    consent: str
    identity_checked: bool
    explained: str = ""
    training_ok: bool = False


@dataclass(frozen=True, slots=True)
class BoardView:
    """The day board. `gaps` are the unexplained things that keep the day from being closed, in words."""

    day: str
    title: str
    rooms: tuple[str, ...]
    rows: tuple[BoardRow, ...]
    counts: tuple[tuple[str, int], ...]
    gaps: tuple[str, ...]
    closed: bool


@dataclass(frozen=True, slots=True)
class ImportFault:
    """One bad row of the day's file: `line` 1-based as a spreadsheet shows it, the column, and what to do."""

    line: int
    column: str
    reason: str
    advice: str


@dataclass(frozen=True, slots=True)
class ImportView:
    """A day's file looked at, before anything is taken in. Nothing is taken in while there are faults. `photos`: how
    many of the sittings come with a candidate's photo."""

    file: str
    day: str
    sittings: int
    faults: tuple[ImportFault, ...]
    preview: tuple[tuple[str, ...], ...]
    photos: int = 0


@dataclass(frozen=True, slots=True)
class PackTrouble:
    """One fault of a framework's or scenario's file: `line` 1-based, 0 when it is the file's as a whole."""

    file: str
    line: int
    reason: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class PacksView:
    """The packs of this machine: the folder they belong into, how many scenarios can be booked, every fault by file."""

    folder: str
    scenarios: int
    faults: tuple[PackTrouble, ...] = ()


@dataclass(frozen=True, slots=True)
class RoomMachine:
    """A room's machine and whether the newest roster is on it: `roster` is not_sent, sent or arrived, as last known;
    `last_seen`: when it arrived, "" before."""

    device: str
    name: str
    roster: str
    last_seen: str


@dataclass(frozen=True, slots=True)
class ExportView:
    """What an export left: the folder and one line a file kind ("8 reports, one a candidate")."""

    folder: str
    lines: tuple[str, ...]
    held_back: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One record to be marked again. Never says why it was chosen nor what the first marks were."""

    record: str
    candidate: CandidateCard
    scenario: str
    day: str
    length_s: int
    state: str
    recording_here: bool
    signed: bool


@dataclass(frozen=True, slots=True)
class WorkList:
    """The moderator's work list."""

    items: tuple[WorkItem, ...]


@dataclass(frozen=True, slots=True)
class ClipView:
    """A stretch of the recording worth showing. `whose` is own or live; only an own one (`id` its entry) has a name."""

    id: int
    start_ms: int
    end_ms: int
    name: str
    saved: bool
    whose: str = "own"


@dataclass(frozen=True, slots=True)
class ReplayView:
    """The Replay screen: own marks only. `left` says what keeps the moderator from signing; `given_out` are sentences
    about what was given out of this record; `training_ok`: whether anything of it may be given out for training;
    `lateness`: sentences about how late its picture was said to come since it was signed; once the own marks are."""

    record: str
    candidate: CandidateCard
    scenario: str
    rows: tuple[RowView, ...]
    notes: tuple[NoteView, ...]
    marks: tuple[MarkView, ...]
    gaps: tuple[MarkView, ...]
    duration_ms: int
    checked: str
    left: tuple[str, ...]
    state: RecordState
    can_undo: bool
    can_redo: bool
    clips: tuple[ClipView, ...] = ()
    given_out: tuple[str, ...] = ()
    training_ok: bool = False
    lateness: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompareRow:
    """One criterion side by side; `live_ms` and `replay_ms` are positions in the recording."""

    criterion: str
    number: int
    title: str
    live: int | None
    replay: int | None
    live_ms: int
    replay_ms: int
    live_notes: tuple[str, ...]
    replay_notes: tuple[str, ...]
    difference: str
    across_cut: bool
    decision: str = ""


@dataclass(frozen=True, slots=True)
class AgreementView:
    """Agreement with its number and likely range, or the words why there is none."""

    same: str
    within_one: str
    caution: str
    kappa: str
    kappa_low: float = 0.0
    kappa_value: float = 0.0
    kappa_high: float = 0.0
    records: int = 0


@dataclass(frozen=True, slots=True)
class CompareView:
    """Both sets of marks, shown only once the moderator's are signed."""

    record: str
    candidate: CandidateCard
    scenario: str
    live_by: str
    replay_by: str
    scale: tuple[int, ...]
    cut: int
    cut_words: str
    rows: tuple[CompareRow, ...]
    marks: tuple[MarkView, ...]
    agreement: AgreementView
    decided: bool
    live_gaps: tuple[MarkView, ...] = ()
