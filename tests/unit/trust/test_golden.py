# SPDX-License-Identifier: GPL-3.0-or-later
"""The bytes of docs/formats.md: made again byte for byte, and what was written once is read for ever."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from observer_app.trust.bodies import BODIES
from observer_app.trust.chain import split_events
from observer_app.trust.keys import unwrap
from observer_app.trust.objects import open_object
from observer_app.trust.passphrase import open_secret
from observer_app.trust.receipts import verify_receipt
from observer_app.trust.samples import sample_root
from observer_app.trust.statements import read_statement
from observer_app.trust.verify import verify_paths
from tests.unit.trust.cast import LOG_NAME, Cast, keys, seed
from tests.unit.trust.golden_files import EVENTS, FOLDER, ONCE_ONLY, PASSPHRASE, golden

MADE = golden()
DOCUMENT = Path(__file__).parents[3] / "docs" / "formats.md"


def kept(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@pytest.mark.parametrize("name", sorted(MADE.keys() - set(ONCE_ONLY)))
def test_it_is_made_again_byte_for_byte(name: str) -> None:
    assert MADE[name] == kept(name)


def test_no_golden_file_is_forgotten() -> None:
    assert {p.name for p in FOLDER.iterdir()} == MADE.keys()


def test_the_document_names_every_golden_file_and_every_type() -> None:
    text = DOCUMENT.read_text("utf-8")
    for name in MADE:
        assert name in text or name.startswith("statement-"), name
    for kind in BODIES:
        assert f"`{kind}`" in text, kind


def test_the_document_gives_the_golden_hashes() -> None:
    text = DOCUMENT.read_text("utf-8")
    for line in kept("hashes.txt").decode().splitlines():
        assert line.split(" ", 1)[1] in text, line
    assert sample_root().key_id in text


@pytest.mark.parametrize("kind", BODIES)
def test_a_kept_statement_is_read(kind: str) -> None:
    assert read_statement(kept(f"statement-{kind}.json")).type == kind


def test_kept_files_verify() -> None:
    names = ("record.observer", "receipt.tlog-proof", "bundle.zip", "manifest.json")
    for given in ([FOLDER / n for n in names], [FOLDER / "trailer.bin"]):
        report = verify_paths(given)
        assert report.exit_code == 0, report.lines()
    both = verify_paths([FOLDER / "record.observer", FOLDER / "trailer.bin"])  # their recordings bear one name
    assert [f.step for f in both.findings if not f.ok] == [9]
    bare = verify_paths([FOLDER / "record.observer", FOLDER / "record.envelope.json"])
    assert bare.exit_code == 0


def test_kept_secrets_open() -> None:
    assert open_secret(kept("sealed-key.bin"), PASSPHRASE) == keys("assessor-1").secret
    assert unwrap(keys("officer").opening, kept("wrapped-key.bin"), b"rec-0001") == seed("recording key")
    sealed = kept("sealed-object.bin")
    content = open_object(sealed, seed("object key"), hashlib.sha256(sealed).hexdigest())
    assert content == kept("event-log.bin")
    assert split_events(content) == EVENTS


def test_the_kept_receipt_is_of_the_kept_record() -> None:
    log = Cast().trust.log_key(LOG_NAME)
    assert verify_receipt(kept("receipt.tlog-proof"), kept("record.envelope.json"), log).size == 2
