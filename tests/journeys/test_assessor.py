# SPDX-License-Identifier: GPL-3.0-or-later
"""An assessor's sitting by keys alone, from sign-in until the central store has acknowledged it."""

from __future__ import annotations

from typing import cast

import pytest

from observer_app.bootstrap.session import Session
from observer_app.domain.events import Kind
from observer_app.domain.record import RecordState
from observer_app.ui.widgets.fields import TextField
from observer_app.workflows.views import RowState
from tests.pages.assess import LivePage, ReviewPage, SignInPage, TodayPage
from tests.pages.driving import Driver, Key
from tests.pages.real_window import OpenMachine
from tests.pages.sample_machine import ASSESSOR, MANAGER, RAW_ID, Machine
from tests.simulators.drawing import number_in

_NOTE = "Says who asked for the visit, and why."
_COMMENT = "Asked once and did not go back to it."


def start_interview(driver: Driver, *, recorded: bool = True) -> LivePage:
    """By keys from the sign-in page into the simulation, the camera recording."""
    live = SignInPage(driver).sign_in(ASSESSOR.passphrase).open().confirm().start()
    next_phase(live, "Simulation")
    if recorded:
        driver.wait(lambda: live.screen.view.recording == "recording")
    return live


def sees_the_room(live: LivePage) -> None:
    """What is painted beside the rubric is the camera's own picture, and it moves: the film's numbers tell."""

    def number() -> int:
        return number_in(live.screen.panel.picture.grab().toImage())

    live.driver.wait(lambda: number() >= 0)
    first = number()
    live.driver.wait(lambda: number() not in (-1, first))


def next_phase(live: LivePage, title: str) -> None:
    """Tab to the button at the right end of the bar, Enter, Enter again where it asks."""
    driver = live.driver
    driver.tab_to(live.screen.view.next_action)
    driver.press(Key.Key_Return)
    if live.screen.strip.asking:
        driver.press(Key.Key_Return)
    driver.wait(lambda: (live.screen.view.phase.title if live.screen.view.phase else "") == title)


def all_saved(live: LivePage) -> bool:
    """Whether the disk has confirmed everything pressed so far."""
    return bool(live.screen.view.saved) and all(r.state is not RowState.SAVING for r in live.screen.view.rows)


def rate_and_write(live: LivePage) -> None:
    """Ratings, a note, a flag, a clip, and changing one's mind."""
    driver = live.driver
    live.rate(5).down().rate(4).down().rate(3)
    live.note(_NOTE)
    driver.press(Key.Key_F)
    driver.press(Key.Key_BracketLeft)
    driver.wait(lambda: live.screen.view.clip_open)
    driver.press(Key.Key_BracketRight)
    driver.wait(lambda: not live.screen.view.clip_open)
    live.down().rate(6)
    driver.wait(lambda: live.row(4).value == 6)
    live.undo()
    driver.wait(lambda: live.row(4).value is None)
    live.redo()
    driver.wait(lambda: live.row(4).value == 6)
    driver.wait(lambda: all_saved(live))
    kinds = {mark.kind for mark in live.screen.view.marks}
    assert {"rated", "note_written", "flagged", "clip_marked"} <= kinds, kinds
    assert [live.row(n).value for n in (1, 2, 3)] == [5, 4, 3]
    assert [note.text for note in live.screen.view.notes] == [_NOTE]


def fill_in(review: ReviewPage) -> None:
    """Everything Review asks for in its rows, each met by the focus when the one before is written."""
    driver = review.driver
    for _ in range(20):
        asked = next((one for one in review.screen.lines if one.row.needs), None)
        if asked is None:
            return
        before = asked.row
        driver.wait(lambda line=asked: line.isAncestorOf(driver.focus()))
        if isinstance(driver.focus(), TextField):
            driver.type(_COMMENT)
            driver.press(Key.Key_Return)
        else:  # “Rate it now” has the focus
            driver.press(Key.Key_Return)
            driver.press(Key.Key_4)
        driver.wait(lambda line=asked, was=before: line.row != was)
    raise AssertionError("Review never has enough")


def sign(review: ReviewPage, passphrase: str) -> None:
    """Who it was, the declaration, the passphrase: Space, Tab, Enter."""
    driver = review.driver
    driver.wait(review.screen.panel.person.hasFocus)
    driver.press(Key.Key_Space)
    driver.tab_to(review.screen.panel.declared.text())
    driver.press(Key.Key_Space)
    driver.tab_to("Passphrase")
    driver.type(passphrase)
    driver.press(Key.Key_Return)


