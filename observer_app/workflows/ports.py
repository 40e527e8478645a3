# SPDX-License-Identifier: GPL-3.0-or-later
"""What the screens may ask of the workflows. The ui knows these protocols and the views, nothing below them.

Rules
1. A call that writes returns a `Future`: it is done once the disk has confirmed, or fails with an ObserverError.
   The screen shows "saved" only after it is done. Reads (`view`) are quick enough for the screen's own thread.
2. `at` is the moment of the key itself (source KEY) where the window knows it.
3. Whatever takes longer than a repaint (pre-flight, export, sending, opening a recording) is called by the ui
   through its background primitive, never on its own thread; those are marked SLOW.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

from observer_app.domain.moment import Clock, Moment
from observer_app.workflows.board_views import (
    BoardView,
    ExportView,
    ImportView,
    PacksView,
    RoomMachine,
)
from observer_app.workflows.keeping_ports import OwnPort, RecordsPort, StickProgress
from observer_app.workflows.replay_ports import ModeratePort, PicturePort, ReplayPort
from observer_app.workflows.views import (
    CheckView,
    CorrectionView,
    LiveView,
    OtherPerson,
    PersonCard,
    PhrasesView,
    RecordCard,
    ReviewView,
    RoomView,
    SessionView,
    TodayView,
)

__all__ = [
    "AssessPort", "CentrePort", "Clock", "DesktopPort", "EnrolPort", "LivePort", "ModeratePort", "OwnPort",
    "PeoplePort", "PicturePort", "PracticePort", "PreviewPort", "RecordsPort", "ReplayPort", "ReviewPort", "RoomPort",
    "SecondPort", "SendPort", "SessionPort", "StickProgress",
]  # fmt: skip

Saved = Future[None]


class PreviewPort(Protocol):
    """The recorder as the window sees it; may be asked every 100 ms."""

    def picture(self) -> bytes:
        """Latest small picture as JPEG, b"" when there is none."""
        ...

    def level(self) -> float:
        """Loudness 0..1 of the last moment."""
        ...


class LivePort(Protocol):
    """One open observation. `criterion` "" is the overall judgement where rating, the whole where noting."""

    @property
    def preview(self) -> PreviewPort: ...
    def view(self, now: Moment) -> LiveView: ...
    def on_change(self, callback: Callable[[], None]) -> None:
        """`callback` is called from any thread whenever `view` would differ (saved, gap, recorder back)."""
        ...

    def confirm_identity(self, at: Moment) -> Saved: ...
    def rate(self, criterion: str, value: int, at: Moment) -> Saved:
        """Rates; the same value pressed again within the pack's guard time (or key repeat) changes nothing."""
        ...

    def withdraw(self, criterion: str, at: Moment) -> Saved: ...
    def write_note(self, text: str, criterion: str, began: Moment, at: Moment) -> Saved: ...
    def keep_draft(self, text: str, criterion: str, began: Moment | None) -> None:
        """Keeps a half-written note through a crash; "" drops it. Not on record."""
        ...

    def draft(self) -> tuple[str, str, Moment] | None: ...
    def move_note(self, note: str, criterion: str, at: Moment) -> Saved: ...
    def change_note(self, note: str, text: str, at: Moment) -> Saved: ...
    def remove_note(self, note: str, at: Moment) -> Saved: ...
    def flag(self, criterion: str, at: Moment) -> Saved: ...
    def open_clip(self, at: Moment) -> Saved: ...
    def close_clip(self, at: Moment) -> Saved: ...
    def mark_clip(self, at: Moment) -> Saved:
        """A whole clip by one key: the framework's lead before it and its lag after it."""
        ...

    def undo(self, at: Moment) -> Saved: ...
    def redo(self, at: Moment) -> Saved: ...
    def next_phase(self, at: Moment) -> Saved:
        """Ends the running phase and starts the next; starts or stops the recorder as the scenario says."""
        ...

    def pause(self, reason: str, at: Moment) -> Saved: ...
    def resume(self, at: Moment) -> Saved: ...
    def abandon(self, reason: str, at: Moment) -> Saved: ...
    def wrong_candidate(self, reason: str, at: Moment) -> Saved:
        """Closes it as opened by mistake; all that was seen stays on record."""
        ...

    def others(self) -> tuple[OtherPerson, ...]:
        """Whom it could be about instead."""
        ...

    def move_to(self, sitting: str, reason: str, at: Moment) -> Saved:
        """It was one of `others` all along: everything seen is now about them. Afterwards it is opened anew as theirs,
        and their identity is asked for."""
        ...

    def lock_over(self, criterion: str) -> None:
        """The window is being locked over it: `AssessPort.running` names it at this person's next sign-in."""
        ...

    def stood_at(self) -> str | None:
        """The criterion at which the window was locked over it ("" the overall judgement), None when it was not."""
        ...

    def close(self) -> None:
        """Leaves the screen; a running recording goes on."""
        ...


