# SPDX-License-Identifier: GPL-3.0-or-later
"""The rooms' machines: whether the day's list is on each, sending it, or a file for a USB stick."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from observer_app.errors import ObserverError
from observer_app.ui.centre.day import Day
from observer_app.ui.strings import say
from observer_app.ui.tasks import run
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.folder import FolderField
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import Icon, Panel, Rule, column, emptied, row
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import RoomMachine
from observer_app.workflows.ports import CentrePort

__all__ = ["RoomsPanel"]

_EVERY_MS = 5000
_ICONS = {"not_sent": ("circle", "soft"), "sent": ("send", "ink"), "arrived": ("circle-check", "good")}


class RoomsPanel(Panel):
    """The side of the Import page."""

    def __init__(self, port: CentrePort, day: Day, parent: QWidget | None = None) -> None:
        super().__init__("surface", "l", parent=parent)
        self._port, self._day = port, day
        self._shown: tuple[RoomMachine, ...] | None = None
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self.none = Text(tone="soft", wrap=True)
        self.send = Button(say("import.send"), icon="send", high=40)
        self.folder = FolderField(say("import.usb_folder"))
        self.write = Button(say("import.usb_write"), icon="usb", high=40)
        self.line = Line()
        self._lay_out()
        self.send.clicked.connect(self._send)
        self.write.clicked.connect(self._write)
        self.folder.entered.connect(self._write)
        self._every = QTimer(self)
        self._every.setInterval(_EVERY_MS)
        self._every.timeout.connect(self.look)

    def _lay_out(self) -> None:
        column(Text(say("import.rooms"), "lead"), 4, Text(say("import.rooms_words"), tone="soft", wrap=True), 12,
               Rule(), 12, self.none, self._list, 16, row(self.send, None), 24, Rule(), 16,
               Text(say("import.usb"), weight=600), 8, self.folder, 8, row(self.write, None), 12, self.line, None,
               margins=(24, 20, 24, 24), into=self)  # fmt: skip

    def start(self) -> None:
        """Looks now and every few seconds."""
        self.look()
        self._every.start()

    def stop(self) -> None:
        """No more looking."""
        self._every.stop()

    def look(self) -> None:
        """The machines as last known."""
        iso = self._day.iso
        machines = self._port.rooms(iso) if iso else ()
        self.send.set_ready(bool(iso and machines))
        self.write.set_ready(bool(iso))
        self.none.setText(say("import.rooms_none" if iso else "import.rooms_no_day"))
        self.none.setVisible(not machines)
        if machines == self._shown:
            return
        self._shown = machines
        emptied(self._list)
        for machine in machines:
            self._list.addWidget(_machine(machine))

    def _send(self) -> None:
        iso = self._day.iso
        if not self.send.ready:
            self.line.say(self.none.text())
            return
        self.send.set_ready(False)
        self.send.setText(say("import.sending"))
        run(lambda: self._port.send_roster(iso).result(), self).then(lambda _: self._sent()).or_else(self._not_sent)

    def _sent(self) -> None:
        self.send.setText(say("import.send"))
        self.line.say(say("import.sent"), "good")
        self.look()

    def _not_sent(self, error: ObserverError) -> None:
        self.send.setText(say("import.send"))
        self.line.say(str(error), "bad")
        self.look()

    def _write(self) -> None:
        iso, folder = self._day.iso, self.folder.path
        if not iso or folder is None:
            self.line.say(say("import.no_folder" if iso else "import.rooms_no_day"))
            return
        if not self.write.ready:
            return
        self.write.set_ready(False)
        task = run(lambda: self._port.write_roster(iso, folder), self)
        task.then(self._written).or_else(self._not_written)

    def _written(self, file: Path) -> None:
        self.write.set_ready(True)
        self.line.say(say("import.usb_written", file=file.name), "good")

    def _not_written(self, error: ObserverError) -> None:
        self.write.set_ready(True)
        self.line.say(str(error), "bad")


def _machine(machine: RoomMachine) -> QWidget:
    icon, tone = _ICONS.get(machine.roster, _ICONS["not_sent"])
    state = say(f"import.roster.{machine.roster}", when=machine.last_seen)
    shown = QWidget()
    words = column(Text(machine.name, weight=600, wrap=True), Text(state, tone="soft", wrap=True))
    line = row(Icon(icon, tone), words, gap=12)
    line.setStretch(1, 1)
    column(12, line, 12, Rule(), into=shown)
    return shown
