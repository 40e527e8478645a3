# SPDX-License-Identifier: GPL-3.0-or-later
"""Grounds: panels, hairlines, icons with words, scrolling columns."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from observer_app.ui.icons import paint_icon
from observer_app.ui.theme import RADIUS_PANEL, Theme
from observer_app.ui.widgets.measured import Measured

__all__ = ["PAGE", "Icon", "Panel", "Rule", "centred", "column", "emptied", "page_column", "row", "scrolling"]

PAGE = (24, 20, 24, 24)  # px round what stands on a page


class Panel(QWidget):
    """A ground of one colour role with hairlines on the sides named (`"l r t b"`, or "all" with round corners)."""

    def __init__(self, ground: str = "surface", edges: str = "", *, edge: str = "line", wide: int = 1,
                 radius: int = RADIUS_PANEL, parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self._ground, self._edges, self._edge, self._wide, self._radius = ground, edges, edge, wide, radius

    def set_ground(self, ground: str) -> None:
        """Another colour role ("" for none)."""
        if ground != self._ground:
            self._ground = ground
            self.update()

    def set_edge(self, edge: str, wide: int = 1) -> None:
        """Another outline."""
        self._edge, self._wide = edge, wide
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = Theme.current
        if self._edges == "all":
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.colour(self._edge), self._wide))
            painter.setBrush(theme.colour(self._ground) if self._ground else Qt.BrushStyle.NoBrush)
            half = self._wide / 2
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), self._radius, self._radius)
            return
        if self._ground and self._edges == "round":
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(self._ground))
            painter.drawRoundedRect(QRectF(self.rect()), self._radius, self._radius)
            return
        if self._ground:
            painter.fillRect(self.rect(), theme.colour(self._ground))
        line, wide, high = theme.colour(self._edge), self.width(), self.height()
        for side in self._edges.split():
            rect = {"l": (0, 0, self._wide, high), "r": (wide - self._wide, 0, self._wide, high),
                    "t": (0, 0, wide, self._wide), "b": (0, high - self._wide, wide, self._wide)}[side]  # fmt: skip
            painter.fillRect(*rect, line)


class Rule(QWidget):
    """A hairline across."""

    def __init__(self, role: str = "line", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = role
        self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), Theme.current.colour(self._role))


class Icon(Measured, QWidget):
    """An icon of a colour role; it has a word beside it, so it is nothing to a screen reader itself."""

    def __init__(self, name: str, tone: str = "ink", px: int = 20, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._tone, self._px = name, tone, px
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def render_icon(self, name: str, tone: str) -> None:
        """Another icon or colour."""
        if (name, tone) != (self._name, self._tone):
            self._name, self._tone = name, tone
            self.update()

    def sizeHint(self) -> QSize:
        px = Theme.current.size(self._px)
        return QSize(px, px)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._name:
            paint_icon(QPainter(self), self._name, Theme.current.colour(self._tone), 0, 0, self.width())


def _fill(layout: QHBoxLayout | QVBoxLayout, parts: Sequence[QWidget | QLayout | int | None]) -> None:
    for part in parts:
        if part is None:
            layout.addStretch(1)
        elif isinstance(part, int):
            layout.addSpacing(part)
        elif isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)


def row(*parts: QWidget | QLayout | int | None, gap: int = 0, margins: tuple[int, int, int, int] = (0, 0, 0, 0),
        into: QWidget | None = None) -> QHBoxLayout:  # fmt: skip
    """Side by side; an int is a space in px, None takes what is left."""
    layout = QHBoxLayout(into) if into is not None else QHBoxLayout()
    layout.setContentsMargins(*margins)
    layout.setSpacing(gap)
    _fill(layout, parts)
    return layout


def column(*parts: QWidget | QLayout | int | None, gap: int = 0, margins: tuple[int, int, int, int] = (0, 0, 0, 0),
           into: QWidget | None = None) -> QVBoxLayout:  # fmt: skip
    """One below another; an int is a space in px, None takes what is left."""
    layout = QVBoxLayout(into) if into is not None else QVBoxLayout()
    layout.setContentsMargins(*margins)
    layout.setSpacing(gap)
    _fill(layout, parts)
    return layout


class _Keyless(QScrollArea):
    """Leaves every key to the page."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()


def scrolling(inside: QWidget, parent: QWidget | None = None, *, keys: bool = True) -> QScrollArea:
    """`inside` in an area that scrolls down, never sideways; without `keys` arrow keys do not scroll it but reach the
    page from whatever in it has the focus."""
    area = QScrollArea(parent) if keys else _Keyless(parent)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    inside.setObjectName(inside.objectName() or "page")
    inside.setAutoFillBackground(False)
    area.viewport().setAutoFillBackground(False)
    area.setWidget(inside)
    return area


def page_column(*parts: QWidget | QLayout | int | None, into: QWidget, widest: int = 0) -> None:
    """The ground of a page: `parts` as in `column`, scrolling down as far as they go, no wider than `widest` px at
    the text's usual size (0: as wide as `into`)."""
    inside = QWidget()
    if widest:
        holder = QWidget()
        holder.setMaximumWidth(Theme.current.size(widest))
        column(*parts, into=holder)
        row(holder, None, margins=PAGE, into=inside).setStretch(0, 100)
    else:
        column(*parts, margins=PAGE, into=inside)
    column(scrolling(inside), into=into)


def centred(holder: QWidget, into: QWidget) -> QScrollArea:
    """`holder` in the middle of `into`, as wide as it may be, scrolling where it is larger."""
    inside = QWidget()
    line = row(None, holder, None)
    line.setStretch(1, 100)
    column(None, line, None, margins=(24, 24, 24, 24), into=inside)
    area = scrolling(inside)
    column(area, into=into)
    return area


def emptied(layout: QLayout, keep: QWidget | None = None) -> None:
    """Takes everything out of `layout`; what was a widget of it goes at once, but for `keep`."""
    while (item := layout.takeAt(0)) is not None:
        old = item.widget()
        if old is not None and old is not keep:
            old.hide()
            old.deleteLater()
