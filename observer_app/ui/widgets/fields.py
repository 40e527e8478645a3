# SPDX-License-Identifier: GPL-3.0-or-later
"""What is typed into and ticked. A focused field thickens its own border (stylesheet); tick boxes take the ring."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

from observer_app.ui.icons import paint_icon
from observer_app.ui.theme import RADIUS_SMALL, Theme
from observer_app.ui.widgets.focus import EnterPresses, Ringed
from observer_app.ui.widgets.measured import Measured
from observer_app.ui.widgets.text import lay_out

__all__ = ["Answer", "Choice", "Field", "OpenedByKey", "TextField", "TickBox"]


class Field(Measured, QLineEdit):
    """One line; `secret` hides the letters."""

    def __init__(self, name: str, *, secret: bool = False, hint: str = "", high: int = 44,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self._high = high
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        if secret:
            self.setEchoMode(QLineEdit.EchoMode.Password)
        self._sized()

    def _sized(self) -> None:
        self.setFont(Theme.current.font())
        self.setFixedHeight(Theme.current.size(self._high))


class OpenedByKey:
    """Mixed into a text that a letter's key opens: while that key is still held down its repeats are no letters."""

    opening = False

    def still_held(self, event: QKeyEvent) -> bool:
        """Whether this is such a repeat; `opening` is set whenever the text is opened."""
        self.opening = self.opening and event.isAutoRepeat()
        return self.opening


class Answer(OpenedByKey, Field):
    """One line that answers a question in its place: Esc leaves the question, `dropped`."""

    dropped = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.still_held(event):
            return
        if event.key() == Qt.Key.Key_Escape:
            self.dropped.emit()
            return
        super().keyPressEvent(event)


class TextField(Measured, QPlainTextEdit):
    """Several lines. `kept` on Enter (Shift+Enter breaks the line) and, `on_leave`, with the focus; Esc: `dropped`."""

    kept = Signal(str)
    dropped = Signal()

    def __init__(self, name: str, *, lines: int = 2, on_leave: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines, self._on_leave = lines, on_leave
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self._sized()

    def _sized(self) -> None:
        self.setFont(Theme.current.font())
        pitch = Theme.current.metrics().lineSpacing()
        self.setFixedHeight(round(pitch * self._lines) + 22)

    def set_lines(self, lines: int) -> None:
        """Another height, in lines."""
        self._lines = lines
        self._sized()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            if not event.isAutoRepeat():
                self.kept.emit(self.toPlainText().strip())
            return
        if event.key() == Qt.Key.Key_Escape:
            self.dropped.emit()
            return
        there, keys = self.document(), QKeySequence.StandardKey
        if (event.matches(keys.Undo) and not there.isUndoAvailable()) or (
            event.matches(keys.Redo) and not there.isRedoAvailable()
        ):
            event.ignore()  # nothing was typed here: it is the page's
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._on_leave:
            self.kept.emit(self.toPlainText().strip())


class _Ticked(Ringed, EnterPresses, Measured, QAbstractButton):
    """A sign to tick and its words, which wrap."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setText(text)
        self.setAccessibleName(text)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _words_left(self) -> int:
        return Theme.current.size(24) + 12

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        laid = lay_out(self.text(), "body", 0, max(1, width - self._words_left()), True)
        return max(Theme.current.size(28), round(sum(high for _, high in laid)) + 4)

    def sizeHint(self) -> QSize:
        wide = round(Theme.current.metrics("body", 600).horizontalAdvance(self.text())) + self._words_left() + 2
        return QSize(wide, self.heightForWidth(wide))

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current.size(160), Theme.current.size(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = Theme.current
        self._paint_sign(painter, QRectF(1, 1, theme.size(24) - 2, theme.size(24) - 2))
        painter.setPen(theme.colour("ink"))
        top = (theme.size(24) - theme.line("body")) / 2
        weight = 600 if self._bold() else 0
        room = self.width() - self._words_left()
        for layout, high in lay_out(self.text(), "body", weight, room, True):
            layout.draw(painter, QRectF(self._words_left(), top, 0, 0).topLeft())
            top += high

    def _bold(self) -> bool:
        return False

    def _paint_sign(self, painter: QPainter, place: QRectF) -> None:
        raise NotImplementedError


class TickBox(_Ticked):
    """A square to tick."""

    def _paint_sign(self, painter: QPainter, place: QRectF) -> None:
        theme, on = Theme.current, self.isChecked()
        off = not self.isEnabled()
        style = Qt.PenStyle.DashLine if off else Qt.PenStyle.SolidLine
        painter.setPen(QPen(theme.colour("accent" if on and not off else "edge"), 2, style))
        painter.setBrush(theme.colour("accent" if on and not off else "surface"))
        painter.drawRoundedRect(place, RADIUS_SMALL, RADIUS_SMALL)
        if on:
            px = theme.size(16)
            middle = place.center()
            colour = theme.colour("soft" if off else "onaccent")
            paint_icon(painter, "check", colour, middle.x() - px / 2, middle.y() - px / 2, px)


class Choice(_Ticked):
    """One of several: a ring, filled when chosen. Put them under one parent; they exclude each other."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setAutoExclusive(True)

    def _bold(self) -> bool:
        return self.isChecked()

    def _paint_sign(self, painter: QPainter, place: QRectF) -> None:
        theme, on = Theme.current, self.isChecked()
        place = place.adjusted(2, 2, -2, -2)
        painter.setPen(QPen(theme.colour("accent" if on else "edge"), 2))
        painter.setBrush(theme.colour("accent" if on else "surface"))
        painter.drawEllipse(place)
        if on:
            painter.setBrush(theme.colour("onaccent"))
            painter.setPen(Qt.PenStyle.NoPen)
            middle, radius = place.center(), place.width() / 5
            painter.drawEllipse(middle, radius, radius)
