# SPDX-License-Identifier: GPL-3.0-or-later
"""The moderator marks blind, signs, sees both sets and decides; by keys, on a real sealed recording."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel

from observer_app.errors import BadInput, DiskFull, IntegrityBroken, NotAllowed
from observer_app.media.opened import Recording, open_recording
from observer_app.ui.moderate.going import LeadIn
from observer_app.ui.moderate.marking import COMPARE, REPLAY
from observer_app.ui.moderate.work_page import _length_words
from observer_app.ui.widgets.give_out import span_words
from observer_app.ui.widgets.text import Text
from observer_app.workflows.views import RowState
from tests.pages.driving import Driver, Key
from tests.pages.replay import ComparePage, ReplayPage, WorkPage, rested
from tests.simulators.desk_centre import ManagerDesk
from tests.simulators.desk_moderate import PASSPHRASE, DeskModerate, DrawnPictures
from tests.simulators.drawing import number_in
from tests.ui.moderate.conftest import KEY
from tests.ui.moderate.test_player import number_at

pytestmark = pytest.mark.qt_log_ignore("No RHI backend", extend=True)

Moderator = Callable[..., Driver]
_CONTROL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LIVE = [5, 4, 5, 4, 4, 6, 5, 4, 4, 4]


@pytest.fixture
def desk(request: Any) -> DeskModerate:
    """With drawn pictures; a test that wants the real recording asks for `filmed`."""
    return DeskModerate(live=lambda number: LIVE[number])


@pytest.fixture
def filmed(recording: Recording) -> DeskModerate:
    return DeskModerate(recording, live=lambda number: LIVE[number])


@pytest.fixture
def moderator(open_window: Callable[..., Driver]) -> Moderator:
    """`moderator(desk, **look)` -> Driver at the work list."""

    def sign_in(desk: DeskModerate, **look: Any) -> Driver:
        session = ManagerDesk(moderate=desk)
        driver = open_window(session, **look)
        driver.window.sign_in(session)  # type: ignore[arg-type]
        driver.texts()
        return driver

    return sign_in


def rate_all(page: ReplayPage, desk: DeskModerate, values: list[int]) -> None:
    for row, value in zip(desk.replay.view().rows, values, strict=False):
        page.screen._choose(row.criterion)
        page.rate(value)


def test_the_list_never_says_why_a_record_was_chosen(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk))
    rows = page.rows()
    assert rows[0] == ("Sample Candidate 07  S-0007", "First home visit", "9 June 2026", "38 min", "Not begun")
    assert rows[1][4] == "Not begun. Recording is not here yet"


@pytest.mark.parametrize(("seconds", "words"), [(0, ""), (1, "1 s"), (89, "89 s"), (90, "2 min"), (2280, "38 min")])
def test_a_films_length_is_never_nought_minutes(seconds: int, words: str) -> None:
    assert _length_words(seconds) == words


def test_a_record_that_cannot_be_opened_is_a_sentence(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk))
    page.screen.table.choose("rec-11")
    page.driver.press(Key.Key_Return)
    page.driver.wait(lambda: "not here yet" in page.screen.line.words)
    assert page.driver.page == "moderate.work"


def test_digits_rate_at_the_time_of_the_picture_shown(moderator: Moderator, filmed: DeskModerate) -> None:
    page = WorkPage(moderator(filmed)).open()
    ids = [row.criterion for row in filmed.replay.view().rows]
    page.go(2500).rate(4).down().go(6700).rate(3)
    assert page.row(ids[0]) == (4, "Rated 4 at 00:02") and page.row(ids[1]) == (3, "Rated 3 at 00:06")
    rated = [e for e in filmed.replay.events if e.kind == "rated"]
    assert [e.at.monotonic_us for e in rated] == [2_500_000, 6_700_000]
    assert number_in(page.screen.watching.picture.picture) == number_at(6700)


def test_a_mark_is_gone_to_by_its_time_and_shows_its_frame(moderator: Moderator, filmed: DeskModerate) -> None:
    page = WorkPage(moderator(filmed)).open().go(1234).rate(5).go(8000)
    shown = page.screen.panel.rows[filmed.replay.view().rows[0].criterion]
    shown.time.click()
    page.settle()
    assert number_in(page.screen.watching.picture.picture) == number_at(1234)
    page.go(8000)
    timeline = page.screen.watching.timeline
    place = timeline.rect().bottomLeft()
    place.setX(round(timeline.x_of(page.screen.watching.timeline._lanes[0].marks[0].at_ms)) + 4)
    place.setY(place.y() - 14)
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=place)
    page.settle()
    assert number_in(page.screen.watching.picture.picture) == number_at(1234)


def test_a_click_on_a_rating_has_its_picture_at_once(moderator: Moderator, filmed: DeskModerate) -> None:
    page = WorkPage(moderator(filmed)).open()
    ids = [row.criterion for row in filmed.replay.view().rows]
    page.go(1234).rate(5).down().go(6700).rate(3).go(8000)
    ahead = page.screen.watching.player.frames.ahead
    page.driver.wait(lambda: rested(ahead))
    for criterion, moment in ((ids[0], 1234), (ids[1], 6700)):
        page.screen.panel.rows[criterion].time.click()  # and no turn of the loop
        assert number_in(page.screen.watching.picture.picture) == number_at(moment)


def test_the_timeline_goes_where_it_is_pressed(moderator: Moderator, filmed: DeskModerate) -> None:
    page = WorkPage(moderator(filmed)).open()
    timeline = page.screen.watching.timeline
    place = timeline.rect().center()
    place.setX(round(timeline.x_of(7000)))
    place.setY(40)
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=place)
    page.settle()
    assert abs(page.at_ms - 7000) < 40 and number_in(page.screen.watching.picture.picture) == number_at(page.at_ms + 1)


def test_keys_step_skip_and_go_from_mark_to_mark(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk)).open().go(99_000).rate(4).down().go(330_000).rate(5).go(165_000)
    page.key(Key.Key_Right)
    assert page.at_ms == 174_999 - 174_999 % 33 or abs(page.at_ms - 175_000) < 40
    page.key(Key.Key_Left)
    assert abs(page.at_ms - 165_000) < 70
    before = page.at_ms
    page.key(Key.Key_Period)
    assert page.at_ms == before + 33
    page.key(Key.Key_Comma)
    assert page.at_ms == before
    page.key(Key.Key_Left, with_=_SHIFT)
    assert page.at_ms == 99_000
    page.key(Key.Key_Right, with_=_SHIFT)
    assert page.at_ms == 330_000


def test_the_letters_of_film_cutters_do_the_same(moderator: Moderator, filmed: DeskModerate) -> None:
    page = WorkPage(moderator(filmed)).open().go(200)
    player = page.screen.watching.player
    page.driver.press(Key.Key_L)
    assert player.playing
    page.key(Key.Key_K)
    assert not player.playing
    page.key(Key.Key_K)
    assert not player.playing
    page.go(8500).key(Key.Key_J)
    assert page.at_ms == 0


def test_shift_and_a_letter_go_to_the_next_mark_of_a_kind(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk)).open().go(33_000).rate(4).go(66_000).key(Key.Key_F).go(99_000)
    page.note("Looks away").go(132_000).rate(5).go(165_000).key(Key.Key_F).go(0)
    back = _SHIFT | _CONTROL
    for key, with_, at in (
        (Key.Key_F, _SHIFT, 66_000), (Key.Key_F, _SHIFT, 165_000), (Key.Key_F, _SHIFT, 165_000),
        (Key.Key_N, back, 99_000), (Key.Key_R, _SHIFT, 132_000), (Key.Key_F, back, 66_000), (Key.Key_N, _SHIFT, 99_000),
    ):  # fmt: skip
        assert page.key(key, with_=with_).at_ms == at, (key, with_, at)


def test_with_a_lead_in_a_mark_is_gone_to_from_before_it(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk)).open().go(33_000).rate(4).down().go(66_000).rate(5).go(0)
    LeadIn.choose(5)
    try:
        for key, at in ((Key.Key_Right, 28_000), (Key.Key_Right, 61_000), (Key.Key_Left, 28_000)):
            assert abs(page.key(key, with_=_SHIFT).at_ms - at) <= 33
        shown = page.screen.panel.rows[desk.replay.view().rows[1].criterion]
        shown.time.click()  # a mark's own time is its own picture all the same
        assert abs(page.settle().at_ms - 66_000) <= 33
    finally:
        LeadIn.choose(0)


def test_loudness_by_keys(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk)).open()
    player = page.screen.watching.player
    heard = []
    for key in (Key.Key_Plus, Key.Key_Minus, Key.Key_Minus, Key.Key_M, Key.Key_M):
        page.key(key)
        heard.append(round(player.volume, 2))
    assert heard == [0.9, 0.8, 0.7, 0.0, 0.7]


def test_a_moment_without_a_recording_says_so_on_the_page(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk)).open().go(560_000)
    picture = page.screen.watching.picture
    assert picture.words == "Nothing was recorded from 09:10 to 10:02, 52 s." and picture.picture.isNull()
    assert page.go(603_000).screen.watching.picture.words == ""


def test_at_200_percent_the_damage_is_said_whole_in_the_bar(open_window: Callable[..., Driver]) -> None:
    desk = DeskModerate(DrawnPictures())
    desk.damage = IntegrityBroken("The recording’s file 0001.obsv is not what was signed.", subject="0001.obsv")
    session = ManagerDesk(moderate=desk)
    driver = open_window(session, factor=2.0)
    driver.window.sign_in(session)  # type: ignore[arg-type]
    WorkPage(driver).open()
    driver.wait(lambda: driver.sees("Recording damaged"))
    words = next(one for one in driver.window.findChildren(Text) if one.text() == "Recording damaged")
    driver.wait(lambda: words.isVisible() and words.width() >= words.sizeHint().width() - 1)


def test_a_damaged_recording_says_so_and_never_shows_another_moment(
    moderator: Moderator, sealed: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(sealed, tmp_path / sealed.name)
    path = copy / "0001.obsv"
    data = bytearray(path.read_bytes())
    data[len(data) * 3 // 4] ^= 1
    path.write_bytes(bytes(data))
    with open_recording(copy, KEY) as recording:
        desk = DeskModerate(recording)
        desk.damage = IntegrityBroken("The recording’s file 0001.obsv is not what was signed.", subject="0001.obsv")
        page = WorkPage(moderator(desk)).open()
        page.driver.wait(lambda: page.driver.sees("0001.obsv is not what was signed"))
        assert page.screen.chrome().status[1] == "Recording damaged"
        assert page.driver.sees("Recording damaged")
        picture = page.screen.watching.picture
        for at in range(0, 4000, 200):
            page.go(at)
            assert number_in(picture.picture) == (-1 if picture.words else number_at(at)), at
            assert "0001.obsv, cluster" in picture.words or not picture.words
        assert page.go(200).screen.watching.picture.words == ""
        assert [at for at in range(2000, 4000, 200) if page.go(at).screen.watching.picture.words]
        page.go(200).driver.press(Key.Key_Space)  # playing stops at it too, and does not pass over it in silence
        player = page.screen.watching.player
        page.driver.qtbot.waitUntil(lambda: not player.playing and "cluster" in picture.words, timeout=20_000)
        assert picture.picture.isNull() and player.at_ms < 4000
        page.driver.window.show_page("moderate.work")


def test_a_note_belongs_to_the_moment_n_was_pressed(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk)).open().go(66_000)
    page.key(Key.Key_N)
    assert page.driver.sees("Note at 01:06, criterion 1")
    page.screen.watching.jump(99_000)
    page.driver.type("Takes the first answer. 1 or 2 more, n and f")
    page.driver.press(Key.Key_Return)
    note = desk.replay.view().notes[0]
    assert (note.at_ms, note.text) == (66_000, "Takes the first answer. 1 or 2 more, n and f")
    assert [e.kind for e in desk.replay.events] == ["opened", "note_written"]
    assert page.driver.sees("Takes the first answer")


def test_letters_typed_into_a_note_are_letters(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk)).open()
    page.key(Key.Key_N)
    QTest.keyClicks(page.driver.focus(), "fn 12 kjl,.")
    assert page.screen.panel.foot.note.toPlainText() == "fn 12 kjl,."
    page.driver.press(Key.Key_Escape)
    assert [e.kind for e in desk.replay.events] == ["opened"]


def test_flag_undo_and_redo(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk)).open().go(33_000).rate(4)
    first = desk.replay.view().rows[0].criterion
    page.key(Key.Key_F)
    assert [m.kind for m in desk.replay.view().marks] == ["rated", "flagged"]
    page.key(Key.Key_Z, with_=_CONTROL).key(Key.Key_Z, with_=_CONTROL)
    assert page.row(first) == (None, "Not rated")
    page.key(Key.Key_Y, with_=_CONTROL)
    assert page.row(first)[0] == 4


def clip_row(page: ReplayPage, at: int = 0) -> dict[str, Any]:
    """The buttons of a clip's row by the first word of their names."""
    named = {
        b.accessibleName(): b
        for b in page.screen.panel.clips.findChildren(QAbstractButton)
        if b.isVisibleTo(page.screen)
    }
    clip = page.screen.view.clips[at]
    span = span_words(clip)
    return {name.split()[0]: button for name, button in named.items() if span in name}


