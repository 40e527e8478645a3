# SPDX-License-Identifier: GPL-3.0-or-later
"""What the centre manager may ask: the day and the people. The rules of `ports` hold."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

from observer_app.domain.moment import Moment
from observer_app.workflows.board_views import (
    BoardView,
    ExportView,
    ImportView,
    PacksView,
    RoomMachine,
)
from observer_app.workflows.saved import Saved
from observer_app.workflows.views import (
    PersonCard,
)

__all__ = ["CentrePort", "PeoplePort"]


class CentrePort(Protocol):
    """The centre manager's day."""

    def days(self) -> tuple[str, ...]:
        """Days with bookings (YYYY-MM-DD), the latest last."""
        ...

    def board(self, day: str, now: Moment) -> BoardView:
        """The board of a day as this machine knows it."""
        ...

    def packs(self) -> PacksView:
        """How many scenarios can be booked here, and what is wrong with the files of those that cannot."""
        ...

    def look_at(self, file: Path) -> ImportView:
        """SLOW. Reads a CSV or XLSX of the day; names every bad row."""
        ...

    def take_in(self, file: Path, passphrase: str) -> Future[str]:
        """SLOW. Takes a faultless file in and signs the roster; the day. Raises BadInput, WrongPassphrase."""
        ...

    def send_roster(self, day: str) -> Future[None]:
        """Signs the day's list as it stands, for the rooms' machines; it leaves with the next exchange."""
        ...

    def write_roster(self, day: str, folder: Path) -> Path:
        """SLOW. The signed roster as a file for a USB stick."""
        ...

    def rooms(self, day: str) -> tuple[RoomMachine, ...]:
        """The centre's other machines, and whether the day's list has left for them."""
        ...

    def check_in(
        self, sitting: str, *, identity: bool, consent: str, at: Moment, training: bool | None = None
    ) -> Saved:
        """`training`: whether the candidate lets the recording be used for training; None leaves what is booked."""
        ...

    def late(self, sitting: str, minutes: int, reason: str, at: Moment) -> Saved:
        """Expected so many `minutes` after the booked time."""
        ...

    def absent(self, sitting: str, reason: str, at: Moment) -> Saved:
        """Did not come."""
        ...

    def abandoned(self, sitting: str, reason: str, at: Moment) -> Saved:
        """Was broken off."""
        ...

    def swap(self, sitting: str, assessor: str, room: str, reason: str, at: Moment) -> Saved:
        """Another `assessor` (id), another `room`, or both; "" leaves it. Raises BadInput when nothing changes."""
        ...

    def explain(self, sitting: str, reason: str, at: Moment) -> Saved:
        """Why something of the sitting is missing, for the day's close. Raises BadInput without words."""
        ...

    def assessors(self) -> tuple[tuple[str, str], ...]:
        """(id, name) of those who may assess at this centre."""
        ...

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


class PeoplePort(Protocol):
    """Who may sign in on the centre manager's machine."""

    def here(self) -> tuple[PersonCard, ...]:
        """Those who may sign in on this machine."""
        ...

    def add(self, handle: str, name: str, roles: frozenset[str], passphrase: str) -> None:
        """SLOW. Enrols a person. Raises BadInput, Conflict, NotAllowed."""
        ...
