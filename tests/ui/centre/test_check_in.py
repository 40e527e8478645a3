# SPDX-License-Identifier: GPL-3.0-or-later
"""Check-in: nobody has arrived before identity is checked and consent is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from observer_app.errors import StoreLocked
from tests.pages.board import CheckInPage
from tests.pages.driving import Driver
from tests.simulators.desk_centre import DeskCentre

Manager = Callable[..., Driver]


@pytest.mark.parametrize(("given", "word"), [(True, "given"), (False, "refused")])
def test_a_candidate_arrives(manager: Manager, centre: DeskCentre, given: bool, word: str) -> None:
    page = CheckInPage(manager()).find("S-0011")
    assert page.driver.sees("Sample Candidate 11") and page.driver.sees("Arrived: 2 things left")
    page.tick_identity().consent(given)
    page.arrived()
    page.driver.wait(lambda: page.says() == "Sample Candidate 11 has arrived.")
    assert centre.asked == [("check_in", "sit-11", True, word)]


def test_what_is_said_of_training_is_written_down_and_needs_no_answer(manager: Manager, centre: DeskCentre) -> None:
    page = CheckInPage(manager()).find("S-0011").tick_identity().consent(True)
    assert not page.screen.panel.training.isChecked()  # as booked; nobody has to be asked twice
    page.screen.panel.training.click()
    page.arrived()
    page.driver.wait(lambda: page.says() == "Sample Candidate 11 has arrived.")
    assert ("training", "yes") in [(e.kind, e.value) for e in centre.events if e.sitting == "sit-11"]
    page.find("S-0013").find("S-0011")
    assert page.screen.panel.training.isChecked()


def test_who_refuses_the_camera_has_nothing_used_for_training(manager: Manager, centre: DeskCentre) -> None:
    page = CheckInPage(manager()).find("S-0011").tick_identity()
    page.screen.panel.training.setChecked(True)
    page.consent(False).arrived()
    page.driver.wait(lambda: page.says() == "Sample Candidate 11 has arrived.")
    assert ("training", "no") in [(e.kind, e.value) for e in centre.events if e.sitting == "sit-11"]


def test_arrived_says_what_is_missing_and_writes_nothing(manager: Manager, centre: DeskCentre) -> None:
    page = CheckInPage(manager()).find("S-0011")
    assert page.arrived() == "Tick that you checked who it is. Ask about consent and choose the answer."
    page.tick_identity()
    assert page.arrived() == "Ask about consent and choose the answer."
    assert centre.asked == []


def test_nothing_is_filled_in_for_the_next_candidate(manager: Manager) -> None:
    page = CheckInPage(manager()).find("S-0011").tick_identity().consent(True).find("S-0013")
    panel = page.screen.panel
    assert not panel.identity.isChecked() and not panel.given.isChecked() and not panel.refused_consent.isChecked()


def test_what_was_ticked_stays_through_a_refresh(manager: Manager) -> None:
    page = CheckInPage(manager()).find("S-0011").tick_identity()
    page.screen.look()
    assert page.screen.panel.identity.isChecked()


def test_what_could_not_be_written_is_said(manager: Manager, centre: DeskCentre) -> None:
    page = CheckInPage(manager()).find("S-0011").tick_identity().consent(True)
    centre.refuse(StoreLocked("Another program holds the day’s list.", advice="Close it and try again."))
    page.arrived()
    page.driver.wait(lambda: "Another program" in page.says())
    assert page.screen.panel.go.ready


def test_extra_time_stands_beside_the_photo(manager: Manager) -> None:
    page = CheckInPage(manager()).find("S-0007")
    assert page.driver.sees("Extra time 25 %")
    assert page.screen.panel.photo.accessibleName() == "Photo of Sample Candidate 07"
