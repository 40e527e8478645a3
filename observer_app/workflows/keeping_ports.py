# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports of what is kept: a person's passphrase, the signed records of a machine, and its copy on a stick."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

from observer_app.workflows.views import GivingView, SheetView, SignedRecord

__all__ = ["OwnPort", "RecordsPort", "StickProgress"]

# Told from the working thread: what is being done ("checking", "copying", "opening", "signing"), done, of how many.
StickProgress = Callable[[str, int, int], None]


class RecordsPort(Protocol):
    """The signed records of this machine, whoever signed them."""

    def all(self) -> tuple[SignedRecord, ...]:
        """SLOW. The newest first; each row's signatures are verified."""
        ...

    def void(self, record: str, reason: str, passphrase: str) -> Future[str]:
        """SLOW. Signs that a record does not count; it stays. Raises BadInput, Conflict, NotAllowed,
        WrongPassphrase."""
        ...

    def erase(self, record: str, what: str, reason: str, passphrase: str) -> Future[str]:
        """SLOW. Erases the `recording`, or the `notes` with it, for good, by a signed deletion. Raises as `void`."""
        ...

    def giving(self, record: str) -> GivingView:
        """SLOW. What there is to give out of a record. Raises NotAllowed, BadInput, IntegrityBroken."""
        ...

    def give_out(
        self, record: str, what: str, start_ms: int, end_ms: int, purpose: str, reason: str, passphrase: str, file: Path
    ) -> str:
        """SLOW. As `ReplayPort.give_out`, of a record of this machine."""
        ...


class OwnPort(Protocol):
    """The signed-in person's own passphrase and recovery sheet. Each call that takes a passphrase is SLOW."""

    def has_sheet(self) -> bool:
        """Whether a recovery sheet of this person opens anything."""
        ...

    def change_passphrase(self, old: str, new: str) -> None:
        """Raises WrongPassphrase, BadInput."""
        ...

    def sheet(self, passphrase: str) -> SheetView:
        """A new recovery sheet; the one before opens nothing any more. Raises WrongPassphrase."""
        ...
