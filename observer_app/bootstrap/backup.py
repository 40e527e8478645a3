# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup to a USB stick: the same sealed bytes that lie on the machine's disk, under a list the machine has signed.

FOLDER/files/<aa>/<sha256>    every file of the machine, named by its SHA-256; none is written twice
FOLDER/contents-<sha256>.json which file of the machine each of them is
FOLDER/manifest.json          the signed list of the files above; `observer verify FOLDER` checks it

1. Nothing is opened or sealed anew: a stick that is found tells its finder what the laptop would.
2. The list is replaced last and whole. Stopped anywhere, the stick holds the backup before or this one, never a
   mixture; what neither needs is taken away afterwards.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from observer_app import BUILD
from observer_app.domain.moment import Clock
from observer_app.errors import BadInput, IntegrityBroken
from observer_app.trust import strict_json
from observer_app.trust.manifest import MANIFEST_NAME, list_header, write_list
from observer_app.trust.programme import Trust
from observer_app.vault.device import DeviceStore
from observer_app.vault.durable import HeldLock, disk_fault, make_folder, sync_folder, write_durably
from observer_app.vault.people import enrolled_people, person_vault_path
from observer_app.vault.person import PersonVault
from observer_app.workflows.enrolment import Machine
from observer_app.workflows.ports import StickProgress

__all__ = ["CONTENTS", "BackedUp", "back_up", "backup_name", "in_backup", "no_progress"]

CONTENTS = "contents-"
_CHUNK = 1 << 20
_PART = "backup-part"
_WHOLE = ("objects", "recordings", "packs")  # folders taken with all that lies in them
_SINGLE = ("people.json", "recovery.json", "programme-root.certificate", "programme-root.key", "sample-room.mp4")


def no_progress(step: str, done: int, total: int) -> None:
    """Tells nobody."""


class Opened(Protocol):
    """What a backup needs of a signed-in session: its folder, its two open stores, and by whom the list is signed."""

    root: Path
    machine: Machine
    store: DeviceStore
    vault: PersonVault
    person: str
    clock: Clock
    trust: Trust


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What was done: files in the backup, and how many of them (and bytes) were new on the stick."""

    folder: Path
    files: int
    new: int
    new_bytes: int

    def sentence(self) -> str:
        """In words."""
        mib = self.new_bytes / (1 << 20)
        return (
            f"Backed up: {self.files} files, {self.new} of them new ({mib:.0f} MiB). The stick holds only sealed files."
        )


def backup_name(device: str) -> str:
    """The folder a machine's backup has on a stick, so that several machines share one."""
    return f"observer-backup-{device}"


def in_backup(sha256: str) -> str:
    """Where a file lies below the backup's folder."""
    return f"files/{sha256[:2]}/{sha256}"


def back_up(session: Opened, target: Path, progress: StickProgress = no_progress) -> BackedUp:
    """SLOW. Backs up the machine of a signed-in `session` below `target`. The stores are held still only while they are
    copied beside themselves. Raises DiskFull, EnvironmentFault (the stick), StoreLocked, IntegrityBroken naming an
    object that is not what its name says."""
    root = session.root
    folder = target / backup_name(session.machine.device)
    if target.resolve().is_relative_to(root.resolve()):
        raise BadInput("A backup inside the folder it is of is none.", advice="Choose a stick or another disk.")
    if not target.is_dir():
        raise BadInput("The folder for the backup is not there.", advice="Plug the stick in and choose it again.")
    try:
        return _backed_up(session, folder, progress)
    except OSError as error:  # pulled out, full or worn, wherever that shows
        raise disk_fault(error, "the backup") from error


def _backed_up(session: Opened, folder: Path, progress: StickProgress) -> BackedUp:
    root, part = session.root, session.root / _PART
    make_folder(folder)
    try:
        snapshots = _snapshots(session, part)
        found = sorted([*snapshots, *_files(root)])
        rows, new, size = [], 0, 0
        for number, (name, path) in enumerate(found, 1):
            progress("copying", number, len(found))
            sha256, length, written = _put(path, folder, name)
            rows.append({"path": name, "sha256": sha256, "size": length})
            new, size = new + written, size + length * written
        progress("signing", len(found), len(found))
    finally:
        shutil.rmtree(part, ignore_errors=True)
    _sign(session, folder, rows)
    return BackedUp(folder, len(rows), new, size)


