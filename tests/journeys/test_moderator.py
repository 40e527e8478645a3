# SPDX-License-Identifier: GPL-3.0-or-later
"""A moderator marks a recorded interview again, sees nothing of the first marks until signing, then decides."""

from __future__ import annotations

from datetime import datetime

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from observer_app.workflows.assigning import assign
from tests.pages.driving import Driver, Key
from tests.pages.real_window import OpenMachine
from tests.pages.replay import ComparePage, ReplayPage, WorkPage
from tests.pages.sample_machine import MANAGER, MODERATOR, RAW_ID, Machine
from tests.pages.signing_in import sign_in_as
from tests.simulators.drawing import number_in

pytestmark = [pytest.mark.slow, pytest.mark.qt_log_ignore("No RHI backend", extend=True)]

_FPS, _CLIP_FRAMES, _NEAR = 25, 250, 4
_FIRST_NOTES = ("Says who asked for the visit", "Waits. Lets the silence work", "what happens at night")
_REASON = "Heard again at the moment of the mark."


@pytest.fixture
def handed_over(machine: Machine) -> Machine:
    """One interview of four seconds, recorded, signed, and given to the moderator; all on the sample machine."""
    session = machine.sign_in(MANAGER)
    try:
        roster = session.store.sittings.roster(datetime.now().date().isoformat())
        assert roster is not None
        sitting = roster.sittings[0].id
    finally:
        session.lock()
    record = machine.record_a_sitting(sitting, seconds=4)
    session = machine.sign_in(MANAGER)
    try:
        assign(session.reader, record, MODERATOR.person)
    finally:
        session.lock()
    return machine


def shown_number(picture: QImage) -> int:
    """The number drawn into a picture; there has to be one."""
    found = number_in(picture)
    assert found >= 0, "no number to be read in the picture"
    return found


def apart(later: int, earlier: int) -> int:
    """Frames between two numbers of a clip that is played round and round."""
    return (later - earlier) % _CLIP_FRAMES


def everything_said(driver: Driver) -> str:
    """Every word any widget of the window holds, shown or not."""
    words = []
    for widget in [driver.window, *driver.window.findChildren(QWidget)]:
        words += [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()]
        if isinstance(widget, QPlainTextEdit):
            words.append(widget.toPlainText())
        elif callable(text := getattr(widget, "text", None)):
            words.append(str(text()))
    return "\n".join(words)


def nothing_of_the_first_marks(driver: Driver) -> None:
    said = everything_said(driver)
    for words in (*_FIRST_NOTES, "Live mark", "Sample Assessor A", "Comment:"):
        assert words not in said, f"{words!r} is to be seen before signing"


def pictures_are_of_their_moment(page: ReplayPage) -> int:
    """Jumps and single steps show the frame of that moment; the number of the first frame."""
    first = shown_number(page.go(0).screen.watching.picture.picture)
    for at_ms in (600, 2_400, 1_480):
        shown = shown_number(page.go(at_ms).screen.watching.picture.picture)
        assert abs(apart(shown, first) - at_ms * _FPS / 1000) <= _NEAR, (at_ms, first, shown)
        page.key(Key.Key_Period)
        stepped = shown_number(page.screen.watching.picture.picture)
        assert apart(stepped, shown) in (1, 2)  # two where the camera itself skipped one
    return first


def own_marks(page: ReplayPage) -> None:
    rows = list(page.screen.panel.rows)
    page.go(1_000)
    for number, criterion in enumerate(rows):
        assert page.row(criterion)[0] is None
        page.rate(2 if number == 0 else 4)
        page.driver.wait(lambda c=criterion: page.row(c)[0] is not None)  # type: ignore[misc]
        page.down()
    page.note("The first answer was taken as enough.")


def test_blind_marks_then_both_then_a_decision(open_machine: OpenMachine, handed_over: Machine) -> None:
    driver = open_machine(handed_over)
    sign_in_as(driver, MODERATOR)
    work = WorkPage(driver)
    assert len(work.rows()) == 1
    nothing_of_the_first_marks(driver)
    replay = work.open()
    driver.wait(lambda: not replay.screen.watching.player.frames.busy)
    nothing_of_the_first_marks(driver)
    first = pictures_are_of_their_moment(replay)
    own_marks(replay)
    nothing_of_the_first_marks(driver)
    replay.press_sign()
    driver.type("not the passphrase")
    driver.press(Key.Key_Return)
    driver.wait(lambda: bool(replay.screen.panel.foot.line.words))
    nothing_of_the_first_marks(driver)
    driver.type(MODERATOR.passphrase)
    driver.press(Key.Key_Return)
    compare = ComparePage(driver)
    driver.wait(lambda: bool(compare.screen.lines))
    both_are_shown(compare, first)
    decide(compare)


def both_are_shown(page: ComparePage, first: int) -> None:
    """The first marks with their notes, and each mark's own frame."""
    view = page.screen._view
    differing = [row for row in view.rows if row.criterion and row.live != row.replay]
    assert differing
    for row in differing[:2]:
        assert f"Live {row.live}, replay {row.replay}" in page.row(row.criterion)
        page.open(row.criterion)
        for kind, at_ms in (("replay", row.replay_ms), ("live", row.live_ms)):
            shown = shown_number(page.see(kind))
            assert abs(apart(shown, first) - at_ms * _FPS / 1000) <= _NEAR, (kind, at_ms, first, shown)
    assert any(words in everything_said(page.driver) for words in _FIRST_NOTES)
    assert page.driver.sees("Sample Assessor A")


def decide(page: ComparePage) -> None:
    driver = page.driver
    for row in page.screen._view.rows:
        if row.criterion and row.live != row.replay:
            page.open(row.criterion).decide("replay")
    driver.tab_to("Reason")
    driver.type(_REASON)
    driver.tab_to("Your passphrase")
    driver.type(MODERATOR.passphrase)
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("Your decision is signed. It stands beside the record."))
    assert not [text for text in driver.texts() if RAW_ID.search(text)]
