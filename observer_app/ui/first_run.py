# SPDX-License-Identifier: GPL-3.0-or-later
"""First run: a sample day, a new centre, or a code from one; all in place, each with plain fields."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from observer_app.errors import ObserverError
from observer_app.ui.backup_page import stick_words
from observer_app.ui.page import PageWidget, ShellPort
from observer_app.ui.strings import say
from observer_app.ui.tasks import run
from observer_app.ui.theme import Theme
from observer_app.ui.widgets.buttons import Button
from observer_app.ui.widgets.fields import Field
from observer_app.ui.widgets.folder import FolderField
from observer_app.ui.widgets.panel import Icon, Panel, centred, column, row
from observer_app.ui.widgets.progress import Progress
from observer_app.ui.widgets.text import Text
from observer_app.workflows.ports import DesktopPort

__all__ = ["FirstRunPage"]

_CENTRE = ("programme", "centre_name", "device", "person", "handle", "passphrase", "again")
_CODE = ("enrol_code", "central", "person", "handle", "passphrase", "again")
_RESTORE = ("stick", "restore_handle", "restore_passphrase")
_LEADS = ("first.lead", "first.centre_lead", "first.code_lead", "first.restore_detail")  # what each step is about
_TITLES = ("first.title", "first.centre", "first.code", "first.restore")
_SECRET = ("passphrase", "again", "restore_passphrase")


class _Form(QWidget):
    """Named fields, a button, and a line for what is wrong with them. A field called `stick` can be looked for."""

    def __init__(self, names: tuple[str, ...], go: Callable[[dict[str, str]], None], back: Callable[[], None], *,
                 words: str = "first.set_up", help: str = "first.passphrase_help") -> None:  # fmt: skip
        super().__init__()
        self._go = go
        self.fields: dict[str, Field] = {}
        layout = column(into=self, gap=4)
        for name in names:
            holder = FolderField(say(f"first.{name}")) if name == "stick" else None
            field = holder.field if holder else Field(say(f"first.{name}"), secret=name in _SECRET, high=40)
            self.fields[name] = field
            layout.addWidget(Text(say(f"first.{name}"), weight=500))
            layout.addWidget(holder or field)
            layout.addSpacing(4)
            field.returnPressed.connect(self.submit)
        layout.addWidget(Text(say(help), tone="soft", wrap=True))
        layout.addSpacing(12)
        self.button = Button(say(words), kind="main", high=48)
        self.button.clicked.connect(self.submit)
        leave = Button(say("word.back"), icon="arrow-left", high=48)
        leave.clicked.connect(back)
        layout.addLayout(row(leave, self.button, None, gap=8))
        layout.addStretch(1)
        self.problem: Callable[[str], None] = lambda words: None

    def submit(self) -> None:
        """Looks the fields over, then goes on."""
        values = {name: field.text().strip() for name, field in self.fields.items()}
        missing = [name for name, value in values.items() if not value]
        if missing:
            self.problem(say("first.missing", fields=", ".join(say(f"first.{name}") for name in missing)))
            self.fields[missing[0]].setFocus(Qt.FocusReason.OtherFocusReason)
        elif values.get("passphrase") != values.get("again"):
            self.problem(say("first.not_same"))
            self.fields["passphrase"].setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.problem("")
            self._go(values)


class FirstRunPage(PageWidget):
    """Page. `ready` is called once this machine is set up."""

    key = "first-run"
    label = ""
    _told = Signal(str, int, int)

    def __init__(self, desktop: DesktopPort, shell: ShellPort, ready: Callable[[], None]) -> None:
        super().__init__()
        self._desktop, self._shell, self._ready = desktop, shell, ready
        self._busy, self._at = False, 0
        self.problem = Text(wrap=True)
        self._problem_box = Panel("warnt", "round")
        row(Icon("triangle-alert", "warn"), self.problem, gap=12, margins=(12, 12, 12, 12), into=self._problem_box)
        self._problem_box.hide()
        self.sample, self.centre, self.code, self.restore = (Button("") for _ in range(4))
        self.new_centre = _Form(_CENTRE, self._new_centre, lambda: self._step(0))
        self.with_code = _Form(_CODE, self._with_code, lambda: self._step(0))
        self.from_stick = _Form(_RESTORE, self._restore, lambda: self._step(0), words="first.restore_go",
                                help="first.restore_words")  # fmt: skip
        for form in (self.new_centre, self.with_code, self.from_stick):
            form.problem = self._say
        self.progress = Progress()
        self._told.connect(self._render_progress)
        self._steps = QStackedWidget()
        self._each = (self._choices(), self.new_centre, self.with_code, self.from_stick)
        for step in self._each:
            self._steps.addWidget(step)
        self._only(0)
        holder = QWidget()
        holder.setFixedWidth(min(Theme.current.size(560), 920))
        self._words = Text(say("first.lead"), tone="soft", wrap=True)
        self._title = Text(say("first.title"), "title")
        column(self._title, 8, self._words, 16, self._problem_box, self._steps, self.progress, into=holder)
        centred(holder, into=self)

    def _choices(self) -> QWidget:
        box = QWidget()
        layout = column(into=box, gap=12)
        for name, main in (("sample", True), ("centre", False), ("code", False), ("restore", False)):
            button = Button(say(f"first.{name}"), kind="main" if main else "plain", high=48)
            setattr(self, name, button)
            detail = Text(say(f"first.{name}_detail"), tone="soft", wrap=True)
            panel = Panel("surface", "all")
            column(button, detail, gap=8, margins=(16, 16, 16, 16), into=panel)
            layout.addWidget(panel)
        layout.addStretch(1)
        self.sample.clicked.connect(self._sample)
        self.centre.clicked.connect(lambda: self._step(1))
        self.code.clicked.connect(lambda: self._step(2))
        self.restore.clicked.connect(lambda: self._step(3))
        return box

    # ---- Page ----

    def on_shown(self) -> None:
        """Enter tries the sample day."""
        self.sample.setFocus(Qt.FocusReason.OtherFocusReason)

    def on_hidden(self) -> None:
        """Passphrases do not stay."""
        for form in (self.new_centre, self.with_code, self.from_stick):
            for name in form.fields.keys() & set(_SECRET):
                form.fields[name].clear()

    # ---- steps ----

    def _step(self, index: int) -> None:
        self._say("")
        self._at = index
        self._words.setText(say(_LEADS[index]))
        self._title.setText(say(_TITLES[index]))
        self._only(index)
        form = {1: self.new_centre, 2: self.with_code, 3: self.from_stick}.get(index)
        first = next(iter(form.fields.values())) if form is not None else self.sample
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _only(self, index: int) -> None:
        """Only the step in front takes up height."""
        for at, step in enumerate(self._each):
            high = QSizePolicy.Policy.Preferred if at == index else QSizePolicy.Policy.Ignored
            step.setSizePolicy(QSizePolicy.Policy.Preferred, high)
        self._steps.setCurrentIndex(index)

    def _say(self, words: str) -> None:
        self.problem.setText(words)
        self._problem_box.setVisible(bool(words))

    def _sample(self) -> None:
        self._do(self._desktop.enrol.sample_day)

    def _new_centre(self, v: dict[str, str]) -> None:
        self._do(lambda: self._desktop.enrol.new_centre(
            v["programme"], v["centre_name"], v["device"], v["handle"], v["person"], v["passphrase"]))  # fmt: skip

    def _with_code(self, v: dict[str, str]) -> None:
        self._do(lambda: self._desktop.enrol.with_code(
            v["enrol_code"], v["central"], v["handle"], v["person"], v["passphrase"]))  # fmt: skip

    def _restore(self, v: dict[str, str]) -> None:
        place = Path(v["stick"]).expanduser()
        self._do(lambda: self._desktop.enrol.restore(
            place, v["restore_handle"], v["restore_passphrase"], self._told.emit), "first.restoring")  # fmt: skip

    def _render_progress(self, step: str, done: int, total: int) -> None:
        if self._busy:
            self.progress.render_progress(done, total, stick_words(step, done, total))

    def _do(self, work: Callable[[], str | None], words: str = "first.working") -> None:
        if self._busy:
            return
        self._set_busy(True, words)
        self._say("")
        run(work, self).then(self._done).or_else(self._failed)

    def _done(self, words: str | None) -> None:
        """On to signing in, with what there is to be said."""
        shell = self._shell
        self._ready()
        if words:
            shell.say(words, "good")

    def _set_busy(self, busy: bool, words: str = "") -> None:
        self._busy = busy
        self._words.setText(say(words if busy else _LEADS[self._at]))
        self.progress.hide()
        forms = (self.new_centre, self.with_code, self.from_stick)
        for button in (self.sample, self.centre, self.code, self.restore, *(form.button for form in forms)):
            button.set_ready(not busy)

    def _failed(self, error: ObserverError) -> None:
        self._set_busy(False)
        self._say(str(error))
