# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine from its backup: everything checked first, then put in place whole.

1. Only where nothing is: a folder that holds a machine's stores already is never written into.
2. The signed list and every file it names are checked before anything is taken; the first that does not fit is named.
3. The stores are opened with the person's passphrase, every page's seal and every own statement's place checked.
4. All this happens beside; the folder takes its name last. Stopped anywhere, there is a machine or there is none.
5. A restored machine may be older than what it had already sent. It signs nothing until it has been connected once and
   has taken back its own later statements: otherwise two histories of one machine would exist.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from observer_app.bootstrap.backup import CONTENTS, in_backup, no_progress
from observer_app.domain.moment import Moment
from observer_app.errors import BadInput, Conflict, IntegrityBroken, NewerVersion, ObserverError
from observer_app.trust import strict_json
from observer_app.trust.certificates import Certificate, read_certificate
from observer_app.trust.chain import verify_device_chain
from observer_app.trust.manifest import MANIFEST_NAME, check_parts, read_manifest
from observer_app.trust.parts import Part, folder_parts
from observer_app.trust.programme import Trust
from observer_app.trust.samples import sample_root
from observer_app.vault.device import RESTORED, DeviceStore
from observer_app.vault.durable import disk_fault, make_folder, sync_folder
from observer_app.vault.people import Secrets, device_store_path, enrolled_people, open_person, person_vault_path
from observer_app.vault.person import PersonVault
from observer_app.workflows.enrolment import load_machine
from observer_app.workflows.ports import StickProgress

__all__ = ["find_backup", "restore"]

_CHUNK = 1 << 20
_CONTENTS_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Found:
    """`rows`: path in the machine's folder and SHA-256 of each file; `root` and `device` as the list was signed."""

    rows: list[tuple[str, str]]
    taken_ms: int
    root: bytes
    device: str


def find_backup(place: Path) -> Path:
    """The backup in a folder: itself, or the only one below it (a stick). Raises BadInput naming several."""
    if (place / MANIFEST_NAME).is_file():
        return place
    found = sorted(p.parent for p in place.glob(f"observer-backup-*/{MANIFEST_NAME}"))
    if len(found) > 1:
        names = ", ".join(p.name for p in found)
        raise BadInput("There are several machines' backups here.", advice=f"Name one: {names}.")
    if not found:
        raise BadInput("There is no backup of Observer here.", advice="Name the stick, or the backup's folder on it.")
    return found[0]


def restore(
    place: Path, vault: Path, person: str, passphrase: str, now: Moment, *, root: Certificate | None = None,
    progress: StickProgress = no_progress,
) -> str:  # fmt: skip
    """SLOW. Makes `vault` the machine whose backup lies in `place`; a sentence. `person`: a sign-in name ("" where one
    alone is enrolled). Raises Conflict (something is there already), IntegrityBroken naming the file, BadInput,
    WrongPassphrase."""
    if vault.exists() and (not vault.is_dir() or any(vault.iterdir())):
        advice = "Choose an empty folder: what is there may be newer than the backup."
        raise Conflict("The folder to restore into holds something already. Nothing was changed.", advice=advice)
    beside = vault.with_name(f".{vault.name}.restoring")
    shutil.rmtree(beside, ignore_errors=True)  # of a restoring that was stopped
    try:
        folder = find_backup(place)
        found = _checked(folder, root, progress)
        _put_together(folder, found, beside, (person, passphrase, now), progress)
        if vault.exists():
            vault.rmdir()
        beside.replace(vault)
    except OSError as error:
        raise disk_fault(error, "the backup") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)  # films fill a disk that is short of room already
    sync_folder(vault.parent)
    return f"Restored: {len(found.rows)} files. Connect this machine once before anyone signs on it."


def _put_together(
    folder: Path, found: _Found, beside: Path, who: tuple[str, str, Moment], progress: StickProgress
) -> None:
    """The machine in the folder `beside`, opened by `who` (sign-in name or "", passphrase, now)."""
    person, passphrase, now = who
    rows = found.rows
    make_folder(beside)
    for number, (name, sha256) in enumerate(rows, 1):
        progress("copying", number, len(rows))
        _take(folder / in_backup(sha256), beside / name, name, sha256)
    people = enrolled_people(beside)
    handle = person or (people[0].handle if len(people) == 1 else "")
    if not handle:
        advice = f"Choose one with --person: {', '.join(p.handle for p in people)}."
        raise BadInput("Several people are enrolled on this machine.", advice=advice)
    progress("opening", len(rows), len(rows))
    _open_all(beside, open_person(beside, handle, passphrase, now), found)


