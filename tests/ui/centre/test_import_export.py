# SPDX-License-Identifier: GPL-3.0-or-later
"""Import names every bad row and takes in nothing faulty; exports run off the window's thread and say what is left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from observer_app.workflows.board_views import ImportFault, PacksView, PackTrouble
from tests.pages.board import BoardPage, ExportsPage, ImportPage
from tests.pages.driving import Driver
from tests.simulators.desk_centre import PASSPHRASE, DeskCentre

Manager = Callable[..., Driver]
FAULTS = (
    ImportFault(4, "starts", "“9.10 Uhr” is no time of day.", "Write it as 09:10."),
    ImportFault(7, "scenario", "There is no such scenario.", "Use one of the packs."),
    ImportFault(7, "room", "The room is empty.", "Fill it in."),
)


def test_every_bad_row_is_named_and_nothing_can_be_taken_in(manager: Manager, centre: DeskCentre) -> None:
    page = ImportPage(manager())
    centre.faults = FAULTS
    assert page.look_at(Path("day.csv")).startswith("2 rows cannot be taken in")
    assert page.faults()[0] == ("4", "starts", "“9.10 Uhr” is no time of day.", "Write it as 09:10.")
    assert len(page.faults()) == 3
    page.screen.take_in()
    assert centre.asked == [] and not page.screen.passphrase.isVisible()


def test_a_good_file_is_shown_taken_in_and_brought_to_the_rooms(manager: Manager, centre: DeskCentre) -> None:
    page = ImportPage(manager())
    assert page.look_at(Path("day.csv")) == "14 sittings on Tuesday 9 June, all well. 12 of them with a photo."
    assert page.screen.preview is not None and page.screen.preview.model().rowCount() == 6
    assert page.take_in("") == "Type your passphrase."
    assert page.take_in("wrong").startswith("That passphrase is not yours") and centre.asked == []
    assert "is taken in" in page.take_in(PASSPHRASE)
    assert centre.asked == [("take_in", "day.csv")]
    assert page.screen.passphrase.text() == ""
    assert all(thread.startswith("observer-ui") for thread in centre.threads)


def test_faulty_packs_are_named_where_the_day_is_taken_in(manager: Manager, centre: DeskCentre) -> None:
    faults = [PackTrouble("scenarios/visit.yaml", n, f"Reason {n}.", f"Advice {n}.") for n in (12, 4, 30)]
    faults += [PackTrouble(f"scenarios/x{n}.yaml", 0, "The file is empty.", "") for n in range(5)]
    centre.pack_files = PacksView("/stores/packs", 3, tuple(faults))
    driver = manager()
    BoardPage(driver)
    assert driver.sees("6 files with frameworks or scenarios have faults, so they are not offered. Import says which")
    page = ImportPage(driver)
    assert driver.sees("scenarios/visit.yaml, line 4: Reason 4. Advice 4. (2 more faults in this file.)")
    assert driver.sees("scenarios/x2.yaml: The file is empty.") and not driver.sees("x3.yaml")
    assert driver.sees("/stores/packs") and page.screen.packs.accessibleName() == page.screen.packs.words


def test_a_centre_without_packs_is_told_where_they_go(manager: Manager, centre: DeskCentre) -> None:
    centre.pack_files = PacksView("/stores/packs", 0)
    driver = manager()
    assert driver.sees("No scenario is on this machine yet")
    ImportPage(driver)
    assert driver.sees("Put your programme’s frameworks and scenarios into /stores/packs")


def test_with_sound_packs_nothing_is_said(manager: Manager) -> None:
    page = ImportPage(manager())
    assert not page.screen.packs.isVisible() and not page.driver.sees("frameworks")


def test_another_file_in_the_field_forgets_what_was_looked_at(manager: Manager) -> None:
    page = ImportPage(manager())
    page.look_at(Path("day.csv"))
    page.screen.file.setText("other.csv")
    assert not page.screen.passphrase.isVisible() and page.screen.line.words == ""


def test_a_file_that_is_no_table_is_a_sentence(manager: Manager) -> None:
    page = ImportPage(manager())
    words = page.look_at(Path("day.doc"))
    assert "not a table" in words and "Save it as CSV" in words


def test_the_list_goes_to_the_rooms_and_to_a_stick(manager: Manager, centre: DeskCentre, tmp_path: Path) -> None:
    page = ImportPage(manager())
    rooms = page.screen.rooms
    assert page.driver.sees("Arrived 11:46") and page.driver.sees("Not sent")
    rooms.send.click()
    page.driver.wait(lambda: "Sent." in rooms.line.words)
    assert all(machine.roster != "not_sent" for machine in centre.machines)
    rooms.write.click()
    assert rooms.line.words == "Type or choose a folder first."
    rooms.folder.field.setText(str(tmp_path / "none"))
    rooms.write.click()
    page.driver.wait(lambda: "Put the USB stick in" in rooms.line.words)
    rooms.folder.field.setText(str(tmp_path))
    rooms.write.click()
    page.driver.wait(lambda: rooms.line.words.startswith("Written:"))
    assert len(list(tmp_path.iterdir())) == 1


def test_an_export_runs_beside_the_window_and_says_what_it_left(
    manager: Manager, centre: DeskCentre, tmp_path: Path
) -> None:
    page = ExportsPage(manager())
    centre.export_gate.clear()
    page.start(str(tmp_path))
    page.driver.wait(lambda: page.driver.sees("3 of 8"))
    assert page.driver.sees("Exporting") and not page.screen.go.ready
    page.start(str(tmp_path))  # a second press while it runs does nothing
    centre.export_gate.set()
    page.driver.wait(lambda: page.says() == f"Written to {tmp_path}")
    assert page.driver.sees("5 reports, one a candidate") and page.driver.sees("Sample Candidate 08, in progress")
    assert not page.driver.sees("3 of 8")
    assert all(thread.startswith("observer-ui") for thread in centre.threads)


def test_an_export_that_fails_says_why_and_can_be_tried_again(manager: Manager, tmp_path: Path) -> None:
    page = ExportsPage(manager()).start("")
    assert page.says() == "Type or choose a folder first."
    page.start(str(tmp_path / "none"))
    page.driver.wait(lambda: "There is no folder none" in page.says())
    page.start(str(tmp_path))
    page.driver.wait(lambda: page.says().startswith("Written to"))


def test_what_is_marked_again_is_handed_over_by_number_alone(manager: Manager, centre: DeskCentre) -> None:
    page = ExportsPage(manager())
    page.driver.wait(lambda: page.driver.sees("3 records are chosen. 1 is handed over already."))
    again = page.screen.again
    assert again.go.text() == "Hand over 2 records" and again.moderator.currentText() == "Sample Moderator M"
    again.go.click()
    page.driver.wait(lambda: again.line.words.startswith("2 records are handed over"))
    page.driver.wait(lambda: page.driver.sees("All of them are handed over"))
    assert again.go.isHidden() or not again.go.isVisible()
