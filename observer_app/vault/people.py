# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is enrolled on this machine: `people.json`, public, with each person's keys sealed under their passphrase.

1. No name of a person in it: the handle is what they chose to sign in with.
2. One stretched passphrase opens the person's keys, their vault's key and the device store's key, all at once.
3. Wrong passphrases make the next try wait: five are free, then one second, doubling up to fifteen minutes. The count
   survives a restart. The wait is measured by the monotonic clock, so that a clock put forward does not end it and one
   put back does not prolong it; after a restart it begins anew, as nobody can say how long the machine was off. Nothing
   sleeps.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from observer_app.domain.moment import Moment
from observer_app.errors import BadInput, Conflict, StoreLocked, WrongPassphrase
from observer_app.trust import strict_json
from observer_app.trust.envelope import from_base64, to_base64
from observer_app.trust.keys import KeySet
from observer_app.trust.passphrase import STANDARD_COST, Cost, open_secret, seal_secret
from observer_app.vault.durable import HeldLock, disk_fault, make_folder, write_durably

__all__ = [
    "Enrolled",
    "Secrets",
    "change_passphrase",
    "changing",
    "check_handle",
    "check_passphrase",
    "device_store_path",
    "enrol_person",
    "enrolled_people",
    "open_person",
    "person_vault_path",
    "read_rows",
    "seal_again",
    "secrets_from",
    "secrets_of",
    "wait_s",
]

FREE_TRIES = 5
LONGEST_WAIT_S = 15 * 60
_CHANGE_S = 10.0  # the change itself takes a moment; passphrases are stretched before
_FILE = "people.json"
_TRIES = "tries.json"
_LIMIT = 1024 * 1024
_HANDLE = re.compile(r"[^\x00-\x1f\x7f]{1,60}")
_PERSON = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a passphrase opens. Keep it no longer than the session."""

    person: str
    handle: str
    keys: KeySet = field(repr=False)
    vault_key: bytes = field(repr=False)
    device_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """One entry of the file; `sealed` is useless without the passphrase."""

    person: str
    handle: str
    sealed: bytes


def device_store_path(root: Path) -> Path:
    """Where the device store lies."""
    return root / "device.db"


def person_vault_path(root: Path, person: str) -> Path:
    """Where a person's vault lies. Raises BadInput for what cannot be an id."""
    if not _PERSON.fullmatch(person):
        raise BadInput("This is not a person's identity.")
    return root / "people" / f"{person}.db"


def _same(handle: str) -> str:
    return unicodedata.normalize("NFKC", handle).strip().casefold()


def read_rows(path: Path) -> dict[str, Any]:
    """One of the small files beside the stores; {} when it is not there. Raises BadInput when it is damaged."""
    try:
        with path.open("rb") as file:
            return strict_json.loads(file.read(_LIMIT + 1), limit=_LIMIT, what=f"The file {path.name}")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise disk_fault(error, path.name) from error


def enrolled_people(root: Path) -> tuple[Enrolled, ...]:
    """Everyone enrolled, in order of enrolment; none when there is no file. Raises BadInput when it is damaged."""
    found = read_rows(root / _FILE)
    if not found:
        return ()
    rows = found.get("people")
    version = strict_json.version_of(found, what="The list of people on this machine")
    if version != 1 or set(found) != {"v", "people"} or type(rows) is not list:
        raise BadInput("The list of people on this machine is damaged.", advice="Restore people.json from its copy.")
    people = []
    for row in rows:
        if type(row) is not dict or set(row) != {"person", "handle", "sealed"} or type(row["handle"]) is not str:
            raise BadInput(
                "The list of people on this machine is damaged.", advice="Restore people.json from its copy."
            )
        person_vault_path(root, str(row["person"]))
        people.append(Enrolled(row["person"], row["handle"], from_base64(row["sealed"], "A sealed key")))
    return tuple(people)


@contextmanager
def changing(root: Path) -> Iterator[None]:
    """Only one window at a time changes the small files beside the stores: read anew within, nothing another one has
    changed is lost. Raises StoreLocked when another does not come to an end."""
    until, path = time.monotonic() + _CHANGE_S, make_folder(root) / "people.lock"
    while True:
        try:
            lock = HeldLock(path, "The list of people on this machine")
            break
        except StoreLocked:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
    try:
        yield
    finally:
        lock.release()


def _save(root: Path, people: tuple[Enrolled, ...]) -> None:
    rows = [{"person": p.person, "handle": p.handle, "sealed": to_base64(p.sealed)} for p in people]
    write_durably(make_folder(root) / _FILE, strict_json.dumps({"v": 1, "people": rows}))


def secrets_of(secrets: Secrets) -> bytes:
    """The 128 bytes that are sealed: signing seed, opening key, the vault's key, the device store's key."""
    if len(secrets.vault_key) != 32 or len(secrets.device_key) != 32:
        raise BadInput("A store's key must have 32 bytes.")
    return secrets.keys.secret + secrets.vault_key + secrets.device_key


def secrets_from(person: str, handle: str, secret: bytes) -> Secrets:
    """What `secrets_of` gave. Raises BadInput for anything else."""
    if len(secret) != 128:
        raise BadInput("The sealed keys on this machine are not in the expected form.")
    return Secrets(person, handle, KeySet.from_secret(secret[:64]), secret[64:96], secret[96:])


def _seal(secrets: Secrets, passphrase: str, cost: Cost) -> bytes:
    return seal_secret(secrets_of(secrets), passphrase, cost)


