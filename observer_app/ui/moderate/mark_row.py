# SPDX-License-Identifier: GPL-3.0-or-later
"""One criterion of the moderator's own marks: value and moment; the current one opens to its scale and an anchor."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from observer_app.ui.strings import clock_words, say
from observer_app.ui.theme import RADIUS, Theme
from observer_app.ui.widgets.buttons import LinkButton, paint_text
from observer_app.ui.widgets.measured import Measured
from observer_app.ui.widgets.panel import Icon, column, row
from observer_app.ui.widgets.segments import Segment, Segments
from observer_app.ui.widgets.text import Text
from observer_app.workflows.views import RowState, RowView

__all__ = ["MarkRow", "ValueBox"]


class ValueBox(Measured, QWidget):
    """The mark as a figure in its box; dashed and empty while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def render_value(self, value: int | None) -> None:
        """The figure."""
        self._value = value
        self.update()

    def sizeHint(self) -> QSize:
        side = Theme.current.size(32)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), Theme.current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        given = self._value is not None
        painter.setPen(QPen(theme.colour("edge"), 2 if given else 1,
                            Qt.PenStyle.SolidLine if given else Qt.PenStyle.DashLine))  # fmt: skip
        rect = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
        if given:
            paint_text(painter, rect, str(self._value), "lead", theme.colour("ink"), 700)


class MarkRow(QWidget):
    """`wanted` a moment, `chosen` this row, `rated` a value. Nothing on it is said to be saved before it is."""

    wanted = Signal(int)
    chosen = Signal(str)
    rated = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view: RowView | None = None
        self._current = False
        self.number, self.title = Text(tone="soft", weight=600), Text(weight=500, wrap=True)
        self.number.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.box = ValueBox()
        self._icon, self._state = Icon("circle-check", "good", 16), Text(role="caption", tone="soft")
        self.time = LinkButton("")
        self.time.clicked.connect(self._go)
        self.scale: Segments | None = None
        self._open = QWidget()
        self._open_box = QVBoxLayout(self._open)
        self._open_box.setContentsMargins(16, 0, 20, 12)
        self._open_box.setSpacing(8)
        self._anchor_value, self._anchor = Text(weight=600), Text(wrap=True)
        anchor = row(self._anchor_value, self._anchor, gap=12)
        anchor.setStretch(1, 1)
        anchor.setAlignment(self._anchor_value, Qt.AlignmentFlag.AlignTop)
        self._open_box.addLayout(anchor)
        self._lay_out()
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def _lay_out(self) -> None:
        self._end = QWidget()
        self._end_row = QHBoxLayout(self._end)
        self._end_row.setContentsMargins(4, 0, 0, 0)
        self._end_row.setSpacing(8)
        for part in (self._icon, self.time, self._state):
            self._end_row.addWidget(part)
        self._end_row.addStretch(1)
        head = row(self.number, self.title, self.box, self._end, gap=8, margins=(16, 6, 12, 6))
        head.setStretch(1, 1)
        head.setAlignment(self.title, Qt.AlignmentFlag.AlignVCenter)
        column(head, self._open, into=self)
        self._open.hide()
        self._measure()

    def _go(self) -> None:
        if self.view is not None:
            self.wanted.emit(self.view.at_ms)

    def _measure(self) -> None:
        theme = Theme.current
        self.number.setFixedWidth(theme.size(20))
        self._end.setFixedWidth(theme.size(92))
        self._open_box.invalidate()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_end"):
            self._measure()
        super().changeEvent(event)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, max(Theme.current.size(44), super().minimumSizeHint().height()))

    def render_row(self, view: RowView, *, current: bool, read_only: bool) -> None:
        """The row as it stands."""
        self.view, self._current = view, current
        self.number.setText(str(view.number) if view.number else "")
        self.title.setText(view.title)
        self.title.set_weight(600 if current or not view.number else 500)
        self.box.render_value(view.value)
        self.box.setVisible(not (current and not read_only))
        self._render_end(view)
        self._open.setVisible(current and not read_only)
        if current and not read_only:
            self._render_scale(view)
        self.setAccessibleName(say("replay.row", title=view.title, words=self.words()))
        self.updateGeometry()
        self.update()

    def words(self) -> str:
        """What the row's end says."""
        view = self.view
        if view is None or view.value is None:
            return say("replay.not_rated")
        if view.state is RowState.SAVING:
            return say("replay.saving")
        if view.state is RowState.NOT_SAVED:
            return say("replay.not_saved")
        return say("replay.row_value", value=view.value, time=clock_words(view.at_ms))

    def _render_end(self, view: RowView) -> None:
        saved = view.value is not None and view.state not in (RowState.SAVING, RowState.NOT_SAVED)
        lost = view.state is RowState.NOT_SAVED
        self._icon.setVisible(saved or lost)
        self._icon.render_icon("octagon-alert" if lost else "circle-check", "bad" if lost else "good")
        self.time.setVisible(saved)
        if self.time.text() != clock_words(view.at_ms):
            self.time.setText(clock_words(view.at_ms))
            self.time.updateGeometry()
        self.time.setAccessibleName(say("replay.go", time=clock_words(view.at_ms)))
        self._state.setVisible(not saved)
        self._state.setText("" if saved else self.words())
        self._state.set_tone("bad" if lost else "soft")

    def _render_scale(self, view: RowView) -> None:
        if self.scale is None:
            cells = [Segment(str(value), str(value), f"{value} {word}".strip()) for value, word in view.scale]
            self.scale = Segments(view.title, cells, high=44, stretched=True)
            self.scale.chosen.connect(lambda key: self.rated.emit(view.criterion, int(key)))
            self._open_box.insertWidget(0, self.scale)
        self.scale.choose(str(view.value) if view.value is not None else "")
        text = next((words for value, words in view.anchors if value == view.value), "")
        self._anchor_value.setText(str(view.value) if text else "")
        self._anchor.setText(text)
        self._anchor_value.setVisible(bool(text))
        self._anchor.setVisible(bool(text))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.view is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self.view.criterion)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), Theme.current
        if self._current:
            painter.fillRect(self.rect(), theme.colour("tint"))
            painter.fillRect(0, 0, 4, self.height(), theme.colour("accent"))
            painter.fillRect(0, 0, self.width(), 1, theme.colour("accent"))
            painter.fillRect(0, self.height() - 1, self.width(), 1, theme.colour("accent"))
        else:
            painter.fillRect(0, self.height() - 1, self.width(), 1, theme.colour("line"))
