# SPDX-License-Identifier: GPL-3.0-or-later
"""The manager's pages in every look: names for those who cannot see, nothing cut, no window over the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from observer_app.domain.roles import Workspace
from observer_app.workflows.board_views import ImportFault, PacksView, PackTrouble
from tests.pages.board import BoardPage, CheckInPage, ExportsPage, ImportPage
from tests.pages.driving import Driver, Key
from tests.simulators.desk_centre import DeskCentre
from tests.ui.audit import EVERY_LOOK, LOOKS, faults_of


def stages(driver: Driver, centre: DeskCentre, folder: Path) -> Iterator[str]:
    board = BoardPage(driver)
    for candidate in ("Sample Candidate 01", "Sample Candidate 06", "Sample Candidate 11"):
        board.choose(candidate)
        yield f"board, {candidate}"
    for action in ("Absent", "Late", "Swap"):
        board.act(action)
        yield f"board, {action}"
        driver.press(Key.Key_Escape)
    board.reconcile()
    yield "reconcile"
    board.screen.show_board()
    CheckInPage(driver).find("S-0013")
    yield "check-in"
    trouble = PackTrouble("scenarios/a-first-visit-to-a-family.yaml", 12, "'minutes' must be 1 or more; it is 0.")
    centre.pack_files = PacksView("/a/folder/of/the/centre/with/a/long/way/to/it/packs", 3, (trouble,) * 3)
    driver.window.open_space(Workspace.CENTRE)
    yield "board, packs"
    page = ImportPage(driver)
    yield "import, packs"
    centre.pack_files = PacksView("", 4)
    driver.window.open_space(Workspace.CENTRE)
    page = ImportPage(driver)
    yield "import"
    centre.faults = (ImportFault(7, "scenario", "There is no scenario “first-visit” here.", "Use first-home-visit."),)
    page.look_at(Path("day.csv"))
    yield "import, faults"
    centre.faults = ()
    page.look_at(Path("good.csv"))
    yield "import, good"
    yield from what_is_kept(driver, folder)


def what_is_kept(driver: Driver, folder: Path) -> Iterator[str]:
    """Exports, records and people."""
    exports = ExportsPage(driver)
    driver.wait(lambda: driver.sees("3 records are chosen"))
    yield "exports"
    exports.start(str(folder))
    driver.wait(lambda: exports.says() != "")
    yield "exports, done"
    driver.window.show_page("centre.records")
    records: Any = driver.window.front
    driver.wait(lambda: records.panel.record is not None)
    yield "records"
    records.panel.choices["notes"].setChecked(True)
    records.panel.submit()
    yield "records, erasing"
    records.panel.choices["give"].setChecked(True)
    driver.wait(records.panel.giving.give.isVisible)
    records.panel.giving.give.go.click()
    yield "records, giving out"
    records.panel.giving.what.choose("marks")
    yield "records, giving marks out"
    driver.window.show_page("centre.people")
    yield "people"


@pytest.mark.parametrize("look", EVERY_LOOK)
def test_every_control_has_a_name_and_nothing_is_cut(
    manager: Callable[..., Driver], centre: DeskCentre, tmp_path: Path, look: str
) -> None:
    driver = manager(**LOOKS[look])
    found: list[Any] = []
    for stage in stages(driver, centre, tmp_path):
        found += faults_of(driver.window, stage)
    assert not found, "\n".join(found)