def seal_again(root: Path, secrets: Secrets, passphrase: str, cost: Cost = STANDARD_COST) -> None:
    """SLOW. Seals an enrolled person's secrets under a passphrase in place of what was sealed; earlier wrong tries are
    forgotten. Durable on return; a crash leaves the one or the other."""
    sealed = _seal(secrets, passphrase, cost)
    with changing(root):
        changed = tuple(
            Enrolled(p.person, p.handle, sealed if p.person == secrets.person else p.sealed)
            for p in enrolled_people(root)
        )
        _save(root, changed)
    _forget_failures(root, secrets.person)


def enrol_person(root: Path, secrets: Secrets, passphrase: str, cost: Cost = STANDARD_COST) -> None:
    """SLOW. Adds a person. Raises Conflict when handle or person is already enrolled, BadInput for an unusable one."""
    handle = check_handle(secrets.handle)
    person_vault_path(root, secrets.person)
    _refuse_taken(root, handle, secrets.person)
    sealed = _seal(secrets, passphrase, cost)
    with changing(root):
        people = _refuse_taken(root, handle, secrets.person)  # another window may have been quicker
        _save(root, (*people, Enrolled(secrets.person, handle, sealed)))


def check_handle(handle: str) -> str:
    """The sign-in name without blanks around it. Raises BadInput for an unusable one."""
    found = handle.strip()
    if not _HANDLE.fullmatch(found):
        raise BadInput("A sign-in name needs 1 to 60 letters or figures.", advice="Choose another sign-in name.")
    return found


def _refuse_taken(root: Path, handle: str, person: str) -> tuple[Enrolled, ...]:
    people = enrolled_people(root)
    if any(_same(p.handle) == _same(handle) or p.person == person for p in people):
        raise Conflict(f"“{handle}” is already enrolled on this machine.", advice="Choose another sign-in name.")
    return people


def change_passphrase(root: Path, handle: str, old: str, new: str, now: Moment, cost: Cost = STANDARD_COST) -> None:
    """SLOW. Seals a person's keys anew. Raises as `open_person`."""
    seal_again(root, open_person(root, handle, old, now), new, cost)


def open_person(root: Path, handle: str, passphrase: str, now: Moment) -> Secrets:
    """SLOW. What the passphrase opens.

    Raises WrongPassphrase (also while a wait lasts, saying how long), StoreLocked when nobody is enrolled under it.
    """
    person = next((p for p in enrolled_people(root) if _same(p.handle) == _same(handle)), None)
    if person is None:
        raise StoreLocked(
            f"Nobody called “{handle}” is enrolled on this machine.", advice="Choose a name from the list."
        )
    wait = wait_s(root, person.person, now)
    if wait:
        raise WrongPassphrase(
            f"The passphrase was wrong too often. The next try is possible in {_words(wait)}.",
            advice="If you have forgotten it, choose a new one with your recovery sheet.",
        )
    try:
        secret = open_secret(person.sealed, passphrase)
    except WrongPassphrase:
        _count_failure(root, person.person, now)
        raise
    found = secrets_from(person.person, person.handle, secret)
    _forget_failures(root, person.person)
    return found


def check_passphrase(root: Path, person: str, passphrase: str, now: Moment) -> Secrets:
    """SLOW. As `open_person`, by id: asked again before signing."""
    found = next((p for p in enrolled_people(root) if p.person == person), None)
    if found is None:
        raise StoreLocked("This person is no longer enrolled on this machine.", advice="Ask the centre manager.")
    return open_person(root, found.handle, passphrase, now)


# ---- slowing down guesses ----


@dataclass(frozen=True, slots=True)
class _Tried:
    """Wrong tries since the last right one, and when the last of them was by the monotonic clock of its boot."""

    count: int
    monotonic_ms: int

    def passed_ms(self, now: Moment) -> int:
        """How long ago at least: where the clock stands before the last try, the machine was started since then."""
        now_ms = now.monotonic_us // 1000
        return now_ms - self.monotonic_ms if now_ms >= self.monotonic_ms else now_ms


def _tried(row: object) -> _Tried | None:
    """A row as kept. One of an older Observer has the wall clock's time instead, which no monotonic clock reaches: the
    wait begins with the machine's start, then."""
    if type(row) is not list or [type(part) for part in row] != [int, int] or min(row) < 0:
        return None
    return _Tried(*row)


def _tries(root: Path) -> dict[str, _Tried]:
    try:
        found = read_rows(root / _TRIES)
    except BadInput:
        return {}  # a damaged count must not lock anybody out
    return {person: tried for person, row in found.items() if (tried := _tried(row)) is not None}


def _keep_tries(root: Path, tries: dict[str, _Tried]) -> None:
    rows = {person: [t.count, t.monotonic_ms] for person, t in tries.items()}
    write_durably(root / _TRIES, strict_json.dumps(rows))


def wait_s(root: Path, person: str, now: Moment) -> int:
    """Seconds until the next try is looked at; 0 when it may be now."""
    tried = _tries(root).get(person)
    if tried is None or tried.count < FREE_TRIES:
        return 0
    wait = min(LONGEST_WAIT_S, 2 ** min(tried.count - FREE_TRIES, 20))
    left_ms: int = wait * 1000 - tried.passed_ms(now)
    return max(0, -(-left_ms // 1000))


def _count_failure(root: Path, person: str, now: Moment) -> None:
    with changing(root):
        tries = _tries(root)
        count = tries[person].count if person in tries else 0
        tries[person] = _Tried(count + 1, now.monotonic_us // 1000)
        _keep_tries(root, tries)


def _forget_failures(root: Path, person: str) -> None:
    if person not in _tries(root):
        return
    with changing(root):
        tries = _tries(root)
        if tries.pop(person, None) is not None:
            _keep_tries(root, tries)


def _words(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} seconds" if seconds != 1 else "1 second"
    return f"{-(-seconds // 60)} minutes"
