# SPDX-License-Identifier: GPL-3.0-or-later
"""The moderator's pages in every look: names for those who cannot see, nothing cut, no window over the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from observer_app.ui.moderate import timeline
from tests.pages.driving import Driver, Key
from tests.pages.replay import ComparePage, ReplayPage, WorkPage
from tests.simulators.desk_centre import ManagerDesk
from tests.simulators.desk_moderate import PASSPHRASE, DeskModerate
from tests.ui.audit import EVERY_LOOK, LOOKS, faults_of
from tests.ui.legibility import faint


def stages(driver: Driver, desk: DeskModerate) -> Iterator[str]:
    yield "work list"
    page = WorkPage(driver).open()
    rows = desk.replay.view().rows
    for number, row in enumerate(rows[:4]):
        page.go(200_000 * (number + 1))
        page.screen._choose(row.criterion)
        page.rate(number + 2)
    page.key(Key.Key_F)
    page.note("Takes “he is fine with them” as the answer. Does not ask who else sleeps there.")
    yield "replay"
    page.key(Key.Key_N)
    yield "note"
    driver.press(Key.Key_Escape)
    page.press_sign()
    yield "left"
    page.go(570_000)
    yield "gap"
    for row in rows[4:]:
        desk.replay.rate(row.criterion, 4, 900_000)
    page.screen.look()
    page.press_sign()
    yield "passphrase"
    driver.type(PASSPHRASE)
    driver.press(Key.Key_Return)
    compare = ComparePage(driver)
    compare.still()
    yield "compare"
    compare.decide("replay")
    yield "deciding"
    driver.window.show_page("moderate.replay")
    ReplayPage(driver).settle()
    yield "replay, signed"
    page.go(570_000 - 100_000).key(Key.Key_T)
    form = page.screen.panel.foot.late
    driver.wait(lambda: not form.isHidden())
    yield "picture and marks"


@pytest.mark.parametrize("look", EVERY_LOOK)
def test_every_control_has_a_name_and_nothing_is_cut(open_window: Callable[..., Driver], look: str) -> None:
    desk = DeskModerate(live=lambda number: (5, 4, 5, 6, 4, 6, 5, 4, 4, 4)[number])
    session = ManagerDesk(moderate=desk)
    driver = open_window(session, **LOOKS[look])
    driver.window.sign_in(session)  # type: ignore[arg-type]
    driver.texts()
    found: list[str] = []
    for stage in stages(driver, desk):
        found += faults_of(driver.window, stage)
        if stage in ("replay", "gap"):
            found += faint(driver.window.front.watching.timeline, timeline)  # type: ignore[union-attr]
    assert not found, "\n".join(found)
