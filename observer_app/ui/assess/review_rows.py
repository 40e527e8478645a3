# SPDX-License-Identifier: GPL-3.0-or-later
"""One criterion on Review: its rating, its moment, its words, and in place whatever is still missing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QTextCursor
from PySide6.QtWidgets import QApplication, QBoxLayout, QGridLayout, QPushButton, QSizePolicy, QWidget

from observer_app.domain.phrases import Phrase
from observer_app.ui.assess.phrase_field import PhraseField
from observer_app.ui.strings import clock_words, say
from observer_app.ui.theme import RADIUS, Theme
from observer_app.ui.widgets.buttons import Button, LinkButton, paint_text
from observer_app.ui.widgets.fields import TextField
from observer_app.ui.widgets.focus import Ringed, give_focus
from observer_app.ui.widgets.marks import Photo
from observer_app.ui.widgets.panel import Icon, column, row
from observer_app.ui.widgets.scale import Scale, cell_for
from observer_app.ui.widgets.text import Text
from observer_app.workflows.views import ReviewRow, RowState, RowView

__all__ = ["COLUMNS", "ReviewLine", "ValueBox"]

COLUMNS = (44, 224, 64, 108)
_WIDEST = 720  # px at 100 %: longer lines are hard to read


class ValueBox(Ringed, QPushButton):
    """The rating in a box; a question mark where there is none. Pressing it opens the scale."""

    def __init__(self, review: ReviewRow, fixed: bool) -> None:
        super().__init__()
        self._value = review.value
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus if fixed else Qt.FocusPolicy.StrongFocus)
        self.setEnabled(not fixed)
        rated = say("row.rated", value=self._value) if self._value is not None else say("live.not_rated")
        self.setAccessibleName(f"{review.title}. {rated}. {say('review.change')}")

    def sizeHint(self) -> QSize:
        px = Theme.current.size(40)
        return QSize(px, px)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), Theme.current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        none = self._value is None
        painter.setPen(QPen(theme.colour("edge"), 2, Qt.PenStyle.DashLine if none else Qt.PenStyle.SolidLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        words = say("review.not_yet") if none else str(self._value)
        colour = theme.colour("soft" if none else "ink")
        paint_text(painter, QRectF(self.rect()), words, "figure", colour, 500 if none else 700)


class ReviewLine(QWidget):
    """Signals carry the criterion: `rated`, `commented`, `reasoned`, `moment_asked(criterion, at_ms)`."""

    rated = Signal(str, int)
    commented = Signal(str, str)
    reasoned = Signal(str, str)
    moment_asked = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self.row: ReviewRow | None = None
        self._scale: tuple[tuple[int, str], ...] = ()
        self._fixed, self._mode, self._amending = False, "", False
        self._chosen: int | None = None
        self._takes_reason = True
        self.phrases: tuple[Phrase, ...] = ()
        self.editor: PhraseField | None = None
        self.scale: Scale | None = None
        self.value: ValueBox | None = None
        self.link: LinkButton | None = None
        self.buttons: list[QWidget] = []
        self.photo = Photo(320, 180, empty="video-off")
        self.photo.hide()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 16, 0)
        self._grid.setSpacing(0)

    # ---- rendering ----

    def render_row(self, review: ReviewRow, scale: tuple[tuple[int, str], ...], *, fixed: bool,
                   amending: bool = False, takes_reason: bool = True) -> None:  # fmt: skip
        """The row as it stands; an open editor stays open with what was typed. `takes_reason`: a criterion may be left
        unrated for one."""
        amending = amending and bool(review.criterion)  # the overall judgement is not corrected: it is marked again
        same = (review, fixed, amending) == (self.row, self._fixed, self._amending)
        if same:
            return
        asked = review.needs != (self.row.needs if self.row else "") or review.value != (
            self.row.value if self.row else None
        )
        self.row, self._scale, self._fixed, self._amending = review, scale, fixed, amending
        self._takes_reason = takes_reason
        if amending != bool(self._mode == "amend"):
            self._mode, self._chosen = ("amend" if amending else ""), None
        elif asked and self._mode in ("scale", "reason"):
            self._mode = ""
        self._rebuild()

    @property
    def chosen(self) -> int | None:
        """The new value of a correction, None when unchanged."""
        return self._chosen

    def _clear(self) -> None:
        self.editor = self.scale = None
        self.buttons = []
        self.photo.setParent(None)
        for child in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            self._grid.removeWidget(child)
            child.hide()
            child.deleteLater()
        while self._grid.takeAt(0) is not None:
            pass

    def _rebuild(self) -> None:
        """Builds the row anew: what was being typed stays, and so does the keyboard's focus."""
        if self.row is None:
            return
        typed = self.editor.toPlainText() if self.editor is not None else ""
        held = self._holding()
        self._build(self.row)
        if self.editor is not None and typed:
            self.editor.setPlainText(typed)
        if held is not None:
            target = held(self)
            self.take_focus() if target is None else give_focus(target)
        if isinstance(self.editor, TextField):
            self.editor.moveCursor(QTextCursor.MoveOperation.End)

    def _holding(self) -> Callable[[ReviewLine], QWidget | None] | None:
        """Where the focus is within this row, as a way to find the same place once it is built anew; None: not here."""
        focus = QApplication.focusWidget()
        if focus is None or not self.isAncestorOf(focus):
            return None
        if focus in self.buttons:
            place = self.buttons.index(focus)
            return lambda line: line.buttons[place] if place < len(line.buttons) else None
        for name in ("value", "link"):
            if focus is getattr(self, name):
                return lambda line: getattr(line, name)
        return lambda line: line.editor or line.scale

    def _build(self, review: ReviewRow) -> None:
        self._clear()
        theme = Theme.current
        top = Qt.AlignmentFlag.AlignTop
        number = Text(str(review.number) if review.number else "", tone="soft", weight=600,
                      align=Qt.AlignmentFlag.AlignHCenter)  # fmt: skip
        title = Text(
            review.title if review.criterion else say("live.overall"),
            weight=600 if not review.criterion else 500,
            wrap=True,
        )
        self.value = ValueBox(review, self._fixed or self._amending)
        self.value.clicked.connect(lambda: self._turn("" if self._mode == "scale" else "scale"))
        for index, part in enumerate((number, title)):
            holder = QWidget()
            column(part, margins=(0, 12, 8 if index else 0, 10), into=holder)
            self._grid.addWidget(holder, 0, index, top)
        box = QWidget()
        column(self.value, margins=(0, 11, 0, 9), into=box)
        self._grid.addWidget(box, 0, 2, top)
        self._grid.addWidget(self._moment(review), 0, 3, top)
        words = self._words(review)
        if theme.one_column:
            self._grid.addWidget(words, 1, 1, 1, 4)
        else:
            words.setMaximumWidth(theme.size(_WIDEST))
            holder = QWidget()
            row(words, None, into=holder).setStretch(0, 100)
            self._grid.addWidget(holder, 0, 4, top)
        for index, wide in enumerate(COLUMNS):
            self._grid.setColumnMinimumWidth(index, theme.size(wide))
        self._grid.setColumnStretch(1, 1 if theme.one_column else 0)
        title.setMaximumWidth(16_777_215 if theme.one_column else theme.size(COLUMNS[1]) - 8)
        self._grid.setColumnStretch(4, 0 if theme.one_column else 1)
        self._grid.setRowMinimumHeight(0, theme.size(40 if theme.one_column else 64))
        self.setAccessibleName(f"{review.title}. {review.needs}")
        self.update()

    def _moment(self, review: ReviewRow) -> QWidget:
        box = QWidget()
        words = column(margins=(0, 12, 0, 10), into=box)
        self.link = None
        if review.value is None:
            words.addWidget(Text(say("live.not_rated"), tone="soft"))
            return box
        time = clock_words(review.at_ms)
        name = say("review.show_moment", time=time, title=review.title)
        self.link = LinkButton(time, icon="play", name=name)
        self.link.clicked.connect(lambda: self._ask_moment(review))
        words.addWidget(self.link)
        if review.was:
            words.addWidget(Text(say("live.was", values=review.was[-1]), "caption", "soft"))
        return box

    def _ask_moment(self, review: ReviewRow) -> None:
        if self.photo.isVisible():
            self.photo.hide()
        else:
            self.moment_asked.emit(review.criterion, review.at_ms)

    def show_picture(self, picture: bytes) -> None:
        """The picture of the moment, or that there is none."""
        self.photo.render_bytes(picture, say("live.camera") if picture else say("review.no_frame"))
        self.photo.setToolTip("" if picture else say("review.no_frame"))
        self.photo.show()

    # ---- the words ----

    def _words(self, review: ReviewRow) -> QWidget:
        box = QWidget()
        lay = column(margins=(0, 12, 0, 10), gap=4, into=box)
        if self._mode in ("amend", "scale"):
            self._add_scale(lay, review)
        elif self._mode == "reason":
            self._add_editor(lay, say("review.reason_field", title=review.title), review.reason, "reason")
        elif self._mode == "comment":
            self._add_editor(lay, say("review.comment_field", title=review.title), review.comment, "comment")
        else:
            self._plain(lay, review)
        lay.addWidget(self.photo)
        return box

    def _plain(self, lay: QBoxLayout, review: ReviewRow) -> None:
        open_ = not self._fixed
        if review.needs and open_:
            line = row(Icon("triangle-alert", "warn"), Text(review.needs, weight=600, wrap=True), gap=8)
            line.setStretch(1, 1)
            lay.addLayout(line)
            for note in review.notes:
                lay.addWidget(Text(note, wrap=True))
            if review.value is None:
                self._offer(lay, review)
                return
            self._add_editor(
                lay, say("review.comment_field", title=review.title), review.comment, "comment", take=False
            )
            return
        said = review.comment or (say("review.why_not", reason=review.reason) if review.reason else "")
        for note in review.notes if not said else ():
            lay.addWidget(Text(note, wrap=True))
        if said:
            lay.addWidget(Text(said, wrap=True))
        under = [Text(say("review.needed"), "caption", "soft")] if review.comment_needed and review.comment else []
        parts: list[QWidget] = list(under)
        if open_:
            parts.append(self._change_link(review))
        if parts:
            lay.addLayout(row(*parts, None, gap=8))

    def _change_link(self, review: ReviewRow) -> QWidget:
        if review.value is None:
            link = LinkButton(say("review.change"), name=say("review.reason_named", title=review.title))
            link.clicked.connect(lambda: self._turn("reason"))
        elif review.comment:
            link = LinkButton(say("review.change"), name=say("review.change_comment_named", title=review.title))
            link.clicked.connect(lambda: self._turn("comment"))
        else:
            link = LinkButton(say("review.add_comment"), name=say("review.add_comment_named", title=review.title))
            link.clicked.connect(lambda: self._turn("comment"))
        self.buttons.append(link)
        return link

    def _offer(self, lay: QBoxLayout, review: ReviewRow) -> None:
        now = Button(say("review.rate_now"), high=40, weight=500, name=say("review.rate_named", title=review.title))
        now.clicked.connect(lambda: self._turn("scale"))
        self.buttons.append(now)
        parts: list[QWidget] = [now]
        if review.criterion and self._takes_reason:
            why = Button(say("review.reason"), after="chevron-down", high=40, weight=500,
                         name=say("review.reason_named", title=review.title))  # fmt: skip
            why.clicked.connect(lambda: self._turn("reason"))
            parts.append(why)
            self.buttons.append(why)
        lay.addLayout(row(*parts, None, gap=8))

    def _add_scale(self, lay: QBoxLayout, review: ReviewRow) -> None:
        value = self._chosen if self._chosen is not None else review.value
        self.scale = Scale(cell=cell_for(len(self._scale)), digits=True)
        view = RowView(review.criterion, review.number, review.title, self._scale, (), value, RowState.SAVED)
        self.scale.render_row(view, current=True)
        self.scale.chosen.connect(self._choose)
        lay.addWidget(self.scale)

    def _choose(self, value: int) -> None:
        review = self.row
        if review is None:
            return
        if self._mode == "amend":
            self._chosen = None if value == review.value else value
            self._rebuild()
            if self.scale is not None:
                give_focus(self.scale)
            return
        self._mode = ""
        self.rated.emit(review.criterion, value)

    def _add_editor(self, lay: QBoxLayout, name: str, text: str, kind: str, *, take: bool = True) -> None:
        editor = PhraseField(name, lines=2)
        editor.known = self.phrases
        editor.setPlainText(text)
        editor.kept.connect(lambda words: self._keep(kind, words))
        editor.dropped.connect(lambda: self._turn(""))
        self.editor = editor
        lay.addWidget(editor)
        lay.addWidget(Text(say("review.enter_keeps"), "caption", "soft"))

    def _keep(self, kind: str, words: str) -> None:
        review = self.row
        if review is None or not words:
            return
        self._mode = ""
        self.editor = None
        (self.reasoned if kind == "reason" else self.commented).emit(review.criterion, words)

    def _turn(self, mode: str) -> None:
        self._mode = mode
        self.editor = None
        self._rebuild()
        self.take_focus()

    def take_focus(self) -> None:
        """To what is missing here."""
        target = self.editor or self.scale or (self.buttons[0] if self.buttons else None) or self.value
        if target is not None:
            give_focus(target)
        if isinstance(target, TextField):
            target.moveCursor(target.textCursor().MoveOperation.End)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self.row is not None:
            self._rebuild()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), Theme.current
        needs = self.row is not None and bool(self.row.needs) and not self._fixed
        if needs or self._chosen is not None:
            painter.fillRect(self.rect(), theme.colour("warnt" if needs else "tint"))
            painter.fillRect(0, 0, 4, self.height(), theme.colour("warn" if needs else "accent"))
        painter.fillRect(0, 0, self.width(), 1, theme.colour("line"))
