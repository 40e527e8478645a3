# SPDX-License-Identifier: GPL-3.0-or-later
"""A page of two parts: side by side with a scroll each, or, where text is large, one below the other in one scroll."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QWidget

from observer_app.ui.theme import Theme
from observer_app.ui.widgets.panel import scrolling

__all__ = ["Beside"]

_WIDER, _WIDER_SIDE = 1900, 480


class Beside(QScrollArea):
    """`side` keeps `wide` px (480 in a very wide window). `scrolled` parts scroll by themselves when side by side."""

    def __init__(self, main: QWidget, side: QWidget, *, wide: int = 424, main_scrolls: bool = False,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self._wide = wide
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = QWidget()
        self._inside.setObjectName("page")
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._inside)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._main = scrolling(main) if main_scrolls else main
        self._side = scrolling(side)
        self._box.addWidget(self._main, 1)
        self._box.addWidget(self._side, 0)
        self.viewport().setAutoFillBackground(False)
        self.setWidget(self._inside)
        self._inside.setAutoFillBackground(False)
        for _, inside in self._areas():
            inside.installEventFilter(self)
        self._arrange()

    def _areas(self) -> list[tuple[QScrollArea, QWidget]]:
        areas = [part for part in (self._main, self._side) if isinstance(part, QScrollArea)]
        return [(area, inside) for area in areas if (inside := area.widget()) is not None]

    @property
    def below(self) -> bool:
        """Whether the side stands below."""
        return Theme.current.one_column

    def bring(self, part: QWidget) -> None:
        """Scrolls so that a part is in sight."""
        for area in (self, *(area for area, _ in self._areas())):
            inside = area.widget()
            if inside is not None and inside.isAncestorOf(part):
                area.ensureWidgetVisible(part, 0, 24)

    def _arrange(self) -> None:
        below, side = self.below, self._wide if self.width() < _WIDER else max(self._wide, _WIDER_SIDE)
        self._box.setDirection(QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight)
        self._side.setMinimumWidth(0 if below else side)
        self._side.setMaximumWidth(16_000 if below else side)
        if below:
            self._inside.setMinimumHeight(0)
            self._inside.setMaximumHeight(16_000_000)
        else:
            self._inside.setFixedHeight(max(1, self.viewport().height()))
        if not below:
            for area, _ in self._areas():
                area.setMinimumHeight(0)
        else:
            self._flatten()

    def _flatten(self) -> None:
        """Each part as high as what is in it."""
        for area, inside in self._areas():
            wide = self.viewport().width()
            high = inside.heightForWidth(wide) if inside.hasHeightForWidth() else inside.sizeHint().height()
            layout = inside.layout()
            if layout is not None and layout.hasHeightForWidth():
                high = layout.totalHeightForWidth(wide)
            if area.minimumHeight() != high:
                area.setMinimumHeight(high)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and self.below:
            self._flatten()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_side"):
            self._arrange()
