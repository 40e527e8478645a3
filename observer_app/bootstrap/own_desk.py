# SPDX-License-Identifier: GPL-3.0-or-later
"""OwnPort: the passphrase and the recovery sheet of whoever is signed in. It holds no key: each call asks anew."""

from __future__ import annotations

from pathlib import Path

from observer_app.bootstrap.key_desk import KeyDesk, sheet_advice, sheet_title
from observer_app.domain.moment import Clock
from observer_app.errors import StoreLocked
from observer_app.vault.people import enrolled_people
from observer_app.vault.recovery import has_recovery
from observer_app.workflows.views import SheetView

__all__ = ["OwnDesk"]


class OwnDesk:
    """For the person of that id."""

    def __init__(self, vault: Path, clock: Clock, person: str) -> None:
        self._root, self._person = vault, person
        self._desk = KeyDesk(vault, clock)

    def has_sheet(self) -> bool:
        """Whether a recovery sheet was made for this person on this machine."""
        return has_recovery(self._root, self._person)

    def change_passphrase(self, old: str, new: str) -> None:
        """SLOW. The vault and all keys stay as they are. Raises WrongPassphrase, BadInput."""
        self._desk.change_passphrase(self._handle(), old, new)

    def sheet(self, passphrase: str) -> SheetView:
        """SLOW. A new sheet; the one before opens nothing any more. Raises WrongPassphrase."""
        made = self._desk.sheet(self._handle(), passphrase)
        return SheetView(made.handle, made.code, sheet_title(made), sheet_advice(made))

    def _handle(self) -> str:
        found = next((p.handle for p in enrolled_people(self._root) if p.person == self._person), "")
        if not found:
            raise StoreLocked("This person is no longer enrolled on this machine.", advice="Ask the centre manager.")
        return found