def test_brackets_mark_a_clip_that_is_listed_named_played_and_taken_back(
    moderator: Moderator, filmed: DeskModerate
) -> None:
    page = WorkPage(moderator(filmed)).open().go(500)
    page.key(Key.Key_BracketLeft)
    assert page.driver.sees("A clip begins at 00:00.") and page.screen.watching.timeline._clip_from == 500
    page.key(Key.Key_BracketRight)
    assert page.driver.sees("A clip ends after it begins.") and filmed.replay.view().clips == ()
    page.go(1500).key(Key.Key_BracketRight)
    page.driver.wait(lambda: len(page.screen.view.clips) == 1)
    (clip,) = filmed.replay.view().clips
    assert (clip.start_ms, clip.end_ms) == (500, 1500) and page.screen.watching.timeline._clip_from == -1
    clip_row(page)["Name"].click()
    page.driver.type("Waits. Lets it stand")
    page.driver.press(Key.Key_Return)
    page.driver.wait(lambda: page.driver.sees("Waits. Lets it stand"))
    assert filmed.replay.view().notes == ()
    clip_row(page)["Play"].click()
    player = page.screen.watching.player
    assert player.playing
    page.driver.wait(lambda: not player.playing)
    page.settle()
    assert number_in(page.screen.watching.picture.picture) == number_at(1499)
    page.key(Key.Key_Z, with_=_CONTROL)
    page.driver.wait(lambda: page.screen.view.clips == ())
    assert not page.driver.sees("Clips")


