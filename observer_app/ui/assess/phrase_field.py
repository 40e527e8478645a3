# SPDX-License-Identifier: GPL-3.0-or-later
"""A text in which a dot and a phrase's letters become the phrase once the word ends."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from observer_app.domain.phrases import Phrase, expansion
from observer_app.ui.widgets.fields import TextField

__all__ = ["PhraseField"]

_ENDS = " ,;:!?"


class PhraseField(TextField):
    """`known`: the phrases it knows."""

    known: tuple[Phrase, ...] = ()

    def _before(self) -> str:
        """The text of this line up to the cursor."""
        cursor = self.textCursor()
        cursor.setPosition(cursor.position())
        cursor.movePosition(cursor.MoveOperation.StartOfBlock, cursor.MoveMode.KeepAnchor)
        return cursor.selectedText()

    def _expand(self, spaced: bool) -> bool:
        """A dot and a phrase's letters before the cursor become the phrase; `spaced`: a space was typed after them."""
        found = expansion(self._before(), self.known)
        if found is None or self.textCursor().hasSelection():
            return False
        cursor = self.textCursor()
        cursor.movePosition(cursor.MoveOperation.Left, cursor.MoveMode.KeepAnchor, found[0])
        cursor.insertText(found[1] if spaced else found[1].rstrip())
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        typed = event.text()
        if typed and (typed in _ENDS or event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)):
            put_in = self._expand(typed == " ")
            if put_in and typed == " " and self._before().endswith(" "):
                return
        super().keyPressEvent(event)
