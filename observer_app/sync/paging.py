# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists that are asked for page by page: each goes on from the one before, and comes to an end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from observer_app.sync.line import KEPT, OtherAnswer

__all__ = ["MOST_PAGES", "Page", "pages"]

MOST_PAGES = 5_000  # of one list in one exchange: more than a million statements; what is kept by then stays kept


class Page(Protocol):
    """What every answer of a list has: `more` says to ask again, from `next` on."""

    @property
    def next(self) -> int:
        """Where the next page begins."""
        ...

    @property
    def more(self) -> bool:
        """Whether there is one."""
        ...


P = TypeVar("P", bound=Page)


def pages(ask: Callable[[int], P], after: int) -> Iterator[P]:
    """Each page from `after` on, the next one asked for only when the one before was dealt with. Raises OtherAnswer for
    a list that stands still or does not come to an end, and what `ask` raises."""
    for _ in range(MOST_PAGES):
        page = ask(after)
        if page.next < after or (page.more and page.next == after):
            raise OtherAnswer("The central store gives a list that goes round in circles.", advice=KEPT)
        yield page
        if not page.more:
            return
        after = page.next
    raise OtherAnswer("The central store gives a list that does not come to an end.", advice=KEPT)
