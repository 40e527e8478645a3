# SPDX-License-Identifier: GPL-3.0-or-later
"""What sending and fetching have in common: both ends of one exchange."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from observer_app.sync.believing import Believing
from observer_app.sync.client import Client, Identity
from observer_app.vault.device import DeviceStore
from observer_app.vault.objects import ObjectFiles

__all__ = ["Ends", "OneWay"]


@dataclass(frozen=True, slots=True)
class Ends:
    """This machine's store and files, and a line to a central store that is believed. `clock` gives Unix ms;
    `progress` is given plain words."""

    store: DeviceStore
    files: ObjectFiles
    client: Client
    believing: Believing
    identity: Identity
    clock: Callable[[], int]
    progress: Callable[[str], None]

    @property
    def may_assign(self) -> bool:
        """Whether a manager is signed in: only they give records to moderators."""
        return self.identity.person_key is not None and "manager" in self.identity.roles


class OneWay:
    """One exchange's sending, or its fetching."""

    def __init__(self, ends: Ends) -> None:
        self._ends = ends
        self._store, self._files, self._client, self._believing = ends.store, ends.files, ends.client, ends.believing
        self._identity, self._clock, self._progress = ends.identity, ends.clock, ends.progress
