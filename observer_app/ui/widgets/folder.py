# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder to be typed or chosen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from observer_app.ui.strings import register, say
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Field
from observer_app.ui.widgets.panel import row

__all__ = ["FolderField"]

register({"folder.browse": "Browse", "folder.choose": "Choose a folder"})


class FolderField(QWidget):
    """`entered` on Enter in the field."""

    entered = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = Field(name, high=40)
        self.browse = Button(say("folder.browse"), high=40, weight=500, name=say("folder.choose"))
        row(self.field, self.browse, gap=8, into=self).setStretch(0, 1)
        self.setFocusProxy(self.field)
        self.field.returnPressed.connect(self.entered)
        self.browse.clicked.connect(self._browse)

    @property
    def path(self) -> Path | None:
        """What was typed or chosen; None while nothing was."""
        typed = self.field.text().strip()
        return Path(typed).expanduser() if typed else None

    def _browse(self) -> None:
        dialog = QFileDialog(self, say("folder.choose"), self.field.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.field.setText)
        dialog.open()
