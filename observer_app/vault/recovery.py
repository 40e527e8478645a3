# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back when a passphrase is lost: the same secrets, sealed a second time under a code on paper.

1. The code is made here, shown once and kept nowhere; it has 120 random bits, so nobody finds it by trying.
2. Only the person has it: nobody else, the centre's manager included, can sign in their name with what lies here.
3. It opens what the passphrase opens and nothing more; a new passphrase is chosen with it. A new code ends the old one.
"""

from __future__ import annotations

import secrets as random
from dataclasses import dataclass
from pathlib import Path

from observer_app.errors import BadInput, StoreLocked, WrongPassphrase
from observer_app.trust import strict_json
from observer_app.trust.envelope import from_base64, to_base64
from observer_app.trust.passphrase import STANDARD_COST, Cost, open_secret, seal_secret
from observer_app.vault.durable import make_folder, write_durably
from observer_app.vault.people import (
    Secrets,
    changing,
    enrolled_people,
    read_rows,
    seal_again,
    secrets_from,
    secrets_of,
)

__all__ = ["RECOVERY_COST", "Sheet", "has_recovery", "make_recovery", "open_recovery", "recover"]

_FILE = "recovery.json"
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is misread
_LENGTH, _GROUP = 25, 5
RECOVERY_COST = Cost(1, 64 * 1024)  # the code cannot be guessed; this is for one that was half read over a shoulder


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed once: whose, and the code."""

    handle: str
    code: str


def _kept(root: Path) -> dict[str, str]:
    found = read_rows(root / _FILE)
    rows = found.get("people", {})
    right = not found or (
        strict_json.version_of(found, what="The recovery file of this machine") == 1 and set(found) == {"v", "people"}
    )
    if not right or type(rows) is not dict or not all(type(v) is str for v in rows.values()):
        raise BadInput("The recovery file of this machine is damaged.", advice="Restore recovery.json from its copy.")
    return rows


def _plain(code: str) -> str:
    return "".join(c for c in code.upper() if c.isalnum())


def has_recovery(root: Path, person: str) -> bool:
    """Whether a code was made for this person on this machine."""
    return person in _kept(root)


def make_recovery(root: Path, secrets: Secrets, cost: Cost = RECOVERY_COST) -> Sheet:
    """SLOW. A new code for a person's secrets, durable on return; a former one opens nothing any more."""
    plain = "".join(random.choice(_ALPHABET) for _ in range(_LENGTH))
    sealed = seal_secret(secrets_of(secrets), plain, cost)
    with changing(root):
        rows = {**_kept(root), secrets.person: to_base64(sealed)}
        write_durably(make_folder(root) / _FILE, strict_json.dumps({"v": 1, "people": rows}))
    groups = [plain[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP)]
    return Sheet(secrets.handle, "-".join(groups))


def open_recovery(root: Path, person: str, code: str) -> Secrets:
    """SLOW. What the code opens. Raises WrongPassphrase, BadInput (no code was made), StoreLocked."""
    enrolled = next((p for p in enrolled_people(root) if p.person == person), None)
    if enrolled is None:
        raise StoreLocked("This person is not enrolled on this machine.", advice="Choose a name from the list.")
    sealed = _kept(root).get(person)
    if sealed is None:
        advice = "Ask the centre manager: what was sent is safe, and you can be enrolled anew."
        raise BadInput("No recovery sheet was made for this person on this machine.", advice=advice)
    try:
        secret = open_secret(from_base64(sealed, "A sealed key"), _plain(code) or "-")
    except WrongPassphrase as error:
        advice = "Type it from the newest sheet; a newer one ends those before."
        raise WrongPassphrase("The recovery code is not right.", advice=advice) from error
    return secrets_from(enrolled.person, enrolled.handle, secret)


def recover(root: Path, person: str, code: str, passphrase: str, cost: Cost = STANDARD_COST) -> None:
    """SLOW. Gives a person a new passphrase; nothing else changes: keys, vault and signed work are as they were."""
    seal_again(root, open_recovery(root, person, code), passphrase, cost)
