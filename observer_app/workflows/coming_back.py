# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a person goes on: the observation over which the window was locked, and the row they stood at.

It lies in the person's own vault: nobody else's sign-in knows of it, and it is still there when the machine was
switched off meanwhile.
"""

from __future__ import annotations

import json

from observer_app.vault.person import PersonVault

__all__ = ["forget_lock", "lock_over", "locked_over"]

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