def test_the_end_of_a_clip_alone_takes_what_was_just_seen(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk)).open().go(33_000).key(Key.Key_BracketRight)
    page.driver.wait(lambda: len(page.screen.view.clips) == 1)
    assert (page.screen.view.clips[0].start_ms, page.screen.view.clips[0].end_ms) == (18_000, 33_000)


def test_a_clip_is_given_out_for_a_purpose_with_a_reason_and_the_passphrase(
    moderator: Moderator, desk: DeskModerate, tmp_path: Path
) -> None:
    desk.training_ok = False
    page = WorkPage(moderator(desk)).open().go(33_000).key(Key.Key_BracketRight)
    page.driver.wait(lambda: len(page.screen.view.clips) == 1)
    clip_row(page)["Give"].click()
    give = page.screen.panel.foot.give
    assert page.driver.sees("has not agreed") and not page.driver.sees("Training")
    page.driver.press(Key.Key_Return)
    give.go.click()
    assert give.line.words == "Give the reason in a sentence."
    page.driver.type("Panel of 3 May, item 4")
    give.file.setText(str(tmp_path / "clip.mp4"))
    give.passphrase.setFocus()
    page.driver.type("wrong")
    page.driver.press(Key.Key_Return)
    page.driver.wait(lambda: "not yours" in give.line.words)
    desk.out_error = BadInput("There is a file clip.mp4 already.", advice="Choose another name.")
    give.passphrase.setText(PASSPHRASE)
    give.go.click()
    page.driver.wait(lambda: "already" in give.line.words)
    assert desk.given == []
    desk.out_error = None
    give.go.click()
    page.driver.wait(lambda: page.driver.sees("It is there: clip.mp4."))
    assert desk.given == [("clip", 18_000, 33_000, "appeal", "Panel of 3 May, item 4", str(tmp_path / "clip.mp4"))]
    assert give.passphrase.text() == "" and page.driver.sees("clip for appeal")


