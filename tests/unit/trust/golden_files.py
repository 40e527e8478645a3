# SPDX-License-Identifier: GPL-3.0-or-later
"""The golden files of docs/formats.md, made again from fixed keys.

`python -m tests.unit.trust.golden_files` writes those that do not exist; one that exists is never rewritten, for it is
what Observers of years ago have written.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path

from observer_app.trust import chain, merkle
from observer_app.trust.bundle import write_bundle
from observer_app.trust.checkpoints import LogKey
from observer_app.trust.envelope import record_id
from observer_app.trust.keys import wrap_for
from observer_app.trust.manifest import MANIFEST_NAME, write_manifest
from observer_app.trust.objects import seal_object
from observer_app.trust.passphrase import CHEAP_COST, seal_secret
from observer_app.trust.receipts import parse_receipt
from observer_app.trust.samples import sample_root
from observer_app.trust.signed_file import make_signed_file
from observer_app.trust.signed_time import sign_time
from observer_app.trust.statements import LastCheckpoint, build_statement
from observer_app.trust.trailer import write_with_trailer
from tests.unit.trust.cast import LOG_NAME, Cast, h, keys, record_body, seed, segment
from tests.unit.trust.test_statements import bodies

FOLDER = Path(__file__).parents[2] / "golden" / "trust"
EVENTS = [b'{"kind":"opened","seq":1}', b'{"body":{"criterion":"analysis","value":3},"kind":"rated","seq":2}']
PASSPHRASE = "correct horse battery staple"
# Made with a new key each time, so it can be opened again but not made again.
ONCE_ONLY = ("wrapped-key.bin",)


def statements() -> dict[str, bytes]:
    """The payload of one statement of every type."""
    cast = Cast()
    cast.seq, cast.last = 6, h("previous")
    seen = {"last_checkpoint": LastCheckpoint(41, h("checkpoint")), "last_server_time": 1_749_999_999_000}
    return {
        f"statement-{kind}.json": build_statement(replace(cast.header(kind), **seen), body)
        for kind, body in bodies().items()
    }


def _hashes(record: bytes, receipt: bytes) -> bytes:
    count, head = chain.chain_head(EVENTS)
    lines = {
        "key-id": keys("assessor-1").key_id,
        "record-id": record_id(record),
        "leaf": merkle.leaf_hash(record).hex(),
        "event-1": chain.event_hash(chain.CHAIN_START, EVENTS[0]).hex(),
        f"event-{count}": head.hex(),
        "text": chain.text_hash(bytes(range(16)), "Stayed calm: “take your time”"),
        "log-key": LogKey(LOG_NAME, keys(LOG_NAME).signing.public).verifier,
        "root-of-log": parse_receipt(receipt).checkpoint.root.hex(),
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items()).encode()


def _files(cast: Cast) -> dict[str, bytes]:
    record, other = cast.sign("record", record_body()), cast.sign("void", bodies()["void"])
    alone = cast.receipt([record, other], 0)
    found = {
        "record.envelope.json": record,
        "record.observer": make_signed_file(cast.trust, record, cast.receipt([record, other], 0, alone=False)),
        "certificate-root.envelope.json": cast.root.data,
        "certificate-person.envelope.json": cast.certificates["assessor-1"],
        "certificate-log.envelope.json": cast.certificates["log"],
        "sample-root.envelope.json": sample_root().data,
        "checkpoint.txt": parse_receipt(alone).note.encode(),
        "receipt.tlog-proof": alone,
        "signed-time.txt": sign_time(LOG_NAME, 1_750_000_000_000, h("nonce")[:32], keys(LOG_NAME).signing).encode(),
        "hashes.txt": _hashes(record, alone),
        "event-log.bin": chain.join_events(EVENTS),
        "sealed-object.bin": seal_object(chain.join_events(EVENTS), seed("object key"), nonce=seed("nonce")[:24]).data,
        "sealed-key.bin": seal_secret(
            keys("assessor-1").secret, PASSPHRASE, CHEAP_COST, salt=seed("salt")[:16], nonce=seed("nonce")[:24]
        ),
        "wrapped-key.bin": wrap_for(keys("officer").opening.public, seed("recording key"), b"rec-0001"),
    }
    film = hashlib.sha256(b"film").hexdigest()
    media = {"observation": "obs-0001", "recording": "rec-0001", "segments": [segment(film, 4)]}
    vouching = make_signed_file(cast.trust, cast.sign("media", media))
    signers = [keys("manager-1").signing, keys("laptop-3").signing]
    header = replace(cast.header("manifest", "manager-1"), device_seq=0, prev="0" * 64)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "day")
        (folder / "records").mkdir(parents=True)
        (folder / "records" / "1.observer").write_bytes(found["record.observer"])
        (folder / "film").write_bytes(b"film")
        write_with_trailer(folder / "film", vouching, folder / "copy.obsv")
        (folder / "film").unlink()
        write_manifest(folder, cast.trust, header, signers, counts={"records": 1})
        found["trailer.bin"] = (folder / "copy.obsv").read_bytes()
        found["manifest.json"] = (folder / MANIFEST_NAME).read_bytes()
        found["bundle.zip"] = write_bundle(folder, Path(name, "day.zip")).read_bytes()
    return found


def golden() -> dict[str, bytes]:
    """Every golden file by name."""
    return {**statements(), **_files(Cast())}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, data in golden().items():
        if not (FOLDER / name).exists():
            (FOLDER / name).write_bytes(data)
            print(name, len(data))


if __name__ == "__main__":
    main()