def _checked(folder: Path, root: Certificate | None, progress: StickProgress) -> _Found:
    """What is in the backup, once all of it is as signed."""
    parts = folder_parts(folder)
    try:
        file = read_manifest(parts)
        own = read_certificate(file.certificates[-1])
    except NewerVersion:
        raise
    except ObserverError as error:
        words = f"The signed list of the backup, {MANIFEST_NAME}, does not hold: {error.message}"
        raise IntegrityBroken(words, advice="Nothing was restored.", subject=MANIFEST_NAME) from error
    if root is not None and own.data != root.data:
        raise IntegrityBroken("This backup was made under another root than the one given.", subject=own.subject)
    if own.sample and own.data != sample_root().data:
        raise IntegrityBroken("This calls itself a sample but is not under the sample root.", subject=own.subject)
    check = check_parts(parts, file, Trust(own), progress=lambda done, all_of, name: progress("checking", done, all_of))
    header = check.verified.statement.header
    listed = {str(f["path"]): str(f["sha256"]) for f in check.verified.statement.body["files"]}
    contents = next((name for name in listed if name.startswith(CONTENTS)), "")
    part = next((p for p in parts if p.name == contents), None)
    if part is None or contents in check.changed:
        raise IntegrityBroken("The backup's list of files is missing or was changed.", subject=contents or CONTENTS)
    rows, device, taken_ms = _contents(part)
    names = {in_backup(sha256): name for name, sha256 in rows}
    for wrong, words in ((check.changed, "was changed"), (check.missing, "is missing")):
        if wrong:
            name = names.get(wrong[0], wrong[0])
            advice = "Take another backup, or leave this machine to be enrolled anew; nothing was restored."
            raise IntegrityBroken(
                f"A file of the backup {words} after it was made: {name}.", advice=advice, subject=name
            )
    if device != header.device or any(listed.get(path) != path[-64:] for path in names):
        raise IntegrityBroken("The backup's list does not fit what was signed.", subject=contents)
    return _Found(rows, taken_ms, own.data, device)


def _contents(part: Part) -> tuple[list[tuple[str, str]], str, int]:
    found = strict_json.loads(part.read(_CONTENTS_LIMIT), limit=_CONTENTS_LIMIT, what="The backup's list of files")
    version, rows = strict_json.version_of(found, what="This backup"), found.get("files")
    if (
        version != 1
        or set(found) != {"v", "device", "taken_ms", "files"}
        or type(rows) is not list
        or type(found["taken_ms"]) is not int
    ):
        raise BadInput("This backup is not in the expected form.")
    pairs = []
    for row in rows:
        if type(row) is not dict or set(row) != {"path", "sha256", "size"} or type(row["path"]) is not str:
            raise BadInput("This backup is not in the expected form.")
        path = PurePosixPath(row["path"])
        if path.is_absolute() or ".." in path.parts or "\\" in row["path"] or ":" in row["path"]:
            raise IntegrityBroken("A backup names a file outside its machine's folder.", subject=row["path"])
        pairs.append((row["path"], str(row["sha256"])))
    return pairs, str(found["device"]), found["taken_ms"]


def _take(source: Path, target: Path, name: str, sha256: str) -> None:
    digest = hashlib.sha256()
    try:
        make_folder(target.parent)
        with (
            source.open("rb") as file,
            os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
        ):
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise disk_fault(error, name) from error
    if digest.hexdigest() != sha256:
        raise IntegrityBroken(f"A file of the backup changed while it was read: {name}.", subject=name)


def _open_all(root: Path, secrets: Secrets, found: _Found) -> None:
    """Step 3: what this person can open, every page of it; then what was restored is said to be so, in the store."""
    with closing(DeviceStore(device_store_path(root), secrets.device_key)) as store:
        _sound(store.check(), "device.db")
        machine = load_machine(store)
        if (machine.root, machine.device) != (found.root, found.device):
            raise IntegrityBroken("The stores in the backup are another machine's.", subject=machine.device)
        trust = machine.trust()
        own = [trust.verify(kept.envelope, revoked_too=True) for kept in store.statements.own()]
        verify_device_chain(own)
        store.set_setting(RESTORED, str(found.taken_ms).encode()).result()
    with closing(PersonVault(person_vault_path(root, secrets.person), secrets.vault_key)) as vault:
        _sound(vault.check(), f"{secrets.person}.db")
        for kept in vault.observations():
            vault.events(kept.id)


def _sound(faults: list[str], name: str) -> None:
    if faults:
        raise IntegrityBroken(f"The store {name} in the backup is damaged.", subject=name)
