# SPDX-License-Identifier: GPL-3.0-or-later
"""Review and sign: nothing is signed while something is missing, and afterwards nothing changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

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


def test_half_a_comment_survives_news_from_elsewhere(review: ReviewPage, desk: Desk) -> None:
    editor = review.screen.lines[-1].editor
    editor.setFocus()
    review.driver.type("Safe and cl")
    desk.clock.advance(1)
    desk.live.rate("", 3, desk.clock.now())  # the row itself differs now, and still wants its comment
    review.screen.refresh()
    assert review.screen.lines[-1].row.value == 3
    assert review.screen.lines[-1].editor.toPlainText() == "Safe and cl"
