# SPDX-License-Identifier: GPL-3.0-or-later
"""What the timelines paint themselves, measured in their pictures: figures, minutes, lanes' names, gaps' words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from observer_app.ui.theme import Theme, make_theme, use
from observer_app.ui.widgets import timeline
from observer_app.ui.widgets.timeline import Timeline, TimelineState
from observer_app.workflows.views import MarkView
from tests.ui.legibility import faint

MINUTE = 60_000
MARKS = (
    MarkView("ratings", "rated", 3 * MINUTE, "4", True),
    MarkView("ratings", "rated", 5 * MINUTE, "3", False),
    MarkView("ratings", "rated", 5 * MINUTE + 20_000, "5", True),
    MarkView("notes", "note_written", 6 * MINUTE, "", True),
    MarkView("marks", "flagged", 7 * MINUTE, "", True),
    MarkView("marks", "clip", 8 * MINUTE, "Clip", True, 14 * MINUTE),
    MarkView("marks", "gap", 16 * MINUTE, "No picture 0:52", True, 17 * MINUTE),
)
STATE = TimelineState(MARKS, 30 * MINUTE, 19 * MINUTE, ((25 * MINUTE, "5 min left"), (29 * MINUTE, "1 min left")), -1)


@pytest.fixture(params=["light", "dark", "light, 200 %", "dark, 200 %"])
def painted(request: Any, qtbot: Any, qapp: QApplication) -> Any:
    name, _, large = request.param.partition(", ")
    use(make_theme(name, 2.0 if large else 1.0), qapp)
    one = Timeline()
    qtbot.addWidget(one)
    one.set_measures(single=bool(large), lane=22 if large else 24)
    one.resize(1280, one.sizeHint().height())
    one.render_state(STATE)
    one.show()
    yield one
    use(make_theme(), qapp)


def test_everything_written_on_the_timeline_can_be_read(painted: Timeline) -> None:
    assert faint(painted, timeline) == []


def test_of_boxes_that_overlap_only_the_one_on_top_has_its_figure(painted: Timeline) -> None:
    words: list[str] = []
    paint = timeline.paint_text
    timeline.paint_text = lambda painter, rect, text, *more: words.append(text)  # type: ignore[assignment]
    try:
        painted.grab()
    finally:
        timeline.paint_text = paint
    assert "5" in words and "4" in words and "3" not in words


@pytest.mark.parametrize("lane", ["ratings", "notes", "marks"])
def test_the_newest_mark_is_not_struck_through_by_the_line_of_now(painted: Timeline, lane: str) -> None:
    kind = {"ratings": "rated", "notes": "note_written", "marks": "flagged"}[lane]
    now = round(painted.x_of(STATE.now_ms))

    def line_of_now() -> list[int]:
        picture = painted.grab().toImage()
        return [picture.pixel(x, y) for x in (now - 1, now, now + 3, now + 6) for y in range(picture.height())]

    without, before = line_of_now(), painted.grab().toImage()
    newest = MarkView(lane, kind, STATE.now_ms - 2_000, "6" if lane == "ratings" else "", True)
    painted.render_state(replace(STATE, marks=(*MARKS, newest)))
    assert painted.grab().toImage() != before, "it is drawn"
    assert line_of_now() == without


def test_the_measure_notices_a_faint_ink(painted: Timeline, monkeypatch: pytest.MonkeyPatch) -> None:
    colour, ground = Theme.current.colour, Theme.current.colour("sunken")
    pale = QColor(
        *(round(0.75 * g + 0.25 * i) for g, i in zip(ground.getRgb()[:3], colour("soft").getRgb()[:3], strict=True))
    )
    monkeypatch.setattr(type(Theme.current), "colour", lambda self, role: pale if role == "soft" else colour(role))
    assert any("min left" in words or "0:00" in words for words in faint(painted, timeline))
