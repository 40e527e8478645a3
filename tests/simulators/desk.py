# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk to talk to: the ports of the Assess screens over the real fold, in memory.

`desk.clock.advance(s)` moves time, `desk.hold()` keeps the disk from confirming until `desk.release()`,
`desk.refuse(error)` makes the next writing fail, `desk.live.camera(...)` changes what the recorder says.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from observer_app.domain.moment import Moment
from observer_app.domain.phrases import checked
from observer_app.domain.record import RecordState
from observer_app.domain.roles import Role, workspaces
from observer_app.errors import BadInput, ObserverError, Unreachable, WrongPassphrase
from observer_app.packs.loading import PackLibrary, load_all
from observer_app.shipped import shipped
from observer_app.workflows.today import not_checked
from observer_app.workflows.views import (
    CandidateCard,
    ChangeView,
    CheckState,
    CheckView,
    CorrectionView,
    PersonCard,
    PhrasesView,
    RecordCard,
    RoomView,
    SessionView,
    SheetView,
    SittingCard,
    TodayView,
)
from tests.simulators.desk_live import DeskLive, DeskReview
from tests.simulators.drawing import photo, room

__all__ = ["PASSPHRASE", "Desk", "DeskSecond", "SimulatedClock", "sample_correction"]

PASSPHRASE = "maple kettle river stone"


