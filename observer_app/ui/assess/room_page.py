# SPDX-License-Identifier: GPL-3.0-or-later
"""The room's camera and microphone, chosen by name; a network camera or a film by its address."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from observer_app.errors import ObserverError
from observer_app.ui.page import PageWidget, ShellPort
from observer_app.ui.strings import say
from observer_app.ui.tasks import run
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Field, TickBox
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import column, page_column, row
from observer_app.ui.widgets.pickers import Picker
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import RoomPort
from observer_app.workflows.views import RoomView

__all__ = ["RoomPage"]

_WIDEST, _NUMBER, _PICKER = 720, 96, 360
_ADDRESS = ""
_LOCK_MINUTES = (5, 10, 20, 30)


class RoomPage(PageWidget):
    """Page. `changed` is called once another camera is kept, so that the pre-flight looks anew."""

    key = "room"

    def __init__(self, port: RoomPort, shell: ShellPort, changed: Callable[[], None]) -> None:
        super().__init__()
        self.label = say("room.tab")
        self._port, self._shell, self._changed = port, shell, changed
        self.camera = Picker(say("room.camera"), least=_PICKER)
        self.microphone = Picker(say("room.microphone"), least=_PICKER)
        self.address = Field(say("room.address"), hint=say("room.address_hint"))
        self.latency = Field(say("room.latency"))
        self.latency.setMaximumWidth(Theme.current.size(_NUMBER))
        self.sound = TickBox(say("room.sound"))
        self.lock = Picker(say("room.lock"), least=_PICKER)
        self.go = Button(say("room.keep"), kind="main", icon="check", high=48)
        self.line = Line()
        self._address_box = QWidget()
        column(Text(say("room.address"), weight=500), 4, self.address, margins=(0, 16, 0, 0), into=self._address_box)
        self._lay_out()
        self.camera.currentIndexChanged.connect(self._show_address)
        self.sound.toggled.connect(self.microphone.setEnabled)
        self.go.clicked.connect(self.keep)
        self.address.returnPressed.connect(self.keep)
        self.latency.returnPressed.connect(self.keep)

    def _lay_out(self) -> None:
        page_column(Text(say("room.title"), "title"), 8, Text(say("room.words"), tone="soft", wrap=True), 24,
                    Text(say("room.camera"), weight=500), 4, row(self.camera, None), self._address_box, 16,
                    self.sound, 16, Text(say("room.microphone"), weight=500), 4,
                    row(self.microphone, None), 16, Text(say("room.latency"), weight=500), 4,
                    row(self.latency, Text(say("room.latency_words"), "caption", "soft", wrap=True, middle=True),
                        gap=12), 24,
                    Text(say("room.lock"), weight=500), 4,
                    Text(say("room.lock_words"), tone="soft", wrap=True), 4, row(self.lock, None), 24,
                    row(self.go, None), 12, self.line, None, into=self, widest=_WIDEST)  # fmt: skip

    # ---- Page ----

    def on_shown(self) -> None:
        """Looks which cameras there are now."""
        self.line.say("")
        self.go.set_ready(False)
        self.camera.setFocus(Qt.FocusReason.OtherFocusReason)
        run(self._port.view, self).then(self._render).or_else(self._failed)

    # ---- choosing ----

    def _render(self, view: RoomView) -> None:
        self.camera.render_choices([*view.cameras, (_ADDRESS, say("room.other"))], view.camera)
        self.microphone.render_choices([("", say("room.first_microphone")), *view.microphones], view.microphone)
        self.address.setText(view.address)
        self.sound.setChecked(view.sound)
        self.latency.setText(str(view.latency_ms))
        self.microphone.setEnabled(view.sound)
        minutes = sorted({*_LOCK_MINUTES, view.lock_min})
        choices = [(str(m), say("room.lock_after", n=m)) for m in minutes]
        self.lock.render_choices(choices, str(view.lock_min))
        self._show_address()
        self.go.set_ready(True)

    def _show_address(self) -> None:
        self._address_box.setVisible(self.camera.choice == _ADDRESS)

    def keep(self) -> None:
        """Keeps the choice."""
        chosen = (self.camera.choice, self.address.text(), self.microphone.choice, self.sound.isChecked(),
                  self.latency.text())  # fmt: skip
        minutes = int(self.lock.choice or 0)

        def use() -> None:
            self._port.use(*chosen).result()
            self._port.lock_after(minutes).result()

        self.go.set_ready(False)
        run(use, self).then(self._kept).or_else(self._failed)

    def _kept(self, _done: None) -> None:
        self.go.set_ready(True)
        self.line.say(say("room.kept"), "good")
        self._changed()

    def _failed(self, error: ObserverError) -> None:
        self.go.set_ready(True)
        self.line.say(str(error), "bad")
