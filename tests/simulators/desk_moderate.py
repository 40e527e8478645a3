# SPDX-License-Identifier: GPL-3.0-or-later
"""A moderator's desk to talk to: ModeratePort and ReplayPort over the real fold, in memory.

`desk.pictures` is what opens as the recording: a real one, `DrawnPictures`, or an error of ours. First marks are in
`LIVE`; asking for them before the own marks are signed raises, as the workflow does.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtGui import QImage

from observer_app.domain.events import Event, Kind
from observer_app.domain.folding import fold
from observer_app.domain.moment import Moment
from observer_app.domain.observation import ObservationState
from observer_app.domain.record import RecordState
from observer_app.domain.scenario import Scenario
from observer_app.errors import BadInput, NotAllowed, ObserverError, WrongPassphrase
from observer_app.workflows.board_views import (
    AgreementView,
    ClipView,
    CompareRow,
    CompareView,
    ReplayView,
    WorkItem,
    WorkList,
)
from observer_app.workflows.views import CandidateCard, MarkView, NoteView, RowState, RowView
from tests.simulators.desk import Desk, Disk
from tests.simulators.drawing import photo, room

__all__ = ["PASSPHRASE", "DeskModerate", "DeskReplay", "DrawnPictures"]

PASSPHRASE = "quiet harbour lantern"
DAY = "9 June 2026"
SECONDS = 37 * 60 + 30


class DrawnPictures:
    """PicturePort with drawn pictures and no film to play: 37:30 with a gap of 0:52."""

    duration_ms = SECONDS * 1000
    GAP = (550_000, 602_000)
    warnings: tuple[str, ...] = ()

    def frame(self, at_ms: int, fit: tuple[int, int] | None = None) -> tuple[int, int, int, bytes]:
        start, end = self.GAP
        pts = min(at_ms, start - 33) if at_ms < end else at_ms
        pts -= pts % 33
        image = QImage.fromData(room(pts // 33 % 12)).convertToFormat(QImage.Format.Format_RGB888)
        image = image.scaled(816, 459).convertToFormat(QImage.Format.Format_RGB888)
        return pts, image.width(), image.height(), _rgb(image)

    def frame_ahead(self, at_ms: int, fit: tuple[int, int] | None = None) -> tuple[int, int, int, bytes]:
        return self.frame(at_ms, fit)

    def step(self, at_ms: int, frames: int) -> int:
        return at_ms + 33 * frames

    def waveform(self, points: int) -> list[float]:
        return [abs((n * 37 % 41) / 41 - 0.5) * (0.2 if n // 17 % 3 == 1 else 1.0) for n in range(points)]

    def thumbnails(self, count: int, height: int) -> list[tuple[int, int, bytes]]:
        image = QImage.fromData(room()).scaledToHeight(height).convertToFormat(QImage.Format.Format_RGB888)
        return [(image.width(), image.height(), _rgb(image))] * count

    def open_stream(self, segment: int) -> object:
        raise BadInput("These pictures are drawn and cannot be played.")

    def segments(self) -> tuple[tuple[int, int], ...]:
        return (0, self.GAP[0]), (self.GAP[1], self.duration_ms)


def _rgb(image: QImage) -> bytes:
    wide = image.width() * 3
    data = bytes(image.constBits())
    return b"".join(data[y * image.bytesPerLine() : y * image.bytesPerLine() + wide] for y in range(image.height()))


@dataclass(frozen=True)
class LiveMark:
    """What the assessor gave: value, its recording time, a note."""

    value: int
    at_ms: int
    note: str = ""


class DeskReplay:
    """ReplayPort; each event's monotonic time is the position in the recording."""

    def __init__(self, desk: DeskModerate) -> None:
        self.desk = desk
        self.events: list[Event] = []
        self.texts: dict[str, str] = {}
        self.names: dict[int, str] = {}
        self.signed = False
        self.decided: dict[str, str] = {}
        self.live: dict[str, LiveMark] = {}
        self.opened = self.late = 0
        self.lateness: list[str] = []
        self._write(Kind.OPENED, 0, sitting="sit-7", candidate="S-0007")

    # ---- reading ----

    @property
    def _state(self) -> ObservationState:
        return fold(self.events)

    def view(self) -> ReplayView:
        state = self._state
        pictures = self.desk.pictures
        length = SECONDS * 1000 if isinstance(pictures, ObserverError) else pictures.duration_ms
        gaps = () if isinstance(pictures, ObserverError) else tuple(
            MarkView("marks", "gap", a[1], "", True, b[0])
            for a, b in zip(pictures.segments(), pictures.segments()[1:], strict=False)
        )  # fmt: skip
        rows = tuple(self._rows(state))
        left = tuple(f"“{row.title}” is not rated" for row in rows if row.value is None)
        return ReplayView(
            self.desk.record, self.desk.candidate, self.desk.scenario.title, rows, tuple(self._notes(state)),
            tuple(self._marks(state)), gaps, length, "" if self.desk.damage else "Record and recording checked", left,
            RecordState.SIGNED if self.signed else RecordState.SAVED, bool(state.undo_target), bool(state.redo_target),
            self._clips(state), tuple(f"{given[0]} for {given[3]}" for given in self.desk.given), self.desk.training_ok,
            tuple(self.lateness),
        )  # fmt: skip

    def _clips(self, state: ObservationState) -> tuple[ClipView, ...]:
        return tuple(ClipView(c.seq, c.from_us // 1000, c.to_us // 1000, self.names.get(c.seq, ""), True)
                     for c in state.clips)  # fmt: skip

    def _rows(self, state: ObservationState) -> list[RowView]:
        found = []
        scenario = self.desk.scenario
        points = tuple((p.value, p.label) for p in scenario.scale.points)
        for criterion in scenario.criteria:
            rating = state.ratings.get(criterion.id)
            value = state.value(criterion.id)
            found.append(RowView(criterion.id, criterion.number, criterion.title, points, criterion.anchors, value,
                                 RowState.EMPTY if value is None else RowState.SAVED,
                                 rating.at.monotonic_us // 1000 if rating else 0))  # fmt: skip
        whole = state.global_rating
        overall = tuple((p.value, p.label) for p in scenario.global_scale.points)
        found.append(RowView("", 0, "Overall judgement", overall, overall, whole.value if whole else None,
                             RowState.SAVED if whole else RowState.EMPTY,
                             whole.at.monotonic_us // 1000 if whole else 0))  # fmt: skip
        return found

    def _notes(self, state: ObservationState) -> list[NoteView]:
        numbers = {c.id: c.number for c in self.desk.scenario.criteria}
        return [
            NoteView(n.id, self.texts[n.id], n.at.monotonic_us // 1000, n.criterion,
                     numbers.get(n.criterion, 0), True)
            for n in state.notes
        ]  # fmt: skip

    def _marks(self, state: ObservationState) -> list[MarkView]:
        lanes = {Kind.RATED: "ratings", Kind.GLOBAL_RATED: "ratings", Kind.NOTE_WRITTEN: "notes", Kind.FLAGGED: "marks"}
        return [
            MarkView(lanes[item.kind], item.kind, item.at.monotonic_us // 1000,
                     str(item.value) if item.value is not None else "", item.in_force)
            for item in state.timeline if item.kind in lanes
        ]  # fmt: skip

    def pictures(self) -> Any:
        self.opened += 1
        if isinstance(self.desk.pictures, ObserverError):
            raise self.desk.pictures
        return self.desk.pictures

    # ---- writing ----

    def _write(self, kind: str, at_ms: int, **body: Any) -> Future[None]:
        if self.desk.disk.refusal is None:
            at = Moment(at_ms * 1000, "r" * 32, 1_781_000_000_000)
            self.events.append(Event("rep-1", len(self.events) + 1, kind, "mod", at, body))
        return self.desk.disk.confirm()

    def rate(self, criterion: str, value: int, at_ms: int) -> Future[None]:
        if not criterion:
            return self._write(Kind.GLOBAL_RATED, at_ms, value=value)
        return self._write(Kind.RATED, at_ms, criterion=criterion, value=value)

    def write_note(self, text: str, criterion: str, at_ms: int) -> Future[None]:
        note = f"n{len(self.texts) + 1}"
        self.texts[note] = text
        body = {"note": note, "criterion": criterion, "text": "0" * 64, "began_us": at_ms * 1000}
        return self._write(Kind.NOTE_WRITTEN, at_ms, **body)

    def flag(self, criterion: str, at_ms: int) -> Future[None]:
        return self._write(Kind.FLAGGED, at_ms, criterion=criterion)

    def mark_clip(self, start_ms: int, end_ms: int) -> Future[None]:
        return self._write(Kind.CLIP_MARKED, end_ms, from_us=start_ms * 1000, to_us=end_ms * 1000)

    def name_clip(self, clip: int, name: str) -> Future[None]:
        self.names[clip] = name
        return self.desk.disk.confirm(None)

    def give_out(
        self, what: str, start_ms: int, end_ms: int, purpose: str, reason: str, passphrase: str, file: Path
    ) -> str:
        self._check(passphrase)
        if self.desk.out_error is not None:
            raise self.desk.out_error
        self.desk.given.append((what, start_ms, end_ms, purpose, reason, str(file)))
        return "f" * 64

    def late_ms(self, at_ms: int) -> int:
        return self.late

    def correct_late(self, at_ms: int, late_ms: int, reason: str, passphrase: str) -> str:
        self._check(passphrase)
        if not self.signed:
            raise NotAllowed("The first marks stay hidden until yours are signed.")
        for mark in self.live.values():
            object.__setattr__(mark, "at_ms", mark.at_ms + late_ms - self.late)
        self.late = late_ms
        self.lateness.append(f"Picture {late_ms} ms late: {reason}")
        return "e" * 64

    def undo(self) -> Future[None]:
        return self._write(Kind.UNDONE, 0, target=self._state.undo_target)

    def redo(self) -> Future[None]:
        return self._write(Kind.REDONE, 0, target=self._state.redo_target)

    def sign(self, passphrase: str) -> Future[str]:
        self._check(passphrase)
        self.signed = True
        return self.desk.disk.confirm("rep-1")

    # ---- both ----

    def check(self) -> str:
        if self.desk.damage is not None:
            raise self.desk.damage
        return "Record and recording checked"

    def compare(self) -> CompareView:
        if not self.signed:
            raise NotAllowed("The first marks stay hidden until yours are signed.")
        rows = tuple(self._compare_row(row) for row in self.view().rows)
        same = sum(row.live == row.replay for row in rows)
        near = sum(row.live is not None and row.replay is not None and abs(row.live - row.replay) < 2 for row in rows)
        agreement = AgreementView(f"{same} of {len(rows)}", f"{near} of {len(rows)}",
                                  "One record is too few to judge an assessor by.", "",
                                  0.63, 0.71, 0.78, 41)  # fmt: skip
        live = [MarkView("live", "rated", m.at_ms, str(m.value)) for m in self.live.values()]
        own = [replace(m, lane="replay") for m in self.view().marks]
        return CompareView(self.desk.record, self.desk.candidate, self.desk.scenario.title, "Sample Assessor A, 9 June",
                           "you, 16 June", self.desk.scenario.scale.values, 4,
                           "4 or more passes, from the sample practitioner pack 2.1", rows, (*live, *own), agreement,
                           bool(self.decided))  # fmt: skip

    def _compare_row(self, row: RowView) -> CompareRow:
        live = self.live.get(row.criterion)
        value = live.value if live else None
        across = value is not None and row.value is not None and (value < 4) != (row.value < 4)
        apart = abs((value or 0) - (row.value or 0))
        words = "Across the pass mark" if across else "Same" if not apart else f"{apart} apart"
        notes = tuple(n.text for n in self.view().notes if n.criterion == row.criterion and row.criterion)
        return CompareRow(row.criterion, row.number, row.title, value, row.value, live.at_ms if live else 0, row.at_ms,
                          (live.note,) if live and live.note else (), notes, words, across,
                          self.decided.get(row.criterion, ""))  # fmt: skip

    def decide(self, decisions: dict[str, str], reason: str, passphrase: str) -> Future[str]:
        self._check(passphrase)
        self.decided, self.desk.reason = dict(decisions), reason
        return self.desk.disk.confirm("dec-1")

    def _check(self, passphrase: str) -> None:
        if passphrase != PASSPHRASE:
            raise WrongPassphrase("The passphrase does not open this key.")


class DeskModerate:
    """ModeratePort with one record open to marking and one whose recording is not here."""

    record = "rec-7"

    def __init__(self, pictures: Any = None, *, live: Callable[[int], int] | None = None,
                 scenario: Scenario | None = None) -> None:  # fmt: skip
        self.disk = Disk()
        self.scenario = scenario or Desk().scenario
        self.candidate = CandidateCard("S-0007", "Sample Candidate 07", "SW-SAMPLE-07", photo(7), 25)
        self.pictures = pictures if pictures is not None else DrawnPictures()
        self.reason = ""
        self.given: list[tuple[str, int, int, str, str, str]] = []
        self.out_error: ObserverError | None = None
        self.training_ok = True
        self.damage: ObserverError | None = None
        self.replay = DeskReplay(self)
        give = live or (lambda number: 4)
        for n, criterion in enumerate(self.scenario.criteria):
            self.replay.live[criterion.id] = LiveMark(give(n), (n + 1) * 250_000 - 19_000)
        self.replay.live[""] = LiveMark(4, 2_200_000)

    def work_list(self) -> WorkList:
        other = CandidateCard("S-0011", "Sample Candidate 11", "SW-SAMPLE-11", photo(11), 0)
        third = CandidateCard("S-0012", "Sample Candidate 12", "SW-SAMPLE-12", photo(12), 0)
        state = "Signed" if self.replay.signed else "Begun" if len(self.replay.events) > 1 else "Not begun"
        return WorkList((
            WorkItem(self.record, self.candidate, self.scenario.title, DAY, SECONDS, state, True, self.replay.signed),
            WorkItem("rec-11", other, self.scenario.title, DAY, 2240, "Not begun", False, False),
            WorkItem("rec-12", third, "Planning meeting", "8 June 2026", 1810, "Not begun", True, False),
        ))  # fmt: skip

    def open(self, record: str) -> DeskReplay:
        if record != self.record:
            raise BadInput("The recording of this record is not here yet.", advice="Connect this machine.")
        return self.replay
