# SPDX-License-Identifier: GPL-3.0-or-later
"""A manager's desk to talk to: CentrePort over the real sitting events, in memory, with the day of the pictures.

`desk.disk` holds, refuses or confirms; `desk.faults` makes the next file bad; `desk.asked` remembers what was asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from observer_app.domain.moment import Moment
from observer_app.domain.record import RecordState
from observer_app.domain.roles import Role, workspaces
from observer_app.domain.sitting import Attendance, Candidate, Consent, Sitting, SittingEvent, fold_sitting
from observer_app.errors import BadInput, Conflict, ObserverError, WrongPassphrase
from observer_app.workflows.board_views import (
    BoardRow,
    BoardView,
    ExportView,
    ImportFault,
    ImportView,
    PacksView,
    RoomMachine,
    Step,
)
from observer_app.workflows.views import CandidateCard, GivingView, PersonCard, SessionView, SignedRecord
from tests.simulators.desk import DeskOwn, DeskSecond, Disk, SimulatedClock
from tests.simulators.drawing import photo

__all__ = ["DAY", "PASSPHRASE", "DeskCentre", "ManagerDesk"]

DAY = "2026-06-09"
PASSPHRASE = "copper window garden"
STEPS = ("expected", "arrived", "in_progress", "signed", "sent", "acknowledged")
_ICONS = ("circle", "user-round-check", "circle-dot", "signature", "send", "badge-check")
PEOPLE = {"as-a": "Assessor A", "as-b": "Assessor B", "as-c": "Assessor C"}


@dataclass(frozen=True)
class Progress:
    """What has come from the rooms about one sitting: times by step after arrived, and trouble."""

    arrived: str = ""
    times: tuple[str, ...] = ()
    trouble: str = ""
    icon: str = ""
    needs: bool = False
    explained: str = ""


_ROWS: tuple[tuple[int, str, int, int, str, Progress], ...] = (
    (1, "09:10", 1, 1, "as-b", Progress("08:52", ("09:12", "10:01", "10:03", "10:04"))),
    (2, "09:10", 1, 2, "as-a", Progress("08:49", ("09:10", "09:58", "10:01", "10:02"))),
    (3, "09:10", 1, 3, "as-c", Progress("08:55", ("09:14", "10:06"), "Not sent, 1 h 42 min", "triangle-alert", True)),
    (4, "09:55", 1, 2, "as-a", Progress("09:31", ("09:56", "10:44", "11:30"))),
    (5, "09:55", 1, 1, "as-b",
     Progress("09:40", ("09:58", "10:47", "10:49", "10:50"), icon="check", explained="Gap 0:12 explained")),
    (6, "09:55", 1, 3, "as-c", Progress(trouble="No reason yet", icon="circle-x", needs=True)),
    (7, "11:20", 2, 2, "as-a", Progress("10:58", ("11:22",), "No picture 0:52", "triangle-alert", True)),
    (8, "11:20", 2, 1, "as-b", Progress("11:02", ("11:20",))),
    (9, "12:05", 2, 2, "as-a", Progress("11:01")),
    (10, "12:05", 2, 3, "as-c", Progress("11:40", icon="check", explained="Swapped with 14")),
    (11, "13:50", 3, 1, "as-a", Progress()),
    (13, "13:50", 3, 3, "as-c", Progress()),
    (12, "14:35", 3, 2, "as-a", Progress(trouble="Late, 15:00", icon="clock", needs=True)),
    (14, "14:35", 3, 1, "as-b", Progress(icon="check", explained="Swapped with 10")),
)  # fmt: skip


class DeskCentre:
    """CentrePort."""

    given = 1

    def __init__(self) -> None:
        self.disk, self.clock = Disk(), SimulatedClock()
        self.sittings: dict[str, Sitting] = {}
        self.progress: dict[str, Progress] = {}
        self.events: list[SittingEvent] = []
        self.asked: list[tuple[Any, ...]] = []
        self.faults: tuple[ImportFault, ...] = ()
        self.machines = [RoomMachine("d2", "Room 2", "arrived", "11:46"), RoomMachine("d1", "Room 1", "sent", "11:40"),
                         RoomMachine("d3", "Room 3", "not_sent", "")]  # fmt: skip
        self.pack_files = PacksView("/stores/packs", 4)
        self.closed = False
        self.export_gate = threading.Event()
        self.export_gate.set()
        self.threads: set[str] = set()
        for number, starts, session, room, assessor, progress in _ROWS:
            self._book(number, starts, session, room, assessor, progress)

    def _book(self, n: int, starts: str, session: int, room: int, assessor: str, progress: Progress) -> None:
        who = Candidate(f"S-{n:04d}", f"Sample Candidate {n:02d}", f"SW-SAMPLE-{n:02d}", photo(n))
        key = f"sit-{n}"
        self.sittings[key] = Sitting(key, who, DAY, session, starts, f"Room {room}", "fw", "first-home-visit", assessor,
                                     extra_percent=25 if n == 7 else 0)  # fmt: skip
        self.progress[key] = progress
        if n == 6:
            self._note(key, "absent", self.clock.now())
        if progress.arrived:
            self._note(key, "consent", self.clock.now(), "given")
            self._note(key, "identity_checked", self.clock.now())
            self._note(key, "arrived", self.clock.now())

    def _note(self, sitting: str, kind: str, at: Moment, value: str = "") -> None:
        self.events.append(SittingEvent(len(self.events) + 1, sitting, kind, at, "manager", value))

    # ---- CentrePort ----

    def days(self) -> tuple[str, ...]:
        return (DAY,) if self.sittings else ()

    def board(self, day: str, now: Moment) -> BoardView:
        rows = tuple(self._row(sitting) for sitting in self.sittings.values())
        reached = {name: sum(bool(row.steps[n].now or row.steps[n].reached) for row in rows)
                   for n, name in enumerate(STEPS)}  # fmt: skip
        gaps = tuple(
            f"{row.candidate.name}: {row.trouble}" for row in rows if row.needs_you and row.sitting != "sit-12"
        )
        return BoardView(day, "Tuesday 9 June", ("Room 1", "Room 2", "Room 3"), rows, tuple(reached.items()), gaps,
                         self.closed)  # fmt: skip

    def _row(self, booked: Sitting) -> BoardRow:
        state = fold_sitting(booked, [e for e in self.events if e.sitting == booked.id])
        found, progress = state.sitting, self.progress[booked.id]
        times = ("", progress.arrived, *progress.times)
        at = len(progress.times) + 1 if state.attendance is Attendance.ARRIVED else 0
        label, icon = {0: ("Due", "circle")}.get(at, ("", _ICONS[at]))
        if state.attendance is Attendance.ABSENT:
            label, icon = "Absent", "circle-x"
        steps = tuple(
            Step(name, times[n] if n <= at < 6 and n < len(times) else "", n == at, label if n == at else "",
                 icon if n == at else "")
            for n, name in enumerate(STEPS)
        )  # fmt: skip
        trouble, needs, explained = progress.trouble, progress.needs, progress.explained
        if state.explained:
            trouble, needs, explained = "", False, "Explained"
        person = found.candidate
        card = CandidateCard(person.id, person.name, person.registration, person.photo, found.extra_percent)
        assessor = PEOPLE[found.assessor]
        return BoardRow(booked.id, found.starts, found.session, card, found.room, assessor, steps, trouble,
                        "check" if state.explained else progress.icon, needs, found.consent.value,
                        state.identity_checked, explained, found.training_ok)  # fmt: skip

    def packs(self) -> PacksView:
        return self.pack_files

    def look_at(self, file: Path) -> ImportView:
        self.threads.add(threading.current_thread().name)
        if not file.name.endswith(".csv"):
            raise BadInput("This is not a table Observer can read.", advice="Save it as CSV or XLSX.", file=file.name)
        rows = tuple((f"09:{n:02d}", f"Sample Candidate {n:02d}", f"S-{n:04d}", f"Room {n % 3 + 1}", "Assessor A",
                      "first-home-visit") for n in range(10, 16))  # fmt: skip
        return ImportView(file.name, DAY, 14, self.faults, () if self.faults else rows, 12)

    def take_in(self, file: Path, passphrase: str) -> Future[str]:
        self._check(passphrase)
        self.asked.append(("take_in", file.name))
        return self.disk.confirm(DAY)

    def send_roster(self, day: str) -> Future[None]:
        self.machines = [replace(m, roster="sent") if m.roster == "not_sent" else m for m in self.machines]
        return self.disk.confirm()

    def write_roster(self, day: str, folder: Path) -> Path:
        file = folder / f"roster-{day}.obsr"
        if not folder.is_dir():
            raise BadInput(f"There is no folder {folder.name}.", advice="Put the USB stick in and choose it again.")
        file.write_bytes(b"roster")
        return file

    def rooms(self, day: str) -> tuple[RoomMachine, ...]:
        return tuple(self.machines)

    def check_in(
        self, sitting: str, *, identity: bool, consent: str, at: Moment, training: bool | None = None
    ) -> Future[None]:
        def write() -> None:
            self._note(sitting, "identity_checked", at)
            self._note(sitting, "consent", at, Consent(consent).value)
            if training is not None:
                self._note(sitting, "training", at, "yes" if training else "no")
            self._note(sitting, "arrived", at)
            self.progress[sitting] = Progress("11:49")

        return self._write(("check_in", sitting, identity, consent), write)

    def late(self, sitting: str, minutes: int, reason: str, at: Moment) -> Future[None]:
        return self._write(("late", sitting, minutes, reason), lambda: self._note(sitting, "late", at, str(minutes)))

    def absent(self, sitting: str, reason: str, at: Moment) -> Future[None]:
        return self._write(("absent", sitting, reason), lambda: self._note(sitting, "absent", at))

    def abandoned(self, sitting: str, reason: str, at: Moment) -> Future[None]:
        return self._write(("abandoned", sitting, reason), lambda: self._note(sitting, "abandoned", at))

    def swap(self, sitting: str, assessor: str, room: str, reason: str, at: Moment) -> Future[None]:
        def write() -> None:
            if assessor:
                self._note(sitting, "swapped_assessor", at, assessor)
            if room:
                self._note(sitting, "moved_room", at, room)

        return self._write(("swap", sitting, assessor, room, reason), write)

    def explain(self, sitting: str, reason: str, at: Moment) -> Future[None]:
        return self._write(("explain", sitting, reason), lambda: self._note(sitting, "explained", at))

    def assessors(self) -> tuple[tuple[str, str], ...]:
        return tuple(PEOPLE.items())

    def moderators(self) -> tuple[tuple[str, str], ...]:
        return (("p-m", "Sample Moderator M"),)

    def to_mark_again(self, day: str) -> tuple[int, int]:
        return 3, self.given

    def hand_over(self, day: str, moderator: str) -> Future[int]:
        number, self.given = 3 - self.given, 3
        done: Future[int] = Future()
        done.set_result(number)
        return done

    def close_day(self, day: str, passphrase: str) -> Future[str]:
        self._check(passphrase)
        gaps = self.board(day, self.clock.now()).gaps
        if gaps:
            raise Conflict(f"The day has unexplained gaps: {'; '.join(gaps)}.", advice="Give a reason for each.")
        self.closed = True
        return self.disk.confirm("st1")

    def export(self, day: str, folder: Path, progress: Callable[[int, int], None]) -> ExportView:
        self.threads.add(threading.current_thread().name)
        if not folder.is_dir():
            raise BadInput(f"There is no folder {folder.name}.", advice="Make it first, or choose another.")
        progress(3, 8)
        self.export_gate.wait(10)
        progress(8, 8)
        lines = ("5 reports, one a candidate", "1 summary of the day", "1 table with 40 ratings", "1 signed bundle")
        return ExportView(str(folder), lines, ("Sample Candidate 07, in progress", "Sample Candidate 08, in progress"))

    # ---- inside ----

    def _check(self, passphrase: str) -> None:
        self.threads.add(threading.current_thread().name)
        if passphrase != PASSPHRASE:
            raise WrongPassphrase("The passphrase does not open this key.")

    def _write(self, asked: tuple[Any, ...], write: Callable[[], None]) -> Future[None]:
        self.asked.append(asked)
        if self.disk.refusal is None:
            write()
        return self.disk.confirm()

    def refuse(self, error: ObserverError) -> None:
        """The next writing fails."""
        self.disk.refusal = error


class NothingToSend:
    """SendPort with everything sent."""

    def waiting(self) -> tuple[int, int]:
        return 0, 0

    def exchange(self, progress: Callable[[str], None]) -> str:
        return self.words()

    def words(self) -> str:
        return "Up to date at 11:48"


class DeskRecords:
    """RecordsPort: three records, one taken back; what is signed is remembered in `asked`."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.given: list[tuple[str, str, int, int, str, str, str]] = []
        self.elsewhere: set[str] = set()
        self.training_ok = False
        day = ("Tuesday 9 June, 10:04", "Tuesday 9 June, 10:02", "Tuesday 9 June, 11:31")
        states = (RecordState.ACKNOWLEDGED, RecordState.ACKNOWLEDGED, RecordState.SIGNED)
        signers = ("signed by the programme", "signed by the centre", "not signed by anybody")
        self.rows = [
            SignedRecord(f"{n:064x}", CandidateCard(f"S-{n:04d}", f"Sample Candidate {n:02d}", "SW", photo(n), 0),
                         "First home visit", "Assessor B", when, state, recorded=n != 3,
                         packs=f"The framework and the scenario it was rated by are {signers[n - 1]}.")
            for n, when, state in zip((1, 2, 3), day, states, strict=True)
        ]  # fmt: skip
        self.rows[1] = replace(self.rows[1], void="The camera stood in the wrong room", recording_erased=True)

    def all(self) -> tuple[SignedRecord, ...]:
        return tuple(self.rows)

    def void(self, record: str, reason: str, passphrase: str) -> Future[str]:
        return self._do(record, passphrase, ("void", record, reason), void=reason)

    def erase(self, record: str, what: str, reason: str, passphrase: str) -> Future[str]:
        notes = what == "notes"
        return self._do(record, passphrase, (what, record, reason), recording_erased=True, notes_erased=notes)

    def giving(self, record: str) -> GivingView:
        if record in self.elsewhere:
            raise BadInput("The recording is not on this machine.", advice="Do it at the machine it was made on.")
        given = tuple(f"{start // 1000} s for {purpose}" for _, _, start, _, purpose, *_ in self.given)
        return GivingView(2_250_000, ((751_000, 778_250), (1_320_000, 1_335_000)), self.training_ok, given)

    def give_out(
        self, record: str, what: str, start_ms: int, end_ms: int, purpose: str, reason: str, passphrase: str, file: Path
    ) -> str:
        if passphrase != PASSPHRASE:
            raise WrongPassphrase("The passphrase does not open this key.")
        self.given.append((record, what, start_ms, end_ms, purpose, reason, str(file)))
        return "st2"

    def _do(self, record: str, passphrase: str, asked: tuple[str, ...], **changed: Any) -> Future[str]:
        if passphrase != PASSPHRASE:
            raise WrongPassphrase("The passphrase does not open this key.")
        self.asked.append(asked)
        self.rows = [replace(r, **changed) if r.record == record else r for r in self.rows]
        done: Future[str] = Future()
        done.set_result("st1")
        return done


