# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in as any of the sample people, and going from page to page, by keys."""

from __future__ import annotations

from observer_app.bootstrap.sample_people import PEOPLE, SamplePerson
from tests.pages.assess import SignInPage
from tests.pages.driving import Driver, Key

__all__ = ["go_to", "sign_in_as"]


def sign_in_as(driver: Driver, person: SamplePerson) -> None:
    """The arrow keys choose the person, then the passphrase and Enter."""
    page = SignInPage(driver)
    names = [card.person.name for card in page.screen.cards]
    chosen = next(n for n, card in enumerate(page.screen.cards) if card.isChecked())
    driver.press(*[Key.Key_Down] * ((names.index(person.name) - chosen) % len(names)))
    assert driver.sees(f"Passphrase of {person.name}")
    driver.type(page.hint())
    driver.press(Key.Key_Return)
    driver.wait(lambda: driver.page != page.screen.key)
    assert person in PEOPLE


def go_to(driver: Driver, tab: str) -> None:
    """Tab to the page's tab, Enter."""
    driver.tab_to(tab)
    driver.press(Key.Key_Return)
