# SPDX-License-Identifier: GPL-3.0-or-later
"""Review and sign: nothing is signed while something is missing, and afterwards nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from observer_app.domain.framework import Scale, ScalePoint
from observer_app.domain.record import RecordState
from tests.pages.assess import LivePage, ReviewPage
from tests.pages.driving import Key
from tests.simulators.desk import PASSPHRASE, Desk

Live = Callable[..., LivePage]


@pytest.fixture
def review(go_live: Live, desk: Desk) -> ReviewPage:
    """All rated 6 (away from the pass mark) but criteria 5 and the overall judgement, which is 4."""
    live = go_live(desk)
    for number in range(1, 10):
        if number != 5:
            live.rate(4 if number == 9 else 6)
        if number < 9:
            live.down()
    for _ in range(3):
        desk.clock.advance(10_000)
        live.screen.refresh()
        live.end_phase()
    live.driver.wait(lambda: live.driver.sees("All phases are done"))
    return live.to_review()


def test_what_is_left_is_said_and_the_first_of_it_has_the_focus(review: ReviewPage) -> None:
    assert review.left() == [
        "Confirm the candidate", "Criterion 5 is not rated", "Overall judgement needs its comment",
    ]  # fmt: skip
    assert review.sign_word() == "Sign: 3 things left" and not review.screen.panel.button.ready
    assert review.driver.focus().accessibleName().startswith("Rate now")


def test_rate_now_or_give_a_reason_in_place(review: ReviewPage, desk: Desk) -> None:
    review.driver.press(Key.Key_Tab)
    review.driver.press(Key.Key_Space)
    review.write("The chance did not come up.")
    assert desk.live.reasons == {"child-in-view": "The chance did not come up."}
    review.driver.wait(lambda: "Criterion 5 is not rated" not in review.left())
    assert review.driver.sees("Not rated: The chance did not come up.")


def test_rating_at_review_goes_through_the_same_log(review: ReviewPage, desk: Desk) -> None:
    review.driver.press(Key.Key_Space)
    review.driver.press(Key.Key_Right, Key.Key_Right, Key.Key_Right, Key.Key_Right, Key.Key_Right, Key.Key_Return)
    review.driver.wait(lambda: "Criterion 5 is not rated" not in review.left())
    assert desk.live.state.value("child-in-view") == 6


def finish(review: ReviewPage) -> None:
    review.driver.press(Key.Key_Tab)
    review.driver.press(Key.Key_Space)
    review.write("The chance did not come up.")
    review.driver.wait(lambda: review.driver.focus() is review.screen.lines[-1].editor)
    review.write("Safe and clear overall.")
    review.driver.wait(lambda: review.left() == ["Confirm the candidate"])


def test_signing_from_the_keyboard(review: ReviewPage, desk: Desk) -> None:
    finish(review)
    assert review.driver.focus() is review.screen.panel.person
    review.sign(PASSPHRASE)
    review.driver.wait(lambda: review.screen.signed)
    assert desk.assess.review_port.signed_with == [(True, True)]
    assert review.screen.chrome().trail is RecordState.SIGNED
    assert review.screen.panel.passphrase.text() == ""
    assert not any(line.value.isEnabled() or line.editor for line in review.screen.lines)


def test_a_wrong_passphrase_signs_nothing(review: ReviewPage, desk: Desk) -> None:
    finish(review)
    review.sign("wrong")
    review.driver.wait(lambda: review.driver.sees("That is not your passphrase"))
    assert not review.screen.signed and not desk.assess.review_port.signed_with


def test_the_dashed_button_goes_to_what_is_missing(review: ReviewPage, desk: Desk) -> None:
    review.screen.panel.button.setFocus(Qt.FocusReason.TabFocusReason)
    review.driver.press(Key.Key_Space)
    assert review.driver.focus().accessibleName().startswith("Rate now") and not desk.assess.review_port.signed_with


def test_the_declaration_and_the_person_are_ticked_by_a_person(review: ReviewPage) -> None:
    finish(review)
    panel = review.screen.panel
    assert not panel.person.isChecked() and not panel.declared.isChecked()
    panel.person.setChecked(True)
    assert review.left() == ["Tick the declaration"]
    panel.declared.setChecked(True)
    assert review.left() == ["Type your passphrase"]


def test_no_total_before_the_overall_judgement(go_live: Live, desk: Desk) -> None:
    live = go_live(desk).rate(6)
    live.screen.to_review()
    page = ReviewPage(live.driver)
    assert page.driver.sees("The total comes with the overall judgement.") and not page.driver.sees("Total 6")


def test_the_picture_of_a_moment_is_shown_in_its_row(review: ReviewPage) -> None:
    line = review.screen.lines[0]
    review.driver.tab_to("Show the picture at")
    review.driver.press(Key.Key_Space)
    review.driver.wait(lambda: any(one.photo.isVisible() and one.photo.has_picture for one in review.screen.lines))
    assert line.row is not None


def test_a_correction_needs_a_change_a_reason_and_the_passphrase(review: ReviewPage, desk: Desk) -> None:
    finish(review)
    review.sign(PASSPHRASE)
    review.driver.wait(lambda: review.screen.signed)
    assert review.driver.focus().accessibleName() == "Amend…"
    review.driver.press(Key.Key_Space)
    panel = review.screen.panel
    panel.amend_button.click()
    assert review.driver.sees("Change at least one rating.")
    review.screen.lines[0].scale.chosen.emit(5)
    panel.amend_button.click()
    assert review.driver.sees("Give the reason.")
    panel.reason.setPlainText("I read my note again.")
    panel.amend_passphrase.setText(PASSPHRASE)
    panel.amend_button.click()
    review.driver.wait(lambda: bool(desk.assess.review_port.amended))
    assert desk.assess.review_port.amended == [({"relationship": 5}, "I read my note again.")]
    review.driver.wait(lambda: review.driver.sees("I read my note again."))


def test_lines_stay_short_enough_to_read_on_a_large_screen(review: ReviewPage) -> None:
    review.driver.window.resize(1920, 1080)
    editor = next(line.editor for line in review.screen.lines if line.editor is not None)
    review.driver.wait(lambda: bool(editor.width() == 720))


def test_undo_and_redo_by_keys_and_buttons(review: ReviewPage, desk: Desk) -> None:
    page, driver = review.screen, review.driver
    assert not page.undo.isEnabled()
    driver.press(Key.Key_Return, Key.Key_2)
    driver.wait(lambda: page.lines[4].row.value == 2)
    driver.press(Key.Key_Z, with_=Qt.KeyboardModifier.ControlModifier)
    driver.wait(lambda: page.lines[4].row.value is None)
    assert driver.focus().accessibleName().startswith("Rate now"), "at what is missing again"
    driver.press(Key.Key_Y, with_=Qt.KeyboardModifier.ControlModifier)
    driver.wait(lambda: page.lines[4].row.value == 2)
    page.undo.click()
    driver.wait(lambda: page.lines[4].row.value is None and page.redo.isEnabled())
    page.redo.click()
    driver.wait(lambda: page.lines[4].row.value == 2)


def test_undo_takes_back_letters_first_where_some_were_typed(review: ReviewPage, desk: Desk) -> None:
    page, driver = review.screen, review.driver
    driver.press(Key.Key_Return, Key.Key_2)
    driver.wait(lambda: page.lines[8].editor is not None and page.lines[8].editor.hasFocus())
    editor = page.lines[8].editor
    QTest.keyClicks(editor, "Safe")
    driver.press(Key.Key_Z, with_=Qt.KeyboardModifier.ControlModifier)
    assert editor.toPlainText() == "" and page.lines[4].row.value == 2
    driver.press(Key.Key_Z, with_=Qt.KeyboardModifier.ControlModifier)
    driver.wait(lambda: page.lines[4].row.value is None)


def test_phrases_become_words_in_a_comment_too(review: ReviewPage, desk: Desk) -> None:
    page, driver = review.screen, review.driver
    driver.press(Key.Key_Return, Key.Key_6)
    driver.wait(lambda: page.lines[8].editor is not None and page.lines[8].editor.hasFocus())
    QTest.keyClicks(page.lines[8].editor, ".so Then .sum")
    driver.press(Key.Key_Return)
    driver.wait(lambda: bool(desk.live.comments.get("")))
    assert desk.live.comments[""] == "States openly why they are there. Then Sums up and checks it is right."


def test_half_a_comment_survives_news_from_elsewhere(review: ReviewPage, desk: Desk) -> None:
    editor = review.screen.lines[-1].editor
    editor.setFocus()
    review.driver.type("Safe and cl")
    desk.clock.advance(1)
    desk.live.rate("", 3, desk.clock.now())  # the row itself differs now, and still wants its comment
    review.screen.refresh()
    assert review.screen.lines[-1].row.value == 3
    assert review.screen.lines[-1].editor.toPlainText() == "Safe and cl"


def corrected(review: ReviewPage, desk: Desk) -> ReviewPage:
    finish(review)
    review.sign(PASSPHRASE)
    review.driver.wait(lambda: review.screen.signed)
    panel = review.screen.panel
    panel.amend.click()
    review.screen.lines[0].scale.chosen.emit(5)
    panel.reason.setPlainText("I read my note again.")
    panel.amend_passphrase.setText(PASSPHRASE)
    panel.amend_button.click()
    review.driver.wait(lambda: review.driver.sees("A second signature is needed"))
    return review


def test_a_second_person_signs_the_correction_from_the_keyboard(review: ReviewPage, desk: Desk) -> None:
    driver, box = corrected(review, desk).driver, review.screen.panel.second
    driver.wait(lambda: driver.focus() is box.person)
    driver.press(Key.Key_Down, Key.Key_Tab)
    driver.type("wrong")
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("That is not their passphrase"))
    box.passphrase.setText("copper window garden")
    driver.press(Key.Key_Return)
    driver.wait(lambda: desk.assess.review_port.countersigned == ["p3"])
    driver.wait(lambda: not box.isVisible() and driver.focus() is review.screen.panel.amend)
    assert box.passphrase.text() == ""


def test_where_nobody_else_is_here_that_is_said(review: ReviewPage, desk: Desk) -> None:
    desk.assess.review_port.others = ()
    driver = corrected(review, desk).driver
    assert driver.sees("Nobody else who may sign it is enrolled on this machine. Ask the centre manager.")
    driver.wait(lambda: driver.focus() is review.screen.panel.amend)


def test_my_records_open_to_read_and_say_what_waits(review: ReviewPage, desk: Desk) -> None:
    window = corrected(review, desk).driver.window
    window.show_page("records")
    records = window.front
    review.driver.wait(lambda: bool(records.cards))
    assert [card.candidate.id for card in records.cards] == ["S-0007", "S-0002", "S-0004"]
    cells = [str(records.table.model().index(0, column).data()) for column in range(4)]
    assert "Needs a second signature" in cells[3]
    review.driver.wait(lambda: review.driver.focus() is records.table)
    review.driver.press(Key.Key_Return)
    review.driver.wait(lambda: window.front.key == "review" and window.front.signed)


def test_the_signed_record_is_printed(review: ReviewPage, desk: Desk, tmp_path: Path) -> None:
    finish(review)
    review.sign(PASSPHRASE)
    review.driver.wait(lambda: review.screen.signed)
    assert review.screen.panel.print.isVisible()
    review.screen.print_to(tmp_path / "S-0007.pdf")
    review.driver.wait(lambda: review.driver.sees("Written to S-0007.pdf."))
    assert desk.assess.review_port.printed == [tmp_path / "S-0007.pdf"]


def test_the_overall_judgement_has_its_own_scale_and_is_not_corrected(review: ReviewPage, desk: Desk) -> None:
    """Seen red: the overall row was drawn with the criteria's scale, and offered one to correct."""
    points = (ScalePoint(1, "Not ready"), ScalePoint(4, "Ready"))
    desk.scenario = replace(desk.scenario, global_scale=Scale(points))
    line = review.screen.lines[-1]
    line.row = None
    review.screen.refresh()
    line.value.click()
    assert line.scale._row.scale == ((1, "Not ready"), (4, "Ready"))
    line.value.click()
    review.screen.go_to_first_left()
    finish(review)
    review.sign(PASSPHRASE)
    review.driver.wait(lambda: review.screen.signed)
    review.screen.panel.amend.click()
    assert [bool(one.scale) for one in review.screen.lines] == [True] * 8 + [False]


