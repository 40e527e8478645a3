# SPDX-License-Identifier: GPL-3.0-or-later
"""What a centre gives out at the end of a day: reports, tables, and the proof of both under one signed list.

1. A record that does not hold is held back and named; the rest of the day is given out.
2. The folder appears whole or not at all: it is written under another name and renamed at the end.
3. Reports are pure Python and many: they are printed by processes of their own, or here when they are few.
"""

from __future__ import annotations

import multiprocessing
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from observer_app.errors import BadInput, EnvironmentFault, ObserverError
from observer_app.reports.candidate import candidate_pdf
from observer_app.reports.contents import CandidateReport
from observer_app.reports.day import day_pdf
from observer_app.reports.spreadsheet import ratings_csv, sittings_csv
from observer_app.vault.durable import disk_fault, forbid_core_dumps, make_folder, write_durably
from observer_app.workflows.board_views import ExportView
from observer_app.workflows.day_bundle import day_statements, refused, sign_folder, write_day_bundle
from observer_app.workflows.day_reports import candidate_report, day_report
from observer_app.workflows.record_parts import OpenedRecord, printed_code
from observer_app.workflows.records import RecordReader
from observer_app.workflows.signing import Signatory

__all__ = ["DayExport"]

Progress = Callable[[int, int], None]
_INLINE = 4
_WORKERS = 2
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class _Day:
    """What was found for a day; `by_sitting` are the records that stand, `held_back` sentences."""

    every: tuple[OpenedRecord, ...]
    by_sitting: dict[str, OpenedRecord]
    held_back: tuple[str, ...]


class DayExport:
    """Called as (day, folder, progress) it exports the day; `centre.Exporter`."""

    def __init__(self, reader: RecordReader, signatory: Signatory) -> None:
        self._reader = reader
        self._signatory = signatory

    def __call__(self, day: str, folder: Path, progress: Progress) -> ExportView:
        """SLOW. Writes into `folder`, or into a new folder of the day's name within it when there is something in it.

        Raises BadInput without a roster of the day, DiskFull, EnvironmentFault; then nothing is left behind.
        """
        if not self._reader.store.sittings.states(day):
            raise BadInput("There are no bookings for this day.", advice="Bring in the day's file first.")
        target = _free_place(folder, day)
        beside = target.with_name(f".{target.name}.part")
        shutil.rmtree(beside, ignore_errors=True)
        make_folder(beside)
        try:
            lines, held_back = self._write(day, beside, progress)
            with suppress(FileNotFoundError):
                target.rmdir()  # empty, or it would not have been chosen
            beside.replace(target)
        except OSError as error:
            raise disk_fault(error, "the day's export") from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return ExportView(str(target), lines, held_back)

    # ---- what there is ----

    def _find(self, day: str) -> _Day:
        reader = self._reader
        wanted = {s.sitting.id for s in reader.store.sittings.states(day)}
        every: list[OpenedRecord] = []
        held_back: list[str] = []
        for record in reader.kept.of_sittings(wanted):
            try:
                every.append(reader.open(record))
            except ObserverError as error:
                held_back.append(f"Record {record[:12]} is held back: {error}")
        for record, words in refused(every, reader).items():
            held_back.append(f"Record {record[:12]} is held back: {words}")
            every = [o for o in every if o.id != record]
        standing = {o.sitting: o for o in every if not o.void and not reader.kept.signed_again(o.id)}
        for opened in standing.values():
            held_back += [f"{opened.candidate.name}: {words}" for words in (*opened.missing, *opened.warnings)]
        return _Day(tuple(every), standing, tuple(held_back))

    # ---- writing ----

    def _write(self, day: str, folder: Path, progress: Progress) -> tuple[tuple[str, ...], tuple[str, ...]]:
        machine, reader = self._signatory.machine, self._reader
        found = self._find(day)
        reports, held_back = self._reports(day, found)
        total = len(reports) + 2
        progress(0, total)
        make_folder(folder / "reports")
        for done, (name, pdf) in enumerate(zip(_file_names(reports), _printed(reports), strict=True), 1):
            write_durably(folder / "reports" / f"{name}.pdf", pdf)
            progress(done, total)
        summary = day_report(
            day,
            reader.store.sittings.states(day),
            found.by_sitting,
            machine.centre_name,
            {p.person: p.name for p in reader.store.people()},
            self._signatory.clock.now(),
            code=self._closed(day),
            sample=machine.sample,
        )
        write_durably(folder / "day-summary.pdf", day_pdf(summary))
        write_durably(folder / "sittings.csv", sittings_csv(summary))
        write_durably(folder / "ratings.csv", ratings_csv(summary))
        progress(total - 1, total)
        statements = day_statements(reader, day, found.every)
        counts = write_day_bundle(reader, self._signatory, folder / "bundle", statements, folder / f"bundle-{day}.zip")
        sign_folder(folder, reader, self._signatory, {**counts, "report": len(reports)})
        progress(total, total)
        return _lines(len(reports), len(summary.lines), sum(counts.values())), held_back

    def _reports(self, day: str, found: _Day) -> tuple[list[CandidateReport], tuple[str, ...]]:
        machine, names = self._signatory.machine, self._reader.store.person_name
        reports, held_back = [], list(found.held_back)
        for opened in found.by_sitting.values():
            try:
                reports.append(candidate_report(opened, machine.centre_name, day, names, sample=machine.sample))
            except BadInput as error:
                held_back.append(f"{opened.candidate.name}: no report. {error}")
        return reports, tuple(held_back)

    def _closed(self, day: str) -> str:
        """The QR code of the day's last close; "" before it."""
        closes = self._reader.store.statements.of_type("day_close")
        found = [k.id for k in closes if self._reader.verify(k.id).statement.body["day"] == day]
        return printed_code(found[-1], self._reader.receipt(found[-1])) if found else ""


