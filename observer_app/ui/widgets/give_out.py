# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving a clip, or the marks, out: what for, why, where to, and the passphrase that signs for it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from observer_app.errors import ObserverError
from observer_app.ui.strings import clock_words, refused_words, say
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Field
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import column, row
from observer_app.ui.widgets.segments import Segment, Segments
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import ClipView

__all__ = ["GiveOut", "span_words"]

_PURPOSES = ("appeal", "moderation", "training")


def span_words(clip: ClipView) -> str:
    """From when to when."""
    return say("clip.span", start=clock_words(clip.start_ms), end=clock_words(clip.end_ms))


class GiveOut(QWidget):
    """`wanted(purpose, reason, passphrase, file)`; `left` when it was thought better of."""

    wanted = Signal(str, str, str, object)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head, self.training = Text(weight=600, wrap=True), Text(say("give.no_training"), tone="soft", wrap=True)
        self.purpose = Segments(say("give.purpose"), _purposes(training=True), stretched=True)
        self.reason, self.file = Field(say("give.reason")), Field(say("give.file"))
        self.passphrase = Field(say("passphrase"), secret=True)
        self.browse = Button(say("give.browse"), high=40, weight=500, name=say("give.choose_file"))
        self.go = Button(say("give.go"), icon="download", kind="main")
        self.cancel = Button(say("word.cancel"), weight=500)
        self.line = Line()
        where = row(self.file, self.browse, gap=8)
        where.setStretch(0, 1)
        foot = row(self.go, self.cancel, gap=8)
        foot.setStretch(0, 1)
        column(
            self.head, self.training, _titled("give.purpose", self.purpose), _titled("give.reason", self.reason),
            column(Text(say("give.file"), weight=500), where, gap=2), _titled("passphrase", self.passphrase),
            self.line, foot, gap=8, into=self,
        )  # fmt: skip
        self.browse.clicked.connect(self._browse)
        self.go.clicked.connect(self._ask)
        self.passphrase.returnPressed.connect(self._ask)
        self.cancel.clicked.connect(self.left)

    def start(self, head: str, name: str, *, training_ok: bool) -> None:
        """Empty again. `head`: what is given out, "" where that is seen; `name`: what its file could be called."""
        self.head.setText(head)
        self.head.setVisible(bool(head))
        self.training.setVisible(not training_ok)
        self.purpose.render_segments(_purposes(training=training_ok))
        self.purpose.choose(_PURPOSES[0])
        self.reason.clear()
        self.passphrase.clear()
        self.line.say("")
        self.set_busy(False)
        self.file.setText(str(_free(name)))

    def _browse(self) -> None:
        dialog = QFileDialog(self, say("give.choose_file"), self.file.text())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # nothing is overwritten, it is said instead
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.file.setText)
        dialog.open()

    def _ask(self) -> None:
        if not self.go.ready:
            return
        for field, key in ((self.reason, "reason"), (self.file, "file"), (self.passphrase, "passphrase")):
            if not field.text().strip():
                self.line.say(say(f"give.missing.{key}"))
                field.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        self.line.say("")
        self.set_busy(True)
        file = Path(self.file.text().strip())
        self.wanted.emit(self.purpose.choice, self.reason.text(), self.passphrase.text(), file)

    def set_busy(self, busy: bool) -> None:
        """While it is cut and written down."""
        self.go.set_ready(not busy)
        self.go.setText(say("give.going" if busy else "give.go"))

    def refused(self, error: ObserverError) -> None:
        """Nothing was given out."""
        self.set_busy(False)
        self.line.say(refused_words(error), "bad")

    def forget(self) -> None:
        """The passphrase does not stay."""
        self.passphrase.clear()


def _purposes(*, training: bool) -> list[Segment]:
    return [Segment(key, say(f"give.for.{key}")) for key in _PURPOSES if key != "training" or training]


def _titled(key: str, field: QWidget) -> QWidget:
    held = QWidget()
    column(Text(say(key), weight=500), field, gap=2, into=held)
    return held


def _free(name: str) -> Path:
    """Among the person's documents; numbered where there is one of that name."""
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation) or Path.home())
    found, number = folder / name, 1
    while found.exists() or found.with_name(found.name + ".csv").exists():
        number += 1
        found = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    return found