def test_where_every_criterion_must_be_rated_no_reason_is_offered(review: ReviewPage, desk: Desk) -> None:
    """Seen red: the button was there whatever the framework said, and only the port refused it."""
    assert review.driver.sees("Give a reason")
    desk.assess.review_port.takes_reason = False
    review.screen.lines[4].row = None
    review.screen.refresh()
    assert not review.driver.sees("Give a reason") and review.driver.sees("Rate now")


@pytest.mark.parametrize("look", [("dark", 1.0), ("light", 2.0), ("dark", 1.5)])
def test_another_look_keeps_the_focus_and_what_is_half_typed(review: ReviewPage, look: tuple[str, float]) -> None:
    """Seen red: the row with the focus was built anew, and the keys went to the Today tab."""
    driver, window = review.driver, review.driver.window
    first, last = review.screen.lines[0], review.screen.lines[-1]
    last.editor.setFocus(Qt.FocusReason.TabFocusReason)
    driver.type("Safe and cl")
    places = [lambda: last.editor, lambda: review.screen.lines[4].buttons[1], lambda: first.value, lambda: first.link]
    for place in places:
        place().setFocus(Qt.FocusReason.TabFocusReason)
        for name, factor in (look, ("light", 1.0)):
            window.set_look(name, factor)
            driver.texts()
            assert driver.focus() is place()
            assert last.editor.toPlainText() == "Safe and cl"
            assert all(line.height() >= line.layout().minimumHeightForWidth(line.width())
                       for line in review.screen.lines)  # fmt: skip
