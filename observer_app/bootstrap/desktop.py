# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine: who is enrolled on it, and signing in.

What a signed-in person needs is imported when somebody signs in (`warm_up` does it beforehand), so that the sign-in
page need not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from observer_app.bootstrap.sample_people import PEOPLE
from observer_app.domain.moment import Clock
from observer_app.vault.people import device_store_path, enrolled_people, open_person
from observer_app.workflows.views import PersonCard

if TYPE_CHECKING:
    from observer_app.bootstrap.enrol_desk import EnrolDesk
    from observer_app.bootstrap.session import Session
    from observer_app.workflows.ports import PracticePort

__all__ = ["Desktop", "warm_up"]

_SAMPLE = {p.person: p for p in PEOPLE}


def warm_up() -> None:
    """SLOW. Loads what signing in needs, while a passphrase is being typed."""
    import observer_app.bootstrap.session
    import observer_app.workflows.today  # noqa: F401


class Desktop:
    """DesktopPort: who is enrolled on this machine, and signing in."""

    def __init__(self, vault: Path, clock: Clock, central: Callable[[], str] = str) -> None:
        """`central` gives the address of a central store of this machine's own, "" while there is none."""
        self.vault = vault
        self._central = central
        self.clock = clock

    @cached_property
    def enrol(self) -> EnrolDesk:
        """Setting the machine up, and people added to it."""
        from observer_app.bootstrap.enrol_desk import EnrolDesk

        return EnrolDesk(self.vault, self.clock)

    def enrolled(self) -> bool:
        """Whether anyone can sign in here."""
        return device_store_path(self.vault).exists() and bool(enrolled_people(self.vault))

    def people(self) -> tuple[PersonCard, ...]:
        """The sign-in names; sample people with their roles and passphrases, which are no secret."""
        return tuple(self._card(p.person, p.handle) for p in enrolled_people(self.vault))

    @staticmethod
    def _card(person: str, handle: str) -> PersonCard:
        sample = _SAMPLE.get(person)
        if sample is None or sample.name != handle:
            return PersonCard(handle, handle, frozenset())
        return PersonCard(handle, handle, frozenset({sample.role}), sample.passphrase)

    def sign_in(self, handle: str, passphrase: str) -> Session:
        """SLOW. Opens this person's stores. Raises WrongPassphrase, StoreLocked."""
        from observer_app.bootstrap.session import Session

        secrets = open_person(self.vault, handle, passphrase, self.clock.now().wall_ms)
        session = Session(self.vault, self.clock, secrets, self._begin_practice)
        if central := self._central():
            session.send.use(central)
        return session

    def _begin_practice(self) -> PracticePort:
        from observer_app.bootstrap.practice import begin_practice

        return begin_practice(self.vault, self.clock)
