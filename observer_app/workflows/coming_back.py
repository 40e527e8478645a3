# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a person goes on: the observation over which the window was locked, and the row they stood at; and how long
a window that did not lock was closed.

The first lies in the person's own vault: nobody else's sign-in knows of it, and it is still there when the machine was
switched off meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from observer_app.domain.events import Event
from observer_app.domain.moment import Moment
from observer_app.vault.person import PersonVault
from observer_app.workflows.timekeeping import TOLD_FOR_US, minutes_words
from observer_app.workflows.words import say

__all__ = ["closed_words", "forget_lock", "lock_over", "locked_over"]

_LOCKED = "live/locked"


def lock_over(vault: PersonVault, observation: str, criterion: str) -> None:
    """The window is being locked over this observation, at the row of `criterion` ("" the overall judgement)."""
    vault.set_setting(_LOCKED, json.dumps([observation, criterion]))


def locked_over(vault: PersonVault) -> tuple[str, str]:
    """(observation, criterion) of the last lock that nobody has come back from, ("", "") when there is none."""
    observation, criterion = json.loads(vault.setting(_LOCKED) or '["", ""]')
    return str(observation), str(criterion)


def forget_lock(vault: PersonVault) -> None:
    """Somebody is back, there or elsewhere."""
    if vault.setting(_LOCKED):
        vault.set_setting(_LOCKED, "")


def closed_words(crashes: Sequence[Event], now: Moment) -> str:
    """For a while after the last of these `resumed_after_crash`: how long nobody could rate; "" otherwise."""
    if not crashes or not 0 <= now.since_us(crashes[-1].at) < TOLD_FOR_US:
        return ""
    length = minutes_words(round(int(crashes[-1].body["away_us"]) / 1_000_000))
    return say("view.live.window_was_closed_for", length=length)