def test_marks_are_given_out_only_once_signed(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk)).open()
    assert not page.driver.sees("Give the marks out")
    rate_all(page, desk, LIVE)
    page.sign(PASSPHRASE)
    page.driver.window.show_page(REPLAY)
    assert page.driver.sees("Give the marks out as files")
    page.key(Key.Key_BracketRight)
    assert desk.replay.view().clips == ()


def signed_with_live_marks(page: ReplayPage, desk: DeskModerate) -> None:
    """Both sets are there, the assessor's at 1.5 s, 1.9 s and so on; back in Replay."""
    for number, mark in enumerate(desk.replay.live.values()):
        object.__setattr__(mark, "at_ms", 1500 + 400 * number)
    rate_all(page, desk, LIVE)
    page.sign(PASSPHRASE)
    ComparePage(page.driver)
    page.driver.window.show_page(REPLAY)
    page.settle()


def test_the_picture_a_mark_belongs_to_is_found_by_keys_and_all_marks_move(
    moderator: Moderator, filmed: DeskModerate
) -> None:
    page = WorkPage(moderator(filmed)).open().go(2500)
    page.key(Key.Key_T)
    assert page.screen.panel.foot.late.isHidden()  # the assessor's marks are not there yet
    signed_with_live_marks(page, filmed)
    page.go(1400).key(Key.Key_T)
    form = page.screen.panel.foot.late
    page.driver.wait(lambda: not form.isHidden())
    page.settle()
    assert form.head.text() == "Mark 5 at 00:01: which picture belongs to this mark?"
    assert number_in(page.screen.watching.picture.picture) == number_at(1500)
    assert (form.late.text(), form.apart.text()) == ("0", "The mark’s own picture is shown.")
    page.key(Key.Key_Period, Key.Key_Period, Key.Key_Period)
    assert (form.late.text(), form.apart.text()) == ("100", "The picture shown is 100 ms after the mark’s own.")
    form.reason.setFocus()
    page.driver.type("the door shuts, to be heard in the note")
    form.go.click()
    assert form.line.words == "Type your passphrase."
    form.passphrase.setFocus()
    page.driver.type("wrong")
    page.driver.press(Key.Key_Return)
    page.driver.wait(lambda: "not yours" in form.line.words)
    assert filmed.replay.late == 0
    form.passphrase.setText(PASSPHRASE)
    form.go.click()
    page.driver.wait(lambda: page.driver.sees("It is on record"))
    page.settle()
    assert filmed.replay.late == 100 and form.isHidden() and form.passphrase.text() == ""
    assert page.driver.sees("Picture 100 ms late: the door shuts, to be heard in the note")
    live = page.screen.watching.timeline._lanes[0]
    assert live.sign == "live" and [m.at_ms for m in live.marks][:2] == [1600, 2000]
    assert number_in(page.screen.watching.picture.picture) == number_at(1600)


