# SPDX-License-Identifier: GPL-3.0-or-later
"""The wrong person, late starts, overruns, reminders and a disk that refuses a note, on the Live screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QLabel

from observer_app.domain.events import Kind
from observer_app.errors import DiskFull
from observer_app.ui.assess.candidate import due_words
from observer_app.ui.assess.steps import StartStep
from tests.pages.assess import LivePage
from tests.pages.driving import Key
from tests.simulators.desk import Desk

Live = Callable[..., LivePage]


def seen(widget: Any) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def test_it_was_another_person_and_nothing_seen_is_lost(go_live: Live, desk: Desk) -> None:
    live = go_live(desk).rate(5).note("Looks away")
    other = next(c for c in desk.assess.today(desk.clock.now()).sittings if c.sitting == "sit-9")
    desk.others = [other]
    live.driver.press(Key.Key_F1)
    live.screen.keys_table.buttons["other"].click()
    live.driver.wait(lambda: bool(live.screen.other.isVisible()))
    assert other.candidate.name in seen(live.screen.other) and "12:05" in seen(live.screen.other)
    live.driver.press(Key.Key_Return)
    live.driver.wait(lambda: bool(live.screen.rubric.isVisible()))
    assert desk.live.events[-1].kind == Kind.NOTE_WRITTEN, "Enter alone changes nobody"
    live.screen.keys.wrong_candidate()
    live.screen.other.choices["sit-9"].click()
    live.driver.type("They came in the other order")
    live.driver.press(Key.Key_Return)
    live.driver.wait(lambda: desk.assess.opened[-1] == "sit-9")
    again = LivePage(live.driver)
    assert desk.live.texts["moved"] == "They came in the other order"
    assert not again.screen.rating, "who it is now is confirmed anew"
    again.confirm()
    live.driver.wait(lambda: bool(again.screen.rating))
    assert again.row(1).value == 5 and len(again.screen.view.notes) == 1


def test_nobody_of_these_closes_it_as_before(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    desk.others = [desk.assess.today(desk.clock.now()).sittings[3]]
    live.screen.keys.wrong_candidate()
    live.screen.other.none.click()
    live.driver.type("A visitor")
    live.driver.press(Key.Key_Return)
    live.driver.wait(lambda: live.driver.page == "today")
    assert desk.live.events[-1].kind == Kind.REOPENED


def test_a_note_the_disk_refused_is_still_there_to_be_kept(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    live.driver.press(Key.Key_N)
    live.driver.type("Looks away")
    desk.refuse(DiskFull("There is no room left on the disk.", advice="Free some space."))
    live.driver.press(Key.Key_Return)
    editor = live.screen.notes.editor
    live.driver.wait(lambda: bool(editor.writing))
    assert editor.line.toPlainText() == "Looks away" and "no room left" in live.strip()
    live.driver.press(Key.Key_Return)
    live.driver.wait(lambda: [n.text for n in live.screen.view.notes] == ["Looks away"])


def test_reminders_are_silent_words_at_the_scenarios_minutes(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    warn = live.screen.view.phase.warn_at
    view = live.screen.view
    said = {left: due_words(replace(view, remaining_s=left)) for left in range(view.phase.planned_s)}
    for minutes in warn:
        words = f"{minutes} minute{'' if minutes == 1 else 's'} left"
        assert said[minutes * 60] == words == said[minutes * 60 - 59]
        assert said[minutes * 60 + 1] != words and said[minutes * 60 - 60] != words
    desk.clock.advance(view.remaining_s - warn[0] * 60 + 5)
    live.screen.refresh()
    clock = live.screen.panel.clock
    assert f"{warn[0]} minutes left" in clock.accessibleName()
    assert not live.strip().startswith("Reminder") and live.screen.rating, "nothing is put in the way"


def test_an_overrun_is_said_while_it_lasts_and_afterwards(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    desk.clock.advance(live.screen.view.remaining_s + 72)
    live.screen.refresh()
    assert "+01:12" in live.screen.panel.clock.accessibleName()
    for _ in range(3):
        live.screen.refresh()
        live.end_phase()
        desk.clock.advance(60)
    live.driver.wait(lambda: bool(live.screen.done.isVisible()))
    phase = next(p for p in live.screen.view.phases if p.over_s)
    assert phase.over_s == 72 and f"{phase.title} took 1:12 longer than planned" in seen(live.screen.done)
    assert "37:30 + 1:12" in seen(live.screen.panel)


def test_a_late_start_is_said_before_the_clock_runs(go_live: Live, desk: Desk) -> None:
    live = go_live(desk)
    step = StartStep()
    step.setParent(live.driver.window)
    fresh = tuple(replace(p, state="to_come") for p in live.screen.view.phases)
    step.render_view(replace(live.screen.view, phases=fresh, phase=None, late_min=25))
    step.show()
    assert "25 min after the planned start. The full time is given" in seen(step)
    step.render_view(replace(live.screen.view, phases=fresh, phase=None))
    assert "planned start" not in seen(step)
