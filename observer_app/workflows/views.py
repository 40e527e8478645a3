# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Assess screens show: frozen values, computed by the workflows, drawn by the ui.

Times called `at_ms` are milliseconds since the observation's interview phase began (since its opening before that);
`local` times are "HH:MM" of the centre's wall clock. Every text is ready to be read by a person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from observer_app.domain.phrases import Phrase
from observer_app.domain.record import RecordState
from observer_app.domain.roles import Role, Workspace
from observer_app.domain.scenario import Scenario

__all__ = [
    "OVERALL", "RECORDING",
    "CandidateCard", "CheckState", "CheckView", "LiveView", "MarkView", "NoteView", "OtherPerson", "PersonCard",
    "PhaseView", "PhrasesView", "RecordCard", "ReviewRow", "ReviewView", "RoomView", "RowState", "RowView",
    "SessionView", "SheetView", "SignedRecord", "SittingCard", "TodayView",
]  # fmt: skip


RECORDING = "Recording"  # what the lamp says when nothing is wrong
OVERALL = "Overall judgement"  # the global rating's short name; its question is in the scenario


@dataclass(frozen=True, slots=True)
class PersonCard:
    """Someone enrolled on this machine. `hint` is the sample passphrase on a sample day, else empty."""

    handle: str
    name: str
    roles: frozenset[Role]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class SessionView:
    """Who is signed in. `person` is the pseudonymous id; it locks after `lock_after_s` seconds without a key."""

    person: str
    name: str
    centre: str
    roles: frozenset[Role]
    spaces: tuple[Workspace, ...]
    sample: bool
    connection: str
    connected: bool
    lock_after_s: int = 600


@dataclass(frozen=True, slots=True)
class CandidateCard:
    """The candidate as shown at opening, throughout, and at signing."""

    id: str
    name: str
    registration: str
    photo: bytes
    extra_percent: int


@dataclass(frozen=True, slots=True)
class SittingCard:
    """One row of Today. `status` is the word ("Arrived", "Late", "Signed"), `detail` the line under it.

    `part` is the heading it stands under ("Morning"). `is_next`: drawn large, with the Open button. `can_open`
    False when it is signed, absent or not mine. `observation` is "" before opening.
    """

    sitting: str
    observation: str
    starts: str
    part: str
    candidate: CandidateCard
    scenario: str
    room: str
    status: str
    detail: str
    icon: str
    state: RecordState
    is_next: bool
    can_open: bool
    arrived: str = ""


@dataclass(frozen=True, slots=True)
class RecordCard:
    """One of my signed records. `signed` is day and time in words, `status` and `detail` as on Today; `waiting`: a
    correction of it waits for a second signature."""

    sitting: str
    signed: str
    candidate: CandidateCard
    scenario: str
    status: str
    detail: str
    icon: str
    state: RecordState
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """A signed record of this machine, whoever signed it. `signed` is day and time in words; `candidate.name` is ""
    where the booking is not here; `void` the reason it does not count, "" when it does. `packs`: who signed what it was
    rated by, in a sentence. `trouble`: why it cannot be read, and then only `record` says anything."""

    record: str
    candidate: CandidateCard
    scenario: str
    assessor: str
    signed: str
    state: RecordState = RecordState.NONE
    void: str = ""
    recorded: bool = False
    recording_erased: bool = False
    notes_erased: bool = False
    packs: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class GivingView:
    """What there is to give out of a record: the recording's length (ms), the assessor's clips (from and to, ms),
    whether any of it may be given out for training, and sentences about what was given out before."""

    length_ms: int
    clips: tuple[tuple[int, int], ...]
    training_ok: bool
    given_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetView:
    """A recovery sheet, shown and printed once. `code` in groups; `words` are what stands around it on the paper."""

    handle: str
    code: str = field(repr=False)
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One corrected mark: `was` and `now` as read out ("4, Good"), "" for none; `number` 0 without its pack."""

    number: int
    title: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """A correction that waits for a second signature. `by` and `signed`: who made it, and when in words; `reason` ""
    while it is not on this machine."""

    id: str
    candidate: CandidateCard
    scenario: str
    by: str
    signed: str
    changes: tuple[ChangeView, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class RoomView:
    """The room's camera. `cameras` and `microphones` are (key, name); `camera` is the chosen key, or "" and `address`
    is used; `microphone` "" is the camera's own or the machine's first. `lock_min`: minutes after which the window
    locks itself when nobody is there. `latency_ms`: how much later than the room the camera's picture comes."""

    cameras: tuple[tuple[str, str], ...]
    microphones: tuple[tuple[str, str], ...]
    camera: str
    address: str
    microphone: str
    sound: bool
    lock_min: int = 10
    latency_ms: int = 0


class CheckState(StrEnum):
    """Outcome of one pre-flight check."""

    GOOD = "good"
    NEEDS_YOU = "needs_you"
    CHECKING = "checking"


