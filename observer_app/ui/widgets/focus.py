# SPDX-License-Identifier: GPL-3.0-or-later
"""The focus ring: 3 px accent, 2 px gap, following the control's corners. One for a window, drawn over it.

Buttons and the like show it for the keyboard only; the ring is an overlay, so no control needs room for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QWidget
from shiboken6 import Shiboken

from observer_app.ui.theme import FOCUS_GAP, FOCUS_WIDE, RADIUS, Theme

__all__ = ["EnterPresses", "FocusRing", "Ringed", "give_focus"]

_OUT = FOCUS_GAP + FOCUS_WIDE
_MOVES = {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.LayoutRequest}


def _area_of(widget: QWidget) -> QScrollArea | None:
    """The scrolling area a control stands in, None if in none."""
    step = widget.parentWidget()
    while step is not None and not isinstance(step, QScrollArea):
        step = step.parentWidget()
    return step


def give_focus(widget: QWidget) -> None:
    """The keyboard to this one, and again once it is shown: what was only just laid out is not to be seen yet."""
    widget.setFocus(Qt.FocusReason.OtherFocusReason)
    if not widget.hasFocus():
        QTimer.singleShot(0, widget, lambda: widget.setFocus(Qt.FocusReason.OtherFocusReason))


class FocusRing(QWidget):
    """The ring of one window; `follow` moves it, `leave` takes it away."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("focus-ring")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._watched: list[QWidget] = []
        self._part: QRect | None = None
        self.hide()

    @staticmethod
    def of(widget: QWidget) -> FocusRing:
        """The ring of the widget's window, made when first needed."""
        window = widget.window()
        found = window.findChild(FocusRing, "focus-ring", Qt.FindChildOption.FindDirectChildrenOnly)
        return found if isinstance(found, FocusRing) else FocusRing(window)

    def follow(self, widget: QWidget, part: QRect | None = None) -> None:
        """Draw round `widget`, or round its `ring_part` as it is at any time, or else round `part`."""
        self.leave()
        self._part = part
        step: QWidget | None = widget
        while step is not None and step is not self.parentWidget():
            step.installEventFilter(self)
            self._watched.append(step)
            step = step.parentWidget()
        self._place()

    def leave(self, widget: QWidget | None = None) -> None:
        """No ring, or none round this one."""
        if widget is not None and (not self._watched or self._watched[0] is not widget):
            return
        for watched in self._watched:
            if Shiboken.isValid(watched):
                watched.removeEventFilter(self)
        self._watched = []
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVES and self._watched:
            self._place()
        return False

    def _place(self) -> None:
        if not self._watched or not Shiboken.isValid(self._watched[0]):
            self.hide()
            return
        widget = self._watched[0]
        if not widget.isVisible():
            self.hide()
            return
        part = (widget.ring_part() if isinstance(widget, Ringed) else self._part) or widget.rect()
        corner = widget.mapTo(self.window(), QPoint(0, 0))
        place = part.translated(corner).adjusted(-_OUT, -_OUT, _OUT, _OUT)
        self.setGeometry(place)
        area = _area_of(widget)
        if area is None:
            self.clearMask()
        else:
            port = area.viewport()
            inside = port.rect().translated(port.mapTo(self.window(), QPoint(0, 0))).adjusted(-_OUT, -_OUT, _OUT, _OUT)
            self.setMask(QRegion(inside.translated(-place.topLeft())))
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(Theme.current.colour("accent"), FOCUS_WIDE))
        half = FOCUS_WIDE / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), RADIUS + 2, RADIUS + 2)


_KEYBOARD = {
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
    Qt.FocusReason.OtherFocusReason,
    Qt.FocusReason.ActiveWindowFocusReason,
}


if TYPE_CHECKING:
    _Button = QAbstractButton
    _Control = QWidget
else:
    _Button = _Control = object  # two Qt classes under one Python class crash at the first call of either


class EnterPresses(_Button):
    """Mixed into a button: Enter presses it as Space does, once for each time the key goes down."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
            return
        super().keyPressEvent(event)


class Ringed(_Control):
    """Mixed into a control: shows the ring while it has the keyboard's focus. `ring_part` narrows it."""

    def ring_part(self) -> QRect | None:
        """The part of the control to ring, None for all of it."""
        return None

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        area = _area_of(self)
        if area is not None and event.reason() != Qt.FocusReason.MouseFocusReason:
            area.ensureWidgetVisible(self, 8, 8)
        if event.reason() in _KEYBOARD:
            FocusRing.of(self).follow(self)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        FocusRing.of(self).leave(self)
        self.update()