def _printed(reports: Sequence[CandidateReport]) -> Iterator[bytes]:
    """The PDFs in the order of the reports."""
    if len(reports) <= _INLINE:
        yield from map(candidate_pdf, reports)
        return
    with _helpers() as pool:
        yield from pool.map(candidate_pdf, reports, chunksize=2)


def _helpers() -> ProcessPoolExecutor:
    """Processes that print: names and notes are in their memory. Spawned, never forked: a fork would take the window's
    threads and locks along."""
    return ProcessPoolExecutor(_WORKERS, multiprocessing.get_context("spawn"), initializer=forbid_core_dumps)


def _file_names(reports: Sequence[CandidateReport]) -> list[str]:
    """A name for each report's file: the candidate's id, numbered where a candidate sat twice."""
    names: list[str] = []
    taken: set[str] = set()
    for report in reports:
        base = _UNSAFE.sub("_", report.candidate_id).strip("._-")[:80] or "candidate"
        name, number = base, 2
        while name.casefold() in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _free_place(folder: Path, day: str) -> Path:
    """The folder itself when it is new or empty, else one within it that is not there yet."""
    try:
        if not folder.exists():
            make_folder(folder.parent)
            return folder
        if not folder.is_dir():
            raise EnvironmentFault(f"{folder.name} is not a folder.", advice="Choose a folder for the export.")
        if not any(folder.iterdir()):
            return folder
    except OSError as error:
        raise disk_fault(error, f"the folder {folder.name}") from error
    place, number = folder / f"day-{day}", 2
    while place.exists():
        place, number = folder / f"day-{day}-{number}", number + 1
    return place


def _lines(reports: int, sittings: int, statements: int) -> tuple[str, ...]:
    return (
        f"{reports} report{'' if reports == 1 else 's'}, one a candidate",
        "The day's summary",
        f"2 tables of {sittings} sitting{'' if sittings == 1 else 's'}",
        f"A bundle of {statements} signed statement{'' if statements == 1 else 's'} that anyone can check",
    )
