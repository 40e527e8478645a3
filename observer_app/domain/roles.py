# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what. A person's roles stand in the certificate the centre signed for them."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Role", "Workspace", "unnamed_person", "workspaces"]


class Role(StrEnum):
    """Roles a person's certificate can carry."""

    ASSESSOR = "assessor"
    MODERATOR = "moderator"
    MANAGER = "manager"
    KEY_OFFICER = "key_officer"


class Workspace(StrEnum):
    """The three workspaces of the window."""

    ASSESS = "assess"
    CENTRE = "centre"
    MODERATE = "moderate"


_OPENS = {Role.ASSESSOR: Workspace.ASSESS, Role.MANAGER: Workspace.CENTRE, Role.MODERATOR: Workspace.MODERATE}


def workspaces(roles: frozenset[Role]) -> tuple[Workspace, ...]:
    """The workspaces these roles open, in the order they are shown."""
    return tuple(w for w in Workspace if any(_OPENS.get(r) is w for r in roles))


def unnamed_person(person: str) -> str:
    """What the screens call somebody whose name is not on this machine: told apart, and no id to read out."""
    return f"Person {person[-4:].upper()}"
