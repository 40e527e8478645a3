# SPDX-License-Identifier: GPL-3.0-or-later
"""Live: every key once, and nothing ticked before the disk has confirmed."""

from __future__ import annotations

import gc
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from observer_app.domain.events import Kind
from observer_app.domain.moment import TimeSource
from observer_app.errors import Conflict, DiskFull
from observer_app.ui.assess import live_keys
from observer_app.ui.widgets.scale import SavedCell
from observer_app.workflows.views import RowState
from tests.pages.assess import LivePage, SignInPage, TodayPage, cell
from tests.pages.driving import Driver, Key
from tests.simulators.desk import PASSPHRASE, Desk
from tests.waiting import until

Live = Callable[..., LivePage]


def kinds(desk: Desk) -> list[str]:
    return [event.kind for event in desk.live.events]


# ---- before the first phase ----


def test_identity_comes_first_and_in_place(open_window: Callable[..., Driver], desk: Desk) -> None:
    driver = open_window(desk)
    live = SignInPage(driver).sign_in(PASSPHRASE).open()
    assert driver.sees("Is this the person in front of you?") and driver.sees("Registration SW-SAMPLE-07")
    driver.press(Key.Key_4)
    assert Kind.RATED not in kinds(desk)
    live.confirm()
    assert driver.sees("Reading, 12:30") and driver.sees("The camera records from simulation on.")
    live.start()
    assert kinds(desk)[-2:] == [Kind.IDENTITY_CONFIRMED, Kind.PHASE_STARTED]


def test_someone_else_goes_back_to_today_with_a_reason(open_window: Callable[..., Driver], desk: Desk) -> None:
    driver = open_window(desk)
    SignInPage(driver).sign_in(PASSPHRASE).open()
    driver.tab_to("No, someone else")
    driver.press(Key.Key_Space)
    driver.type("Candidate 09 came in; the desk knows.")
    driver.press(Key.Key_Return)
    TodayPage(driver)
    assert desk.live.texts["wrong"].startswith("Candidate 09") and desk.live.closed == 1


# ---- ratings ----


def test_a_digit_rates_the_current_row(go_live: Live, desk: Desk) -> None:
    live = go_live(desk).rate(5).down().rate(3).up(4).rate(4)
    assert (live.row(1).value, live.row(2).value) == (4, 3)
    assert live.row(1).was == (5,) and live.state(1) is RowState.SAVED


