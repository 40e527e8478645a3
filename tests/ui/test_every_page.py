# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds for every page in every look: names for those who cannot see, nothing cut, one window and nothing over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QDialog,
    QLabel,
    QWidget,
)

from observer_app.ui.theme import make_theme, use
from observer_app.ui.widgets.text import Text
from tests.pages.assess import LivePage, ReviewPage, SignInPage
from tests.pages.driving import Driver, Key
from tests.simulators.desk import PASSPHRASE, Desk
from tests.ui.audit import EVERY_LOOK, LOOKS, cut, dead, faults_of, nameless
from tests.ui.legibility import contrast_of, poor, small

Open = Callable[..., Driver]


def stages(driver: Driver, desk: Desk) -> Iterator[str]:
    """Goes through the assessor's screens and stops at each."""
    yield "sign-in"
    today = SignInPage(driver).sign_in(PASSPHRASE)
    driver.wait(lambda: bool(today.screen.checks))
    yield "today"
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.sees("Why do you start"))
    yield "start anyway"
    driver.press(Key.Key_Escape)
    desk.assess.own_phrases = (("lis", "Lets the family finish."), ("eye", "Keeps eye contact."))
    driver.window.show_page("phrases")
    yield "phrases"
    driver.window.show_page("today")
    driver.press(Key.Key_Return)
    live = today.open_although("He speaks softly")
    yield "identity"
    live.confirm()
    yield "start"
    live.start()
    desk.clock.advance(700)
    desk.live.next_phase(desk.clock.now())
    live.rate(5).down().rate(4).note("Says who asked for the visit, and why.").down().rate(3).rate(4)
    yield "live"
    driver.press(Key.Key_N)
    driver.type("Mother looks at the door")
    yield "writing"
    driver.press(Key.Key_Escape, Key.Key_F1)
    yield "keys"
    driver.press(Key.Key_F1)
    desk.live.camera("lost", "Camera lost", "The camera gives no picture. Scoring goes on; the gap is written down.")
    driver.wait(lambda: "Scoring goes on" in live.strip())
    yield "lost"
    live.screen.to_review()
    yield "review"
    yield from after_signing(driver, desk)


def after_signing(driver: Driver, desk: Desk) -> Iterator[str]:
    page = ReviewPage(driver)
    for row in desk.assess.review_port.view().rows:
        desk.live.rate(row.criterion, 6, desk.clock.now())
        desk.live.comments[row.criterion] = "A comment that is a little longer than one line of the table is wide."
    page.screen.refresh()
    page.sign(PASSPHRASE)
    driver.wait(lambda: page.screen.signed)
    yield "signed"
    page.screen.panel.amend.click()
    yield "amend"
    desk.assess.review_port.amended.append(({"relationship": 5}, "I read my note again, and it says otherwise."))
    page.screen._amended()
    yield "waiting for a second signature"
    for name in ("records", "room"):
        driver.window.show_page(name)
        driver.texts()
        yield name
    yield from of_the_menu(driver, desk)


def of_the_menu(driver: Driver, desk: Desk) -> Iterator[str]:
    """The pages behind the person's name, and the way back when nobody can sign in."""
    window = driver.window
    window._open_own()
    yield "own"
    own: Any = window.front
    own.make.asked.emit({"passphrase": PASSPHRASE})
    driver.wait(lambda: own.sheet is not None)
    yield "own, a sheet"
    window._open_backup()
    backup: Any = window.front
    backup.back_up()
    yield "backup"
    window.lock()
    sign_in: Any = window.front
    sign_in.forgotten.click()
    forgotten: Any = window.front
    forgotten.form.submit()
    yield "forgotten"
    desk.own.made = 0
    sign_in.forgotten.click()
    yield "forgotten, no sheet"


@pytest.fixture(params=EVERY_LOOK)
def walk(request: Any, open_window: Open, desk: Desk) -> Iterator[tuple[str, MainWindowAt]]:
    desk.assess.quiet = True
    driver = open_window(desk, **LOOKS[request.param])

    def each() -> Iterator[tuple[str, QWidget]]:
        for stage in stages(driver, desk):
            yield f"{stage} at {request.param}", driver.window

    return each()  # type: ignore[return-value]


MainWindowAt = QWidget


def test_every_control_has_a_name_nothing_is_cut_and_nothing_pops_up(walk: Iterator[tuple[str, QWidget]]) -> None:
    found: list[str] = []
    for stage, window in walk:
        found += faults_of(window, stage)
        assert not window.findChildren(QDialog)
    assert not found, "\n".join(found)


def test_the_audit_notices(qtbot: Any) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, 100)
    text = Text("Far too many words for so small a place", parent=window)
    text.setGeometry(0, 0, 40, 20)
    bare = QAbstractButtonLike(window)
    window.show()
    assert cut(window) == [text.text()] and nameless(window) == [bare] and dead(window) == [bare]
    bare.clicked.connect(window.hide)
    assert not dead(window)


class QAbstractButtonLike(QAbstractButton):
    def paintEvent(self, event: Any) -> None:
        return


def test_the_measure_of_contrast_notices(qtbot: Any, qapp: Any) -> None:
    """One black and one grey line on white, and letters of 11 px."""
    use(make_theme(), qapp)
    window = QWidget()
    qtbot.addWidget(window)
    window.setStyleSheet("background: #ffffff")
    plain, grey = QLabel("Plain to read", window), QLabel("Hard to read", window)
    grey.setStyleSheet("color: #9a9a9a; font-size: 11px")
    plain.setStyleSheet("color: #000000")
    for number, label in enumerate((plain, grey)):
        label.setGeometry(10, 10 + 40 * number, 200, 30)
    window.resize(300, 100)
    window.show()
    assert [words.split(" has ")[0] for words in poor(window)] == ["'Hard to read'"]
    assert small(window) == ["QLabel at 11 px"]
    assert contrast_of(np.array([[[255] * 3] * 9 + [[0] * 3]], np.uint8)) == pytest.approx(21)


def test_tab_reaches_every_control_and_comes_round(open_window: Open, desk: Desk) -> None:
    driver = open_window(desk)
    live = SignInPage(driver).sign_in(PASSPHRASE).open().confirm().start()
    assert isinstance(live, LivePage)
    reached = set()
    for _ in range(60):
        driver.press(Key.Key_Tab)
        name = driver.focus().accessibleName()
        if name in reached and len(reached) > 15:
            break
        reached.add(name)
    assert {"Note", "Flag", "Clip", "Keys", "End reading"} <= reached
