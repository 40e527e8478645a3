# SPDX-License-Identifier: GPL-3.0-or-later
"""Scale, phases and names are the pack's: the same pages with four points, with five, with ten from nought to nine, and
with everything as long as the rules for packs allow."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from observer_app.packs.loading import PackLibrary, load_all
from observer_app.shipped import shipped
from observer_app.ui.assess.candidate import phases_around
from observer_app.workflows.views import PhaseView, RowState
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


LONG = "A title as long as the rules for packs allow, which nobody ought to write but may"


@pytest.fixture
def long(tmp_path: Path) -> PackLibrary:
    """Many phases with long names, one of more than an hour, reminders close together, long titles, twenty criteria."""
    framework = yaml.safe_load((shipped("rubrics") / "practice-supervisor.yaml").read_text("utf-8"))
    scenario = yaml.safe_load((shipped("resources") / "scenarios" / f"{TEN}.yaml").read_text("utf-8"))
    framework["title"] = scenario["title"] = LONG[:80]
    scenario["phases"] = [
        {"id": f"p{n}", "title": f"Talk number {n} with two people", "minutes": 75 if n == 1 else 10,
         "warn_at": [60, 5, 2, 1] if n == 1 else [1], "recorded": n == 1, "interview": n == 1}
        for n in range(12)
    ]  # fmt: skip
    criteria = scenario["criteria"]
    scenario["criteria"] = [
        {**deepcopy(criteria[n % len(criteria)]), "id": f"c-{n}", "title": f"{n} {LONG}"[:48].strip()}
        for n in range(20)
    ]
    for name, pack in (("framework", framework), ("scenario", scenario)):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(pack, sort_keys=False), encoding="utf-8")
    library = load_all([tmp_path])
    assert not library.faults
    return library


@pytest.mark.parametrize("look", ["light", "200"])
def test_long_names_and_many_phases_are_shortened_and_never_cut(
    open_window: Open, long: PackLibrary, look: str
) -> None:
    desk = Desk(scenario=TEN, library=long)
    driver = open_window(desk, **LOOKS[look])
    live = SignInPage(driver).sign_in(PASSPHRASE).open().confirm().start()
    desk.clock.advance(700)
    desk.live.next_phase(desk.clock.now())
    driver.wait(lambda: live.screen.view.phase is not None and live.screen.view.phase.title.startswith("Talk number 1"))
    assert faults_of(driver.window, look) == []
    button = live.screen.bar.buttons["next"]
    assert button.accessibleName() == "End talk number 1 with two people"
    assert button.text() == ("End this phase" if look == "200" else button.accessibleName())
    if look == "light":
        assert live.screen.panel.clock.accessibleName().startswith("1:33:45 left of 93:45")


@pytest.mark.parametrize(
    ("at", "shown"), [(0, "01234"), (1, "01234"), (2, "12345"), (6, "56789"), (9, "56789"), (10, "56789")]
)
def test_of_many_phases_those_around_the_running_one_are_listed(at: int, shown: str) -> None:
    phases = tuple(
        PhaseView(str(n), str(n), 60, "done" if n < at else "now" if n == at else "to_come", (), 0) for n in range(10)
    )
    assert "".join(phase.id for phase in phases_around(phases)) == shown
    assert phases_around(phases[:4]) == phases[:4]


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
