# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves the stores and can be checked by itself: recordings with what vouches for them, and receipts.

Each file can be copied anywhere and given to `observer verify` alone.
"""

from __future__ import annotations

from pathlib import Path

from observer_app.bootstrap.session import Session
from observer_app.demo.places import Place, Say
from observer_app.media.container import segment_path
from observer_app.trust.merkle import leaf_hash
from observer_app.trust.receipts import make_receipt, parse_receipt
from observer_app.trust.trailer import write_with_trailer
from observer_app.workflows.day_bundle import signed_file
from observer_app.workflows.record_parts import OpenedRecord

__all__ = ["copy_out"]


def copy_out(places: list[Place], out: Path, say: Say) -> None:
    """Writes `out/recordings` and `out/receipts` from the rooms' own stores. Raises DiskFull, IntegrityBroken."""
    recordings, receipts = out / "recordings", out / "receipts"
    recordings.mkdir()
    receipts.mkdir()
    for place in places:
        with place.signed_in() as session:
            for record in session.reader.records():
                opened = session.reader.open(record)
                _recordings(session, opened, recordings)
                _receipt(session, record, receipts)
    say(f"{len(list(recordings.iterdir()))} recordings copied out (sealed), {len(list(receipts.iterdir()))} receipts.")


def _recordings(session: Session, opened: OpenedRecord, folder: Path) -> None:
    """Every segment the record names, with the statement that names it behind it: the machine's own, which says
    nothing of marks, where there is one."""
    own = [kept.id for kept in session.store.statements.about(opened.observation, "media")]
    named = {
        (row["recording"], row["segment"]): statement
        for statement in (opened.id, *own)
        for row in _rows(session, statement)
    }
    for segment in opened.media:
        path = segment_path(session.files.recording(segment.recording), segment.number)
        signed = signed_file(session.reader, named[segment.recording, segment.number])
        write_with_trailer(path, signed, folder / f"{segment.recording}-{segment.number:04d}.obsv")


def _rows(session: Session, statement: str) -> list[dict[str, object]]:
    body = session.reader.verify(statement).statement.body
    rows: list[dict[str, object]] = body["media"] if "media" in body else body["segments"]
    return rows


def _receipt(session: Session, record: str, folder: Path) -> None:
    """The central store's receipt with the record's leaf and the log's certificates, so that it stands alone."""
    kept = session.store.outbox.receipt(record)
    if kept is None:
        return
    receipt, trust = parse_receipt(kept[0]), session.reader.trust
    session.reader.receipt(record)
    chain = trust.chain(trust.log_certificates(receipt.checkpoint.origin)[-1:])
    leaf = leaf_hash(session.store.statements.get(record))
    alone = make_receipt(receipt.index, receipt.path, receipt.note, leaf=leaf, certificates=chain)
    (folder / f"{record}.receipt").write_bytes(alone)
