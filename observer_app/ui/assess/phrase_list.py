# SPDX-License-Identifier: GPL-3.0-or-later
"""The reusable phrases, to choose one from while a note is open: its letters, then its words."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from observer_app.ui.strings import say
from observer_app.ui.theme import RADIUS_SMALL, Theme
from observer_app.ui.widgets.buttons import paint_text
from observer_app.ui.widgets.text import lay_out

__all__ = ["PhraseList"]

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_PHRASE = Qt.ItemDataRole.UserRole
_INSET, _KEYS, _GAP = 8, 44, 6  # px: at both sides; the letters at 100 %; above and below the words


class _Phrases(QAbstractListModel):
    """(letters, text) pairs, the person's own first."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.phrases: tuple[tuple[str, str], ...] = ()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.phrases)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        keys, text = self.phrases[index.row()]
        if role == _PHRASE:
            return keys, text
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return say("live.phrase", keys=keys, text=text)
        return None

    def take(self, phrases: tuple[tuple[str, str], ...]) -> None:
        if phrases != self.phrases:
            self.beginResetModel()
            self.phrases = phrases
            self.endResetModel()


class _PhraseDelegate(QStyledItemDelegate):
    """The letters in a column of their own, so that the eye finds them; the words wrap beside it."""

    def _room(self) -> float:
        view = self.parent()
        wide = view.viewport().width() if isinstance(view, QListView) else 200
        return max(40.0, wide - 2 * _INSET - Theme.current.size(_KEYS))

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        _, text = index.data(_PHRASE)
        words = sum(high for _, high in lay_out(text, "body", 400, self._room(), True))
        return QSize(40, round(words) + 2 * _GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme = Theme.current
        keys, text = index.data(_PHRASE)
        place = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("tint"))
            painter.drawRoundedRect(place, RADIUS_SMALL, RADIUS_SMALL)
        left, top = place.left() + _INSET, place.top() + _GAP
        letters = QRectF(left, top, theme.size(_KEYS), theme.line("body"))
        paint_text(painter, letters, say("phrases.dot", keys=keys), "body", theme.colour("ink"), 600,
                   Qt.AlignmentFlag.AlignLeft)  # fmt: skip
        painter.setPen(theme.colour("ink"))
        for layout, tall in lay_out(text, "body", 400, self._room(), True):
            layout.draw(painter, QPointF(left + theme.size(_KEYS), top))
            top += tall
        painter.restore()


class PhraseList(QListView):
    """Reusable phrases; `chosen(text)`, `left`. A letter goes to the phrase it begins."""

    chosen = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._phrases = _Phrases(self)
        self._letters = ""
        self.setModel(self._phrases)
        self.setItemDelegate(_PhraseDelegate(self))
        self.setAccessibleName(say("live.phrase_list"))
        self.clicked.connect(self._choose)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setViewportMargins(0, 6, 0, 0)  # off the note above it

    def render_phrases(self, phrases: tuple[tuple[str, str], ...]) -> None:
        """The framework's phrases and the person's own."""
        self._phrases.take(phrases)

    def begin(self) -> None:
        """The first one is chosen."""
        self._letters = ""
        self.setCurrentIndex(self._phrases.index(0))
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def put_in(self) -> None:
        """Chooses the current one."""
        self._choose(self.currentIndex())

    def _choose(self, index: _Index) -> None:
        if index.isValid():
            self.chosen.emit(index.data(_PHRASE)[1])

    def _go_to(self, letter: str) -> None:
        """To the first phrase beginning with what was typed; with what begins none, typing begins anew."""
        for typed in (self._letters + letter, letter):
            found = next((n for n, (keys, _) in enumerate(self._phrases.phrases) if keys.startswith(typed)), None)
            if found is not None:
                self._letters = typed
                self.setCurrentIndex(self._phrases.index(found))
                return

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.scheduleDelayedItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, moving = event.key(), (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.put_in()
        elif key in (Qt.Key.Key_Escape, Qt.Key.Key_F2):
            self.left.emit()
        elif key in moving:
            self._letters = ""
            super().keyPressEvent(event)
        elif event.text().isalnum():
            self._go_to(event.text().lower())
