# SPDX-License-Identifier: GPL-3.0-or-later
"""The scale is the pack's: the same pages with four points, with five, and with ten from nought to nine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from observer_app.packs.loading import PackLibrary, load_all
from observer_app.shipped import shipped
from observer_app.workflows.views import RowState
from tests.pages.assess import LivePage, SignInPage
from tests.pages.driving import Driver
from tests.simulators.desk import PASSPHRASE, Desk
from tests.simulators.desk_centre import ManagerDesk
from tests.simulators.desk_moderate import DeskModerate
from tests.ui.audit import LOOKS, faults_of
from tests.ui.moderate.test_every_moderate_page import stages as moderate_stages
from tests.ui.test_every_page import stages

Open = Callable[..., Driver]
_ANCHOR = "What somebody does at point {n}, told so that it can be seen and heard from the chair by the wall"
TEN = "supervision-stuck-case"


@pytest.fixture
def ten(tmp_path: Path) -> PackLibrary:
    """The practice supervisor's pack and scenario, on a scale from 0 to 9."""
    framework = yaml.safe_load((shipped("rubrics") / "practice-supervisor.yaml").read_text("utf-8"))
    scenario = yaml.safe_load((shipped("resources") / "scenarios" / f"{TEN}.yaml").read_text("utf-8"))
    framework["scale"] = [{"value": n, "label": f"Point {n}"} for n in range(10)]
    framework["rules"]["cut"] = 5
    for criterion in scenario["criteria"]:
        criterion["anchors"] = {n: _ANCHOR.format(n=n)[:90] for n in range(10)}
    for name, pack in (("framework", framework), ("scenario", scenario)):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(pack, sort_keys=False), encoding="utf-8")
    library = load_all([tmp_path])
    assert not library.faults
    return library


@pytest.mark.parametrize("look", ["light", "200", "wide"])
def test_ten_points_fit_beside_each_other_and_every_digit_rates(open_window: Open, ten: PackLibrary, look: str) -> None:
    desk = Desk(scenario=TEN, library=ten)
    driver = open_window(desk, **LOOKS[look])
    live = SignInPage(driver).sign_in(PASSPHRASE).open().confirm().start()
    assert isinstance(live, LivePage)
    for value in range(10):
        desk.clock.advance(5)
        live.rate(value)
        driver.wait(lambda value=value: live.row(1).value == value and live.state(1) is RowState.SAVED)
    assert faults_of(driver.window, look) == []


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["joining-a-new-school", TEN])
def test_every_page_with_the_other_shipped_scales(open_window: Open, scenario: str) -> None:
    desk = Desk(scenario=scenario)
    desk.assess.quiet = True
    driver = open_window(desk)
    found = [fault for stage in stages(driver, desk) for fault in faults_of(driver.window, stage)]
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("look", ["light", "200"])
def test_every_page_with_ten_points(open_window: Open, ten: PackLibrary, look: str) -> None:
    desk = Desk(scenario=TEN, library=ten)
    desk.assess.quiet = True
    driver = open_window(desk, **LOOKS[look])
    found = [fault for stage in stages(driver, desk) for fault in faults_of(driver.window, stage)]
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("look", ["light", "200"])
def test_a_moderator_with_ten_points(open_window: Open, ten: PackLibrary, look: str) -> None:
    desk = DeskModerate(live=lambda number: number % 10, scenario=ten.scenarios[TEN])
    session = ManagerDesk(moderate=desk)
    driver = open_window(session, **LOOKS[look])
    driver.window.sign_in(session)  # type: ignore[arg-type]
    driver.texts()
    found = [fault for stage in moderate_stages(driver, desk) for fault in faults_of(driver.window, stage)]
    assert not found, "\n".join(found)