# ---- what is taken ----


def _snapshots(session: Opened, part: Path) -> list[tuple[str, Path]]:
    """Each store and its log, copied between two writings; those of people who are not signed in are closed, and held
    so while they are copied."""
    root = session.root
    shutil.rmtree(part, ignore_errors=True)
    make_folder(part)
    found: list[tuple[str, Path]] = []
    for store in (session.store, session.vault):
        for path in store.snapshot(part / str(len(found))).result():
            found.append(_named(root, store.path, path))
    for person in enrolled_people(root):
        path = person_vault_path(root, person.person)
        if person.person == session.person or not path.exists():
            continue
        lock = HeldLock(path.with_suffix(".lock"), f"The vault of {person.handle}")
        try:
            for one in (path, path.with_name(path.name + "-wal")):
                if one.exists() and one.stat().st_size:
                    there = make_folder(part / str(len(found))) / one.name
                    shutil.copyfile(one, there)
                    found.append(_named(root, path, there))
        finally:
            lock.release()
    return found


def _named(root: Path, store: Path, copy: Path) -> tuple[str, Path]:
    return (store.parent / copy.name).relative_to(root).as_posix(), copy


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    for name in _SINGLE:
        if (root / name).is_file():
            yield name, root / name
    for folder in _WHOLE:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                yield path.relative_to(root).as_posix(), path


# ---- onto the stick ----


def _put(path: Path, folder: Path, name: str) -> tuple[str, int, bool]:
    """(SHA-256, size, whether it was new on the stick) of one file; written, forced out and only then named."""
    try:
        sha256, size = _hashed(path)
        if name.startswith("objects/") and path.name != sha256:
            raise IntegrityBroken(
                "A file of this machine is not what its name says: it was altered or damaged.",
                advice="Leave it as it is and tell the programme. The backup before this one is untouched.",
                subject=name,
            )
        there = folder / in_backup(sha256)
        if there.is_file() and there.stat().st_size == size and _hashed(there)[0] == sha256:
            return sha256, size, False
        make_folder(there.parent)
        beside = there.with_name(f".{sha256}.part")
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as source, beside.open("wb") as copy:
            while chunk := source.read(
                _CHUNK
            ):  # a recording may have grown meanwhile: it is what is copied that counts
                digest.update(chunk)
                copy.write(chunk)
                size += len(chunk)
            copy.flush()
            os.fsync(copy.fileno())
        sha256 = digest.hexdigest()
        there = folder / in_backup(sha256)
        make_folder(there.parent)
        beside.replace(there)
        sync_folder(there.parent)
        return sha256, size, True
    except OSError as error:
        raise disk_fault(error, f"the backup of {path.name}") from error


def _hashed(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def contents_of(device: str, taken_ms: int, rows: Sequence[Mapping[str, object]]) -> bytes:
    """The bytes of a backup's list: of each file `path` in the machine's folder, `sha256` and `size`."""
    return strict_json.dumps({"v": 1, "device": device, "taken_ms": taken_ms, "files": [dict(row) for row in rows]})


def _sign(session: Opened, folder: Path, rows: list[dict[str, object]]) -> None:
    """The list, signed by the machine, takes the place of the one before; then what is no longer named goes."""
    machine, now = session.machine, session.clock.now()
    contents = contents_of(machine.device, now.wall_ms, rows)
    listed = hashlib.sha256(contents).hexdigest()
    write_durably(folder / f"{CONTENTS}{listed}.json", contents)
    files = {in_backup(str(r["sha256"])): {"sha256": r["sha256"], "size": r["size"]} for r in rows}
    files[f"{CONTENTS}{listed}.json"] = {"sha256": listed, "size": len(contents)}
    signers = [machine.keys.signing]
    header = list_header(session.trust, signers, BUILD, now.wall_ms, centre=machine.centre, device=machine.device,
                         monotonic_ms=now.monotonic_us // 1000, boot_id=now.boot_id)  # fmt: skip
    listing = [{"path": name, **files[name]} for name in sorted(files)]
    write_list(folder, session.trust, header, signers, listing, {"backup": 1}, revoked_too=True)
    for path in [p for p in folder.rglob("*") if p.is_file()]:
        if path.name != MANIFEST_NAME and path.relative_to(folder).as_posix() not in files:
            path.unlink(missing_ok=True)
