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

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from observer_app.domain.moment import Clock
from observer_app.workflows.assess_ports import AssessPort, LivePort, PracticePort, PreviewPort, ReviewPort, SecondPort
from observer_app.workflows.centre_ports import CentrePort, PeoplePort
from observer_app.workflows.keeping_ports import OwnPort, RecordsPort, StickProgress
from observer_app.workflows.replay_ports import ModeratePort, PicturePort, ReplayPort
from observer_app.workflows.saved import Saved
from observer_app.workflows.views import (
    PersonCard,
    RoomView,
    SessionView,
)

__all__ = [
    "AssessPort", "CentrePort", "Clock", "DesktopPort", "EnrolPort", "LivePort", "ModeratePort", "OwnPort",
    "PeoplePort", "PicturePort", "PracticePort", "PreviewPort", "RecordsPort", "ReplayPort", "ReviewPort", "RoomPort",
    "SecondPort", "SendPort", "SessionPort", "StickProgress",
]  # fmt: skip


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
    def assess(self) -> AssessPort:
        """The assessor's day."""
        ...

    @property
    def centre(self) -> CentrePort:
        """The centre manager's day."""
        ...

    @property
    def moderate(self) -> ModeratePort:
        """The moderator's work."""
        ...

    @property
    def second(self) -> SecondPort:
        """Corrections that wait for a second signature."""
        ...

    @property
    def send(self) -> SendPort:
        """What waits to be sent."""
        ...

    @property
    def room(self) -> RoomPort:
        """This room's camera and microphone."""
        ...

    @property
    def staff(self) -> PeoplePort:
        """Who may sign in on this machine."""
        ...

    @property
    def records(self) -> RecordsPort:
        """The signed records of this machine."""
        ...

    @property
    def own(self) -> OwnPort:
        """This person's own passphrase and recovery sheet."""
        ...

    def view(self) -> SessionView:
        """Who is signed in, and which pages are theirs."""
        ...

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

    def new_centre(self, programme: str, centre: str, device: str, handle: str, name: str, passphrase: str) -> str:
        """A programme of its own, this machine its first; what is to be kept safe now, in a sentence. Raises BadInput,
        Conflict."""
        ...

    def with_code(self, code: str, central: str, handle: str, name: str, passphrase: str) -> None:
        """This machine, or a person on it, by one-time codes of `central` (URL). Raises BadInput, Unreachable."""
        ...

    def restore(self, place: Path, handle: str, passphrase: str, progress: StickProgress) -> str:
        """This machine becomes the one whose backup lies in `place`; a sentence. Raises IntegrityBroken naming the
        file, BadInput, Conflict, WrongPassphrase."""
        ...


class DesktopPort(Protocol):
    """The machine: who is enrolled here, and signing in."""

    @property
    def enrol(self) -> EnrolPort:
        """Setting this machine up."""
        ...

    @property
    def clock(self) -> Clock:
        """The machine's clock."""
        ...

    def enrolled(self) -> bool:
        """Whether this machine has been set up."""
        ...

    def people(self) -> tuple[PersonCard, ...]:
        """Those who may sign in here."""
        ...

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