def test_a_correction_is_typed_previewed_left_and_taken_back_by_mouse(
    moderator: Moderator, filmed: DeskModerate
) -> None:
    page = WorkPage(moderator(filmed)).open().go(2500)
    signed_with_live_marks(page, filmed)
    form = page.screen.panel.foot.late

    def opened_again() -> None:
        page.go(1400)
        buttons = page.screen.panel.clips.findChildren(QAbstractButton)
        QTest.mouseClick(next(b for b in buttons if "do not fit" in b.text()), Qt.MouseButton.LeftButton)
        page.driver.wait(lambda: not form.isHidden())
        page.settle()

    opened_again()
    form.earlier.click()
    page.settle()
    assert form.late.text() == "-33" and "33 ms before" in form.apart.text()
    form.late.setFocus()
    form.late.selectAll()
    page.driver.type("400")
    page.settle()
    assert number_in(page.screen.watching.picture.picture) == number_at(1900) and form.late.text() == "400"
    form.cancel.click()
    assert form.isHidden() and filmed.replay.late == 0 and filmed.replay.lateness == []
    for late in (400, 0):
        opened_again()
        form.late.setFocus()
        form.late.selectAll()
        page.driver.type(str(late))
        form.reason.setText("seen again")
        form.passphrase.setText(PASSPHRASE)
        form.go.click()
        page.driver.wait(lambda late=late: form.isHidden() and filmed.replay.late == late)
    assert filmed.replay.lateness == ["Picture 400 ms late: seen again", "Picture 0 ms late: seen again"]
    assert page.driver.sees("Picture 400 ms late: seen again")  # and both stay to be read


