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
from observer_app.errors import BadInput
from observer_app.trust.passphrase import CHEAP_COST, cost_of
from observer_app.vault.forgetting import scrub_free_memory
from observer_app.vault.people import Enrolled, device_store_path, enrolled_people, open_person
from observer_app.vault.recovery import has_recovery
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
        return tuple(self._card(person) for person in enrolled_people(self.vault))

    @staticmethod
    def _card(person: Enrolled) -> PersonCard:
        handle, sample = person.handle, _SAMPLE.get(person.person)
        if sample is None or sample.name != handle:
            return PersonCard(handle, handle, frozenset())
        return PersonCard(handle, handle, frozenset({sample.role}), sample.passphrase if _as_made(person) else "")

    def sign_in(self, handle: str, passphrase: str) -> Session:
        """SLOW. Opens this person's stores. Raises WrongPassphrase, StoreLocked."""
        from observer_app.bootstrap.session import Session

        secrets = open_person(self.vault, handle, passphrase, self.clock.now())
        session = Session(self.vault, self.clock, secrets, self._begin_practice)
        if central := self._central():
            session.send.use(central)
        return session

    def forget(self) -> None:
        """SLOW. What a session let go of is written over in memory."""
        scrub_free_memory()

    def has_sheet(self, handle: str) -> bool:
        """Whether a recovery sheet was made for this person here."""
        person = next((p.person for p in enrolled_people(self.vault) if p.handle == handle), "")
        return has_recovery(self.vault, person)

    def recover(self, handle: str, code: str, passphrase: str) -> None:
        """SLOW. A new passphrase by the code on the recovery sheet. Raises WrongPassphrase, BadInput."""
        from observer_app.bootstrap.key_desk import KeyDesk

        KeyDesk(self.vault, self.clock).recover(handle, code, passphrase)

    def _begin_practice(self) -> PracticePort:
        from observer_app.bootstrap.practice import begin_practice

        return begin_practice(self.vault, self.clock)


def _as_made(person: Enrolled) -> bool:
    """Whether a sample person's passphrase is still the one that stands on the page: only those are cheap to try."""
    try:
        return cost_of(person.sealed) == CHEAP_COST
    except BadInput:
        return False
