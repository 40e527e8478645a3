# SPDX-License-Identifier: GPL-3.0-or-later
"""The notes written so far, as a list with a model of its own."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from observer_app.ui.icons import paint_icon
from observer_app.ui.strings import clock_words, say
from observer_app.ui.theme import RADIUS_SMALL, Theme
from observer_app.ui.widgets.buttons import paint_text
from observer_app.ui.widgets.text import lay_out
from observer_app.workflows.views import NoteView

__all__ = ["NoteList"]

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_LEFT = Qt.AlignmentFlag.AlignLeft
NOTE = Qt.ItemDataRole.UserRole
_INSET = 8  # px between the words and ring or tint


class _Notes(QAbstractListModel):
    """NoteViews, newest first."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.notes: tuple[NoteView, ...] = ()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.notes)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        note = self.notes[index.row()]
        if role == NOTE:
            return note
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            where = str(note.number) if note.number else say("live.no_row")
            return say("live.note_words", time=clock_words(note.at_ms), where=where, text=note.text)
        return None

    def take(self, notes: tuple[NoteView, ...]) -> None:
        if notes == self.notes:
            return
        if len(notes) == len(self.notes):
            self.notes = notes
            self.dataChanged.emit(self.index(0), self.index(len(notes) - 1))
            self.layoutChanged.emit()
            return
        self.beginResetModel()
        self.notes = notes
        self.endResetModel()


class _NoteDelegate(QStyledItemDelegate):
    """Time, row, tick; then the words, wrapped."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        theme, note = Theme.current, index.data(NOTE)
        view = self.parent()
        wide = view.viewport().width() if isinstance(view, QListView) else 200
        words = sum(high for _, high in lay_out(note.text, "body", 400, max(40, wide - 2 * _INSET), True))
        return QSize(wide, round(theme.size(20) + words) + 15)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme, note = Theme.current, index.data(NOTE)
        place: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.row():
            painter.fillRect(place.left() + _INSET, place.top(), place.width() - 2 * _INSET, 1, theme.colour("line"))
        view = self.parent()
        focused = isinstance(view, QWidget) and view.hasFocus()
        if isinstance(view, NoteList) and view.by_mouse and index.row() == view.currentIndex().row():
            painter.fillRect(place.adjusted(0, 1, 0, 0), theme.colour("tint"))
        if focused and isinstance(view, QListView) and index.row() == view.currentIndex().row():
            painter.setPen(QPen(theme.colour("accent"), 3))
            painter.drawRoundedRect(QRectF(place).adjusted(1.5, 2.5, -1.5, -1.5), RADIUS_SMALL, RADIUS_SMALL)
        self._paint_note(painter, theme, note, QRectF(place).adjusted(_INSET, 8, -_INSET, -7))
        painter.restore()

    def _paint_note(self, painter: QPainter, theme: Theme, note: NoteView, inside: QRectF) -> None:
        high = theme.size(20)
        time = clock_words(note.at_ms)
        head = QRectF(inside.left(), inside.top(), inside.width(), high)
        paint_text(painter, head, time, "body", theme.colour("ink"), 600, _LEFT)
        left = inside.left() + theme.metrics("body", 600).horizontalAdvance(time) + 8
        if note.number:
            wide = max(high, round(theme.metrics("caption", 600).horizontalAdvance(str(note.number))) + 8)
            box = QRectF(round(left) + 0.5, inside.top() + 0.5, wide - 1, high - 1)
            painter.setPen(QPen(theme.colour("edge"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, RADIUS_SMALL, RADIUS_SMALL)
            paint_text(painter, box, str(note.number), "caption", theme.colour("ink"), 600)
        else:
            place = QRectF(left, inside.top(), inside.width(), high)
            paint_text(painter, place, say("live.no_row"), "caption", theme.colour("soft"), 400, _LEFT)
        px = theme.size(16)
        icon, tone = ("circle-check", "good") if note.saved else ("circle-dashed", "soft")
        paint_icon(painter, icon, theme.colour(tone), inside.right() - px, inside.top() + (high - px) / 2, px)
        painter.setPen(theme.colour("ink"))
        top = inside.top() + high
        for layout, tall in lay_out(note.text, "body", 400, inside.width(), True):
            layout.draw(painter, QPointF(inside.left(), top))
            top += tall


class NoteList(QListView):
    """`change(NoteView)`, `remove(NoteView)`, `tie(NoteView, number)`, `left` by Esc, `picked(NoteView or None)`."""

    change = Signal(object)
    remove = Signal(object)
    tie = Signal(object, int)
    left = Signal()
    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._notes = _Notes(self)
        self.setModel(self._notes)
        self.setItemDelegate(_NoteDelegate(self))
        self.setAccessibleName(say("live.note_list"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.doubleClicked.connect(lambda index: self.change.emit(index.data(NOTE)))
        self.by_mouse = False  # a note chosen by the mouse stays tinted, with its buttons below the list
        self.clicked.connect(lambda _: self._pick(True))
        self._notes.modelReset.connect(lambda: self._pick(False))

    def _pick(self, chosen: bool) -> None:
        self.by_mouse = chosen
        self.picked.emit(self.note if chosen else None)
        self.viewport().update()

    @property
    def note(self) -> NoteView | None:
        """The chosen note."""
        index = self.currentIndex()
        found = index.data(NOTE) if index.isValid() else None
        return found if isinstance(found, NoteView) else None

    def render_notes(self, notes: tuple[NoteView, ...]) -> None:
        """The notes, newest first; without any there is nothing to go to."""
        self._notes.take(notes)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if notes else Qt.FocusPolicy.NoFocus)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.scheduleDelayedItemsLayout()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self._notes.rowCount():
            self.setCurrentIndex(self._notes.index(0))
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, index = Qt.Key(event.key()), self.currentIndex()
        note = index.data(NOTE) if index.isValid() else None
        if key in (
            Qt.Key.Key_Up,
            Qt.Key.Key_Down,
            Qt.Key.Key_PageUp,
            Qt.Key.Key_PageDown,
            Qt.Key.Key_Home,
            Qt.Key.Key_End,
        ):
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        elif note is None or event.isAutoRepeat():
            event.ignore()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.change.emit(note)
        elif key == Qt.Key.Key_Delete:
            self.remove.emit(note)
        elif event.text().isdecimal():
            self.tie.emit(note, int(event.text()))
        else:
            event.ignore()