class ReviewPort(Protocol):
    """Review and sign of one observation."""

    def view(self) -> ReviewView: ...
    def rate(self, criterion: str, value: int, at: Moment) -> Saved: ...
    def comment(self, criterion: str, text: str, at: Moment) -> Saved: ...
    def give_reason(self, criterion: str, text: str, at: Moment) -> Saved: ...
    def sign(self, passphrase: str, *, is_the_person: bool, declared: bool) -> Future[str]:
        """SLOW. Signs; the record id. Raises WrongPassphrase, Conflict (already signed, things left)."""
        ...

    def amend(self, changes: dict[str, int], reason: str, passphrase: str) -> Future[str]:
        """SLOW. A signed amendment beside the record; the statement id."""
        ...

    def countersign(self, person: str, passphrase: str) -> Future[str]:
        """SLOW. Another person of this machine signs the correction that waits; the statement id. Raises
        WrongPassphrase, Conflict (nothing waits), NotAllowed (not this person's to sign)."""
        ...

    def print_to(self, file: Path) -> None:
        """SLOW. Writes the signed record as a PDF. Raises BadInput (nothing signed), IntegrityBroken, DiskFull."""
        ...

    def frame(self, at_ms: int) -> bytes:
        """SLOW. The picture (JPEG) at a moment of the observation, b"" when there is none."""
        ...


class AssessPort(Protocol):
    """The assessor's day."""

    def today(self, now: Moment) -> TodayView: ...
    def checks(self) -> tuple[CheckView, ...]:
        """SLOW. The pre-flight, looked at anew."""
        ...

    def override_check(self, kind: str, reason: str, at: Moment) -> Saved: ...
    def open(self, sitting: str, at: Moment) -> LivePort:
        """Opens (or resumes) the observation of a sitting. Raises NotAllowed, Conflict."""
        ...

    def running(self) -> str:
        """The sitting whose observation was live when the program last stopped or the window was locked, "" if none."""
        ...

    def review(self, sitting: str) -> ReviewPort: ...
    def records(self) -> tuple[RecordCard, ...]:
        """SLOW. What this person signed on this machine, the newest first."""
        ...

    def phrases(self) -> PhrasesView: ...
    def keep_phrases(self, own: Sequence[tuple[str, str]]) -> Saved:
        """Keeps the person's own phrases; the next note knows them. Fails with BadInput naming the first faulty one."""
        ...


class PracticePort(Protocol):
    """A practice run on a made-up candidate, in a store of its own that is thrown away. Nothing of it can be signed,
    kept or sent: there is nothing here to do so with."""

    def live(self) -> LivePort: ...
    def review(self) -> ReviewPort:
        """Signing in it is refused with NotAllowed."""
        ...

    def close(self) -> None:
        """SLOW. Everything of it is gone afterwards."""
        ...


class CentrePort(Protocol):
    """The centre manager's day."""

    def days(self) -> tuple[str, ...]: ...
    def board(self, day: str, now: Moment) -> BoardView: ...
    def packs(self) -> PacksView:
        """How many scenarios can be booked here, and what is wrong with the files of those that cannot."""
        ...

    def look_at(self, file: Path) -> ImportView:
        """SLOW. Reads a CSV or XLSX of the day; names every bad row."""
        ...

    def take_in(self, file: Path, passphrase: str) -> Future[str]:
        """SLOW. Takes a faultless file in and signs the roster; the day. Raises BadInput, WrongPassphrase."""
        ...

    def send_roster(self, day: str) -> Future[None]: ...
    def write_roster(self, day: str, folder: Path) -> Path:
        """SLOW. The signed roster as a file for a USB stick."""
        ...

    def rooms(self, day: str) -> tuple[RoomMachine, ...]: ...
    def check_in(
        self, sitting: str, *, identity: bool, consent: str, at: Moment, training: bool | None = None
    ) -> Saved:
        """`training`: whether the candidate lets the recording be used for training; None leaves what is booked."""
        ...

    def late(self, sitting: str, minutes: int, reason: str, at: Moment) -> Saved: ...
    def absent(self, sitting: str, reason: str, at: Moment) -> Saved: ...
    def abandoned(self, sitting: str, reason: str, at: Moment) -> Saved: ...
    def swap(self, sitting: str, assessor: str, room: str, reason: str, at: Moment) -> Saved: ...
    def explain(self, sitting: str, reason: str, at: Moment) -> Saved: ...
    def assessors(self) -> tuple[tuple[str, str], ...]: ...
    def moderators(self) -> tuple[tuple[str, str], ...]:
        """(id, name) of those a record can be given to."""
        ...

    def to_mark_again(self, day: str) -> tuple[int, int]:
        """SLOW. (records the frameworks' rules choose, how many of them were handed over)."""
        ...

    def hand_over(self, day: str, moderator: str) -> Future[int]:
        """SLOW. Gives the chosen records that nobody has yet to a moderator; how many. Raises BadInput, NotAllowed."""
        ...

    def close_day(self, day: str, passphrase: str) -> Future[str]:
        """SLOW. Signs the day's close. Raises Conflict naming the unexplained gaps."""
        ...

    def export(self, day: str, folder: Path, progress: Callable[[int, int], None]) -> ExportView:
        """SLOW. PDFs, day summary, CSV and the signed bundle."""
        ...