class DeskPeople:
    """PeoplePort."""

    def __init__(self) -> None:
        self.cards = [PersonCard("m", "Sample Manager", frozenset({Role.MANAGER}))]

    def here(self) -> tuple[PersonCard, ...]:
        return tuple(self.cards)

    def add(self, handle: str, name: str, roles: frozenset[str], passphrase: str) -> None:
        self.cards.append(PersonCard(handle, name, frozenset(Role(r) for r in roles)))


class ManagerDesk:
    """DesktopPort and SessionPort in one: the manager is here, and with `moderate` a moderator too."""

    def __init__(self, centre: Any = None, moderate: Any = None) -> None:
        self.centre, self.moderate = centre, moderate
        self.assess, self.send = None, NothingToSend()
        self.staff, self.records, self.own = DeskPeople(), DeskRecords(), DeskOwn()
        self.second = DeskSecond()
        self.clock, self.forgotten = SimulatedClock(), 0
        roles = {Role.MANAGER} if centre is not None else set()
        self.roles = frozenset(roles | ({Role.MODERATOR} if moderate is not None else set()))
        self.name = "Sample Manager" if centre is not None else "Sample Moderator M"
        self.enrol: Any = None

    def enrolled(self) -> bool:
        return True

    def people(self) -> tuple[PersonCard, ...]:
        return (PersonCard("m", self.name, self.roles, PASSPHRASE),)

    def sign_in(self, handle: str, passphrase: str) -> ManagerDesk:
        return self

    def view(self) -> SessionView:
        spaces = workspaces(self.roles)
        return SessionView(
            "p9", self.name, "Sample Centre North", self.roles, spaces, True, "Up to date at 11:48", True
        )

    def forget(self) -> None:
        self.forgotten += 1

    def has_sheet(self, handle: str) -> bool:
        return False

    def recover(self, handle: str, code: str, passphrase: str) -> None:
        raise BadInput("No recovery sheet was made for this person on this machine.")

    def back_up(self, target: Path, progress: Any) -> str:
        return "Backed up: 12 files."

    def lock(self) -> None:
        pass