@pytest.mark.slow
def test_from_sign_in_to_acknowledged(open_machine: OpenMachine, machine: Machine) -> None:
    machine.connect()
    driver = open_machine(machine)
    live = start_interview(driver)
    sees_the_room(live)
    rate_and_write(live)
    next_phase(live, "Reflection")
    next_phase(live, "Writing")
    next_phase(live, "")
    review = live.to_review()
    assert review.left()
    fill_in(review)
    sign(review, "not the passphrase")
    driver.wait(lambda: driver.sees("passphrase") and bool(review.screen.panel.trouble.text()))
    assert not review.screen.signed
    driver.type(ASSESSOR.passphrase)  # what was typed before is selected
    driver.press(Key.Key_Return)
    driver.wait(lambda: review.screen.signed)
    driver.wait(lambda: driver.sees("Acknowledged"))
    assert review.screen._view.state is RecordState.ACKNOWLEDGED
    assert not [text for text in driver.texts() if RAW_ID.search(text)]
    _as_it_was_done(driver, machine)


def _as_it_was_done(driver: Driver, machine: Machine) -> None:
    """The signed record, read back and verified: the ratings, the words, the recording without a gap, the receipt."""
    session = cast(Session, driver.window.session)
    (record,) = session.reader.records()
    opened = session.reader.open(record)
    assert opened.receipt is not None
    assert opened.state is not None
    rated = sorted(opened.state.values().values())
    assert rated == sorted([5, 4, 3, 6, 4, 4, 4, 4]) and opened.overall == 4
    assert opened.media and not any(segment.gaps for segment in opened.media)
    driver.window.lock()
    desk = machine.sign_in(MANAGER)  # who holds the centre's key can read what was written
    try:
        assert {_NOTE, _COMMENT} <= set(desk.reader.open(record).texts.values())
    finally:
        desk.lock()


def test_nothing_is_recorded_without_consent_and_scoring_works(open_machine: OpenMachine, machine: Machine) -> None:
    _withdraw_consent(machine)
    driver = open_machine(machine)
    live = SignInPage(driver).sign_in(ASSESSOR.passphrase).open().confirm()
    assert driver.sees("No consent to be filmed is on file, so nothing is recorded.")
    live.start()
    next_phase(live, "Simulation")
    assert live.screen.view.recording == "refused"
    live.rate(4).down().rate(6)
    driver.wait(lambda: live.state(1) is RowState.SAVED and live.state(2) is RowState.SAVED)
    recordings = list(machine.vault.rglob("*.obsv"))
    assert recordings == []


def _withdraw_consent(machine: Machine) -> None:
    """The roster's consent is replaced by the manager's check-in: not given."""
    session = machine.sign_in(MANAGER)
    try:
        day = session.centre.days()[0]
        roster = session.store.sittings.roster(day)
        assert roster is not None
        at = session.clock.now()
        session.centre.check_in(roster.sittings[0].id, identity=True, consent="refused", at=at).result()
    finally:
        session.lock()


def test_leaving_and_coming_back(open_machine: OpenMachine, machine: Machine) -> None:
    driver = open_machine(machine)
    live = SignInPage(driver).sign_in(ASSESSOR.passphrase).open().confirm().start()
    live.rate(4).down(2).rate(5).up()
    driver.wait(lambda: live.state(1) is RowState.SAVED and live.state(3) is RowState.SAVED)
    live.screen.leave()
    today = TodayPage(driver)
    again = today.open()
    assert again.row(1).value == 4 and again.state(1) is RowState.SAVED
    assert again.screen.rubric.view.number == 3  # where the last rating was


def _unlock(driver: Driver) -> LivePage:
    """Nothing but the passphrase and Enter; the screen that was locked over comes by itself."""
    SignInPage(driver)
    driver.type(ASSESSOR.passphrase)
    driver.press(Key.Key_Return)
    return LivePage(driver)


def _stands_as_before(live: LivePage, observation: str) -> None:
    driver = live.driver
    assert live.screen.view.observation == observation
    assert live.screen.rubric.view.number == 4 and live.row(1).value == 5
    driver.wait(lambda: isinstance(driver.focus(), TextField))
    assert cast(TextField, driver.focus()).toPlainText() == "Half a sentence"
    driver.wait(lambda: live.screen.view.recording == "recording")


@pytest.mark.slow
def test_unlocking_comes_back_to_the_interview_and_the_recording_never_stopped(
    open_machine: OpenMachine, machine: Machine
) -> None:
    driver = open_machine(machine)
    live = start_interview(driver)
    observation = live.screen.view.observation
    live.rate(5).down(3)
    driver.press(Key.Key_N)
    driver.type("Half a sentence")
    driver.window.menu().actions()[0].trigger()  # Lock
    live = _unlock(driver)
    _stands_as_before(live, observation)
    driver.press(Key.Key_Return, Key.Key_P)  # the note is kept
    driver.type("Fire bell")
    driver.press(Key.Key_Return)
    driver.wait(lambda: live.screen.view.paused)
    driver.press(Key.Key_N)
    driver.type("Half a sentence")
    driver.window.idle.passed()  # nobody ended the pause
    live = _unlock(driver)
    _stands_as_before(live, observation)
    session = cast(Session, driver.window.session)
    kinds = [event.kind for event in session.vault.events(observation)]
    assert kinds.count(Kind.RECORDING_STARTED) == 1
    assert not {Kind.RECORDING_STOPPED, Kind.RECORDING_GAP, Kind.RESUMED_AFTER_CRASH} & set(kinds), kinds
