# SPDX-License-Identifier: GPL-3.0-or-later
"""The recording's timeline: what was marked at one moment stands side by side, each to be seen and to be pressed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from observer_app.ui.moderate.timeline import Lane, RecordingTimeline
from observer_app.ui.theme import Theme, make_theme, use
from observer_app.ui.widgets.spread import spread
from observer_app.workflows.views import MarkView

LENGTH_MS = 1_800_000
RATED = MarkView("ratings", "rated", 300_000, "4", True)
FLAG = MarkView("marks", "flagged", 300_000, "Flag", True)
NOTE = MarkView("notes", "note_written", 300_900, "", True)
WAS = MarkView("ratings", "rated", 299_000, "3", False)
FIRST = MarkView("marks", "flagged", 0, "Flag", True)
LAST = MarkView("ratings", "rated", LENGTH_MS - 1, "7", True)


@given(st.lists(st.floats(0, 800), max_size=40).map(sorted), st.floats(0, 30), st.floats(0, 20), st.floats(300, 820))
def test_signs_stand_apart_in_their_order_within_the_line(
    wanted: list[float], apart: float, first: float, last: float
) -> None:
    found = spread(wanted, apart, first, last)
    room = (last - first) / max(1, len(wanted) - 1)
    assert len(found) == len(wanted)
    assert all(b - a >= min(apart, room) - 1e-6 for a, b in pairwise(found))
    assert all(first - 1e-6 <= x <= last + 1e-6 for x in found)
    if all(b - a >= apart for a, b in pairwise(wanted)) and all(first <= x <= last for x in wanted):
        assert found == pytest.approx(wanted)


def test_a_group_gives_way_evenly_and_leaves_others_alone() -> None:
    assert spread([100, 100, 100, 400], 20, 0, 800) == pytest.approx([80, 100, 120, 400])


@pytest.fixture(params=["light", "dark", "200 %"])
def timeline(request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication) -> Iterator[RecordingTimeline]:
    use(make_theme("dark" if request.param == "dark" else "light", 2.0 if request.param == "200 %" else 1.0), qapp)
    made = RecordingTimeline()
    qtbot.addWidget(made)
    made.render_recording(LENGTH_MS, ())
    made.render_at(LENGTH_MS // 2)
    yield made
    use(make_theme(), qapp)


def shown(timeline: RecordingTimeline, *lanes: Lane) -> QImage:
    timeline.render_lanes(lanes)
    timeline.resize(1230, timeline.sizeHint().height())
    return timeline.grab().toImage()


def drawn(picture: QImage, x: float, y: float, half: float) -> int:
    """How many pixels around a place differ clearly from the ground there."""
    ground = QColor(picture.pixel(round(x), picture.height() - 2))
    places = [(x + dx, y + dy) for dx in range(-round(half), round(half)) for dy in range(-round(half), round(half))]
    colours = [QColor(picture.pixel(round(a), round(b))) for a, b in places]
    return sum(abs(colour.lightness() - ground.lightness()) > 60 for colour in colours)


@pytest.mark.parametrize("sides", [("own",), ("live", "replay")])
def test_what_was_marked_at_one_moment_is_seen_side_by_side(
    timeline: RecordingTimeline, sides: tuple[str, ...]
) -> None:
    marks = (FIRST, WAS, RATED, FLAG, NOTE, LAST)
    picture = shown(timeline, *(Lane(side, marks) for side in sides))
    size = 20 * (2 if timeline.sizeHint().height() > 200 else 1)
    for number, lane in enumerate(timeline._lanes):
        signs = timeline._signs(lane)
        assert [mark for mark, _ in signs] == [FIRST, WAS, RATED, FLAG, NOTE, LAST]
        assert all(b - a >= size for (_, a), (_, b) in pairwise(signs))
        assert size / 2 <= signs[0][1] and signs[-1][1] <= timeline.width() - size / 2
        middle = timeline._lane_top(number) + timeline._lane_high() / 2
        assert all(drawn(picture, x, middle, size * 0.4) > 10 for _, x in signs)


def test_each_of_them_is_pressed_by_itself(timeline: RecordingTimeline, qtbot: QtBot) -> None:
    shown(timeline, Lane("own", (WAS, RATED, FLAG, NOTE)))
    for mark, x in timeline._signs(timeline._lanes[0]):
        place = QPoint(round(x), round(timeline._lane_top(0) + timeline._lane_high() / 2))
        with qtbot.waitSignal(timeline.wanted) as wanted:
            QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=place)
        assert wanted.args == [mark.at_ms]


def test_a_sign_that_stands_alone_stands_at_its_moment(timeline: RecordingTimeline) -> None:
    shown(timeline, Lane("own", (RATED, LAST)))
    assert timeline._signs(timeline._lanes[0])[0][1] == pytest.approx(timeline.x_of(RATED.at_ms))


def test_thumbnails_and_sound_are_painted_where_they_belong(timeline: RecordingTimeline) -> None:
    """Ten grounds from dark to light; a sound in the second half only."""
    grounds = [QImage(160, 90, QImage.Format.Format_RGB32) for _ in range(10)]
    for number, ground in enumerate(grounds):
        ground.fill(QColor(number * 25, 80, 80))
    timeline.render_thumbs(grounds)
    timeline.render_sound([0.0] * 100 + [0.8] * 100)
    picture = shown(timeline, Lane("own", ()))
    axis = timeline._lane_top(0) - 92  # two rows of 46 above the lanes
    tenth = timeline.width() / 10
    reds = [QColor(picture.pixel(round(tenth * (n + 0.3)), round(axis + 20))).red() for n in range(10)]
    assert reds == [n * 25 for n in range(10)]
    middle = axis + 46 + 23
    columns = [any(_bar(picture, x, round(middle - 12)) for x in range(a, a + 12)) for a in range(4, 1210, 61)]
    assert columns == [a + 12 > timeline.width() / 2 for a in range(4, 1210, 61)]


def _bar(picture: QImage, x: int, y: int) -> bool:
    """Whether a bar of sound reaches here."""
    surface = Theme.current.colour("surface")
    return abs(QColor(picture.pixel(x, y)).lightness() - surface.lightness()) > 40