class SecondPort(Protocol):
    """Corrections that wait for this person's second signature: a manager's of the centre's records, a moderator's of
    records they have marked themselves."""

    def waiting(self) -> tuple[CorrectionView, ...]:
        """SLOW. The oldest first; never one's own."""
        ...

    def sign(self, correction: str, passphrase: str) -> Future[str]:
        """SLOW. Signs it too, so that it counts; the statement's id. Raises WrongPassphrase, Conflict (it waits no
        longer), NotAllowed."""
        ...

    def refuse(self, correction: str, reason: str, passphrase: str) -> Future[str]:
        """SLOW. Signs that it is not signed, and why; the statement's id. Raises BadInput (no reason), as `sign`."""
        ...


class PeoplePort(Protocol):
    """Who may sign in on the centre manager's machine."""

    def here(self) -> tuple[PersonCard, ...]: ...
    def add(self, handle: str, name: str, roles: frozenset[str], passphrase: str) -> None:
        """SLOW. Enrols a person. Raises BadInput, Conflict, NotAllowed."""
        ...


class RoomPort(Protocol):
    """The room's camera and microphone."""

    def view(self) -> RoomView:
        """SLOW. What there is, and what is chosen."""
        ...

    def use(self, camera: str, address: str, microphone: str, sound: bool, latency: str = "") -> Saved:
        """SLOW. Keeps the choice; the next recording and pre-flight use it. Raises BadInput."""
        ...

    def lock_after(self, minutes: int) -> Saved:
        """After how many minutes without a key the window locks, from the next sign-in on. Fails with BadInput."""
        ...


class SendPort(Protocol):
    """What waits to be sent, and sending it."""

    def waiting(self) -> tuple[int, int]:
        """(records, recordings) waiting."""
        ...

    def exchange(self, progress: Callable[[str], None]) -> str:
        """SLOW. Sends and fetches, results first; a sentence. Raises Unreachable, IntegrityBroken."""
        ...

    def words(self) -> str:
        """ "Up to date at 11:48", "Not connected. Nothing here needs it." """
        ...


class SessionPort(Protocol):
    """A signed-in person."""

    @property
    def assess(self) -> AssessPort: ...
    @property
    def centre(self) -> CentrePort: ...
    @property
    def moderate(self) -> ModeratePort: ...
    @property
    def second(self) -> SecondPort: ...
    @property
    def send(self) -> SendPort: ...
    @property
    def room(self) -> RoomPort: ...
    @property
    def staff(self) -> PeoplePort: ...
    @property
    def records(self) -> RecordsPort: ...
    @property
    def own(self) -> OwnPort: ...
    def view(self) -> SessionView: ...
    def practice(self) -> PracticePort:
        """SLOW. A new practice run; one that is still open ends. Raises NotAllowed."""
        ...

    def take_roster(self, file: Path) -> str:
        """SLOW. Takes a day's list in from a USB stick; the day. Raises BadInput, IntegrityBroken."""
        ...

    def back_up(self, target: Path, progress: StickProgress) -> str:
        """SLOW. Copies this machine's sealed files below a folder; a sentence. Raises DiskFull, IntegrityBroken,
        StoreLocked (locked before it was finished: the stick holds the backup before)."""
        ...

    def lock(self) -> None:
        """Signs out: keys leave memory; a running recording goes on."""
        ...


class EnrolPort(Protocol):
    """First run. Each is SLOW."""

    def sample_day(self) -> None:
        """Sets this machine up with the sample programme, people and a day."""
        ...

    def new_centre(self, programme: str, centre: str, device: str, handle: str, name: str, passphrase: str) -> None: ...
    def with_code(self, code: str, central: str, handle: str, name: str, passphrase: str) -> None: ...
    def restore(self, place: Path, handle: str, passphrase: str, progress: StickProgress) -> str:
        """This machine becomes the one whose backup lies in `place`; a sentence. Raises IntegrityBroken naming the
        file, BadInput, Conflict, WrongPassphrase."""
        ...


class DesktopPort(Protocol):
    """The machine: who is enrolled here, and signing in."""

    @property
    def enrol(self) -> EnrolPort: ...
    @property
    def clock(self) -> Clock: ...
    def enrolled(self) -> bool: ...
    def people(self) -> tuple[PersonCard, ...]: ...
    def sign_in(self, handle: str, passphrase: str) -> SessionPort:
        """SLOW (the passphrase is stretched). Raises WrongPassphrase, StoreLocked."""
        ...

    def forget(self) -> None:
        """SLOW. After locking: what was let go is written over in this process's memory."""
        ...

    def has_sheet(self, handle: str) -> bool:
        """Whether a recovery sheet was made for this person on this machine."""
        ...

    def recover(self, handle: str, code: str, passphrase: str) -> None:
        """SLOW. A new passphrase by the code on the sheet; nothing else changes. Raises WrongPassphrase, BadInput."""
        ...