@dataclass(frozen=True, slots=True)
class CheckView:
    """One pre-flight check: what is so and, when it needs you, what to do. `level` 0..1 for sound, else -1.

    `picture` is JPEG bytes for the camera, else empty. `kind` is camera, sound, space, power, clock,
    key.
    """

    kind: str
    title: str
    detail: str
    state: CheckState
    remedy: str = ""
    level: float = -1.0
    picture: bytes = b""


@dataclass(frozen=True, slots=True)
class PhrasesView:
    """Phrases for notes as (letters, text): the person's own, and (framework, its phrases) that come with the packs."""

    own: tuple[tuple[str, str], ...]
    given: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


@dataclass(frozen=True, slots=True)
class TodayView:
    """The Today screen."""

    title: str
    subtitle: str
    sittings: tuple[SittingCard, ...]
    checks: tuple[CheckView, ...]


class RowState(StrEnum):
    """What the end of a rubric row says."""

    EMPTY = "empty"
    SAVING = "saving"
    SAVED = "saved"
    WITHDRAWN = "withdrawn"
    NOT_SAVED = "not_saved"


@dataclass(frozen=True, slots=True)
class RowView:
    """One criterion of the rubric. `criterion` is "" for the overall judgement (global rating)."""

    criterion: str
    number: int
    title: str
    scale: tuple[tuple[int, str], ...]
    anchors: tuple[tuple[int, str], ...]
    value: int | None
    state: RowState
    at_ms: int = 0
    was: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note. `number` is the criterion's number, 0 for none."""

    id: str
    text: str
    at_ms: int
    criterion: str
    number: int
    saved: bool


@dataclass(frozen=True, slots=True)
class OtherPerson:
    """A booking that an open observation could be about instead: same scenario, same day, not begun."""

    sitting: str
    starts: str
    candidate: CandidateCard


@dataclass(frozen=True, slots=True)
class MarkView:
    """One mark on the timeline. `lane` is ratings, notes or marks; `label` a figure or word; `end_ms` -1 for a point.

    `kind` is an event kind, or "gap". `in_force` False is drawn dashed.
    """

    lane: str
    kind: str
    at_ms: int
    label: str
    in_force: bool = True
    end_ms: int = -1


@dataclass(frozen=True, slots=True)
class PhaseView:
    """One phase. `state` is done, now or to_come; `planned_s` has the extra time in it; `over_s`: how much longer one
    that is done took, pauses left out."""

    id: str
    title: str
    planned_s: int
    state: str
    warn_at: tuple[int, ...] = ()
    over_s: int = 0


@dataclass(frozen=True, slots=True)
class LiveView:
    """The Live screen at one moment.

    `remaining_s` is negative in overrun. `next_action` is the one step forward ("End simulation").
    `recording` is recording, off, lost, starting or refused (no consent); `recording_words` says it.
    `trouble` is a line for the top of the rubric, "" when all is well (camera lost, disk full, paused).
    `late_min`: minutes past the planned start, until the first phase has begun. `refused`: the disk did not take
    something, and nothing since.
    """

    observation: str
    candidate: CandidateCard
    scenario: Scenario
    place: str
    pack: str
    rows: tuple[RowView, ...]
    notes: tuple[NoteView, ...]
    marks: tuple[MarkView, ...]
    phases: tuple[PhaseView, ...]
    phase: PhaseView | None
    elapsed_ms: int
    remaining_s: int
    paused: bool
    next_action: str
    recording: str
    recording_words: str
    sound_words: str
    level: float
    saved: bool
    can_undo: bool
    can_redo: bool
    identity_confirmed: bool
    trouble: str = ""
    clip_open: bool = False
    snippets: tuple[tuple[str, str], ...] = ()
    late_min: int = 0
    refused: bool = False


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One row of Review. `needs` says what is missing ("Rate it, or say why not"), "" when nothing is.

    `comment` is editable; `comment_needed`: the rating is at or next to the cut. `reason` for an unrated one.
    """

    criterion: str
    number: int
    title: str
    value: int | None
    at_ms: int
    was: tuple[int, ...]
    notes: tuple[str, ...]
    comment: str
    comment_needed: bool
    reason: str
    needs: str


@dataclass(frozen=True, slots=True)
class ReviewView:
    """The Review screen. `total` is "" until the global rating is given; `left` are the things still to do.

    `scale` and `global_scale` are (value, word) of the criteria's and the overall scale. `waiting`: a correction was
    signed that counts only once a second person signs it too; `second_signers` (id, name) can do so on this machine.
    `can_undo`: something was written since the last phase ended; what was written in the room is undone there.
    """

    observation: str
    candidate: CandidateCard
    heading: str
    rows: tuple[ReviewRow, ...]
    total: str
    total_detail: str
    done: tuple[str, ...]
    left: tuple[str, ...]
    declaration: str
    unrated_takes_reason: bool
    state: RecordState
    record: str
    result: str = ""
    amendments: tuple[str, ...] = field(default=())
    scale: tuple[tuple[int, str], ...] = ()
    global_scale: tuple[tuple[int, str], ...] = ()
    waiting: bool = False
    second_signers: tuple[tuple[str, str], ...] = ()
    can_undo: bool = False
    can_redo: bool = False
    snippets: tuple[Phrase, ...] = ()