def test_the_keys_are_shown_anywhere_and_lead_back(moderator: Moderator, desk: DeskModerate) -> None:
    driver = moderator(desk)
    driver.press(Key.Key_F1)
    assert driver.page == "moderate.keys" and driver.sees("the voice keeps its pitch")
    driver.press(Key.Key_F1)
    assert driver.page == "moderate.work"
    page = WorkPage(driver).open()
    page.key(Key.Key_F1)
    shown: Any = driver.window.front
    shown.lead_in.chosen.emit("5")
    assert LeadIn.seconds() == 5
    LeadIn.choose(0)
    driver.press(Key.Key_Escape)
    assert driver.page == REPLAY
    assert page.settle().screen.watching.at_ms == 0


def test_the_candidates_photo_stands_beside_the_name(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk)).open()
    assert page.screen.panel.photo.has_picture
    assert page.screen.panel.photo.accessibleName() == "Photo of Sample Candidate 07"


def test_a_value_off_the_scale_does_nothing(moderator: Moderator, desk: DeskModerate) -> None:
    WorkPage(moderator(desk)).open().rate(9).rate(0)
    assert [e.kind for e in desk.replay.events] == ["opened"]


def test_saved_is_said_only_when_it_is(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk)).open()
    first = desk.replay.view().rows[0].criterion
    desk.disk.held = []
    page.rate(4)
    assert page.row(first) == (4, "Saving")
    held, desk.disk.held = desk.disk.held, None
    held[0].set_result(None)
    page.driver.wait(lambda: page.row(first)[1] == "Rated 4 at 00:00")
    desk.disk.refusal = DiskFull("The disk is full.", advice="Free some space.")
    page.rate(6)
    page.driver.wait(lambda: page.row(first) == (6, "Not saved"))
    assert page.screen.panel.rows[first].view.state is RowState.NOT_SAVED and page.driver.sees("The disk is full")


def test_nothing_of_the_first_marks_before_signing(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk)).open()
    with pytest.raises(NotAllowed):
        desk.replay.compare()
    words = " ".join(label.text() for label in page.driver.window.findChildren(QLabel))
    assert "Assessor A" not in words and "stay hidden until you sign yours" in words
    assert [lane.sign for lane in page.screen.watching.timeline._lanes] == ["own"]
    assert not page.driver.window.has_page(COMPARE)


def test_sign_says_what_is_left(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk)).open().rate(4)
    assert page.driver.sees(f"Sign: {len(desk.replay.view().left)} left")
    assert "is not rated" in page.press_sign()
    assert not desk.replay.signed


def test_a_wrong_passphrase_signs_nothing(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk)).open()
    rate_all(page, desk, [4] * 10)
    page.sign("wrong")
    assert "not yours" in page.screen.panel.foot.line.words and not desk.replay.signed


