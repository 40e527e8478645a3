# SPDX-License-Identifier: GPL-3.0-or-later
"""Import: the booking system's file, every bad row named, taken in with the passphrase; then the rooms' machines."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHeaderView, QWidget

from observer_app.errors import ObserverError
from observer_app.ui.centre.day import Day, day_words
from observer_app.ui.centre.packs_notice import PacksNotice
from observer_app.ui.centre.rooms_panel import RoomsPanel
from observer_app.ui.page import PageWidget, ShellPort
from observer_app.ui.strings import counted, refused_words, say
from observer_app.ui.tasks import run
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.beside import Beside
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Field
from observer_app.ui.widgets.framed import Framed
from observer_app.ui.widgets.line import Line
from observer_app.ui.widgets.panel import column, row
from observer_app.ui.widgets.table import RowModel, Table, TableRow
from observer_app.ui.widgets.text import Text
from observer_app.workflows.board_views import ImportView
from observer_app.workflows.ports import CentrePort

__all__ = ["ImportPage"]

_PREVIEW = ("time", "candidate", "id", "room", "assessor", "scenario")
_NARROW = {0: 80, 2: 88, 3: 80}  # px of the columns of few letters; names have the rest


class ImportPage(PageWidget):
    """Page. `look_at` and `take_in` go off the window's thread."""

    key = "centre.import"

    def __init__(self, port: CentrePort, shell: ShellPort, day: Day) -> None:
        super().__init__()
        self.label = say("import.tab")
        self._port, self._shell, self._day = port, shell, day
        self._looked: ImportView | None = None
        self._busy = False
        self.file = Field(say("import.file"), hint=say("import.hint"), high=40)
        self.browse = Button(say("import.browse"), high=40, weight=500)
        self.look = Button(say("import.look"), kind="main", high=40)
        self.line, self._hint = Line(), Text(say("import.nothing_yet"), tone="soft", wrap=True)
        titles = [say(f"import.{name}") for name in ("line", "column", "reason", "advice")]
        self.faults = Table(say("import.fault_table"), RowModel(titles))
        self.preview: Table | None = None
        self.passphrase = Field(say("passphrase"), secret=True, high=40)
        self.take = Button(say("import.take"), kind="main", icon="signature", high=40)
        self.rooms = RoomsPanel(port, day)
        self.packs = PacksNotice(port.packs())
        self._sign, self._tables = QWidget(), QWidget()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.faults.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.faults.horizontalHeader().setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self._fault_frame = Framed(self.faults)
        self._table_box = column(self._fault_frame, into=self._tables)
        file_row = row(self.file, self.browse, self.look, gap=8)
        file_row.setStretch(0, 1)
        sign = row(Text(say("passphrase"), weight=500), self.passphrase, self.take, gap=8, into=self._sign)
        sign.setStretch(1, 1)
        left = QWidget()
        inside = column(Text(say("import.title"), "title"), 16, self.packs, Text(say("import.file"), weight=500), 4,
                        file_row, 12, self.line, self._hint, 12, self._tables, 12, self._sign, None,
                        margins=(24, 20, 24, 24), into=left)  # fmt: skip
        inside.setStretch(10, 100)
        inside.setStretch(13, 1)
        column(Beside(left, self.rooms), into=self)
        self._render()

    def _connect(self) -> None:
        self.browse.clicked.connect(self._browse)
        self.look.clicked.connect(self.look_at)
        self.file.returnPressed.connect(self.look_at)
        self.file.textChanged.connect(lambda _text: self._forget())
        self.take.clicked.connect(self.take_in)
        self.passphrase.returnPressed.connect(self.take_in)

    # ---- Page ----

    def on_shown(self) -> None:
        """The file's field waits for keys."""
        self.rooms.start()
        self.file.setFocus(Qt.FocusReason.OtherFocusReason)

    def on_hidden(self) -> None:
        """The passphrase does not stay."""
        self.passphrase.clear()
        self.rooms.stop()

    # ---- the file ----

    def _browse(self) -> None:
        dialog = QFileDialog(self, say("import.browse_title"), self.file.text(), say("import.files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._chosen)
        dialog.open()

    def _chosen(self, file: str) -> None:
        self.file.setText(file)
        self.look_at()

    def _forget(self) -> None:
        """What was looked at is not what the field names any more."""
        if self._looked is not None:
            self._looked = None
            self.line.say("")
            self._render()

    def look_at(self) -> None:
        """Reads the file and names what is wrong in it; takes nothing in."""
        typed = self.file.text().strip()
        if self._busy:
            return
        if not typed:
            self.line.say(say("import.no_file"))
            return
        self._set_busy(self.look, "import.looking", True)
        task = run(lambda: self._port.look_at(Path(typed).expanduser()), self)
        task.then(self._looked_at).or_else(self._unreadable)

    def _looked_at(self, view: ImportView) -> None:
        self._set_busy(self.look, "import.look", False)
        self._looked = view
        if view.faults:
            words = f"{counted('import.faults', len({f.line for f in view.faults}))}. {say('import.fault_words')}"
            self.line.say(words)
        else:
            one = "one" if view.sittings == 1 else "many"
            good = say(f"import.good.{one}", n=view.sittings, day=day_words(view.day))
            photos = counted("import.photos", view.photos) if view.photos else say("import.no_photos")
            self.line.say(f"{good}. {photos}", "good")
        self._render()
        (self.faults if view.faults else self.passphrase).setFocus(Qt.FocusReason.OtherFocusReason)

    def _unreadable(self, error: ObserverError) -> None:
        self._set_busy(self.look, "import.look", False)
        self._looked = None
        self.line.say(str(error), "bad")
        self._render()

    def _render(self) -> None:
        view = self._looked
        for number, wide in ((0, 72), (1, 120)):
            self.faults.setColumnWidth(number, Theme.current.size(wide))
        self._tables.setMinimumHeight(Theme.current.size(40) * 4 if view is not None else 0)
        self._fault_frame.setVisible(bool(view and view.faults))
        self._sign.setVisible(bool(view and not view.faults))
        self._tables.setVisible(view is not None)
        self._hint.setVisible(view is None)
        if self.preview is not None:
            self._preview_frame.hide()
            self._preview_frame.deleteLater()
            self.preview = None
        if view is None:
            return
        if view.faults:
            rows = [TableRow(str(n), (str(f.line), f.column, f.reason, f.advice)) for n, f in enumerate(view.faults)]
            self.faults.render(rows)
        elif view.preview:
            self._show_preview(view)

    def _show_preview(self, view: ImportView) -> None:
        wide = len(_PREVIEW)
        self.preview = Table(say("import.preview"), RowModel([say(f"import.preview.{name}") for name in _PREVIEW]))
        even = [tuple(cells[:wide]) + ("",) * (wide - len(cells)) for cells in view.preview]
        self.preview.render([TableRow(str(number), cells) for number, cells in enumerate(even)])
        self.preview.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for number, px in _NARROW.items():
            self.preview.horizontalHeader().setSectionResizeMode(number, QHeaderView.ResizeMode.Fixed)
            self.preview.setColumnWidth(number, Theme.current.size(px))
        self._preview_frame = Framed(self.preview)
        self._table_box.addWidget(self._preview_frame)

    # ---- taking in ----

    def take_in(self) -> None:
        """Takes the looked-at file in and signs the day's list."""
        view, passphrase = self._looked, self.passphrase.text()
        if view is None or view.faults or self._busy:
            return
        if not passphrase:
            self.line.say(say("passphrase.missing"))
            self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self._set_busy(self.take, "import.taking", True)
        file = Path(self.file.text().strip()).expanduser()
        task = run(lambda: self._port.take_in(file, passphrase).result(), self)
        task.then(self._taken).or_else(self._not_taken)

    def _taken(self, iso: str) -> None:
        self._set_busy(self.take, "import.take", False)
        self.passphrase.clear()
        self._day.choose(iso)
        self._looked = None
        self.line.say(say("import.taken", day=day_words(iso)), "good")
        self._render()
        self.rooms.look()
        self.rooms.send.setFocus(Qt.FocusReason.OtherFocusReason)

    def _not_taken(self, error: ObserverError) -> None:
        self._set_busy(self.take, "import.take", False)
        self.line.say(refused_words(error), "bad")
        self.passphrase.selectAll()
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)

    def _set_busy(self, button: Button, words: str, busy: bool) -> None:
        self._busy = busy
        button.set_ready(not busy)
        button.setText(say(words))
