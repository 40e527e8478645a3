# SPDX-License-Identifier: GPL-3.0-or-later
"""All results of a store as a folder anyone can check without it: `observer verify FOLDER`.

statements/<place>-<id>.observer   a statement with its certificates and its receipt
checkpoint.txt                     the log's word for how many there are
manifest.json                      every file, signed by the log's key
"""

from __future__ import annotations

from pathlib import Path

from observer_app import BUILD
from observer_app.central.store import CentralStore
from observer_app.errors import Conflict, EnvironmentFault, IntegrityBroken
from observer_app.trust.manifest import list_header, write_manifest
from observer_app.trust.signed_file import SUFFIX, make_signed_file
from observer_app.trust.whole_file import write_durably

__all__ = ["write_central_export"]

_PAGE = 500


def write_central_export(store: CentralStore, folder: Path) -> int:
    """SLOW. Writes an empty or new folder; how many statements. Each is verified on its way.

    Raises Conflict (the folder holds something), IntegrityBroken naming the first log entry that does not verify,
    DiskFull, EnvironmentFault.
    """
    try:
        (folder / "statements").mkdir(parents=True)
    except FileExistsError as error:
        raise Conflict("The folder for the export holds something already.", advice="Choose an empty one.") from error
    except OSError as error:
        raise EnvironmentFault("The folder for the export cannot be made.", advice="Check the disk.") from error
    store.registry.refresh()
    note = store.log.newest()
    size, done = store.log.size, 0
    while done < size:
        rows = store.database.rows(
            "SELECT s.position, s.record_id, s.envelope, r.receipt FROM statement s JOIN receipt r USING (position) "
            "WHERE s.position >= ? AND s.position < ? ORDER BY s.position",
            (done, min(size, done + _PAGE)),
        )
        if len(rows) != min(size, done + _PAGE) - done:
            raise IntegrityBroken("A log entry or its receipt is missing.", subject=f"after log entry {done}")
        for position, record_id, envelope, receipt in rows:
            try:
                content = make_signed_file(store.registry.trust, bytes(envelope), bytes(receipt), revoked_too=True)
            except IntegrityBroken as error:
                raise IntegrityBroken(error.message, subject=f"log entry {position}") from error
            write_durably(folder / "statements" / f"{position:08d}-{record_id[:16]}{SUFFIX}", content)
        done += len(rows)
    write_durably(folder / "checkpoint.txt", note.encode())
    _seal(store, folder, size)
    return size


def _seal(store: CentralStore, folder: Path, size: int) -> None:
    trust, key = store.registry.trust, store.log.key
    header = list_header(trust, [key], BUILD, store.clock())
    write_manifest(folder, trust, header, [key], counts={"statements": size})