def test_signing_shows_both_sets_and_a_decision_needs_every_difference(
    moderator: Moderator, filmed: DeskModerate
) -> None:
    page = WorkPage(moderator(filmed)).open().go(2500)
    for number, mark in enumerate(filmed.replay.live.values()):
        object.__setattr__(mark, "at_ms", 300 * number)
    ids = [row.criterion for row in filmed.replay.view().rows]
    rate_all(page, filmed, [5, 4, 4, 3, 4, 5, 5, 4, 4, 4])
    page.sign(PASSPHRASE)
    compare = ComparePage(page.driver)
    assert "Live 4, replay 3. Across the pass mark." in compare.row(ids[3])
    assert compare.screen._open == ids[3]
    assert number_in(compare.still()) == number_at(900)
    assert number_in(compare.see("replay")) == number_at(2500)
    assert compare.screen.panel.go.text() == "Sign: 3 criteria left"
    assert compare.sign("Because", PASSPHRASE).startswith("Decide first: Listens and responds")
    compare.decide("replay").open(ids[2]).decide("live").open(ids[5]).decide("third")
    assert compare.sign("", PASSPHRASE) == "Give your reason in a sentence."
    assert "not yours" in compare.sign("Because", "wrong") and not filmed.replay.decided
    assert compare.sign("The first answer was taken.", PASSPHRASE).startswith("Your decision is signed")
    assert filmed.replay.decided == {ids[2]: "live", ids[3]: "replay", ids[5]: "third"}
    assert filmed.reason == "The first answer was taken."


def test_a_still_is_watched_from_its_moment_with_both_sets_on_one_timeline(
    moderator: Moderator, filmed: DeskModerate
) -> None:
    page = WorkPage(moderator(filmed)).open().go(6500)
    rate_all(page, filmed, LIVE)
    page.sign(PASSPHRASE)
    compare = ComparePage(page.driver)  # the live mark was given long after the recording's end
    page.driver.wait(lambda: compare.screen.opened.film._words == "No picture here")
    assert compare.screen.opened.film.picture.isNull()
    compare.see("replay")
    compare.screen.opened.film.click()
    replay = ReplayPage(compare.driver).settle()
    assert replay.driver.page == REPLAY
    assert number_in(replay.screen.watching.picture.picture) == number_at(6500)
    assert [lane.sign for lane in replay.screen.watching.timeline._lanes] == ["live", "replay"]
    replay.rate(1)
    assert len([e for e in filmed.replay.events if e.kind == "rated"]) == len(filmed.scenario.criteria)


def test_a_recording_that_is_not_here_leaves_the_marks_usable(moderator: Moderator, desk: DeskModerate) -> None:
    desk.pictures = BadInput("The recording is not on this machine.", advice="Connect it and open the record again.")
    driver = moderator(desk)
    WorkPage(driver).screen.open("rec-7")
    page = ReplayPage(driver)
    driver.wait(lambda: "not on this machine" in page.screen.watching.picture._words)
    assert driver.sees("Connect it and open the record again")


def test_leaving_the_page_stops_playing(moderator: Moderator, filmed: DeskModerate) -> None:
    page = WorkPage(moderator(filmed)).open()
    player = page.screen.watching.player
    page.driver.press(Key.Key_Space)
    page.driver.wait(lambda: player.at_ms > 200)
    assert page.screen.watching.transport.buttons["play"].accessibleName() == "Pause"
    page.driver.window.show_page("moderate.work")
    assert not player.playing and player._stream._device is None


def test_speed_is_chosen_by_keys(moderator: Moderator, desk: DeskModerate) -> None:
    page = WorkPage(moderator(desk)).open()
    page.key(Key.Key_Greater)
    assert page.screen.watching.player.rate == 1.25
    page.driver.tab_to("1.25 times")
    page.key(Key.Key_Right)
    assert page.screen.watching.player.rate == 1.5 and page.at_ms == 0


def test_drawn_pictures_say_they_cannot_play_and_run_on(moderator: Moderator, desk: DeskModerate) -> None:
    assert isinstance(desk.pictures, DrawnPictures)
    page = WorkPage(moderator(desk)).open()
    page.driver.press(Key.Key_Space)
    page.driver.wait(lambda: page.driver.sees("You can still step through it"))
    page.driver.press(Key.Key_Space)
    page.settle()