class SimulatedClock:
    """Time that stands until it is moved."""

    def __init__(self) -> None:
        self.us = 5_000_000_000

    def now(self) -> Moment:
        return Moment(self.us, "b" * 32, 1_780_000_000_000 + self.us // 1000)

    def advance(self, seconds: float) -> None:
        self.us += round(seconds * 1_000_000)


class Disk:
    """Confirms writings at once, later or never."""

    def __init__(self) -> None:
        self.held: list[Future[Any]] | None = None
        self.refusal: ObserverError | None = None

    def confirm(self, value: Any = None) -> Future[Any]:
        future: Future[Any] = Future()
        if self.refusal is not None:
            future.set_exception(self.refusal)
            self.refusal = None
        elif self.held is not None:
            future.observer_value = value  # type: ignore[attr-defined]
            self.held.append(future)
        else:
            future.set_result(value)
        return future


class Enrol:
    """First run, remembered."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.refusal: ObserverError | None = None

    def _note(self, kind: str, *values: str) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.asked.append((kind, values))
        self.desk.is_enrolled = True

    def sample_day(self) -> None:
        self._note("sample")

    def new_centre(self, programme: str, centre: str, device: str, handle: str, name: str, passphrase: str) -> str:
        self._note("centre", programme, centre, device, handle, name, passphrase)
        return ""

    def with_code(self, code: str, central: str, handle: str, name: str, passphrase: str) -> None:
        self._note("code", code, central, handle, name, passphrase)

    def restore(self, place: Path, handle: str, passphrase: str, progress: Any) -> str:
        progress("checking", 1, 2)
        self._note("restore", str(place), handle, passphrase)
        return "Restored: 12 files. Connect this machine once before anyone signs on it."

    def add_person(self, session: Any, handle: str, name: str, roles: frozenset[str], passphrase: str) -> None:
        self._note("person", handle, name)


class Desk:
    """DesktopPort, with one centre and a day of sittings on `scenario`, of `library` (those shipped, by default)."""

    def __init__(self, *, enrolled: bool = True, roles: frozenset[Role] = frozenset({Role.ASSESSOR}),
                 scenario: str = "first-home-visit", library: PackLibrary | None = None) -> None:  # fmt: skip
        library = library or load_all([shipped("rubrics"), shipped("resources") / "scenarios"])
        self.scenario = library.scenarios[scenario]
        self.framework = library.frameworks[self.scenario.framework_id]
        self.clock, self.disk = SimulatedClock(), Disk()
        self.enrol, self.is_enrolled = Enrol(self), enrolled
        self.roles = roles
        self.candidate = CandidateCard("S-0007", "Sample Candidate 07", "SW-SAMPLE-07", photo(7), 25)
        self.live = DeskLive(self)
        self.assess = DeskAssess(self)
        self.locked = False
        self.backups: list[Path] = []
        self.practices: list[DeskPractice] = []
        self.others: list[SittingCard] = []
        self.lock_after_s = 600
        self.own = DeskOwn()
        self.forgotten = 0
        self.backup_gate = threading.Event()
        self.backup_gate.set()

    def enrolled(self) -> bool:
        return self.is_enrolled

    def people(self) -> tuple[PersonCard, ...]:
        return (
            PersonCard("assessor-a", "Sample Assessor A", self.roles, PASSPHRASE),
            PersonCard("manager", "Sample Manager", frozenset({Role.MANAGER}), "copper window garden"),
            PersonCard("moderator-m", "Sample Moderator M", frozenset({Role.MODERATOR}), "quiet harbour lantern"),
        )

    def sign_in(self, handle: str, passphrase: str) -> DeskSession:
        if passphrase != PASSPHRASE:
            raise WrongPassphrase("The passphrase does not open this vault.")
        return DeskSession(self)

    def forget(self) -> None:
        self.forgotten += 1

    def has_sheet(self, handle: str) -> bool:
        return self.own.made > 0

    def recover(self, handle: str, code: str, passphrase: str) -> None:
        if code != DeskOwn.CODE:
            raise WrongPassphrase("The recovery code is not right.", advice="Type it from the newest sheet.")
        self.own.changed.append((handle, passphrase))

    # ---- what a test says to the desk ----

    def hold(self) -> None:
        self.disk.held = []

    def release(self) -> None:
        held, self.disk.held = self.disk.held or [], None
        for future in held:
            future.set_result(future.observer_value)  # type: ignore[attr-defined]
        self.live.changed()

    def refuse(self, error: ObserverError) -> None:
        self.disk.refusal = error


class DeskSend:
    """SendPort without a connection, until it has an `answer`."""

    answer = ""

    def waiting(self) -> tuple[int, int]:
        return (0, 0)

    def exchange(self, progress: Callable[[str], None]) -> str:
        if self.answer:
            return self.answer
        raise Unreachable("The centre does not answer.")

    def words(self) -> str:
        return "Not connected. Nothing here needs it."


_CHANGES = (
    ChangeView(
        2, "Listening and responding to what is said and what is not", "3, Needs development", "4, Satisfactory"
    ),
    ChangeView(7, "Professional judgement", "", "5, Good"),
)


def sample_correction(
    number: int, reason: str = "I had pressed the wrong row, as the recording shows."
) -> CorrectionView:
    who = CandidateCard(f"S-{number:04d}", f"Sample Candidate {number:02d}", f"SW-{number}", photo(number), 0)
    return CorrectionView(
        f"c{number}", who, "First home visit", "Sample Assessor A", "Tuesday 9 June, 13:12", _CHANGES, reason
    )


class DeskSecond:
    """SecondPort: `corrections` wait; `signed` and `refused` (id, reason) are remembered."""

    def __init__(self, corrections: Sequence[CorrectionView] = ()) -> None:
        self.corrections = list(corrections)
        self.signed: list[str] = []
        self.refused: list[tuple[str, str]] = []

    def waiting(self) -> tuple[CorrectionView, ...]:
        return tuple(self.corrections)

    def _answer(self, correction: str, passphrase: str) -> Future[str]:
        done: Future[str] = Future()
        if passphrase != PASSPHRASE:
            done.set_exception(WrongPassphrase("That is not your passphrase.", advice="Type it again."))
        else:
            self.corrections = [one for one in self.corrections if one.id != correction]
            done.set_result("cd" * 32)
        return done

    def sign(self, correction: str, passphrase: str) -> Future[str]:
        done = self._answer(correction, passphrase)
        self.signed += [] if done.exception() else [correction]
        return done

    def refuse(self, correction: str, reason: str, passphrase: str) -> Future[str]:
        done = self._answer(correction, passphrase)
        self.refused += [] if done.exception() else [(correction, reason)]
        return done


class DeskSession:
    """SessionPort."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.assess = desk, desk.assess
        self.centre = self.moderate = None
        self.send = DeskSend()
        self.room, self.own = DeskRoom(), desk.own
        self.second = DeskSecond()

    def view(self) -> SessionView:
        words = "Not connected. Nothing here needs it."
        spaces = workspaces(self.desk.roles)
        return SessionView(
            "p1",
            "Sample Assessor A",
            "Sample Centre North",
            self.desk.roles,
            spaces,
            True,
            words,
            False,
            self.desk.lock_after_s,
        )

    def practice(self) -> DeskPractice:
        self.desk.practices.append(DeskPractice())
        return self.desk.practices[-1]

    def back_up(self, target: Path, progress: Any) -> str:
        if not target.is_dir():
            raise BadInput("The folder for the backup is not there.", advice="Plug the stick in and choose it again.")
        progress("copying", 3, 12)
        self.desk.backup_gate.wait(10)
        self.desk.backups.append(target)
        return "Backed up: 12 files."

    def lock(self) -> None:
        self.desk.locked = True


class DeskOwn:
    """OwnPort."""

    CODE = "23456-789AB-CDEFG-HJKMN-PQRST"

    def __init__(self) -> None:
        self.made = 0
        self.changed: list[tuple[str, str]] = []

    def has_sheet(self) -> bool:
        return self.made > 0

    def change_passphrase(self, old: str, new: str) -> None:
        self._check(old)
        self.changed.append((old, new))

    def sheet(self, passphrase: str) -> SheetView:
        self._check(passphrase)
        self.made += 1
        words = "If the passphrase is forgotten, type this code.\nKeep it away from the machine."
        return SheetView("assessor-a", self.CODE, "Observer: recovery sheet of assessor-a", words)

    def _check(self, passphrase: str) -> None:
        if passphrase != PASSPHRASE:
            raise WrongPassphrase("The passphrase is not right.", advice="Check Caps Lock and try again.")


class DeskPractice:
    """PracticePort: a desk of its own."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.closed = 0

    def live(self) -> DeskLive:
        self.desk.live.open(self.desk.clock.now())
        return self.desk.live

    def review(self) -> DeskReview:
        return self.desk.assess.review_port

    def close(self) -> None:
        self.closed += 1


class DeskRoom:
    """RoomPort."""

    def __init__(self) -> None:
        self.used: list[tuple[str, str, str, bool]] = []
        self.lock_min = 10

    def view(self) -> RoomView:
        cameras, microphones = (("0", "Room camera"), ("2", "Spare camera")), (("m1", "Table microphone"),)
        camera, address, microphone, sound = self.used[-1] if self.used else ("0", "", "m1", True)
        return RoomView(cameras, microphones, camera, address, microphone, sound, self.lock_min)

    def lock_after(self, minutes: int) -> Future[None]:
        self.lock_min = minutes
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def use(self, camera: str, address: str, microphone: str, sound: bool, latency: str = "") -> Future[None]:
        if not camera and not address:
            raise BadInput("No camera is chosen.", advice="Choose a camera, or type the address of one.")
        self.used.append((camera, address, microphone, sound))
        done: Future[None] = Future()
        done.set_result(None)
        return done


class DeskAssess:
    """AssessPort."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.opened: list[str] = []
        self.overridden: list[tuple[str, str]] = []
        self.review_port = DeskReview(desk)
        self.quiet = False
        self.compared = True  # whether central has told the time
        self.looked: tuple[CheckView, ...] = not_checked()
        self.was_running = ""
        self.own_phrases: tuple[tuple[str, str], ...] = ()

    def today(self, now: Moment) -> TodayView:
        signed = self.desk.live.record_state >= RecordState.SIGNED
        mine = replace(_next(self.desk.candidate), state=self.desk.live.record_state)
        if signed:
            mine = replace(mine, is_next=False, can_open=False, status="Signed", detail="Waiting to be sent",
                           icon="signature", observation="obs-7")  # fmt: skip
        checks = tuple(self._clock() if c.title.startswith("Clock ") else c for c in self.looked)
        return TodayView(
            "Today, Tuesday 9 June", "Sample Centre North, six observations", (*_earlier(), mine, *_later()), checks
        )  # fmt: skip

    def _clock(self) -> CheckView:
        said = ("Clock agrees", "Within 1 second of central time at 08:12.")
        return CheckView("clock", *(said if self.compared else ("Clock not compared", "Not yet.")), CheckState.GOOD)

    def checks(self) -> tuple[CheckView, ...]:
        self.looked = self._look()
        return self.looked

    def _look(self) -> tuple[CheckView, ...]:
        good, need = CheckState.GOOD, CheckState.NEEDS_YOU
        sound = CheckView("sound", "Sound is quiet", "Low", need,
                          "Move the microphone to the middle of the table, then say a few words.", 0.2)  # fmt: skip
        if not self.quiet:
            sound = CheckView("sound", "Sound is clear", "Room 2 microphone.", good, "", 0.6)
        return (
            CheckView("camera", "Camera ready", "Room 2 camera. Bright and sharp.", good, "", -1, room()),
            sound,
            CheckView("space", "Enough space", "214 GB free. Today needs about 9 GB.", good),
            CheckView("power", "Power connected", "Battery 96 % full.", good),
            self._clock(),
            CheckView("key", "Your signing key is ready", "You signed in at 08:40.", good),
        )

    def override_check(self, kind: str, reason: str, at: Moment) -> Future[None]:
        self.overridden.append((kind, reason))
        return self.desk.disk.confirm()

    def open(self, sitting: str, at: Moment) -> DeskLive:
        self.opened.append(sitting)
        self.desk.live.open(at)
        return self.desk.live

    def running(self) -> str:
        return self.was_running

    def review(self, sitting: str) -> DeskReview:
        return self.review_port

    def records(self) -> tuple[RecordCard, ...]:
        mine = self.desk.live.record_state
        cards = [(_next(self.desk.candidate), "Tuesday 9 June, 13:12", "Signed", "Waiting to be sent", mine)]
        cards += [(c, f"Tuesday 9 June, {c.starts}", c.status, c.detail, c.state) for c in _earlier()]
        return tuple(
            RecordCard(c.sitting, signed, c.candidate, c.scenario, status, detail, c.icon, state,
                       waiting=c.sitting == "sit-7" and self.review_port.waiting)
            for c, signed, status, detail, state in cards
            if state >= RecordState.SIGNED
        )  # fmt: skip

    def phrases(self) -> PhrasesView:
        return PhrasesView(self.own_phrases, ((self.desk.framework.title, self.desk.framework.snippets),))

    def keep_phrases(self, own: Sequence[tuple[str, str]]) -> Future[Any]:
        try:
            self.own_phrases = checked(own)
        except BadInput as error:
            self.desk.refuse(error)
        return self.desk.disk.confirm()


def _card(number: int, starts: str, part: str, scenario: str, status: str, detail: str, icon: str,
          state: RecordState = RecordState.NONE, where: str = "Room 2") -> SittingCard:  # fmt: skip
    who = CandidateCard(
        f"S-{number:04d}", f"Sample Candidate {number:02d}", f"SW-SAMPLE-{number:02d}", photo(number), 0
    )
    done = "" if state < RecordState.SIGNED else f"obs-{number}"
    return SittingCard(
        f"sit-{number}", done, starts, part, who, scenario, where, status, detail, icon, state, False, False
    )


def _earlier() -> tuple[SittingCard, ...]:
    plan = "Scenario A: Planning meeting"
    return (
        _card(2, "09:10", "Morning", plan, "Acknowledged", "Receipt 10:02", "badge-check", RecordState.ACKNOWLEDGED),
        _card(4, "09:55", "Morning", plan, "Signed", "Waiting to be sent", "signature", RecordState.SIGNED),
    )


def _next(candidate: CandidateCard) -> SittingCard:
    return SittingCard(
        "sit-7", "", "11:20", "Late morning", candidate, "Scenario B: First home visit", "Room 2", "Arrived",
        "Checked in 10:58", "user-round-check", RecordState.NONE, True, True, "10:58",
    )  # fmt: skip


def _later() -> tuple[SittingCard, ...]:
    teen = "Scenario C: Talking with a teenager"
    visit = "Scenario B: First home visit"
    return (
        _card(9, "12:05", "Late morning", visit, "Arrived", "Checked in 11:01", "user-round-check"),
        _card(11, "13:50", "Afternoon", teen, "Expected", "Room changed 08:40", "circle", where="Room 1 today"),
        _card(12, "14:35", "Afternoon", teen, "Late", "Expected at 15:00", "clock"),
    )