def test_no_tick_before_the_disk_has_confirmed(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    desk.hold()
    live.rate(5)
    assert live.state(1) is RowState.SAVING and not live.screen.view.saved
    desk.release()
    live.driver.wait(lambda: live.state(1) is RowState.SAVED)


def said_in(part: QWidget) -> list[str]:
    return [label.text() for label in part.findChildren(QLabel)]


class PaintedEnds(QObject):
    """What the end of a row showed each time it was painted."""

    def __init__(self, end: QWidget) -> None:
        super().__init__()
        self.states: list[RowState] = []
        end.installEventFilter(self)

    def eventFilter(self, end: Any, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.states.append(end._row.state)
        return False


def test_a_quick_disk_is_ticked_at_once_and_a_slow_one_says_so(
    go_live: Live, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = go_live(desk)
    painted = PaintedEnds(live.screen.rubric.rows[0].findChild(SavedCell))
    monkeypatch.setattr(live_keys, "_AT_ONCE_S", 60.0)
    desk.hold()

    def disk() -> None:
        until(lambda: RowState.SAVING in desk.live.saving.values(), "the rating")
        desk.release()

    answering = Thread(target=disk)
    answering.start()
    live.rate(5)
    answering.join()
    assert live.state(1) is RowState.SAVED
    assert set(painted.states) == {RowState.SAVED}, (
        "painted before the disk had answered: the tick had to wait for that"
    )
    monkeypatch.setattr(live_keys, "_AT_ONCE_S", 0.0)
    desk.hold()
    live.rate(6)
    live.driver.wait(lambda: painted.states[-1] is RowState.SAVING)
    desk.release()
    live.driver.wait(lambda: painted.states[-1] is RowState.SAVED)


def test_while_it_is_open_python_does_not_look_through_the_whole_window(go_live: Live, desk: Desk) -> None:
    """Between two keys that took 70 ms now and then. Left, what is no longer needed is found again."""
    live = go_live(desk)
    assert gc.get_freeze_count() > 10_000
    live.screen.leave()
    TodayPage(live.driver)
    assert gc.get_freeze_count() == 0


def test_what_could_not_be_saved_says_so_until_something_is(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    desk.refuse(DiskFull("There is no room left on the disk.", advice="Free some space."))
    live.rate(5)
    live.driver.wait(lambda: "Free some space" in live.strip())
    assert live.state(1) is not RowState.SAVED
    live.rate(5)
    live.driver.wait(lambda: live.strip().startswith("Rubric"))
    assert live.state(1) is RowState.SAVED


def test_what_could_not_be_saved_is_not_called_saving_where_text_is_large(go_live: Live, desk: Desk) -> None:
    live = go_live(desk, factor=2.0)
    strip = live.screen.top
    assert "Saved" in said_in(strip)
    desk.refuse(DiskFull("There is no room left on the disk.", advice="Free some space."))
    live.rate(5)
    live.driver.wait(lambda: "Not saved" in said_in(strip))
    assert not {"Saved", "Saving"} & set(said_in(strip))
    live.rate(5)
    live.driver.wait(lambda: "Saved" in said_in(strip))


def test_a_held_key_rates_once(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    for again in (False, True, True):
        event = QKeyEvent(QEvent.Type.KeyPress, Key.Key_5, Qt.KeyboardModifier.NoModifier, "5", again)
        QApplication.sendEvent(live.driver.focus(), event)
        desk.clock.advance(1)  # beyond the pack's guard against a second press
    assert kinds(desk).count(Kind.RATED) == 1


def test_a_held_n_writes_no_letters(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    for again in (False, True, True, True):
        event = QKeyEvent(QEvent.Type.KeyPress, Key.Key_N, Qt.KeyboardModifier.NoModifier, "n", again)
        QApplication.sendEvent(live.driver.focus(), event)
    QTest.keyClicks(live.driver.focus(), "no, n")
    for _ in range(2):  # a letter held down on purpose is one
        event = QKeyEvent(QEvent.Type.KeyPress, Key.Key_N, Qt.KeyboardModifier.NoModifier, "n", True)
        QApplication.sendEvent(live.driver.focus(), event)
    assert live.screen.notes.editor.line.toPlainText() == "no, nnn"


def test_a_held_p_is_no_part_of_the_reason(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    for again in (False, True, True):
        event = QKeyEvent(QEvent.Type.KeyPress, Key.Key_P, Qt.KeyboardModifier.NoModifier, "p", again)
        QApplication.sendEvent(live.driver.focus(), event)
    live.driver.type("Fire bell")
    live.driver.press(Key.Key_Return)
    assert desk.live.texts["pause"] == "Fire bell"


@pytest.mark.parametrize("text", ["²", "①", "½"])
def test_a_key_whose_figure_is_no_number_rates_nothing_and_breaks_nothing(go_live: Live, desk: Desk, text: str) -> None:
    """Keyboards of some countries have a key for “²”, and others give one with AltGr."""
    live = go_live(desk).note("First words")
    event = QKeyEvent(QEvent.Type.KeyPress, Key.Key_unknown, Qt.KeyboardModifier.NoModifier, text)
    QApplication.sendEvent(live.driver.focus(), event)
    live.driver.press(Key.Key_F3)
    event = QKeyEvent(QEvent.Type.KeyPress, Key.Key_unknown, Qt.KeyboardModifier.NoModifier, text)
    QApplication.sendEvent(live.driver.focus(), event)
    assert not {Kind.RATED, Kind.NOTE_MOVED} & set(kinds(desk))


def test_the_moment_is_the_keys_and_not_its_handlers(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    event = QKeyEvent(QEvent.Type.KeyPress, Key.Key_5, Qt.KeyboardModifier.NoModifier, "5")
    now = desk.clock.now().monotonic_us
    event.setTimestamp(now // 1000 - 300)  # the window was busy for 300 ms
    QApplication.sendEvent(live.driver.focus(), event)
    rated = desk.live.events[-1]
    assert (rated.kind, rated.at.source, now - rated.at.monotonic_us) == (Kind.RATED, TimeSource.KEY, 300_000)


def test_a_digit_off_the_scale_does_nothing(go_live: Live, desk: Desk) -> None:
    go_live(desk).rate(8).rate(9).rate(0)
    assert Kind.RATED not in kinds(desk)


def test_undo_and_redo_go_through_everything(go_live: Live, desk: Desk) -> None:
    live = go_live(desk).rate(5)
    desk.clock.advance(1)
    live.note("Sits down when asked.").rate(3).undo().undo()
    assert live.row(1).value == 5 and not live.screen.view.notes
    live.redo()
    assert [note.text for note in live.screen.view.notes] == ["Sits down when asked."]
    assert len(desk.live.events) == len({event.seq for event in desk.live.events})


def test_backspace_takes_a_rating_back(go_live: Live, desk: Desk) -> None:
    live = go_live(desk).rate(4)
    live.driver.press(Key.Key_Backspace)
    assert live.row(1).value is None and live.state(1) is RowState.WITHDRAWN


def test_a_click_anywhere_in_a_cell_rates(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    scale = live.screen.rubric.rows[2].scale
    QTest.mouseClick(scale, Qt.MouseButton.LeftButton, pos=QPoint(cell(scale, 6).center().x(), 2))
    assert live.row(3).value == 6


def test_arrow_keys_inside_a_scale_and_enter(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    live.driver.press(Key.Key_Right, Key.Key_Right, Key.Key_Right, Key.Key_Return)
    assert live.row(1).value == 3
    live.rate(6)  # digits work from there too
    assert live.row(1).value == 6


def test_arrow_keys_leave_a_scale_for_the_next_row(go_live: Live, desk: Desk) -> None:
    live = go_live(desk).rate(5)
    live.driver.press(Key.Key_Right, Key.Key_Down)
    assert live.screen.rubric.current == 1
    live.rate(3)
    assert (live.row(1).value, live.row(1).was, live.row(2).value) == (5, (), 3), "no digit rates a row one has left"
    live.driver.press(Key.Key_Left, Key.Key_Up)
    assert live.screen.rubric.current == 0


def test_the_row_whose_scale_has_the_keyboard_is_the_one_that_digits_rate(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    third = live.screen.rubric.rows[2]
    while not third.scale.hasFocus():
        live.driver.press(Key.Key_Tab)
    row = live.screen.rubric.current
    assert row == 2 and third.current
    live.driver.press(Key.Key_Return)
    assert live.row(row + 1).value == 1
    live.rate(6)
    assert live.row(row + 1).value == 6 and live.row(1).value is None


# ---- notes ----


def test_a_note_keeps_the_moment_of_its_key_and_the_row(go_live: Live, desk: Desk) -> None:
    live = go_live(desk).down()
    live.driver.press(Key.Key_N)
    began = desk.clock.now().monotonic_us
    desk.clock.advance(20)
    live.driver.type("no flag 4")
    live.driver.press(Key.Key_Return)
    event = desk.live.events[-1]
    assert (event.kind, event.body["criterion"], event.body["began_us"]) == (Kind.NOTE_WRITTEN, "purpose", began)
    assert Kind.FLAGGED not in kinds(desk) and Kind.RATED not in kinds(desk)  # letters were letters
    live.rate(4)
    assert live.row(2).value == 4


def test_esc_drops_a_note_and_an_empty_one_is_none(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    live.driver.press(Key.Key_N)
    live.driver.type("half")
    live.driver.press(Key.Key_Escape, Key.Key_N, Key.Key_Return)
    assert Kind.NOTE_WRITTEN not in kinds(desk) and desk.live.draft() is None


def test_one_letter_keys_are_asleep_while_writing(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    button = live.screen.bar.buttons["note"]
    assert not button._asleep
    live.driver.press(Key.Key_N)
    assert button._asleep
    live.driver.press(Key.Key_Escape)
    assert not button._asleep


def test_a_half_written_note_is_there_again(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    live.driver.press(Key.Key_N)
    live.driver.type("Mother looks at the door")
    live.driver.wait(lambda: desk.live.kept_draft is not None)
    live.screen.leave()
    again = TodayPage(live.driver).open()
    line = again.screen.notes.editor.line
    assert line.toPlainText() == "Mother looks at the door" and live.driver.focus() is line


def test_nothing_is_pasted(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    QApplication.clipboard().setText("a prepared sentence")
    live.driver.press(Key.Key_N)
    live.driver.press(Key.Key_V, with_=Qt.KeyboardModifier.ControlModifier)
    assert live.screen.notes.editor.line.toPlainText() == ""


def test_phrases_are_put_in(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    live.driver.press(Key.Key_N, Key.Key_F2, Key.Key_Down, Key.Key_Return)
    assert live.screen.notes.editor.line.toPlainText() == desk.framework.snippets[1][1]


def test_notes_are_changed_tied_and_taken_out_in_their_list(go_live: Live, desk: Desk) -> None:
    live = go_live(desk).note("First words")
    live.driver.press(Key.Key_F3, Key.Key_3)
    assert live.screen.view.notes[0].number == 3
    live.driver.press(Key.Key_Return)
    live.driver.type(", and more")
    live.driver.press(Key.Key_Return)
    assert live.screen.view.notes[0].text == "First words, and more"
    live.driver.press(Key.Key_F3, Key.Key_Delete)
    assert live.screen.view.notes == () and Kind.NOTE_REMOVED in kinds(desk)


# ---- marks, phases, trouble ----


def test_flag_and_clip(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    live.driver.press(Key.Key_F, Key.Key_BracketRight, Key.Key_BracketLeft, Key.Key_BracketLeft, Key.Key_BracketRight)
    assert kinds(desk)[-3:] == [Kind.FLAGGED, Kind.CLIP_OPENED, Kind.CLIP_CLOSED]


def test_pause_asks_why_in_place_and_p_goes_on(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    live.driver.press(Key.Key_P)
    live.driver.press(Key.Key_Return)  # no reason, no pause
    assert not live.screen.view.paused
    live.driver.type("Fire bell")
    live.driver.press(Key.Key_Return)
    assert live.screen.view.paused and "Paused" in live.strip() and desk.live.texts["pause"] == "Fire bell"
    live.driver.press(Key.Key_P)
    assert not live.screen.view.paused


def test_ending_a_phase_early_is_asked_first(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    before = live.screen.view.phase.id
    live.end_phase(sure=False)
    assert live.screen.view.phase.id == before
    live.end_phase()
    assert live.screen.view.phase.id != before


def test_the_clock_runs_by_itself(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    before = live.screen.view.remaining_s
    desk.clock.advance(5)
    live.driver.wait(lambda: live.screen.view.remaining_s == before - 5)


def test_a_lost_camera_is_said_and_scoring_goes_on(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    desk.live.camera("lost", "Camera lost", "The camera gives no picture. Scoring goes on.")
    live.driver.wait(lambda: "Scoring goes on" in live.strip())
    assert not live.screen.panel.lamp._lit
    live.rate(4)
    assert live.state(1) is RowState.SAVED


def test_f1_shows_the_keys_in_the_window(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    live.driver.press(Key.Key_F1)
    assert live.driver.sees("undo, redo: everything stays on record")
    live.driver.press(Key.Key_Escape)
    assert live.screen.rating
    live.rate(4)
    assert live.row(1).value == 4


def test_a_window_without_the_keyboard_says_so_large(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    other = QWidget()
    live.driver.qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    live.driver.wait(lambda: live.driver.sees("does not hear your keys"))
    said = next(t for t in live.screen.deaf.findChildren(QLabel) if "does not hear" in t.text())
    assert said.isVisible() and said.fontInfo().pixelSize() >= 40
    assert live.screen.deaf.height() > live.screen.height() // 2 and not live.screen.rubric.isVisible()
    live.driver.window.activateWindow()
    live.driver.wait(lambda: bool(live.screen.rubric.isVisible()))
    live.rate(4)
    assert live.row(1).value == 4, "the keys rate again without a click"


def test_a_refusal_of_the_workflow_is_a_line_not_a_crash(go_live: Live, desk: Desk, monkeypatch: Any) -> None:
    live = go_live(desk)

    def refuse(*_: object) -> None:
        raise Conflict("This observation is signed already.", advice="Open it under Today to read it.")

    monkeypatch.setattr(desk.live, "rate", refuse)
    live.rate(4)
    assert "signed already" in live.strip()


def test_leaving_closes_the_port_once_and_today_is_back(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    live.screen.leave()
    assert live.driver.page == "today" and desk.live.closed == 1
    assert not live.driver.window.has_page("live")


@pytest.mark.parametrize("factor", [1.0, 1.5, 2.0])
def test_the_candidate_lamp_clock_and_scale_are_always_to_be_seen(go_live: Live, desk: Desk, factor: float) -> None:
    live = go_live(desk, factor=factor)
    screen = live.screen
    shown = screen.top if factor >= 1.5 else screen.panel
    scale = screen.rubric.rows[0].scale
    for part in (shown, shown.photo, shown.lamp, scale):
        assert part.isVisible() and part.visibleRegion().boundingRect().height() >= part.height() - 1
    assert live.driver.sees("Sample Candidate 07") and live.driver.sees("Recording")
    rated = (screen.top if factor >= 1.5 else screen.strip).count_words
    assert rated.text() == f"0 of {len(screen.rubric.rows)} rated"
    assert rated.visibleRegion().boundingRect().width() >= rated.sizeHint().width() - 1
