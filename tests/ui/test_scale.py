# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of a rating cell, as they are drawn."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtGui import QColor

from observer_app.ui.assess import build_assess
from observer_app.ui.theme import Theme, make_theme, use
from observer_app.ui.widgets.scale import SavedCell, Scale, row_words
from observer_app.workflows.views import RowState, RowView
from tests.pages.assess import cell

del build_assess  # its words are announced now
POINTS = tuple((value, "") for value in range(1, 8))


def row(value: int | None, state: RowState, was: tuple[int, ...] = ()) -> RowView:
    return RowView("risk", 4, "Asks about risk and safety", POINTS, (), value, state, 1_231_000, was)


@pytest.fixture(params=["light", "dark"])
def scale(request: Any, qtbot: Any, qapp: Any) -> Any:
    use(make_theme(request.param), qapp)
    widget = Scale()
    qtbot.addWidget(widget)
    yield widget
    use(make_theme(), qapp)


def ground(scale: Scale, view: RowView, value: int, *, current: bool = False, read_only: bool = False) -> QColor:
    """The colour beside the figure of a cell."""
    scale.render_row(view, current=current, read_only=read_only)
    scale.resize(scale.sizeHint())
    scale.show()
    place = cell(scale, value)
    return QColor(scale.grab().toImage().pixelColor(place.left() + 8, place.center().y()))


def test_only_what_is_saved_is_filled(scale: Scale) -> None:
    accent = Theme.current.colour("accent")
    assert ground(scale, row(4, RowState.SAVED), 4) == accent
    assert ground(scale, row(4, RowState.SAVED), 5) == Theme.current.colour("sunken")
    for state in (RowState.SAVING, RowState.NOT_SAVED):
        assert ground(scale, row(4, state), 4) == Theme.current.colour("surface")
    assert ground(scale, row(None, RowState.WITHDRAWN, (4,)), 4) == Theme.current.colour("sunken")


def test_the_current_row_stands_on_the_surface_and_is_higher(scale: Scale) -> None:
    scale.render_row(row(None, RowState.EMPTY))
    high = scale.sizeHint().height()
    assert ground(scale, row(None, RowState.EMPTY), 3, current=True) == Theme.current.colour("surface")
    assert scale.sizeHint().height() == high + 8


def test_a_signed_row_takes_no_click(scale: Scale, qtbot: Any) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    heard: list[int] = []
    scale.chosen.connect(heard.append)
    ground(scale, row(4, RowState.SAVED), 4, read_only=True)
    QTest.mouseClick(scale, Qt.MouseButton.LeftButton, pos=cell(scale, 2).center())
    assert not heard and scale.focusPolicy() == Qt.FocusPolicy.NoFocus


@pytest.mark.parametrize(
    ("view", "icon", "words"),
    [
        (row(None, RowState.EMPTY), "circle-dashed", ("Not rated", "")),
        (row(4, RowState.SAVING, (3,)), "", ("Saving", "was 3")),
        (row(4, RowState.SAVED, (2, 3)), "circle-check", ("20:31", "was 3")),
        (row(None, RowState.WITHDRAWN, (4,)), "circle-dashed", ("withdrawn", "was 4")),
        (row(4, RowState.NOT_SAVED), "octagon-alert", ("Not saved", "")),
    ],
)
def test_the_rows_end_says_what_became_of_it(qtbot: Any, view: RowView, icon: str, words: tuple[str, str]) -> None:
    cell = SavedCell()
    qtbot.addWidget(cell)
    cell.render_row(view)
    found = cell._words(view)
    assert (found[0], (found[2], found[3])) == (icon, words)


def test_a_row_says_itself_to_those_who_cannot_see_it() -> None:
    assert row_words(row(4, RowState.SAVED)) == "Criterion 4, Asks about risk and safety. Rated 4. Saved"
    assert row_words(row(4, RowState.SAVING)).endswith("Rated 4. Saving")
    assert row_words(row(None, RowState.EMPTY)).endswith("Not rated")
