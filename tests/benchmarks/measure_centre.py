# SPDX-License-Identifier: GPL-3.0-or-later
"""The manager's day of sixty sittings: giving it out, and bringing the board up to date."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

from observer_app.workflows.board_views import ExportView
from observer_app.workflows.centre import CentreDesk
from observer_app.workflows.day_export import DayExport
from tests.benchmarks.registry import Figure, benchmark
from tests.unit.workflows.record_cast import CLOCK, DAY, LIBRARY, CentreCast

SITTINGS, REFRESHES = 60, 60


def _day(folder: Path) -> CentreCast:
    """Sixty sittings, all signed and acknowledged."""
    cast = CentreCast(folder, sittings=SITTINGS)
    for place in range(SITTINGS):
        cast.acknowledge(cast.record(place))
    return cast


def _written_durably(source: Path, target: Path) -> float:
    """Seconds to write the same files, each safely on the disk, and nothing else."""
    contents = [p.read_bytes() for p in source.rglob("*") if p.is_file()]
    target.mkdir()
    began = time.perf_counter()
    for number, content in enumerate(contents):
        with (target / str(number)).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    return time.perf_counter() - began


@benchmark("export_day60_s")
def export() -> list[Figure]:
    """A day of sixty signed records given out: a report each, summary, tables, signed lists, bundle. Each signature and
    receipt is verified on the way. The baseline writes the same files."""
    with tempfile.TemporaryDirectory(prefix="observer-bench-") as name:
        folder = Path(name)
        cast = _day(folder / "centre")
        began = time.perf_counter()
        view = DayExport(cast.reader(), cast.manager.signatory)(DAY, folder / "out", lambda _done, _all: None)
        took = time.perf_counter() - began
        if view.held_back or not view.lines[0].startswith(f"{SITTINGS} reports"):
            raise RuntimeError(f"not everything was given out: {view.lines}")
        bare = _written_durably(Path(view.folder), folder / "bare")
        cast.close()
    return [Figure("export_day60_s", took, "s", SITTINGS, bare, aim=10)]


@benchmark("board_refresh_ms")
def board() -> list[Figure]:
    """The board of sixty sittings after a change: from the stores to the last pixel of the real table, off the screen.
    The middle of many; the baseline is painting the table alone."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from observer_app.ui.centre.board_table import BoardTable
    from observer_app.ui.theme import make_theme, use

    application = QApplication([])
    use(make_theme(), application)
    with tempfile.TemporaryDirectory(prefix="observer-bench-") as name:
        cast = _day(Path(name) / "centre")
        desk = CentreDesk(
            cast.manager.signatory, cast.files, list(LIBRARY.scenarios.values()),
            lambda _day, out, _progress: ExportView(str(out), ()), cast.reader(),
        )  # fmt: skip
        table = BoardTable()
        table.resize(1280, 800)
        whole, painting = list[float](), list[float]()
        for number in range(REFRESHES):
            began = time.perf_counter()
            view = desk.board(DAY, CLOCK.now())
            table.render_board(view, list(view.rows))
            table.grab()
            whole.append(time.perf_counter() - began)
            began = time.perf_counter()
            table.grab()
            painting.append(time.perf_counter() - began)
            if number == 0 and len(view.rows) != SITTINGS:
                raise RuntimeError("the board does not show the day")
        table.deleteLater()
        application.processEvents()
        cast.close()
    middle, bare = statistics.median(whole) * 1000, statistics.median(painting) * 1000
    return [Figure("board_refresh_ms", middle, "ms", REFRESHES, bare, aim=50)]
